/* The lines of a policy-string, and mx patterns against host names. */
#include "tests/fuzz/fuzz.h"

#include "base/text.h"
#include "schema/rules/sts_policy.h"

#define LINES_MOST 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text items[LINES_MOST];
	struct text rest = {(const char *)data, size};
	struct text_list lines = {items, 0};
	struct sts_policy policy;
	struct arena *arena;
	size_t i;

	if (size == 0)
		return 0;
	/* A NUL parts the elements, which may hold line feeds. */
	while (lines.count < LINES_MOST &&
	       text_next(&rest, '\0', &items[lines.count]))
		lines.count++;
	arena = arena_new(0);
	sts_policy_parse(arena, &lines, &policy);
	MUST(policy.mode < STS_MODES);
	MUST(policy.max_age >= 0);
	for (i = 0; i < policy.mx_count; i++) {
		MUST(i == 0 || !text_equal(policy.mx[i], policy.mx[i - 1]));
		(void)sts_policy_mx_matches(policy.mx[i], items[0]);
	}
	arena_free(&arena);
	return 0;
}
