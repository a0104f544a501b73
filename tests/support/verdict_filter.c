/*
 * Verdicts on worlds, one JSON object a line, from standard input to standard
 * output: what tests/exporter/verdict/compare_verdicts.py compares with the
 * reference.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/report/report.h"
#include "tests/support/verdict_world.h"

static int answer_line(const char *line, size_t len)
{
	struct arena *arena = arena_new(0);
	json_t *world = json_loadb(line, len, 0, NULL), *answer;
	int result = -1;

	if (world != NULL) {
		answer = verdict_of_world(world, arena);
		result = json_dumpf(answer, stdout,
		                    JSON_COMPACT | JSON_REAL_PRECISION(17));
		(void)putchar('\n');
		json_decref(answer);
		json_decref(world);
	}
	arena_free(&arena);
	return result;
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, stdin)) > 0) {
		if (answer_line(line, (size_t)len) < 0) {
			(void)fprintf(stderr, "a line is no world\n");
			free(line);
			return 1;
		}
	}
	free(line);
	return 0;
}
