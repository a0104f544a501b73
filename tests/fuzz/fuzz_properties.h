/*
 * What must hold between two verdicts, and how often each was tested.
 */
#ifndef TESTS_FUZZ_FUZZ_PROPERTIES_H
#define TESTS_FUZZ_FUZZ_PROPERTIES_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/fuzz/fuzz_exceptions.h"

enum property {
	PROPERTY_ORDER,
	PROPERTY_GROUPING,
	PROPERTY_NOTHING,
	PROPERTY_TO_COME,
	PROPERTY_UNTRUSTED,
	PROPERTY_FOLD,
	PROPERTY_NEWCOMER_CLEAN,
	PROPERTY_NEWCOMER_REFUSALS,
	PROPERTY_NEWCOMER_ALONE,
	PROPERTY_USELESS_PROBE,
	PROPERTY_STALE_PROBE,
	PROPERTY_FINE_PROBE,
	PROPERTY_UNREACHABLE,
	PROPERTY_FAILING_HOST,
	PROPERTY_FAILED_ONCE,
	PROPERTY_CLEAN,
	PROPERTY_REFUSALS,
	PROPERTIES,
};

extern const char *const fuzz_property_names[PROPERTIES];

/* How often each was checked, how often the state moved, and which exceptions
   were met. */
struct fuzz_property_counts {
	size_t inputs;
	size_t checked[PROPERTIES], moved[PROPERTIES];
	size_t excused[PROPERTIES][EXCEPTIONS];
	size_t states[VERDICT_STATES];
};

extern struct fuzz_property_counts fuzz_property_counts;

void fuzz_property_counts_print(void);

/* How good a state is, among those of its mode. */
int fuzz_property_rank(enum verdict_state state);

/* Whether a group of the answer stands. */
bool fuzz_property_stands(const struct fuzz_answer *answer, size_t i);

/* Whether in the second answer the same groups stand as in the first, and none
   beside them. */
bool fuzz_property_stand_alike(const struct fuzz_answer *a,
                               const struct fuzz_answer *b);

#endif
