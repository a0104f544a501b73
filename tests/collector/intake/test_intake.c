/*
 * Reports through intake into a real store: what is said of MX hosts, and what
 * counts for no domain.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/memory.h"
#include "collector/config/config.h"
#include "collector/intake/intake.h"
#include "schema/limits.h"
#include "schema/store/admin.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

struct world {
	struct fixture f;
	struct config *config;
};

/* Ten domains behind mx.example.org, of which the first has a host of its own
   too. */
static int open_world(void **state)
{
	struct world *w = memory_zero(1, sizeof(*w));
	struct buf text = BUF_INIT(8192);
	struct err err;
	int i;

	fixture_open(&w->f);
	for (i = 0; i < 10; i++)
		buf_printf(&text,
		           "[domain d%d.example]\nmx_hosts = "
		           "mx.example.org%s\n",
		           i, i == 0 ? " own.example.org" : "");
	if (config_read(fixture_file(&w->f, "x.conf", buf_text(&text)), false,
	                &w->config, &err) < 0)
		fail_msg("%s", err.text);
	buf_free(&text);
	*state = w;
	return 0;
}

static int close_world(void **state)
{
	struct world *w = *state;

	config_unref(&w->config);
	fixture_close(&w->f);
	free(w);
	return 0;
}

static void add_element(struct buf *out, const char *type, const char *domain,
                        int successes, int failures)
{
	buf_printf(out,
	           "%s{\"policy\":{\"policy-type\":\"%s\",\"policy-domain\":"
	           "\"%s\"},\"summary\":{\"total-successful-session-count\":"
	           "%d,\"total-failure-session-count\":%d},\"failure-details\":"
	           "[{\"result-type\":\"certificate-expired\",\"failed-session-"
	           "count\":%d}]}",
	           out->len > 0 ? "," : "", type, domain, successes, failures,
	           failures);
}

/* A report with these elements; how it ended. */
static enum outcome take(struct world *w, const char *id,
                         const struct buf *elements, char *sentence)
{
	struct buf json = BUF_INIT(1 << 24);
	struct intake *intake;
	enum outcome outcome;
	struct err err;

	buf_printf(&json,
	           "{\"organization-name\":\"S\",\"contact-info\":\"a@sender."
	           "example\",\"report-id\":\"%s\",\"date-range\":{\"start-"
	           "datetime\":\"2026-06-01T00:00:00Z\",\"end-datetime\":"
	           "\"2026-06-01T23:59:59Z\"},\"policies\":[",
	           id);
	buf_add(&json, elements->data, elements->len);
	buf_add_text(&json, "]}");
	intake = intake_new(w->config, CHANNEL_HTTPS,
	                    (const uint8_t *)json.data, json.len);
	intake_prepare(intake, FIXTURE_NOW);
	if (store_begin(w->f.store, FIXTURE_NOW, &err) < 0 ||
	    intake_store(intake, w->f.store, &err) < 0 ||
	    store_commit(w->f.store, &err) < 0)
		fail_msg("%s", err.text);
	outcome = intake->outcome;
	if (sentence != NULL)
		(void)snprintf(sentence, ERR_TEXT_SIZE, "%s", intake->sentence);
	intake_free(&intake);
	buf_free(&json);
	return outcome;
}

static int64_t sum_for(struct world *w, const char *domain, const char *column,
                       int type)
{
	return fixture_number(
		&w->f,
		arena_printf(w->f.arena,
	                     "SELECT coalesce(sum(%s), 0) FROM day_sum JOIN "
	                     "domain ON domain.id = domain_id WHERE name = '%s' "
	                     "AND policy_type = %d",
	                     column, domain, type));
}

static void say_it(void *cls, const char *sentence)
{
	(void)cls;
	print_message("%s\n", sentence);
}

static void assert_whole(struct world *w)
{
	int64_t faults = 0, before, after;
	struct err err;

	before = fixture_number(&w->f, "SELECT sum(successes * 7 + failures * "
	                               "5 + refused + dane * 3 + reports * 11) "
	                               "FROM day_sum");
	assert_int_equal(store_begin(w->f.store, FIXTURE_NOW, &err), 0);
	assert_int_equal(store_rebuild_sums(w->f.store, &err), 0);
	assert_int_equal(store_commit(w->f.store, &err), 0);
	after = fixture_number(&w->f, "SELECT sum(successes * 7 + failures * 5 "
	                              "+ refused + dane * 3 + reports * 11) "
	                              "FROM day_sum");
	assert_int_equal(before, after);
	if (store_check(w->f.store, say_it, NULL, &faults, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(faults, 0);
}

static void every_element_counts_for_every_domain_of_a_host(void **state)
{
	struct world *w = *state;
	struct buf elements = BUF_INIT(1 << 16);
	char name[32];
	int i;

	add_element(&elements, "tlsa", "mx.example.org", 5, 500);
	add_element(&elements, "sts", "mx.example.org", 7, 50);
	assert_int_equal(take(w, "two", &elements, NULL), OUTCOME_STORED);
	for (i = 0; i < 10; i++) {
		(void)snprintf(name, sizeof(name), "d%d.example", i);
		assert_int_equal(sum_for(w, name, "failures", 0), 500);
		assert_int_equal(sum_for(w, name, "failures", 1), 50);
	}
	assert_whole(w);
	buf_free(&elements);
}

/* A stranger may not make a report a thousand times as large as it is. */
static void a_host_that_is_named_too_often_is_refused(void **state)
{
	struct world *w = *state;
	struct buf elements = BUF_INIT(1 << 20);
	char sentence[ERR_TEXT_SIZE];
	int i;

	for (i = 0; i < 1000; i++)
		add_element(&elements, "tlsa", "mx.example.org", i, 1);
	assert_int_equal(take(w, "many", &elements, sentence), OUTCOME_REFUSED);
	assert_non_null(strstr(sentence, "mx_hosts"));
	assert_int_equal(fixture_number(&w->f, "SELECT count(*) FROM ledger "
	                                       "WHERE refusal = 0"),
	                 1);
	buf_free(&elements);
}

/* mox sends the sessions of a host to the domain, and to the host. */
static void count_once(struct world *w, const char *to_domain)
{
	struct buf domain = BUF_INIT(1 << 16), host = BUF_INIT(1 << 16);
	struct buf other = BUF_INIT(1 << 16);

	add_element(&domain, "sts", "d0.example", 43, 0);
	add_element(&domain, "tlsa", to_domain, 40, 3);
	add_element(&host, "tlsa", "own.example.org", 40, 3);
	add_element(&other, "tlsa", "own.example.org", 41, 3);
	assert_int_equal(take(w, "to the domain", &domain, NULL),
	                 OUTCOME_STORED);
	assert_int_equal(take(w, "to the host", &host, NULL), OUTCOME_STORED);
	assert_int_equal(sum_for(w, "d0.example", "failures", 0), 3);
	assert_int_equal(sum_for(w, "d0.example", "successes", 0), 40);
	assert_whole(w);
	/* Other numbers are other sessions. */
	assert_int_equal(take(w, "others", &other, NULL), OUTCOME_STORED);
	assert_int_equal(sum_for(w, "d0.example", "successes", 0), 81);
	/* Each counts as a report, so that the quota holds it. */
	assert_int_equal(sum_for(w, "d0.example", "reports", 0) +
	                         sum_for(w, "d0.example", "reports", 1),
	                 3);
	assert_whole(w);
	buf_free(&domain);
	buf_free(&host);
	buf_free(&other);
}

static void sessions_of_a_host_count_once(void **state)
{
	count_once(*state, "own.example.org");
}

static void sessions_of_a_domain_and_its_host_count_once(void **state)
{
	count_once(*state, "d0.example");
}

/* Reports that all name the host only are of several servers. */
static void hosts_of_several_servers_add_up(void **state)
{
	struct world *w = *state;
	struct buf host = BUF_INIT(1 << 16);

	add_element(&host, "tlsa", "own.example.org", 1, 0);
	assert_int_equal(take(w, "one", &host, NULL), OUTCOME_STORED);
	assert_int_equal(take(w, "two", &host, NULL), OUTCOME_STORED);
	assert_int_equal(sum_for(w, "d0.example", "successes", 0), 2);
	buf_free(&host);
}

static void the_host_may_come_first(void **state)
{
	struct world *w = *state;
	struct buf domain = BUF_INIT(1 << 16), host = BUF_INIT(1 << 16);

	add_element(&host, "tlsa", "own.example.org", 40, 3);
	add_element(&domain, "sts", "d0.example", 43, 0);
	add_element(&domain, "tlsa", "own.example.org", 40, 3);
	assert_int_equal(take(w, "to the host", &host, NULL), OUTCOME_STORED);
	assert_int_equal(take(w, "to the domain", &domain, NULL),
	                 OUTCOME_STORED);
	assert_int_equal(sum_for(w, "d0.example", "successes", 0), 40);
	assert_int_equal(sum_for(w, "d0.example", "successes", 1), 43);
	assert_int_equal(fixture_number(&w->f, "SELECT sum(sessions) FROM "
	                                       "day_result WHERE policy_type = "
	                                       "0"),
	                 3);
	assert_whole(w);
	buf_free(&domain);
	buf_free(&host);
}

static void one_report_may_say_both(void **state)
{
	struct world *w = *state;
	struct buf elements = BUF_INIT(1 << 16);

	add_element(&elements, "tlsa", "d0.example", 40, 3);
	add_element(&elements, "tlsa", "own.example.org", 40, 3);
	assert_int_equal(take(w, "both", &elements, NULL), OUTCOME_STORED);
	assert_int_equal(sum_for(w, "d0.example", "successes", 0), 40);
	assert_whole(w);
	buf_free(&elements);
}

static void what_names_no_domain_is_in_the_ledger(void **state)
{
	struct world *w = *state;
	struct buf elements = BUF_INIT(1 << 16);

	assert_int_equal(take(w, "none", &elements, NULL), OUTCOME_REFUSED);
	add_element(&elements, "sts", "", 1, 0);
	assert_int_equal(take(w, "empty", &elements, NULL), OUTCOME_REFUSED);
	assert_int_equal(fixture_number(&w->f, "SELECT count(*) FROM ledger "
	                                       "WHERE refusal = 7 AND bytes > "
	                                       "length(data)"),
	                 2);
	assert_int_equal(fixture_number(&w->f, "SELECT count(*) FROM report"),
	                 0);
	buf_free(&elements);
}

/* As the header draws it: all others are faults. */
static void stages_follow_the_diagram(void **state)
{
	static const struct {
		enum intake_stage from, to;
	} arrows[] = {
		{INTAKE_RECEIVED, INTAKE_DECODED},
		{INTAKE_RECEIVED, INTAKE_REFUSED},
		{INTAKE_RECEIVED, INTAKE_DEFERRED},
		{INTAKE_DECODED, INTAKE_PARSED},
		{INTAKE_DECODED, INTAKE_REFUSED},
		{INTAKE_PARSED, INTAKE_CHECKED},
		{INTAKE_PARSED, INTAKE_REFUSED},
		{INTAKE_PARSED, INTAKE_DEFERRED},
		{INTAKE_CHECKED, INTAKE_COMMITTED},
		{INTAKE_CHECKED, INTAKE_DEFERRED},
		{INTAKE_REFUSED, INTAKE_COMMITTED},
		{INTAKE_REFUSED, INTAKE_DEFERRED},
		{INTAKE_DEFERRED, INTAKE_DEFERRED},
	};
	int from, to;
	size_t i;

	(void)state;
	for (from = 0; from < INTAKE_STAGES; from++) {
		for (to = 0; to < INTAKE_STAGES; to++) {
			bool drawn = false;

			for (i = 0; i < ARRAY_LENGTH(arrows); i++)
				drawn = drawn || ((int)arrows[i].from == from &&
				                  (int)arrows[i].to == to);
			if (intake_may_enter((enum intake_stage)from,
			                     (enum intake_stage)to) != drawn)
				fail_msg("%s -> %s",
				         intake_stage_name(
						 (enum intake_stage)from),
				         intake_stage_name(
						 (enum intake_stage)to));
		}
	}
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, open_world, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_element_counts_for_every_domain_of_a_host),
		TEST(a_host_that_is_named_too_often_is_refused),
		TEST(sessions_of_a_host_count_once),
		TEST(sessions_of_a_domain_and_its_host_count_once),
		TEST(hosts_of_several_servers_add_up),
		TEST(the_host_may_come_first),
		TEST(one_report_may_say_both),
		TEST(what_names_no_domain_is_in_the_ledger),
		cmocka_unit_test(stages_follow_the_diagram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
