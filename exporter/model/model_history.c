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
	struct snapshot *past = snapshot_new(now->config, now->reporters);

	past->last_day = day;
	past->today = timestamp_day(
		model_settle_time(day, now->config->settle_hours));
	return past;
}

static int model_history_read(struct snapshot *past, struct store *store,
                              const struct domain_figures *before,
                              struct domain_figures *figures, struct err *err)
{
	const struct figures_scope scope = snapshot_scope(past);
	int64_t moment =
		model_settle_time(past->last_day, past->config->settle_hours);

	if (figures->id != 0 &&
	    model_results_read_one(&scope, store, figures->id, figures, err) <
	            0)
		return -1;
	if (model_assess_one(past, store, moment, before, figures, err) < 0)
		return -1;
	return before == NULL
	               ? model_assess_find_since(past, store, moment, err)
	               : 0;
}

int model_history_domain(const struct model_history *history, int64_t day,
                         const struct snapshot *before, struct snapshot **out,
                         struct err *err)
{
	const struct domain_figures *known =
		history->now->domains->by_name[history->domain];
	struct snapshot *past = model_history_new(history->now, day);
	struct domain_figures *figures =
		model_domains_add(past->domains, known->name);

	figures->id = known->id;
	figures->exported = true;
	if (model_history_read(past, history->store,
	                       before == NULL ? NULL
	                                      : before->domains->by_name[0],
	                       figures, err) < 0) {
		snapshot_unref(&past);
		return -1;
	}
	snapshot_sum_states(past);
	*out = past;
	return 0;
}

struct snapshot *model_history_fleet(const struct snapshot *now, int64_t day,
                                     const int64_t states[VERDICT_STATES])
{
	struct snapshot *past = model_history_new(now, day);

	memcpy(past->states, states, sizeof(past->states));
	return past;
}
