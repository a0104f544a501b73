/*
 * tlsrpt-exporter verdict: the account of some domains, or the fleet's table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "base/exit.h"
#include "base/timestamp.h"
#include "exporter/assess/reporters.h"
#include "exporter/explain/explanation.h"
#include "exporter/explain/explanation_json.h"
#include "exporter/explain/explanation_text.h"
#include "exporter/verbs/verbs.h"
#include "schema/store/read.h"

/* Accounts that are in memory at a time when they have details. */
#define BATCH 500U

#define EXIT_READY   0
#define EXIT_NOT_YET 1
#define EXIT_ACTION  2

struct verdict_query {
	const struct arguments *arguments;
	struct config *config;
	struct store *store;
	struct reporters *reporters;
	struct arena *arena;
	struct text *names; /* sorted, once each */
	size_t count;
	bool all; /* none was named */
	int64_t now;
	int worst;
	size_t shown;
};

static int verdict_verb_fail(const struct err *err)
{
	(void)fprintf(stderr, "tlsrpt-exporter: %s\n", err->text);
	return exit_status(err);
}

/* --- what is asked for --------------------------------------------------- */

static void verdict_verb_sort_names(struct verdict_query *a)
{
	size_t i, kept = 0;

	if (a->count > 0)
		qsort(a->names, a->count, sizeof(*a->names), text_order_items);
	for (i = 0; i < a->count; i++) {
		if (kept == 0 || !text_equal(a->names[i], a->names[kept - 1]))
			a->names[kept++] = a->names[i];
	}
	a->count = kept;
}

static int verdict_verb_add_named(struct verdict_query *a, struct err *err)
{
	const struct arguments *arguments = a->arguments;
	struct domain_changes changes = {false, false};
	struct text name;
	int i;

	a->names = arena_array(a->arena, (size_t)arguments->rest_count,
	                       sizeof(*a->names));
	for (i = 0; i < arguments->rest_count; i++) {
		if (domain_normalise(a->arena, text_of(arguments->rest[i]),
		                     &name, &changes, err) < 0)
			return err_set(err, ERR_USAGE,
			               "\"%s\" is no domain name",
			               arguments->rest[i]);
		if (settings_domains_match(&a->config->settings, name) ==
		    SETTINGS_DOMAIN_FOREIGN)
			return err_set(err, ERR_USAGE,
			               "%.*s is not configured; name it under "
			               "domains in %s",
			               (int)name.len, name.data,
			               arguments->config);
		a->names[a->count++] = name;
	}
	return 0;
}

static void verdict_verb_add_known(struct verdict_query *a, size_t *room,
                                   struct text name)
{
	struct text *larger;

	if (a->count == *room) {
		*room = *room * 2 + 64;
		larger = arena_array(a->arena, *room, sizeof(*larger));
		if (a->count > 0)
			memcpy(larger, a->names, a->count * sizeof(*larger));
		a->names = larger;
	}
	a->names[a->count++] = name;
}

/* All that the configuration names, and what it covers and the store knows. */
static int verdict_verb_add_all(struct verdict_query *a, struct err *err)
{
	const struct settings *settings = &a->config->settings;
	struct store_cursor *rows;
	struct store_domain_row row;
	size_t room = 0, i;
	int result;

	for (i = 0; i < settings->name_count; i++)
		verdict_verb_add_known(a, &room, settings->names[i]);
	if (a->store == NULL)
		return 0;
	if (store_read_domains(a->store, &rows, err) < 0)
		return -1;
	while ((result = store_read_domains_next(rows, &row, err)) == 1) {
		if (settings_domains_match(settings, row.name) ==
		    SETTINGS_DOMAIN_COVERED)
			verdict_verb_add_known(
				a, &room,
				(struct text){arena_copy(a->arena,
			                                 row.name.data,
			                                 row.name.len),
			                      row.name.len});
	}
	store_read_close(&rows);
	return result;
}

/* "2026-11-25" is the noon of that day, when the day before last settles. */
static int verdict_verb_read_moment(struct verdict_query *a, struct err *err)
{
	struct timestamp_oddities odd = {false, false, false};
	const char *at = a->arguments->at;
	char noon[64];

	a->now = timestamp_now();
	if (at == NULL)
		return 0;
	if (strlen(at) == 10) {
		(void)snprintf(noon, sizeof(noon), "%sT12:00:00Z", at);
		at = noon;
	}
	if (timestamp_parse(text_of(at), &a->now, &odd, err) < 0)
		return err_set(err, ERR_USAGE,
		               "--at %s is no time; write 2026-11-25 or "
		               "2026-11-25T12:00:00Z",
		               a->arguments->at);
	return 0;
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

static void verdict_verb_on_explanation(void *cls,
                                        const struct explanation *account)
{
	struct verdict_query *a = cls;
	struct buf out = BUF_INIT(1U << 28);
	int weight = verdict_verb_exit_status(account->verdict.state);

	if (weight > a->worst)
		a->worst = weight;
	if (a->arguments->json) {
		buf_add_text(&out, a->shown == 0 ? "[\n" : ",\n");
		explanation_json_write(account, &out);
	} else if (a->all) {
		if (a->shown == 0)
			explanation_text_table_head(&out);
		explanation_text_table_line(account, &out);
	} else {
		if (a->shown > 0)
			buf_add_char(&out, '\n');
		explanation_text_write(account, a->arguments->explain, &out);
	}
	(void)fwrite(out.data, 1, out.len, stdout);
	a->shown++;
	buf_free(&out);
}

static int verdict_verb_show(struct verdict_query *a, struct err *err)
{
	const struct explanation_request request = {
		.store = a->store,
		.config = a->config,
		.reporters = a->reporters,
		.now = a->now,
		.on_explanation = verdict_verb_on_explanation,
		.cls = a,
	};
	bool details = a->arguments->json || !a->all;
	size_t from, count = details ? BATCH : a->count;

	for (from = 0; from < a->count; from += count) {
		if (count > a->count - from)
			count = a->count - from;
		if (explanation_gather(&request, a->names + from, count,
		                       details, err) < 0)
			return -1;
	}
	if (a->arguments->json)
		(void)puts(a->shown == 0 ? "[]" : "\n]");
	/* What could not be written is said at the program's end. */
	return 0;
}

/* --- the store ----------------------------------------------------------- */

/* A store that is not there yet is one without reports. */
static int verdict_verb_open_store(struct verdict_query *a, struct err *err)
{
	if (store_open(a->config->settings.store, STORE_READ, &a->store, err) <
	    0) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		(void)fprintf(stderr,
		              "tlsrpt-exporter: %s; no report has come yet\n",
		              err->text);
		return 0;
	}
	if (store_read_begin(a->store, err) < 0)
		return -1;
	return reporters_read(a->reporters, a->store, err);
}

static int verdict_verb_answer(struct verdict_query *a, struct err *err)
{
	int result = verdict_verb_read_moment(a, err);

	if (result == 0)
		result = verdict_verb_open_store(a, err);
	a->all = a->arguments->rest_count == 0;
	if (result == 0)
		result = a->all ? verdict_verb_add_all(a, err)
		                : verdict_verb_add_named(a, err);
	if (result == 0) {
		verdict_verb_sort_names(a);
		result = verdict_verb_show(a, err);
	}
	if (a->store != NULL)
		store_read_end(a->store);
	store_close(&a->store);
	return result;
}

int verdict_verb_run(const struct arguments *arguments)
{
	struct verdict_query a = {.arguments = arguments, .worst = EXIT_READY};
	struct err err;
	int result;

	if (config_read(arguments->config, &a.config, &err) < 0)
		return verdict_verb_fail(&err);
	a.arena = arena_new(0);
	a.reporters = reporters_new();
	result = verdict_verb_answer(&a, &err);
	reporters_free(&a.reporters);
	arena_free(&a.arena);
	config_unref(&a.config);
	return result < 0 ? verdict_verb_fail(&err) : a.worst;
}
