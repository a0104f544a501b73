/*
 * Snapshots of the past, by what is known today, at the moment when a day had
 * just settled: the same figures and the same assessment as today's, so that
 * history and scrape cannot disagree.
 */
#ifndef EXPORTER_MODEL_MODEL_HISTORY_H
#define EXPORTER_MODEL_MODEL_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "exporter/model/snapshot.h"
#include "exporter/verdict/verdict.h"
#include "schema/store/read.h"

struct model_history {
	const struct snapshot *now;
	size_t domain; /* its index in now */
	struct store *store;
};

/* That domain on a day; before is the snapshot of the day before, NULL for the
   first day. */
int model_history_domain(const struct model_history *history, int64_t day,
                         const struct snapshot *before, struct snapshot **out,
                         struct err *err) ATTR_MUST_CHECK;

/* No domain, but how many of the fleet stood in each state. */
struct snapshot *model_history_fleet(const struct snapshot *now, int64_t day,
                                     const int64_t states[VERDICT_STATES]);

#endif
