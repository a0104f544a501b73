#include <math.h>
#include <string.h>

#include "exporter/verdict/verdict.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"
#include "tests/support/verdict_world.h"

/* --- vectors ------------------------------------------------------------- */

/* Whether a number is the other's, upper and ratio within what the vectors
   round. */
static bool same_number(json_t *a, json_t *b)
{
	if (json_is_number(a) && json_is_number(b))
		return fabs(json_number_value(a) - json_number_value(b)) < 1e-5;
	return json_equal(a, b) != 0;
}

static bool same_numbers(json_t *expected, json_t *got)
{
	const char *key;
	json_t *value;

	if (json_object_size(expected) != json_object_size(got))
		return false;
	json_object_foreach(expected, key, value)
	{
		if (!same_number(value, json_object_get(got, key)))
			return false;
	}
	return true;
}

/* What "expect" says nothing of is not compared. */
static bool same_answer(json_t *expected, json_t *got)
{
	static const char *const exact[] = {"state", "reasons", "advice",
	                                    "culprits"};
	json_t *wanted;
	size_t i;

	for (i = 0; i < sizeof(exact) / sizeof(exact[0]); i++) {
		wanted = json_object_get(expected, exact[i]);
		if (wanted != NULL &&
		    !json_equal(wanted, json_object_get(got, exact[i])))
			return false;
	}
	wanted = json_object_get(expected, "numbers");
	return wanted == NULL ||
	       same_numbers(wanted, json_object_get(got, "numbers"));
}

static int check_vector(json_t *vector)
{
	json_t *expected = json_object_get(vector, "expect"), *got;
	struct arena *arena = arena_new(0);
	char *wanted, *had;
	int wrong = 0;

	got = verdict_of_world(json_object_get(vector, "input"), arena);
	if (!same_answer(expected, got)) {
		wanted = json_dumps(expected, JSON_SORT_KEYS);
		had = json_dumps(got, JSON_SORT_KEYS);
		print_error("vector %lld, %s\n  expected %s\n  got      %s\n",
		            (long long)json_integer_value(
				    json_object_get(vector, "id")),
		            json_string_value(json_object_get(vector, "title")),
		            wanted, had);
		free(wanted);
		free(had);
		wrong = 1;
	}
	json_decref(got);
	arena_free(&arena);
	return wrong;
}

static void check_file(const char *name, size_t least)
{
	struct buf file = BUF_INIT(1U << 26);
	json_t *root, *vectors, *vector;
	json_error_t error;
	int wrong = 0;
	size_t i;

	fixture_read(name, &file);
	root = json_loadb(file.data, file.len, 0, &error);
	if (root == NULL)
		fail_msg("%s: %s", name, error.text);
	vectors = json_object_get(root, "vectors");
	assert_true(json_array_size(vectors) >= least);
	json_array_foreach(vectors, i, vector) wrong += check_vector(vector);
	json_decref(root);
	buf_free(&file);
	assert_int_equal(wrong, 0);
}

static void every_vector_is_met(void **state)
{
	(void)state;
	check_file("verdict-vectors.json", 91);
}

static void trust_carries_no_further_than_it_may(void **state)
{
	(void)state;
	check_file("verdict-trust.json", 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vector_is_met),
		cmocka_unit_test(trust_carries_no_further_than_it_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
