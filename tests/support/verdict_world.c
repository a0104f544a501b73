#include "tests/support/verdict_world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "exporter/verdict/verdict.h"

#define SETTLE_HOURS 36
#define NAMES_MOST   4096
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

static int64_t whole(json_t *value)
{
	double number = json_number_value(value);

	return (int64_t)number;
}

static int64_t integer(json_t *object, const char *key, int64_t fallback)
{
	json_t *value = json_object_get(object, key);

	return json_is_number(value) ? whole(value) : fallback;
}

static const char *string(json_t *object, const char *key, const char *fallback)
{
	json_t *value = json_object_get(object, key);

	return json_is_string(value) ? json_string_value(value) : fallback;
}

static bool boolean(json_t *object, const char *key, bool fallback)
{
	json_t *value = json_object_get(object, key);

	return json_is_boolean(value) ? json_is_true(value) : fallback;
}

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
		*field = whole(value);
}

/* The documented defaults, read as the configuration reads them. */
static void set_defaults(struct world *w)
{
	size_t i;

	for (i = 0; i < THRESHOLDS_COUNT; i++) {
		const struct option_spec *spec = &thresholds_options[i];
		json_t *value;

		if (spec->type != OPTION_NUMBER && spec->type != OPTION_RATIO)
			continue;
		value = json_real(strtod(spec->fallback, NULL));
		set_number(&w->thresholds, spec, value);
		json_decref(value);
	}
	w->thresholds.assume_policy_when_missing = 1;
}

static void read_config(struct world *w)
{
	json_t *config = json_object_get(w->json, "config"), *value;
	size_t i;

	set_defaults(w);
	w->settle_hours = integer(config, "settle_hours", SETTLE_HOURS);
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

	group->known_since = known != NULL ? (int32_t)-whole(known)
	                                   : VERDICT_NO_DAY;
	if (arrivals == NULL)
		return;
	group->arrival_count = json_is_array(arrivals)
	                               ? json_array_size(arrivals)
	                               : (size_t)whole(arrivals);
	days = arena_array(w->arena, group->arrival_count + 1, sizeof(*days));
	for (i = 0; i < group->arrival_count; i++)
		days[i] = json_is_array(arrivals)
		                  ? (int32_t)whole(json_array_get(arrivals, i))
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
	const char *word = string(row, "policy", "cur");

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
		.type = policy_type_of(text_of(string(row, "type", ""))),
		.successes = integer(row, "s", 0),
		.failures = integer(row, "f", 0),
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
		policy.details[i].sessions = whole(json_array_get(detail, 1));
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

	if (!boolean(json, "trusted", true)) {
		w->input.ignored = true;
		return;
	}
	/* A record of nothing is nobody's evidence. */
	if (integer(json, "s", 0) == 0 && integer(json, "f", 0) == 0 &&
	    json_array_size(json_object_get(json, "details")) == 0)
		return;
	row.group = group_index(w, string(json, "reporter", ""),
	                        !boolean(json, "proved", true));
	row.type = policy_type_of(text_of(string(json, "type", "")));
	row.succeeded = integer(json, "s", 0) > 0;
	row.against_only = boolean(json, "against_only", false);
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
	json_t *row;
	size_t i;

	w->groups = arena_array(w->arena, NAMES_MOST, sizeof(*w->groups));
	json_array_foreach(json_object_get(w->json, "rows"), i, row)
		read_row(w, row);
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
	const char *mode = string(policy, "mode", "unknown");
	struct text *patterns =
		arena_array(w->arena, json_array_size(mx), sizeof(*patterns));
	size_t i;

	for (i = 0; i < STS_MODES; i++) {
		if (strcmp(modes[i], mode) == 0)
			w->input.mode = (enum sts_mode)i;
	}
	w->input.since = (int32_t)integer(policy, "since", VERDICT_NO_DAY);
	w->input.clean_enforce_days =
		(int32_t)integer(policy, "clean_enforce_days", 0);
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

/* --- checks from outside ------------------------------------------------- */

static int64_t minutes(json_t *object, const char *key, double unit,
                       int64_t fallback)
{
	json_t *value = json_object_get(object, key);

	return json_is_number(value) ? llrint(json_number_value(value) * unit)
	                             : fallback;
}

static struct probe_look look_of(json_t *json)
{
	return (struct probe_look){
		.bad_checks = integer(json, "bad_checks", 0),
		.bad_minutes = integer(json, "bad_minutes", 0),
		.age_minutes = minutes(json, "age_hours", 60, 0),
	};
}

/* The place of a word among some. */
static size_t place_of(const char *word, const char *const *words, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
	}
	abort();
}

static void read_probe_hosts(struct world *w, json_t *json, struct probe *probe)
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
	json_t *list = json_object_get(json, "hosts"), *host;
	struct probe_host *hosts =
		arena_array(w->arena, json_array_size(list), sizeof(*hosts));
	size_t i;

	json_array_foreach(list, i, host)
	{
		hosts[i] = (struct probe_host){
			.name = text_of(string(host, "host", "")),
			.state = (enum probe_host_state)place_of(
				string(host, "state", "ok"), states,
				PROBE_HOST_STATES),
			.look = look_of(host),
			.not_after_minutes = minutes(host, "not_after_days",
		                                     1440, INT64_MAX),
			.lifetime_minutes =
				minutes(host, "lifetime_days", 1440, INT64_MAX),
		};
	}
	probe->hosts = hosts;
	probe->host_count = json_array_size(list);
}

static void read_probe_policy(json_t *json, struct probe *probe)
{
	static const char *const policies[PROBE_POLICY_STATES] = {
		"ok", "fetch_failed", "differs", "invalid", "unknown"};
	static const char *const records[PROBE_RECORD_STATES] = {
		"ok", "missing", "invalid", "id_unchanged", "unknown"};
	json_t *check = json_object_get(json, "policy_check");

	if (check == NULL)
		return;
	probe->policy_checked = true;
	probe->policy = (enum probe_policy_state)place_of(
		string(check, "policy", "ok"), policies, PROBE_POLICY_STATES);
	probe->record = (enum probe_record_state)place_of(
		string(check, "txt", "ok"), records, PROBE_RECORD_STATES);
	probe->policy_look = look_of(check);
}

/* One for all moments, or one for each, null where there was none. */
static void read_probes(struct world *w)
{
	json_t *json = json_object_get(w->json, "probe"), *one;
	struct probe *probes =
		arena_array(w->arena, VERDICT_FOLD_DAYS + 1, sizeof(*probes));
	size_t i;

	for (i = 0; i <= VERDICT_FOLD_DAYS; i++) {
		one = json_is_array(json) ? json_array_get(json, i) : json;
		if (!json_is_object(one))
			continue;
		probes[i].reaches_any = boolean(one, "reaches_any", true);
		read_probe_hosts(w, one, &probes[i]);
		read_probe_policy(one, &probes[i]);
		w->input.probes[i] = &probes[i];
	}
}

/* --- the answer ---------------------------------------------------------- */

static json_t *numbers_of(const struct verdict *verdict, int32_t last)
{
	const struct verdict_numbers *n = &verdict->numbers;
	json_t *out = json_object(), *scope;
	int class;

	(void)json_object_set_new(out, "last_settled", json_integer(last));
	if (!n->known)
		return out;
#define ADD(name, value) \
	(void)json_object_set_new(out, name, json_integer(value))
	ADD("window_days", n->window_days);
	ADD("observed_days", n->observed_days);
	ADD("covered_days", n->covered_days);
	ADD("reporters", n->reporters);
	ADD("sessions", n->sessions);
	ADD("refused", n->refused);
	ADD("local_refused", n->local_refused);
	ADD("n", n->n);
	ADD("x", n->x);
	ADD("n_bound", n->n_bound);
	ADD("gap_days", n->gap_days);
	ADD("stale_limit", n->stale_limit);
	ADD("untested_sessions", n->untested_sessions);
#undef ADD
	(void)json_object_set_new(
		out, "ratio",
		n->n > 0 ? json_real((double)n->x / (double)n->n)
			 : json_null());
	(void)json_object_set_new(out, "upper", json_real(n->upper));
	scope = json_object();
	for (class = 0; class < REFUSAL_CAUSES; class ++) {
		if (n->faults[class] != VERDICT_FAULT_NONE)
			(void)json_object_set_new(
				scope,
				verdict_refusal_cause_name(
					(enum refusal_cause) class),
				json_string(
					verdict_fault_name(n->faults[class])));
	}
	(void)json_object_set_new(out, "scope", scope);
	return out;
}

static int compare_strings(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static json_t *reasons_of(const struct verdict *verdict)
{
	const char *names[VERDICT_REASONS];
	json_t *out = json_array();
	size_t count = 0, i;

	for (i = 0; i < VERDICT_REASONS; i++) {
		if ((verdict->reasons & REASON_BIT(i)) != 0)
			names[count++] =
				verdict_reason_name((enum verdict_reason)i);
	}
	qsort(names, count, sizeof(names[0]), compare_strings);
	for (i = 0; i < count; i++)
		(void)json_array_append_new(out, json_string(names[i]));
	return out;
}

/* The names of those who have standing, sorted. */
static json_t *standing_of(const struct world *w, const struct verdict *verdict)
{
	const char **names = arena_array(w->arena, w->input.group_count,
	                                 sizeof(const char *));
	json_t *out = json_array();
	size_t count = 0, i;

	for (i = 0; i < w->input.group_count; i++) {
		if (verdict->witnesses[i].standing)
			names[count++] = w->groups[i].name.data;
	}
	if (count > 0)
		qsort(names, count, sizeof(names[0]), compare_strings);
	for (i = 0; i < count; i++)
		(void)json_array_append_new(out, json_string(names[i]));
	return out;
}

static json_t *answer(const struct world *w, const struct verdict *verdict)
{
	json_t *out = json_object(), *culprits = json_array();
	json_t *advice = json_object();
	struct buf headline = BUF_INIT(256);
	size_t i;

	(void)json_object_set_new(
		out, "state", json_string(verdict_state_name(verdict->state)));
	(void)json_object_set_new(out, "reasons", reasons_of(verdict));
	(void)json_object_set_new(out, "numbers",
	                          numbers_of(verdict, w->input.last));
	(void)json_object_set_new(advice, "mode",
	                          json_string(verdict->advised_mode ==
	                                                      STS_MODE_ENFORCE
	                                              ? "enforce"
	                                              : "testing"));
	(void)json_object_set_new(advice, "max_age",
	                          json_integer(verdict->advised_max_age));
	(void)json_object_set_new(out, "advice", advice);
	for (i = 0; i < verdict->faulty_reporter_count; i++)
		(void)json_array_append_new(
			culprits,
			json_string(
				w->groups[verdict->faulty_reporters[i].group]
					.name.data));
	(void)json_object_set_new(out, "culprits", culprits);
	(void)json_object_set_new(
		out, "probe", json_string(verdict_probe_name(verdict->probe)));
	(void)json_object_set_new(out, "standing", standing_of(w, verdict));
	verdict_headline(verdict, &headline);
	(void)json_object_set_new(out, "headline",
	                          json_string(buf_text(&headline)));
	buf_free(&headline);
	return out;
}

/* last = -ceil((24 + settle_hours - now_hour) / 24) */
static int32_t last_settled(const struct world *w)
{
	int64_t hours = 24 + w->settle_hours - integer(w->json, "now_hour", 12);

	return (int32_t)(hours <= 0 ? -hours / 24 : -((hours + 23) / 24));
}

json_t *verdict_of_world(json_t *world, struct arena *arena)
{
	struct world w = {.json = world, .arena = arena};
	const char *previous = string(world, "previous_state", "no_data");
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
	read_probes(&w);
	w.input.now_minutes = (int32_t)integer(world, "now_hour", 12) * 60;
	w.input.last = last_settled(&w);
	w.input.fold_days = VERDICT_FOLD_DAYS;
	w.input.limited = boolean(world, "limited", false);
	verdict_decide(&w.input, before, arena, &verdict);
	return answer(&w, &verdict);
}
