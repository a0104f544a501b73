#include "schema/store/store_known.h"

#include <stdlib.h>

#include "base/digest.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "schema/rules/channel.h"
#include "schema/store/conflict.h"
#include "schema/store/contribution.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_copy.h"
#include "schema/store/store_load.h"
#include "schema/store/sums.h"

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
	/* sums: of the day, at is the next line */
	struct sums sums;
	size_t at, merge_at;
	/* failures: where the key's next detail is */
	size_t copy, policy, detail;
};

/* --- the keys of a day --------------------------------------------------- */

/* The keys of a day's reports that may be about the domains: the sums say whose
   reports are. What else such a reporter said is left out when the report is
   read. */
static const char keys_sql[] =
	"SELECT DISTINCT key FROM report WHERE day = ?1 AND received_at <= ?4 "
	"AND reporter_id IN (SELECT reporter_id FROM day_sum WHERE day = ?1 "
	"AND domain_id BETWEEN ?2 AND ?3)";

static const char failed_keys_sql[] =
	"SELECT DISTINCT r.key FROM failed AS f JOIN report AS r ON r.id = "
	"f.report_id WHERE f.day = ?1 AND f.domain_id BETWEEN ?2 AND ?3 AND "
	"r.received_at <= ?4";

static void store_known_bind(const struct store_known *known)
{
	engine_bind_int(known->keys, 1, known->day);
	engine_bind_int(known->keys, 2, known->range.first_domain);
	engine_bind_int(known->keys, 3, known->range.last_domain);
	engine_bind_int(known->keys, 4,
	                known->range.until - known->day * SECONDS_PER_DAY);
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
	sums_free(&(*known)->sums);
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
	/* Of the identity only what needs no digest is asked for. */
	static const uint8_t digest[DIGEST_SIZE];
	struct identity identity;
	enum channel channel;

	if (store_known_read_channel(known->store, copy->id, &channel, err) < 0)
		return -1;
	copy->trust = channel_is_mail(channel) ? TRUST_NONE : TRUST_ANONYMOUS;
	identity_of(known->arena, report, copy->trust, TEXT(""), digest,
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

static int store_known_fill_day(struct store_known *known, struct err *err)
{
	int result;

	sums_clear(&known->sums);
	known->at = 0;
	while ((result = store_known_next_key(known, err)) == 1) {
		sums_add_copies(&known->sums, &known->copies, known->arena, 1);
		/* Grows only where merging does not make room. */
		if (known->sums.count >= known->merge_at) {
			sums_merge(&known->sums);
			known->merge_at = known->sums.count * 2 + ROOM_FIRST;
		}
	}
	sums_merge(&known->sums);
	return result;
}

static void store_known_fill_row(const struct sum_line *line,
                                 struct store_sum_row *row)
{
	*row = (struct store_sum_row){
		.day = line->key.day,
		.domain_id = line->domain_id,
		.type = line->type,
		.reporter_id = line->key.reporter_id,
		.count_as = line->key.count_as,
		.policy_id = line->policy_id,
		.arrived = line->key.arrived,
		.reports = line->reports,
		.successes = line->successes,
		.failures = line->failures,
		.evidence = line->evidence,
	};
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
	const struct sum_line *line;

	for (;;) {
		while (known->at < known->sums.count) {
			line = &known->sums.lines[known->at++];
			if (!store_known_has_domain(known, line->domain_id))
				continue;
			store_known_fill_row(line, row);
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
