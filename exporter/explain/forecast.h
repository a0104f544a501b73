/*
 * The earliest day of ready: the verdict itself on the days to come, as
 * verdict_ahead.h makes them, one after the other.
 */
#ifndef EXPORTER_EXPLAIN_FORECAST_H
#define EXPORTER_EXPLAIN_FORECAST_H

#include <stdint.h>

#include "base/arena.h"
#include "exporter/explain/conditions.h"
#include "exporter/verdict/verdict_ahead.h"

/* Why there is a day of ready, or none. */
enum forecast_outcome {
	FORECAST_NOT_ASKED, /* nobody asked, or nothing is to be forecast: it is
	                       ready, enforced, or has no policy */
	FORECAST_READY,
	FORECAST_NOT_WITHIN,  /* not on any of the days ahead */
	FORECAST_NOBODY,      /* no reporter goes on reporting */
	FORECAST_TOO_MANY,    /* too many rows to look ahead */
	FORECAST_CHECKS_FAIL, /* a check from outside does: it must be mended,
	                         and no day is known for that */
	FORECAST_OUTCOMES,
};

/* "ready", "not_within", "no_reporters", "too_many_reporters", "checks_fail";
   NULL where nothing was asked. */
const char *forecast_outcome_name(enum forecast_outcome outcome);

struct forecast {
	enum forecast_outcome outcome;
	int32_t ready_on;         /* VERDICT_NO_DAY: none */
	int32_t ready_limited_on; /* before that; VERDICT_NO_DAY: none */
	/* The assumption: so many reporters, and sessions a day of them. */
	int64_t reporters;
	int64_t daily_sessions;
	/* The day from which on each condition is met up to the last day that
	   was looked at; VERDICT_NO_DAY: on none of them. */
	int32_t met_from[CONDITIONS];
	int decisions; /* that were taken for it */
};

/* A forecast that nobody asked for. */
void forecast_clear(struct forecast *out);

/* Looks ahead from a verdict. ahead: its input's days to come; NULL: there are
   too many rows. scratch is reset. */
void forecast_find(const struct verdict_input *input,
                   const struct verdict *verdict,
                   const struct verdict_ahead *ahead, struct arena *scratch,
                   struct forecast *out);

#endif
