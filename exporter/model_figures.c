#include "exporter/model.h"

#include "base/arena.h"
#include "exporter/model_parts.h"

/* --- rows into figures --------------------------------------------------- */

/* The days that figures are made for. */
struct span {
	int64_t first; /* of the window */
	int64_t last;  /* settled */
};

static struct span span_of(const struct model *model)
{
	return (struct span){
		.first = model->last_day - model->config->window_days + 1,
		.last = model->last_day,
	};
}

static bool standing_counts(enum standing standing)
{
	return standing == STANDING_ANONYMOUS ||
	       standing == STANDING_AUTHSERV || standing == STANDING_DKIM;
}

static void add_counts(struct session_counts *counts, const struct sum_row *row)
{
	counts->sessions += row->successes + row->failures;
	counts->failed += row->failures;
}

static struct reporter_figures *reporter_of(struct domain_figures *domain,
                                            const struct sum_row *row)
{
	bool proved = trust_is_proof((enum trust)row->standing);
	struct reporter_figures *reporter;
	size_t i;

	for (i = 0; i < domain->reporter_count; i++) {
		reporter = &domain->reporters[i];
		if (reporter->id == row->reporter_id &&
		    reporter->proved == proved)
			return reporter;
	}
	/* Grows by doubling, at powers of two. */
	if ((domain->reporter_count & (domain->reporter_count - 1)) == 0)
		domain->reporters =
			memory_resize(domain->reporters,
		                      (domain->reporter_count == 0
		                               ? 1
		                               : domain->reporter_count * 2) *
		                              sizeof(*domain->reporters));
	reporter = &domain->reporters[domain->reporter_count++];
	*reporter = (struct reporter_figures){.id = row->reporter_id,
	                                      .proved = proved};
	return reporter;
}

static void add_to_window(struct domain_figures *domain,
                          const struct span *span, const struct sum_row *row)
{
	struct reporter_figures *reporter = reporter_of(domain, row);

	domain->covered |= UINT64_C(1) << (row->day - span->first);
	domain->window_reports += row->reports;
	add_counts(&domain->window[row->type], row);
	if (row->successes + row->failures > 0)
		reporter->in_window = true;
	if (row->type == POLICY_STS)
		add_counts(&reporter->window, row);
	if (row->day != span->last)
		return;
	reporter->in_day = true;
	domain->day_refused += row->evidence.refused;
	add_counts(&domain->day[row->type], row);
	if (row->type == POLICY_STS)
		add_counts(&reporter->day, row);
}

void model_add_sum(const struct model *model, struct domain_figures *domain,
                   const struct sum_row *row)
{
	const struct span span = span_of(model);
	enum uncounted why = row->standing == STANDING_DISPLACED
	                             ? UNCOUNTED_CONFLICT
	                             : UNCOUNTED_UNAUTHENTICATED;

	if (row->day < span.first)
		return;
	if (!standing_counts(row->standing)) {
		if (row->day <= span.last)
			domain->uncounted[why] +=
				row->successes + row->failures;
	} else if (row->day > span.last) {
		add_counts(&domain->recent[row->type], row);
	} else {
		add_to_window(domain, &span, row);
	}
}

static void add_result(struct domain_figures *domain, const struct span *span,
                       const struct result_row *row)
{
	if (row->day > span->last || !standing_counts(row->standing))
		return;
	if (domain->result_sessions == NULL)
		domain->result_sessions = memory_zero(
			(size_t)POLICY_TYPES * RESULT_TYPES, sizeof(int64_t));
	domain->result_sessions[row->type * RESULT_TYPES + row->result] +=
		row->sessions;
}

static void add_seen(struct domain_figures *domain, const struct seen_row *row)
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

static struct domain_figures *target_of(const struct target *target, int64_t id)
{
	return target->only != NULL ? target->only
	                            : model_by_id(target->model, id);
}

static int read_results(const struct target *target, struct store *store,
                        int64_t domain_id, struct err *err)
{
	struct domain_figures *domain;
	struct store_rows *rows;
	struct result_row row;
	int result;
	const struct sum_range range = {
		.first_day = target->span.first,
		.last_day = target->span.last,
		.first_domain = domain_id,
		.last_domain = domain_id == 0 ? ALL_DOMAINS : domain_id,
	};
	if (store_results(store, &range, &rows, err) < 0)
		return -1;
	while ((result = store_results_next(rows, &row, err)) == 1) {
		domain = target_of(target, row.domain_id);
		if (domain != NULL)
			add_result(domain, &target->span, &row);
	}
	store_rows_close(&rows);
	return result;
}

static int read_seen(const struct target *target, struct store *store,
                     int64_t domain_id, struct err *err)
{
	struct domain_figures *domain;
	struct store_rows *rows;
	struct seen_row row;
	int result;

	if (store_seen(store, domain_id, &rows, err) < 0)
		return -1;
	while ((result = store_seen_next(rows, &row, err)) == 1) {
		domain = target_of(target, row.domain_id);
		if (domain != NULL)
			add_seen(domain, &row);
	}
	store_rows_close(&rows);
	return result;
}

int model_read_results(const struct model *model, struct store *store,
                       int64_t domain_id, struct domain_figures *only,
                       struct err *err)
{
	const struct target target = {model, only, span_of(model)};

	if (read_results(&target, store, domain_id, err) < 0)
		return -1;
	return read_seen(&target, store, domain_id, err);
}
