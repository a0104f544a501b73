#include "tests/bench/fleet/replay.h"

#include <string.h>

#include "exporter/verdict/verdict.h"
#include "tests/bench/fleet/checks.h"

/* At noon the day before yesterday is settled. */
#define SETTLED_BEFORE 2
#define NOON           (DAY_MINUTES / 2)

#define ARRIVAL_DAYS (WORLD_DAYS + 4)
#define LOST_PERCENT 1

static const struct text names[WORLD_SENDERS_MAX] = {
	{"google.com", 10}, {"b.example", 9}, {"c.example", 9},
	{"d.example", 9},   {"e.example", 9}, {"f.example", 9},
	{"g.example", 9},   {"h.example", 9}, {"i.example", 9},
	{"j.example", 9},   {"k.example", 9}, {"l.example", 9},
	{"m.example", 9},   {"n.example", 9},
};

/* What the verdicts of a world are taken from. */
struct replay {
	const struct world *world;
	struct verdict_input input;
	struct verdict_reporter_group groups[WORLD_SENDERS_MAX];
	struct verdict_row rows[WORLD_SENDERS_MAX * WORLD_DAYS];
	int32_t arrivals[WORLD_SENDERS_MAX][ARRIVAL_DAYS];
	struct checks checks[VERDICT_FOLD_DAYS + 1];
};

/* --- what has come ------------------------------------------------------- */

static void replay_set_row(const struct world *w,
                           const struct world_report *report,
                           struct verdict_row *row)
{
	struct evidence *e = &row->evidence;

	*row = (struct verdict_row){
		.day = w->first_day + report->day,
		.group = report->sender,
		.type = report->untested ? POLICY_NOT_FOUND : POLICY_STS,
		.match = report->untested ? POLICY_MATCH_MISSING
	                                  : POLICY_MATCH_CURRENT,
		.succeeded = report->refused < report->sessions,
		.evidence.elements = 1,
	};
	if (report->untested) {
		e->untested = report->sessions;
		return;
	}
	e->trials = report->sessions;
	e->refused = report->refused;
	e->by_cause[CAUSE_CERTIFICATE] = report->refused;
}

/* The days on which something of a sender came, once each. */
static void replay_set_arrivals(struct replay *replay, uint32_t sender,
                                const bool *came)
{
	struct verdict_reporter_group *group = &replay->groups[sender];
	int32_t *days = replay->arrivals[sender];
	int32_t day;

	group->arrivals = days;
	group->arrival_count = 0;
	for (day = 0; day < ARRIVAL_DAYS; day++) {
		if (came[day])
			days[group->arrival_count++] =
				replay->world->first_day + day;
	}
	group->known_since = group->arrival_count > 0 ? days[0]
	                                              : VERDICT_NO_DAY;
}

static void replay_receive(struct replay *replay, int64_t moment)
{
	const struct world *w = replay->world;
	bool came[WORLD_SENDERS_MAX][ARRIVAL_DAYS];
	const struct world_report *report;
	uint32_t sender;
	size_t i;

	memset(came, 0, sizeof(came));
	replay->input.row_count = 0;
	for (i = 0; i < w->report_count; i++) {
		report = &w->reports[i];
		if (report->arrival > moment)
			continue;
		replay_set_row(w, report,
		               &replay->rows[replay->input.row_count++]);
		came[report->sender][report->arrival / DAY_MINUTES] = true;
	}
	for (sender = 0; sender < w->sender_count; sender++)
		replay_set_arrivals(replay, sender, came[sender]);
}

static void replay_check(struct replay *replay, int64_t moment)
{
	int64_t day;

	for (day = 0; day <= VERDICT_FOLD_DAYS; day++) {
		checks_look(replay->world, moment - day * DAY_MINUTES,
		            &replay->checks[day]);
		replay->input.probes[day] = &replay->checks[day].probe;
	}
}

/* --- a verdict ----------------------------------------------------------- */

static void replay_prepare(const struct world *w,
                           const struct thresholds *thresholds,
                           struct replay *replay)
{
	static const struct text pattern = {"*.example.net", 13};
	uint32_t i;

	*replay = (struct replay){.world = w};
	for (i = 0; i < w->sender_count; i++) {
		replay->groups[i].name = names[i];
		replay->groups[i].anchor = i == 0;
	}
	replay->input = (struct verdict_input){
		.now_minutes = NOON,
		.mode = w->truth->mode,
		.since = w->first_day,
		.mx = &pattern,
		.mx_count = 1,
		.hosts = checks_host_names,
		.host_count = (size_t)w->host_count,
		.groups = replay->groups,
		.group_count = w->sender_count,
		.rows = replay->rows,
		.thresholds = thresholds,
		.fold_days = VERDICT_FOLD_DAYS,
	};
}

static enum verdict_state replay_decide(struct replay *replay, int32_t day,
                                        bool with_checks, struct arena *arena)
{
	int64_t moment = (int64_t)day * DAY_MINUTES + NOON;
	struct verdict verdict;

	replay_receive(replay, moment);
	if (with_checks)
		replay_check(replay, moment);
	replay->input.today = replay->world->first_day + day;
	replay->input.last = replay->input.today - SETTLED_BEFORE;
	replay->input.clean_enforce_days = day;
	arena_reset(arena, 0);
	verdict_decide(&replay->input, VERDICT_STATES, arena, &verdict);
	return verdict.state;
}

/* --- what becomes of it -------------------------------------------------- */

/* Whether who enforces on a day loses too much in the month after it. */
static bool replay_loses(const struct world *w, int32_t day)
{
	int64_t sessions = 0, refused = 0;
	int32_t i;

	for (i = day + 1; i <= day + WORLD_AFTER; i++) {
		sessions += w->sessions[i];
		refused += w->refused[i];
	}
	return refused * 100 > sessions * LOST_PERCENT;
}

static void replay_note(const struct world *w, int32_t day,
                        enum verdict_state state, struct replay_result *out)
{
	int64_t moment = (int64_t)day * DAY_MINUTES + NOON;

	if (state == VERDICT_READY) {
		if (!out->ready) {
			out->ready_day = day;
			out->lost_first = replay_loses(w, day);
		}
		out->ready = true;
		out->lost |= replay_loses(w, day);
	}
	out->passed |= state == VERDICT_READY || state == VERDICT_READY_LIMITED;
	out->warned |= state == VERDICT_ENFORCE_WARNING ||
	               state == VERDICT_ENFORCE_ROLLBACK;
	if (state == VERDICT_ENFORCE_ROLLBACK) {
		out->rolled_back = true;
		out->rollback_days =
			(double)(moment - w->fault_from) / DAY_MINUTES;
	}
}

/* Whether no later noon changes what is asked about. */
static bool replay_is_over(const struct world *w,
                           const struct replay_result *out)
{
	return out->rolled_back ||
	       (out->ready && w->truth->fault != FAULT_SOME_DAYS);
}

void replay(const struct world *world, bool with_checks,
            const struct thresholds *thresholds, struct arena *arena,
            struct replay_result *out)
{
	bool turns = truth_turns(world->truth);
	int32_t day = turns ? TRUTH_TURN_DAY : 1;
	struct replay state;

	*out = (struct replay_result){0};
	replay_prepare(world, thresholds, &state);
	for (; day <= WORLD_NOONS && !replay_is_over(world, out); day++) {
		if ((int64_t)day * DAY_MINUTES + NOON >= world->fault_from)
			replay_note(world, day,
			            replay_decide(&state, day, with_checks,
			                          arena),
			            out);
	}
}
