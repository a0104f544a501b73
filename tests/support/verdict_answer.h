/*
 * A verdict as JSON, in the words of "expect" in
 * tests/data/verdict-vectors.json; upper unrounded.
 */
#ifndef TESTS_SUPPORT_VERDICT_ANSWER_H
#define TESTS_SUPPORT_VERDICT_ANSWER_H

#include <jansson.h>

#include "base/arena.h"
#include "exporter/verdict/verdict.h"

/* A new reference. */
json_t *verdict_answer(const struct verdict_input *input,
                       const struct verdict *verdict, struct arena *arena);

#endif
