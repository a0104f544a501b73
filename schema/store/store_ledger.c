/*
 * The ledger of what was refused or ignored. Each group pays for its own: its
 * oldest rows go when its rows or bytes are over its budget.
 */
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "schema/series.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_usage.h"
#include "schema/store/write.h"

/* What a row takes beside its data and texts. */
#define BYTES_ROW 150

static void store_ledger_usage_name(enum ledger_group group, char *out,
                                    size_t size)
{
	(void)snprintf(out, size, SERIES_USAGE_LEDGER "%s",
	               outcome_ledger_group_name(group));
}

static int64_t store_ledger_size(const struct ledger_entry *entry)
{
	return BYTES_ROW + (int64_t)(entry->len + entry->sentence.len +
	                             entry->peer.len + entry->domain.len);
}

/* Counts up a row with the same bytes from the same; *again when there was one.
   Proved otherwise they are another row: what is tried again counts by it. */
static int store_ledger_count_again(struct store *store,
                                    const struct ledger_entry *entry,
                                    const uint8_t *digest, bool *again,
                                    struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_LEDGER_AGAIN,
		"UPDATE ledger SET times = times + 1, newest = CASE WHEN "
		"newest < ?3 THEN ?3 ELSE newest END "
		"WHERE class = ?1 AND digest = ?2 AND trust = ?4 AND signer = "
		"?5",
		err);
	int64_t rows;

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, entry->group);
	engine_bind_blob(s, 2, digest, STORE_DIGEST_SIZE);
	engine_bind_int(s, 3, entry->received);
	engine_bind_int(s, 4, entry->trust);
	engine_bind_text(s, 5, entry->signer);
	if (engine_run(s, &rows, err) < 0)
		return -1;
	*again = rows > 0;
	return 0;
}

static int store_ledger_insert(struct store *store,
                               const struct ledger_entry *entry,
                               const uint8_t *digest, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_LEDGER_ADD,
		"INSERT INTO ledger (class, digest, channel, trust, signer, "
		"outcome, refusal, sentence, peer, domain, encoding, received, "
		"newest, times, bytes, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
		"?7, ?8, ?9, ?10, ?11, ?12, ?12, 1, ?13, ?14)",
		err);

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, entry->group);
	engine_bind_blob(s, 2, digest, STORE_DIGEST_SIZE);
	engine_bind_int(s, 3, entry->channel);
	engine_bind_int(s, 4, entry->trust);
	engine_bind_text(s, 5, entry->signer);
	engine_bind_int(s, 6, entry->outcome);
	engine_bind_int(s, 7, entry->refusal);
	engine_bind_text(s, 8, entry->sentence);
	engine_bind_text(s, 9, entry->peer);
	engine_bind_text(s, 10, entry->domain);
	engine_bind_text(s, 11, entry->encoding);
	engine_bind_int(s, 12, entry->received);
	engine_bind_int(s, 13, store_ledger_size(entry));
	engine_bind_blob(s, 14, entry->data, entry->len);
	return engine_queue(s, err);
}

int store_ledger_remove(struct store *store, int64_t id, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_LEDGER_DELETE,
		"DELETE FROM ledger WHERE id = ?1 RETURNING class, bytes", err);
	enum ledger_group group;
	int64_t bytes;
	char name[32];
	int result;

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, id);
	result = engine_next(s, err);
	if (result != 1)
		return result;
	group = statement_column_enum(s, 0, LEDGER_GROUPS);
	bytes = engine_column_int(s, 1);
	if (engine_queue(s, err) < 0)
		return -1;
	store_ledger_usage_name(group, name, sizeof(name));
	return store_usage_add(store, name, -1, -bytes, err);
}

static int store_ledger_oldest(struct store *store, enum ledger_group group,
                               int64_t *id, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_LEDGER_OLDEST,
		"SELECT coalesce(min(id), 0) FROM ledger WHERE class = ?1",
		err);

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, group);
	if (engine_next(s, err) < 0)
		return -1;
	*id = engine_column_int(s, 0);
	engine_reset(s);
	return 0;
}

static int store_ledger_evict(struct store *store, enum ledger_group group,
                              const struct ledger_budget *budget,
                              struct err *err)
{
	int64_t rows, bytes, id;
	char name[32];

	store_ledger_usage_name(group, name, sizeof(name));
	for (;;) {
		if (store_usage_read(store, name, &rows, &bytes, err) < 0)
			return -1;
		if (rows <= budget->rows && bytes <= budget->bytes)
			return 0;
		if (store_ledger_oldest(store, group, &id, err) < 0)
			return -1;
		if (id == 0)
			return 0;
		if (store_ledger_remove(store, id, err) < 0)
			return -1;
		store_counter_add(store, SERIES_LEDGER_EVICTED,
		                  outcome_ledger_group_name(group), "", 1);
	}
}

int store_ledger_add(struct store *store, const struct ledger_entry *entry,
                     const struct ledger_budget *budget, struct err *err)
{
	uint8_t digest[DIGEST_SIZE];
	char name[32];
	bool again;

	if (entry->digest != NULL)
		memcpy(digest, entry->digest, STORE_DIGEST_SIZE);
	else
		digest_sha256(entry->data, entry->len, digest);
	if (store_ledger_count_again(store, entry, digest, &again, err) < 0)
		return -1;
	if (again)
		return 0;
	store_ledger_usage_name(entry->group, name, sizeof(name));
	if (store_ledger_insert(store, entry, digest, err) < 0 ||
	    store_usage_add(store, name, 1, store_ledger_size(entry), err) < 0)
		return -1;
	return store_ledger_evict(store, entry->group, budget, err);
}

static void store_ledger_read(struct engine_statement *s, struct arena *arena,
                              struct ledger_entry *entry)
{
	const void *data = engine_column_blob(s, 14, &entry->len);

	entry->id = engine_column_int(s, 0);
	entry->group = statement_column_enum(s, 1, LEDGER_GROUPS);
	entry->channel = statement_column_enum(s, 2, CHANNELS);
	entry->trust = statement_column_enum(s, 3, TRUSTS);
	entry->signer = statement_column_copy(s, 4, arena);
	entry->outcome = statement_column_enum(s, 5, OUTCOMES);
	entry->refusal = statement_column_enum(s, 6, REFUSALS);
	entry->sentence = statement_column_copy(s, 7, arena);
	entry->peer = statement_column_copy(s, 8, arena);
	entry->domain = statement_column_copy(s, 9, arena);
	entry->encoding = statement_column_copy(s, 10, arena);
	entry->received = engine_column_int(s, 11);
	entry->newest = engine_column_int(s, 12);
	entry->times = engine_column_int(s, 13);
	entry->data = (const uint8_t *)arena_copy(arena, data, entry->len);
}

#define ENTRY_COLUMNS                                                      \
	"SELECT id, class, channel, trust, signer, outcome, refusal, "     \
	"sentence, peer, domain, encoding, received, newest, times, data " \
	"FROM ledger WHERE id > ?1 "

/* One step of a statement that has one parameter, the id to go on after. */
static int store_ledger_step(struct engine_statement *s, int64_t after,
                             struct arena *arena, struct ledger_entry *entry,
                             struct err *err)
{
	int result;

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, after);
	result = engine_next(s, err);
	if (result == 1) {
		store_ledger_read(s, arena, entry);
		engine_reset(s);
	}
	return result;
}

int store_ledger_next(struct store *store, int64_t after, struct arena *arena,
                      struct ledger_entry *entry, struct err *err)
{
	return store_ledger_step(
		engine_prepare(store->engine, STATEMENT_LEDGER_NEXT,
	                       ENTRY_COLUMNS "ORDER BY id LIMIT 1", err),
		after, arena, entry, err);
}

int store_ledger_next_foreign(struct store *store, int64_t after,
                              struct arena *arena, struct ledger_entry *entry,
                              struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_LEDGER_FOREIGN,
		ENTRY_COLUMNS "AND refusal = ?2 ORDER BY id LIMIT 1", err);

	if (s != NULL)
		engine_bind_int(s, 2, REFUSAL_UNKNOWN_DOMAIN);
	return store_ledger_step(s, after, arena, entry, err);
}

int store_ledger_amend(struct store *store, int64_t id, enum refusal refusal,
                       struct text sentence, struct err *err)
{
	struct engine_statement *s =
		engine_prepare(store->engine, STATEMENT_LEDGER_AMEND,
	                       "UPDATE ledger SET refusal = ?2, "
	                       "sentence = ?3 WHERE id = ?1",
	                       err);

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, id);
	engine_bind_int(s, 2, refusal);
	engine_bind_text(s, 3, sentence);
	return engine_queue(s, err);
}
