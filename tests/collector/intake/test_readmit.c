/*
 * Refused inputs that are tried again, against a real store: what a later
 * configuration accepts leaves the ledger, the rest stays.
 */
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "collector/intake/readmit.h"
#include "collector/intake/writer.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static struct config *config_of(struct fixture *f, const char *domains)
{
	struct config *config;
	struct err err;
	char text[128];

	(void)snprintf(text, sizeof(text), "domains = %s\n", domains);
	if (config_read(fixture_file(f, "x.conf", text), false, &config, &err) <
	    0)
		fail_msg("%s", err.text);
	return config;
}

static void take(struct fixture *f, struct config *config, const char *text)
{
	struct intake *intake = intake_new(config, CHANNEL_HTTPS,
	                                   (const uint8_t *)text, strlen(text));

	intake_prepare(intake, timestamp_now());
	writer_commit_batch(f->store, intake);
	assert_int_equal(intake->stage, INTAKE_COMMITTED);
	intake_free(&intake);
}

static void take_report(struct fixture *f, struct config *config,
                        const char *domain)
{
	char json[1024], date[TIMESTAMP_SIZE];

	timestamp_format_day(timestamp_day(timestamp_now()) - 1, date,
	                     sizeof(date));
	(void)snprintf(
		json, sizeof(json),
		"{\"organization-name\":\"S\",\"date-range\":{\"start-"
		"datetime\":\"%sT00:00:00Z\",\"end-datetime\":\"%sT23:59:59Z\"}"
		",\"contact-info\":\"a@s.example\",\"report-id\":\"%s\","
		"\"policies\":[{\"policy\":{\"policy-type\":\"sts\",\"policy-"
		"domain\":\"%s\"},\"summary\":{\"total-successful-session-"
		"count\":1,\"total-failure-session-count\":0}}]}",
		date, date, domain, domain);
	take(f, config, json);
}

static void begin(struct fixture *f)
{
	struct config *config = config_of(f, "a.example");

	take_report(f, config, "a.example");
	take_report(f, config, "b.example");
	take_report(f, config, "c.example");
	take(f, config, "{}");
	config_unref(&config);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"), 1);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM ledger"), 3);
}

static void all_are_tried_and_some_accepted(void **state)
{
	struct readmit_totals totals;
	struct fixture *f = *state;
	struct config *config;
	struct err err;

	begin(f);
	config = config_of(f, "a.example, b.example");
	assert_int_equal(readmit_all(config, f->store, &totals, &err), 0);
	assert_int_equal(totals.tried, 3);
	assert_int_equal(totals.readmitted, 1);
	assert_int_equal(totals.deferred, 0);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"), 2);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM ledger"), 2);
	config_unref(&config);
}

/* As the daemon does it: only what is ours now is tried at all. */
static void steps_try_what_is_ours_now(void **state)
{
	struct readmit_totals totals;
	struct fixture *f = *state;
	int64_t after = 0, tried = 0, readmitted = 0;
	struct config *config;
	struct err err;
	int result, steps = 0;

	begin(f);
	config = config_of(f, "a.example, c.example");
	do {
		result = readmit_step(config, f->store, &after, 1, &totals,
		                      &err);
		tried += totals.tried;
		readmitted += totals.readmitted;
	} while (result == 1 && ++steps < 10);
	assert_int_equal(result, 0);
	assert_int_equal(tried, 1);
	assert_int_equal(readmitted, 1);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"), 2);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM ledger"), 2);
	config_unref(&config);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_are_tried_and_some_accepted),
		TEST(steps_try_what_is_ours_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
