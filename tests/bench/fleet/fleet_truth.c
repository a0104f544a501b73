/*
 * A fleet of domains whose truth is known, judged day by day: how often the
 * decision is right, and how soon.
 *
 *	fleet_truth [--domains N] [--seed S] [--only PATTERN] [--checks]
 *	            [--csv]
 */
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/options.h"
#include "tests/bench/fleet/question.h"
#include "tests/bench/fleet/table.h"
#include "tests/bench/fleet/timing.h"

#define DOMAINS_MAX 100000
#define PATH_SIZE   32

struct settings {
	int domains; /* a cell */
	uint64_t seed;
	const char *only; /* NULL: everything */
	bool checks;      /* ask what outside checks change too */
	bool csv;
};

/* A fleet as it was judged; questions of one truth share it. */
struct fleet {
	struct replay_result *results[WORLD_SIZES]; /* NULL: not yet */
};

struct bench {
	struct settings settings;
	struct thresholds thresholds;
	struct arena *arena, *scratch, *config;
	struct fleet fleets[TRUTH_KINDS][2]; /* without checks, and with */
};

static ATTR_NORETURN void die(const char *why)
{
	(void)fprintf(stderr, "fleet_truth: %s\n", why);
	exit(1);
}

/* --- settings ------------------------------------------------------------ */

static ATTR_NORETURN void die_of_usage(void)
{
	(void)fprintf(stderr,
	              "usage: fleet_truth [--domains N] [--seed S] [--only "
	              "PATTERN] [--checks] [--csv]\n");
	exit(1);
}

static uint64_t read_number(const char *text, uint64_t most)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value > most)
		die_of_usage();
	return value;
}

static void read_settings(int argc, char *argv[], struct settings *out)
{
	static const struct option options[] = {
		{"domains", required_argument, NULL, 'd'},
		{"seed", required_argument, NULL, 's'},
		{"only", required_argument, NULL, 'o'},
		{"checks", no_argument, NULL, 'c'},
		{"csv", no_argument, NULL, 'v'},
		{NULL, 0, NULL, 0},
	};
	int option;

	*out = (struct settings){.domains = QUESTION_EXPECTED_OF, .seed = 1};
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'd':
			out->domains = (int)read_number(optarg, DOMAINS_MAX);
			break;
		case 's':
			out->seed = read_number(optarg, UINT64_MAX);
			break;
		case 'o':
			out->only = optarg;
			break;
		case 'c':
			out->checks = true;
			break;
		case 'v':
			out->csv = true;
			break;
		default:
			die_of_usage();
		}
	}
	if (optind < argc || out->domains == 0)
		die_of_usage();
}

/* As without a line of configuration. */
static void read_defaults(struct bench *bench)
{
	const struct option_section section = {
		.name = "verdict",
		.options = thresholds_options,
		.count = THRESHOLDS_COUNT,
		.target = &bench->thresholds,
	};
	struct options *options;
	struct err err;
	char path[PATH_SIZE];
	int empty = memfd_create("defaults", MFD_CLOEXEC);

	if (empty < 0)
		die("no file in memory");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", empty);
	if (options_read(path, bench->config, &section, 1, &options, &err) < 0)
		die(err.text);
	(void)close(empty);
}

/* --- the fleet ----------------------------------------------------------- */

static struct replay_result *judge(struct bench *bench, enum truth_kind truth,
                                   bool checks, int size)
{
	int count = bench->settings.domains, i;
	struct replay_result *results = calloc((size_t)count, sizeof(*results));
	struct world world;

	if (results == NULL)
		die("no memory");
	for (i = 0; i < count; i++) {
		arena_reset(bench->arena, 0);
		world_draw(&truths[truth], bench->settings.seed, size,
		           (uint64_t)i, bench->arena, &world);
		replay(&world, checks, &bench->thresholds, bench->scratch,
		       &results[i]);
	}
	return results;
}

static void answer_question(struct bench *bench, const struct question *q,
                            struct table *table)
{
	struct answer answers[WORLD_SIZES];
	struct replay_result **results;
	int size;

	for (size = 0; size < WORLD_SIZES; size++) {
		results = &bench->fleets[q->truth][q->checks].results[size];
		if (*results == NULL)
			*results = judge(bench, q->truth, q->checks, size);
		answer_find(q, size, *results, bench->settings.domains,
		            &answers[size]);
	}
	table_add(table, q, answers);
}

/* Whether a pattern of the shell, or a part, stands in a text. */
static bool is_asked(const struct settings *settings, const char *text)
{
	return settings->only == NULL || strstr(text, settings->only) != NULL ||
	       fnmatch(settings->only, text, 0) == 0;
}

/* A question and those after it that go on from it: how many, and whether one
   of them is asked. */
static size_t find_group(const struct settings *settings, size_t first,
                         bool *asked)
{
	size_t i = first;

	*asked = false;
	do
		*asked |= is_asked(settings, questions[i++].text);
	while (i < question_count && question_goes_on(&questions[i]));
	return i - first;
}

static void answer_all(struct bench *bench)
{
	struct table *table = table_begin(bench->settings.csv);
	size_t i, end;
	bool asked;

	for (i = 0; i < question_count; i = end) {
		end = i + find_group(&bench->settings, i, &asked);
		for (; asked && i < end; i++) {
			if (bench->settings.checks || !questions[i].checks)
				answer_question(bench, &questions[i], table);
		}
	}
	table_end(&table);
}

static void free_fleets(struct bench *bench)
{
	int truth, checks, size;

	for (truth = 0; truth < TRUTH_KINDS; truth++) {
		for (checks = 0; checks < 2; checks++) {
			for (size = 0; size < WORLD_SIZES; size++)
				free(bench->fleets[truth][checks].results[size]);
		}
	}
}

int main(int argc, char *argv[])
{
	static struct bench bench;

	read_settings(argc, argv, &bench.settings);
	bench.arena = arena_new(0);
	bench.scratch = arena_new(0);
	bench.config = arena_new(SIZE_MAX);
	read_defaults(&bench);
	answer_all(&bench);
	if (!bench.settings.csv && is_asked(&bench.settings, "time"))
		timing_print(&bench.thresholds, bench.settings.domains == 1);
	free_fleets(&bench);
	arena_free(&bench.arena);
	arena_free(&bench.scratch);
	arena_free(&bench.config);
	return 0;
}
