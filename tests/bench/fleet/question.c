#include "tests/bench/fleet/question.h"

#include <stdlib.h>

#include "base/attr.h"

#define UNKNOWN                                                       \
	{                                                             \
		QUESTION_UNKNOWN, QUESTION_UNKNOWN, QUESTION_UNKNOWN, \
			QUESTION_UNKNOWN, QUESTION_UNKNOWN            \
	}
#define NONE                  \
	{                     \
		0, 0, 0, 0, 0 \
	}
#define ALL                             \
	{                               \
		100, 100, 100, 100, 100 \
	}
#define OF_25                 \
	{                     \
		0, 0, 0, 0, 0 \
	}

const struct question questions[] = {
	{"refuses nothing: ready",
         TRUTH_GOOD,
         false,
         MEASURE_READY,
         {4, 88, 88, 100, 100},
         OF_25},
	{"... or ready_limited", TRUTH_GOOD, false, MEASURE_PASSED, ALL, OF_25},
	{"... day of the first ready, median",
         TRUTH_GOOD,
         false,
         MEASURE_READY_DAY_MEDIAN,
         {82, 40, 17, 17, 17},
         {1, 22, 22, 25, 25}},
	{"refuses 0.05 %: ready",
         TRUTH_RARELY,
         false,
         MEASURE_READY,
         {0, 84, 88, 92, 84},
         OF_25},
	{"... or ready_limited",
         TRUTH_RARELY,
         false,
         MEASURE_PASSED,
         {92, 96, 100, 100, 100},
         OF_25},
	{"refuses 0.5 %: ready",
         TRUTH_HALF_PERCENT,
         false,
         MEASURE_READY,
         {0, 68, 48, 80, 56},
         OF_25},
	{"refuses exactly 1 %: ready",
         TRUTH_ONE_PERCENT,
         false,
         MEASURE_READY,
         {0, 4, 16, 0, 0},
         OF_25},
	{"refuses 2 %: ready", TRUTH_TWO_PERCENT, false, MEASURE_READY, NONE,
         OF_25},
	{"one MX bad for 1-5 % of sessions: ready",
         TRUTH_ONE_HOST,
         false,
         MEASURE_READY,
         {0, 0, 12, 4, 0},
         OF_25},
	{"... with checks", TRUTH_ONE_HOST, true, MEASURE_READY, NONE, OF_25},
	{"a bad day in twenty: ready, > 1 % of a month lost",
         TRUTH_BAD_DAYS,
         false,
         MEASURE_LOST,
         {0, 32, 60, 64, 68},
         OF_25},
	{"... lost after the first ready day", TRUTH_BAD_DAYS, false,
         MEASURE_LOST_FIRST, UNKNOWN, OF_25},
	{"half of the senders do not test: ready", TRUTH_UNTESTED, false,
         MEASURE_READY, UNKNOWN, OF_25},

	{"enforce, nothing wrong: warning or rollback", TRUTH_ENFORCED_GOOD,
         false, MEASURE_WARNED, NONE, OF_25},
	{"... with checks", TRUTH_ENFORCED_GOOD, true, MEASURE_WARNED, NONE,
         OF_25},
	{"enforce, 0.05 %, bursty: rolled back",
         TRUTH_ENFORCED_BURSTS,
         false,
         MEASURE_ROLLED_BACK,
         {0, 0, 0, 0, 4},
         OF_25},
	{"... with checks", TRUTH_ENFORCED_BURSTS, true, MEASURE_ROLLED_BACK,
         NONE, OF_25},
	{"enforce, 0.5 % all the time: rolled back",
         TRUTH_ENFORCED_HALF_PERCENT,
         false,
         MEASURE_ROLLED_BACK,
         {0, 0, 0, 0, 12},
         OF_25},
	{"... with checks",
         TRUTH_ENFORCED_HALF_PERCENT,
         true,
         MEASURE_ROLLED_BACK,
         {8, 0, 4, 16, 24},
         OF_25},
	{"enforce, one sender's own fault: rolled back",
         TRUTH_ENFORCED_SENDER,
         false,
         MEASURE_ROLLED_BACK,
         {24, 36, 32, 16, 28},
         OF_25},
	{"... with checks",
         TRUTH_ENFORCED_SENDER,
         true,
         MEASURE_ROLLED_BACK,
         {20, 36, 32, 16, 28},
         OF_25},
	{"enforce, total fault: days to rollback, median",
         TRUTH_ENFORCED_TOTAL,
         false,
         MEASURE_ROLLBACK_DAYS_MEDIAN,
         {3.3, 2.2, 1.5, 1.1, 1.2},
         OF_25},
	{"... nine in ten",
         TRUTH_ENFORCED_TOTAL,
         false,
         MEASURE_ROLLBACK_DAYS_MOST,
         {6.3, 3.3, 2.2, 2.1, 1.8},
         OF_25},
	{"... never", TRUTH_ENFORCED_TOTAL, false, MEASURE_NEVER_ROLLED_BACK,
         NONE, OF_25},
	{"... with checks, median",
         TRUTH_ENFORCED_TOTAL,
         true,
         MEASURE_ROLLBACK_DAYS_MEDIAN,
         {1.1, 1.2, 1.0, 1.1, 1.1},
         OF_25},
	{"... with checks, nine in ten",
         TRUTH_ENFORCED_TOTAL,
         true,
         MEASURE_ROLLBACK_DAYS_MOST,
         {1.5, 1.4, 1.4, 1.4, 1.5},
         OF_25},
	{"... with checks, never", TRUTH_ENFORCED_TOTAL, true,
         MEASURE_NEVER_ROLLED_BACK, NONE, OF_25},
	{"enforce, certificate expired for days: never rolled back",
         TRUTH_ENFORCED_EXPIRED,
         false,
         MEASURE_NEVER_ROLLED_BACK,
         {52, 16, 12, 0, 0},
         OF_25},
	{"... with checks",
         TRUTH_ENFORCED_EXPIRED,
         true,
         MEASURE_NEVER_ROLLED_BACK,
         {40, 12, 20, 0, 0},
         OF_25},
	{"enforce, who did not test refuses: rolled back",
         TRUTH_ENFORCED_UNTESTED, false, MEASURE_ROLLED_BACK, UNKNOWN, OF_25},
	{"... or a warning", TRUTH_ENFORCED_UNTESTED, false, MEASURE_WARNED,
         UNKNOWN, OF_25},

	{"refuses 5 %, one name, 200 clean a day: ready",
         TRUTH_FORGED_READY_ONE, false, MEASURE_READY, NONE, OF_25},
	{"refuses 5 %, one name, 10 million a day, late: ready",
         TRUTH_FORGED_READY_FLOOD, false, MEASURE_READY, NONE, OF_25},
	{"refuses 5 %, two names, 200 a day each: ready",
         TRUTH_FORGED_READY_TWO, false, MEASURE_READY, NONE, OF_25},
	{"... or ready_limited",
         TRUTH_FORGED_READY_TWO,
         false,
         MEASURE_PASSED,
         {100, 80, 4, 0, QUESTION_UNKNOWN},
         OF_25},
	{"... or ready_limited, with checks",
         TRUTH_FORGED_READY_TWO,
         true,
         MEASURE_PASSED,
         {52, 56, 4, QUESTION_UNKNOWN, QUESTION_UNKNOWN},
         OF_25},
	{"refuses 2 %, one name, 200 clean a day: ready",
         TRUTH_FORGED_READY_ONE_OF_2,
         false,
         MEASURE_READY,
         {0, 8, 0, 0, 0},
         OF_25},
	{"... or ready_limited",
         TRUTH_FORGED_READY_ONE_OF_2,
         false,
         MEASURE_PASSED,
         {56, 8, 0, 0, 0},
         OF_25},
	{"refuses 2 %, two names, 200 a day each: ready",
         TRUTH_FORGED_READY_TWO_OF_2,
         false,
         MEASURE_READY,
         {8, 24, 0, 4, 0},
         OF_25},
	{"... or ready_limited",
         TRUTH_FORGED_READY_TWO_OF_2,
         false,
         MEASURE_PASSED,
         {100, 96, 56, 8, 0},
         OF_25},
	{"good, new names refuse half of 1 000: rolled back",
         TRUTH_FORGED_FAULT_NEW, false, MEASURE_ROLLED_BACK, NONE, OF_25},
	{"... with checks", TRUTH_FORGED_FAULT_NEW, true, MEASURE_ROLLED_BACK,
         NONE, OF_25},
	{"... new names that go on for six weeks", TRUTH_FORGED_FAULT_LASTING,
         false, MEASURE_ROLLED_BACK, UNKNOWN, OF_25},
	{"... one patient name",
         TRUTH_FORGED_FAULT_ONE,
         false,
         MEASURE_ROLLED_BACK,
         {8, 4, 0, 0, 0},
         OF_25},
	{"... one patient name, with checks", TRUTH_FORGED_FAULT_ONE, true,
         MEASURE_ROLLED_BACK, NONE, OF_25},
	{"... two patient names",
         TRUTH_FORGED_FAULT_TWO,
         false,
         MEASURE_ROLLED_BACK,
         {36, 8, 12, 0, 0},
         OF_25},
	{"... two patient names, with checks",
         TRUTH_FORGED_FAULT_TWO,
         true,
         MEASURE_ROLLED_BACK,
         {36, 8, 12, 0, 0},
         OF_25},
	{"... two patient names, three honest report",
         TRUTH_FORGED_FAULT_THREE_HONEST,
         false,
         MEASURE_ROLLED_BACK,
         {27, 0, 0, 0, 0},
         {11, 0, 0, 0, 0}},
	{"... the same with checks",
         TRUTH_FORGED_FAULT_THREE_HONEST,
         true,
         MEASURE_ROLLED_BACK,
         {27, 0, 0, 0, 0},
         {11, 0, 0, 0, 0}},
	{"total fault, patient names hide it: never rolled back",
         TRUTH_FORGED_HEALTH,
         false,
         MEASURE_NEVER_ROLLED_BACK,
         {8, 0, 0, 0, 0},
         OF_25},
	{"... with checks", TRUTH_FORGED_HEALTH, true,
         MEASURE_NEVER_ROLLED_BACK, NONE, OF_25},
};

const size_t question_count = ARRAY_LENGTH(questions);

bool question_goes_on(const struct question *question)
{
	return question->text[0] == '.';
}

bool question_is_share(const struct question *question)
{
	return question->measure < MEASURE_READY_DAY_MEDIAN;
}

bool question_holds(const struct question *question,
                    const struct replay_result *result)
{
	switch (question->measure) {
	case MEASURE_READY:
	case MEASURE_READY_DAY_MEDIAN:
		return result->ready;
	case MEASURE_PASSED:
		return result->passed;
	case MEASURE_LOST:
		return result->lost;
	case MEASURE_LOST_FIRST:
		return result->lost_first;
	case MEASURE_WARNED:
		return result->warned;
	case MEASURE_ROLLED_BACK:
	case MEASURE_ROLLBACK_DAYS_MEDIAN:
	case MEASURE_ROLLBACK_DAYS_MOST:
		return result->rolled_back;
	case MEASURE_NEVER_ROLLED_BACK:
		break;
	}
	return !result->rolled_back;
}

static int question_compare_days(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int question_days(const struct question *question,
                  const struct replay_result *results, int count, double *days)
{
	int i, found = 0;

	for (i = 0; i < count; i++) {
		if (!question_holds(question, &results[i]))
			continue;
		days[found++] = question->measure == MEASURE_READY_DAY_MEDIAN
		                        ? results[i].ready_day
		                        : results[i].rollback_days;
	}
	qsort(days, (size_t)found, sizeof(*days), question_compare_days);
	return found;
}

double question_quantile(const struct question *question)
{
	return question->measure == MEASURE_ROLLBACK_DAYS_MOST ? 0.9 : 0.5;
}
