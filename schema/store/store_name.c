/*
 * Ids of domains, reporters and senders: found in the cache, else in the
 * tables, else made.
 */
#include "schema/limits.h"
#include "schema/store/store_private.h"

/* The id that a find statement with its parameters bound returns, 0 when there
   is none, -1 on error. */
static int64_t find_id(struct store *store, sqlite3_stmt *statement,
                       struct err *err)
{
	int64_t id = 0;
	int result = store_step(store, statement, err);

	if (result < 0)
		return -1;
	if (result == 1)
		id = sqlite3_column_int64(statement, 0);
	(void)sqlite3_reset(statement);
	return id;
}

int store_domain_find(struct store *store, struct text name, int64_t *id,
                      struct err *err)
{
	struct cache_value *known =
		cache_find(store->cache, CACHE_DOMAIN, 0, name);
	sqlite3_stmt *s;

	*id = known != NULL ? known->id : 0;
	if (*id > 0)
		return 0;
	s = store_statement(store, SLOT_DOMAIN_FIND,
	                    "SELECT id FROM domain WHERE name = ?", err);
	if (s == NULL)
		return -1;
	bind_text(s, 1, name);
	*id = find_id(store, s, err);
	if (*id > 0)
		cache_put(store->cache, CACHE_DOMAIN, 0, name,
		          (struct cache_value){.id = *id});
	return *id < 0 ? -1 : 0;
}

int store_domain_add(struct store *store, struct text name, bool admitted,
                     int64_t *id, struct err *err)
{
	sqlite3_stmt *s = store_statement(
		store, SLOT_DOMAIN_ADD,
		"INSERT INTO domain (name, admitted) VALUES (?, ?)", err);

	if (s == NULL)
		return -1;
	bind_text(s, 1, name);
	(void)sqlite3_bind_int(s, 2, admitted ? 1 : 0);
	if (store_run(store, s, err) < 0)
		return -1;
	*id = sqlite3_last_insert_rowid(store->db);
	cache_put(store->cache, CACHE_DOMAIN, 0, name,
	          (struct cache_value){.id = *id});
	return admitted ? store_stock(store, STOCK_ADMITTED, 1, 0, err) : 0;
}

static int find_reporter(struct store *store, struct text name,
                         struct cache_value *value, struct err *err)
{
	sqlite3_stmt *s = store_statement(
		store, SLOT_REPORTER_FIND,
		"SELECT id, first_received FROM reporter WHERE name = ?", err);
	int result;

	if (s == NULL)
		return -1;
	bind_text(s, 1, name);
	result = store_step(store, s, err);
	if (result == 1) {
		value->id = sqlite3_column_int64(s, 0);
		value->first[0] = sqlite3_column_int64(s, 1);
		(void)sqlite3_reset(s);
	}
	return result;
}

static int add_reporter(struct store *store, struct text name,
                        struct cache_value *value, struct err *err)
{
	sqlite3_stmt *s = store_statement(store, SLOT_REPORTER_ADD,
	                                  "INSERT INTO reporter (name, "
	                                  "first_received) VALUES (?, ?)",
	                                  err);

	if (s == NULL)
		return -1;
	bind_text(s, 1, name);
	(void)sqlite3_bind_int64(s, 2, value->first[0]);
	if (store_run(store, s, err) < 0)
		return -1;
	value->id = sqlite3_last_insert_rowid(store->db);
	return 0;
}

/* Reports need not arrive in order: an archive is imported. */
static int arrived_earlier(struct store *store, struct cache_value *value,
                           int64_t received, struct err *err)
{
	sqlite3_stmt *s;

	if (received >= value->first[0])
		return 0;
	s = store_statement(
		store, SLOT_REPORTER_FIRST,
		"UPDATE reporter SET first_received = ?2 WHERE id = ?1", err);
	if (s == NULL)
		return -1;
	value->first[0] = received;
	(void)sqlite3_bind_int64(s, 1, value->id);
	(void)sqlite3_bind_int64(s, 2, received);
	return store_run(store, s, err);
}

int store_reporter_id(struct store *store, struct text name, int64_t received,
                      int64_t *id, struct err *err)
{
	struct cache_value *known =
		cache_find(store->cache, CACHE_REPORTER, 0, name);
	struct cache_value value = {.first = {received, INT64_MAX}};
	int found;

	if (known == NULL) {
		found = find_reporter(store, name, &value, err);
		if (found < 0 ||
		    (found == 0 && add_reporter(store, name, &value, err) < 0))
			return -1;
		cache_put(store->cache, CACHE_REPORTER, 0, name, value);
		known = cache_find(store->cache, CACHE_REPORTER, 0, name);
	}
	*id = known->id;
	return arrived_earlier(store, known, received, err);
}

static int find_or_add_sender(struct store *store, struct text organization,
                              struct text contact, int64_t *id, struct err *err)
{
	sqlite3_stmt *s = store_statement(store, SLOT_SENDER_FIND,
	                                  "SELECT id FROM sender WHERE "
	                                  "organization = ? AND contact = ?",
	                                  err);

	if (s == NULL)
		return -1;
	bind_text(s, 1, organization);
	bind_text(s, 2, contact);
	*id = find_id(store, s, err);
	if (*id != 0)
		return *id < 0 ? -1 : 0;
	s = store_statement(
		store, SLOT_SENDER_ADD,
		"INSERT INTO sender (organization, contact) VALUES (?, ?)",
		err);
	if (s == NULL)
		return -1;
	bind_text(s, 1, organization);
	bind_text(s, 2, contact);
	if (store_run(store, s, err) < 0)
		return -1;
	*id = sqlite3_last_insert_rowid(store->db);
	return 0;
}

int store_sender_id(struct store *store, struct text organization,
                    struct text contact, int64_t *id, struct err *err)
{
	struct buf both = BUF_INIT(2U * LIMIT_STRING + 32U);
	struct cache_value *known;
	struct text name;
	int result = 0;

	buf_printf(&both, "%zu:", organization.len);
	buf_add(&both, organization.data, organization.len);
	buf_add(&both, contact.data, contact.len);
	name = (struct text){both.data, both.len};
	known = cache_find(store->cache, CACHE_SENDER, 0, name);
	if (known != NULL) {
		*id = known->id;
	} else {
		result = find_or_add_sender(store, organization, contact, id,
		                            err);
		if (result == 0)
			cache_put(store->cache, CACHE_SENDER, 0, name,
			          (struct cache_value){.id = *id});
	}
	buf_free(&both);
	return result;
}
