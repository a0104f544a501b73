#include "tests/fuzz/fuzz_world.h"

#include <stdio.h>

#include "exporter/assess/reporters.h"
#include "schema/report/policy_type.h"
#include "tests/fuzz/fuzz_world_store.h"

#define DAY_HOURS    24
#define HOUR_MINUTES 60
#define DAY_MINUTES  (DAY_HOURS * HOUR_MINUTES)

static void print_span(const struct fuzz_span *span)
{
	static const char *const matches[] = {"cur", "old", "missing"};
	const struct reporters *reporters = fuzz_world_store_reporters();

	(void)fprintf(
		stderr,
		"{\"reporter\": \"%s\", \"days\": [%d, %d], \"type\": "
		"\"%s\", \"policy\": \"%s\", \"s\": %lld, \"f\": %lld",
		reporters_group_name(reporters,
	                             reporters_group(reporters, span->reporter))
			.data,
		span->first, span->last, policy_type_name(span->type),
		matches[span->match], (long long)span->successes,
		(long long)span->failures);
	if (span->details > 0)
		(void)fprintf(stderr, ", \"details\": [[\"%s\", %lld]]",
		              span->result == RESULT_OTHER
		                      ? "new-type"
		                      : result_type_name(span->result),
		              (long long)span->details);
	if (span->count_as == COUNT_AS_ANONYMOUS)
		(void)fputs(", \"proved\": false", stderr);
	else if (span->count_as != COUNT_AS_DKIM)
		(void)fputs(", \"trusted\": false", stderr);
	(void)fputs("}", stderr);
}

static void print_spans(const struct fuzz_world *world)
{
	size_t i;

	(void)fputs("\"rows\": [", stderr);
	for (i = 0; i < world->span_count; i++) {
		if (i > 0)
			(void)fputs(",\n ", stderr);
		print_span(&world->spans[i]);
	}
	(void)fputs("]", stderr);
}

/* How long each has been known, and on how many days something came. */
static void print_groups(const struct verdict_input *in)
{
	const struct verdict_reporter_group *group;
	const char *comma = "";
	size_t i;

	(void)fputs(",\n\"known\": {", stderr);
	for (i = 0; i < in->group_count; i++) {
		group = &in->groups[i];
		if (group->known_since == VERDICT_NO_DAY)
			continue;
		(void)fprintf(stderr, "%s\"%s\": %d", comma, group->name.data,
		              FUZZ_WORLD_TODAY - group->known_since);
		comma = ", ";
	}
	(void)fputs("},\n\"arrivals\": {", stderr);
	comma = "";
	for (i = 0; i < in->group_count; i++) {
		group = &in->groups[i];
		if (group->arrivals == NULL)
			continue;
		(void)fprintf(stderr, "%s\"%s\": %zu", comma, group->name.data,
		              group->arrival_count);
		comma = ", ";
	}
	(void)fputs("}", stderr);
}

static void print_list(const char *key, const struct option_list *list)
{
	size_t i;

	(void)fprintf(stderr, ", \"%s\": [", key);
	for (i = 0; i < list->count; i++)
		(void)fprintf(stderr, "%s\"%s\"", i > 0 ? ", " : "",
		              list->items[i]);
	(void)fputs("]", stderr);
}

static void print_thresholds(const struct fuzz_world *world)
{
	const struct option_spec *spec;
	const int64_t *field;
	size_t i;

	(void)fprintf(stderr, ",\n\"config\": {\"settle_hours\": %d",
	              (-world->last - 1) * DAY_HOURS +
	                      world->now_minutes / HOUR_MINUTES);
	for (i = 0; i < THRESHOLDS_COUNT; i++) {
		spec = &thresholds_options[i];
		field = (const int64_t *)(const void *)((const char *)&world
		                                                ->thresholds +
		                                        spec->offset);
		if (spec->type == OPTION_NUMBER)
			(void)fprintf(stderr, ", \"%s\": %lld", spec->key,
			              (long long)*field);
		else if (spec->type == OPTION_RATIO)
			(void)fprintf(stderr, ", \"%s\": %.6f", spec->key,
			              (double)*field / (double)MILLION);
	}
	(void)fprintf(stderr, ", \"assume_policy_when_missing\": %s",
	              world->thresholds.assume_policy_when_missing != 0
	                      ? "true"
	                      : "false");
	print_list("anchor_reporters", &world->thresholds.anchor_reporters);
	print_list("accept_reporters", &world->thresholds.accept_reporters);
	print_list("failures_only_reporters",
	           &world->thresholds.failures_only_reporters);
	(void)fputs("}", stderr);
}

static void print_look(const struct probe_look *look)
{
	(void)fprintf(stderr,
	              "\"bad_checks\": %lld, \"bad_minutes\": %lld, "
	              "\"age_hours\": %lld",
	              (long long)look->bad_checks, (long long)look->bad_minutes,
	              (long long)(look->age_minutes / HOUR_MINUTES));
}

static void print_host(const struct probe_host *host, size_t number)
{
	static const char *const states[PROBE_HOST_STATES] = {
		"ok",
		"starttls_missing",
		"certificate_expired",
		"certificate_name",
		"certificate_untrusted",
		"unreachable",
		"not_in_policy",
		"unknown",
	};

	(void)fprintf(stderr,
	              "{\"host\": \"mx%zu.example.net\", \"state\": \"%s\", "
	              "\"not_after_days\": %lld, \"lifetime_days\": %lld, ",
	              number, states[host->state],
	              (long long)(host->not_after_minutes / DAY_MINUTES),
	              (long long)(host->lifetime_minutes / DAY_MINUTES));
	print_look(&host->look);
	(void)fputs("}", stderr);
}

static void print_probe(const struct fuzz_world *world)
{
	static const char *const policies[PROBE_POLICY_STATES] = {
		"ok", "fetch_failed", "differs", "invalid", "unknown"};
	static const char *const records[PROBE_RECORD_STATES] = {
		"ok", "missing", "invalid", "id_unchanged", "unknown"};
	size_t i;

	if (!world->probed)
		return;
	(void)fprintf(stderr,
	              ",\n\"probe\": {\"reaches_any\": %s, \"hosts\": [",
	              world->reaches_any ? "true" : "false");
	for (i = 0; i < world->host_count; i++) {
		if (i > 0)
			(void)fputs(", ", stderr);
		print_host(&world->hosts[i], i);
	}
	(void)fputs("]", stderr);
	if (world->policy_checked) {
		(void)fprintf(stderr,
		              ", \"policy_check\": {\"policy\": \"%s\", "
		              "\"txt\": \"%s\", ",
		              policies[world->policy], records[world->record]);
		print_look(&world->policy_look);
		(void)fputs("}", stderr);
	}
	(void)fputs("}", stderr);
}

static void print_surroundings(const struct fuzz_world *world)
{
	static const char *const modes[STS_MODES] = {"unknown", "none",
	                                             "testing", "enforce"};

	(void)fprintf(stderr, "\"now_hour\": %d, \"policy\": {\"mode\": \"%s\"",
	              world->now_minutes / HOUR_MINUTES, modes[world->mode]);
	if (world->since != VERDICT_NO_DAY)
		(void)fprintf(stderr, ", \"since\": %d", world->since);
	(void)fputs(", \"mx\": [\"*.example.net\"]},\n", stderr);
	if (world->listed_count > 0)
		(void)fprintf(stderr,
		              "\"mx_hosts\": [\"mx1.example.net\"%s],\n",
		              world->listed_count > 1 ? ", \"mx.other.example\""
		                                      : "");
	if (world->previous == VERDICT_READY)
		(void)fputs("\"previous_state\": \"ready\",\n", stderr);
}

void fuzz_world_print(const struct fuzz_world *world)
{
	struct arena *arena = arena_new(0);
	struct fuzz_answer answer;

	fuzz_world_decide(world, world->previous, arena, &answer);
	(void)fprintf(stderr, "%s\n{",
	              verdict_state_name(answer.verdict.state));
	print_surroundings(world);
	print_spans(world);
	print_groups(&answer.inputs.input);
	print_thresholds(world);
	print_probe(world);
	(void)fputs("}\n", stderr);
	arena_free(&arena);
}
