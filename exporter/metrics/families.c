#include "exporter/metrics/families.h"

#include <string.h>
#include <time.h>

#include "base/attr.h"
#include "exporter/metrics/families_private.h"

static const char *const group_names[] = {
	[METRIC_GROUP_WINDOW] = "window",
	[METRIC_GROUP_DAY] = "day",
	[METRIC_GROUP_RECENT] = "recent",
	[METRIC_GROUP_SUMMARY] = "summary",
	[METRIC_GROUP_VERDICT] = "verdict",
	[METRIC_GROUP_DOMAIN] = "domain",
	[METRIC_GROUP_REPORTER] = "reporter",
	[METRIC_GROUP_SELF] = "self",
};

const char *families_group_name(enum metric_group group)
{
	return group_names[group];
}

void families_begin(struct render *r, const struct metric *metric)
{
	if (!r->samples_only)
		exposition_metric(&r->e, metric);
}

/* --- history ------------------------------------------------------------- */

size_t families_count(void)
{
	return families_domain_count + families_verdict_count;
}

static const struct family *families_at(size_t i)
{
	return i < families_domain_count
	               ? &families_domain[i]
	               : &families_verdict[i - families_domain_count];
}

const struct metric *families_metric(size_t i)
{
	return &families_at(i)->metric;
}

/* The newest report is of now; recent days have no day of their own. */
bool families_has_history(size_t i, enum metric_group *group)
{
	const struct family *family = families_at(i);

	*group = family->group;
	return family->group != METRIC_GROUP_RECENT &&
	       strncmp(family->metric.name, "tlsrpt_domain_last_report",
	               strlen("tlsrpt_domain_last_report")) != 0;
}

void families_render_history(const struct model *model, size_t i,
                             const struct families_request *what,
                             const struct families_history_labels *labels,
                             struct buf *out)
{
	struct render r = {
		.e = {.out = out,
	              .openmetrics = true,
	              .more = labels->more,
	              .more_count = labels->more_count,
	              .time = labels->time},
		.model = model,
		.what = what,
		.samples_only = true,
	};

	families_at(i)->write(&r, &families_at(i)->metric);
}

/* --- a page -------------------------------------------------------------- */

static double seconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void families_write_group(struct render *r,
                                 const struct family *families, size_t count,
                                 enum metric_group group)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (families[i].group == group)
			families[i].write(r, &families[i].metric);
	}
}

/* Groups in order, so that no family is split; the exporter's own last, for it
   tells how long the others took. */
void families_render(const struct model *model,
                     const struct families_request *what,
                     struct self_figures *self, struct buf *out)
{
	struct render r = {
		.e = {.out = out, .openmetrics = what->openmetrics},
		.model = model,
		.what = what,
		.self = self,
	};
	double start;
	int group;

	for (group = 0; group < METRIC_GROUP_SELF; group++) {
		if ((what->groups & 1U << group) == 0)
			continue;
		start = seconds_now();
		families_write_group(&r, families_domain, families_domain_count,
		                     (enum metric_group)group);
		families_write_group(&r, families_verdict,
		                     families_verdict_count,
		                     (enum metric_group)group);
		self->render_seconds[group] = seconds_now() - start;
	}
	if ((what->groups & 1U << METRIC_GROUP_SELF) != 0 &&
	    what->domains == NULL) {
		families_write_group(&r, families_mailbox,
		                     families_mailbox_count, METRIC_GROUP_SELF);
		families_write_group(&r, families_self, families_self_count,
		                     METRIC_GROUP_SELF);
	}
	exposition_end(&r.e);
}
