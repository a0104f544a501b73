/*
 * The model of one domain at a moment of the past: the same figures and the
 * same judge as today's, so that history and scrape cannot disagree.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "exporter/model/model_private.h"

int64_t model_settle_time(const struct model *model, int64_t day)
{
	return (day + 1) * SECONDS_PER_DAY + model->config->settle_hours * 3600;
}

struct model *model_history_new(const struct model *now, size_t i)
{
	struct model *past = model_new();
	struct domain_figures *domain;

	reporters_free(&past->reporters);
	past->reporters = now->reporters;
	past->config = config_ref(now->config);
	if (i == SIZE_MAX)
		return past;
	domain = model_domains_add(past, now->by_name[i]->name);
	domain->id = now->by_name[i]->id;
	domain->exported = true;
	return past;
}

void model_history_free(struct model **past)
{
	if (*past != NULL)
		(*past)->reporters = NULL; /* the other model's */
	model_free(past);
}

void model_history_set_counts(struct model *past,
                              const int64_t counts[VERDICT_STATES])
{
	past->state_counts = counts;
}

int model_history_set(struct model *past, struct store *store, int64_t day,
                      struct err *err)
{
	int64_t moment = model_settle_time(past, day);
	struct domain_figures *domain, fresh = {0};
	bool first = past->last_day == 0;

	past->last_day = day;
	past->today = timestamp_day(moment);
	if (past->count == 0)
		return 0;
	domain = past->by_name[0];
	fresh.name = domain->name;
	fresh.id = domain->id;
	fresh.exported = true;
	if (fresh.id != 0 && model_figures_read_results(past, store, fresh.id,
	                                                &fresh, err) < 0) {
		model_figures_clear(&fresh);
		return -1;
	}
	if (model_assess_one(past, store, moment, first ? NULL : domain, &fresh,
	                     err) < 0) {
		model_figures_clear(&fresh);
		return -1;
	}
	model_figures_clear(domain);
	*domain = fresh;
	return first ? model_assess_find_since(past, store, err) : 0;
}
