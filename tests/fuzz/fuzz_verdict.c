/* Any numbers at all as the input of the verdict, and what must hold of every
   answer. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "exporter/verdict/verdict.h"

#define GROUPS    6
#define ROWS_MOST 400

/* Takes bytes off the input; zeros at its end. */
struct bytes {
	const uint8_t *data;
	size_t len;
};

static unsigned int take(struct bytes *b)
{
	if (b->len == 0)
		return 0;
	b->len--;
	return *b->data++;
}

/* From 0 to 10^12, small ones mostly. */
static int64_t take_count(struct bytes *b)
{
	unsigned int scale = take(b) % 14;
	int64_t count = take(b) % 128;

	for (; scale > 8; scale--)
		count *= 100;
	return count > INT64_C(1000000000000) ? INT64_C(1000000000000) : count;
}

static void take_evidence(struct bytes *b, struct evidence *e)
{
	int64_t successes = take_count(b);
	int class;

	e->elements = 1;
	e->refused = take_count(b);
	e->trials = successes + e->refused;
	e->unusable = take_count(b) / 4;
	e->dane = take(b) % 3;
	for (class = 0; class < REFUSAL_CAUSES; class ++) {
		if (e->refused > 0)
			e->by_cause[class] = take(b) % 2 == 0 ? e->refused : 0;
		e->predicted[class] = take(b) % 64 == 0 ? 5 : 0;
	}
}

static void take_row(struct bytes *b, int32_t day, struct verdict_row *row)
{
	unsigned int flags = take(b);

	*row = (struct verdict_row){
		.day = day,
		.group = take(b) % GROUPS,
		.type = flags % 8 == 0 ? POLICY_NOT_FOUND : POLICY_STS,
		.match = flags % 16 == 1 ? POLICY_MATCH_OLD
	                                 : POLICY_MATCH_CURRENT,
		.proved = (flags & 32) != 0,
		.against_only = (flags & 96) == 64,
	};
	take_evidence(b, &row->evidence);
	if (row->type != POLICY_STS) {
		row->evidence.untested = row->evidence.trials;
		row->evidence.trials = row->evidence.refused = 0;
		memset(row->evidence.by_cause, 0,
		       sizeof(row->evidence.by_cause));
	}
}

static void check(const struct verdict *v)
{
	MUST(v->state < VERDICT_STATES);
	MUST(v->reasons >> VERDICT_REASONS == 0);
	if (!v->numbers.known)
		return;
	MUST(v->numbers.upper >= 0 && v->numbers.upper <= 1);
	MUST(v->numbers.n >= 0 && v->numbers.x >= 0);
	MUST(v->numbers.x <= v->numbers.n);
	MUST(v->numbers.refused <= v->numbers.sessions);
	MUST(v->numbers.covered_days <= v->numbers.window_days);
	MUST(v->state != VERDICT_READY || v->numbers.upper <= v->numbers.limit);
}

static void set_defaults(struct thresholds *t)
{
	*t = (struct thresholds){
		.window_days = 14,
		.max_window_days = 56,
		.min_covered_days = 10,
		.min_reporters = 2,
		.alpha = 50000,
		.max_refusal = 10000,
		.cell_cap = 200,
		.recent_days = 3,
		.active_ratio = 10000,
		.agreed_ratio = 1000,
		.active_min = 3,
		.bad_day_ratio = 100000,
		.ok_reporters = 2,
		.ok_sessions = 20,
		.local_fail_share = 500000,
		.local_share_max = 10000,
		.unusable_share = 50000,
		.outdated_share = 200000,
		.stale_days = 3,
		.stale_days_max = 21,
		.limited_days = 28,
		.limited_sessions = 30,
		.limited_covered_days = 4,
		.confirm_days = 3,
		.exit_refusal = 15000,
		.exit_covered_days = 7,
		.enforce_recent_days = 2,
		.warn_ratio = 5000,
		.warn_min = 3,
		.rollback_ratio = 50000,
		.rollback_min = 10,
		.witness_days = 7,
		.assume_policy_when_missing = 1,
	};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[GROUPS] = {"a", "b", "c", "d", "e", "f"};
	struct verdict_reporter_group groups[GROUPS] = {0};
	struct verdict_row rows[ROWS_MOST];
	struct bytes b = {data, size};
	struct thresholds thresholds;
	struct verdict verdict;
	struct arena *arena = arena_new(0);
	struct verdict_input in = {
		.today = 0,
		.last = -2,
		.since = -60,
		.groups = groups,
		.group_count = GROUPS,
		.rows = rows,
		.thresholds = &thresholds,
	};
	int32_t day = -83;
	size_t i;

	set_defaults(&thresholds);
	in.mode = (enum sts_mode)(take(&b) % STS_MODES);
	in.limited = take(&b) % 2 == 0;
	in.fold_days = take(&b) % 4 == 0 ? VERDICT_FOLD_DAYS : 0;
	for (i = 0; i < GROUPS; i++) {
		groups[i].name = text_of(names[i]);
		groups[i].arrived = -(int64_t)(take(&b) % 100);
	}
	while (b.len > 0 && in.row_count < ROWS_MOST && day <= 0) {
		take_row(&b, day, &rows[in.row_count++]);
		day += (int32_t)(take(&b) % 4 == 0);
	}
	verdict_decide(&in, VERDICT_STATES, arena, &verdict);
	check(&verdict);
	arena_free(&arena);
	return 0;
}
