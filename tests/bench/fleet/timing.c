#include "tests/bench/fleet/timing.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/attr.h"
#include "exporter/verdict/verdict.h"
#include "tests/bench/pack.h"

#define TODAY        20100
#define ROW_DAYS     86
#define NOON_MINUTES 720
#define SESSIONS     100
#define NAME_SIZE    24

/* Of a domain on the edge, whose other reporters do not test: a session a day
   of each is too little to become ready and enough to stay so, so that the day
   before decides, for every day that is asked. */
#define EDGE_REPORTERS 4

#define LEAST_US 5e5

static const size_t reporters[] = {12, 1000, 10000};

/* A domain whose reporters all report each day. */
struct domain {
	struct verdict_input input;
	struct verdict_reporter_group *groups;
	struct verdict_row *rows;
	char (*names)[NAME_SIZE];
};

static void *timing_allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (memory == NULL)
		abort();
	return memory;
}

/* What is measured: how it costs differs. */
enum load {
	LOAD_CLEAR, /* no day before matters */
	LOAD_EDGE,  /* all of them do */
	LOAD_ENFORCED,
	LOADS,
};

static void timing_set_row(enum load load, uint32_t group, int32_t day,
                           struct verdict_row *row)
{
	*row = (struct verdict_row){
		.day = day,
		.group = group,
		.type = POLICY_STS,
		.match = POLICY_MATCH_CURRENT,
		.succeeded = true,
		.evidence = {.elements = 1, .trials = SESSIONS},
	};
	if (load != LOAD_EDGE)
		return;
	row->evidence.trials = 1;
	if (group < EDGE_REPORTERS)
		return;
	row->type = POLICY_NOT_FOUND;
	row->evidence = (struct evidence){.elements = 1, .untested = SESSIONS};
}

static void timing_make(const struct thresholds *thresholds, enum load load,
                        size_t count, struct domain *out)
{
	uint32_t group;
	int32_t day;

	out->groups = timing_allocate(count, sizeof(*out->groups));
	out->rows = timing_allocate(count * ROW_DAYS, sizeof(*out->rows));
	out->names = timing_allocate(count, sizeof(*out->names));
	out->input = (struct verdict_input){
		.today = TODAY,
		.now_minutes = NOON_MINUTES,
		.last = TODAY - 2,
		.mode = load == LOAD_ENFORCED ? STS_MODE_ENFORCE
	                                      : STS_MODE_TESTING,
		.since = VERDICT_NO_DAY,
		.groups = out->groups,
		.group_count = count,
		.rows = out->rows,
		.row_count = count * ROW_DAYS,
		.thresholds = thresholds,
		.fold_days = VERDICT_FOLD_DAYS,
	};
	for (group = 0; group < count; group++) {
		(void)snprintf(out->names[group], NAME_SIZE, "r%u.example",
		               group);
		out->groups[group].name = text_of(out->names[group]);
		out->groups[group].known_since = VERDICT_NO_DAY;
		for (day = 0; day < ROW_DAYS; day++)
			timing_set_row(load, group, TODAY - ROW_DAYS + day,
			               &out->rows[(size_t)group * ROW_DAYS +
			                          (size_t)day]);
	}
}

static void timing_free(struct domain *domain)
{
	free(domain->groups);
	free(domain->rows);
	free(domain->names);
}

/* --- the clock ----------------------------------------------------------- */

static double timing_measure(const struct domain *domain, double least,
                             struct arena *arena, struct verdict *verdict)
{
	double start = pack_cpu(), used;
	int count = 0;

	do {
		arena_reset(arena, 0);
		verdict_decide(&domain->input, VERDICT_STATES, arena, verdict);
		count++;
		used = pack_cpu() - start;
	} while (used < least);
	return used / count;
}

void timing_print(const struct thresholds *thresholds, bool quick)
{
	size_t count = ARRAY_LENGTH(reporters) - (quick ? 1 : 0), i;
	struct arena *arena = arena_new(0);
	struct verdict verdict;
	struct domain domain;
	enum load load;
	double least = quick ? 0 : LEAST_US, us;

	(void)printf("\n%-20s %-26s %-26s %-26s\n", "CPU us a verdict",
	             "testing, clear", "testing, folded over 14", "enforced");
	for (i = 0; i < count; i++) {
		(void)printf("%6zu reporters     ", reporters[i]);
		for (load = LOAD_CLEAR; load < LOADS; load++) {
			timing_make(thresholds, load, reporters[i], &domain);
			us = timing_measure(&domain, least, arena, &verdict);
			(void)printf(" %10.0f %-15s", us,
			             verdict_state_name(verdict.state));
			timing_free(&domain);
		}
		(void)printf("\n");
		(void)fflush(stdout);
	}
	arena_free(&arena);
}
