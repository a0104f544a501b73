#include "tests/fuzz/fuzz_exceptions.h"

#include <string.h>

#include "exporter/verdict/verdict_evaluate.h"
#include "tests/fuzz/fuzz.h"

/* The most settled ends that a verdict is confirmed at. */
#define ENDS_MAX 14

/* Keys of reporter groups: see verdict_inputs.h. */
#define KEYS_MAX (2 * FUZZ_REPORTERS + 2)

const char *const fuzz_exception_names[EXCEPTIONS] = {
	[EXCEPTION_ATTRIBUTION] = "attribution",
	[EXCEPTION_RECURRING] = "recurring",
	[EXCEPTION_FRESHNESS] = "freshness",
	[EXCEPTION_STANDING] = "standing",
	[EXCEPTION_ANCHOR] = "anchor",
	[EXCEPTION_COVERAGE] = "coverage",
	[EXCEPTION_WINDOW] = "window",
};

/* What one evaluation finds on its way. */
struct end {
	enum verdict_fault faults[REFUSAL_CAUSES];
	uint64_t reasons;
	bool anchored;
	int64_t window_days;
};

/* What two verdicts may differ in: who counts, and the evaluations of those of
   standing and of everybody at each end. */
struct ways {
	bool standing[KEYS_MAX], credited[KEYS_MAX];
	struct end of_standing[ENDS_MAX], of_everybody[ENDS_MAX];
	size_t count;
};

static void find_ends(const struct verdict_question *last, size_t count,
                      struct end *ends)
{
	struct verdict_question question = *last;
	struct verdict_evaluation e;
	size_t i;

	for (i = 0; i < count; i++) {
		verdict_evaluate_again(&question, &e);
		memcpy(ends[i].faults, e.faults, sizeof(e.faults));
		ends[i].reasons = e.reasons;
		ends[i].anchored = e.window.anchored;
		ends[i].window_days = e.window.days;
		question.last--;
	}
}

/* The window of thin evidence hides the one that was chosen. */
static void allow_no_thin_evidence(struct verdict_input *in,
                                   struct thresholds *t)
{
	*t = *in->thresholds;
	t->limited_sessions = INT64_MAX;
	in->thresholds = t;
}

static void find_ways(const struct fuzz_answer *answer, bool was_ready,
                      struct arena *arena, struct ways *out)
{
	struct verdict_input copy = answer->inputs.input, *in = &copy;
	struct thresholds thresholds;
	const struct verdict_witness *witnesses = answer->verdict.witnesses;
	struct verdict_view view =
		verdict_standing_view(in, in->last, in->today, false);
	struct verdict_selection all, some;
	struct verdict_cells cells;
	struct verdict_probe probe;
	struct verdict_question question = {
		.in = in,
		.selection = &some,
		.probe = &probe,
		.sums = arena_array(arena, in->group_count,
	                            sizeof(struct verdict_group_sums)),
		.last = in->last,
		.today = in->today,
		.was_ready = was_ready,
	};
	size_t i;

	*out = (struct ways){.count = (size_t)in->thresholds->confirm_days};
	for (i = 0; i < in->group_count; i++) {
		MUST(answer->inputs.group_keys[i] < KEYS_MAX);
		out->standing[answer->inputs.group_keys[i]] =
			witnesses[i].standing;
		out->credited[answer->inputs.group_keys[i]] =
			witnesses[i].credited;
	}
	allow_no_thin_evidence(in, &thresholds);
	verdict_cells_build(in, arena, &cells);
	verdict_probe_read(in->thresholds, in->probes[0], &probe);
	verdict_selection_of_view(in, &cells, &view, witnesses, arena, &all);
	verdict_selection_of_standing(&all, arena, &some);
	find_ends(&question, out->count, out->of_standing);
	verdict_selection_of_everybody(
		&all, in->last - (int32_t)in->thresholds->window_days + 1,
		arena, &some);
	find_ends(&question, out->count, out->of_everybody);
}

/* What reports are waited for. */
#define COVERAGE \
	(REASON_BIT(REASON_COVERAGE_LOW) | REASON_BIT(REASON_FEW_REPORTERS))

/* What is met between two evaluations. */
static void compare_ends(const struct end *before, const struct end *after,
                         bool is_worse, bool met[EXCEPTIONS])
{
	/* What only one of them has to say against the domain. */
	uint64_t bad = is_worse ? after->reasons & ~before->reasons
	                        : before->reasons & ~after->reasons;

	met[EXCEPTION_ATTRIBUTION] |= memcmp(before->faults, after->faults,
	                                     sizeof(before->faults)) != 0;
	met[EXCEPTION_RECURRING] |= (bad & REASON_BIT(REASON_RECURRING)) != 0;
	met[EXCEPTION_FRESHNESS] |=
		(bad & REASON_BIT(REASON_REPORTS_STOPPED)) != 0;
	met[EXCEPTION_ANCHOR] |= is_worse && after->anchored &&
	                         !before->anchored;
	met[EXCEPTION_WINDOW] |=
		is_worse && (bad & REASON_BIT(REASON_FEW_REPORTERS)) != 0 &&
		after->window_days < before->window_days;
	met[EXCEPTION_COVERAGE] |= !is_worse && (bad & COVERAGE) != 0;
}

enum fuzz_exception fuzz_exceptions_find(const struct fuzz_answer *before,
                                         const struct fuzz_answer *after,
                                         bool is_worse, bool was_ready,
                                         struct arena *arena)
{
	bool met[EXCEPTIONS] = {false};
	struct ways from, to;
	size_t i;

	find_ways(before, was_ready, arena, &from);
	find_ways(after, was_ready, arena, &to);
	met[EXCEPTION_STANDING] =
		memcmp(from.standing, to.standing, sizeof(to.standing)) != 0 ||
		memcmp(from.credited, to.credited, sizeof(to.credited)) != 0;
	for (i = 0; i < from.count; i++) {
		compare_ends(&from.of_standing[i], &to.of_standing[i], is_worse,
		             met);
		compare_ends(&from.of_everybody[i], &to.of_everybody[i],
		             is_worse, met);
	}
	for (i = 0; i < EXCEPTIONS; i++) {
		if (met[i])
			break;
	}
	return (enum fuzz_exception)i;
}
