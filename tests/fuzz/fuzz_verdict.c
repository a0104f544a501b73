/* Any numbers at all as the input of the verdict, by any thresholds that may be
   configured, and what must hold of every answer. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "exporter/verdict/verdict.h"
#include "tests/support/verdict_defaults.h"

#define GROUPS     6
#define ROWS_MAX   400
#define HOSTS_MAX  3
#define COUNT_MAX  (INT64_C(1) << 53)
#define LONGER_AGO 200

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

/* From 0 to 2^53, small ones mostly. */
static int64_t take_count(struct bytes *b)
{
	unsigned int scale = take(b) % 16;
	int64_t count = take(b) % 128;

	for (; scale > 8; scale--)
		count *= 100;
	return count > COUNT_MAX ? COUNT_MAX : count;
}

static void take_evidence(struct bytes *b, struct evidence *e)
{
	int64_t successes = take_count(b);
	int cause;

	e->elements = 1;
	e->refused = take_count(b);
	e->trials = successes + e->refused;
	e->unusable = take_count(b) / 4;
	e->dane = take(b) % 3;
	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		if (e->refused > 0)
			e->by_cause[cause] = take(b) % 2 == 0 ? e->refused : 0;
		e->predicted[cause] = take(b) % 64 == 0 ? 5 : 0;
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
		.succeeded = (flags & 32) == 0,
		.against_only = (flags & 192) == 192,
	};
	take_evidence(b, &row->evidence);
	if (row->type != POLICY_STS) {
		row->evidence.untested = row->evidence.trials;
		row->evidence.trials = row->evidence.refused = 0;
		memset(row->evidence.by_cause, 0,
		       sizeof(row->evidence.by_cause));
	}
}

static void take_group(struct bytes *b, struct verdict_reporter_group *group,
                       int32_t arrivals[8])
{
	unsigned int flags = take(b);
	int32_t day = -LONGER_AGO;
	size_t i;

	group->anonymous = flags % 8 == 1;
	group->anchor = flags % 8 == 2;
	group->accepted = flags % 16 == 3;
	group->failures_only = flags % 16 == 4;
	group->known_since = (flags & 64) != 0
	                             ? VERDICT_NO_DAY
	                             : 20 - (int32_t)(take(b) % LONGER_AGO);
	if ((flags & 128) == 0)
		return;
	for (i = 0; i < 8; i++) {
		day += 1 + (int32_t)(take(b) % 60);
		arrivals[i] = day;
	}
	group->arrivals = arrivals;
	group->arrival_count = 8;
}

static struct probe_look take_look(struct bytes *b)
{
	return (struct probe_look){
		.bad_checks = take(b) % 4,
		.bad_minutes = take_count(b),
		.age_minutes = take(b) % 8 == 0 ? PROBE_NEVER : take(b) * 8,
	};
}

static void take_probe(struct bytes *b, struct probe_host hosts[HOSTS_MAX],
                       struct probe *probe)
{
	size_t i;

	for (i = 0; i < HOSTS_MAX; i++)
		hosts[i] = (struct probe_host){
			.state = (enum probe_host_state)(take(b) %
		                                         PROBE_HOST_STATES),
			.look = take_look(b),
			.not_after_minutes = take_count(b) - 1000,
			.lifetime_minutes = take(b) % 2 == 0 ? INT64_MAX
		                                             : take_count(b),
		};
	*probe = (struct probe){
		.reaches_any = take(b) % 8 != 0,
		.hosts = hosts,
		.host_count = take(b) % (HOSTS_MAX + 1),
		.policy_checked = take(b) % 2 == 0,
		.policy = (enum probe_policy_state)(take(b) %
	                                            PROBE_POLICY_STATES),
		.record = (enum probe_record_state)(take(b) %
	                                            PROBE_RECORD_STATES),
		.policy_look = take_look(b),
	};
}

/* Some of them anywhere in their range. */
static void take_thresholds(struct bytes *b, struct thresholds *t)
{
	const struct option_spec *spec;
	unsigned int changes = take(b) % 8;
	int64_t *field, range;

	verdict_defaults(t);
	for (; changes > 0; changes--) {
		spec = &thresholds_options[take(b) % THRESHOLDS_COUNT];
		if (spec->type != OPTION_NUMBER && spec->type != OPTION_RATIO)
			continue;
		field = (int64_t *)(void *)((char *)t + spec->offset);
		range = spec->max - spec->min;
		*field = spec->min + (take_count(b) % (range + 1));
	}
	if (t->max_window_days < t->window_days)
		t->max_window_days = t->window_days;
}

static void check_witnesses(const struct verdict *v)
{
	const struct verdict_witness *w;
	size_t i;

	for (i = 0; i < GROUPS; i++) {
		w = &v->witnesses[i];
		MUST(w->seen || !w->standing);
		MUST(w->standing || !w->credited);
		MUST(w->good_days <= w->report_days);
		MUST(w->x >= 0 && w->x <= w->n);
		MUST(w->refused >= 0 && w->refused <= w->sessions);
		MUST(!w->accuses || w->standing);
		MUST(!w->accuses || !w->contradicts);
	}
}

static void check(const struct verdict *v)
{
	const struct verdict_numbers *n = &v->numbers;

	MUST(v->state < VERDICT_STATES);
	MUST(v->reasons >> VERDICT_REASONS == 0);
	check_witnesses(v);
	if (!n->known)
		return;
	MUST(n->upper >= 0 && n->upper <= 1);
	MUST(n->n >= 0 && n->x >= 0);
	MUST(n->x <= n->n);
	MUST(n->n_bound >= 0 && n->n_bound <= n->n);
	MUST(n->refused <= n->sessions);
	MUST(n->covered_days <= n->window_days);
	MUST(v->state != VERDICT_READY || n->upper <= n->limit + 1e-9);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[GROUPS] = {"a", "b", "c", "d", "e", "f"};
	static const struct text patterns[] = {{"*.example", 9}};
	static const struct text listed[] = {{"mx.example", 10}, {"mx", 2}};
	struct verdict_reporter_group groups[GROUPS] = {0};
	struct verdict_row rows[ROWS_MAX];
	int32_t arrivals[GROUPS][8];
	struct probe_host hosts[HOSTS_MAX];
	struct bytes b = {data, size};
	struct thresholds thresholds;
	struct verdict verdict;
	struct probe probe;
	struct arena *arena = arena_new(0);
	struct verdict_input in = {
		.groups = groups,
		.group_count = GROUPS,
		.rows = rows,
		.mx = patterns,
		.mx_count = 1,
		.hosts = listed,
		.thresholds = &thresholds,
	};
	int32_t day = -110;
	size_t i;

	take_thresholds(&b, &thresholds);
	in.mode = (enum sts_mode)(take(&b) % STS_MODES);
	in.last = -1 - (int32_t)(take(&b) % 12);
	in.since = -(int32_t)take(&b);
	in.now_minutes = (int32_t)take(&b) * 5;
	in.host_count = take(&b) % 3;
	in.limited = take(&b) % 2 == 0;
	in.fold_days = take(&b) % 4 == 0 ? VERDICT_FOLD_DAYS : 0;
	for (i = 0; i < GROUPS; i++) {
		groups[i].name = text_of(names[i]);
		take_group(&b, &groups[i], arrivals[i]);
	}
	if (take(&b) % 2 == 0) {
		take_probe(&b, hosts, &probe);
		for (i = 0; i <= VERDICT_FOLD_DAYS; i++)
			in.probes[i] = take(&b) % 4 == 0 ? NULL : &probe;
	}
	while (b.len > 0 && in.row_count < ROWS_MAX && day <= 2) {
		take_row(&b, day, &rows[in.row_count++]);
		day += (int32_t)(take(&b) % 4 == 0);
	}
	verdict_decide(&in, VERDICT_STATES, arena, &verdict);
	check(&verdict);
	arena_free(&arena);
	return 0;
}
