#include "exporter/explain/explanation_json_witnesses.h"

#include "exporter/explain/explanation_json_private.h"

static json_t *explanation_json_witnesses_one(const struct witness *witness)
{
	json_t *out = json_object();
	const struct verdict_witness *is = &witness->is;

	explanation_json_put(out, "name",
	                     explanation_json_string(witness->name));
	explanation_json_put(out, "role",
	                     json_string(witnesses_role_name(witness->role)));
	explanation_json_put(out, "anchor", json_boolean(witness->anchor));
	explanation_json_put_integer(out, "known_days", is->known_days);
	explanation_json_put_integer(out, "report_days", is->report_days);
	explanation_json_put_integer(out, "good_days", is->good_days);
	explanation_json_put(out, "arrival_days",
	                     is->arrival_days == INT64_MAX
	                             ? json_null()
	                             : json_integer(is->arrival_days));
	explanation_json_put_integer(out, "counted_sessions", is->n);
	explanation_json_put_integer(out, "counted_refusals", is->x);
	explanation_json_put(out, "counts_from",
	                     explanation_json_day(witness->counts_from));
	return out;
}

json_t *explanation_json_witnesses(const struct explanation *explanation)
{
	const struct witnesses *w = &explanation->witnesses;
	json_t *out, *list;
	size_t i;

	if (w->count == 0)
		return json_null();
	out = json_object();
	list = json_array();
	explanation_json_put_integer(out, "days_needed", w->days_needed);
	explanation_json_put_integer(out, "report_days_needed",
	                             w->reports_needed);
	explanation_json_put(out, "everybody", json_boolean(w->everybody));
	for (i = 0; i < w->count; i++)
		(void)json_array_append_new(
			list, explanation_json_witnesses_one(&w->items[i]));
	explanation_json_put(out, "reporters", list);
	return out;
}
