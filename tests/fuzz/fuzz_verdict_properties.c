/*
 * What must hold between two verdicts (exporter/verdict/README.md): some
 * changes of what is known change nothing, some never make a state better, and
 * some never make it worse. A world that breaks a property is printed for the
 * reference, tests/reference/verdict_ref.py; at the end, how often each was
 * tested.
 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "tests/fuzz/fuzz_properties.h"
#include "tests/fuzz/fuzz_same.h"
#include "tests/fuzz/fuzz_world.h"
#include "tests/fuzz/fuzz_world_store.h"

#define HOUR_MINUTES 60

/* What is changed, from the front of the input. */
struct choice {
	unsigned int place, day, flags;
	int64_t sessions;
	enum result_type result;
};

struct context {
	struct fuzz_world world;
	struct choice choice;
	struct arena *arena;
	struct fuzz_answer base;
	enum verdict_state of_base; /* what it was decided after */
};

/* --- what must hold -------------------------------------------------------- */

static void must(const struct context *c, enum property property, bool holds,
                 const struct fuzz_world *changed)
{
	fuzz_property_counts.checked[property]++;
	if (holds)
		return;
	(void)fprintf(stderr,
	              "broken: %s\nbefore: ", fuzz_property_names[property]);
	fuzz_world_print(&c->world);
	if (changed != NULL) {
		(void)fputs("after: ", stderr);
		fuzz_world_print(changed);
	}
	abort();
}

static void must_be_same(const struct context *c, enum property property,
                         const struct fuzz_said *after, uint64_t more_reasons)
{
	struct fuzz_said before = {
		.verdict = &c->base.verdict,
		.keys = c->base.inputs.group_keys,
		.count = c->base.inputs.input.group_count,
	};

	must(c, property, fuzz_same_verdict(&before, after, more_reasons),
	     NULL);
}

static void decide(struct context *c, const struct fuzz_world *world,
                   struct fuzz_answer *out)
{
	fuzz_world_decide(world, c->of_base, c->arena, out);
}

/* --- what changes nothing -------------------------------------------------- */

static void check_order(struct context *c)
{
	const struct verdict_input *in = &c->base.inputs.input;
	size_t groups = in->group_count, rows = in->row_count, first, i;
	struct verdict_reporter_group *group =
		arena_array(c->arena, groups, sizeof(*group));
	uint64_t *keys = arena_array(c->arena, groups, sizeof(*keys));
	struct verdict_row *row = arena_array(c->arena, rows, sizeof(*row));
	struct verdict_input other = *in;
	struct verdict verdict;

	for (i = 0; i < groups; i++) {
		group[i] = in->groups[groups - 1 - i];
		keys[i] = c->base.inputs.group_keys[groups - 1 - i];
	}
	/* Those of a day, the other way round. */
	for (first = 0; first < rows; first = i) {
		size_t end = first;

		while (end < rows && in->rows[end].day == in->rows[first].day)
			end++;
		for (i = first; i < end; i++) {
			row[i] = in->rows[end - 1 - (i - first)];
			row[i].group = (uint32_t)groups - 1 - row[i].group;
		}
	}
	other.groups = group;
	other.rows = row;
	verdict_decide(&other, c->of_base, c->arena, &verdict);
	must_be_same(c, PROPERTY_ORDER,
	             &(struct fuzz_said){&verdict, keys, groups}, 0);
}

/* What a report says in one record, others say in two. A record of another
   policy counts as a whole, where it counts at all. */
static void check_grouping(struct context *c)
{
	const struct verdict_input *in = &c->base.inputs.input;
	struct verdict_input other = *in;
	struct verdict_row *rows, *one, *two;
	struct verdict verdict;
	size_t place;

	if (in->row_count == 0)
		return;
	place = c->choice.place * in->row_count / 256;
	one = (struct verdict_row *)arena_array(c->arena, in->row_count + 1,
	                                        sizeof(*rows));
	rows = one;
	memcpy(rows, in->rows, (place + 1) * sizeof(*rows));
	memcpy(rows + place + 1, in->rows + place,
	       (in->row_count - place) * sizeof(*rows));
	one = &rows[place];
	two = &rows[place + 1];
	if (one->match != POLICY_MATCH_CURRENT || one->day < in->since)
		return;
	one->evidence = (struct evidence){
		.elements = 1,
		.trials = (two->evidence.trials - two->evidence.refused) / 2,
		.untested = two->evidence.untested / 2,
	};
	two->evidence.trials -= one->evidence.trials;
	two->evidence.untested -= one->evidence.untested;
	other.rows = rows;
	other.row_count++;
	verdict_decide(&other, c->of_base, c->arena, &verdict);
	must_be_same(c, PROPERTY_GROUPING,
	             &(struct fuzz_said){&verdict, c->base.inputs.group_keys,
	                                 in->group_count},
	             0);
}

static enum fuzz_reporter any_reporter(const struct choice *choice)
{
	return (enum fuzz_reporter)(
		FUZZ_GOOGLE + choice->place % (FUZZ_REPORTERS - FUZZ_GOOGLE));
}

static void check_record(struct context *c, enum property property,
                         const struct fuzz_span *span, uint64_t more_reasons)
{
	struct fuzz_world changed = fuzz_world_with(&c->world, span);
	struct fuzz_answer after;

	decide(c, &changed, &after);
	must_be_same(c, property,
	             &(struct fuzz_said){&after.verdict,
	                                 after.inputs.group_keys,
	                                 after.inputs.input.group_count},
	             more_reasons);
}

static void check_what_is_no_evidence(struct context *c)
{
	const struct choice *choice = &c->choice;
	enum fuzz_reporter reporter = any_reporter(choice);
	struct fuzz_span span =
		fuzz_world_clean_span(reporter, -85, FUZZ_WORLD_LAST, 0);

	check_record(c, PROPERTY_NOTHING, &span, 0);
	span = fuzz_world_refused_span(reporter, 1, FUZZ_WORLD_LAST,
	                               choice->sessions, choice->result);
	span.successes = choice->flags % 2 == 0 ? 1000000 : 0;
	check_record(c, PROPERTY_TO_COME, &span, 0);
	span.first = -30;
	span.count_as = choice->flags % 4 < 2 ? COUNT_AS_NONE
	                                      : COUNT_AS_DISPLACED;
	check_record(c, PROPERTY_UNTRUSTED, &span,
	             span.count_as == COUNT_AS_NONE
	                     ? REASON_BIT(REASON_UNTRUSTED_IGNORED)
	                     : 0);
}

/* The state of the day before, and so on for as many days as are folded, each
   from a verdict of its own. */
static void check_fold(struct context *c)
{
	struct verdict_input in = c->base.inputs.input;
	enum verdict_state state = VERDICT_NO_DATA;
	struct verdict folded, then = {.state = VERDICT_NO_DATA};
	int days;

	verdict_decide(&in, VERDICT_STATES, c->arena, &folded);
	for (days = VERDICT_FOLD_DAYS; days >= 0; days--) {
		in.today = FUZZ_WORLD_TODAY - days;
		in.last = c->base.inputs.input.last - days;
		verdict_decide(&in, state, c->arena, &then);
		state = then.state;
	}
	must(c, PROPERTY_FOLD,
	     folded.state == then.state && folded.reasons == then.reasons,
	     NULL);
}

/* --- newcomers ------------------------------------------------------------- */

static void check_newcomer_refusals(struct context *c)
{
	const struct verdict *base = &c->base.verdict;
	struct fuzz_span span = fuzz_world_refused_span(
		FUZZ_NEW, -3, 0, c->choice.sessions, c->choice.result);
	struct fuzz_world changed;
	struct fuzz_answer after;
	enum verdict_state state;

	span.successes = c->choice.flags % 4 == 0 ? c->choice.sessions : 0;
	changed = fuzz_world_with(&c->world, &span);
	decide(c, &changed, &after);
	if (!fuzz_property_stand_alike(&c->base, &after))
		return;
	state = after.verdict.state;
	fuzz_property_counts.moved[PROPERTY_NEWCOMER_REFUSALS] += state !=
	                                                          base->state;
	must(c, PROPERTY_NEWCOMER_REFUSALS,
	     fuzz_property_rank(state) <= fuzz_property_rank(base->state),
	     &changed);
	if (fuzz_property_rank(base->state) >= 2 &&
	    (after.verdict.reasons & REASON_BIT(REASON_NEWCOMER_REFUSALS)) != 0)
		must(c, PROPERTY_NEWCOMER_ALONE,
		     state == VERDICT_COLLECTING ||
		             state == VERDICT_ENFORCE_WARNING,
		     &changed);
}

static void check_newcomer(struct context *c)
{
	struct fuzz_span span =
		fuzz_world_clean_span(FUZZ_NEW, -3, 0, c->choice.sessions);
	struct fuzz_world changed = fuzz_world_with(&c->world, &span);
	struct fuzz_answer after;

	if (!fuzz_world_is_grown_up(&c->world))
		return;
	decide(c, &changed, &after);
	if (!fuzz_property_stand_alike(&c->base, &after))
		return;
	must(c, PROPERTY_NEWCOMER_CLEAN,
	     after.verdict.state == c->base.verdict.state, &changed);
	check_newcomer_refusals(c);
}

/* --- checks from outside --------------------------------------------------- */

static enum verdict_state state_of(struct context *c,
                                   const struct fuzz_world *world)
{
	struct fuzz_answer answer;

	decide(c, world, &answer);
	return answer.verdict.state;
}

static void must_stay(struct context *c, enum property property,
                      enum verdict_state state, const struct fuzz_world *world)
{
	must(c, property, state_of(c, world) == state, world);
}

/* Two hosts that are well. */
static struct fuzz_world with_fine_hosts(const struct fuzz_world *world)
{
	struct fuzz_world out = *world;
	size_t i;

	out.probed = out.reaches_any = true;
	out.host_count = 2;
	for (i = 0; i < 2; i++)
		out.hosts[i] = (struct probe_host){
			.state = PROBE_HOST_OK,
			.look = {.age_minutes = HOUR_MINUTES},
			.not_after_minutes = INT64_MAX,
			.lifetime_minutes = INT64_MAX,
		};
	return out;
}

static enum probe_host_state any_fault(const struct choice *choice)
{
	return (enum probe_host_state)(PROBE_HOST_STARTTLS_MISSING +
	                               choice->place % 4);
}

/* What changes nothing, by a state without any probe. */
static void check_idle_probes(struct context *c, enum verdict_state state,
                              const struct fuzz_world *fine)
{
	const struct thresholds *t = &c->world.thresholds;
	struct fuzz_world world = *fine;

	world.reaches_any = false;
	world.hosts[0].state = world.hosts[1].state = PROBE_HOST_UNREACHABLE;
	must_stay(c, PROPERTY_USELESS_PROBE, state, &world);
	world.reaches_any = true;
	world.hosts[0].state = PROBE_HOST_OK;
	must_stay(c, PROPERTY_UNREACHABLE, state, &world);
	world.hosts[1].state = any_fault(&c->choice);
	world.hosts[1].look.bad_checks = 1;
	world.hosts[1].look.bad_minutes = INT64_MAX;
	if (t->probe_checks > 1)
		must_stay(c, PROPERTY_FAILED_ONCE, state, &world);
	world.hosts[1].look.bad_checks = INT64_MAX;
	world.hosts[0].look.age_minutes = world.hosts[1].look.age_minutes =
		(t->probe_stale_hours + 1) * HOUR_MINUTES;
	must_stay(c, PROPERTY_STALE_PROBE, state, &world);
}

static void check_probes(struct context *c)
{
	const struct thresholds *t = &c->world.thresholds;
	struct fuzz_world none = c->world, fine, failing;
	enum verdict_state state, after;
	bool holds;

	none.probed = none.policy_checked = false;
	state = state_of(c, &none);
	fine = with_fine_hosts(&none);
	check_idle_probes(c, state, &fine);
	after = state_of(c, &fine);
	fuzz_property_counts.moved[PROPERTY_FINE_PROBE] += after != state;
	holds = after == state || (state == VERDICT_ENFORCE_ROLLBACK &&
	                           after == VERDICT_ENFORCE_WARNING);
	must(c, PROPERTY_FINE_PROBE, holds, &fine);
	failing = fine;
	failing.hosts[1].state = any_fault(&c->choice);
	failing.hosts[1].look = (struct probe_look){
		.bad_checks = t->probe_checks,
		.bad_minutes = t->probe_minutes,
		.age_minutes = HOUR_MINUTES,
	};
	after = state_of(c, &failing);
	fuzz_property_counts.moved[PROPERTY_FAILING_HOST] += after != state;
	holds = fuzz_property_rank(after) <= fuzz_property_rank(state) &&
	        after != VERDICT_COLLECTING && after != VERDICT_READY_LIMITED &&
	        after != VERDICT_READY && after != VERDICT_ENFORCE_OK;
	must(c, PROPERTY_FAILING_HOST, holds, &failing);
}

/* --- more of the same ------------------------------------------------------ */

static void check_rank(struct context *c, enum property property,
                       const struct fuzz_span *span)
{
	struct fuzz_world changed = fuzz_world_with(&c->world, span);
	bool is_worse = property == PROPERTY_CLEAN;
	enum fuzz_exception exception;
	struct fuzz_answer after;
	int from, to;

	decide(c, &changed, &after);
	from = fuzz_property_rank(c->base.verdict.state);
	to = fuzz_property_rank(after.verdict.state);
	fuzz_property_counts.moved[property] += from != to;
	if (is_worse ? to < from : to > from) {
		exception = fuzz_exceptions_find(&c->base, &after, is_worse,
		                                 c->of_base == VERDICT_READY,
		                                 c->arena);
		must(c, property, exception != EXCEPTION_NONE, &changed);
		fuzz_property_counts.excused[property][exception]++;
	} else {
		must(c, property, true, NULL);
	}
}

static bool reporter_stands(const struct context *c,
                            enum fuzz_reporter reporter)
{
	const struct verdict_input *in = &c->base.inputs.input;
	uint64_t key = reporters_group(fuzz_world_store_reporters(), reporter);
	size_t i;

	for (i = 0; i < in->group_count; i++) {
		if (c->base.inputs.group_keys[i] == 2 * key)
			return fuzz_property_stands(&c->base, i);
	}
	return false;
}

/* A day of a span that is not to come. */
static int32_t day_of_span(const struct choice *choice,
                           const struct fuzz_span *span)
{
	int32_t days = span->last - span->first + 1;

	/* The last days matter most. */
	if (choice->day % 2 == 0 && days > 8)
		return span->last - (int32_t)(choice->day / 2 % 8);
	return span->first + (int32_t)choice->day * days / 256;
}

static void check_clean_sessions(struct context *c)
{
	const struct fuzz_span *span =
		&c->world.spans[c->choice.place % c->world.span_count];
	int32_t day = day_of_span(&c->choice, span);
	struct fuzz_span more = fuzz_world_clean_span(span->reporter, day, day,
	                                              c->choice.sessions);

	if (span->type == POLICY_STS && span->match == POLICY_MATCH_CURRENT &&
	    reporter_stands(c, span->reporter))
		check_rank(c, PROPERTY_CLEAN, &more);
}

static void check_refusals(struct context *c)
{
	const struct fuzz_span *span =
		&c->world.spans[c->choice.place % c->world.span_count];
	int32_t day = day_of_span(&c->choice, span);
	struct fuzz_span more;

	if (c->choice.flags % 4 == 0)
		day = -(int32_t)(c->choice.flags / 4 % 7);
	if (!fuzz_world_has_reported_by(&c->world, span->reporter, day))
		return;
	more = fuzz_world_refused_span(span->reporter, day, day,
	                               c->choice.sessions, c->choice.result);
	check_rank(c, PROPERTY_REFUSALS, &more);
}

/* --- the target ------------------------------------------------------------ */

static void check_world(struct context *c)
{
	bool enforced = c->world.mode == STS_MODE_ENFORCE;

	/* The fold costs ten times as much. */
	c->of_base = c->choice.flags / 64 == 1 ? VERDICT_STATES
	                                       : c->world.previous;
	decide(c, &c->world, &c->base);
	fuzz_property_counts.states[c->base.verdict.state]++;
	check_order(c);
	check_grouping(c);
	check_what_is_no_evidence(c);
	check_fold(c);
	c->of_base = c->world.previous;
	if (!enforced && c->world.mode != STS_MODE_TESTING)
		return;
	check_probes(c);
	if (fuzz_world_has_anonymous(&c->world))
		return;
	decide(c, &c->world, &c->base);
	if (c->base.verdict.state == VERDICT_NO_DATA)
		return;
	check_newcomer(c);
	check_clean_sessions(c);
	check_refusals(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct fuzz_bytes bytes = {data, size};
	struct context c = {0};

	if (arena == NULL) {
		arena = arena_new(0);
		MUST(atexit(fuzz_property_counts_print) == 0);
	}
	arena_reset(arena, 0);
	c.arena = arena;
	c.choice.place = fuzz_bytes_take(&bytes);
	c.choice.day = fuzz_bytes_take(&bytes);
	c.choice.flags = fuzz_bytes_take(&bytes);
	c.choice.sessions =
		FUZZ_PICK(&bytes, 1, 1, 2, 3, 8, 10, 30, 100, 1000, 1000000);
	c.choice.result = (enum result_type)(fuzz_bytes_take(&bytes) % 5);
	fuzz_world_take(&bytes, &c.world);
	fuzz_property_counts.inputs++;
	check_world(&c);
	return 0;
}
