/*
 * Whether two verdicts say the same.
 */
#ifndef TESTS_FUZZ_FUZZ_SAME_H
#define TESTS_FUZZ_FUZZ_SAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/verdict/verdict.h"

/* A verdict, and the key of each of its reporter groups. */
struct fuzz_said {
	const struct verdict *verdict;
	const uint64_t *keys;
	size_t count;
};

/* Whether they agree in everything. The second may have more groups, of which
   nothing is known; and reasons that the first has not. */
bool fuzz_same_verdict(const struct fuzz_said *a, const struct fuzz_said *b,
                       uint64_t more_reasons);

#endif
