#include "exporter/model/model_results.h"

#include "base/memory.h"

static void model_results_add_result(struct domain_figures *domain,
                                     const struct figures_scope *scope,
                                     const struct store_result_row *row)
{
	if (row->day > scope->last_day ||
	    !model_figures_is_counted(row->count_as))
		return;
	if (domain->result_sessions == NULL)
		domain->result_sessions = memory_zero(
			(size_t)POLICY_TYPES * RESULT_TYPES, sizeof(int64_t));
	domain->result_sessions[row->type * RESULT_TYPES + row->result] +=
		row->sessions;
}

static void model_results_add_series(struct domain_figures *domain,
                                     const struct store_series_row *row)
{
	if (row->result < 0)
		domain->types |= 1U << row->type;
	else
		domain->results[row->type] |= 1U << row->result;
}

/* Where rows go: one domain's new figures, or each to its own. */
struct target {
	const struct model_domains *domains;
	struct domain_figures *only;
	const struct figures_scope *scope;
};

static struct domain_figures *
model_results_target_domain(const struct target *target, int64_t id)
{
	return target->only != NULL ? target->only
	                            : model_domains_by_id(target->domains, id);
}

static int model_results_read_days(const struct target *target,
                                   struct store *store, int64_t domain_id,
                                   struct err *err)
{
	struct domain_figures *domain;
	struct store_cursor *rows;
	struct store_result_row row;
	int result;
	const struct store_day_range range = {
		.first_day = target->scope->first_day,
		.last_day = target->scope->last_day,
		.first_domain = domain_id,
		.last_domain = domain_id == 0 ? STORE_ALL_DOMAINS : domain_id,
	};

	if (store_read_day_results(store, &range, &rows, err) < 0)
		return -1;
	while ((result = store_read_day_results_next(rows, &row, err)) == 1) {
		domain = model_results_target_domain(target, row.domain_id);
		if (domain != NULL)
			model_results_add_result(domain, target->scope, &row);
	}
	store_read_close(&rows);
	return result;
}

static int model_results_read_series(const struct target *target,
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
		domain = model_results_target_domain(target, row.domain_id);
		if (domain != NULL)
			model_results_add_series(domain, &row);
	}
	store_read_close(&rows);
	return result;
}

static int model_results_read(const struct target *target, struct store *store,
                              int64_t domain_id, struct err *err)
{
	if (model_results_read_days(target, store, domain_id, err) < 0)
		return -1;
	return model_results_read_series(target, store, domain_id, err);
}

int model_results_read_one(const struct figures_scope *scope,
                           struct store *store, int64_t domain_id,
                           struct domain_figures *figures, struct err *err)
{
	const struct target target = {NULL, figures, scope};

	return model_results_read(&target, store, domain_id, err);
}

int model_results_read_all(const struct figures_scope *scope,
                           struct store *store,
                           const struct model_domains *domains, struct err *err)
{
	const struct target target = {domains, NULL, scope};

	return model_results_read(&target, store, 0, err);
}
