/*
 * Ids of domains, reporters and senders: found in the cache, else in the
 * tables, else made. And which results a domain has shown.
 */
#include "schema/store/dictionary.h"

#include <assert.h>

#include "base/buf.h"
#include "schema/limits.h"
#include "schema/series.h"
#include "schema/store/dictionary_cache.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_usage.h"

/* The id that a find statement with its parameters bound returns, 0 when there
   is none, -1 on error. */
static int64_t dictionary_find_id(struct engine_statement *statement,
                                  struct err *err)
{
	int64_t id = 0;
	int result = engine_next(statement, err);

	if (result < 0)
		return -1;
	if (result == 1)
		id = engine_column_int(statement, 0);
	engine_reset(statement);
	return id;
}

int dictionary_domain_find(struct store *store, struct text name, int64_t *id,
                           struct err *err)
{
	struct dictionary_entry *known =
		dictionary_cache_find(store->cache, DICTIONARY_DOMAIN, 0, name);
	struct engine_statement *s;

	*id = known != NULL ? known->id : 0;
	if (*id > 0)
		return 0;
	s = engine_prepare(store->engine, STATEMENT_DOMAIN_FIND,
	                   "SELECT id FROM domain WHERE name = ?1", err);
	if (s == NULL)
		return -1;
	engine_bind_text(s, 1, name);
	*id = dictionary_find_id(s, err);
	if (*id > 0)
		dictionary_cache_put(store->cache, DICTIONARY_DOMAIN, 0, name,
		                     (struct dictionary_entry){.id = *id});
	return *id < 0 ? -1 : 0;
}

int dictionary_domain_add(struct store *store, struct text name, bool admitted,
                          int64_t *id, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_DOMAIN_ADD,
		"INSERT INTO domain (name, admitted) VALUES (?1, ?2)", err);

	if (s == NULL)
		return -1;
	engine_bind_text(s, 1, name);
	engine_bind_int(s, 2, admitted ? 1 : 0);
	if (engine_insert(s, id, err) < 0)
		return -1;
	dictionary_cache_put(store->cache, DICTIONARY_DOMAIN, 0, name,
	                     (struct dictionary_entry){.id = *id});
	return admitted ? store_usage_add(store, SERIES_USAGE_ADMITTED, 1, 0,
	                                  err)
	                : 0;
}

static int dictionary_reporter_find(struct store *store, struct text name,
                                    struct dictionary_entry *value,
                                    struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_REPORTER_FIND,
		"SELECT id, first_received, first_proved FROM reporter WHERE "
		"name = ?1",
		err);
	int result;

	if (s == NULL)
		return -1;
	engine_bind_text(s, 1, name);
	result = engine_next(s, err);
	if (result == 1) {
		value->id = engine_column_int(s, 0);
		value->first[0] = engine_column_int(s, 1);
		value->first[1] = statement_column_or(s, 2, INT64_MAX);
		engine_reset(s);
	}
	return result;
}

static int dictionary_reporter_add(struct store *store, struct text name,
                                   struct dictionary_entry *value,
                                   struct err *err)
{
	struct engine_statement *s =
		engine_prepare(store->engine, STATEMENT_REPORTER_ADD,
	                       "INSERT INTO reporter (name, "
	                       "first_received) VALUES (?1, ?2)",
	                       err);

	if (s == NULL)
		return -1;
	engine_bind_text(s, 1, name);
	engine_bind_int(s, 2, value->first[0]);
	if (engine_insert(s, &value->id, err) < 0)
		return -1;
	return 0;
}

/* Readers that know the reporter have to read it again. */
static int dictionary_reporter_note_change(struct store *store, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_REPORTER_CHANGE,
		"INSERT INTO timestamp (name, value) VALUES ('" SERIES_REPORTER_CHANGES
		"', 1) ON CONFLICT (name) DO UPDATE SET value = timestamp.value + 1",
		err);

	return s == NULL ? -1 : engine_queue(s, err);
}

/* Keeps the earliest of its times: reports need not arrive in order, for an
   archive is imported. */
static int dictionary_reporter_move_first(struct store *store,
                                          struct dictionary_entry *value,
                                          size_t which, int64_t arrived,
                                          struct err *err)
{
	struct engine_statement *s;

	if (arrived >= value->first[which])
		return 0;
	s = engine_prepare(store->engine, STATEMENT_REPORTER_FIRST,
	                   "UPDATE reporter SET first_received = ?2, "
	                   "first_proved = ?3 WHERE id = ?1",
	                   err);
	if (s == NULL)
		return -1;
	value->first[which] = arrived;
	engine_bind_int(s, 1, value->id);
	engine_bind_int(s, 2, value->first[0]);
	if (value->first[1] == INT64_MAX)
		engine_bind_null(s, 3);
	else
		engine_bind_int(s, 3, value->first[1]);
	if (engine_queue(s, err) < 0)
		return -1;
	return dictionary_reporter_note_change(store, err);
}

/* The entry of the cache, made where there is none; NULL on error. */
static struct dictionary_entry *dictionary_reporter_entry(struct store *store,
                                                          struct text name,
                                                          int64_t received,
                                                          struct err *err)
{
	struct dictionary_entry *known = dictionary_cache_find(
		store->cache, DICTIONARY_REPORTER, 0, name);
	struct dictionary_entry value = {.first = {received, INT64_MAX}};
	int found;

	if (known != NULL)
		return known;
	found = dictionary_reporter_find(store, name, &value, err);
	if (found < 0 || (found == 0 && dictionary_reporter_add(
						store, name, &value, err) < 0))
		return NULL;
	dictionary_cache_put(store->cache, DICTIONARY_REPORTER, 0, name, value);
	return dictionary_cache_find(store->cache, DICTIONARY_REPORTER, 0,
	                             name);
}

int dictionary_reporter_id(struct store *store, struct text name,
                           int64_t received, int64_t *id, struct err *err)
{
	struct dictionary_entry *known =
		dictionary_reporter_entry(store, name, received, err);

	if (known == NULL)
		return -1;
	*id = known->id;
	return dictionary_reporter_move_first(store, known, 0, received, err);
}

int dictionary_reporter_prove(struct store *store, struct text name,
                              int64_t arrived, struct err *err)
{
	struct dictionary_entry *known =
		dictionary_reporter_entry(store, name, arrived, err);

	if (known == NULL)
		return -1;
	return dictionary_reporter_move_first(store, known, 1, arrived, err);
}

static int dictionary_sender_find_or_add(struct store *store,
                                         struct text organization,
                                         struct text contact, int64_t *id,
                                         struct err *err)
{
	struct engine_statement *s =
		engine_prepare(store->engine, STATEMENT_SENDER_FIND,
	                       "SELECT id FROM sender WHERE "
	                       "organization = ?1 AND contact = ?2",
	                       err);

	if (s == NULL)
		return -1;
	engine_bind_text(s, 1, organization);
	engine_bind_text(s, 2, contact);
	*id = dictionary_find_id(s, err);
	if (*id != 0)
		return *id < 0 ? -1 : 0;
	s = engine_prepare(
		store->engine, STATEMENT_SENDER_ADD,
		"INSERT INTO sender (organization, contact) VALUES (?1, ?2)",
		err);
	if (s == NULL)
		return -1;
	engine_bind_text(s, 1, organization);
	engine_bind_text(s, 2, contact);
	if (engine_insert(s, id, err) < 0)
		return -1;
	return 0;
}

int dictionary_sender_id(struct store *store, struct text organization,
                         struct text contact, int64_t *id, struct err *err)
{
	struct buf both = BUF_INIT(2U * LIMIT_STRING + 32U);
	struct dictionary_entry *known;
	struct text name;
	int result = 0;

	buf_printf(&both, "%zu:", organization.len);
	buf_add(&both, organization.data, organization.len);
	buf_add(&both, contact.data, contact.len);
	name = (struct text){both.data, both.len};
	known = dictionary_cache_find(store->cache, DICTIONARY_SENDER, 0, name);
	if (known != NULL) {
		*id = known->id;
	} else {
		result = dictionary_sender_find_or_add(store, organization,
		                                       contact, id, err);
		if (result == 0)
			dictionary_cache_put(
				store->cache, DICTIONARY_SENDER, 0, name,
				(struct dictionary_entry){.id = *id});
	}
	buf_free(&both);
	return result;
}

static int dictionary_series_write(struct store *store, int64_t domain_id,
                                   enum policy_type type, int result,
                                   int64_t last_day, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_SERIES,
		"INSERT INTO series VALUES (?1, ?2, ?3, ?4) ON CONFLICT "
		"(domain_id, policy_type, result_type) DO UPDATE SET last_day = "
		"excluded.last_day WHERE excluded.last_day > series.last_day",
		err);

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, domain_id);
	engine_bind_int(s, 2, type);
	engine_bind_int(s, 3, result);
	engine_bind_int(s, 4, last_day);
	return engine_queue(s, err);
}

/* What is written of a domain is one entry of the cache: a bit a pair of policy
   type and result type, all up to the same day. */
int dictionary_series_note(struct store *store, int64_t domain_id,
                           enum policy_type type, int result, int64_t day,
                           struct err *err)
{
	static_assert(POLICY_TYPES * (RESULT_TYPES + 1) < 64,
	              "a bit a pair of them");
	int64_t bit = INT64_C(1)
	              << ((int)type * (RESULT_TYPES + 1) + result + 1);
	struct dictionary_entry *known = dictionary_cache_find(
		store->cache, DICTIONARY_SERIES, domain_id, TEXT(""));
	struct dictionary_entry value = {.last_day = day + DICTIONARY_DAY_STEP};

	if (known != NULL && day <= known->last_day)
		value = *known;
	if ((value.id & bit) != 0)
		return 0;
	if (dictionary_series_write(store, domain_id, type, result,
	                            value.last_day, err) < 0)
		return -1;
	value.id |= bit;
	dictionary_cache_put(store->cache, DICTIONARY_SERIES, domain_id,
	                     TEXT(""), value);
	return 0;
}
