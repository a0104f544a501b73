/*
 * Reports of others, where there is a folder of them with a MANIFEST.tsv
 * (TLSRPT_SAMPLES): each has the listed outcome and totals. They are years
 * old, so that clock and horizon are set for them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/file.h"
#include "collector/config/config.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"
#include "tests/support/manifest.h"

#define SKIPPED 77

enum field {
	PATH,
	KIND = 3,
	EXPECTED = 5,
	POLICIES,
	SUCCESSES,
	FAILURES,
	DETAILS
};

static const char *samples;

static int64_t number_of(struct text field)
{
	int64_t number = -1;

	(void)text_integer(text_trim(field), &number);
	return number;
}

static bool is_as_expected(const struct intake *intake,
                           const struct text *fields)
{
	struct manifest_sums sums;

	if (text_is(fields[EXPECTED], "invalid"))
		return intake == NULL || intake->stage == INTAKE_REFUSED;
	if (intake == NULL || intake->stage != INTAKE_CHECKED)
		return false;
	manifest_add_up(intake->report, &sums);
	return sums.policies == number_of(fields[POLICIES]) &&
	       sums.successes == number_of(fields[SUCCESSES]) &&
	       sums.failures == number_of(fields[FAILURES]) &&
	       sums.details == number_of(fields[DETAILS]);
}

static bool check_mail(struct config *config, const char *path, int64_t now,
                       const struct text *fields)
{
	struct manifest_mail mail;
	bool good;

	manifest_run_mail(config, path, now, &mail);
	good = is_as_expected(mail.intake, fields);
	if (!good)
		print_error("%s: %s\n", path,
		            mail.intake != NULL ? mail.intake->sentence
		                                : "holds no report");
	manifest_free_mail(&mail);
	return good;
}

/* 2026-12-01: after the newest of them, before those of the future. */
#define SAMPLES_NOW INT64_C(1796083200)

static bool check_line(struct config *config, const struct text *fields)
{
	struct intake *intake;
	struct buf bytes;
	char path[1024];
	bool good;

	(void)snprintf(path, sizeof(path), "%s/%.*s", samples,
	               (int)fields[PATH].len, fields[PATH].data);
	if (text_is(fields[KIND], "eml"))
		return check_mail(config, path, SAMPLES_NOW, fields);
	intake = manifest_run(config, path, SAMPLES_NOW, &bytes);
	good = is_as_expected(intake, fields);
	if (!good)
		print_error("%s: stage %s: %s\n", path,
		            intake_stage_name(intake->stage), intake->sentence);
	intake_free(&intake);
	buf_free(&bytes);
	return good;
}

static void every_sample_has_its_outcome(void **state)
{
	struct fixture *f = *state;
	struct buf manifest = BUF_INIT(1 << 24);
	struct text rest, line, fields[MANIFEST_FIELDS];
	struct config *config;
	struct err err;
	char path[1024];
	int count = 0, bad = 0;

	if (config_read(fixture_file(f, "x.conf",
	                             "domains = *\nretention_days = 36500\n"),
	                false, &config, &err) < 0)
		fail_msg("%s", err.text);
	(void)snprintf(path, sizeof(path), "%s/MANIFEST.tsv", samples);
	if (file_read(path, &manifest, &err) < 0)
		fail_msg("%s", err.text);
	rest = (struct text){buf_text(&manifest), manifest.len};
	while (text_next(&rest, '\n', &line)) {
		manifest_split(line, fields);
		if (!text_is(fields[KIND], "json") &&
		    !text_is(fields[KIND], "gz") &&
		    !text_is(fields[KIND], "eml"))
			continue;
		count++;
		bad += !check_line(config, fields);
	}
	print_message("%d samples, %d not as listed\n", count, bad);
	assert_int_equal(bad, 0);
	assert_true(count > 0);
	buf_free(&manifest);
	config_unref(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sample_has_its_outcome),
	};

	samples = getenv("TLSRPT_SAMPLES");
	if (samples == NULL || access(samples, R_OK) != 0) {
		print_message("skipped: no samples at TLSRPT_SAMPLES\n");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
