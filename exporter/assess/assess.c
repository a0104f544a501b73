#include "exporter/assess/assess.h"

#include "base/arena.h"
#include "exporter/assess/assess_batch.h"
#include "exporter/assess/verdict_inputs.h"

/* Ids of the store in one go: what their rows take stays in the cache of a
   processor of today, near enough. */
#define CHUNK 512

/* How far back a verdict can reach with the fold of the days before; without
   it, settings->look_back. */
#define LONG_SPAN VERDICT_SPAN_DAYS

static int assess_read_batch(const struct assess_request *request, int32_t days,
                             struct assess_batch *batch, struct err *err)
{
	struct store_day_range range = {
		.first_day = request->at.last - days + 1,
		.last_day = request->at.today,
		.first_domain = batch->domains[0].id,
		.last_domain = batch->domains[batch->count - 1].id,
		.until = request->until,
	};

	if (request->store == NULL || range.last_domain == 0)
		return 0;
	if (request->first_day != 0 && request->first_day < range.first_day)
		range.first_day = request->first_day;
	if (request->last_day > range.last_day)
		range.last_day = request->last_day;
	if (range.first_domain == 0)
		range.first_domain = 1;
	return assess_batch_read(request->store, &range, batch, err);
}

static void assess_deliver(const struct assess_request *request, size_t i,
                           const struct domain_rows *domain,
                           const struct verdict_inputs *inputs,
                           const struct verdict *verdict, struct arena *arena)
{
	struct assessment assessment = {
		.domain = domain->name,
		.verdict = verdict,
		.input = &inputs->input,
		.policy = &inputs->policy,
		.thresholds = inputs->input.thresholds,
		.group_keys = inputs->group_keys,
		.times_missing = inputs->times_missing,
	};
	struct watched_reporter *watched;

	assessment.watched_count =
		silent_reporters_find(&inputs->input, verdict, arena, &watched);
	assessment.watched = watched;
	request->on_assessment(request->cls, i, &assessment);
}

/* Decides on all of a batch. Where the day before matters and was not read, the
   index of the domain goes to again, counted by *again_count. */
static void assess_decide_batch(const struct assess_request *request,
                                const struct assess_batch *batch, size_t offset,
                                int fold_days, size_t *again,
                                size_t *again_count)
{
	struct arena *arena = arena_new(0);
	struct row_index index;
	struct domain_rows domain;
	struct verdict_inputs inputs;
	struct verdict verdict;
	size_t i;

	assess_batch_sort(batch, &index);
	for (i = 0; i < batch->count; i++) {
		arena_reset(arena, 0);
		domain = assess_batch_domain_rows(batch, &index, i);
		if (fold_days == 0 && request->on_rows != NULL)
			request->on_rows(request->cls, offset + i, domain.rows,
			                 domain.row_count);
		verdict_inputs_build(&request->at, &domain, arena, &inputs);
		inputs.input.fold_days = fold_days;
		verdict_decide(&inputs.input, VERDICT_STATES, arena, &verdict);
		if (verdict.before_matters && fold_days == 0)
			again[(*again_count)++] = offset + i;
		else
			assess_deliver(request, offset + i, &domain, &inputs,
			               &verdict, arena);
	}
	arena_free(&arena);
}

/* One domain with all the days that its verdict can depend on. */
static int assess_again(const struct assess_request *request,
                        const struct assess_domain *domains, size_t i,
                        struct err *err)
{
	struct assess_batch batch = assess_batch_new(&domains[i], 1);
	int result = assess_read_batch(request, LONG_SPAN, &batch, err);

	if (result == 0)
		assess_decide_batch(request, &batch, i, VERDICT_FOLD_DAYS, NULL,
		                    NULL);
	assess_batch_free(&batch);
	return result;
}

/* How many of the domains from here on lie within one chunk of ids. */
static size_t assess_chunk_length(const struct assess_domain *domains,
                                  size_t count)
{
	size_t length = 1;

	while (length < count && length < CHUNK &&
	       domains[length].id - domains[0].id < CHUNK)
		length++;
	return length;
}

static int assess_chunk(const struct assess_request *request,
                        const struct assess_domain *domains, size_t from,
                        size_t count, struct err *err)
{
	struct assess_batch batch = assess_batch_new(domains + from, count);
	size_t again[CHUNK], again_count = 0, i;
	int result = assess_read_batch(
		request, (int32_t)request->at.settings->look_back, &batch, err);

	if (result == 0)
		assess_decide_batch(request, &batch, from, 0, again,
		                    &again_count);
	assess_batch_free(&batch);
	for (i = 0; i < again_count && result == 0; i++)
		result = assess_again(request, domains, again[i], err);
	return result;
}

int assess_domains(const struct assess_request *request,
                   const struct assess_domain *domains, size_t count,
                   struct err *err)
{
	size_t from, length;

	for (from = 0; from < count; from += length) {
		length = assess_chunk_length(domains + from, count - from);
		if (assess_chunk(request, domains, from, length, err) < 0)
			return -1;
	}
	return 0;
}

/* --- since when ---------------------------------------------------------- */

static enum verdict_state assess_state_at(const struct assess_request *request,
                                          const struct domain_rows *domain,
                                          struct arena *arena)
{
	struct verdict_inputs inputs;
	struct verdict verdict;

	arena_reset(arena, 0);
	verdict_inputs_build(&request->at, domain, arena, &inputs);
	inputs.input.fold_days = VERDICT_FOLD_DAYS;
	verdict_decide(&inputs.input, VERDICT_STATES, arena, &verdict);
	return verdict.state;
}

int assess_since(const struct assess_request *request,
                 const struct assess_domain *domain, int days, int32_t *since,
                 struct err *err)
{
	struct assess_batch batch = assess_batch_new(domain, 1);
	struct assess_request then = *request;
	struct domain_rows rows;
	struct row_index index;
	struct arena *arena;
	enum verdict_state now;
	int i;

	if (assess_read_batch(request, LONG_SPAN + days, &batch, err) < 0) {
		assess_batch_free(&batch);
		return -1;
	}
	arena = arena_new(0);
	assess_batch_sort(&batch, &index);
	rows = assess_batch_domain_rows(&batch, &index, 0);
	now = assess_state_at(&then, &rows, arena);
	*since = request->at.today;
	for (i = 0; i < days; i++) {
		then.at.today--;
		then.at.last--;
		if (assess_state_at(&then, &rows, arena) != now)
			break;
		*since = then.at.today;
	}
	arena_free(&arena);
	assess_batch_free(&batch);
	return 0;
}
