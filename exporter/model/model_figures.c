#include "exporter/model/model_figures.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const char *const uncounted_names[] = {
	[UNCOUNTED_UNAUTHENTICATED] = "unauthenticated",
	[UNCOUNTED_CONFLICT] = "conflict",
};

const char *model_figures_uncounted_name(enum uncounted why)
{
	return uncounted_names[why];
}

/* --- rows into figures --------------------------------------------------- */

bool model_figures_is_counted(enum count_as count_as)
{
	return count_as == COUNT_AS_ANONYMOUS ||
	       count_as == COUNT_AS_AUTHSERV || count_as == COUNT_AS_DKIM;
}

static void model_figures_add_counts(struct session_counts *counts,
                                     const struct store_sum_row *row)
{
	counts->sessions += row->successes + row->failures;
	counts->failed += row->failures;
}

static void model_figures_add_to_window(struct domain_figures *domain,
                                        const struct figures_scope *scope,
                                        const struct store_sum_row *row)
{
	domain->covered |= UINT64_C(1) << (row->day - scope->first_day);
	domain->window_reports += row->reports;
	model_figures_add_counts(&domain->window[row->type], row);
	if (row->day != scope->last_day)
		return;
	domain->day_refused += row->evidence.refused;
	model_figures_add_counts(&domain->day[row->type], row);
}

static void model_figures_add_row(struct domain_figures *domain,
                                  const struct figures_scope *scope,
                                  const struct store_sum_row *row)
{
	enum uncounted why = row->count_as == COUNT_AS_DISPLACED
	                             ? UNCOUNTED_CONFLICT
	                             : UNCOUNTED_UNAUTHENTICATED;

	if (row->day < scope->first_day)
		return;
	if (!model_figures_is_counted(row->count_as)) {
		if (row->day <= scope->last_day)
			domain->uncounted[why] +=
				row->successes + row->failures;
	} else if (row->day > scope->last_day) {
		model_figures_add_counts(&domain->recent[row->type], row);
	} else {
		model_figures_add_to_window(domain, scope, row);
	}
}

/* --- reporters ----------------------------------------------------------- */

/* A reporter once signed and once not is two. */
static int model_figures_compare_reporters(const void *a, const void *b)
{
	const struct reporter_figures *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return (int)x->proved - (int)y->proved;
}

static bool model_figures_is_in_window(const struct figures_scope *scope,
                                       const struct store_sum_row *row)
{
	return model_figures_is_counted(row->count_as) &&
	       row->day >= scope->first_day && row->day <= scope->last_day;
}

static struct reporter_figures
model_figures_reporter_of(const struct store_sum_row *row)
{
	return (struct reporter_figures){
		.id = row->reporter_id,
		.proved = trust_is_proof((enum trust)row->count_as),
	};
}

/* The reporters of the window's rows, sorted, once each. */
static size_t model_figures_find_reporters(const struct figures_scope *scope,
                                           const struct store_sum_row *rows,
                                           size_t count,
                                           struct reporter_figures *out)
{
	size_t i, found = 0, kept = 0;

	for (i = 0; i < count; i++) {
		if (model_figures_is_in_window(scope, &rows[i]))
			out[found++] = model_figures_reporter_of(&rows[i]);
	}
	if (found > 0)
		qsort(out, found, sizeof(*out),
		      model_figures_compare_reporters);
	for (i = 0; i < found; i++) {
		if (kept == 0 || model_figures_compare_reporters(
					 &out[i], &out[kept - 1]) != 0)
			out[kept++] = out[i];
	}
	return kept;
}

static void model_figures_add_to_reporter(struct reporter_figures *reporter,
                                          const struct figures_scope *scope,
                                          const struct store_sum_row *row)
{
	if (row->successes + row->failures > 0)
		reporter->in_window = true;
	if (row->type == POLICY_STS)
		model_figures_add_counts(&reporter->window, row);
	if (row->day != scope->last_day)
		return;
	reporter->in_day = true;
	if (row->type == POLICY_STS)
		model_figures_add_counts(&reporter->day, row);
}

static int model_figures_compare_rank(const void *a, const void *b, void *cls)
{
	const struct figures_scope *scope = cls;
	const struct reporter_figures *x = a, *y = b;
	int order;

	if (x->window.sessions != y->window.sessions)
		return x->window.sessions < y->window.sessions ? 1 : -1;
	order = strcmp(reporters_name(scope->reporters, x->id),
	               reporters_name(scope->reporters, y->id));
	return order != 0 ? order : (int)y->proved - (int)x->proved;
}

static void model_figures_add_to_others(struct domain_figures *domain,
                                        const struct reporter_figures *reporter)
{
	domain->has_others = true;
	domain->other_reporters.window.sessions += reporter->window.sessions;
	domain->other_reporters.window.failed += reporter->window.failed;
	domain->other_reporters.day.sessions += reporter->day.sessions;
	domain->other_reporters.day.failed += reporter->day.failed;
}

/* Counts them, and keeps the largest. */
static void model_figures_rank_reporters(const struct figures_scope *scope,
                                         struct domain_figures *domain,
                                         struct reporter_figures *all,
                                         size_t count)
{
	struct figures_scope order = *scope; /* qsort_r() wants no const */
	size_t most = scope->reporters_max, i, kept = 0;

	for (i = 0; i < count; i++) {
		domain->window_reporters += all[i].in_window;
		domain->day_reporters += all[i].in_day;
		if (all[i].window.sessions > 0)
			all[kept++] = all[i];
	}
	if (kept > 0)
		qsort_r(all, kept, sizeof(*all), model_figures_compare_rank,
		        &order);
	for (i = most; i < kept; i++)
		model_figures_add_to_others(domain, &all[i]);
	domain->reporter_count = kept < most ? kept : most;
	if (domain->reporter_count == 0)
		return;
	domain->reporters = memory_alloc(domain->reporter_count * sizeof(*all));
	memcpy(domain->reporters, all, domain->reporter_count * sizeof(*all));
}

void model_figures_add_rows(const struct figures_scope *scope,
                            struct domain_figures *domain,
                            const struct store_sum_row *rows, size_t count)
{
	struct reporter_figures *all, wanted;
	size_t reporters, i;

	for (i = 0; i < count; i++)
		model_figures_add_row(domain, scope, &rows[i]);
	if (count == 0)
		return;
	all = memory_alloc(count * sizeof(*all));
	reporters = model_figures_find_reporters(scope, rows, count, all);
	for (i = 0; i < count; i++) {
		if (!model_figures_is_in_window(scope, &rows[i]))
			continue;
		wanted = model_figures_reporter_of(&rows[i]);
		model_figures_add_to_reporter(
			bsearch(&wanted, all, reporters, sizeof(*all),
		                model_figures_compare_reporters),
			scope, &rows[i]);
	}
	model_figures_rank_reporters(scope, domain, all, reporters);
	free(all);
}

/* --- memory -------------------------------------------------------------- */

struct domain_figures *model_figures_new(struct text name)
{
	struct domain_figures *figures = memory_zero(1, sizeof(*figures));
	char *copy = memory_alloc(name.len + 1);

	memcpy(copy, name.data, name.len);
	copy[name.len] = '\0';
	figures->name = (struct text){copy, name.len};
	return figures;
}

void model_figures_free(struct domain_figures *figures)
{
	union {
		const char *constant;
		char *own;
	} name = {.constant = figures->name.data};

	free(figures->result_sessions);
	free(figures->reporters);
	free(figures->watched);
	free(figures->refusing);
	free(name.own);
	free(figures);
}
