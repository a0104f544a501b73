#include "tests/support/verdict_world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "exporter/verdict/verdict.h"
#include "tests/support/verdict_answer.h"
#include "tests/support/verdict_defaults.h"
#include "tests/support/verdict_json.h"
#include "tests/support/verdict_probes.h"

#define SETTLE_HOURS 36
#define LONG_AGO     100000

struct world {
	json_t *json;
	struct arena *arena;
	struct verdict_input input;
	struct thresholds thresholds;
	struct verdict_reporter_group *groups;
	struct verdict_row *rows;
	size_t row_room;
	int64_t settle_hours;
};

/* --- parameters ---------------------------------------------------------- */

static void set_number(struct thresholds *t, const struct option_spec *spec,
                       json_t *value)
{
	int64_t *field = (int64_t *)(void *)((char *)t + spec->offset);

	if (spec->type == OPTION_RATIO)
		*field = (int64_t)lrint(json_number_value(value) * 1e6);
	else if (json_is_boolean(value))
		*field = json_is_true(value);
	else
		*field = verdict_json_whole(value);
}

static void read_config(struct world *w)
{
	json_t *config = json_object_get(w->json, "config"), *value;
	size_t i;

	verdict_defaults(&w->thresholds);
	w->settle_hours =
		verdict_json_integer(config, "settle_hours", SETTLE_HOURS);
	for (i = 0; i < THRESHOLDS_COUNT; i++) {
		value = json_object_get(config, thresholds_options[i].key);
		if (value != NULL && thresholds_options[i].type != OPTION_LIST)
			set_number(&w->thresholds, &thresholds_options[i],
			           value);
	}
	w->input.thresholds = &w->thresholds;
}

/* --- groups and rows ----------------------------------------------------- */

static bool is_listed(struct world *w, const char *key, const char *name)
{
	json_t *list = json_object_get(json_object_get(w->json, "config"), key);
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (strcmp(json_string_value(item), name) == 0)
			return true;
	}
	return false;
}

/* By the configuration, or by the default of anchor_reporters. */
static bool is_anchor(struct world *w, const char *name)
{
	json_t *config = json_object_get(w->json, "config");

	if (json_object_get(config, "anchor_reporters") != NULL)
		return is_listed(w, "anchor_reporters", name);
	return strcmp(name, "google.com") == 0 ||
	       strcmp(name, "microsoft.com") == 0;
}

/* Days since the first proved report, and on how many days some came: as many
   days long ago, or the very days. */
static void set_known(struct world *w, struct verdict_reporter_group *group,
                      const char *name)
{
	json_t *known =
		json_object_get(json_object_get(w->json, "known"), name);
	json_t *arrivals =
		json_object_get(json_object_get(w->json, "arrivals"), name);
	int32_t *days;
	size_t i;

	group->known_since = known != NULL ? (int32_t)-verdict_json_whole(known)
	                                   : VERDICT_NO_DAY;
	if (arrivals == NULL)
		return;
	group->arrival_count = json_is_array(arrivals)
	                               ? json_array_size(arrivals)
	                               : (size_t)verdict_json_whole(arrivals);
	days = arena_array(w->arena, group->arrival_count + 1, sizeof(*days));
	for (i = 0; i < group->arrival_count; i++)
		days[i] = json_is_array(arrivals)
		                  ? (int32_t)verdict_json_whole(
					    json_array_get(arrivals, i))
		                  : (int32_t)i - LONG_AGO;
	group->arrivals = days;
}

static uint32_t group_index(struct world *w, const char *name, bool anonymous)
{
	struct verdict_reporter_group *found;
	size_t i;

	for (i = 0; i < w->input.group_count; i++) {
		if (text_is(w->groups[i].name, name) &&
		    w->groups[i].anonymous == anonymous)
			return (uint32_t)i;
	}
	found = &w->groups[w->input.group_count++];
	found->name = text_of(name);
	found->anonymous = anonymous;
	set_known(w, found, name);
	found->anchor = is_anchor(w, name);
	found->accepted = is_listed(w, "accept_reporters", name);
	found->failures_only = is_listed(w, "failures_only_reporters", name);
	return (uint32_t)i;
}

static enum policy_match match_of(json_t *row)
{
	const char *word = verdict_json_string(row, "policy", "cur");

	if (strcmp(word, "old") == 0)
		return POLICY_MATCH_OLD;
	return strcmp(word, "missing") == 0 ? POLICY_MATCH_MISSING
	                                    : POLICY_MATCH_CURRENT;
}

/* One element of policies[] as the parser would have it. */
static struct evidence evidence_of_row(struct world *w, json_t *row,
                                       enum policy_match match)
{
	json_t *details = json_object_get(row, "details"), *detail;
	struct report_policy policy = {
		.type = policy_type_of(
			text_of(verdict_json_string(row, "type", ""))),
		.successes = verdict_json_integer(row, "s", 0),
		.failures = verdict_json_integer(row, "f", 0),
	};
	struct text line = TEXT("version: STSv1");
	struct evidence out;
	size_t i;

	if (match != POLICY_MATCH_MISSING)
		policy.policy_string = (struct text_list){&line, 1};
	policy.detail_count = json_array_size(details);
	policy.details = arena_array(w->arena, policy.detail_count,
	                             sizeof(*policy.details));
	json_array_foreach(details, i, detail)
	{
		const char *type = json_string_value(json_array_get(detail, 0));

		policy.details[i].type = result_type_of(text_of(type));
		policy.details[i].type_text = text_of(type);
		policy.details[i].sessions =
			verdict_json_whole(json_array_get(detail, 1));
	}
	evidence_of(&policy, &out);
	return out;
}

static void add_row(struct world *w, const struct verdict_row *row)
{
	struct verdict_row *larger;

	if (w->input.row_count == w->row_room) {
		w->row_room = w->row_room == 0 ? 256 : w->row_room * 2;
		larger = arena_array(w->arena, w->row_room, sizeof(*larger));
		if (w->input.row_count > 0)
			memcpy(larger, w->rows,
			       w->input.row_count * sizeof(*larger));
		w->rows = larger;
	}
	w->rows[w->input.row_count++] = *row;
}

static void read_row(struct world *w, json_t *json)
{
	json_t *days = json_object_get(json, "days");
	int64_t first = json_integer_value(json_array_get(days, 0));
	int64_t last = json_integer_value(json_array_get(days, 1));
	struct verdict_row row = {.match = match_of(json)};

	if (!verdict_json_boolean(json, "trusted", true)) {
		w->input.ignored = true;
		return;
	}
	/* A record of nothing is nobody's evidence. */
	if (verdict_json_integer(json, "s", 0) == 0 &&
	    verdict_json_integer(json, "f", 0) == 0 &&
	    json_array_size(json_object_get(json, "details")) == 0)
		return;
	row.group = group_index(w, verdict_json_string(json, "reporter", ""),
	                        !verdict_json_boolean(json, "proved", true));
	row.type =
		policy_type_of(text_of(verdict_json_string(json, "type", "")));
	row.succeeded = verdict_json_integer(json, "s", 0) > 0;
	row.against_only = verdict_json_boolean(json, "against_only", false);
	row.evidence = evidence_of_row(w, json, row.match);
	for (; first <= last; first++) {
		row.day = (int32_t)first;
		add_row(w, &row);
	}
}

static int compare_days(const void *a, const void *b)
{
	const struct verdict_row *x = a, *y = b;

	return (x->day > y->day) - (x->day < y->day);
}

static void read_rows(struct world *w)
{
	json_t *rows = json_object_get(w->json, "rows"), *row;
	size_t i;

	/* A row is of one group. */
	w->groups = arena_array(w->arena, json_array_size(rows),
	                        sizeof(*w->groups));
	json_array_foreach(rows, i, row) read_row(w, row);
	if (w->input.row_count > 0)
		qsort(w->rows, w->input.row_count, sizeof(*w->rows),
		      compare_days);
	w->input.rows = w->rows;
	w->input.groups = w->groups;
}

/* --- policy and hosts ---------------------------------------------------- */

static void read_policy(struct world *w)
{
	static const char *const modes[STS_MODES] = {"unknown", "none",
	                                             "testing", "enforce"};
	json_t *policy = json_object_get(w->json, "policy"), *item;
	json_t *mx = json_object_get(policy, "mx");
	const char *mode = verdict_json_string(policy, "mode", "unknown");
	struct text *patterns =
		arena_array(w->arena, json_array_size(mx), sizeof(*patterns));
	size_t i;

	for (i = 0; i < STS_MODES; i++) {
		if (strcmp(modes[i], mode) == 0)
			w->input.mode = (enum sts_mode)i;
	}
	w->input.since =
		(int32_t)verdict_json_integer(policy, "since", VERDICT_NO_DAY);
	w->input.clean_enforce_days =
		(int32_t)verdict_json_integer(policy, "clean_enforce_days", 0);
	json_array_foreach(mx, i, item)
		patterns[i] = text_of(json_string_value(item));
	w->input.mx = patterns;
	w->input.mx_count = json_array_size(mx);
}

static void read_hosts(struct world *w)
{
	json_t *listed = json_object_get(w->json, "mx_hosts"), *value;
	struct text *hosts =
		arena_array(w->arena, json_array_size(listed), sizeof(*hosts));
	size_t i;

	json_array_foreach(listed, i, value)
		hosts[i] = text_of(json_string_value(value));
	w->input.hosts = hosts;
	w->input.host_count = json_array_size(listed);
}

/* --- the whole ----------------------------------------------------------- */

/* last = -ceil((24 + settle_hours - now_hour) / 24) */
static int32_t last_settled(const struct world *w)
{
	int64_t hours = 24 + w->settle_hours -
	                verdict_json_integer(w->json, "now_hour", 12);

	return (int32_t)(hours <= 0 ? -hours / 24 : -((hours + 23) / 24));
}

json_t *verdict_of_world(json_t *world, struct arena *arena)
{
	struct world w = {.json = world, .arena = arena};
	const char *previous =
		verdict_json_string(world, "previous_state", "no_data");
	enum verdict_state before = VERDICT_NO_DATA;
	struct verdict verdict;
	int i;

	for (i = 0; i < VERDICT_STATES; i++) {
		if (strcmp(previous,
		           verdict_state_name((enum verdict_state)i)) == 0)
			before = (enum verdict_state)i;
	}
	if (strcmp(previous, "fold") == 0)
		before = VERDICT_STATES;
	read_config(&w);
	read_policy(&w);
	read_rows(&w);
	read_hosts(&w);
	verdict_probes_read(json_object_get(world, "probe"), arena,
	                    w.input.probes);
	w.input.now_minutes =
		(int32_t)verdict_json_integer(world, "now_hour", 12) * 60;
	w.input.last = last_settled(&w);
	w.input.fold_days = VERDICT_FOLD_DAYS;
	w.input.limited = verdict_json_boolean(world, "limited", false);
	verdict_decide(&w.input, before, arena, &verdict);
	return verdict_answer(&w.input, &verdict, arena);
}
