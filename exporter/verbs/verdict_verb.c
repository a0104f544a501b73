/*
 * tlsrpt-exporter verdict: some domains explained, or the fleet's table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "base/timestamp.h"
#include "exporter/assess/reporters.h"
#include "exporter/assess/what_if.h"
#include "exporter/explain/explanation.h"
#include "exporter/explain/explanation_heading.h"
#include "exporter/explain/explanation_json.h"
#include "exporter/explain/explanation_table.h"
#include "exporter/explain/explanation_text.h"
#include "exporter/verbs/verbs.h"
#include "schema/store/read.h"

/* Explanations that are in memory at a time when they have details. */
#define BATCH 500U

#define EXIT_READY   0
#define EXIT_NOT_YET 1
#define EXIT_ACTION  2

struct verdict_query {
	const struct command_line *line;
	struct config *config;
	struct store *store;
	struct reporters *reporters;
	struct arena *arena;
	struct text *names; /* sorted, once each */
	size_t count;
	bool all; /* none was named */
	int64_t now;
	int64_t until; /* what had arrived by then is known; 0: all that has */
	int64_t expired_before; /* day, of the store */
	struct what_if what_if;
	int worst;
	size_t shown;
	size_t changed; /* by the what if */
};

/* --- what is asked for --------------------------------------------------- */

static void verdict_verb_sort_names(struct verdict_query *q)
{
	size_t i, kept = 0;

	if (q->count > 0)
		qsort(q->names, q->count, sizeof(*q->names), text_order_items);
	for (i = 0; i < q->count; i++) {
		if (kept == 0 || !text_equal(q->names[i], q->names[kept - 1]))
			q->names[kept++] = q->names[i];
	}
	q->count = kept;
}

static int verdict_verb_add_named(struct verdict_query *q, struct err *err)
{
	const struct command_line *line = q->line;
	struct domain_changes changes = {false, false};
	struct text name;
	int i;

	q->names =
		arena_array(q->arena, (size_t)line->count, sizeof(*q->names));
	for (i = 0; i < line->count; i++) {
		if (domain_normalise(q->arena, text_of(line->rest[i]), &name,
		                     &changes, err) < 0)
			return err_set(err, ERR_USAGE,
			               "\"%s\" is no domain name",
			               line->rest[i]);
		if (settings_domains_match(&q->config->settings, name) ==
		    SETTINGS_DOMAIN_FOREIGN)
			return err_set(err, ERR_USAGE,
			               "%.*s is not configured; name it under "
			               "domains in %s",
			               (int)name.len, name.data, line->config);
		q->names[q->count++] = name;
	}
	return 0;
}

static void verdict_verb_add_known(struct verdict_query *q, size_t *room,
                                   struct text name)
{
	struct text *larger;

	if (q->count == *room) {
		*room = *room * 2 + 64;
		larger = arena_array(q->arena, *room, sizeof(*larger));
		if (q->count > 0)
			memcpy(larger, q->names, q->count * sizeof(*larger));
		q->names = larger;
	}
	q->names[q->count++] = name;
}

/* All that the configuration names, and what it covers and the store knows. */
static int verdict_verb_add_all(struct verdict_query *q, struct err *err)
{
	const struct settings *settings = &q->config->settings;
	struct store_cursor *rows;
	struct store_domain_row row;
	size_t room = 0, i;
	int result;

	for (i = 0; i < settings->name_count; i++)
		verdict_verb_add_known(q, &room, settings->names[i]);
	if (q->store == NULL)
		return 0;
	if (store_read_domains(q->store, &rows, err) < 0)
		return -1;
	while ((result = store_read_domains_next(rows, &row, err)) == 1) {
		if (settings_domains_match(settings, row.name) ==
		    SETTINGS_DOMAIN_COVERED)
			verdict_verb_add_known(
				q, &room,
				(struct text){arena_copy(q->arena,
			                                 row.name.data,
			                                 row.name.len),
			                      row.name.len});
	}
	store_read_close(&rows);
	return result;
}

/* "2026-11-25" is the end of that day. */
static int verdict_verb_read_moment(struct verdict_query *q, struct err *err)
{
	struct timestamp_oddities odd = {false, false, false};
	const char *given = command_value(q->line, VERBS_AT), *at = given;
	char end[64];

	q->now = timestamp_now();
	if (at == NULL)
		return 0;
	if (strlen(at) == 10) {
		(void)snprintf(end, sizeof(end), "%sT23:59:59Z", at);
		at = end;
	}
	if (timestamp_parse(text_of(at), &q->now, &odd, err) < 0)
		return err_set(err, ERR_USAGE,
		               "--at %s is no time; write 2026-11-25 or "
		               "2026-11-25T12:00:00Z",
		               given);
	q->until = q->now;
	return 0;
}

/* The values of an option that may be repeated. */
static struct option_list verdict_verb_read_list(const struct verdict_query *q,
                                                 int option)
{
	struct option_list list = {.count = 0};
	size_t i;

	while (command_value_at(q->line, option, list.count) != NULL)
		list.count++;
	list.items = arena_array(q->arena, list.count, sizeof(*list.items));
	for (i = 0; i < list.count; i++)
		list.items[i] = command_value_at(q->line, option, i);
	return list;
}

static bool verdict_verb_is_what_if(const struct verdict_query *q)
{
	return q->what_if.without.count + q->what_if.accept.count > 0;
}

/* A name that is misspelt would change nothing, and look like an answer. */
static int verdict_verb_read_what_if(struct verdict_query *q, struct err *err)
{
	q->what_if.without = verdict_verb_read_list(q, VERBS_WITHOUT);
	q->what_if.accept = verdict_verb_read_list(q, VERBS_ACCEPT);
	if (!verdict_verb_is_what_if(q))
		return 0;
	return what_if_check(&q->what_if, q->store, q->reporters, q->names,
	                     q->all ? 0 : q->count, err);
}

/* --- showing ------------------------------------------------------------- */

static int verdict_verb_exit_status(enum verdict_state state)
{
	switch (state) {
	case VERDICT_READY:
	case VERDICT_ENFORCE_OK:
		return EXIT_READY;
	case VERDICT_STALE:
	case VERDICT_POLICY_BROKEN:
	case VERDICT_BLOCKED:
	case VERDICT_ENFORCE_WARNING:
	case VERDICT_ENFORCE_ROLLBACK:
		return EXIT_ACTION;
	case VERDICT_NO_DATA:
	case VERDICT_NO_POLICY:
	case VERDICT_COLLECTING:
	case VERDICT_READY_LIMITED:
	case VERDICT_STATES:
		break;
	}
	return EXIT_NOT_YET;
}

/* Of the fleet only the domains that the what if changes. */
static void verdict_verb_add_change(struct verdict_query *q,
                                    const struct explanation *explanation,
                                    struct buf *out)
{
	if (explanation->verdict.state == explanation->real)
		return;
	if (q->changed++ == 0)
		explanation_table_what_if_head(out);
	explanation_table_what_if_line(explanation, out);
}

static void verdict_verb_say_changes(const struct verdict_query *q)
{
	struct buf out = BUF_INIT(1U << 20);

	if (q->changed > 0)
		buf_add_char(&out, '\n');
	buf_add_text(&out, "What if: ");
	explanation_heading_assumption(&q->what_if, &out);
	buf_printf(&out, ", the verdict of %zu of %zu domains would change.\n",
	           q->changed, q->shown);
	(void)fwrite(out.data, 1, out.len, stdout);
	buf_free(&out);
}

static void verdict_verb_on_explanation(void *cls,
                                        const struct explanation *explanation)
{
	struct verdict_query *q = cls;
	struct buf out = BUF_INIT(1U << 28);
	int status = verdict_verb_exit_status(explanation->verdict.state);

	if (status > q->worst)
		q->worst = status;
	if (command_has(q->line, VERBS_JSON)) {
		buf_add_text(&out, q->shown == 0 ? "[\n" : ",\n");
		explanation_json_write(explanation, &out);
	} else if (q->all && verdict_verb_is_what_if(q)) {
		verdict_verb_add_change(q, explanation, &out);
	} else if (q->all) {
		if (q->shown == 0)
			explanation_table_head(&out);
		explanation_table_line(explanation, &out);
	} else {
		if (q->shown > 0)
			buf_add_char(&out, '\n');
		explanation_text_write(
			explanation, command_has(q->line, VERBS_EXPLAIN), &out);
	}
	if (out.len > 0)
		(void)fwrite(out.data, 1, out.len, stdout);
	q->shown++;
	buf_free(&out);
}

static int verdict_verb_show(struct verdict_query *q, struct err *err)
{
	const struct explanation_request request = {
		.store = q->store,
		.config = q->config,
		.reporters = q->reporters,
		.now = q->now,
		.until = q->until,
		.expired_before = q->expired_before,
		.what_if = verdict_verb_is_what_if(q) ? &q->what_if : NULL,
		.ahead = !q->all,
		.on_explanation = verdict_verb_on_explanation,
		.cls = q,
	};
	bool details = command_has(q->line, VERBS_JSON) || !q->all;
	size_t from, count = details ? BATCH : q->count;

	for (from = 0; from < q->count; from += count) {
		if (count > q->count - from)
			count = q->count - from;
		if (explanation_gather(&request, q->names + from, count,
		                       details, err) < 0)
			return -1;
	}
	if (command_has(q->line, VERBS_JSON))
		(void)puts(q->shown == 0 ? "[]" : "\n]");
	else if (q->all && verdict_verb_is_what_if(q))
		verdict_verb_say_changes(q);
	/* What could not be written is said at the program's end. */
	return 0;
}

/* --- the store ----------------------------------------------------------- */

/* A store that is not there yet is one without reports. */
static int verdict_verb_open_store(struct verdict_query *q, struct err *err)
{
	if (store_open(q->config->settings.store, STORE_READ, &q->store, err) <
	    0) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		(void)fprintf(stderr,
		              "tlsrpt-exporter: %s; no report has come yet\n",
		              err->text);
		return 0;
	}
	if (store_read_begin(q->store, err) < 0 ||
	    store_read_expired_before(q->store, &q->expired_before, err) < 0)
		return -1;
	reporters_unref(&q->reporters);
	return reporters_read(NULL, q->store, &q->reporters, err);
}

static int verdict_verb_answer(struct verdict_query *q, struct err *err)
{
	int result = verdict_verb_read_moment(q, err);

	if (result == 0)
		result = verdict_verb_open_store(q, err);
	q->all = q->line->count == 0;
	if (result == 0)
		result = q->all ? verdict_verb_add_all(q, err)
		                : verdict_verb_add_named(q, err);
	if (result == 0) {
		verdict_verb_sort_names(q);
		result = verdict_verb_read_what_if(q, err);
	}
	if (result == 0)
		result = verdict_verb_show(q, err);
	if (q->store != NULL)
		store_read_end(q->store);
	store_close(&q->store);
	return result;
}

int verdict_verb_run(const struct command_line *line)
{
	struct verdict_query q = {.line = line, .worst = EXIT_READY};
	struct err err;
	int result;

	if (config_read(line->config, &q.config, &err) < 0)
		return command_fail(line, &err);
	q.arena = arena_new(0);
	q.reporters = reporters_new();
	result = verdict_verb_answer(&q, &err);
	reporters_unref(&q.reporters);
	arena_free(&q.arena);
	config_unref(&q.config);
	return result < 0 ? command_fail(line, &err) : q.worst;
}
