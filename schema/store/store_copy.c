/*
 * Copies of one key. The usual report has none beside it; this is what
 * happens when somebody sends another one under the same name, by mistake or
 * to bend the counts.
 */
#include <string.h>

#include "schema/store/store_private.h"

static void read_copy(sqlite3_stmt *s, struct copy *copy)
{
	const void *digest = sqlite3_column_blob(s, 2);

	*copy = (struct copy){0};
	copy->id = sqlite3_column_int64(s, 0);
	copy->number = sqlite3_column_int64(s, 1);
	if (digest != NULL && sqlite3_column_bytes(s, 2) == DIGEST_SIZE)
		memcpy(copy->digest, digest, DIGEST_SIZE);
	copy->reporter_id = sqlite3_column_int64(s, 3);
	copy->begin = sqlite3_column_int64(s, 4);
	copy->end = sqlite3_column_int64(s, 5);
	copy->received = sqlite3_column_int64(s, 6);
	copy->trust = column_choice(s, 7, TRUSTS);
	copy->rank = column_choice(s, 8, RANKS);
	copy->standing = column_choice(s, 9, STANDINGS);
	copy->bytes = sqlite3_column_int64(s, 10);
	copy->booked = true;
	copy->booked_reporter = copy->reporter_id;
	copy->booked_standing = copy->standing;
}

int copies_find(struct store *store, int64_t day, int64_t key,
                struct copies *copies, struct err *err)
{
	sqlite3_stmt *s = store_statement(
		store, SLOT_COPIES,
		"SELECT id, copy, digest, reporter_id, begin, end, received, "
		"trust, rank, standing, bytes FROM report WHERE day = ?1 AND "
		"key = ?2 ORDER BY copy LIMIT ?3",
		err);
	int result;

	copies->day = day;
	copies->count = 0;
	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int64(s, 1, day);
	(void)sqlite3_bind_int64(s, 2, key);
	(void)sqlite3_bind_int(s, 3, COPIES_MAX - 1);
	while ((result = store_step(store, s, err)) == 1)
		read_copy(s, &copies->items[copies->count++]);
	return result;
}

/* --- judging ------------------------------------------------------------- */

static const struct copy *counted_copy(const struct copies *copies)
{
	const struct copy *best = NULL, *copy;
	size_t i;

	for (i = 0; i < copies->count; i++) {
		copy = &copies->items[i];
		if (copy->rank != RANK_UNCOUNTED &&
		    (best == NULL || copy->rank > best->rank))
			best = copy;
	}
	return best;
}

void copies_judge(struct copies *copies)
{
	const struct copy *counted = counted_copy(copies);
	struct copy *copy;
	size_t i;

	for (i = 0; i < copies->count; i++) {
		copy = &copies->items[i];
		if (copy == counted)
			copy->standing = (enum standing)copy->trust;
		else if (copy->rank == RANK_UNCOUNTED)
			copy->standing = STANDING_NONE;
		else
			copy->standing = STANDING_DISPLACED;
	}
}

static size_t count_of_reporter(const struct copies *copies, bool proved,
                                int64_t reporter_id)
{
	size_t count = 0, i;

	for (i = 0; i < copies->count; i++)
		count += trust_is_proof(copies->items[i].trust) == proved &&
		         copies->items[i].reporter_id == reporter_id;
	return count;
}

/* Whether a goes before b when one has to go. */
static bool is_lower(const struct copies *copies, const struct copy *a,
                     const struct copy *b, int64_t newcomer)
{
	bool proved = trust_is_proof(a->trust);
	const struct copy *counted = counted_copy(copies);
	size_t of_a = count_of_reporter(copies, proved, a->reporter_id) +
	              (a->reporter_id == newcomer);
	size_t of_b = count_of_reporter(copies, proved, b->reporter_id) +
	              (b->reporter_id == newcomer);

	if (a->rank != b->rank)
		return a->rank < b->rank;
	if (a == counted || b == counted)
		return b == counted;
	return of_a != of_b ? of_a > of_b : a->number > b->number;
}

struct copy *copies_lowest(struct copies *copies, bool proved,
                           int64_t reporter_id)
{
	struct copy *lowest = NULL, *copy;
	size_t count = 0, i;

	for (i = 0; i < copies->count; i++) {
		copy = &copies->items[i];
		if (trust_is_proof(copy->trust) != proved)
			continue;
		count++;
		if (lowest == NULL ||
		    is_lower(copies, copy, lowest, reporter_id))
			lowest = copy;
	}
	return count < LIMIT_COPIES ? NULL : lowest;
}

/* --- evidence ------------------------------------------------------------ */

static bool admissible(const struct copy *copy)
{
	return evidence_admissible(copy->begin, copy->end, copy->received,
	                           copy->trust);
}

/* The evidence of a copy about one domain and policy type. */
static struct evidence about(const struct copy *copy, const struct part *what)
{
	struct evidence sum = {0};
	const struct part *part;
	size_t i;

	for (i = 0; i < copy->parts.count; i++) {
		part = &copy->parts.items[i];
		if (part->domain_id == what->domain_id &&
		    part->type == what->type)
			evidence_add(&sum, &part->evidence, 1);
	}
	return sum;
}

static bool has_group(const struct parts *parts, const struct part *what)
{
	size_t i;

	for (i = 0; i < parts->count; i++) {
		if (parts->items[i].domain_id == what->domain_id &&
		    parts->items[i].type == what->type)
			return true;
	}
	return false;
}

static void add_groups(const struct parts *from, struct parts *groups)
{
	size_t i;

	for (i = 0; i < from->count; i++) {
		if (!has_group(groups, &from->items[i]))
			groups->items[groups->count++] = from->items[i];
	}
}

/* The copies that may contradict the counted one: of its rank, no less evidence
   by their range and delay, and proved where it is: what a stranger says is not
   booked as what somebody signed. */
static size_t rivals_of(const struct copies *copies, const struct copy *counted,
                        const struct copy **rivals)
{
	const struct copy *copy;
	size_t count = 0, i;

	for (i = 0; i < copies->count; i++) {
		copy = &copies->items[i];
		if (copy != counted && copy->rank == counted->rank &&
		    admissible(copy) &&
		    (trust_is_proof(copy->trust) ||
		     !trust_is_proof(counted->trust)))
			rivals[count++] = copy;
	}
	return count;
}

static void contest(const struct copy *counted, const struct copy **rivals,
                    size_t rival_count, struct parts *groups)
{
	struct evidence other;
	struct part *group;
	size_t i, k;

	for (i = 0; i < groups->count; i++) {
		group = &groups->items[i];
		group->evidence = about(counted, group);
		for (k = 0; k < rival_count; k++) {
			other = about(rivals[k], group);
			evidence_contest(&group->evidence, &other);
		}
	}
}

const struct copy *copies_evidence(const struct copies *copies,
                                   struct arena *arena, struct parts *evidence)
{
	const struct copy *rivals[COPIES_MAX], *counted = NULL;
	size_t rival_count, total, i;

	*evidence = (struct parts){NULL, 0};
	for (i = 0; i < copies->count && counted == NULL; i++) {
		if (copies->items[i].standing != STANDING_NONE &&
		    copies->items[i].standing != STANDING_DISPLACED)
			counted = &copies->items[i];
	}
	if (counted == NULL || !admissible(counted))
		return counted;
	rival_count = rivals_of(copies, counted, rivals);
	if (rival_count == 0) {
		*evidence = counted->parts;
		return counted;
	}
	total = counted->parts.count;
	for (i = 0; i < rival_count; i++)
		total += rivals[i]->parts.count;
	evidence->items = arena_array(arena, total, sizeof(*evidence->items));
	add_groups(&counted->parts, evidence);
	for (i = 0; i < rival_count; i++)
		add_groups(&rivals[i]->parts, evidence);
	contest(counted, rivals, rival_count, evidence);
	return counted;
}

/* --- moving -------------------------------------------------------------- */

static struct place place_of(const struct copies *copies, int64_t reporter_id,
                             enum standing standing)
{
	return (struct place){copies->day, reporter_id, standing};
}

int copies_open(struct store *store, struct arena *arena, struct copies *copies,
                struct err *err)
{
	struct loaded loaded;
	const struct copy *counted;
	struct parts evidence;
	struct place place;
	size_t i;

	for (i = 0; i < copies->count; i++) {
		if (load_report(store, copies->items[i].id, arena, &loaded,
		                err) < 0)
			return -1;
		load_parts(&loaded, arena, &copies->items[i].parts);
	}
	counted = copies_evidence(copies, arena, &evidence);
	if (counted == NULL)
		return 0;
	place = place_of(copies, counted->reporter_id, counted->standing);
	if (sums_apply_evidence(store, &place, &evidence, -1, err) < 0)
		return -1;
	return sums_drop_empty(store, &place, &evidence, err);
}

static int write_standing(struct store *store, const struct copy *copy,
                          struct err *err)
{
	sqlite3_stmt *s = store_statement(
		store, SLOT_REPORT_STAND,
		"UPDATE report SET standing = ?2, trust = ?3, rank = ?4, "
		"reporter_id = ?5 WHERE id = ?1",
		err);

	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int64(s, 1, copy->id);
	(void)sqlite3_bind_int(s, 2, (int)copy->standing);
	(void)sqlite3_bind_int(s, 3, (int)copy->trust);
	(void)sqlite3_bind_int(s, 4, (int)copy->rank);
	(void)sqlite3_bind_int64(s, 5, copy->reporter_id);
	return store_run(store, s, err);
}

int copies_unbook(struct store *store, const struct copies *copies,
                  struct copy *copy, struct err *err)
{
	struct place from =
		place_of(copies, copy->booked_reporter, copy->booked_standing);

	if (!copy->booked)
		return 0;
	copy->booked = false;
	if (sums_apply(store, &from, &copy->parts, -1, err) < 0)
		return -1;
	return sums_drop_empty(store, &from, &copy->parts, err);
}

int copies_remove(struct store *store, struct copies *copies, struct copy *copy,
                  struct err *err)
{
	size_t behind = copies->count - 1 - (size_t)(copy - copies->items);
	sqlite3_stmt *s = store_statement(store, SLOT_REPORT_DELETE,
	                                  "DELETE FROM report WHERE id = ?1",
	                                  err);

	if (s == NULL || copies_unbook(store, copies, copy, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(s, 1, copy->id);
	if (store_run(store, s, err) < 0 ||
	    store_stock(store, STOCK_REPORTS, -1, -copy->bytes, err) < 0 ||
	    (!trust_is_proof(copy->trust) &&
	     store_stock(store, STOCK_ANONYMOUS, -1, -copy->bytes, err) < 0))
		return -1;
	memmove(copy, copy + 1, behind * sizeof(*copy));
	copies->count--;
	return 0;
}

struct copy *copies_to_end(struct store *store, struct copies *copies,
                           struct copy *copy, struct err *err)
{
	struct copy *last = &copies->items[copies->count - 1], moved = *copy;
	sqlite3_stmt *s;

	if (copy == last)
		return copy;
	s = store_statement(store, SLOT_REPORT_RENUMBER,
	                    "UPDATE report SET copy = ?2 WHERE id = ?1", err);
	if (s == NULL)
		return NULL;
	moved.number = last->number + 1;
	(void)sqlite3_bind_int64(s, 1, moved.id);
	(void)sqlite3_bind_int64(s, 2, moved.number);
	if (store_run(store, s, err) < 0)
		return NULL;
	memmove(copy, copy + 1, (size_t)(last - copy) * sizeof(*copy));
	*last = moved;
	return last;
}

static int move_counts(struct store *store, const struct copies *copies,
                       const struct copy *copy, struct err *err)
{
	struct place from =
		place_of(copies, copy->booked_reporter, copy->booked_standing);
	struct place to = place_of(copies, copy->reporter_id, copy->standing);

	if (copy->booked && copy->booked_reporter == copy->reporter_id &&
	    copy->booked_standing == copy->standing)
		return 0;
	if (copy->booked && sums_apply(store, &from, &copy->parts, -1, err) < 0)
		return -1;
	if (sums_apply(store, &to, &copy->parts, 1, err) < 0)
		return -1;
	return copy->booked ? sums_drop_empty(store, &from, &copy->parts, err)
	                    : 0;
}

int copies_settle(struct store *store, struct arena *arena,
                  struct copies *copies, struct err *err)
{
	const struct copy *counted;
	struct parts evidence;
	struct place place;
	size_t i;

	copies_judge(copies);
	for (i = 0; i < copies->count; i++) {
		if (write_standing(store, &copies->items[i], err) < 0 ||
		    move_counts(store, copies, &copies->items[i], err) < 0)
			return -1;
	}
	counted = copies_evidence(copies, arena, &evidence);
	if (counted == NULL)
		return 0;
	place = place_of(copies, counted->reporter_id, counted->standing);
	return sums_apply_evidence(store, &place, &evidence, 1, err);
}
