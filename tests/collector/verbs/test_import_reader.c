#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/timestamp.h"
#include "collector/verbs/import_private.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

#define FILES 400

static bool nobody_stops(void)
{
	return false;
}

struct run {
	struct import import;
	struct import_totals totals;
	struct buf lines;
};

static void begin(struct fixture *f, struct run *run)
{
	const struct writer_options options = {
		.store = f->store, .queue = 64, .fill_batches = true};
	struct err err;

	*run = (struct run){.import = {.totals = &run->totals,
	                               .is_stopped = nobody_stops},
	                    .lines = BUF_INIT(1 << 20)};
	if (config_read(fixture_file(f, "x.conf",
	                             "domains = example.org\n"
	                             "[collector]\nmax_json = 64k\n"
	                             "max_gzip_body = 64k\n"),
	                false, &run->import.config, &err) < 0)
		fail_msg("%s", err.text);
	run->import.queue = import_queue_new();
	(void)pthread_mutex_init(&run->import.mutex, NULL);
	assert_int_equal(writer_start(&options, &run->import.writer, &err), 0);
}

static void take_done(struct run *run)
{
	struct import_input *input;

	while ((input = import_queue_take_done(run->import.queue)) != NULL) {
		buf_add(&run->lines, input->lines.data, input->lines.len);
		import_input_free(&input);
	}
}

static void end(struct run *run)
{
	import_queue_close(run->import.queue);
	while (!import_queue_is_offered(run->import.queue)) {
		(void)import_queue_wait(run->import.queue, 50);
		take_done(run);
	}
	import_reader_stop(&run->import);
	import_mail_stop(&run->import);
	writer_free(&run->import.writer);
	take_done(run);
	import_queue_free(&run->import.queue);
	(void)pthread_mutex_destroy(&run->import.mutex);
	config_unref(&run->import.config);
}

/* A report of yesterday; of the same id the successes tell copies apart. */
static const char *report_text(struct fixture *f, unsigned int id,
                               unsigned int successes)
{
	char date[TIMESTAMP_SIZE];

	timestamp_format_day(timestamp_day(timestamp_now()) - 1, date,
	                     sizeof(date));
	return arena_printf(
		f->arena,
		"{\"organization-name\":\"S\",\"date-range\":{\"start-datetime\""
		":\"%sT00:00:00Z\",\"end-datetime\":\"%sT23:59:59Z\"},"
		"\"contact-info\":\"a@s%u.example\",\"report-id\":\"r%u\","
		"\"policies\":[{\"policy\":{\"policy-type\":\"sts\","
		"\"policy-domain\":\"example.org\"},\"summary\":{\"total-"
		"successful-session-count\":%u,\"total-failure-session-count\":"
		"0}}]}",
		date, date, id / 25, id, successes);
}

static void add_file(struct fixture *f, struct run *run, const char *name,
                     const char *content, bool named)
{
	const char *path = fixture_file(f, name, content);
	struct import_input *input =
		import_input_new(&run->import, path, named);
	struct err err;

	assert_int_equal(import_input_open(input, &err), 0);
	import_queue_add(run->import.queue, input);
}

/* Of each report there is a second copy right behind it that says something
   else and is read faster, and now and then one that is refused: with as many
   threads as there are the first counts, and each line has its place. */
static void threads_make_no_difference(void **state)
{
	struct fixture *f = *state;
	struct run run;
	const char *line, *at;
	struct err err;
	unsigned int i;

	begin(f, &run);
	assert_int_equal(import_reader_start(&run.import, &err), 0);
	for (i = 0; i < FILES; i++) {
		add_file(f, &run, arena_printf(f->arena, "%u-a.json", i),
		         arena_printf(f->arena, "%60000s%s", "",
		                      report_text(f, i, 1)),
		         true);
		add_file(f, &run, arena_printf(f->arena, "%u-b.json", i),
		         i % 7 == 0 ? "{" : report_text(f, i, 1000), false);
	}
	end(&run);
	at = buf_text(&run.lines);
	for (i = 0; i < FILES; i++) {
		line = arena_printf(f->arena, "%u-a.json: stored\n", i);
		at = strstr(at, line);
		assert_non_null(at);
		line = arena_printf(f->arena, "%u-b.json: %s", i,
		                    i % 7 == 0 ? "refused (json)" : "conflict");
		at = strstr(at, line);
		assert_non_null(at);
	}
	assert_int_equal(run.totals.outcomes[OUTCOME_STORED], FILES);
	assert_int_equal(run.totals.outcomes[OUTCOME_REFUSED], (FILES + 6) / 7);
	buf_free(&run.lines);
}

/* What was written to since it was opened may be half of one and half of
   another; what is larger than a report may be is not read. */
static void what_cannot_be_read_is_counted_apart(void **state)
{
	struct fixture *f = *state;
	struct run run;
	char *large = arena_alloc(f->arena, 70000);
	struct err err;

	memset(large, ' ', 69999);
	begin(f, &run);
	add_file(f, &run, "grows.json", report_text(f, 1, 1), false);
	add_file(f, &run, "good.json", report_text(f, 2, 1), false);
	add_file(f, &run, "large.json", large, false);
	(void)fixture_file(f, "grows.json",
	                   arena_printf(f->arena, "%s ", report_text(f, 1, 1)));
	assert_int_equal(import_reader_start(&run.import, &err), 0);
	end(&run);
	assert_int_equal(run.totals.outcomes[OUTCOME_STORED], 1);
	assert_int_equal(run.totals.unreadable, 2);
	assert_non_null(strstr(buf_text(&run.lines),
	                       "grows.json: it changed while it was read\n"));
	assert_non_null(
		strstr(buf_text(&run.lines), "large.json: over 65536 bytes\n"));
	buf_free(&run.lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(threads_make_no_difference,
	                                        fixture_setup,
	                                        fixture_teardown),
		cmocka_unit_test_setup_teardown(
			what_cannot_be_read_is_counted_apart, fixture_setup,
			fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
