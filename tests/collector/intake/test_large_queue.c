#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/timestamp.h"
#include "collector/intake/large_queue.h"
#include "schema/limits.h"
#include "schema/store/admin.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

#define MOST     64U
#define LOOPBACK 255

/* What became of each, in the order in which they were done. */
struct ends {
	struct config *config;
	struct writer *writer;
	struct large_queue *large;
	struct store *other; /* holds the store up */
	pthread_mutex_t mutex;
	size_t count, kept;
	uint8_t networks[MOST];
	char json[MOST][512];
	size_t made;
};

static void note_end(struct intake *intake)
{
	struct ends *ends = intake->cls;

	(void)pthread_mutex_lock(&ends->mutex);
	assert_true(ends->count < MOST);
	if (intake->stage == INTAKE_COMMITTED)
		ends->networks[ends->kept++] = intake->source.bytes[14];
	ends->count++;
	(void)pthread_mutex_unlock(&ends->mutex);
	intake_free(&intake);
}

/* An address in the network 192.0.NETWORK.0/24, or in ::/48 for LOOPBACK. */
static struct address address_in(uint8_t network, uint8_t host)
{
	static const uint8_t mapped[] = {[10] = 0xff, [11] = 0xff, 192};
	struct address address = {{0}};

	if (network != LOOPBACK)
		memcpy(address.bytes, mapped, sizeof(mapped));
	address.bytes[14] = network;
	address.bytes[15] = host;
	return address;
}

/* A report of an address, which counts as large whatever its size. */
static struct intake *large_of(struct ends *ends, const struct address *source)
{
	char *json = ends->json[ends->made], date[TIMESTAMP_SIZE];
	struct intake *intake;

	assert_true(ends->made < MOST);
	timestamp_format_day(timestamp_day(timestamp_now()) - 1, date,
	                     sizeof(date));
	(void)snprintf(
		json, sizeof(ends->json[0]),
		"{\"organization-name\":\"S\",\"date-range\":{\"start-"
		"datetime\":\"%sT00:00:00Z\",\"end-datetime\":\"%sT23:59:59Z\"}"
		",\"contact-info\":\"a@s.example\",\"report-id\":\"r%zu\","
		"\"policies\":[{\"policy\":{\"policy-type\":\"sts\",\"policy-"
		"domain\":\"example.org\"},\"summary\":{\"total-successful-"
		"session-count\":1,\"total-failure-session-count\":0}}]}",
		date, date, ends->made);
	intake = intake_new(ends->config, CHANNEL_HTTPS, (const uint8_t *)json,
	                    strlen(json));
	intake->source = *source;
	ends->made++;
	intake->on_done = note_end;
	intake->cls = ends;
	return intake;
}

static enum intake_queue_room put_from(struct ends *ends, struct address source)
{
	struct intake *intake = large_of(ends, &source);
	enum intake_queue_room room = large_queue_put(ends->large, intake);

	if (room != INTAKE_QUEUE_HAS_ROOM)
		intake_free(&intake);
	return room;
}

/* Each of them from an address of its own. */
static enum intake_queue_room put_one(struct ends *ends, uint8_t network)
{
	return put_from(ends, address_in(network, (uint8_t)ends->made));
}

static void hold_up(struct fixture *f, struct ends *ends)
{
	struct err err;

	assert_int_equal(
		store_open(f->store_path, STORE_WRITE, &ends->other, &err), 0);
	assert_int_equal(store_begin(ends->other, timestamp_now(), &err), 0);
}

/* The store is held up, so that the first that is put stays in work. */
static void begin(struct fixture *f, struct ends *ends)
{
	const struct writer_options options = {.store = f->store, .queue = 64};
	struct err err;

	(void)pthread_mutex_init(&ends->mutex, NULL);
	if (config_read(fixture_file(f, "x.conf", "domains = example.org\n"),
	                false, &ends->config, &err) < 0)
		fail_msg("%s", err.text);
	store_limit_wait(f->store, 60000);
	hold_up(f, ends);
	assert_int_equal(writer_start(&options, &ends->writer, &err), 0);
	assert_int_equal(large_queue_start(ends->writer, &ends->large, &err),
	                 0);
}

static void let_go(struct ends *ends)
{
	store_rollback(ends->other);
	store_close(&ends->other);
}

static void wait_for(struct ends *ends, size_t count)
{
	const struct timespec moment = {0, 1000000};
	size_t now;

	do {
		(void)nanosleep(&moment, NULL);
		(void)pthread_mutex_lock(&ends->mutex);
		now = ends->count;
		(void)pthread_mutex_unlock(&ends->mutex);
	} while (now < count);
}

static void end(struct ends *ends)
{
	large_queue_free(&ends->large);
	writer_free(&ends->writer);
	config_unref(&ends->config);
	(void)pthread_mutex_destroy(&ends->mutex);
}

/* One of it in work and as many waiting as may. */
static void fill(struct ends *ends, uint8_t network)
{
	const struct timespec moment = {0, 1000000};
	size_t put = 0;

	while (put < LIMIT_LARGE_OF_NETWORK + 1) {
		if (put_one(ends, network) == INTAKE_QUEUE_HAS_ROOM) {
			put++;
			continue;
		}
		/* The first one is not in work yet. */
		ends->made--;
		(void)nanosleep(&moment, NULL);
	}
}

static void networks_take_turns(void **state)
{
	struct ends *ends = memory_zero(1, sizeof(*ends));
	size_t i, place = MOST;
	uint8_t network;

	begin(*state, ends);
	fill(ends, 1);
	/* Each of its addresses is another one. */
	assert_int_equal(put_one(ends, 1), INTAKE_QUEUE_SOURCE_FULL);
	assert_int_equal(ends->count, 0);
	for (network = 2; network <= 4; network++) {
		for (i = 0; i < LIMIT_LARGE_OF_NETWORK; i++)
			assert_int_equal(put_one(ends, network),
			                 INTAKE_QUEUE_HAS_ROOM);
	}
	/* It is full; whoever has least in it comes before those with most. */
	assert_int_equal(put_one(ends, 5), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(ends->count, 1);
	assert_int_equal(ends->kept, 0);
	let_go(ends);
	wait_for(ends, 2 + LIMIT_LARGE_WAITING);
	assert_int_equal(ends->kept, 1 + LIMIT_LARGE_WAITING);
	for (i = 0; i < ends->kept; i++) {
		if (ends->networks[i] == 5)
			place = i;
	}
	/* After the one in work, and one of each other network. */
	assert_in_range(place, 1, 5);
	end(ends);
	free(ends);
}

/* An IPv4 address and ::1 begin with the same six bytes. */
static void ipv4_and_ipv6_share_nothing(void **state)
{
	struct ends *ends = memory_zero(1, sizeof(*ends));
	size_t i;

	begin(*state, ends);
	fill(ends, LOOPBACK);
	assert_int_equal(put_one(ends, LOOPBACK), INTAKE_QUEUE_SOURCE_FULL);
	for (i = 0; i < LIMIT_LARGE_OF_NETWORK; i++)
		assert_int_equal(put_one(ends, 1), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put_one(ends, 1), INTAKE_QUEUE_SOURCE_FULL);
	let_go(ends);
	wait_for(ends, 1 + 2 * LIMIT_LARGE_OF_NETWORK);
	end(ends);
	free(ends);
}

/* Nobody who has a place by his turn loses it to more networks; the first one
   had its turn. */
static void a_full_queue_of_equals_is_full(void **state)
{
	struct ends *ends = memory_zero(1, sizeof(*ends));
	uint8_t network;

	begin(*state, ends);
	fill(ends, 1);
	for (network = 2; network < 1 + LIMIT_LARGE_WAITING; network++)
		assert_int_equal(put_one(ends, network), INTAKE_QUEUE_HAS_ROOM);
	/* The first network gave way down to one. */
	assert_int_equal(ends->count, LIMIT_LARGE_OF_NETWORK - 1);
	assert_int_equal(put_one(ends, 100), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(ends->count, LIMIT_LARGE_OF_NETWORK);
	assert_int_equal(put_one(ends, 101), INTAKE_QUEUE_FULL);
	let_go(ends);
	wait_for(ends, 1 + LIMIT_LARGE_OF_NETWORK + LIMIT_LARGE_WAITING);
	assert_int_equal(ends->kept, 1 + LIMIT_LARGE_WAITING);
	end(ends);
	free(ends);
}

/* As many networks as there are places keep nobody out for longer than until
   each of them had its turn. */
static void who_had_none_comes_first(void **state)
{
	struct ends *ends = memory_zero(1, sizeof(*ends));
	uint8_t network;

	begin(*state, ends);
	fill(ends, 1);
	for (network = 2; network < 2 + LIMIT_LARGE_WAITING; network++)
		assert_int_equal(put_one(ends, network), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put_one(ends, 100), INTAKE_QUEUE_FULL);
	let_go(ends);
	wait_for(ends, 1 + LIMIT_LARGE_OF_NETWORK + LIMIT_LARGE_WAITING);
	assert_int_equal(ends->kept, 1 + LIMIT_LARGE_WAITING);
	hold_up(*state, ends);
	fill(ends, 1);
	for (network = 2; network < 2 + LIMIT_LARGE_WAITING; network++)
		assert_int_equal(put_one(ends, network), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put_one(ends, 1), INTAKE_QUEUE_FULL);
	assert_int_equal(put_one(ends, 100), INTAKE_QUEUE_HAS_ROOM);
	let_go(ends);
	wait_for(ends,
	         2 * (1 + LIMIT_LARGE_OF_NETWORK + LIMIT_LARGE_WAITING) + 1);
	/* It was the next. */
	assert_int_equal(ends->networks[2 + LIMIT_LARGE_WAITING], 100);
	end(ends);
	free(ends);
}

/* An address in 2001:db8:SITE:CUSTOMER::/64. */
static struct address ipv6_of(uint8_t site, uint8_t customer)
{
	return (struct address){{0x20, 0x01, 0x0d, 0xb8, 0, site, 0, customer}};
}

/* An IPv6 /32 is one network; within it whoever has fewer of its places than
   another takes one of his, and within a /48. */
static void an_allocation_has_the_places_of_a_network(void **state)
{
	struct ends *ends = memory_zero(1, sizeof(*ends));
	uint8_t i;

	begin(*state, ends);
	fill(ends, 1);
	for (i = 0; i < LIMIT_LARGE_OF_NETWORK; i++)
		assert_int_equal(put_from(ends, ipv6_of(1, 1)),
		                 INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put_from(ends, ipv6_of(1, 1)),
	                 INTAKE_QUEUE_SOURCE_FULL);
	assert_int_equal(ends->count, 0);
	assert_int_equal(put_from(ends, ipv6_of(1, 2)), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put_from(ends, ipv6_of(2, 1)), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put_from(ends, ipv6_of(2, 2)), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put_from(ends, ipv6_of(3, 1)), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put_from(ends, ipv6_of(4, 1)), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(ends->count, 5);
	/* Four sites have one each. */
	assert_int_equal(put_from(ends, ipv6_of(5, 1)),
	                 INTAKE_QUEUE_SOURCE_FULL);
	assert_int_equal(put_one(ends, 2), INTAKE_QUEUE_HAS_ROOM);
	let_go(ends);
	wait_for(ends, 1 + 2 * LIMIT_LARGE_OF_NETWORK + 6);
	end(ends);
	free(ends);
}

static void *let_go_soon(void *cls)
{
	const struct timespec moment = {0, 50000000};

	(void)nanosleep(&moment, NULL);
	let_go(cls);
	return NULL;
}

/* The one in work is finished, the others are deferred, all are told. */
static void a_stop_ends_all(void **state)
{
	struct fixture *f = *state;
	struct ends *ends = memory_zero(1, sizeof(*ends));
	pthread_t thread;

	begin(f, ends);
	fill(ends, 1);
	assert_int_equal(pthread_create(&thread, NULL, let_go_soon, ends), 0);
	large_queue_stop(ends->large);
	(void)pthread_join(thread, NULL);
	assert_int_equal(ends->count, 1 + LIMIT_LARGE_OF_NETWORK);
	assert_int_equal(ends->kept, 1);
	assert_int_equal(put_one(ends, 2), INTAKE_QUEUE_FULL);
	end(ends);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"), 1);
	free(ends);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(networks_take_turns),
		TEST(ipv4_and_ipv6_share_nothing),
		TEST(a_full_queue_of_equals_is_full),
		TEST(who_had_none_comes_first),
		TEST(an_allocation_has_the_places_of_a_network),
		TEST(a_stop_ends_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
