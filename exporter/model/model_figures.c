#include "exporter/model/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "exporter/model/model_private.h"

/* --- rows into figures --------------------------------------------------- */

/* The days that figures are made for. */
struct span {
	int64_t first; /* of the window */
	int64_t last;  /* settled */
};

static struct span model_figures_span(const struct model *model)
{
	return (struct span){
		.first = model->last_day - model->config->window_days + 1,
		.last = model->last_day,
	};
}

static bool model_figures_is_counted(enum count_as standing)
{
	return standing == COUNT_AS_ANONYMOUS ||
	       standing == COUNT_AS_AUTHSERV || standing == COUNT_AS_DKIM;
}

static void model_figures_add_counts(struct session_counts *counts,
                                     const struct store_sum_row *row)
{
	counts->sessions += row->successes + row->failures;
	counts->failed += row->failures;
}

static void model_figures_add_to_window(struct domain_figures *domain,
                                        const struct span *span,
                                        const struct store_sum_row *row)
{
	domain->covered |= UINT64_C(1) << (row->day - span->first);
	domain->window_reports += row->reports;
	model_figures_add_counts(&domain->window[row->type], row);
	if (row->day != span->last)
		return;
	domain->day_refused += row->evidence.refused;
	model_figures_add_counts(&domain->day[row->type], row);
}

static void model_figures_add_row(struct domain_figures *domain,
                                  const struct span *span,
                                  const struct store_sum_row *row)
{
	enum uncounted why = row->count_as == COUNT_AS_DISPLACED
	                             ? UNCOUNTED_CONFLICT
	                             : UNCOUNTED_UNAUTHENTICATED;

	if (row->day < span->first)
		return;
	if (!model_figures_is_counted(row->count_as)) {
		if (row->day <= span->last)
			domain->uncounted[why] +=
				row->successes + row->failures;
	} else if (row->day > span->last) {
		model_figures_add_counts(&domain->recent[row->type], row);
	} else {
		model_figures_add_to_window(domain, span, row);
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

static bool model_figures_is_in_window(const struct span *span,
                                       const struct store_sum_row *row)
{
	return model_figures_is_counted(row->count_as) &&
	       row->day >= span->first && row->day <= span->last;
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
static size_t model_figures_find_reporters(const struct span *span,
                                           const struct store_sum_row *rows,
                                           size_t count,
                                           struct reporter_figures *out)
{
	size_t i, found = 0, kept = 0;

	for (i = 0; i < count; i++) {
		if (model_figures_is_in_window(span, &rows[i]))
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
                                          const struct span *span,
                                          const struct store_sum_row *row)
{
	if (row->successes + row->failures > 0)
		reporter->in_window = true;
	if (row->type == POLICY_STS)
		model_figures_add_counts(&reporter->window, row);
	if (row->day != span->last)
		return;
	reporter->in_day = true;
	if (row->type == POLICY_STS)
		model_figures_add_counts(&reporter->day, row);
}

static int model_figures_compare_rank(const void *a, const void *b, void *cls)
{
	const struct reporters *names = cls;
	const struct reporter_figures *x = a, *y = b;
	int order;

	if (x->window.sessions != y->window.sessions)
		return x->window.sessions < y->window.sessions ? 1 : -1;
	order = strcmp(reporters_name(names, x->id),
	               reporters_name(names, y->id));
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
static void model_figures_rank_reporters(const struct model *model,
                                         struct domain_figures *domain,
                                         struct reporter_figures *all,
                                         size_t count)
{
	size_t most = (size_t)model->config->top_reporters, i, kept = 0;

	for (i = 0; i < count; i++) {
		domain->window_reporters += all[i].in_window;
		domain->day_reporters += all[i].in_day;
		if (all[i].window.sessions > 0)
			all[kept++] = all[i];
	}
	if (kept > 0)
		qsort_r(all, kept, sizeof(*all), model_figures_compare_rank,
		        model->reporters);
	for (i = most; i < kept; i++)
		model_figures_add_to_others(domain, &all[i]);
	domain->reporter_count = kept < most ? kept : most;
	if (domain->reporter_count == 0)
		return;
	domain->reporters = memory_alloc(domain->reporter_count * sizeof(*all));
	memcpy(domain->reporters, all, domain->reporter_count * sizeof(*all));
}

void model_figures_add_rows(const struct model *model,
                            struct domain_figures *domain,
                            const struct store_sum_row *rows, size_t count)
{
	const struct span span = model_figures_span(model);
	struct reporter_figures *all, wanted;
	size_t reporters, i;

	for (i = 0; i < count; i++)
		model_figures_add_row(domain, &span, &rows[i]);
	if (count == 0)
		return;
	all = memory_alloc(count * sizeof(*all));
	reporters = model_figures_find_reporters(&span, rows, count, all);
	for (i = 0; i < count; i++) {
		if (!model_figures_is_in_window(&span, &rows[i]))
			continue;
		wanted = model_figures_reporter_of(&rows[i]);
		model_figures_add_to_reporter(
			bsearch(&wanted, all, reporters, sizeof(*all),
		                model_figures_compare_reporters),
			&span, &rows[i]);
	}
	model_figures_rank_reporters(model, domain, all, reporters);
	free(all);
}

/* --- results ------------------------------------------------------------- */

static void model_figures_add_result(struct domain_figures *domain,
                                     const struct span *span,
                                     const struct store_result_row *row)
{
	if (row->day > span->last || !model_figures_is_counted(row->count_as))
		return;
	if (domain->result_sessions == NULL)
		domain->result_sessions = memory_zero(
			(size_t)POLICY_TYPES * RESULT_TYPES, sizeof(int64_t));
	domain->result_sessions[row->type * RESULT_TYPES + row->result] +=
		row->sessions;
}

static void model_figures_add_series(struct domain_figures *domain,
                                     const struct store_series_row *row)
{
	if (row->result < 0)
		domain->types |= 1U << row->type;
	else
		domain->results[row->type] |= 1U << row->result;
}
/* --- reading ------------------------------------------------------------- */

/* Where rows go: one domain's new figures, or each to its own. */
struct target {
	const struct model *model;
	struct domain_figures *only;
	struct span span;
};

static struct domain_figures *
model_figures_target_domain(const struct target *target, int64_t id)
{
	return target->only != NULL ? target->only
	                            : model_domains_by_id(target->model, id);
}

static int model_figures_read_result_rows(const struct target *target,
                                          struct store *store,
                                          int64_t domain_id, struct err *err)
{
	struct domain_figures *domain;
	struct store_cursor *rows;
	struct store_result_row row;
	int result;
	const struct store_day_range range = {
		.first_day = target->span.first,
		.last_day = target->span.last,
		.first_domain = domain_id,
		.last_domain = domain_id == 0 ? STORE_ALL_DOMAINS : domain_id,
	};
	if (store_read_day_results(store, &range, &rows, err) < 0)
		return -1;
	while ((result = store_read_day_results_next(rows, &row, err)) == 1) {
		domain = model_figures_target_domain(target, row.domain_id);
		if (domain != NULL)
			model_figures_add_result(domain, &target->span, &row);
	}
	store_read_close(&rows);
	return result;
}

static int model_figures_read_series(const struct target *target,
                                     struct store *store, int64_t domain_id,
                                     struct err *err)
{
	struct domain_figures *domain;
	struct store_cursor *rows;
	struct store_series_row row;
	int result;

	if (store_read_series(store, domain_id, &rows, err) < 0)
		return -1;
	while ((result = store_read_series_next(rows, &row, err)) == 1) {
		domain = model_figures_target_domain(target, row.domain_id);
		if (domain != NULL)
			model_figures_add_series(domain, &row);
	}
	store_read_close(&rows);
	return result;
}

int model_figures_read_results(const struct model *model, struct store *store,
                               int64_t domain_id, struct domain_figures *only,
                               struct err *err)
{
	const struct target target = {model, only, model_figures_span(model)};

	if (model_figures_read_result_rows(&target, store, domain_id, err) < 0)
		return -1;
	return model_figures_read_series(&target, store, domain_id, err);
}
