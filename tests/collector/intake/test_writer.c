#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/attr.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "collector/intake/writer.h"
#include "schema/limits.h"
#include "schema/store/admin.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

#define THREADS 4
#define EACH    200

struct senders {
	struct fixture *f;
	struct config *config;
	struct writer *writer;
	atomic_int kept, deferred;
};

static void count_done(struct intake *intake)
{
	struct senders *senders = intake->cls;

	if (intake->stage == INTAKE_COMMITTED)
		atomic_fetch_add(&senders->kept, 1);
	else
		atomic_fetch_add(&senders->deferred, 1);
	intake_free(&intake);
}

static void *send_all(void *cls)
{
	static const char form[] =
		"{\"organization-name\":\"S\",\"date-range\":{\"start-datetime\""
		":\"%sT00:00:00Z\",\"end-datetime\":\"%sT23:59:59Z\"},"
		"\"contact-info\":\"a@s%d.example\",\"report-id\":\"r%d\","
		"\"policies\":[{\"policy\":{\"policy-type\":\"sts\","
		"\"policy-domain\":\"example.org\"},\"summary\":{\"total-"
		"successful-session-count\":1,\"total-failure-session-count\":0"
		"}}]}";
	struct senders *senders = cls;
	struct intake *intake;
	char json[1024], date[TIMESTAMP_SIZE];
	int i;

	timestamp_format_day(timestamp_day(timestamp_now()) - 1, date,
	                     sizeof(date));
	for (i = 0; i < EACH; i++) {
		/* All threads send the same: each report comes four times. */
		(void)snprintf(json, sizeof(json), form, date, date, i / 50,
		               i % 50);
		intake = intake_new(senders->config, CHANNEL_HTTPS,
		                    (const uint8_t *)json, strlen(json));
		intake->on_done = count_done;
		intake->cls = senders;
		intake_prepare(intake, timestamp_now());
		/* The bytes must outlive it, but these are only kept when they
		   are kept raw: not here. */
		writer_put_wait(senders->writer, intake);
	}
	return NULL;
}

static void many_senders_share_commits(void **state)
{
	struct fixture *f = *state;
	struct senders senders = {.f = f};
	const struct writer_options options = {.store = f->store, .queue = 64};
	pthread_t threads[THREADS];
	struct err err;
	size_t i;

	if (config_read(fixture_file(f, "x.conf",
	                             "domains = example.org\n"
	                             "raw_keep_days = 0\n"),
	                false, &senders.config, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(writer_start(&options, &senders.writer, &err), 0);
	for (i = 0; i < THREADS; i++)
		(void)pthread_create(&threads[i], NULL, send_all, &senders);
	for (i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	writer_free(&senders.writer);
	assert_int_equal(atomic_load(&senders.kept), THREADS * EACH);
	assert_int_equal(atomic_load(&senders.deferred), 0);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"),
	                 EACH);
	assert_int_equal(
		fixture_number(f, "SELECT sum(successes) FROM day_sum"), EACH);
	assert_int_equal(
		fixture_number(f, "SELECT value FROM counter WHERE name = "
	                          "'inputs' AND other = 'duplicate'"),
		(THREADS - 1) * EACH);
	config_unref(&senders.config);
}

static struct intake *report_of(struct config *config, const char *json,
                                struct senders *senders)
{
	struct intake *intake = intake_new(config, CHANNEL_HTTPS,
	                                   (const uint8_t *)json, strlen(json));

	intake->on_done = count_done;
	intake->cls = senders;
	intake_prepare(intake, timestamp_now());
	return intake;
}

/* While another has the store, everything is deferred and nothing half-done;
   the counters of what did not happen do not rise. */
static void our_own_trouble_is_deferred(void **state)
{
	struct fixture *f = *state;
	struct senders senders = {.f = f};
	struct intake *intake;
	struct store *other;
	struct err err;

	if (config_read(fixture_file(f, "x.conf", "domains = example.org\n"),
	                false, &senders.config, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(store_open(f->store_path, STORE_WRITE, &other, &err),
	                 0);
	assert_int_equal(store_begin(other, timestamp_now(), &err), 0);
	store_limit_wait(f->store, 20);
	intake = report_of(senders.config, "junk", &senders);
	writer_commit_batch(f->store, intake);
	assert_int_equal(intake->stage, INTAKE_DEFERRED);
	assert_int_equal(intake->deferral, DEFERRAL_BUSY);
	intake_free(&intake);
	store_rollback(other);
	store_close(&other);
	intake = report_of(senders.config, "junk", &senders);
	writer_commit_batch(f->store, intake);
	assert_int_equal(intake->stage, INTAKE_COMMITTED);
	intake_free(&intake);
	assert_int_equal(fixture_number(f, "SELECT sum(value) FROM counter "
	                                   "WHERE name = 'inputs'"),
	                 1);
	assert_int_equal(
		fixture_number(f, "SELECT value FROM counter WHERE name = "
	                          "'deferred' AND other = 'busy'"),
		1);
	config_unref(&senders.config);
}

/* More than SQLite takes in a row: that input fails, and only that one. */
static void what_cannot_be_kept_fails_alone(void **state)
{
	const size_t len = (size_t)65 * 1024 * 1024;
	struct fixture *f = *state;
	struct senders senders = {.f = f};
	struct intake *first, *large, *last;
	char *bytes = memory_zero(1, len);
	struct err err;

	if (config_read(fixture_file(f, "x.conf", "domains = example.org\n"),
	                false, &senders.config, &err) < 0)
		fail_msg("%s", err.text);
	first = report_of(senders.config, "junk", &senders);
	last = report_of(senders.config, "more junk", &senders);
	large = intake_new(senders.config, CHANNEL_HTTPS,
	                   (const uint8_t *)bytes, len);
	intake_prepare(large, timestamp_now());
	first->next = large;
	large->next = last;
	writer_commit_batch(f->store, first);
	assert_int_equal(first->stage, INTAKE_COMMITTED);
	assert_int_equal(large->stage, INTAKE_DEFERRED);
	assert_int_equal(large->deferral, DEFERRAL_SYSTEM);
	assert_int_equal(last->stage, INTAKE_COMMITTED);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM ledger"), 2);
	intake_free(&first);
	intake_free(&large);
	intake_free(&last);
	free(bytes);
	config_unref(&senders.config);
}

/* Wherever it is in a full batch, the others are stored and nothing twice. */
static void one_that_fails_leaves_the_others(void **state)
{
	static const size_t places[] = {0, LIMIT_BATCH - 1};
	const size_t len = (size_t)65 * 1024 * 1024;
	struct fixture *f = *state;
	struct senders senders = {.f = f};
	struct intake *first = NULL, **end, *intake, *next;
	char *bytes = memory_zero(1, len), text[LIMIT_BATCH][16];
	struct err err;
	size_t i, round;

	if (config_read(fixture_file(f, "x.conf", "domains = example.org\n"),
	                false, &senders.config, &err) < 0)
		fail_msg("%s", err.text);
	for (round = 0; round < ARRAY_LENGTH(places); round++) {
		end = &first;
		for (i = 0; i < LIMIT_BATCH; i++) {
			(void)snprintf(text[i], sizeof(text[i]), "%zu-%zu",
			               round, i);
			*end = i == places[round]
			               ? intake_new(senders.config,
			                            CHANNEL_HTTPS,
			                            (const uint8_t *)bytes, len)
			               : report_of(senders.config, text[i],
			                           &senders);
			if (i == places[round])
				intake_prepare(*end, timestamp_now());
			end = &(*end)->next;
		}
		writer_commit_batch(f->store, first);
		for (intake = first, i = 0; intake != NULL; intake = next) {
			next = intake->next;
			assert_int_equal(intake->stage,
			                 i++ == places[round]
			                         ? INTAKE_DEFERRED
			                         : INTAKE_COMMITTED);
			intake_free(&intake);
		}
		assert_int_equal(
			fixture_number(f, "SELECT sum(times) FROM ledger"),
			(long long)((round + 1) * (LIMIT_BATCH - 1)));
	}
	free(bytes);
	config_unref(&senders.config);
}

/* Where nobody waits for an answer, a batch is written when it is full. */
static void an_import_fills_its_batches(void **state)
{
	struct fixture *f = *state;
	struct senders senders = {.f = f};
	const struct writer_options options = {
		.store = f->store, .queue = 1024, .fill_batches = true};
	const struct timespec moment = {0, 200000000};
	struct err err;
	int i;

	if (config_read(fixture_file(f, "x.conf", "domains = example.org\n"),
	                false, &senders.config, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(writer_start(&options, &senders.writer, &err), 0);
	for (i = 0; i < 10; i++)
		writer_put_wait(senders.writer,
		                report_of(senders.config, "junk", &senders));
	(void)nanosleep(&moment, NULL);
	assert_int_equal(atomic_load(&senders.kept), 0);
	writer_free(&senders.writer);
	assert_int_equal(atomic_load(&senders.kept), 10);
	config_unref(&senders.config);
}

/* While the store is held up and the queue is full, one of another network
   takes the place of the newest, which is told at once. */
static void one_of_many_gives_way(void **state)
{
	const struct timespec moment = {0, 1000000};
	struct fixture *f = *state;
	struct senders senders = {.f = f};
	const struct writer_options options = {.store = f->store, .queue = 16};
	struct intake *intake;
	struct address source;
	struct store *other;
	int64_t oldest;
	size_t length = 0;
	struct err err;
	int i;

	if (config_read(fixture_file(f, "x.conf", "domains = example.org\n"),
	                false, &senders.config, &err) < 0)
		fail_msg("%s", err.text);
	store_limit_wait(f->store, 60000);
	assert_int_equal(store_open(f->store_path, STORE_WRITE, &other, &err),
	                 0);
	assert_int_equal(store_begin(other, timestamp_now(), &err), 0);
	assert_int_equal(writer_start(&options, &senders.writer, &err), 0);
	for (i = 0; i < 18; i++) {
		intake = report_of(senders.config, "junk", &senders);
		intake->source.bytes[0] = i < 17 ? 0x20 : 0x30;
		intake->source.bytes[5] = (uint8_t)i; /* each a /48 */
		source = intake->source;
		assert_int_equal(atomic_load(&senders.deferred), 0);
		assert_true(writer_admits(senders.writer, &source));
		assert_int_equal(writer_put(senders.writer, intake),
		                 INTAKE_QUEUE_HAS_ROOM);
		do {
			(void)nanosleep(&moment, NULL);
			writer_queue_length(senders.writer, &length, &oldest);
		} while (i == 0 && length > 0);
	}
	assert_int_equal(length, 16);
	assert_int_equal(atomic_load(&senders.deferred), 1);
	/* One that has a place already: another /48 might get that of two which
	   happen to be counted in the same place. */
	source.bytes[0] = 0x20;
	source.bytes[5] = 1;
	assert_false(writer_admits(senders.writer, &source));
	store_rollback(other);
	store_close(&other);
	writer_free(&senders.writer);
	assert_int_equal(atomic_load(&senders.kept), 17);
	config_unref(&senders.config);
}

/* Requests end after the thread has: they still hold the writer. */
static void a_stopped_writer_takes_no_more(void **state)
{
	struct fixture *f = *state;
	struct senders senders = {.f = f};
	const struct writer_options options = {.store = f->store, .queue = 64};
	const struct address nobody = {{0}};
	struct intake *intake;
	struct err err;

	if (config_read(fixture_file(f, "x.conf", "domains = example.org\n"),
	                false, &senders.config, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(writer_start(&options, &senders.writer, &err), 0);
	assert_int_equal(
		writer_put(senders.writer,
	                   report_of(senders.config, "junk", &senders)),
		INTAKE_QUEUE_HAS_ROOM);
	writer_stop(senders.writer);
	assert_int_equal(atomic_load(&senders.kept), 1);
	assert_false(writer_admits(senders.writer, &nobody));
	intake = report_of(senders.config, "more junk", &senders);
	assert_int_equal(writer_put(senders.writer, intake), INTAKE_QUEUE_FULL);
	intake_free(&intake);
	writer_free(&senders.writer);
	config_unref(&senders.config);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(many_senders_share_commits),
		TEST(an_import_fills_its_batches),
		TEST(our_own_trouble_is_deferred),
		TEST(what_cannot_be_kept_fails_alone),
		TEST(one_that_fails_leaves_the_others),
		TEST(one_of_many_gives_way),
		TEST(a_stopped_writer_takes_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
