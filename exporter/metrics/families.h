/*
 * The metrics: what is measured, under which name, from which part of the
 * snapshot. Each is a row of one of the tables in families_*.c; README.md of
 * this folder repeats them.
 */
#ifndef EXPORTER_METRICS_FAMILIES_H
#define EXPORTER_METRICS_FAMILIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "exporter/metrics/exposition.h"
#include "exporter/metrics/metric_group.h"
#include "exporter/model/snapshot.h"

/* Classes of HTTP statuses that are counted: 2xx to 5xx. */
#define FAMILIES_STATUS_CLASSES 4

/* Figures of the exporter itself that are not in the model. */
struct self_figures {
	bool store_failed; /* the last refresh did */
	bool loaded;       /* a store has been read */
	double refresh_seconds;
	double render_seconds[METRIC_GROUPS];
	int64_t read_errors;
	bool reload_worked;
	int64_t reloaded;
	const char *const *handlers; /* names, the last is "other" */
	size_t handler_count;
	const uint64_t *answers; /* [handler][class] */
};

struct families_request {
	unsigned int groups;        /* bits */
	const struct text *domains; /* only these; NULL: all */
	size_t domain_count;
	bool openmetrics;
};

/* Renders one page. */
void families_render(const struct snapshot *snapshot,
                     const struct families_request *what,
                     struct self_figures *self, struct buf *out);

/* --- what there is ------------------------------------------------------- */

#define FAMILY_LABELS_MAX 4

struct family_view {
	const struct metric *metric;
	const char *labels[FAMILY_LABELS_MAX + 2]; /* as they are written */
	size_t label_count;
};

/* All families, in the order of the page. */
void families_each(void (*on_family)(void *cls, const struct family_view *view),
                   void *cls);

/* --- history: one family after the other --------------------------------- */

size_t families_count(void);
const struct metric *families_metric(size_t i);
/* Whether what it shows can be told of a day in the past; and in which group
   it is. */
bool families_has_history(size_t i, enum metric_group *group);
/* Whether any of them has this label. */
bool families_has_label(struct text name);
/* The samples of one family without HELP and TYPE, with labels more and the
   time in seconds. */
struct families_history_labels {
	const struct label *more;
	size_t more_count;
	int64_t time;
};
void families_render_history(const struct snapshot *snapshot, size_t i,
                             const struct families_request *what,
                             const struct families_history_labels *labels,
                             struct buf *out);

#endif
