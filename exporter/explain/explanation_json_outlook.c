#include "exporter/explain/explanation_json_outlook.h"

#include "exporter/explain/conditions_text.h"
#include "exporter/explain/explanation_json_private.h"
#include "exporter/explain/forecast_text.h"

#define BYTES_MAX 65536U

/* Counts as integers, shares as fractions. */
static json_t *explanation_json_outlook_number(const struct condition *c,
                                               double value)
{
	bool share = !c->least && c->kind != CONDITION_REPORTS_ARRIVE &&
	             c->kind != CONDITION_NOT_RECURRING &&
	             c->kind != CONDITION_NEWCOMERS &&
	             c->kind != CONDITION_MX_IN_POLICY;

	if (value > 1e15)
		return json_null();
	return share ? json_real(value) : json_integer((int64_t)value);
}

static json_t *explanation_json_outlook_condition(const struct explanation *e,
                                                  const struct condition *c)
{
	struct buf text = BUF_INIT(BYTES_MAX);
	json_t *out = json_object();

	explanation_json_put(out, "condition",
	                     json_string(conditions_name(c->kind)));
	explanation_json_put(out, "met", json_boolean(c->met));
	explanation_json_put(out, "seen",
	                     explanation_json_outlook_number(c, c->seen));
	explanation_json_put(out, c->least ? "at_least" : "at_most",
	                     explanation_json_outlook_number(c, c->needed));
	explanation_json_put(out, c->least ? "at_most" : "at_least",
	                     json_null());
	explanation_json_put(out, "by_waiting",
	                     json_boolean(conditions_is_waited_for(c->kind)));
	explanation_json_put(
		out, "met_from",
		c->met ? json_null()
		       : explanation_json_day(e->forecast.met_from[c->kind]));
	conditions_text_add_seen(e, c, &text);
	buf_add_text(&text, ": ");
	conditions_text_add_status(e, c, &text);
	explanation_json_put(out, "sentence", explanation_json_take_buf(&text));
	buf_free(&text);
	return out;
}

json_t *
explanation_json_outlook_conditions(const struct explanation *explanation)
{
	const struct conditions *c = &explanation->conditions;
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < c->count; i++)
		(void)json_array_append_new(
			out, explanation_json_outlook_condition(explanation,
		                                                &c->items[i]));
	return out;
}

json_t *explanation_json_outlook_forecast(const struct explanation *explanation)
{
	const struct forecast *f = &explanation->forecast;
	struct buf text = BUF_INIT(BYTES_MAX);
	json_t *out;

	if (f->outcome == FORECAST_NOT_ASKED)
		return json_null();
	out = json_object();
	explanation_json_put(out, "outcome",
	                     json_string(forecast_outcome_name(f->outcome)));
	explanation_json_put(out, "ready_on",
	                     explanation_json_day(f->ready_on));
	explanation_json_put(out, "ready_limited_on",
	                     explanation_json_day(f->ready_limited_on));
	explanation_json_put_integer(out, "reporters", f->reporters);
	explanation_json_put_integer(out, "daily_sessions", f->daily_sessions);
	forecast_text_sentence(f, &text);
	explanation_json_put(out, "sentence", explanation_json_take_buf(&text));
	buf_free(&text);
	return out;
}
