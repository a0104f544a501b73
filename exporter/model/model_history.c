#include "exporter/model/model_history.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "exporter/model/model_assess.h"
#include "exporter/model/model_domains.h"
#include "exporter/model/model_private.h"
#include "exporter/model/model_results.h"

struct model *model_history_new(const struct model *now, size_t i)
{
	struct model *history = model_new();
	struct domain_figures *domain;

	reporters_free(&history->reporters);
	history->reporters = now->reporters;
	history->config = config_ref(now->config);
	if (i == SIZE_MAX)
		return history;
	domain = model_domains_add(&history->domains,
	                           now->domains.by_name[i]->name);
	domain->id = now->domains.by_name[i]->id;
	domain->exported = true;
	return history;
}

void model_history_free(struct model **history)
{
	if (*history != NULL)
		(*history)->reporters = NULL; /* the other model's */
	model_free(history);
}

void model_history_set_counts(struct model *history,
                              const int64_t counts[VERDICT_STATES])
{
	history->state_counts = counts;
}

int model_history_set(struct model *history, struct store *store, int64_t day,
                      struct err *err)
{
	int64_t moment = model_settle_time(day, history->config->settle_hours);
	struct domain_figures *domain, fresh = {0};
	struct figures_scope scope;
	bool first = history->last_day == 0;

	history->last_day = day;
	history->today = timestamp_day(moment);
	if (history->domains.count == 0)
		return 0;
	domain = history->domains.by_name[0];
	fresh.name = domain->name;
	fresh.id = domain->id;
	fresh.exported = true;
	scope = model_figures_scope(history);
	if (fresh.id != 0 &&
	    model_results_read_one(&scope, store, fresh.id, &fresh, err) < 0) {
		model_figures_clear(&fresh);
		return -1;
	}
	if (model_assess_one(history, store, moment, first ? NULL : domain,
	                     &fresh, err) < 0) {
		model_figures_clear(&fresh);
		return -1;
	}
	model_figures_clear(domain);
	*domain = fresh;
	return first ? model_assess_find_since(history, store, err) : 0;
}
