#include "exporter/families.h"

#include <time.h>

#include "base/attr.h"
#include "exporter/families_parts.h"

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
	struct render r = {{out, what->openmetrics}, model, what, self};
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
	if ((what->groups & 1U << GROUP_SELF) != 0 && what->domains == NULL)
		write_group(&r, self_families, self_family_count, GROUP_SELF);
	exposition_end(&r.e);
}
