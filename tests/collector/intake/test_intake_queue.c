#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "collector/intake/intake_queue.h"
#include "tests/support/cmocka_all.h"

#define QUEUE  64U
#define MEMORY 1000U
#define COST   100

static struct intake_queue *queue_new(void)
{
	const struct intake_queue_load most = {QUEUE, MEMORY, COST};
	struct intake_queue *queue = memory_zero(1, sizeof(*queue));

	intake_queue_init(queue, &most);
	/* One in 4096 seeds lets two networks share what they may have. */
	queue->seed = 7;
	return queue;
}

/* Of an address, or of nobody. */
static struct intake input_of(const char *source, size_t memory, int64_t cost)
{
	struct intake intake = {.memory = memory, .cost = cost};

	if (source != NULL)
		assert_true(address_parse(text_of(source), &intake.source));
	return intake;
}

/* The kinds of networks that somebody may have many of. */
enum many {
	SITES,     /* IPv6 /48 of a /32 */
	CUSTOMERS, /* IPv6 /64 of a /48 */
	ADDRESSES, /* IPv4 of a /24 */
	STRANGERS, /* IPv4 /24 */
};

static struct intake small_of(enum many many, unsigned int number)
{
	char source[64];

	if (many == SITES)
		(void)snprintf(source, sizeof(source), "2001:db8:%x::1",
		               number);
	else if (many == CUSTOMERS)
		(void)snprintf(source, sizeof(source), "2001:db8:1:%x::1",
		               number);
	else if (many == ADDRESSES)
		(void)snprintf(source, sizeof(source), "192.0.2.%u", number);
	else
		(void)snprintf(source, sizeof(source), "198.51.%u.1", number);
	return input_of(source, 10, 1);
}

/* Puts one that displaces nothing. */
static enum intake_queue_room put(struct intake_queue *queue,
                                  struct intake *intake)
{
	struct intake *displaced;
	enum intake_queue_room room =
		intake_queue_put(queue, intake, &displaced);

	assert_null(displaced);
	return room;
}

static void fill(struct intake_queue *queue, struct intake *inputs,
                 unsigned int count, enum many many)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		inputs[i] = small_of(many, i);
		assert_int_equal(put(queue, &inputs[i]), INTAKE_QUEUE_HAS_ROOM);
	}
}

/* Puts one that displaces one, which is returned. */
static struct intake *displace(struct intake_queue *queue,
                               struct intake *intake)
{
	struct intake *displaced;

	assert_true(intake_queue_admits(queue, &intake->source));
	assert_int_equal(intake_queue_put(queue, intake, &displaced),
	                 INTAKE_QUEUE_HAS_ROOM);
	assert_non_null(displaced);
	assert_null(displaced->next);
	return displaced;
}

/* A network has half: whoever goes over is told so, and others have room. */
static void a_source_has_half(void **state)
{
	struct intake_queue *queue = queue_new();
	struct intake first = input_of("192.0.2.1", 300, 10);
	struct intake same = input_of("192.0.2.1", 300, 10);
	struct intake slow = input_of("192.0.2.1", 10, 41);
	struct intake other = input_of("192.0.3.1", 300, 10);
	struct intake nobodys = input_of(NULL, 400, 70);

	(void)state;
	assert_int_equal(put(queue, &first), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put(queue, &same), INTAKE_QUEUE_SOURCE_FULL);
	assert_int_equal(put(queue, &slow), INTAKE_QUEUE_SOURCE_FULL);
	assert_int_equal(put(queue, &other), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put(queue, &nobodys), INTAKE_QUEUE_HAS_ROOM);
	free(queue);
}

/* Whatever somebody has many of, all of it has the half of one network. */
static void an_allocation_has_the_half_of_a_network(void **state)
{
	static const enum many kinds[] = {SITES, CUSTOMERS, ADDRESSES};
	struct intake inputs[50], more, other;
	struct intake_queue *queue;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(kinds); i++) {
		queue = queue_new();
		fill(queue, inputs, 50, kinds[i]);
		more = small_of(kinds[i], 200);
		assert_false(intake_queue_admits(queue, &more.source));
		assert_int_equal(put(queue, &more), INTAKE_QUEUE_SOURCE_FULL);
		other = small_of(STRANGERS, 1);
		assert_true(intake_queue_admits(queue, &other.source));
		assert_int_equal(put(queue, &other), INTAKE_QUEUE_HAS_ROOM);
		free(queue);
	}
}

/* When all of it is full, whoever has less in it takes the newest place of who
   has most. */
static void who_has_most_gives_way(void **state)
{
	struct intake_queue *queue = queue_new();
	struct intake many[40], some[24];
	struct intake first = small_of(STRANGERS, 1);
	struct intake second = small_of(STRANGERS, 1);
	struct intake more = small_of(SITES, 9);

	(void)state;
	fill(queue, many, 40, SITES);
	fill(queue, some, 24, ADDRESSES);
	assert_ptr_equal(displace(queue, &first), &many[39]);
	assert_ptr_equal(displace(queue, &second), &many[38]);
	/* Whoever is one of many there has no claim on the others. */
	assert_false(intake_queue_admits(queue, &more.source));
	assert_int_equal(put(queue, &more), INTAKE_QUEUE_FULL);
	free(queue);
}

/* The half of a network is shared as all is: an honest sender beside a hostile
   one has his place. */
static void neighbours_share_their_half(void **state)
{
	struct intake_queue *queue = queue_new();
	struct intake many[50];
	struct intake customer = small_of(CUSTOMERS, 77);
	struct intake site = small_of(SITES, 2);

	(void)state;
	fill(queue, many, 50, CUSTOMERS);
	assert_int_equal(put(queue, &customer), INTAKE_QUEUE_SOURCE_FULL);
	assert_ptr_equal(displace(queue, &site), &many[49]);
	free(queue);
}

/* Equals have no claim on each other's places. */
static void equals_keep_their_places(void **state)
{
	struct intake_queue *queue = queue_new();
	struct intake inputs[QUEUE];
	struct intake other = small_of(STRANGERS, 200);
	struct intake same = small_of(STRANGERS, 1);

	(void)state;
	fill(queue, inputs, QUEUE, STRANGERS);
	assert_false(intake_queue_admits(queue, &other.source));
	assert_int_equal(put(queue, &other), INTAKE_QUEUE_FULL);
	assert_int_equal(put(queue, &same), INTAKE_QUEUE_FULL);
	free(queue);
}

/* One that needs the room of several takes it from those with more than it has;
   where that is not enough, all of them stay. */
static void nobody_gives_way_for_nothing(void **state)
{
	struct intake_queue *queue = queue_new();
	struct intake many[30], some[20], *displaced;
	struct intake nobodys = input_of(NULL, 500, 50);
	struct intake large = input_of("198.51.100.1", 280, 20);
	struct intake medium = input_of("198.51.100.1", 100, 10);
	size_t i;

	(void)state;
	assert_int_equal(put(queue, &nobodys), INTAKE_QUEUE_HAS_ROOM);
	fill(queue, many, 30, SITES);
	fill(queue, some, 20, ADDRESSES);
	assert_int_equal(put(queue, &large), INTAKE_QUEUE_FULL);
	assert_int_equal(queue->waiting, 51);
	assert_int_equal(queue->total.memory, MEMORY);
	assert_int_equal(intake_queue_put(queue, &medium, &displaced),
	                 INTAKE_QUEUE_HAS_ROOM);
	for (i = 0; displaced != NULL; i++)
		displaced = displaced->next;
	assert_int_equal(i, 10);
	assert_int_equal(queue->total.memory, MEMORY);
	free(queue);
}

/* What came without a source keeps its place, and takes those of others as a
   network does. */
static void nobodys_inputs_stay(void **state)
{
	struct intake_queue *queue = queue_new();
	struct intake mail = input_of(NULL, 700, 10);
	struct intake first = input_of("192.0.2.1", 100, 1);
	struct intake second = input_of("192.0.2.1", 100, 1);
	struct intake third = input_of("192.0.2.1", 100, 1);
	struct intake other = input_of("198.51.100.1", 100, 1);
	struct intake more = input_of(NULL, 10, 1);

	(void)state;
	assert_int_equal(put(queue, &mail), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put(queue, &first), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put(queue, &second), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put(queue, &third), INTAKE_QUEUE_HAS_ROOM);
	assert_ptr_equal(displace(queue, &other), &third);
	assert_int_equal(put(queue, &more), INTAKE_QUEUE_FULL);
	free(queue);
	queue = queue_new();
	mail = input_of(NULL, 50, 1);
	first = input_of("192.0.2.1", 400, 1);
	second = input_of("198.51.100.1", 300, 1);
	third = input_of("203.0.113.1", 300, 1);
	assert_int_equal(put(queue, &first), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put(queue, &second), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put(queue, &third), INTAKE_QUEUE_HAS_ROOM);
	assert_ptr_equal(displace(queue, &mail), &first);
	free(queue);
}

/* All of it is full for every source, in bytes or in work; what was taken
   counts until it is done. */
static void what_is_taken_counts_until_it_is_done(void **state)
{
	struct intake_queue *queue = queue_new();
	struct intake first = input_of(NULL, 700, 1);
	struct intake large = input_of("192.0.2.1", 301, 1);
	struct intake second = input_of(NULL, 10, 90);
	struct intake slow = input_of("192.0.2.1", 10, 11);

	(void)state;
	assert_int_equal(put(queue, &first), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put(queue, &large), INTAKE_QUEUE_FULL);
	assert_ptr_equal(intake_queue_take(queue, 8, COST), &first);
	assert_null(intake_queue_take(queue, 8, COST));
	assert_int_equal(put(queue, &large), INTAKE_QUEUE_FULL);
	intake_queue_release(queue, &first);
	assert_int_equal(put(queue, &large), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put(queue, &second), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put(queue, &slow), INTAKE_QUEUE_FULL);
	assert_ptr_equal(intake_queue_take(queue, 8, COST), &large);
	intake_queue_release(queue, &large);
	intake_queue_release(queue, &second);
	assert_int_equal(queue->total.count, 0);
	assert_int_equal(queue->total.memory, 0);
	assert_int_equal(queue->total.cost, 0);
	free(queue);
}

/* What is larger than any budget has room where it is alone, of its source
   and in the queue. */
static void one_has_always_room(void **state)
{
	struct intake_queue *queue = queue_new();
	struct intake huge = input_of("192.0.2.1", 5 * MEMORY, 5 * COST);
	struct intake more = input_of("192.0.2.1", 1, 1);
	struct intake other = input_of("192.0.3.1", 1, 1);

	(void)state;
	assert_int_equal(put(queue, &huge), INTAKE_QUEUE_HAS_ROOM);
	assert_int_equal(put(queue, &more), INTAKE_QUEUE_SOURCE_FULL);
	assert_ptr_equal(intake_queue_take(queue, 8, COST), &huge);
	assert_int_equal(put(queue, &other), INTAKE_QUEUE_FULL);
	free(queue);
}

/* A batch ends at a number and at a cost; the order is that of arrival. */
static void a_batch_ends_at_its_cost(void **state)
{
	struct intake_queue *queue = queue_new();
	struct intake inputs[5];
	struct intake *batch;
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		inputs[i] = input_of(NULL, 1, 10);
		assert_int_equal(put(queue, &inputs[i]), INTAKE_QUEUE_HAS_ROOM);
	}
	batch = intake_queue_take(queue, 8, 20);
	assert_ptr_equal(batch, &inputs[0]);
	assert_ptr_equal(batch->next, &inputs[1]);
	assert_null(batch->next->next);
	batch = intake_queue_take(queue, 1, COST);
	assert_ptr_equal(batch, &inputs[2]);
	assert_null(batch->next);
	batch = intake_queue_take(queue, 8, COST);
	assert_ptr_equal(batch, &inputs[3]);
	assert_ptr_equal(batch->next, &inputs[4]);
	assert_int_equal(queue->waiting, 0);
	/* It can be filled again. */
	assert_int_equal(put(queue, &inputs[0]), INTAKE_QUEUE_HAS_ROOM);
	assert_ptr_equal(intake_queue_take(queue, 8, COST), &inputs[0]);
	free(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_has_half),
		cmocka_unit_test(an_allocation_has_the_half_of_a_network),
		cmocka_unit_test(who_has_most_gives_way),
		cmocka_unit_test(neighbours_share_their_half),
		cmocka_unit_test(equals_keep_their_places),
		cmocka_unit_test(nobody_gives_way_for_nothing),
		cmocka_unit_test(nobodys_inputs_stay),
		cmocka_unit_test(what_is_taken_counts_until_it_is_done),
		cmocka_unit_test(one_has_always_room),
		cmocka_unit_test(a_batch_ends_at_its_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
