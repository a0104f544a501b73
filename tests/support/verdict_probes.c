#include "tests/support/verdict_probes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/verdict_json.h"

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
		.bad_checks = verdict_json_integer(json, "bad_checks", 0),
		.bad_minutes = verdict_json_integer(json, "bad_minutes", 0),
		.age_minutes = minutes(json, "age_hours", 60, 0),
	};
}

/* The place of a word among some. */
static int place_of(const char *word, const char *const *words, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
	}
	abort();
}

static void read_hosts(struct arena *arena, json_t *json, struct probe *probe)
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
		arena_array(arena, json_array_size(list), sizeof(*hosts));
	size_t i;
	int state;

	json_array_foreach(list, i, host)
	{
		state = place_of(verdict_json_string(host, "state", "ok"),
		                 states, PROBE_HOST_STATES);
		hosts[i] = (struct probe_host){
			.name = text_of(verdict_json_string(host, "host", "")),
			.state = (enum probe_host_state)state,
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

static void read_policy(json_t *json, struct probe *probe)
{
	static const char *const policies[PROBE_POLICY_STATES] = {
		"ok", "fetch_failed", "differs", "invalid", "unknown"};
	static const char *const records[PROBE_RECORD_STATES] = {
		"ok", "missing", "invalid", "id_unchanged", "unknown"};
	json_t *check = json_object_get(json, "policy_check");
	int place;

	if (check == NULL)
		return;
	probe->policy_checked = true;
	place = place_of(verdict_json_string(check, "policy", "ok"), policies,
	                 PROBE_POLICY_STATES);
	probe->policy = (enum probe_policy_state)place;
	place = place_of(verdict_json_string(check, "txt", "ok"), records,
	                 PROBE_RECORD_STATES);
	probe->record = (enum probe_record_state)place;
	probe->policy_look = look_of(check);
}

void verdict_probes_read(json_t *json, struct arena *arena,
                         const struct probe *out[VERDICT_FOLD_DAYS + 1])
{
	json_t *one;
	struct probe *probes =
		arena_array(arena, VERDICT_FOLD_DAYS + 1, sizeof(*probes));
	size_t i;

	for (i = 0; i <= VERDICT_FOLD_DAYS; i++) {
		one = json_is_array(json) ? json_array_get(json, i) : json;
		if (!json_is_object(one))
			continue;
		probes[i].reaches_any =
			verdict_json_boolean(one, "reaches_any", true);
		read_hosts(arena, one, &probes[i]);
		read_policy(one, &probes[i]);
		out[i] = &probes[i];
	}
}
