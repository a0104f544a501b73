#include "schema/store/store_known.h"

#include <stdlib.h>

#include "base/memory.h"
#include "schema/rules/channel.h"
#include "schema/store/booking.h"
#include "schema/store/conflict.h"
#include "schema/store/contribution.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_copy.h"
#include "schema/store/store_load.h"

#define ROOM_FIRST 1024U

struct store_known {
	struct store *store;
	struct store_day_range range;
	struct engine_statement
		*keys;              /* of the day, that had a report by then */
	int64_t day;                /* whose keys they are */
	struct arena *arena;        /* of the key that was read last */
	struct store_copies copies; /* of it, that were there */
	struct store_loaded loaded[STORE_COPIES_MAX];
	/* sums: the rows of the day, at is the next one */
	struct store_sum_row *rows;
	size_t count, room, at;
	/* failures: where the key's next detail is */
	size_t copy, policy, detail;
};

/* --- the keys of a day --------------------------------------------------- */

/* An error where the index is not there, rather than a walk over all domains.
 */
#define KEYS                                                           \
	"SELECT DISTINCT r.key FROM policy_result AS p INDEXED BY "    \
	"policy_result_domain JOIN report AS r ON r.id = p.report_id " \
	"WHERE p.day = ?1 AND p.domain_id BETWEEN ?2 AND ?3 AND "      \
	"r.received <= ?4"

static const char keys_sql[] = KEYS;
static const char failed_keys_sql[] = KEYS
	" AND (p.failures > 0 OR p.details > 0)";

static void store_known_bind(const struct store_known *known)
{
	engine_bind_int(known->keys, 1, known->day);
	engine_bind_int(known->keys, 2, known->range.first_domain);
	engine_bind_int(known->keys, 3, known->range.last_domain);
	engine_bind_int(known->keys, 4, known->range.until);
}

static int store_known_open(struct store *store,
                            const struct store_day_range *range,
                            const char *sql, struct store_known **out,
                            struct err *err)
{
	struct store_known *known;
	struct engine_statement *keys =
		engine_prepare_once(store->engine, sql, err);

	if (keys == NULL)
		return -1;
	known = memory_zero(1, sizeof(*known));
	known->store = store;
	known->range = *range;
	known->keys = keys;
	known->arena = arena_new(0);
	known->day = range->first_day;
	store_known_bind(known);
	*out = known;
	return 0;
}

void store_known_close(struct store_known **known)
{
	if (*known == NULL)
		return;
	engine_finalize(&(*known)->keys);
	arena_free(&(*known)->arena);
	free((*known)->rows);
	free(*known);
	*known = NULL;
}

/* --- a key as it was ----------------------------------------------------- */

static int store_known_read_channel(struct store *store, int64_t report_id,
                                    enum channel *channel, struct err *err)
{
	struct engine_statement *s =
		engine_prepare(store->engine, STATEMENT_KNOWN_CHANNEL,
	                       "SELECT channel FROM report WHERE id = ?1", err);

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, report_id);
	if (engine_next(s, err) < 0)
		return -1;
	*channel = statement_column_enum(s, 0, CHANNELS);
	engine_reset(s);
	return 0;
}

/* Leaves *id where the name is another one today. */
static int store_known_find_reporter(struct store *store, struct text name,
                                     int64_t *id, struct err *err)
{
	struct engine_statement *s =
		engine_prepare(store->engine, STATEMENT_KNOWN_REPORTER,
	                       "SELECT id FROM reporter WHERE name = ?1", err);
	int result;

	if (s == NULL)
		return -1;
	engine_bind_text(s, 1, name);
	result = engine_next(s, err);
	if (result != 1)
		return result;
	*id = engine_column_int(s, 0);
	engine_reset(s);
	return 0;
}

/* What it was before its proof came. */
static int store_known_take_proof(struct store_known *known,
                                  const struct report *report,
                                  struct store_copy *copy, struct err *err)
{
	struct identity identity;
	enum channel channel;

	if (store_known_read_channel(known->store, copy->id, &channel, err) < 0)
		return -1;
	copy->trust = channel_is_mail(channel) ? TRUST_NONE : TRUST_ANONYMOUS;
	identity_of(known->arena, report, copy->trust, TEXT(""), copy->digest,
	            &identity);
	copy->rank = identity.rank;
	return store_known_find_reporter(known->store, identity.reporter,
	                                 &copy->reporter_id, err);
}

/* The copies of a key that were there, and which of them counted. */
static int store_known_read_key(struct store_known *known, int64_t key,
                                struct err *err)
{
	struct store_copies *copies = &known->copies;
	struct store_loaded *loaded;
	size_t i, kept = 0;

	arena_reset(known->arena, 0);
	if (store_copy_find(known->store, known->day, key, copies, err) < 0)
		return -1;
	for (i = 0; i < copies->count; i++) {
		if (copies->items[i].received > known->range.until)
			continue;
		copies->items[kept] = copies->items[i];
		loaded = &known->loaded[kept];
		if (store_load_report(known->store, copies->items[kept].id,
		                      known->arena, loaded, err) < 0)
			return -1;
		contribution_list(loaded, known->arena,
		                  &copies->items[kept].contributions);
		if (trust_is_proof(copies->items[kept].trust) &&
		    copies->items[kept].proved > known->range.until &&
		    store_known_take_proof(known, loaded->report,
		                           &copies->items[kept], err) < 0)
			return -1;
		kept++;
	}
	copies->count = kept;
	conflict_resolve(copies);
	return 0;
}

/* Reads the next key of the day: 1, 0 the end of the day, -1. */
static int store_known_next_key(struct store_known *known, struct err *err)
{
	int result = engine_next(known->keys, err);

	if (result != 1)
		return result;
	return store_known_read_key(known, engine_column_int(known->keys, 0),
	                            err) < 0
	               ? -1
	               : 1;
}

/* Goes on to the next day; false at the end. */
static bool store_known_next_day(struct store_known *known)
{
	if (known->day >= known->range.last_day)
		return false;
	known->day++;
	store_known_bind(known);
	return true;
}

static bool store_known_has_domain(const struct store_known *known,
                                   int64_t domain_id)
{
	return domain_id >= known->range.first_domain &&
	       domain_id <= known->range.last_domain && domain_id != 0;
}

/* --- sums ---------------------------------------------------------------- */

#define COMPARE(member)             \
	if (x->member != y->member) \
		return x->member < y->member ? -1 : 1;

static int store_known_compare_rows(const void *a, const void *b)
{
	const struct store_sum_row *x = a, *y = b;

	COMPARE(domain_id)
	COMPARE(type)
	COMPARE(reporter_id)
	COMPARE(count_as)
	COMPARE(policy_id)
	COMPARE(arrived)
	return 0;
}

/* Sorts the rows of the day, and makes one of those that belong together. */
static void store_known_merge_rows(struct store_known *known)
{
	struct store_sum_row *into, *row;
	size_t i, kept = 0;

	if (known->count > 0)
		qsort(known->rows, known->count, sizeof(*known->rows),
		      store_known_compare_rows);
	for (i = 0; i < known->count; i++) {
		row = &known->rows[i];
		into = kept > 0 ? &known->rows[kept - 1] : NULL;
		if (into == NULL || store_known_compare_rows(into, row) != 0) {
			known->rows[kept++] = *row;
			continue;
		}
		into->reports += row->reports;
		into->successes += row->successes;
		into->failures += row->failures;
		evidence_add(&into->evidence, &row->evidence, 1);
	}
	known->count = kept;
}

/* Grows only where merging has not made room. */
static struct store_sum_row *store_known_add_row(struct store_known *known)
{
	if (known->count == known->room) {
		store_known_merge_rows(known);
		if (known->count >= known->room / 2) {
			known->room = known->room == 0 ? ROOM_FIRST
			                               : known->room * 2;
			known->rows = memory_resize(
				known->rows,
				known->room * sizeof(*known->rows));
		}
	}
	known->rows[known->count] = (struct store_sum_row){0};
	return &known->rows[known->count++];
}

static struct store_sum_row *
store_known_add_row_of(struct store_known *known, const struct store_copy *copy,
                       const struct contribution *contribution)
{
	struct store_sum_row *row = store_known_add_row(known);

	row->day = known->day;
	row->domain_id = contribution->domain_id;
	row->type = contribution->type;
	row->reporter_id = copy->reporter_id;
	row->count_as = copy->count_as;
	row->policy_id = contribution->policy_id;
	row->arrived = booking_arrived(copy);
	return row;
}

/* As store_copy_settle() books the key. */
static void store_known_add_key(struct store_known *known)
{
	const struct contribution *contribution;
	const struct store_copy *copy;
	struct contributions evidence;
	struct store_sum_row *row;
	size_t i, k;

	for (i = 0; i < known->copies.count; i++) {
		copy = &known->copies.items[i];
		for (k = 0; k < copy->contributions.count; k++) {
			contribution = &copy->contributions.items[k];
			if (!store_known_has_domain(known,
			                            contribution->domain_id))
				continue;
			row = store_known_add_row_of(known, copy, contribution);
			row->reports = contribution->first ? 1 : 0;
			row->successes = contribution->successes;
			row->failures = contribution->failures;
		}
	}
	copy = conflict_evidence(&known->copies, known->arena, &evidence);
	for (k = 0; copy != NULL && k < evidence.count; k++) {
		contribution = &evidence.items[k];
		if (!store_known_has_domain(known, contribution->domain_id))
			continue;
		row = store_known_add_row_of(known, copy, contribution);
		row->evidence = contribution->evidence;
	}
}

static int store_known_fill_day(struct store_known *known, struct err *err)
{
	int result;

	known->count = known->at = 0;
	while ((result = store_known_next_key(known, err)) == 1)
		store_known_add_key(known);
	store_known_merge_rows(known);
	return result;
}

static bool store_known_row_is_zero(const struct store_sum_row *row)
{
	return (row->reports | row->successes | row->failures) == 0 &&
	       evidence_is_zero(&row->evidence);
}

int store_known_open_sums(struct store *store,
                          const struct store_day_range *range,
                          struct store_known **out, struct err *err)
{
	if (store_known_open(store, range, keys_sql, out, err) < 0)
		return -1;
	if (range->first_day > range->last_day)
		return 0;
	if (store_known_fill_day(*out, err) == 0)
		return 0;
	store_known_close(out);
	return -1;
}

int store_known_next_sum(struct store_known *known, struct store_sum_row *row,
                         struct err *err)
{
	for (;;) {
		while (known->at < known->count) {
			*row = known->rows[known->at++];
			if (!store_known_row_is_zero(row))
				return 1;
		}
		if (!store_known_next_day(known))
			return 0;
		if (store_known_fill_day(known, err) < 0)
			return -1;
	}
}

/* --- failures ------------------------------------------------------------ */

int store_known_open_failures(struct store *store,
                              const struct store_day_range *range,
                              struct store_known **out, struct err *err)
{
	return store_known_open(store, range, failed_keys_sql, out, err);
}

/* The next detail of the key in hand about a domain that is asked for; NULL at
   its end. The element that it is of is known->policy of known->copy. */
static const struct report_detail *
store_known_next_detail(struct store_known *known)
{
	const struct report_policy *policy;
	const struct store_loaded *loaded;

	for (; known->copy < known->copies.count; known->copy++) {
		loaded = &known->loaded[known->copy];
		for (; known->policy < loaded->report->policy_count;
		     known->policy++) {
			policy = &loaded->report->policies[known->policy];
			if (known->detail < policy->detail_count &&
			    (loaded->origins[known->policy] &
			     STORE_ORIGIN_COUNTED) == 0 &&
			    store_known_has_domain(
				    known, loaded->domain_ids[known->policy]))
				return &policy->details[known->detail++];
			known->detail = 0;
		}
		known->policy = 0;
	}
	return NULL;
}

int store_known_next_failure(struct store_known *known,
                             struct store_failure_row *row, struct err *err)
{
	const struct report_detail *detail;
	const struct store_copy *copy;
	int result;

	while ((detail = store_known_next_detail(known)) == NULL) {
		if (known->range.first_day > known->range.last_day)
			return 0;
		while ((result = store_known_next_key(known, err)) == 0) {
			if (!store_known_next_day(known))
				return 0;
		}
		if (result < 0)
			return -1;
		known->copy = known->policy = known->detail = 0;
	}
	copy = &known->copies.items[known->copy];
	row->day = known->day;
	row->type =
		known->loaded[known->copy].report->policies[known->policy].type;
	row->result = detail->type;
	row->mx = detail->receiving_mx;
	row->reporter_id = copy->reporter_id;
	row->count_as = copy->count_as;
	row->sessions = detail->sessions;
	row->reason = detail->reason;
	return 1;
}
