#include "tests/fuzz/fuzz_world.h"

#include "schema/report/report.h"
#include "schema/rules/evidence.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_world_store.h"

#define DOMAIN_NAME "example.org"

/* Ids of its policies in the store. */
enum policy_id {
	NO_POLICY,
	CURRENT_POLICY,
	OLD_POLICY
};

static const char *const current_mx[] = {"*.example.net"};
static const char *const old_mx[] = {"mx.example.org"};

/* --- the configuration ----------------------------------------------------- */

static void set_configuration(const struct fuzz_world *world,
                              struct arena *arena, struct settings *settings)
{
	const struct settings_section **by_name =
		arena_array(arena, 1, sizeof(struct settings_section *));
	struct settings_section *section = arena_alloc(arena, sizeof(*section));

	*section = (struct settings_section){
		.name = TEXT(DOMAIN_NAME),
		.mode = world->mode,
		.mx = {(const char **)(uintptr_t)current_mx, 1},
		.thresholds = world->thresholds,
	};
	by_name[0] = section;
	*settings = (struct settings){
		.thresholds = world->thresholds,
		.sections = section,
		.by_name = by_name,
		.section_count = 1,
	};
}

static const struct stored_policy *make_policies(struct arena *arena)
{
	struct stored_policy *policies =
		arena_array(arena, 2, sizeof(*policies));

	policies[0] = (struct stored_policy){.id = CURRENT_POLICY};
	policies[1] = (struct stored_policy){.id = OLD_POLICY};
	sts_policy_from_patterns(arena, current_mx, 1, &policies[0].policy);
	sts_policy_from_patterns(arena, old_mx, 1, &policies[1].policy);
	return policies;
}

/* --- rows ------------------------------------------------------------------ */

static struct evidence evidence_of_span(const struct fuzz_span *span)
{
	struct report_detail detail = {
		.type = span->result,
		.type_text = TEXT("new-type"),
		.sessions = span->details,
	};
	struct text line = TEXT("version: STSv1");
	struct report_policy policy = {
		.type = span->type,
		.successes = span->successes,
		.failures = span->failures,
		.details = &detail,
		.detail_count = span->details > 0,
	};
	struct evidence out;

	if (span->match != POLICY_MATCH_MISSING)
		policy.policy_string = (struct text_list){&line, 1};
	evidence_of(&policy, &out);
	return out;
}

static int64_t policy_of_span(const struct fuzz_span *span)
{
	switch (span->match) {
	case POLICY_MATCH_OLD:
		return OLD_POLICY;
	case POLICY_MATCH_MISSING:
		return NO_POLICY;
	case POLICY_MATCH_CURRENT:
		break;
	}
	return span->type == POLICY_STS ? CURRENT_POLICY : NO_POLICY;
}

static void add_rows(const struct fuzz_span *span, struct store_sum_row *rows,
                     size_t *places)
{
	const struct store_sum_row same = {
		.type = span->type,
		.reporter_id = span->reporter,
		.count_as = span->count_as,
		.policy_id = policy_of_span(span),
		.reports = 1,
		.successes = span->successes,
		.failures = span->failures,
		.evidence = evidence_of_span(span),
	};
	struct store_sum_row *row;
	int32_t day;

	for (day = span->first; day <= span->last; day++) {
		row = &rows[places[day - FUZZ_WORLD_FIRST]++];
		*row = same;
		row->day = FUZZ_WORLD_TODAY + day;
		row->arrived = span->arrived == 0
		                       ? row->day + 1
		                       : FUZZ_WORLD_TODAY + span->arrived;
	}
}

/* By day, as the store gives them. */
static void make_rows(const struct fuzz_world *world, struct arena *arena,
                      struct domain_rows *out)
{
	size_t places[FUZZ_WORLD_LAST - FUZZ_WORLD_FIRST + 2] = {0}, i, sum = 0;
	struct store_sum_row *rows;
	size_t count;
	int32_t day;

	for (i = 0; i < world->span_count; i++) {
		MUST(world->spans[i].first >= FUZZ_WORLD_FIRST &&
		     world->spans[i].last <= FUZZ_WORLD_LAST);
		for (day = world->spans[i].first; day <= world->spans[i].last;
		     day++)
			places[day - FUZZ_WORLD_FIRST]++;
	}
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		count = places[i];
		places[i] = sum;
		sum += count;
	}
	rows = arena_array(arena, sum, sizeof(*rows));
	for (i = 0; i < world->span_count; i++)
		add_rows(&world->spans[i], rows, places);
	out->rows = rows;
	out->row_count = sum;
}

/* --- what is not in the store ---------------------------------------------- */

static int32_t day_of(int32_t day)
{
	return day == VERDICT_NO_DAY ? day : FUZZ_WORLD_TODAY + day;
}

static void set_probe(const struct fuzz_world *world, struct arena *arena,
                      struct verdict_input *in)
{
	struct probe *probe = arena_alloc(arena, sizeof(*probe));
	size_t i;

	if (!world->probed)
		return;
	*probe = (struct probe){
		.reaches_any = world->reaches_any,
		.hosts = world->hosts,
		.host_count = world->host_count,
		.policy_checked = world->policy_checked,
		.policy = world->policy,
		.record = world->record,
		.policy_look = world->policy_look,
	};
	for (i = 0; i <= VERDICT_FOLD_DAYS; i++)
		in->probes[i] = probe;
}

void fuzz_world_decide(const struct fuzz_world *world,
                       enum verdict_state previous, struct arena *arena,
                       struct fuzz_answer *out)
{
	static const struct text listed[FUZZ_WORLD_LISTED] = {
		{"mx1.example.net", 15}, {"mx.other.example", 16}};
	struct verdict_input *in = &out->inputs.input;
	struct settings settings;
	const struct verdict_inputs_context context = {
		.settings = &settings,
		.reporters = fuzz_world_store_reporters(),
		.today = FUZZ_WORLD_TODAY,
		.now_minutes = world->now_minutes,
		.last = FUZZ_WORLD_TODAY + world->last,
	};
	struct domain_rows domain = {
		.name = TEXT(DOMAIN_NAME),
		.first_day = FUZZ_WORLD_TODAY + FUZZ_WORLD_FIRST,
		.policies = make_policies(arena),
		.policy_count = 2,
	};

	*out = (struct fuzz_answer){0};
	set_configuration(world, arena, &settings);
	make_rows(world, arena, &domain);
	verdict_inputs_build(&context, &domain, arena, &out->inputs);
	in->mode = world->mode;
	in->thresholds = &world->thresholds;
	in->since = day_of(world->since);
	in->hosts = listed;
	in->host_count = world->listed_count;
	in->fold_days = VERDICT_FOLD_DAYS;
	set_probe(world, arena, in);
	verdict_decide(in, previous, arena, &out->verdict);
}
