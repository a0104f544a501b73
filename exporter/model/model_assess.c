/*
 * Verdicts in the model, and since when each holds. The beginning of a verdict
 * is not stored anywhere: at the start it is looked for in the days before,
 * for the domains that are exported one by one; then it is seen.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "exporter/assess/assess.h"
#include "exporter/model/model_private.h"

/* Recent days: up to tomorrow, which a report of 25 h ahead can touch. */
#define DAYS_AHEAD 2

/* How far back the beginning of a verdict is looked for. */
#define SINCE_DAYS 90

/* For so many domains at a time: some milliseconds each. */
#define SINCE_MOST 1000

/* Where verdicts go: the figures of the domains in the judge's order. */
struct bench {
	const struct model *model;
	struct domain_figures **figures;
	const struct model *old; /* NULL: before is looked for elsewhere */
	const struct domain_figures *before;
	int64_t now;
};

static struct judge judge_of(const struct model *model, struct store *store)
{
	return (struct judge){
		.store = store,
		.settings = &model->config->settings,
		.reporters = model->reporters,
		.today = (int32_t)model->today,
		.last = (int32_t)model->last_day,
		.first_day = (int32_t)(model->last_day -
	                               model->config->window_days + 1),
		.last_day = (int32_t)(model->today + DAYS_AHEAD),
	};
}

static const struct domain_figures *before_of(const struct bench *bench,
                                              struct text name)
{
	if (bench->old == NULL)
		return bench->before;
	if (!bench->old->loaded)
		return NULL;
	return model_find_among(bench->old, bench->old->count, name);
}

static void take(void *cls, size_t i, const struct judgement *judgement)
{
	const struct bench *bench = cls;
	const struct verdict *verdict = judgement->verdict;
	const struct domain_figures *before =
		before_of(bench, judgement->domain);
	struct domain_verdict *out = &bench->figures[i]->verdict;

	model_add_sums(bench->model, bench->figures[i], judgement->rows,
	               judgement->row_count);

	*out = (struct domain_verdict){
		.state = verdict->state,
		.reasons = verdict->reasons,
		.sessions = verdict->numbers.n,
		.refused = verdict->numbers.x,
		.upper = verdict->numbers.known ? verdict->numbers.upper : 1.0,
		.mode = judgement->policy->policy.mode,
		.max_age = judgement->policy->policy.max_age,
		.policy_since = judgement->policy->since,
	};
	/* That there is nothing has no beginning. */
	if (before == NULL || verdict->state == VERDICT_NO_DATA)
		return;
	out->since = before->verdict.state == verdict->state
	                     ? before->verdict.since
	                     : bench->now;
}

static int compare_ids(const void *a, const void *b)
{
	const struct domain_figures *const *x = a, *const *y = b;

	return ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

int model_judge_all(struct model *fresh, const struct model *old,
                    struct store *store, int64_t now, struct err *err)
{
	struct domain_figures **figures =
		memory_alloc((fresh->count + 1) * sizeof(*figures));
	struct judged_domain *domains =
		memory_alloc((fresh->count + 1) * sizeof(*domains));
	struct bench bench = {
		.model = fresh, .figures = figures, .old = old, .now = now};
	struct judge judge = judge_of(fresh, store);
	size_t i;
	int result;

	for (i = 0; i < fresh->count; i++)
		figures[i] = fresh->by_name[i];
	if (fresh->count > 0)
		qsort(figures, fresh->count, sizeof(*figures), compare_ids);
	for (i = 0; i < fresh->count; i++)
		domains[i] = (struct judged_domain){figures[i]->id,
		                                    figures[i]->name};
	judge.take = take;
	judge.cls = &bench;
	result = judge_domains(&judge, domains, fresh->count, err);
	free(domains);
	free(figures);
	return result;
}

int model_find_since(struct model *model, struct store *store, struct err *err)
{
	const struct judge judge = judge_of(model, store);
	struct domain_figures *figures;
	struct judged_domain domain;
	int32_t since;
	size_t i, found = 0;

	for (i = 0; i < model->count && found < SINCE_MOST; i++) {
		figures = model->by_name[i];
		if (!figures->exported || figures->verdict.since != 0 ||
		    figures->verdict.state == VERDICT_NO_DATA)
			continue;
		domain = (struct judged_domain){figures->id, figures->name};
		if (judge_since(&judge, &domain, SINCE_DAYS, &since, err) < 0)
			return -1;
		found++;
		/* The moment at which that day's newest day settled. */
		figures->verdict.since = model_settling(
			model, since - (model->today - model->last_day));
	}
	return 0;
}

int model_judge_one(const struct model *model, struct store *store, int64_t now,
                    const struct domain_figures *before,
                    struct domain_figures *figures, struct err *err)
{
	const struct judged_domain domain = {figures->id, figures->name};
	struct bench bench = {.model = model,
	                      .figures = &figures,
	                      .before = before,
	                      .now = now};
	struct judge judge = judge_of(model, store);

	judge.take = take;
	judge.cls = &bench;
	return judge_domains(&judge, &domain, 1, err);
}
