#include "tests/support/verdict_answer.h"

#include <stdlib.h>
#include <string.h>

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
static json_t *standing_of(const struct verdict_input *input,
                           const struct verdict *verdict, struct arena *arena)
{
	const char **names =
		arena_array(arena, input->group_count, sizeof(const char *));
	json_t *out = json_array();
	size_t count = 0, i;

	for (i = 0; i < input->group_count; i++) {
		if (verdict->witnesses[i].standing)
			names[count++] = input->groups[i].name.data;
	}
	if (count > 0)
		qsort(names, count, sizeof(names[0]), compare_strings);
	for (i = 0; i < count; i++)
		(void)json_array_append_new(out, json_string(names[i]));
	return out;
}

json_t *verdict_answer(const struct verdict_input *input,
                       const struct verdict *verdict, struct arena *arena)
{
	json_t *out = json_object(), *culprits = json_array();
	json_t *advice = json_object();
	struct buf headline = BUF_INIT(256);
	size_t i;

	(void)json_object_set_new(
		out, "state", json_string(verdict_state_name(verdict->state)));
	(void)json_object_set_new(out, "reasons", reasons_of(verdict));
	(void)json_object_set_new(out, "numbers",
	                          numbers_of(verdict, input->last));
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
				input->groups[verdict->faulty_reporters[i].group]
					.name.data));
	(void)json_object_set_new(out, "culprits", culprits);
	(void)json_object_set_new(
		out, "probe", json_string(verdict_probe_name(verdict->probe)));
	(void)json_object_set_new(out, "standing",
	                          standing_of(input, verdict, arena));
	verdict_headline(verdict, &headline);
	(void)json_object_set_new(out, "headline",
	                          json_string(buf_text(&headline)));
	buf_free(&headline);
	return out;
}
