#include "exporter/model/model_assess.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/timestamp.h"
#include "exporter/assess/assess.h"
#include "exporter/model/model.h"
#include "exporter/model/model_domains.h"
#include "exporter/model/model_refusing.h"
#include "exporter/model/snapshot_private.h"

/* Recent days: up to tomorrow, which a report of 25 h ahead can touch. */
#define DAYS_AHEAD 2

/* How far back the beginning of a verdict is looked for. */
#define SINCE_DAYS 90

/* For so many domains at a time: some milliseconds each. */
#define SINCE_MAX 1000

/* Where verdicts go: the figures of the domains in the request's order. */
struct verdict_target {
	struct figures_scope scope;
	struct domain_figures **figures;
	const struct snapshot *old; /* NULL: before is looked for elsewhere */
	const struct domain_figures *before;
	int64_t now;
	bool times_missing; /* of one of them */
};

static struct assess_request
model_assess_request(const struct snapshot *snapshot, struct store *store,
                     int64_t now)
{
	return (struct assess_request){
		.store = store,
		.at = {.settings = &snapshot->config->settings,
	               .reporters = snapshot->reporters,
	               .today = (int32_t)snapshot->today,
	               .now_minutes = timestamp_minute_of_day(now),
	               .last = (int32_t)snapshot->last_day},
		.first_day = (int32_t)(snapshot->last_day -
	                               snapshot->config->window_days + 1),
		.last_day = (int32_t)(snapshot->today + DAYS_AHEAD),
	};
}

static void model_assess_on_rows(void *cls, size_t i,
                                 const struct store_sum_row *rows, size_t count)
{
	const struct verdict_target *target = cls;

	model_figures_add_rows(&target->scope, target->figures[i], rows, count);
}

/* As many as series may be, which anybody can bring about who reports. */
static void model_assess_keep_watched(const struct figures_scope *scope,
                                      const struct assessment *assessment,
                                      struct domain_figures *figures)
{
	const struct watched_reporter *watched = assessment->watched;
	size_t count = assessment->watched_count, i;

	if (count > scope->reporters_max)
		count = scope->reporters_max;
	if (count == 0)
		return;
	figures->watched = memory_alloc(count * sizeof(*figures->watched));
	figures->watched_count = count;
	for (i = 0; i < count; i++)
		figures->watched[i] = (struct watched_figures){
			.group = (uint32_t)(assessment->group_keys
		                                    [watched[i].group] /
		                            2),
			.silent = watched[i].silent,
		};
}

/* How many reporters stand where. */
static void model_assess_count_witnesses(const struct assessment *assessment,
                                         struct domain_verdict *out)
{
	const struct verdict_witness *witness = assessment->verdict->witnesses;
	size_t i;

	for (i = 0; i < assessment->input->group_count; i++, witness++) {
		out->standing += witness->seen && witness->standing;
		out->newcomers += witness->seen && !witness->standing;
		out->accusing += witness->accuses;
		out->contradicting += witness->contradicts;
	}
}

static const struct domain_figures *
model_assess_find_before(const struct verdict_target *target, struct text name)
{
	if (target->old == NULL)
		return target->before;
	if (!target->old->loaded)
		return NULL;
	return model_domains_find(target->old->domains, name);
}

static void model_assess_on_assessment(void *cls, size_t i,
                                       const struct assessment *assessment)
{
	struct verdict_target *target = cls;
	const struct verdict *verdict = assessment->verdict;
	const struct domain_figures *before =
		model_assess_find_before(target, assessment->domain);
	struct domain_verdict *out = &target->figures[i]->verdict;

	*out = (struct domain_verdict){
		.state = verdict->state,
		.reasons = verdict->reasons,
		.sessions = verdict->numbers.n,
		.refused = verdict->numbers.x,
		.bound_sessions = verdict->numbers.n_bound,
		.probe = verdict->probe,
		.upper = verdict->numbers.known ? verdict->numbers.upper : 1.0,
		.mode = assessment->policy->policy.mode,
		.max_age = assessment->policy->policy.max_age,
		.policy_since = assessment->policy->since,
	};
	model_assess_count_witnesses(assessment, out);
	model_assess_keep_watched(&target->scope, assessment,
	                          target->figures[i]);
	model_refusing_find(assessment, target->scope.reporters_max,
	                    target->figures[i]);
	target->times_missing |= assessment->times_missing;
	/* That there is nothing has no beginning. */
	if (before == NULL || verdict->state == VERDICT_NO_DATA)
		return;
	out->since = before->verdict.state == verdict->state
	                     ? before->verdict.since
	                     : target->now;
}

static int model_assess_compare_ids(const void *a, const void *b)
{
	const struct domain_figures *const *x = a, *const *y = b;

	return ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

int model_assess_all(struct snapshot *fresh, const struct snapshot *old,
                     struct store *store, int64_t now, struct err *err)
{
	struct domain_figures **figures =
		memory_alloc((fresh->domains->count + 1) * sizeof(*figures));
	struct assess_domain *domains =
		memory_alloc((fresh->domains->count + 1) * sizeof(*domains));
	struct verdict_target target = {.scope = snapshot_scope(fresh),
	                                .figures = figures,
	                                .old = old,
	                                .now = now};
	struct assess_request request = model_assess_request(fresh, store, now);
	size_t i;
	int result;

	for (i = 0; i < fresh->domains->count; i++)
		figures[i] = fresh->domains->by_name[i];
	if (fresh->domains->count > 0)
		qsort(figures, fresh->domains->count, sizeof(*figures),
		      model_assess_compare_ids);
	for (i = 0; i < fresh->domains->count; i++)
		domains[i] = (struct assess_domain){figures[i]->id,
		                                    figures[i]->name};
	request.on_rows = model_assess_on_rows;
	request.on_assessment = model_assess_on_assessment;
	request.cls = &target;
	result = assess_domains(&request, domains, fresh->domains->count, err);
	fresh->times_missing |= target.times_missing;
	free(domains);
	free(figures);
	return result;
}

int model_assess_find_since(struct snapshot *snapshot, struct store *store,
                            int64_t now, struct err *err)
{
	const struct assess_request request =
		model_assess_request(snapshot, store, now);
	struct domain_figures *figures;
	struct assess_domain domain;
	int32_t since;
	size_t i, found = 0;

	for (i = 0; i < snapshot->domains->count && found < SINCE_MAX; i++) {
		figures = snapshot->domains->by_name[i];
		if (!figures->exported || figures->verdict.since != 0 ||
		    figures->verdict.state == VERDICT_NO_DATA)
			continue;
		domain = (struct assess_domain){figures->id, figures->name};
		if (assess_since(&request, &domain, SINCE_DAYS, &since, err) <
		    0)
			return -1;
		found++;
		/* The moment at which that day's newest day settled. */
		figures->verdict.since = model_settle_time(
			since - (snapshot->today - snapshot->last_day),
			snapshot->config->settle_hours);
	}
	return 0;
}

int model_assess_one(struct snapshot *snapshot, struct store *store,
                     int64_t now, const struct domain_figures *before,
                     struct domain_figures *figures, struct err *err)
{
	const struct assess_domain domain = {figures->id, figures->name};
	struct verdict_target target = {.scope = snapshot_scope(snapshot),
	                                .figures = &figures,
	                                .before = before,
	                                .now = now};
	struct assess_request request =
		model_assess_request(snapshot, store, now);

	request.on_rows = model_assess_on_rows;
	request.on_assessment = model_assess_on_assessment;
	request.cls = &target;
	if (assess_domains(&request, &domain, 1, err) < 0)
		return -1;
	snapshot->times_missing |= target.times_missing;
	return 0;
}
