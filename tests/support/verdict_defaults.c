#include "tests/support/verdict_defaults.h"

#include <math.h>
#include <stdlib.h>

void verdict_defaults(struct thresholds *t)
{
	const struct option_spec *spec;
	int64_t *field;
	double number;
	size_t i;

	*t = (struct thresholds){.assume_policy_when_missing = 1};
	for (i = 0; i < THRESHOLDS_COUNT; i++) {
		spec = &thresholds_options[i];
		if (spec->type != OPTION_NUMBER && spec->type != OPTION_RATIO)
			continue;
		field = (int64_t *)(void *)((char *)t + spec->offset);
		number = strtod(spec->fallback, NULL);
		*field = (int64_t)lrint(
			spec->type == OPTION_RATIO ? number * 1e6 : number);
	}
}
