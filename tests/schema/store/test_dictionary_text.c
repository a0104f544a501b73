/* The first days on which a policy of a domain was shown. */
#include <stdio.h>

#include "schema/store/dictionary.h"
#include "schema/store/dictionary_text.h"
#include "schema/store/write.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static int64_t show(struct fixture *f, const char *line, int64_t day,
                    enum policy_seen_as seen_as)
{
	struct text text = text_of(line);
	const struct report_policy policy = {.policy_string = {&text, 1}};
	struct policy_seen seen = {
		.day = day,
		.first_day = day,
		.seen_as = seen_as,
		.proved = seen_as == POLICY_SEEN_PROVED,
	};
	int64_t id = 0;
	struct err err;

	assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
	assert_int_equal(dictionary_domain_find(f->store, TEXT("a.example"),
	                                        &seen.domain_id, &err),
	                 0);
	if (seen.domain_id == 0)
		assert_int_equal(dictionary_domain_add(f->store,
		                                       TEXT("a.example"), false,
		                                       &seen.domain_id, &err),
		                 0);
	assert_int_equal(
		dictionary_text_policy(f->store, &seen, &policy, &id, &err), 0);
	assert_int_equal(store_commit(f->store, &err), 0);
	return id;
}

static int64_t first(const struct fixture *f, const char *column, int64_t id)
{
	char sql[128];

	(void)snprintf(sql, sizeof(sql),
	               "SELECT coalesce(%s, -1) FROM policy_text WHERE id = "
	               "%lld",
	               column, (long long)id);
	return fixture_number(f, sql);
}

static void the_earliest_of_both_days_stays(void **state)
{
	struct fixture *f = *state;
	int64_t id = show(f, "mode: testing", 20, POLICY_SEEN_PROVED);

	assert_int_equal(show(f, "mode: testing", 30, POLICY_SEEN_PROVED), id);
	assert_int_equal(first(f, "first_day", id), 20);
	assert_int_equal(first(f, "first_proved", id), 20);
	(void)show(f, "mode: testing", 10, POLICY_SEEN_ANONYMOUS);
	assert_int_equal(first(f, "first_day", id), 10);
	assert_int_equal(first(f, "first_proved", id), 20);
}

static void what_shows_no_evidence_is_no_first_day(void **state)
{
	struct fixture *f = *state;
	int64_t id = show(f, "mode: testing", 20, POLICY_SEEN_ONLY);

	assert_int_equal(first(f, "first_day", id), -1);
}

static void an_unproved_policy_has_not_the_proof_of_another(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	(void)show(f, "mode: testing", 10, POLICY_SEEN_PROVED);
	id = show(f, "mode: enforce", 20, POLICY_SEEN_ANONYMOUS);
	assert_int_equal(first(f, "first_day", id), 20);
	assert_int_equal(first(f, "first_proved", id), -1);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_earliest_of_both_days_stays),
		TEST(what_shows_no_evidence_is_no_first_day),
		TEST(an_unproved_policy_has_not_the_proof_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
