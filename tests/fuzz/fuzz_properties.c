#include "tests/fuzz/fuzz_properties.h"

#include <stdio.h>

const char *const fuzz_property_names[PROPERTIES] = {
	"the order of rows changes nothing",
	"the grouping of rows changes nothing",
	"records of nothing change nothing",
	"days to come change nothing",
	"untrusted rows change nothing",
	"the state of the day before is that of a verdict then",
	"a newcomer's clean sessions change no state",
	"a newcomer's refusals are never better",
	"a newcomer's refusals alone: collecting or a warning",
	"a useless probe changes no state",
	"a stale probe changes no state",
	"a fine probe makes nothing ready sooner",
	"unreachable hosts change no state",
	"a failing host is never better",
	"one failed check changes no state",
	"clean sessions are never worse",
	"refusals are never better",
};

struct fuzz_property_counts fuzz_property_counts;

void fuzz_property_counts_print(void)
{
	size_t i, k;

	(void)fprintf(stderr, "%zu worlds:", fuzz_property_counts.inputs);
	for (i = 0; i < VERDICT_STATES; i++)
		(void)fprintf(stderr, " %zu %s", fuzz_property_counts.states[i],
		              verdict_state_name((enum verdict_state)i));
	(void)fputs("\n", stderr);
	for (i = 0; i < PROPERTIES; i++) {
		(void)fprintf(stderr,
		              "%-54s checked %9zu, moved the state %8zu",
		              fuzz_property_names[i],
		              fuzz_property_counts.checked[i],
		              fuzz_property_counts.moved[i]);
		for (k = 0; k < EXCEPTIONS; k++) {
			if (fuzz_property_counts.excused[i][k] > 0)
				(void)fprintf(
					stderr, ", %s %zu",
					fuzz_exception_names[k],
					fuzz_property_counts.excused[i][k]);
		}
		(void)fputs("\n", stderr);
	}
}

int fuzz_property_rank(enum verdict_state state)
{
	switch (state) {
	case VERDICT_NO_DATA:
	case VERDICT_NO_POLICY:
	case VERDICT_STALE:
	case VERDICT_POLICY_BROKEN:
	case VERDICT_BLOCKED:
	case VERDICT_ENFORCE_ROLLBACK:
	case VERDICT_STATES:
		break;
	case VERDICT_COLLECTING:
	case VERDICT_ENFORCE_WARNING:
		return 1;
	case VERDICT_READY_LIMITED:
	case VERDICT_ENFORCE_OK:
		return 2;
	case VERDICT_READY:
		return 3;
	}
	return 0;
}

bool fuzz_property_stands(const struct fuzz_answer *answer, size_t i)
{
	return answer->verdict.witnesses[i].standing;
}

bool fuzz_property_stand_alike(const struct fuzz_answer *a,
                               const struct fuzz_answer *b)
{
	size_t i, j;

	for (j = 0; j < b->inputs.input.group_count; j++) {
		for (i = 0; i < a->inputs.input.group_count; i++) {
			if (a->inputs.group_keys[i] == b->inputs.group_keys[j])
				break;
		}
		if (fuzz_property_stands(b, j) !=
		    (i < a->inputs.input.group_count &&
		     fuzz_property_stands(a, i)))
			return false;
	}
	return true;
}
