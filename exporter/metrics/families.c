#include "exporter/metrics/families.h"

#include <string.h>
#include <time.h>

#include "base/attr.h"
#include "exporter/metrics/families_private.h"

static const char *const group_names[] = {
	[GROUP_WINDOW] = "window",     [GROUP_DAY] = "day",
	[GROUP_RECENT] = "recent",     [GROUP_SUMMARY] = "summary",
	[GROUP_VERDICT] = "verdict",   [GROUP_DOMAIN] = "domain",
	[GROUP_REPORTER] = "reporter", [GROUP_SELF] = "self",
};

const char *group_name(enum group group)
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
	return domain_family_count + verdict_family_count;
}

static const struct family *family_at(size_t i)
{
	return i < domain_family_count
	               ? &domain_families[i]
	               : &verdict_families[i - domain_family_count];
}

const struct metric *families_metric(size_t i)
{
	return &family_at(i)->metric;
}

/* The newest report is of now; recent days have no day of their own. */
bool families_has_history(size_t i, enum group *group)
{
	const struct family *family = family_at(i);

	*group = family->group;
	return family->group != GROUP_RECENT &&
	       strncmp(family->metric.name, "tlsrpt_domain_last_report",
	               strlen("tlsrpt_domain_last_report")) != 0;
}

void families_render_past(const struct model *model, size_t i,
                          const struct page_request *what,
                          const struct moment_labels *labels, struct buf *out)
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

	family_at(i)->write(&r, &family_at(i)->metric);
}

/* --- a page -------------------------------------------------------------- */

static double seconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void write_group(struct render *r, const struct family *families,
                        size_t count, enum group group)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (families[i].group == group)
			families[i].write(r, &families[i].metric);
	}
}

/* Groups in order, so that no family is split; the exporter's own last, for it
   tells how long the others took. */
void families_render(const struct model *model, const struct page_request *what,
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

	for (group = 0; group < GROUP_SELF; group++) {
		if ((what->groups & 1U << group) == 0)
			continue;
		start = seconds_now();
		write_group(&r, domain_families, domain_family_count,
		            (enum group)group);
		write_group(&r, verdict_families, verdict_family_count,
		            (enum group)group);
		self->render_seconds[group] = seconds_now() - start;
	}
	if ((what->groups & 1U << GROUP_SELF) != 0 && what->domains == NULL) {
		write_group(&r, mailbox_families, mailbox_family_count,
		            GROUP_SELF);
		write_group(&r, self_families, self_family_count, GROUP_SELF);
	}
	exposition_end(&r.e);
}
