/*
 * Every file of tests/data becomes what its manifest says: the same outcome,
 * exactly these quirks or this sentence, these sums.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "collector/config/config.h"
#include "schema/report/quirk.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"
#include "tests/support/manifest.h"

static uint64_t flagged; /* by any fixture */

static int64_t number_of(struct text field)
{
	int64_t number = -1;

	(void)text_integer(field, &number);
	return number;
}

static void check_stored(const struct intake *intake, const struct text *fields)
{
	struct buf quirks = BUF_INIT(4096);
	struct manifest_sums sums;

	if (intake->stage != INTAKE_CHECKED)
		fail_msg("%.*s: refused: %s", (int)fields[0].len,
		         fields[0].data, intake->sentence);
	quirk_print_names(intake->report->quirks, &quirks);
	flagged |= intake->report->quirks;
	if (!text_is(fields[2], buf_text(&quirks)))
		fail_msg("%.*s: flagged %s", (int)fields[0].len, fields[0].data,
		         buf_text(&quirks));
	manifest_add_up(intake->report, &sums);
	if (sums.successes != number_of(fields[3]) ||
	    sums.failures != number_of(fields[4]) ||
	    sums.details != number_of(fields[5]))
		fail_msg("%.*s: %lld %lld %lld", (int)fields[0].len,
		         fields[0].data, (long long)sums.successes,
		         (long long)sums.failures, (long long)sums.details);
	buf_free(&quirks);
}

static void check_refused(const struct intake *intake,
                          const struct text *fields)
{
	struct text reason = {fields[1].data + 8, fields[1].len - 8};

	if (intake->stage != INTAKE_REFUSED)
		fail_msg("%.*s: taken", (int)fields[0].len, fields[0].data);
	if (!text_is(reason, outcome_refusal_name(intake->refusal)) ||
	    strncmp(intake->sentence, fields[2].data, fields[2].len) != 0)
		fail_msg("%.*s: %s: %s", (int)fields[0].len, fields[0].data,
		         outcome_refusal_name(intake->refusal),
		         intake->sentence);
}

static void check_line(struct config *config, struct text line)
{
	struct text fields[MANIFEST_FIELDS];
	struct intake *intake;
	struct buf bytes;
	char path[512];

	manifest_split(line, fields);
	(void)snprintf(path, sizeof(path), "%s/%.*s", fixture_data(),
	               (int)fields[0].len, fields[0].data);
	intake = manifest_run(config, path, FIXTURE_NOW, &bytes);
	if (text_is(fields[1], "stored"))
		check_stored(intake, fields);
	else
		check_refused(intake, fields);
	intake_free(&intake);
	buf_free(&bytes);
}

static void every_fixture_becomes_what_is_said(void **state)
{
	struct fixture *f = *state;
	struct buf manifest = BUF_INIT(1 << 20);
	struct config *config;
	struct text rest, line;
	struct err err;
	int count = 0;

	if (config_read(fixture_file(f, "x.conf",
	                             "domains = example.org "
	                             "b\xc3\xbc"
	                             "cher.example\n"
	                             "[domain example.org]\n"
	                             "mx_hosts = mx1.example.org\n"),
	                false, &config, &err) < 0)
		fail_msg("%s", err.text);
	fixture_read("MANIFEST.tsv", &manifest);
	rest = (struct text){buf_text(&manifest), manifest.len};
	while (text_next(&rest, '\n', &line)) {
		if (line.len == 0 || line.data[0] == '#')
			continue;
		check_line(config, line);
		count++;
	}
	print_message("%d fixtures\n", count);
	assert_true(count > 100);
	buf_free(&manifest);
	config_unref(&config);
}

/* A quirk that no fixture shows is one that nobody tests. What mail alone can
   cause is not here. */
static void every_quirk_has_a_fixture(void **state)
{
	const uint64_t by_mail = QUIRK_BIT(QUIRK_DOMAIN_FROM_HINT) |
	                         QUIRK_BIT(QUIRK_HINT_DISAGREES) |
	                         QUIRK_BIT(QUIRK_MAIL_NO_REPORT_HEADERS) |
	                         QUIRK_BIT(QUIRK_MAIL_NOT_REPORT_TYPE) |
	                         QUIRK_BIT(QUIRK_MAIL_BOUNDARY_OPEN);
	enum quirk quirk;

	(void)state;
	for (quirk = 0; quirk < QUIRKS; quirk++) {
		if (((flagged | by_mail) & QUIRK_BIT(quirk)) == 0)
			fail_msg("no fixture for %s", quirk_name(quirk));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fixture_becomes_what_is_said),
		cmocka_unit_test(every_quirk_has_a_fixture),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
