#include "exporter/explain/explanation.h"

#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "exporter/assess/assess.h"
#include "exporter/explain/outlook.h"
#include "exporter/model/model.h"

/* The most rows of failures that are kept; beyond, only the largest days have
   told what is wrong. */
#define FAILURES_MAX 512

struct gathering {
	const struct explanation_request *request;
	const struct assess_domain *domains;
	bool details;
	struct explanation *explanations; /* in the order of domains */
	struct arena *arena;              /* of the explanations */
	struct err *err;
	bool failed;
};

/* --- copies -------------------------------------------------------------- */

static struct text explanation_copy_text(struct arena *arena, struct text text)
{
	return (struct text){arena_copy(arena, text.data, text.len), text.len};
}

static void explanation_copy_patterns(struct arena *arena,
                                      struct sts_policy *policy)
{
	struct text *mx = arena_array(arena, policy->mx_count, sizeof(*mx));
	size_t i;

	for (i = 0; i < policy->mx_count; i++)
		mx[i] = explanation_copy_text(arena, policy->mx[i]);
	policy->mx = mx;
}

static void explanation_copy_policy(struct arena *arena,
                                    const struct assessment *assessment,
                                    struct explanation *out)
{
	struct stored_policy *other;

	out->policy = *assessment->policy;
	explanation_copy_patterns(arena, &out->policy.policy);
	if (out->policy.other == NULL)
		return;
	other = arena_alloc(arena, sizeof(*other));
	*other = *out->policy.other;
	explanation_copy_patterns(arena, &other->policy);
	out->policy.other = other;
	out->other_reporter = explanation_copy_text(
		arena, assessment->input->groups[out->policy.other_group].name);
}

static void explanation_copy_verdict(struct arena *arena,
                                     const struct assessment *assessment,
                                     struct explanation *out)
{
	const struct verdict *verdict = assessment->verdict;
	size_t i;

	out->verdict = *verdict;
	out->verdict.witnesses = NULL; /* not looked at, and short-lived */
	out->verdict.faulty_reporters =
		arena_array(arena, verdict->faulty_reporter_count,
	                    sizeof(*verdict->faulty_reporters));
	out->faulty_reporters = arena_array(arena,
	                                    verdict->faulty_reporter_count,
	                                    sizeof(*out->faulty_reporters));
	for (i = 0; i < verdict->faulty_reporter_count; i++) {
		out->verdict.faulty_reporters[i] = verdict->faulty_reporters[i];
		out->faulty_reporters[i] = explanation_copy_text(
			arena,
			assessment->input
				->groups[verdict->faulty_reporters[i].group]
				.name);
	}
}

/* --- reporters and days -------------------------------------------------- */

static bool explanation_is_trial(const struct verdict_row *row)
{
	return row->type == POLICY_STS && row->match != POLICY_MATCH_OLD &&
	       row->evidence.trials > 0;
}

/* The capped numbers of the cell that ends with this row: rows of a group
   and day may be several. */
struct cell_sum {
	int32_t day;
	int64_t n, x;
};

static void explanation_close_cell(struct explanation_reporter *reporter,
                                   struct cell_sum *cell, int64_t cap)
{
	if (cell->n == 0)
		return;
	reporter->days++;
	if (cell->n > cap) {
		cell->x = verdict_share_scale_up(cell->x, cap, cell->n);
		cell->n = cap;
	}
	reporter->n += cell->n;
	reporter->x += cell->x;
	*cell = (struct cell_sum){0};
}

static int explanation_compare_reporters(const void *a, const void *b)
{
	const struct explanation_reporter *x = a, *y = b;

	if (x->sessions != y->sessions)
		return x->sessions < y->sessions ? 1 : -1;
	return strcmp(x->name.data, y->name.data);
}

static void explanation_sum_reporters(struct arena *arena,
                                      const struct assessment *assessment,
                                      struct explanation *out)
{
	const struct verdict_input *in = assessment->input;
	struct explanation_reporter *all =
		arena_array(arena, in->group_count, sizeof(*all));
	struct cell_sum *cells =
		arena_array(arena, in->group_count, sizeof(*cells));
	int64_t first = out->last - out->verdict.numbers.window_days + 1;
	const struct verdict_row *row;
	size_t i, kept = 0;

	for (i = 0; i < in->row_count; i++) {
		row = &in->rows[i];
		if (!explanation_is_trial(row) || row->day < first ||
		    row->day > out->last)
			continue;
		if (cells[row->group].day != row->day)
			explanation_close_cell(
				&all[row->group], &cells[row->group],
				assessment->thresholds->cell_cap);
		cells[row->group].day = row->day;
		cells[row->group].n += row->evidence.trials;
		cells[row->group].x += row->evidence.refused;
		all[row->group].sessions += row->evidence.trials;
		all[row->group].refused += row->evidence.refused;
	}
	for (i = 0; i < in->group_count; i++) {
		explanation_close_cell(&all[i], &cells[i],
		                       assessment->thresholds->cell_cap);
		all[i].name = explanation_copy_text(arena, in->groups[i].name);
		all[i].proved = !in->groups[i].anonymous;
		if (all[i].sessions > 0)
			all[kept++] = all[i];
	}
	if (kept > 0)
		qsort(all, kept, sizeof(*all), explanation_compare_reporters);
	out->reporters = all;
	out->reporter_count = kept;
}

static void explanation_copy_silent(struct arena *arena,
                                    const struct assessment *assessment,
                                    struct explanation *out)
{
	const struct verdict_input *in = assessment->input;
	size_t i;

	out->silent = arena_array(arena, assessment->watched_count,
	                          sizeof(*out->silent));
	for (i = 0; i < assessment->watched_count; i++) {
		const struct watched_reporter *rhythm = &assessment->watched[i];

		if (!rhythm->silent)
			break;
		out->silent[out->silent_count++] = (struct explanation_silent){
			.name = explanation_copy_text(
				arena, in->groups[rhythm->group].name),
			.rhythm = *rhythm,
		};
	}
}

static void explanation_sum_days(struct arena *arena,
                                 const struct assessment *assessment,
                                 struct explanation *out)
{
	const struct verdict_input *in = assessment->input;
	int32_t first =
		out->last - (int32_t)out->verdict.numbers.window_days + 1;
	size_t count = (size_t)(out->today - first) + 1, i;
	const struct verdict_row *row;

	out->days = arena_array(arena, count, sizeof(*out->days));
	out->day_count = count;
	for (i = 0; i < count; i++) {
		out->days[i].day = first + (int32_t)i;
		out->days[i].settled = out->days[i].day <= out->last;
	}
	for (i = 0; i < in->row_count; i++) {
		row = &in->rows[i];
		if (!explanation_is_trial(row) || row->day < first ||
		    row->day > out->today)
			continue;
		out->days[row->day - first].sessions += row->evidence.trials;
		out->days[row->day - first].refused += row->evidence.refused;
	}
}

/* --- failures ------------------------------------------------------------ */

static struct explanation_failure *
explanation_find_failure(struct gathering *g, struct explanation *out,
                         const struct store_failure_row *row)
{
	struct explanation_failure *failure;
	size_t i;

	for (i = 0; i < out->failure_count; i++) {
		failure = &out->failures[i];
		if (failure->type == row->type &&
		    failure->result == row->result &&
		    text_equal(failure->mx, row->mx))
			return failure;
	}
	if (out->failure_count == FAILURES_MAX)
		return NULL;
	failure = &out->failures[out->failure_count++];
	*failure = (struct explanation_failure){
		.mx = explanation_copy_text(g->arena, row->mx),
		.type = row->type,
		.result = row->result,
	};
	return failure;
}

static void explanation_add_reporter_name(struct arena *arena,
                                          struct explanation_failure *failure,
                                          struct text name)
{
	struct text *larger;
	size_t i;

	for (i = 0; i < failure->reporter_count; i++) {
		if (text_equal(failure->reporters[i], name))
			return;
	}
	/* Grows at powers of two. */
	if (failure->reporter_count == 0 ||
	    (failure->reporter_count & (failure->reporter_count - 1)) == 0) {
		larger = arena_array(arena, failure->reporter_count * 2 + 1,
		                     sizeof(*larger));
		if (failure->reporter_count > 0)
			memcpy(larger, failure->reporters,
			       failure->reporter_count * sizeof(*larger));
		failure->reporters = larger;
	}
	failure->reporters[failure->reporter_count++] =
		explanation_copy_text(arena, name);
}

static void explanation_add_failure(struct gathering *g,
                                    struct explanation *out,
                                    const struct store_failure_row *row)
{
	const struct reporters *reporters = g->request->reporters;
	struct explanation_failure *failure;

	if (row->count_as == COUNT_AS_NONE ||
	    row->count_as == COUNT_AS_DISPLACED ||
	    what_if_leaves_out(g->request->what_if, reporters,
	                       row->reporter_id))
		return;
	failure = explanation_find_failure(g, out, row);
	if (failure == NULL)
		return;
	failure->sessions += row->sessions;
	if (row->day > failure->last_day)
		failure->last_day = row->day;
	if (failure->reason.len == 0 && row->reason.len > 0)
		failure->reason = explanation_copy_text(g->arena, row->reason);
	explanation_add_reporter_name(
		g->arena, failure,
		text_of(reporters_name(reporters, row->reporter_id)));
}

static int explanation_compare_failures(const void *a, const void *b)
{
	const struct explanation_failure *x = a, *y = b;

	if (x->sessions != y->sessions)
		return x->sessions < y->sessions ? 1 : -1;
	if (x->result != y->result)
		return (int)x->result - (int)y->result;
	return strcmp(x->mx.data, y->mx.data);
}

/* The number of the row's reporter group, as struct assessment has it. */
static uint64_t explanation_group_key(const struct gathering *g,
                                      const struct explanation *out,
                                      const struct store_failure_row *row)
{
	uint64_t number =
		reporters_group(g->request->reporters, row->reporter_id);
	bool proved = trust_is_proof((enum trust)row->count_as) ||
	              out->thresholds->trust_https == TRUST_HTTPS_YES;

	return number * 2 + !proved;
}

static int explanation_read_failures(struct gathering *g, int64_t id,
                                     int32_t first_day, struct explanation *out)
{
	struct store_day_range range = {
		.first_day = first_day,
		.last_day = out->today,
		.first_domain = id,
		.last_domain = id,
		.until = g->request->until,
	};
	struct store_cursor *rows;
	struct store_failure_row row;
	int result;

	out->failures =
		arena_array(g->arena, FAILURES_MAX, sizeof(*out->failures));
	if (store_read_day_failures(g->request->store, &range, &rows, g->err) <
	    0)
		return -1;
	while ((result = store_read_day_failures_next(rows, &row, g->err)) ==
	       1) {
		if (row.day >= out->days[0].day)
			explanation_add_failure(g, out, &row);
		explanation_evidence_add_failure(
			out->evidence, &row,
			explanation_group_key(g, out, &row), g->arena);
	}
	store_read_close(&rows);
	explanation_evidence_finish(out->evidence);
	if (out->failure_count > 0)
		qsort(out->failures, out->failure_count, sizeof(*out->failures),
		      explanation_compare_failures);
	return result;
}

/* --- the whole ----------------------------------------------------------- */

static void explanation_on_assessment(void *cls, size_t i,
                                      const struct assessment *assessment)
{
	struct gathering *g = cls;
	struct explanation *out = &g->explanations[i];
	int32_t first_day;

	out->until = g->request->until;
	if (out->until != 0 &&
	    g->request->expired_before >
	            assessment->input->last - VERDICT_SPAN_DAYS + 1)
		out->deleted_before = (int32_t)g->request->expired_before;
	out->what_if = g->request->what_if;
	out->domain = explanation_copy_text(g->arena, assessment->domain);
	out->now = g->request->now;
	out->today = assessment->input->today;
	out->last = assessment->input->last;
	out->thresholds = assessment->thresholds;
	explanation_copy_verdict(g->arena, assessment, out);
	explanation_copy_policy(g->arena, assessment, out);
	if (!g->details || g->failed)
		return;
	if (!out->verdict.numbers.known)
		out->verdict.numbers.window_days =
			assessment->thresholds->window_days;
	explanation_sum_reporters(g->arena, assessment, out);
	explanation_copy_silent(g->arena, assessment, out);
	outlook_gather(assessment, g->request->ahead, g->arena, out);
	explanation_sum_days(g->arena, assessment, out);
	first_day = out->days[0].day;
	out->evidence = explanation_evidence_gather(assessment, out->now,
	                                            g->arena, &first_day);
	if (g->domains[i].id != 0 &&
	    explanation_read_failures(g, g->domains[i].id, first_day, out) < 0)
		g->failed = true;
}

static void explanation_on_real(void *cls, size_t i,
                                const struct assessment *assessment)
{
	struct gathering *g = cls;

	g->explanations[i].real = assessment->verdict->state;
	g->explanations[i].real_upper = assessment->verdict->numbers.upper;
}

static int explanation_compare_ids(const void *a, const void *b)
{
	const struct assess_domain *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int explanation_compare_names(const void *a, const void *b)
{
	const struct explanation *x = a, *y = b;

	return strcmp(x->domain.data, y->domain.data);
}

/* Gives the domains the ids that the store knows them by. */
static int explanation_find_ids(struct store *store, const struct text *names,
                                size_t count, struct assess_domain *domains,
                                struct err *err)
{
	struct store_cursor *rows;
	struct store_domain_row row;
	const struct text *found;
	int result;

	if (store == NULL || count == 0)
		return 0;
	if (store_read_domains(store, &rows, err) < 0)
		return -1;
	while ((result = store_read_domains_next(rows, &row, err)) == 1) {
		found = bsearch(&row.name, names, count, sizeof(*names),
		                text_order_items);
		if (found != NULL)
			domains[found - names].id = row.id;
	}
	store_read_close(&rows);
	return result;
}

static int explanation_assess(struct gathering *g,
                              struct assess_domain *domains, size_t count)
{
	const struct explanation_request *request = g->request;
	struct assess_request assess = {
		.store = request->store,
		.until = request->until,
		.at = {.settings = &request->config->settings,
	               .reporters = request->reporters,
	               .today = (int32_t)timestamp_day(request->now),
	               .now_minutes = timestamp_minute_of_day(request->now),
	               .last = (int32_t)model_settled_day(
			       request->now, request->config->settle_hours)},
		.on_assessment = explanation_on_real,
		.cls = g,
	};
	size_t i;

	if (count > 0)
		qsort(domains, count, sizeof(*domains),
		      explanation_compare_ids);
	g->domains = domains;
	if (request->what_if != NULL &&
	    assess_domains(&assess, domains, count, g->err) < 0)
		return -1;
	assess.at.what_if = request->what_if;
	assess.on_assessment = explanation_on_assessment;
	if (assess_domains(&assess, domains, count, g->err) < 0 || g->failed)
		return -1;
	if (count > 0)
		qsort(g->explanations, count, sizeof(*g->explanations),
		      explanation_compare_names);
	for (i = 0; i < count; i++)
		request->on_explanation(request->cls, &g->explanations[i]);
	return 0;
}

int explanation_gather(const struct explanation_request *request,
                       const struct text *names, size_t count, bool details,
                       struct err *err)
{
	struct arena *arena = arena_new(0);
	struct assess_domain *domains =
		arena_array(arena, count, sizeof(*domains));
	struct gathering g = {
		.request = request,
		.details = details,
		.explanations =
			arena_array(arena, count, sizeof(struct explanation)),
		.arena = arena,
		.err = err,
	};
	size_t i;
	int result;

	for (i = 0; i < count; i++)
		domains[i].name = names[i];
	result = explanation_find_ids(request->store, names, count, domains,
	                              err);
	if (result == 0)
		result = explanation_assess(&g, domains, count);
	arena_free(&arena);
	return result;
}
