#include "exporter/metrics/families.h"

#include "base/attr.h"
#include "base/timestamp.h"
#include "exporter/metrics/families_private.h"

/* In the order of the page within a group. */
static const struct family_table *const families_tables[] = {
	&families_domain,    &families_verdict, &families_reporter,
	&families_mailbox,   &families_ingest,  &families_store,
	&families_collector, &families_self,
};

/* The first have a history. */
#define FAMILIES_HISTORY_TABLES 3

/* --- a page -------------------------------------------------------------- */

typedef void families_on_row(void *cls, const struct family_table *table,
                             const struct family *family);

static void families_each_of_group(enum metric_group group,
                                   families_on_row *on_row, void *cls)
{
	const struct family_table *table;
	size_t i, k;

	for (i = 0; i < ARRAY_LENGTH(families_tables); i++) {
		table = families_tables[i];
		for (k = 0; k < table->count; k++) {
			if (table->rows[k].group == group)
				on_row(cls, table, &table->rows[k]);
		}
	}
}

static void families_write_row(void *cls, const struct family_table *table,
                               const struct family *family)
{
	families_walk(cls, table, family);
}

/* Groups in order, so that no family is split; the exporter's own last, for it
   tells how long the others took. */
void families_render(const struct snapshot *snapshot,
                     const struct families_request *what,
                     struct self_figures *self, struct buf *out)
{
	struct render r = {
		.e = {.out = out, .openmetrics = what->openmetrics},
		.snapshot = snapshot,
		.what = what,
		.self = self,
	};
	double start;
	int group;

	if (what->domains == NULL &&
	    (what->groups & 1U << METRIC_GROUP_SUMMARY) != 0)
		snapshot_count_states(snapshot, r.states);
	for (group = 0; group < METRIC_GROUP_SELF; group++) {
		if ((what->groups & 1U << group) == 0)
			continue;
		start = timestamp_monotonic_seconds();
		families_each_of_group((enum metric_group)group,
		                       families_write_row, &r);
		self->render_seconds[group] =
			timestamp_monotonic_seconds() - start;
	}
	if ((what->groups & 1U << METRIC_GROUP_SELF) != 0 &&
	    what->domains == NULL) {
		process_stats(&r.process);
		families_each_of_group(METRIC_GROUP_SELF, families_write_row,
		                       &r);
	}
	exposition_end(&r.e);
}

/* --- what there is ------------------------------------------------------- */

static struct family_view families_view(const struct family *family)
{
	struct family_view view = {.metric = &family->metric};
	size_t i;

	if (family->walk != FAMILY_ONCE && family->walk != FAMILY_LISTED &&
	    family->walk != FAMILY_HISTOGRAM)
		view.labels[view.label_count++] = "domain";
	if (family->walk == FAMILY_REPORTER || family->walk == FAMILY_WATCHED ||
	    family->walk == FAMILY_REFUSING)
		view.labels[view.label_count++] = "reporter";
	for (i = 0; i < FAMILY_LABELS_MAX && family->labels[i] != LABEL_NONE;
	     i++)
		view.labels[view.label_count++] =
			families_label_name(family->labels[i]);
	return view;
}

struct families_viewing {
	void (*on_family)(void *cls, const struct family_view *view);
	void *cls;
};

static void families_view_row(void *cls, const struct family_table *table,
                              const struct family *family)
{
	const struct families_viewing *viewing = cls;
	const struct family_view view = families_view(family);

	(void)table;
	viewing->on_family(viewing->cls, &view);
}

void families_each(void (*on_family)(void *cls, const struct family_view *view),
                   void *cls)
{
	struct families_viewing viewing = {on_family, cls};
	int group;

	for (group = 0; group < METRIC_GROUPS; group++)
		families_each_of_group((enum metric_group)group,
		                       families_view_row, &viewing);
}

/* --- history ------------------------------------------------------------- */

size_t families_count(void)
{
	size_t count = 0, i;

	for (i = 0; i < FAMILIES_HISTORY_TABLES; i++)
		count += families_tables[i]->count;
	return count;
}

static const struct family *families_at(size_t i,
                                        const struct family_table **table)
{
	const struct family_table *const *at = families_tables;

	while (i >= (*at)->count)
		i -= (*at++)->count;
	*table = *at;
	return &(*at)->rows[i];
}

const struct metric *families_metric(size_t i)
{
	const struct family_table *table;

	return &families_at(i, &table)->metric;
}

/* Recent days have no day of their own. */
bool families_has_history(size_t i, enum metric_group *group)
{
	const struct family_table *table;
	const struct family *family = families_at(i, &table);

	*group = family->group;
	return family->group != METRIC_GROUP_RECENT && !family->of_now;
}

bool families_has_label(struct text name)
{
	const struct family_table *table;
	struct family_view view;
	size_t i, k;

	for (i = 0; i < families_count(); i++) {
		view = families_view(families_at(i, &table));
		for (k = 0; k < view.label_count; k++) {
			if (text_is(name, view.labels[k]))
				return true;
		}
	}
	return false;
}

void families_render_history(const struct snapshot *snapshot, size_t i,
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
		.snapshot = snapshot,
		.what = what,
		.samples_only = true,
	};
	const struct family_table *table;
	const struct family *family = families_at(i, &table);

	if (what->domains == NULL)
		snapshot_count_states(snapshot, r.states);
	families_walk(&r, table, family);
}
