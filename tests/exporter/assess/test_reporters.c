#include "base/attr.h"
#include "exporter/assess/reporters.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static void add_at(struct fixture *f, const char *signer, int64_t received)
{
	const struct wish wish = {
		.successes = 1,
		.trust = TRUST_DKIM,
		.signer = signer,
		.contact = arena_printf(f->arena, "a@%s", signer),
		.id = arena_printf(f->arena, "%lld", (long long)received),
		.received = received,
	};

	(void)fixture_add(f, &wish);
}

static void add(struct fixture *f, const char *signer)
{
	add_at(f, signer, FIXTURE_NOW);
}

/* Nobody proves it; it is of whom it says. */
static void add_claim(struct fixture *f, const char *organization,
                      int64_t received)
{
	const struct wish wish = {
		.successes = 1,
		.organization = organization,
		.contact = "none",
		.received = received,
	};

	(void)fixture_add(f, &wish);
}

static struct reporters *read_all(struct fixture *f, struct reporters *known)
{
	struct reporters *reporters;
	struct err err;

	if (reporters_read(known, f->store, &reporters, &err) < 0)
		fail_msg("%s", err.text);
	return reporters;
}

static void names_of_one_organisation_are_one_group(void **state)
{
	struct fixture *f = *state;
	struct reporters *reporters;

	add(f, "mail.google.example");
	add(f, "google.example");
	add(f, "other.example");
	reporters = read_all(f, NULL);
	assert_string_equal(reporters_name(reporters, 1),
	                    "mail.google.example");
	assert_int_equal(reporters_group(reporters, 1),
	                 reporters_group(reporters, 2));
	assert_int_not_equal(reporters_group(reporters, 1),
	                     reporters_group(reporters, 3));
	assert_true(text_is(reporters_group_name(reporters,
	                                         reporters_group(reporters, 1)),
	                    "google.example"));
	assert_int_equal(reporters_group_proved(reporters,
	                                        reporters_group(reporters, 1)),
	                 FIXTURE_DAY + 1);
	reporters_unref(&reporters);
}

/* However a document writes it. */
static void case_and_a_dot_make_no_second_group(void **state)
{
	static const char *const names[] = {"Google.Example", "GOOGLE.EXAMPLE.",
	                                    "mail.Google.example"};
	struct fixture *f = *state;
	struct reporters *reporters;
	size_t i;

	add(f, "google.example");
	for (i = 0; i < ARRAY_LENGTH(names); i++)
		add_claim(f, names[i], FIXTURE_NOW);
	add_claim(f, "Google Example", FIXTURE_NOW);
	reporters = read_all(f, NULL);
	for (i = 0; i < ARRAY_LENGTH(names); i++)
		assert_int_equal(reporters_group(reporters, (int64_t)i + 2),
		                 reporters_group(reporters, 1));
	assert_string_equal(reporters_name(reporters, 2), "Google.Example");
	assert_int_not_equal(reporters_group(reporters, 5),
	                     reporters_group(reporters, 1));
	reporters_unref(&reporters);
}

/* A group has been known since its first report of any name, and since the
   first that proves it. */
static void the_earliest_of_a_group_counts(void **state)
{
	struct fixture *f = *state;
	struct reporters *reporters;
	uint32_t group;

	add_at(f, "mail.google.example", FIXTURE_NOW - INT64_C(20) * 86400);
	add_at(f, "google.example", FIXTURE_NOW - INT64_C(30) * 86400);
	add_claim(f, "google.example", FIXTURE_NOW - INT64_C(50) * 86400);
	add_claim(f, "claims.example", FIXTURE_NOW);
	reporters = read_all(f, NULL);
	group = reporters_group(reporters, 1);
	assert_int_equal(reporters_group_received(reporters, group),
	                 FIXTURE_DAY - 49);
	assert_int_equal(reporters_group_proved(reporters, group),
	                 FIXTURE_DAY - 29);
	group = reporters_group(reporters, 3);
	assert_string_equal(reporters_name(reporters, 3), "claims.example");
	assert_int_equal(reporters_group_received(reporters, group),
	                 FIXTURE_DAY + 1);
	assert_true(reporters_group_proved(reporters, group) == INT64_MAX);
	reporters_unref(&reporters);
}

static void an_id_that_is_not_there_is_unknown(void **state)
{
	struct reporters *reporters = reporters_new();

	(void)state;
	assert_string_equal(reporters_name(reporters, 99), "_unknown");
	assert_int_equal(reporters_group(reporters, 99), 0);
	reporters_unref(&reporters);
	assert_null(reporters);
}

static void without_new_ones_they_stay_the_same(void **state)
{
	struct fixture *f = *state;
	struct reporters *first, *same, *more;

	add(f, "google.example");
	first = read_all(f, NULL);
	same = read_all(f, first);
	assert_ptr_equal(same, first);
	add(f, "other.example");
	more = read_all(f, first);
	assert_ptr_not_equal(more, first);
	assert_string_equal(reporters_name(more, 1), "google.example");
	assert_string_equal(reporters_name(more, 2), "other.example");
	/* One that is known is proved now: there is no newer one. */
	add_claim(f, "claims.example", FIXTURE_NOW);
	reporters_unref(&same);
	same = read_all(f, more);
	assert_ptr_not_equal(same, more);
	assert_true(reporters_group_proved(same, reporters_group(same, 3)) ==
	            INT64_MAX);
	add(f, "claims.example");
	reporters_unref(&more);
	more = read_all(f, same);
	assert_ptr_not_equal(more, same);
	assert_int_equal(reporters_group_proved(more, reporters_group(more, 3)),
	                 FIXTURE_DAY + 1);
	/* Whoever holds the older ones may go on. */
	assert_string_equal(reporters_name(first, 2), "_unknown");
	reporters_unref(&first);
	reporters_unref(&same);
	reporters_unref(&more);
}

static void a_list_names_reporters_or_their_groups(void **state)
{
	static const struct {
		const char *item;
		bool listed;
	} cases[] = {
		{"mail.google.example", true}, {"google.example", true},
		{"Google.Example", true},      {"oogle.example", false},
		{"google.exampl", false},      {"x.google.example", false},
	};
	struct fixture *f = *state;
	struct reporters *reporters;
	const char *items[2] = {"x.example", NULL};
	const struct option_list list = {.items = items, .count = 2};
	const struct option_list none = {.items = NULL, .count = 0};
	size_t i;

	add(f, "mail.google.example");
	reporters = read_all(f, NULL);
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		items[1] = cases[i].item;
		if (reporters_is_listed(reporters, &list, 1) != cases[i].listed)
			fail_msg("%s", cases[i].item);
	}
	assert_false(reporters_is_listed(reporters, &none, 1));
	reporters_unref(&reporters);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_of_one_organisation_are_one_group),
		TEST(case_and_a_dot_make_no_second_group),
		TEST(the_earliest_of_a_group_counts),
		TEST(an_id_that_is_not_there_is_unknown),
		TEST(without_new_ones_they_stay_the_same),
		TEST(a_list_names_reporters_or_their_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
