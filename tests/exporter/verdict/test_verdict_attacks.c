/* What forgers do to a verdict: tests/data/verdict-attacks.json. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"
#include "tests/support/verdict_json.h"
#include "tests/support/verdict_world.h"

#define ATTACKS_LEAST 92

static json_t *read_attacks(void)
{
	struct buf file = BUF_INIT(1U << 26);
	json_error_t error;
	json_t *root;

	fixture_read("verdict-attacks.json", &file);
	root = json_loadb(file.data, file.len, 0, &error);
	if (root == NULL)
		fail_msg("%s", error.text);
	buf_free(&file);
	return root;
}

/* The same world before the forgers came. A new reference. */
static json_t *without_forgers(json_t *world)
{
	json_t *honest = json_deep_copy(world);
	json_t *rows = json_object_get(honest, "rows");
	size_t i;

	for (i = json_array_size(rows); i > 0; i--) {
		if (verdict_json_boolean(json_array_get(rows, i - 1), "forged",
		                         false))
			(void)json_array_remove(rows, i - 1);
	}
	return honest;
}

static int is_wrong(json_t *attack, const char *what, json_t *expected,
                    json_t *got)
{
	char *wanted, *had;

	if (json_equal(expected, got))
		return 0;
	wanted = json_dumps(expected, JSON_ENCODE_ANY);
	had = json_dumps(got, JSON_ENCODE_ANY);
	print_error("%s of attack %lld, %s: not %s but %s\n", what,
	            (long long)verdict_json_integer(attack, "id", 0),
	            verdict_json_string(attack, "title", ""), wanted, had);
	free(wanted);
	free(had);
	return 1;
}

static int count_wrong(json_t *attack)
{
	json_t *world = json_object_get(attack, "input");
	json_t *honest = without_forgers(world);
	json_t *expected = json_object_get(attack, "expect");
	struct arena *arena = arena_new(0);
	json_t *got = verdict_of_world(world, arena);
	json_t *before = verdict_of_world(honest, arena);
	int wrong;

	wrong = is_wrong(attack, "state", json_object_get(expected, "state"),
	                 json_object_get(got, "state")) +
	        is_wrong(attack, "reasons",
	                 json_object_get(expected, "reasons"),
	                 json_object_get(got, "reasons")) +
	        is_wrong(attack, "state before",
	                 json_object_get(attack, "without"),
	                 json_object_get(before, "state"));
	json_decref(before);
	json_decref(got);
	json_decref(honest);
	arena_free(&arena);
	return wrong;
}

static void forgers_get_no_further_than_is_written(void **state)
{
	json_t *root = read_attacks(), *attacks, *attack;
	int wrong = 0;
	size_t i;

	(void)state;
	attacks = json_object_get(root, "attacks");
	assert_true(json_array_size(attacks) >= ATTACKS_LEAST);
	json_array_foreach(attacks, i, attack) wrong += count_wrong(attack);
	json_decref(root);
	assert_int_equal(wrong, 0);
}

/* Whether an attack costs a name, or the patience that standing takes. */
static bool is_cheap(json_t *attack)
{
	const char *cost = verdict_json_string(attack, "cost", "");

	return strstr(cost, "nothing") == cost ||
	       strstr(cost, "a minute") != NULL;
}

static void without_patience_nobody_makes_ready_or_ends_an_alarm(void **state)
{
	static const char *const good[] = {"ready", "enforce_ok"};
	json_t *root = read_attacks(), *attack;
	const char *before, *after;
	size_t i, k, cheap = 0;

	(void)state;
	json_array_foreach(json_object_get(root, "attacks"), i, attack)
	{
		if (!is_cheap(attack))
			continue;
		cheap++;
		before = verdict_json_string(attack, "without", "");
		after = verdict_json_string(json_object_get(attack, "expect"),
		                            "state", "");
		/* Where there was nothing at all, there is no alarm. */
		for (k = 0; strcmp(before, "no_data") != 0 && k < 2; k++)
			assert_true(strcmp(after, good[k]) != 0 ||
			            strcmp(before, good[k]) == 0);
	}
	assert_true(cheap >= 20);
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forgers_get_no_further_than_is_written),
		cmocka_unit_test(
			without_patience_nobody_makes_ready_or_ends_an_alarm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
