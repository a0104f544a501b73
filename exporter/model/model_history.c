#include "exporter/model/model_history.h"

#include <string.h>

#include "base/timestamp.h"
#include "exporter/model/model.h"
#include "exporter/model/model_assess.h"
#include "exporter/model/model_domains.h"
#include "exporter/model/model_results.h"
#include "exporter/model/snapshot_private.h"

static struct snapshot *model_history_new(const struct snapshot *now,
                                          int64_t day)
{
	struct snapshot *history = snapshot_new(now->config, now->reporters);

	history->last_day = day;
	history->today = timestamp_day(
		model_settle_time(day, now->config->settle_hours));
	return history;
}

static int model_history_read(struct snapshot *history, struct store *store,
                              const struct domain_figures *before,
                              struct domain_figures *figures, struct err *err)
{
	const struct figures_scope scope = snapshot_scope(history);
	int64_t moment = model_settle_time(history->last_day,
	                                   history->config->settle_hours);

	if (figures->id != 0 &&
	    model_results_read_one(&scope, store, figures->id, figures, err) <
	            0)
		return -1;
	if (model_assess_one(history, store, moment, before, figures, err) < 0)
		return -1;
	return before == NULL ? model_assess_find_since(history, store, err)
	                      : 0;
}

int model_history_domain(const struct snapshot *now, size_t i,
                         struct store *store, int64_t day,
                         const struct snapshot *before, struct snapshot **out,
                         struct err *err)
{
	const struct domain_figures *known = now->domains->by_name[i];
	struct snapshot *history = model_history_new(now, day);
	struct domain_figures *figures =
		model_domains_add(history->domains, known->name);

	figures->id = known->id;
	figures->exported = true;
	if (model_history_read(history, store,
	                       before == NULL ? NULL
	                                      : before->domains->by_name[0],
	                       figures, err) < 0) {
		snapshot_unref(&history);
		return -1;
	}
	snapshot_sum_states(history);
	*out = history;
	return 0;
}

struct snapshot *model_history_fleet(const struct snapshot *now, int64_t day,
                                     const int64_t states[VERDICT_STATES])
{
	struct snapshot *history = model_history_new(now, day);

	memcpy(history->states, states, sizeof(history->states));
	return history;
}
