#include "tests/support/verdict_example.h"

#include <stdlib.h>

#include "exporter/verdict/verdict_window.h"
#include "tests/support/verdict_defaults.h"

#define LONG_KNOWN (-400)

void verdict_example_begin(struct verdict_example *x, enum sts_mode mode)
{
	static const char *const names[EXAMPLE_GROUPS] = {"a", "b", "c", "d",
	                                                  "e", "f", "g", "h"};
	size_t i;

	*x = (struct verdict_example){.arena = arena_new(0)};
	verdict_defaults(&x->t);
	x->t.standing_report_days = 0;
	for (i = 0; i < EXAMPLE_GROUPS; i++) {
		x->groups[i].name = text_of(names[i]);
		x->groups[i].known_since = LONG_KNOWN;
	}
	x->in = (struct verdict_input){
		.now_minutes = 720,
		.last = -2,
		.mode = mode,
		.since = VERDICT_NO_DAY,
		.groups = x->groups,
		.group_count = EXAMPLE_GROUPS,
		.rows = x->rows,
		.thresholds = &x->t,
	};
}

void verdict_example_end(struct verdict_example *x)
{
	arena_free(&x->arena);
}

struct verdict_row *verdict_example_add(struct verdict_example *x,
                                        uint32_t group, int32_t first,
                                        int32_t last, int64_t successes,
                                        int64_t refused, int cause)
{
	struct verdict_row *row;
	int32_t day;

	for (day = first; day <= last; day++) {
		if (x->in.row_count == EXAMPLE_ROWS)
			abort();
		row = &x->rows[x->in.row_count++];
		*row = (struct verdict_row){
			.day = day,
			.group = group,
			.type = POLICY_STS,
			.succeeded = successes > 0,
			.evidence = {.elements = 1,
		                     .trials = successes + refused,
		                     .refused = refused},
		};
		row->evidence.by_cause[cause] = refused;
	}
	return &x->rows[x->in.row_count - 1];
}

void verdict_example_probe(struct verdict_example *x, size_t hosts,
                           enum probe_host_state state, int64_t checks)
{
	size_t i;

	for (i = 0; i < hosts; i++)
		x->hosts[i] = (struct probe_host){
			.name = TEXT("mx.example"),
			.state = state,
			.look = {.bad_checks = checks,
		                 .bad_minutes = checks > 0 ? checks * 60 - 60
		                                           : 0},
			.not_after_minutes = INT64_MAX,
			.lifetime_minutes = INT64_MAX,
		};
	x->outside = (struct probe){
		.reaches_any = true, .hosts = x->hosts, .host_count = hosts};
	for (i = 0; i <= VERDICT_FOLD_DAYS; i++)
		x->in.probes[i] = &x->outside;
}

struct verdict_evaluation *verdict_example_evaluate(struct verdict_example *x)
{
	struct verdict_selection all;
	struct verdict_view view =
		verdict_standing_view(&x->in, x->in.last, x->in.today, false);

	verdict_cells_build(&x->in, x->arena, &x->cells);
	verdict_standing_find(&x->in, &view, x->arena, x->witnesses, &x->needs);
	verdict_selection_of_view(&x->in, &x->cells, &view, x->witnesses,
	                          x->arena, &all);
	verdict_selection_of_everybody(&all, view.first, x->arena,
	                               &x->selection);
	verdict_probe_read(&x->t, x->in.probes[0], &x->probe);
	x->e = (struct verdict_evaluation){
		.at = {.in = &x->in,
	               .selection = &x->selection,
	               .probe = &x->probe,
	               .sums = x->sums,
	               .last = x->in.last,
	               .today = x->in.today},
		.t = &x->t,
		.lowest = x->in.last - (int32_t)x->t.max_window_days + 1,
		.limit = x->t.max_refusal,
		.need = x->t.min_covered_days,
		.observed = x->t.max_window_days,
	};
	verdict_window_find_days(&x->e);
	return &x->e;
}

const struct verdict *verdict_example_decide(struct verdict_example *x,
                                             enum verdict_state previous)
{
	verdict_decide(&x->in, previous, x->arena, &x->verdict);
	return &x->verdict;
}
