#include <stdio.h>

#include "exporter/metrics/families_private.h"

/* Bytes of a reporter's name with what is said of it. */
#define REPORTER_LABEL_MAX 512U

/* HELP and TYPE come with the first sample, so that a page for a domain that is
   not known is empty and valid. */
struct family_progress {
	struct render *r;
	const struct family_table *table;
	const struct family *family;
	bool begun;
};

/* What a series has beside the labels of its row. */
struct family_subject {
	const struct domain_figures *domain;
	const struct reporter_figures *reporter;
	const struct watched_figures *watched;
	const struct refusing_figures *refusing;
	struct label labels[2];
	size_t label_count;
};

static void families_walk_begin(struct family_progress *walk)
{
	if (!walk->begun && !walk->r->samples_only)
		exposition_metric(&walk->r->e, &walk->family->metric);
	walk->begun = true;
}

static bool families_walk_read(const struct family_progress *walk,
                               const struct family_point *at,
                               struct family_value *value)
{
	if (walk->family->sample.name == NULL)
		return walk->table->number(at, value);
	value->real = families_sample_number(at);
	return true;
}

/* One series, where there is one. */
static void families_walk_write_point(struct family_progress *walk,
                                      const struct family_subject *subject,
                                      const struct family_point *at)
{
	const struct family *family = walk->family;
	struct label labels[FAMILY_LABELS_MAX + 2];
	struct family_value value = {0, 0};
	size_t count, i;

	if (!families_walk_read(walk, at, &value))
		return;
	families_walk_begin(walk);
	for (count = 0; count < subject->label_count; count++)
		labels[count] = subject->labels[count];
	for (i = 0; i < FAMILY_LABELS_MAX && family->labels[i] != LABEL_NONE;
	     i++)
		labels[count++] = (struct label){
			families_label_name(family->labels[i]),
			text_of(families_label_value(walk->r, family->labels[i],
		                                     at->index[i]))};
	switch (family->format) {
	case FAMILY_INTEGER:
		exposition_integer(&walk->r->e, &family->metric, "", labels,
		                   count, value.whole);
		break;
	case FAMILY_NUMBER:
		exposition_number(&walk->r->e, &family->metric, labels, count,
		                  value.real);
		break;
	case FAMILY_RATIO:
		exposition_ratio(&walk->r->e, &family->metric, labels, count,
		                 value.real);
		break;
	}
}

/* To the next combination of the labels' values, the last label first; false
   after the last one. */
static bool families_walk_next_point(const struct family_progress *walk,
                                     size_t count, unsigned int index[])
{
	const enum family_label *labels = walk->family->labels;
	enum family_label label;

	for (; count > 0; count--) {
		label = labels[count - 1];
		if (++index[count - 1] < families_label_end(walk->r, label))
			return true;
		index[count - 1] = families_label_first(label);
	}
	return false;
}

static void families_walk_write_points(struct family_progress *walk,
                                       const struct family_subject *subject)
{
	struct family_point at = {.render = walk->r,
	                          .family = walk->family,
	                          .domain = subject->domain,
	                          .reporter = subject->reporter,
	                          .watched = subject->watched,
	                          .refusing = subject->refusing};
	size_t count = 0;

	while (count < FAMILY_LABELS_MAX &&
	       walk->family->labels[count] != LABEL_NONE) {
		at.index[count] =
			families_label_first(walk->family->labels[count]);
		count++;
	}
	do
		families_walk_write_point(walk, subject, &at);
	while (families_walk_next_point(walk, count, at.index));
}

/* --- domains ------------------------------------------------------------- */

static void families_walk_write_reporter(
	struct family_progress *walk, struct family_subject *subject,
	const struct reporter_figures *reporter, struct text name)
{
	subject->reporter = reporter;
	subject->labels[1] = (struct label){"reporter", name};
	subject->label_count = 2;
	families_walk_write_points(walk, subject);
}

static void families_walk_write_reporters(struct family_progress *walk,
                                          struct family_subject *subject)
{
	const struct domain_figures *domain = subject->domain;
	struct buf name = BUF_INIT(REPORTER_LABEL_MAX);
	size_t i;

	for (i = 0; i < domain->reporter_count; i++) {
		buf_reset(&name);
		buf_add_text(&name,
		             snapshot_reporter_name(walk->r->snapshot,
		                                    domain->reporters[i].id));
		if (!domain->reporters[i].proved)
			buf_add_text(&name, " (unverified)");
		families_walk_write_reporter(
			walk, subject, &domain->reporters[i],
			(struct text){name.data, name.len});
	}
	buf_free(&name);
	if (domain->reporter_count > 0 && domain->has_others)
		families_walk_write_reporter(walk, subject,
		                             &domain->other_reporters,
		                             TEXT("_other"));
}

/* One series of a reporter group, whose name it gets. */
static void families_walk_write_group(struct family_progress *walk,
                                      struct family_subject *subject,
                                      uint32_t group, bool proved)
{
	struct text plain = snapshot_group_name(walk->r->snapshot, group);
	struct buf name = BUF_INIT(REPORTER_LABEL_MAX);

	buf_add(&name, plain.data, plain.len);
	if (!proved)
		buf_add_text(&name, " (unverified)");
	subject->labels[1] = (struct label){"reporter", {name.data, name.len}};
	subject->label_count = 2;
	families_walk_write_points(walk, subject);
	buf_free(&name);
}

static void families_walk_write_watched(struct family_progress *walk,
                                        struct family_subject *subject)
{
	const struct domain_figures *domain = subject->domain;
	size_t i;

	for (i = 0; i < domain->watched_count; i++) {
		subject->watched = &domain->watched[i];
		families_walk_write_group(walk, subject,
		                          domain->watched[i].group, true);
	}
}

static void families_walk_write_refusing(struct family_progress *walk,
                                         struct family_subject *subject)
{
	const struct domain_figures *domain = subject->domain;
	size_t i;

	for (i = 0; i < domain->refusing_count; i++) {
		subject->refusing = &domain->refusing[i];
		families_walk_write_group(walk, subject,
		                          domain->refusing[i].group,
		                          domain->refusing[i].proved);
	}
}

static void families_walk_write_domain(struct family_progress *walk,
                                       const struct domain_figures *domain,
                                       struct text name)
{
	struct family_subject subject = {.domain = domain,
	                                 .labels = {{"domain", name}},
	                                 .label_count = 1};

	if (walk->family->walk == FAMILY_REPORTER)
		families_walk_write_reporters(walk, &subject);
	else if (walk->family->walk == FAMILY_WATCHED)
		families_walk_write_watched(walk, &subject);
	else if (walk->family->walk == FAMILY_REFUSING)
		families_walk_write_refusing(walk, &subject);
	else
		families_walk_write_points(walk, &subject);
}

/* The domains that the request asks for, or all that are exported. */
static void families_walk_write_domains(struct family_progress *walk)
{
	const struct domain_figures *const *domains, *found;
	const struct families_request *what = walk->r->what;
	size_t count, i;

	if (what->domains != NULL) {
		for (i = 0; i < what->domain_count; i++) {
			found = snapshot_find(walk->r->snapshot,
			                      what->domains[i]);
			if (found != NULL)
				families_walk_write_domain(walk, found,
				                           found->name);
		}
		return;
	}
	domains = snapshot_domains(walk->r->snapshot, &count);
	for (i = 0; i < count; i++) {
		if (snapshot_is_exported(walk->r->snapshot, i))
			families_walk_write_domain(walk, domains[i],
			                           domains[i]->name);
	}
}

/* --- what is over max_domains -------------------------------------------- */

static void families_walk_add_pair(struct session_counts *sum,
                                   const struct session_counts *part)
{
	sum->sessions += part->sessions;
	sum->failed += part->failed;
}

static void families_walk_add_to_other(struct domain_figures *other,
                                       const struct domain_figures *domain)
{
	int type, i;

	other->types |= domain->types;
	other->window_reports += domain->window_reports;
	other->day_refused += domain->day_refused;
	for (i = 0; i < UNCOUNTED_REASONS; i++)
		other->uncounted[i] += domain->uncounted[i];
	for (type = 0; type < POLICY_TYPES; type++) {
		other->results[type] |= domain->results[type];
		families_walk_add_pair(&other->window[type],
		                       &domain->window[type]);
		families_walk_add_pair(&other->day[type], &domain->day[type]);
	}
	for (i = 0;
	     domain->result_sessions != NULL && i < POLICY_TYPES * RESULT_TYPES;
	     i++)
		other->result_sessions[i] += domain->result_sessions[i];
}

/* The sum of the domains without series of their own, as one more. */
static void families_walk_write_other(struct family_progress *walk)
{
	const struct domain_figures *const *domains;
	int64_t results[POLICY_TYPES * RESULT_TYPES] = {0};
	struct domain_figures other = {.result_sessions = results};
	size_t count, i;
	bool any = false;

	if (walk->r->what->domains != NULL)
		return;
	domains = snapshot_domains(walk->r->snapshot, &count);
	for (i = 0; i < count; i++) {
		if (snapshot_is_exported(walk->r->snapshot, i))
			continue;
		families_walk_add_to_other(&other, domains[i]);
		any = true;
	}
	if (any)
		families_walk_write_domain(walk, &other, TEXT("_other"));
}

/* --- samples ------------------------------------------------------------- */

static void families_walk_write_listed(struct family_progress *walk)
{
	const struct family *family = walk->family;
	const struct named_figure *figures;
	size_t count, i;

	figures = snapshot_named_figures(walk->r->snapshot, &count);
	for (i = 0; i < count; i++) {
		if (!families_sample_is_listed(family, &figures[i]))
			continue;
		const struct label labels[] = {
			{families_label_name(family->labels[0]),
		         text_of(figures[i].first)},
			{families_label_name(family->labels[1]),
		         text_of(figures[i].other)},
		};

		families_walk_begin(walk);
		exposition_number(&walk->r->e, &family->metric, labels,
		                  family->labels[1] == LABEL_NONE ? 1 : 2,
		                  figures[i].value);
	}
}

/* The store has how many fell between two bounds; a page, how many up to one. */
static void families_walk_write_histogram(struct family_progress *walk)
{
	const struct family *family = walk->family;
	const struct family_sample *sample = &family->sample;
	const unsigned int end = families_label_end(walk->r, family->labels[0]);
	struct label label = {families_label_name(family->labels[0]), TEXT("")};
	struct exposition *e = &walk->r->e;
	double sum = 0, total;
	const char *bound;
	char name[64];
	unsigned int i;

	families_walk_begin(walk);
	(void)snprintf(name, sizeof(name), "%s_bucket", sample->name);
	for (i = 0; i < end; i++) {
		bound = families_label_value(walk->r, family->labels[0], i);
		label.value = text_of(bound);
		sum += snapshot_named(walk->r->snapshot, sample->kind, name,
		                      bound, "");
		exposition_integer(e, &family->metric, "_bucket", &label, 1,
		                   (int64_t)sum);
	}
	exposition_integer(e, &family->metric, "_count", NULL, 0, (int64_t)sum);
	(void)snprintf(name, sizeof(name), "%s_sum", sample->name);
	total = snapshot_named(walk->r->snapshot, sample->kind, name, "", "");
	exposition_integer(e, &family->metric, "_sum", NULL, 0, (int64_t)total);
}

/* --- any ----------------------------------------------------------------- */

void families_walk(struct render *r, const struct family_table *table,
                   const struct family *family)
{
	const struct family_subject nothing = {.label_count = 0};
	struct family_progress walk = {r, table, family, .begun = false};

	switch (family->walk) {
	case FAMILY_ONCE:
		if (r->what->domains == NULL)
			families_walk_write_points(&walk, &nothing);
		break;
	case FAMILY_DOMAIN:
	case FAMILY_REPORTER:
	case FAMILY_WATCHED:
	case FAMILY_REFUSING:
		families_walk_write_domains(&walk);
		break;
	case FAMILY_DOMAIN_AND_OTHER:
		families_walk_write_domains(&walk);
		families_walk_write_other(&walk);
		break;
	case FAMILY_LISTED:
		families_walk_write_listed(&walk);
		break;
	case FAMILY_HISTOGRAM:
		families_walk_write_histogram(&walk);
		break;
	}
}
