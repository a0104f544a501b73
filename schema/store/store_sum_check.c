/*
 * A sum is linear in what it is made of. So is a fingerprint that multiplies
 * each number by a random one of its row and column: that of the rows is that
 * of the reports if the rows are their sums, and, but for one case in 2^64,
 * only then. No row is kept in memory, however many a day has.
 */
#include "schema/store/store_sum_check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "schema/store/read.h"
#include "schema/store/store_copy.h"
#include "schema/store/store_sum_columns.h"
#include "schema/store/sums.h"

#define GROUPS 1024U

/* What the reports come to, less what the rows do, by group of domains. */
struct fingerprint {
	uint64_t seed;
	uint64_t groups[GROUPS];
};

/* --- the fingerprint ----------------------------------------------------- */

static ATTR_WRAPS uint64_t store_sum_check_mix(uint64_t hash, uint64_t number)
{
	hash = (hash ^ number) * UINT64_C(0x9e3779b97f4a7c15);
	hash = (hash ^ hash >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return hash ^ hash >> 32;
}

/* The random number of a row; policy is that of a sum, result that of a result,
   the other one is -1. */
static uint64_t store_sum_check_row(const struct fingerprint *f,
                                    const struct sum_key *key,
                                    int64_t domain_id, enum policy_type type,
                                    int64_t policy, int64_t result)
{
	uint64_t hash = store_sum_check_mix(f->seed, (uint64_t)domain_id);

	hash = store_sum_check_mix(hash, (uint64_t)type);
	hash = store_sum_check_mix(hash, (uint64_t)key->reporter_id);
	hash = store_sum_check_mix(hash, (uint64_t)key->count_as);
	hash = store_sum_check_mix(hash, (uint64_t)key->arrived);
	hash = store_sum_check_mix(hash, (uint64_t)policy);
	return store_sum_check_mix(hash, (uint64_t)result);
}

static ATTR_WRAPS void store_sum_check_add(struct fingerprint *f,
                                           int64_t domain_id, uint64_t row,
                                           unsigned int column, int64_t number)
{
	f->groups[(uint64_t)domain_id % GROUPS] +=
		store_sum_check_mix(row, column) * (uint64_t)number;
}

#define ADD_COLUMN(name, member)                               \
	store_sum_check_add(f, line->domain_id, row, column++, \
	                    sign * line->member);

static void store_sum_check_add_line(struct fingerprint *f,
                                     const struct sum_line *line, int64_t sign)
{
	uint64_t row = store_sum_check_row(f, &line->key, line->domain_id,
	                                   line->type, line->policy_id, -1);
	unsigned int column = 0;

	SUM_ALL(ADD_COLUMN)
}

static void store_sum_check_add_result(struct fingerprint *f,
                                       const struct sum_result *line,
                                       int64_t sign)
{
	uint64_t row = store_sum_check_row(f, &line->key, line->domain_id,
	                                   line->type, -1,
	                                   (int64_t)line->result);

	store_sum_check_add(f, line->domain_id, row, 0, sign * line->sessions);
}

static void store_sum_check_add_sums(struct fingerprint *f,
                                     const struct sums *sums)
{
	size_t i;

	for (i = 0; i < sums->count; i++)
		store_sum_check_add_line(f, &sums->lines[i], 1);
	for (i = 0; i < sums->result_count; i++)
		store_sum_check_add_result(f, &sums->results[i], 1);
}

/* --- the reports --------------------------------------------------------- */

static int store_sum_check_key(struct store *store, int64_t day, int64_t key,
                               struct arena *arena, struct sums *sums,
                               struct err *err)
{
	struct store_copies copies;

	sums_clear(sums);
	if (store_copy_find(store, day, key, &copies, err) < 0 ||
	    store_copy_load(store, arena, &copies, err) < 0)
		return -1;
	sums_add_copies(sums, &copies, arena, 1);
	return 0;
}

static int store_sum_check_reports(struct store *store, int64_t day,
                                   struct fingerprint *f, int64_t *damaged,
                                   struct err *err)
{
	struct arena *arena = arena_new(0);
	struct sums sums = {0};
	int64_t at = day, key = -1;
	int result;

	while ((result = store_copy_next_key(store, &at, &key, err)) == 1 &&
	       at == day) {
		arena_reset(arena, 0);
		if (store_sum_check_key(store, day, key, arena, &sums, err) ==
		    0)
			store_sum_check_add_sums(f, &sums);
		else if (err->code == ERR_DAMAGED)
			(*damaged)++;
		else
			break;
	}
	result = at == day && result == 1 ? -1 : result;
	sums_free(&sums);
	arena_free(&arena);
	return result < 0 ? -1 : 0;
}

/* --- the rows ------------------------------------------------------------ */

static int store_sum_check_rows(struct store *store,
                                const struct store_day_range *range,
                                struct fingerprint *f, struct err *err)
{
	struct store_cursor *rows;
	struct store_sum_row row;
	int result;

	if (store_read_day_sums(store, range, &rows, err) < 0)
		return -1;
	while ((result = store_read_day_sums_next(rows, &row, err)) == 1) {
		const struct sum_line line = {
			.key = {row.day, row.reporter_id, row.count_as,
		                row.arrived},
			.domain_id = row.domain_id,
			.type = row.type,
			.policy_id = row.policy_id,
			.reports = row.reports,
			.successes = row.successes,
			.failures = row.failures,
			.evidence = row.evidence,
		};

		store_sum_check_add_line(f, &line, -1);
	}
	store_read_close(&rows);
	return result;
}

static int store_sum_check_result_rows(struct store *store,
                                       const struct store_day_range *range,
                                       struct fingerprint *f, struct err *err)
{
	struct store_cursor *rows;
	struct store_result_row row;
	int result;

	if (store_read_day_results(store, range, &rows, err) < 0)
		return -1;
	while ((result = store_read_day_results_next(rows, &row, err)) == 1) {
		const struct sum_result line = {
			.key = {row.day, row.reporter_id, row.count_as, 0},
			.domain_id = row.domain_id,
			.type = row.type,
			.result = row.result,
			.sessions = row.sessions,
		};

		store_sum_check_add_result(f, &line, -1);
	}
	store_read_close(&rows);
	return result;
}

int store_sum_check_day(struct store *store, int64_t day,
                        struct store_sum_check *found, struct err *err)
{
	const struct store_day_range range = {
		.first_day = day,
		.last_day = day,
		.last_domain = STORE_ALL_DOMAINS,
	};
	struct fingerprint f = {0};
	size_t i;

	*found = (struct store_sum_check){0};
	if (getrandom(&f.seed, sizeof(f.seed), 0) < 0)
		abort();
	if (store_sum_check_reports(store, day, &f, &found->damaged, err) < 0 ||
	    store_sum_check_rows(store, &range, &f, err) < 0 ||
	    store_sum_check_result_rows(store, &range, &f, err) < 0)
		return -1;
	for (i = 0; i < GROUPS; i++)
		found->differing += f.groups[i] != 0;
	return 0;
}
