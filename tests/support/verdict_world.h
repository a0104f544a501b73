/*
 * Worlds for the verdict as JSON: what is known of a domain, in the words of
 * tests/data/verdict-vectors.json ("reading" there), and the answer. Days are
 * relative to today.
 *
 * Beside what stands there, a row may say "proved": false (then its reporter is
 * another group than the proved one of that name) and "against_only": true, and
 * a world "limited": true. "arrivals" are counts, or lists of days; "probe" is
 * one, or a list of those of today and the days before.
 */
#ifndef TESTS_SUPPORT_VERDICT_WORLD_H
#define TESTS_SUPPORT_VERDICT_WORLD_H

#include <jansson.h>

#include "base/arena.h"

/* The verdict on a world, as "expect" there; upper unrounded. A new reference;
   NULL when the world cannot be read. */
json_t *verdict_of_world(json_t *world, struct arena *arena);

#endif
