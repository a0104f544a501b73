/*
 * How far each mailbox has been read. A message that is not known to be done is
 * read again, and what it holds is found to be there: nothing here can lose or
 * double a report.
 */
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/write.h"

int store_mailbox_declare(struct store *store, const char *name,
                          struct err *err)
{
	struct engine_statement *s =
		engine_prepare(store->engine, STATEMENT_MAILBOX_DECLARE,
	                       "INSERT INTO mailbox (name) VALUES (?1) "
	                       "ON CONFLICT DO NOTHING",
	                       err);

	if (s == NULL)
		return -1;
	engine_bind_text(s, 1, text_of(name));
	return engine_queue(s, err);
}

static int store_mailbox_delete(struct store *store, int64_t id,
                                struct err *err)
{
	int64_t rows;

	if (statement_run_number(store->engine,
	                         "DELETE FROM mailbox_message WHERE mailbox_id "
	                         "= ?1",
	                         id, &rows, err) < 0)
		return -1;
	return statement_run_number(store->engine,
	                            "DELETE FROM mailbox WHERE id = ?1", id,
	                            &rows, err);
}

static bool store_mailbox_is_in(const char *const *names, size_t count,
                                struct text name)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (text_is(name, names[i]))
			return true;
	}
	return false;
}

int store_mailbox_delete_others(struct store *store, const char *const *names,
                                size_t count, struct err *err)
{
	struct engine_statement *s;
	int64_t id;
	int result;

	s = engine_prepare_once(store->engine, "SELECT id, name FROM mailbox",
	                        err);
	if (s == NULL)
		return -1;
	while ((result = engine_next(s, err)) == 1) {
		id = engine_column_int(s, 0);
		if (!store_mailbox_is_in(names, count,
		                         engine_column_text(s, 1)) &&
		    store_mailbox_delete(store, id, err) < 0) {
			result = -1;
			break;
		}
	}
	engine_finalize(&s);
	return result;
}

/* Runs a statement whose parameters are numbers. */
static int store_mailbox_run(struct engine_statement *s, const int64_t *numbers,
                             size_t count, struct err *err)
{
	size_t i;

	if (s == NULL)
		return -1;
	for (i = 0; i < count; i++)
		engine_bind_int(s, (int)i + 1, numbers[i]);
	return engine_queue(s, err);
}

static int store_mailbox_clear_messages(struct store *store, int64_t mailbox_id,
                                        int64_t done_to, struct err *err)
{
	const int64_t numbers[] = {mailbox_id, done_to};

	return store_mailbox_run(
		engine_prepare(store->engine, STATEMENT_MAILBOX_CLEAR,
	                       "DELETE FROM mailbox_message WHERE mailbox_id "
	                       "= ?1 AND message <= ?2 AND (state = 1 OR ?2 = "
	                       "9223372036854775807)",
	                       err),
		numbers, 2, err);
}

int store_mailbox_reset(struct store *store, int64_t mailbox_id,
                        int64_t validity, struct err *err)
{
	const int64_t numbers[] = {mailbox_id, validity};

	if (store_mailbox_clear_messages(store, mailbox_id, INT64_MAX, err) < 0)
		return -1;
	return store_mailbox_run(
		engine_prepare(store->engine, STATEMENT_MAILBOX_RESET,
	                       "UPDATE mailbox SET validity = ?2, done_to = 0 "
	                       "WHERE id = ?1",
	                       err),
		numbers, 2, err);
}

int store_mailbox_note(struct store *store, int64_t mailbox_id,
                       const struct store_mailbox_message *message,
                       struct err *err)
{
	const int64_t numbers[] = {mailbox_id,       message->message,
	                           message->state,   message->tries,
	                           message->since,   message->copied,
	                           message->faults,  message->others,
	                           message->next_try};

	return store_mailbox_run(
		engine_prepare(
			store->engine, STATEMENT_MAILBOX_NOTE,
			"INSERT INTO mailbox_message (mailbox_id, "
			"message, state, tries, since, copied, faults, "
			"others, next_try) VALUES (?1, ?2, ?3, ?4, ?5, "
			"?6, ?7, ?8, ?9) ON CONFLICT (mailbox_id, message) DO "
			"UPDATE SET state = excluded.state, tries = "
			"excluded.tries, copied = excluded.copied, "
			"faults = excluded.faults, others = "
			"excluded.others, next_try = excluded.next_try",
			err),
		numbers, 9, err);
}

int store_mailbox_forget(struct store *store, int64_t mailbox_id,
                         int64_t message, struct err *err)
{
	const int64_t numbers[] = {mailbox_id, message};

	return store_mailbox_run(
		engine_prepare(store->engine, STATEMENT_MAILBOX_FORGET,
	                       "DELETE FROM mailbox_message WHERE "
	                       "mailbox_id = ?1 AND message = ?2",
	                       err),
		numbers, 2, err);
}

int store_mailbox_advance(struct store *store, int64_t mailbox_id,
                          int64_t done_to, struct err *err)
{
	const int64_t numbers[] = {mailbox_id, done_to};

	if (store_mailbox_clear_messages(store, mailbox_id, done_to, err) < 0)
		return -1;
	return store_mailbox_run(
		engine_prepare(
			store->engine, STATEMENT_MAILBOX_ADVANCE,
			"UPDATE mailbox SET done_to = ?2 WHERE id = ?1 AND "
			"done_to < ?2",
			err),
		numbers, 2, err);
}

int store_mailbox_round(struct store *store, int64_t mailbox_id,
                        const struct store_mailbox_round *round,
                        struct err *err)
{
	const int64_t numbers[] = {mailbox_id,         round->failed,
	                           round->ended,       round->pending,
	                           round->duration_ms, round->fetched};

	return store_mailbox_run(
		engine_prepare(
			store->engine, STATEMENT_MAILBOX_ROUND,
			"UPDATE mailbox SET polls = polls + 1, poll_failures = "
			"poll_failures + ?2, last_poll = ?3, last_success = "
			"CASE ?2 WHEN 0 THEN ?3 ELSE last_success END, pending = "
			"CASE ?2 WHEN 0 THEN ?4 ELSE pending END, duration_ms = "
			"?5, fetched = fetched + ?6 WHERE id = ?1",
			err),
		numbers, 6, err);
}

int store_mailbox_read(struct store *store, const char *name,
                       struct store_mailbox_position *position, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_MAILBOX_READ,
		"SELECT id, validity, done_to, fetched FROM mailbox WHERE name "
		"= ?1",
		err);
	int result;

	*position = (struct store_mailbox_position){0, 0, 0, 0};
	if (s == NULL)
		return -1;
	engine_bind_text(s, 1, text_of(name));
	result = engine_next(s, err);
	if (result != 1)
		return result;
	position->id = engine_column_int(s, 0);
	position->validity = engine_column_int(s, 1);
	position->done_to = engine_column_int(s, 2);
	position->fetched = engine_column_int(s, 3);
	engine_reset(s);
	return 0;
}

static void store_mailbox_read_message(struct engine_statement *s,
                                       struct store_mailbox_message *out)
{
	int64_t state = engine_column_int(s, 1);

	out->message = engine_column_int(s, 0);
	out->state = (enum store_message_state)state;
	out->tries = engine_column_int(s, 2);
	out->since = engine_column_int(s, 3);
	out->copied = engine_column_int(s, 4);
	out->faults = engine_column_int(s, 5);
	out->others = engine_column_int(s, 6);
	out->next_try = engine_column_int(s, 7);
}

int store_mailbox_find(struct store *store, int64_t mailbox_id, int64_t message,
                       struct store_mailbox_message *out, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_MAILBOX_MESSAGE,
		"SELECT message, state, tries, since, copied, faults, others, "
		"next_try FROM mailbox_message WHERE mailbox_id = ?1 AND "
		"message = ?2",
		err);
	int result;

	*out = (struct store_mailbox_message){.message = message};
	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, mailbox_id);
	engine_bind_int(s, 2, message);
	result = engine_next(s, err);
	if (result != 1)
		return result;
	store_mailbox_read_message(s, out);
	engine_reset(s);
	return 1;
}

int store_mailbox_messages(struct store *store, int64_t mailbox_id,
                           int64_t after, struct store_mailbox_messages *out,
                           struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_MAILBOX_MESSAGES,
		"SELECT message, state, tries, since, copied, faults, others, "
		"next_try FROM mailbox_message WHERE mailbox_id = ?1 AND "
		"message > ?2 ORDER BY message LIMIT ?3",
		err);
	int result;

	out->count = 0;
	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, mailbox_id);
	engine_bind_int(s, 2, after);
	engine_bind_int(s, 3, (int64_t)out->max);
	while ((result = engine_next(s, err)) == 1)
		store_mailbox_read_message(s, &out->items[out->count++]);
	return result;
}

int store_mailbox_left(struct store *store, const char *name,
                       struct store_mailbox_left *left, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_MAILBOX_LEFT,
		"SELECT count(*) FILTER (WHERE state IN (2, 3)), count(*) "
		"FILTER (WHERE state = 4) FROM mailbox_message WHERE state > 1 "
		"AND mailbox_id = (SELECT id FROM mailbox WHERE name = ?1)",
		err);
	int result;

	*left = (struct store_mailbox_left){0, 0};
	if (s == NULL)
		return -1;
	engine_bind_text(s, 1, text_of(name));
	result = engine_next(s, err);
	if (result != 1)
		return result;
	left->unmarked = engine_column_int(s, 0);
	left->given_up = engine_column_int(s, 1);
	engine_reset(s);
	return 0;
}
