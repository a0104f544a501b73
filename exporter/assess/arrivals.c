#include "exporter/assess/arrivals.h"

#include <stdlib.h>

/* The days of one group, as its rows bring them. */
struct arrivals {
	int32_t *days;
	size_t count;
	bool unsorted;
	bool unknown;
};

static int arrivals_compare(const void *a, const void *b)
{
	const int32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Rows come by day, and so do their arrivals, nearly always. */
static void arrivals_add(struct arrivals *of, int32_t day)
{
	int32_t before = of->count > 0 ? of->days[of->count - 1] : day - 1;

	of->unknown |= day <= 0;
	of->unsorted |= day < before;
	if (day != before)
		of->days[of->count++] = day;
}

static void arrivals_sort(struct arrivals *of)
{
	size_t i, kept = 0;

	if (!of->unsorted)
		return;
	qsort(of->days, of->count, sizeof(*of->days), arrivals_compare);
	for (i = 0; i < of->count; i++) {
		if (kept == 0 || of->days[i] != of->days[kept - 1])
			of->days[kept++] = of->days[i];
	}
	of->count = kept;
}

/* A piece of one array for each group, as long as it has rows. */
static struct arrivals *arrivals_begin(struct arena *arena,
                                       const struct verdict_row *rows,
                                       size_t count, size_t group_count)
{
	struct arrivals *all = arena_array(arena, group_count, sizeof(*all));
	int32_t *days = arena_array(arena, count, sizeof(*days));
	size_t i;

	for (i = 0; i < count; i++)
		all[rows[i].group].count++;
	for (i = 0; i < group_count; i++) {
		all[i].days = days;
		days += all[i].count;
		all[i].count = 0;
	}
	return all;
}

bool arrivals_find(struct arena *arena, const struct verdict_row *rows,
                   const int32_t *arrived, size_t count,
                   struct verdict_reporter_group *groups, size_t group_count)
{
	struct arrivals *all = arrivals_begin(arena, rows, count, group_count);
	bool unknown = false;
	size_t i;

	for (i = 0; i < count; i++)
		arrivals_add(&all[rows[i].group], arrived[i]);
	for (i = 0; i < group_count; i++) {
		if (groups[i].anonymous || all[i].count == 0)
			continue;
		unknown |= all[i].unknown;
		if (all[i].unknown)
			continue;
		arrivals_sort(&all[i]);
		groups[i].arrivals = all[i].days;
		groups[i].arrival_count = all[i].count;
	}
	return unknown;
}
