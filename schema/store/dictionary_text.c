/*
 * Ids of the texts of a domain, policies, hosts and reasons: found in the
 * cache, else in the tables, else made. Strangers choose them, so that they are
 * bounded for each domain, those of unproved reports apart; over the bound they
 * all are "_other".
 */
#include "schema/store/dictionary_text.h"

#include <string.h>

#include "base/digest.h"
#include "schema/limits.h"
#include "schema/store/dictionary.h"
#include "schema/store/dictionary_cache.h"
#include "schema/store/handle.h"
#include "schema/store/lines.h"
#include "schema/store/statement.h"

#define LINES_MAX (4U * LIMIT_LIST * LIMIT_STRING)

static const char other_text[] = "_other";

/* Policies, hosts and reasons. */
#define TEXT_TABLES 3

/* What differs between them. */
struct text_table {
	enum dictionary_kind kind;
	enum statement_id find, add, touch;
	int column; /* of the domain's count: 0 policies, 1 hosts, 2 reasons */
	const char *find_sql;
	const char *add_sql;
	const char *touch_sql;
};

static const struct text_table policies = {
	DICTIONARY_POLICY,
	STATEMENT_POLICY_FIND,
	STATEMENT_POLICY_ADD,
	STATEMENT_POLICY_TOUCH,
	0,
	"SELECT id, last_day, first_day, first_proved FROM policy_text WHERE "
	"domain_id = ?1 AND hash = ?5 AND policy_string = ?2 AND mx_host = ?3",
	"INSERT INTO policy_text (domain_id, policy_string, mx_host, last_day, "
	"hash) VALUES (?1, ?2, ?3, ?4, ?5)",
	"UPDATE policy_text SET last_day = ?2 WHERE id = ?1",
};

static const struct text_table hosts = {
	DICTIONARY_HOST,
	STATEMENT_HOST_FIND,
	STATEMENT_HOST_ADD,
	STATEMENT_HOST_TOUCH,
	1,
	"SELECT id, last_day FROM host WHERE domain_id = ?1 AND name = ?2",
	"INSERT INTO host (domain_id, name, last_day) VALUES (?1, ?2, ?4)",
	"UPDATE host SET last_day = ?2 WHERE id = ?1",
};

static const struct text_table reasons = {
	DICTIONARY_REASON,
	STATEMENT_REASON_FIND,
	STATEMENT_REASON_ADD,
	STATEMENT_REASON_TOUCH,
	2,
	"SELECT id, last_day FROM reason WHERE domain_id = ?1 AND text = ?2",
	"INSERT INTO reason (domain_id, text, last_day) VALUES (?1, ?2, ?4)",
	"UPDATE reason SET last_day = ?2 WHERE id = ?1",
};

/* One text, of two halves where it is a policy. */
struct text_key {
	int64_t domain_id;
	int64_t day;
	bool proved; /* by a report whose reporter is proved */
	struct policy_quota *quota;
	struct text text;
	struct text more;
};

/* Counts one more distinct text of a domain; *full when reports of the same
   kind of trust brought enough of them. The counts start again when their 90
   days are over. */
static int dictionary_text_count_distinct(struct store *store,
                                          const struct text_key *key,
                                          int column, bool *full,
                                          struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_DOMAIN_DISTINCT,
		"UPDATE domain SET (policies, hosts, reasons, "
		"unproved_policies, unproved_hosts, unproved_reasons, "
		"distinct_since) = (SELECT "
		"policies * old + CASE ?3 WHEN 0 THEN 1 ELSE 0 END, "
		"hosts * old + CASE ?3 WHEN 1 THEN 1 ELSE 0 END, "
		"reasons * old + CASE ?3 WHEN 2 THEN 1 ELSE 0 END, "
		"unproved_policies * old + CASE ?3 WHEN 3 THEN 1 ELSE 0 END, "
		"unproved_hosts * old + CASE ?3 WHEN 4 THEN 1 ELSE 0 END, "
		"unproved_reasons * old + CASE ?3 WHEN 5 THEN 1 ELSE 0 END, "
		"CASE old WHEN 1 THEN distinct_since ELSE ?2 END FROM "
		"(SELECT CASE WHEN ?2 - distinct_since < ?4 THEN 1 ELSE 0 "
		"END AS old) AS period) "
		"WHERE id = ?1 "
		"RETURNING CASE ?3 WHEN 0 THEN policies WHEN 1 THEN hosts "
		"WHEN 2 THEN reasons WHEN 3 THEN unproved_policies "
		"WHEN 4 THEN unproved_hosts ELSE unproved_reasons END",
		err);
	int64_t count;

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, key->domain_id);
	engine_bind_int(s, 2, store->now / 86400);
	engine_bind_int(s, 3, key->proved ? column : TEXT_TABLES + column);
	engine_bind_int(s, 4, LIMIT_DISTINCT_DAYS);
	if (engine_next(s, err) < 0)
		return -1;
	count = engine_column_int(s, 0);
	*full = count > LIMIT_DISTINCT;
	return engine_queue(s, err);
}

/* The policies of the domain that the reporter has shown in the last days. */
static int dictionary_text_count_own(struct store *store,
                                     const struct text_key *key, int64_t *count,
                                     struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_OWN_POLICIES,
		"WITH RECURSIVE days (day) AS (SELECT ?3 - ?4 UNION ALL SELECT "
		"day + 1 FROM days WHERE day <= ?3), "
		"types (type) AS (VALUES (0), (1), (2), (3)) "
		"SELECT count(DISTINCT s.policy_id) FROM days CROSS JOIN types "
		"CROSS JOIN day_sum AS s WHERE s.day = days.day AND s.domain_id = "
		"?1 AND s.policy_type = type AND s.reporter_id = ?2 AND "
		"s.count_as IN (2, 3) AND s.policy_id > 0",
		err);

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, key->domain_id);
	engine_bind_int(s, 2, key->quota->reporter_id);
	engine_bind_int(s, 3, store->now / 86400);
	engine_bind_int(s, 4, LIMIT_DISTINCT_DAYS);
	if (engine_next(s, err) < 0)
		return -1;
	*count = engine_column_int(s, 0);
	engine_reset(s);
	return 0;
}

/* Whether the reporter has a place of its own where the domain has none;
 *full when not. */
static int dictionary_text_take_quota(struct store *store,
                                      const struct text_key *key, bool *full,
                                      struct err *err)
{
	struct policy_quota *quota = key->quota;
	int64_t own;

	if (quota->domain_id != key->domain_id) {
		if (quota->asked++ >= LIMIT_OWN_ASKED)
			return 0;
		if (dictionary_text_count_own(store, key, &own, err) < 0)
			return -1;
		quota->domain_id = key->domain_id;
		quota->left = LIMIT_OWN_POLICIES - own;
	}
	*full = quota->left <= 0;
	quota->left--;
	return 0;
}

/* Policies are long: they are indexed by a hash and compared in full. */
static int64_t dictionary_text_hash_policy(const struct text_key *key)
{
	uint8_t digests[2][DIGEST_SIZE], digest[DIGEST_SIZE];
	uint64_t hash;

	digest_sha256(key->text.data, key->text.len, digests[0]);
	digest_sha256(key->more.data, key->more.len, digests[1]);
	digest_sha256(digests, sizeof(digests), digest);
	memcpy(&hash, digest, sizeof(hash));
	return (int64_t)(hash >> 1);
}

static void dictionary_text_bind(struct engine_statement *s,
                                 const struct text_table *table,
                                 const struct text_key *key)
{
	engine_bind_int(s, 1, key->domain_id);
	engine_bind_text(s, 2, key->text);
	if (table->column == 0) {
		engine_bind_text(s, 3, key->more);
		engine_bind_int(s, 5, dictionary_text_hash_policy(key));
	}
}

static int dictionary_text_find(struct store *store,
                                const struct text_table *table,
                                const struct text_key *key,
                                struct dictionary_entry *value, struct err *err)
{
	struct engine_statement *s = engine_prepare(store->engine, table->find,
	                                            table->find_sql, err);
	int result;

	*value = (struct dictionary_entry){0, 0, {INT64_MAX, INT64_MAX}};
	if (s == NULL)
		return -1;
	dictionary_text_bind(s, table, key);
	result = engine_next(s, err);
	if (result < 0)
		return -1;
	if (result == 1) {
		value->id = engine_column_int(s, 0);
		value->last_day = engine_column_int(s, 1);
		if (table->column == 0) {
			value->first[0] = statement_column_or(s, 2, INT64_MAX);
			value->first[1] = statement_column_or(s, 3, INT64_MAX);
		}
	}
	engine_reset(s);
	return 0;
}

static int dictionary_text_add(struct store *store,
                               const struct text_table *table,
                               const struct text_key *key,
                               struct dictionary_entry *value, struct err *err)
{
	struct engine_statement *s =
		engine_prepare(store->engine, table->add, table->add_sql, err);

	if (s == NULL)
		return -1;
	value->last_day = key->day + DICTIONARY_DAY_STEP;
	dictionary_text_bind(s, table, key);
	engine_bind_int(s, 4, value->last_day);
	if (engine_insert(s, &value->id, err) < 0)
		return -1;
	return 0;
}

/* Keeps a text's last_day at or after the day of every report with it. */
static int dictionary_text_touch(struct store *store,
                                 const struct text_table *table, int64_t day,
                                 struct dictionary_entry *value,
                                 struct err *err)
{
	struct engine_statement *s;

	if (day <= value->last_day)
		return 0;
	s = engine_prepare(store->engine, table->touch, table->touch_sql, err);
	if (s == NULL)
		return -1;
	value->last_day = day + DICTIONARY_DAY_STEP;
	engine_bind_int(s, 1, value->id);
	engine_bind_int(s, 2, value->last_day);
	return engine_queue(s, err);
}

/* Finds or makes the row; with *full set there is none and none may be made. */
static int dictionary_text_find_or_add(struct store *store,
                                       const struct text_table *table,
                                       const struct text_key *key,
                                       struct dictionary_entry *value,
                                       bool *full, struct err *err)
{
	*full = false;
	if (dictionary_text_find(store, table, key, value, err) < 0)
		return -1;
	if (value->id != 0)
		return 0;
	if (!text_is(key->text, other_text) &&
	    dictionary_text_count_distinct(store, key, table->column, full,
	                                   err) < 0)
		return -1;
	if (*full && key->quota != NULL &&
	    dictionary_text_take_quota(store, key, full, err) < 0)
		return -1;
	return *full ? 0 : dictionary_text_add(store, table, key, value, err);
}

/* The entry of the cache for a text that has a row, or for which one may be
   made; *full when there is none. */
static struct dictionary_entry *
dictionary_text_row(struct store *store, const struct text_table *table,
                    const struct text_key *key, bool *full, struct err *err)
{
	struct buf both = BUF_INIT(2U * LINES_MAX + 2U);
	struct dictionary_entry *known, value;
	struct text name = key->text;

	*full = false;
	if (table->column == 0) {
		buf_add(&both, key->text.data, key->text.len);
		buf_add_char(&both, '\0');
		buf_add(&both, key->more.data, key->more.len);
		name = (struct text){both.data, both.len};
	}
	known = dictionary_cache_find(store->cache, table->kind, key->domain_id,
	                              name);
	if (known == NULL &&
	    dictionary_text_find_or_add(store, table, key, &value, full, err) ==
	            0 &&
	    !*full) {
		dictionary_cache_put(store->cache, table->kind, key->domain_id,
		                     name, value);
		known = dictionary_cache_find(store->cache, table->kind,
		                              key->domain_id, name);
	}
	buf_free(&both);
	return known;
}

/* The same, or that of "_other". Which of the two is not remembered with the
   text: what is one too many of unproved reports may come from a proved one. */
static struct dictionary_entry *
dictionary_text_entry(struct store *store, const struct text_table *table,
                      const struct text_key *key, struct err *err)
{
	const struct text_key other = {key->domain_id,      key->day,
	                               key->proved,         NULL,
	                               text_of(other_text), TEXT("")};
	struct dictionary_entry *known;
	bool full;

	known = dictionary_text_row(store, table, key, &full, err);
	if (known == NULL && full)
		known = dictionary_text_row(store, table, &other, &full, err);
	if (known == NULL ||
	    dictionary_text_touch(store, table, key->day, known, err) < 0)
		return NULL;
	return known;
}

static int dictionary_text_id(struct store *store,
                              const struct text_table *table,
                              const struct text_key *key, int64_t *id,
                              struct err *err)
{
	const struct dictionary_entry *known =
		dictionary_text_entry(store, table, key, err);

	if (known == NULL)
		return -1;
	*id = known->id;
	return 0;
}

/* Keeps a policy's first days. */
static int dictionary_text_note_first(struct store *store,
                                      struct dictionary_entry *value,
                                      int64_t day, enum policy_seen_as seen_as,
                                      struct err *err)
{
	bool earlier = seen_as != POLICY_SEEN_ONLY && day < value->first[0];
	bool earlier_proved = seen_as == POLICY_SEEN_PROVED &&
	                      day < value->first[1];
	struct engine_statement *s;

	if (!earlier && !earlier_proved)
		return 0;
	if (earlier)
		value->first[0] = day;
	if (earlier_proved)
		value->first[1] = day;
	s = engine_prepare(store->engine, STATEMENT_POLICY_FIRST,
	                   "UPDATE policy_text SET first_day = ?2, "
	                   "first_proved = ?3 WHERE id = ?1",
	                   err);
	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, value->id);
	engine_bind_int(s, 2, value->first[0]);
	if (value->first[1] == INT64_MAX)
		engine_bind_null(s, 3);
	else
		engine_bind_int(s, 3, value->first[1]);
	return engine_queue(s, err);
}

int dictionary_text_policy(struct store *store, const struct policy_seen *seen,
                           const struct report_policy *policy, int64_t *id,
                           struct err *err)
{
	struct dictionary_entry *known;
	struct buf string = BUF_INIT(LINES_MAX), mx = BUF_INIT(LINES_MAX);
	struct text_key key = {
		seen->domain_id, seen->day, seen->proved,
		seen->quota,     {NULL, 0}, {NULL, 0},
	};

	*id = 0;
	if (policy->policy_string.count == 0 && policy->mx_hosts.count == 0)
		return 0;
	lines_encode(&policy->policy_string, &string);
	lines_encode(&policy->mx_hosts, &mx);
	key.text = (struct text){buf_text(&string), string.len};
	key.more = (struct text){buf_text(&mx), mx.len};
	known = dictionary_text_entry(store, &policies, &key, err);
	buf_free(&string);
	buf_free(&mx);
	if (known == NULL)
		return -1;
	*id = known->id;
	return dictionary_text_note_first(store, known, seen->first_day,
	                                  seen->seen_as, err);
}

int dictionary_text_host(struct store *store, const struct policy_seen *seen,
                         struct text name, int64_t *id, struct err *err)
{
	const struct text_key key = {
		seen->domain_id, seen->day, seen->proved, NULL, name, TEXT("")};

	*id = 0;
	if (name.len == 0)
		return 0;
	return dictionary_text_id(store, &hosts, &key, id, err);
}

int dictionary_text_reason(struct store *store, const struct policy_seen *seen,
                           struct text reason, int64_t *id, struct err *err)
{
	const struct text_key key = {seen->domain_id, seen->day,
	                             seen->proved,    NULL,
	                             reason,          TEXT("")};

	*id = 0;
	if (reason.len == 0)
		return 0;
	return dictionary_text_id(store, &reasons, &key, id, err);
}
