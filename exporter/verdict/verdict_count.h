/*
 * Sums of sessions that never wrap: a stranger's numbers end at the largest
 * one. Private to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_COUNT_H
#define EXPORTER_VERDICT_VERDICT_COUNT_H

#include <stdint.h>

static inline int64_t verdict_count_add(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static inline int64_t verdict_count_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t verdict_count_max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

#endif
