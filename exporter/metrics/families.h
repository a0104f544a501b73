/*
 * The metrics: what is measured, under which name, from which part of the
 * model. The tables in families_domain.c and families_self.c are the list
 * that README.md of this folder repeats.
 */
#ifndef EXPORTER_METRICS_FAMILIES_H
#define EXPORTER_METRICS_FAMILIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "exporter/metrics/exposition.h"
#include "exporter/model/model.h"

/* What collect[] and exclude[] choose among. */
enum metric_group {
	METRIC_GROUP_WINDOW,
	METRIC_GROUP_DAY,
	METRIC_GROUP_RECENT,
	METRIC_GROUP_SUMMARY,
	METRIC_GROUP_VERDICT,
	METRIC_GROUP_DOMAIN,
	METRIC_GROUP_REPORTER,
	METRIC_GROUP_SELF,
	METRIC_GROUPS,
};

const char *families_group_name(enum metric_group group);

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
	const uint64_t *answers; /* [handler][class 2xx to 5xx] */
};

struct families_request {
	unsigned int groups;        /* bits */
	const struct text *domains; /* only these; NULL: all */
	size_t domain_count;
	bool openmetrics;
};

/* One family after the other, for history. */
size_t families_count(void);
const struct metric *families_metric(size_t i);
/* Whether what it shows can be told of a day in the past; and in which group
   it is. */
bool families_has_history(size_t i, enum metric_group *group);
/* The samples of one family without HELP and TYPE, with labels more and the
   time in seconds. */
struct families_history_labels {
	const struct label *more;
	size_t more_count;
	int64_t time;
};
void families_render_history(const struct model *model, size_t i,
                             const struct families_request *what,
                             const struct families_history_labels *labels,
                             struct buf *out);

/* Renders one page. The model is locked by the caller. */
void families_render(const struct model *model,
                     const struct families_request *what,
                     struct self_figures *self, struct buf *out);

#endif
