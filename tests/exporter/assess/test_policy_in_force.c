#include <string.h>

#include "base/attr.h"
#include "exporter/assess/policy_in_force.h"
#include "tests/support/cmocka_all.h"

static struct sts_policy parse(struct arena *arena, const char *const *lines,
                               size_t count)
{
	struct text *items = arena_array(arena, count, sizeof(*items));
	struct text_list list = {items, count};
	struct sts_policy policy;
	size_t i;

	for (i = 0; i < count; i++)
		items[i] = text_of(lines[i]);
	sts_policy_parse(arena, &list, &policy);
	return policy;
}

#define PARSE(arena, ...)                                  \
	parse(arena, (const char *const[]){__VA_ARGS__},   \
	      sizeof((const char *const[]){__VA_ARGS__}) / \
	              sizeof(const char *))

#define MOST 8

/* A domain's policies and who shows them: A and B are policies, 0 and 1
   reporter groups known for long, 2 and 3 newcomers. */
struct example {
	struct arena *arena;
	struct stored_policy policies[3];
	struct policy_use uses[MOST];
	struct verdict_reporter_group groups[4];
	struct policy_in_force_query query;
	struct policy_in_force found;
};

enum {
	OLD,
	NEW,
	NONE
};

static void begin(struct example *s)
{
	*s = (struct example){.arena = arena_new(0)};
	s->policies[OLD].policy =
		PARSE(s->arena, "mode: testing", "mx: old.example");
	s->policies[NEW].policy =
		PARSE(s->arena, "mode: enforce", "mx: new.example");
	s->policies[NONE].policy = PARSE(s->arena, "mode: none");
	s->policies[OLD].first_day = s->policies[OLD].first_proved = 10;
	s->policies[NEW].first_day = s->policies[NEW].first_proved = 50;
	s->policies[NONE].first_day = s->policies[NONE].first_proved = 1;
	s->groups[0].known_since = 5;
	s->groups[1].known_since = 6;
	s->groups[2].known_since = 90;
	s->groups[3].known_since = 91;
	s->query = (struct policy_in_force_query){
		.policies = s->policies,
		.policy_count = ARRAY_LENGTH(s->policies),
		.uses = s->uses,
		.groups = s->groups,
	};
}

/* Groups 0 and 1 have standing. */

static struct policy_use *use(struct example *s, uint32_t policy,
                              uint32_t group, int32_t newest, bool proved)
{
	struct policy_use *use = &s->uses[s->query.use_count++];

	*use = (struct policy_use){.policy = policy,
	                           .group = group,
	                           .newest = newest,
	                           .oldest = newest,
	                           .proved = proved,
	                           .standing = proved && group < 2};
	s->query.signed_sts |= proved;
	return use;
}

static const char *in_force(struct example *s)
{
	policy_in_force(&s->query, s->arena, &s->found);
	if (s->found.policy.mx_count == 0)
		return "";
	return s->found.policy.mx[0].data[0] == 'o' ? "old" : "new";
}

static void the_newest_on_which_two_agree(void **state)
{
	struct example s;

	(void)state;
	begin(&s);
	(void)use(&s, OLD, 0, 59, true);
	(void)use(&s, OLD, 1, 90, true);
	use(&s, NEW, 0, 90, true)->oldest = 70;
	assert_string_equal(in_force(&s), "old");
	assert_ptr_equal(s.found.other, &s.policies[NEW]);
	assert_int_equal(s.found.other_group, 0);
	(void)use(&s, NEW, 1, 90, true);
	assert_string_equal(in_force(&s), "new");
	assert_int_equal(s.found.since, 70);
	assert_int_equal(s.found.enforced_since, 70);
	assert_null(s.found.other);
	arena_free(&s.arena);
}

static void of_one_group_its_newest(void **state)
{
	struct example s;

	(void)state;
	begin(&s);
	(void)use(&s, OLD, 0, 59, true);
	(void)use(&s, NEW, 0, 60, true);
	assert_string_equal(in_force(&s), "new");
	arena_free(&s.arena);
}

static void newcomers_take_no_policy_away(void **state)
{
	struct example s;

	(void)state;
	begin(&s);
	use(&s, OLD, 0, 90, true)->oldest = 60;
	/* Backdated as far as can be, and newer too; two of them agree. */
	use(&s, NONE, 2, 95, true)->oldest = 1;
	use(&s, NONE, 3, 95, true)->oldest = 1;
	assert_string_equal(in_force(&s), "old");
	assert_int_equal(s.found.policy.mode, STS_MODE_TESTING);
	assert_int_equal(s.found.since, 60);
	/* It is said. */
	assert_ptr_equal(s.found.other, &s.policies[NONE]);
	assert_int_equal(s.found.other_newest, 95);
	arena_free(&s.arena);
}

/* They neither make a policy older, nor have it enforced for longer, nor put
   the one that two agreed on before in its place. */
static void newcomers_move_no_first_day(void **state)
{
	struct example s;

	(void)state;
	begin(&s);
	use(&s, NEW, 0, 90, true)->oldest = 70;
	use(&s, NEW, 1, 90, true)->oldest = 75;
	use(&s, NEW, 2, 90, true)->oldest = 20;
	(void)use(&s, OLD, 1, 69, true);
	(void)use(&s, OLD, 2, 95, true);
	(void)use(&s, OLD, 3, 95, true);
	assert_string_equal(in_force(&s), "new");
	assert_int_equal(s.found.since, 70);
	assert_int_equal(s.found.enforced_since, 70);
	assert_ptr_equal(s.found.other, &s.policies[OLD]);
	arena_free(&s.arena);
}

static void where_nobody_else_shows_one_newcomers_show_none(void **state)
{
	struct example s;

	(void)state;
	begin(&s);
	(void)use(&s, NEW, 2, 95, true);
	(void)use(&s, NEW, 3, 95, true);
	(void)use(&s, OLD, 1, 95, false);
	assert_string_equal(in_force(&s), "");
	assert_int_equal(s.found.mode_from, POLICY_SOURCE_NONE);
	assert_int_equal(s.found.since, VERDICT_NO_DAY);
	assert_ptr_equal(s.found.other, &s.policies[NEW]);
	arena_free(&s.arena);
}

/* What is shown from the first days that were read on is older: the store
   remembers it. */
static void an_old_policy_is_as_old_as_the_store_remembers(void **state)
{
	struct example s;

	(void)state;
	begin(&s);
	s.query.first_day = 55;
	use(&s, NEW, 0, 90, true)->oldest = 57;
	assert_string_equal(in_force(&s), "new");
	assert_int_equal(s.found.since, 50);
	assert_int_equal(s.found.enforced_since, 50);
	/* Not where it began after them. */
	s.query.first_day = 45;
	(void)in_force(&s);
	assert_int_equal(s.found.since, 57);
	/* Nor where the store has seen it later than the rows say. */
	s.query.first_day = 55;
	s.policies[NEW].first_proved = 88;
	(void)in_force(&s);
	assert_int_equal(s.found.since, 57);
	arena_free(&s.arena);
}

static void the_unsigned_speak_only_where_nobody_signs(void **state)
{
	struct example s;

	(void)state;
	begin(&s);
	(void)use(&s, NEW, 2, 95, false);
	(void)use(&s, NEW, 3, 95, false);
	(void)use(&s, OLD, 0, 60, true);
	assert_string_equal(in_force(&s), "old");
	assert_int_equal(s.found.mode_from, POLICY_SOURCE_SIGNED);
	arena_free(&s.arena);
	begin(&s);
	(void)use(&s, NEW, 2, 95, false);
	s.query.signed_sts = true;
	assert_string_equal(in_force(&s), "");
	assert_int_equal(s.found.mode_from, POLICY_SOURCE_NONE);
	arena_free(&s.arena);
}

static void the_unsigned_neither_enforce_nor_end_a_policy(void **state)
{
	struct example s;

	(void)state;
	begin(&s);
	(void)use(&s, NEW, 2, 95, false);
	(void)use(&s, NEW, 3, 95, false);
	assert_string_equal(in_force(&s), "new");
	assert_int_equal(s.found.policy.mode, STS_MODE_UNKNOWN);
	assert_int_equal(s.found.mode_from, POLICY_SOURCE_UNSIGNED);
	assert_ptr_equal(s.found.other, &s.policies[NEW]);
	s.query.all_proved = true;
	s.uses[0].proved = s.uses[1].proved = true;
	s.uses[0].standing = s.uses[1].standing = true;
	assert_string_equal(in_force(&s), "new");
	assert_int_equal(s.found.policy.mode, STS_MODE_ENFORCE);
	arena_free(&s.arena);
}

static void the_configuration_knows_better(void **state)
{
	const char *patterns[] = {"New.example."};
	struct settings_section section = {
		.mode = STS_MODE_ENFORCE,
		.mx = {patterns, 1},
		.max_age = 3600,
	};
	struct example s;

	(void)state;
	begin(&s);
	s.query.section = &section;
	(void)use(&s, OLD, 0, 90, true);
	(void)use(&s, OLD, 1, 90, true);
	(void)use(&s, NEW, 1, 60, true);
	(void)use(&s, NEW, 2, 55, true);
	assert_string_equal(in_force(&s), "new");
	assert_int_equal(s.found.policy.mode, STS_MODE_ENFORCE);
	assert_int_equal(s.found.policy.max_age, 3600);
	assert_int_equal(s.found.mx_from, POLICY_SOURCE_CONFIGURATION);
	assert_int_equal(s.found.since, 60);
	/* What the reports agree on is said. */
	assert_ptr_equal(s.found.other, &s.policies[OLD]);
	arena_free(&s.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_on_which_two_agree),
		cmocka_unit_test(of_one_group_its_newest),
		cmocka_unit_test(newcomers_take_no_policy_away),
		cmocka_unit_test(newcomers_move_no_first_day),
		cmocka_unit_test(
			where_nobody_else_shows_one_newcomers_show_none),
		cmocka_unit_test(
			an_old_policy_is_as_old_as_the_store_remembers),
		cmocka_unit_test(the_unsigned_speak_only_where_nobody_signs),
		cmocka_unit_test(the_unsigned_neither_enforce_nor_end_a_policy),
		cmocka_unit_test(the_configuration_knows_better),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
