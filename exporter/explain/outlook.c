#include "exporter/explain/outlook.h"

/* Rows of a domain, with those to come: beyond, a day ahead would take too
   long. */
#define ROWS_MAX 200000U

void outlook_gather(const struct assessment *assessment, bool ahead,
                    struct arena *arena, struct explanation *out)
{
	struct arena *scratch = arena_new(0);
	struct verdict_ahead days;
	bool known = ahead && verdict_ahead_begin(assessment->input, ROWS_MAX,
	                                          scratch, &days);

	witnesses_find(assessment, known ? &days : NULL, arena,
	               &out->witnesses);
	arena_free(&scratch);
}
