#include "exporter/explain/outlook.h"

/* Rows of a domain, with those to come: some four hundred reporters a day. To
   decide on all days ahead takes about a second of CPU time for so many, and a
   few milliseconds for a handful of reporters. */
#define ROWS_MAX 100000U

/* The days to come live in an arena of their own: what decides on each of them
   resets another. */
static void outlook_look_ahead(const struct assessment *assessment,
                               struct arena *arena, struct arena *scratch,
                               struct explanation *out)
{
	struct arena *rows = arena_new(0);
	struct verdict_ahead days;
	bool known =
		verdict_ahead_begin(assessment->input, ROWS_MAX, rows, &days);

	witnesses_find(assessment, known ? &days : NULL, arena,
	               &out->witnesses);
	forecast_find(assessment->input, assessment->verdict,
	              known ? &days : NULL, scratch, &out->forecast);
	arena_free(&rows);
}

void outlook_gather(const struct assessment *assessment, bool ahead,
                    struct arena *arena, struct explanation *out)
{
	struct arena *scratch = arena_new(0);

	conditions_find(assessment->input, assessment->verdict, scratch,
	                &out->conditions);
	if (ahead) {
		outlook_look_ahead(assessment, arena, scratch, out);
	} else {
		witnesses_find(assessment, NULL, arena, &out->witnesses);
		forecast_clear(&out->forecast);
	}
	arena_free(&scratch);
}
