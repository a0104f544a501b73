/*
 * The ledger of what was refused or ignored. Each class pays for its own: its
 * oldest rows go when its rows or bytes are over its budget.
 */
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "schema/store/store_private.h"

/* What a row takes beside its data and texts. */
#define BYTES_ROW 150

static void stock_name(enum ledger_class class, char *out, size_t size)
{
	(void)snprintf(out, size, "ledger:%s", ledger_class_name(class));
}

static int64_t size_of(const struct ledger_entry *entry)
{
	return BYTES_ROW + (int64_t)(entry->len + entry->sentence.len +
	                             entry->peer.len + entry->domain.len);
}

/* Counts up a row with the same bytes from the same; *again when there was one.
   Proved otherwise they are another row: what is tried again counts by it. */
static int count_again(struct store *store, const struct ledger_entry *entry,
                       const uint8_t *digest, bool *again, struct err *err)
{
	sqlite3_stmt *s = store_statement(
		store, SLOT_LEDGER_AGAIN,
		"UPDATE ledger SET times = times + 1, newest = max(newest, ?3) "
		"WHERE class = ?1 AND digest = ?2 AND trust = ?4 AND signer = "
		"?5",
		err);

	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int(s, 1, (int)entry->class);
	(void)sqlite3_bind_blob(s, 2, digest, DIGEST_SIZE, SQLITE_STATIC);
	(void)sqlite3_bind_int64(s, 3, entry->received);
	(void)sqlite3_bind_int(s, 4, (int)entry->trust);
	bind_text(s, 5, entry->signer);
	if (store_run(store, s, err) < 0)
		return -1;
	*again = sqlite3_changes(store->db) > 0;
	return 0;
}

static int insert(struct store *store, const struct ledger_entry *entry,
                  const uint8_t *digest, struct err *err)
{
	sqlite3_stmt *s = store_statement(
		store, SLOT_LEDGER_ADD,
		"INSERT INTO ledger (class, digest, channel, trust, signer, "
		"outcome, refusal, sentence, peer, domain, encoding, received, "
		"newest, times, bytes, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
		"?7, ?8, ?9, ?10, ?11, ?12, ?12, 1, ?13, ?14)",
		err);

	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int(s, 1, (int)entry->class);
	(void)sqlite3_bind_blob(s, 2, digest, DIGEST_SIZE, SQLITE_STATIC);
	(void)sqlite3_bind_int(s, 3, (int)entry->channel);
	(void)sqlite3_bind_int(s, 4, (int)entry->trust);
	bind_text(s, 5, entry->signer);
	(void)sqlite3_bind_int(s, 6, (int)entry->outcome);
	(void)sqlite3_bind_int(s, 7, (int)entry->refusal);
	bind_text(s, 8, entry->sentence);
	bind_text(s, 9, entry->peer);
	bind_text(s, 10, entry->domain);
	bind_text(s, 11, entry->encoding);
	(void)sqlite3_bind_int64(s, 12, entry->received);
	(void)sqlite3_bind_int64(s, 13, size_of(entry));
	/* An empty blob, not NULL, for an empty input. */
	(void)sqlite3_bind_blob(s, 14,
	                        entry->len > 0 ? (const void *)entry->data : "",
	                        (int)entry->len, SQLITE_STATIC);
	return store_run(store, s, err);
}

/* Deletes a row and takes it out of its class's stock; *found when it was
   there. */
static int delete_row(struct store *store, int64_t id, bool *found,
                      struct err *err)
{
	sqlite3_stmt *s = store_statement(
		store, SLOT_LEDGER_DELETE,
		"DELETE FROM ledger WHERE id = ? RETURNING class, bytes", err);
	enum ledger_class class;
	int64_t bytes;
	char name[32];
	int result;

	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int64(s, 1, id);
	result = store_step(store, s, err);
	*found = result == 1;
	if (result != 1)
		return result;
	class = column_choice(s, 0, LEDGER_CLASSES);
	bytes = sqlite3_column_int64(s, 1);
	if (store_run(store, s, err) < 0)
		return -1;
	stock_name(class, name, sizeof(name));
	return store_stock(store, name, -1, -bytes, err);
}

static int oldest_of(struct store *store, enum ledger_class class, int64_t *id,
                     struct err *err)
{
	sqlite3_stmt *s = store_statement(
		store, SLOT_LEDGER_OLDEST,
		"SELECT coalesce(min(id), 0) FROM ledger WHERE class = ?", err);

	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int(s, 1, (int)class);
	if (store_step(store, s, err) < 0)
		return -1;
	*id = sqlite3_column_int64(s, 0);
	(void)sqlite3_reset(s);
	return 0;
}

static int evict(struct store *store, enum ledger_class class,
                 const struct ledger_budget *budget, struct err *err)
{
	int64_t rows, bytes, id;
	char name[32];
	bool found;

	stock_name(class, name, sizeof(name));
	for (;;) {
		if (store_stock_read(store, name, &rows, &bytes, err) < 0)
			return -1;
		if (rows <= budget->rows && bytes <= budget->bytes)
			return 0;
		if (oldest_of(store, class, &id, err) < 0)
			return -1;
		if (id == 0)
			return 0;
		if (delete_row(store, id, &found, err) < 0)
			return -1;
		store_count(store, "ledger_evicted", ledger_class_name(class),
		            "", 1);
	}
}

int store_refuse(struct store *store, const struct ledger_entry *entry,
                 const struct ledger_budget *budget, struct err *err)
{
	uint8_t digest[DIGEST_SIZE];
	char name[32];
	bool again;

	if (entry->digest != NULL)
		memcpy(digest, entry->digest, DIGEST_SIZE);
	else
		digest_sha256(entry->data, entry->len, digest);
	if (count_again(store, entry, digest, &again, err) < 0)
		return -1;
	if (again)
		return 0;
	stock_name(entry->class, name, sizeof(name));
	if (insert(store, entry, digest, err) < 0 ||
	    store_stock(store, name, 1, size_of(entry), err) < 0)
		return -1;
	return evict(store, entry->class, budget, err);
}

static void read_entry(sqlite3_stmt *s, struct arena *arena,
                       struct ledger_entry *entry)
{
	const void *data = sqlite3_column_blob(s, 14);

	entry->id = sqlite3_column_int64(s, 0);
	entry->class = column_choice(s, 1, LEDGER_CLASSES);
	entry->channel = column_choice(s, 2, CHANNELS);
	entry->trust = column_choice(s, 3, TRUSTS);
	entry->signer = column_copy(s, 4, arena);
	entry->outcome = column_choice(s, 5, OUTCOMES);
	entry->refusal = column_choice(s, 6, REFUSALS);
	entry->sentence = column_copy(s, 7, arena);
	entry->peer = column_copy(s, 8, arena);
	entry->domain = column_copy(s, 9, arena);
	entry->encoding = column_copy(s, 10, arena);
	entry->received = sqlite3_column_int64(s, 11);
	entry->newest = sqlite3_column_int64(s, 12);
	entry->times = sqlite3_column_int64(s, 13);
	entry->len = (size_t)sqlite3_column_bytes(s, 14);
	entry->data = (const uint8_t *)arena_copy(arena, data, entry->len);
}

#define ENTRY_COLUMNS                                                      \
	"SELECT id, class, channel, trust, signer, outcome, refusal, "     \
	"sentence, peer, domain, encoding, received, newest, times, data " \
	"FROM ledger WHERE id > ?1 "

/* One step of a statement that has one parameter, the id to go on after. */
static int next_entry(struct store *store, sqlite3_stmt *s, int64_t after,
                      struct arena *arena, struct ledger_entry *entry,
                      struct err *err)
{
	int result;

	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int64(s, 1, after);
	result = store_step(store, s, err);
	if (result == 1) {
		read_entry(s, arena, entry);
		(void)sqlite3_reset(s);
	}
	return result;
}

int store_ledger_next(struct store *store, int64_t after, struct arena *arena,
                      struct ledger_entry *entry, struct err *err)
{
	return next_entry(store,
	                  store_statement(store, SLOT_LEDGER_NEXT,
	                                  ENTRY_COLUMNS "ORDER BY id LIMIT 1",
	                                  err),
	                  after, arena, entry, err);
}

int store_ledger_next_foreign(struct store *store, int64_t after,
                              struct arena *arena, struct ledger_entry *entry,
                              struct err *err)
{
	sqlite3_stmt *s = store_statement(
		store, SLOT_LEDGER_FOREIGN,
		ENTRY_COLUMNS "AND refusal = ?2 ORDER BY id LIMIT 1", err);

	if (s != NULL)
		(void)sqlite3_bind_int(s, 2, (int)REFUSAL_UNKNOWN_DOMAIN);
	return next_entry(store, s, after, arena, entry, err);
}

int store_ledger_remove(struct store *store, int64_t id, struct err *err)
{
	bool found;

	return delete_row(store, id, &found, err);
}

int store_ledger_amend(struct store *store, int64_t id, enum refusal refusal,
                       struct text sentence, struct err *err)
{
	sqlite3_stmt *s = store_statement(store, SLOT_LEDGER_AMEND,
	                                  "UPDATE ledger SET refusal = ?2, "
	                                  "sentence = ?3 WHERE id = ?1",
	                                  err);

	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int64(s, 1, id);
	(void)sqlite3_bind_int(s, 2, (int)refusal);
	bind_text(s, 3, sentence);
	return store_run(store, s, err);
}
