/*
 * The usual report has no copy beside it; this is what happens when somebody
 * sends another one under the same name, by mistake or to bend the counts.
 */
#include "schema/store/conflict.h"

static const struct store_copy *
conflict_counted(const struct store_copies *copies)
{
	const struct store_copy *best = NULL, *copy;
	size_t i;

	for (i = 0; i < copies->count; i++) {
		copy = &copies->items[i];
		if (copy->rank != RANK_UNCOUNTED &&
		    (best == NULL || copy->rank > best->rank))
			best = copy;
	}
	return best;
}

void conflict_resolve(struct store_copies *copies)
{
	const struct store_copy *counted = conflict_counted(copies);
	struct store_copy *copy;
	size_t i;

	for (i = 0; i < copies->count; i++) {
		copy = &copies->items[i];
		if (copy == counted)
			copy->count_as = (enum count_as)copy->trust;
		else if (copy->rank == RANK_UNCOUNTED)
			copy->count_as = COUNT_AS_NONE;
		else
			copy->count_as = COUNT_AS_DISPLACED;
	}
}

static size_t conflict_count_of_reporter(const struct store_copies *copies,
                                         bool proved, int64_t reporter_id)
{
	size_t count = 0, i;

	for (i = 0; i < copies->count; i++)
		count += trust_is_proof(copies->items[i].trust) == proved &&
		         copies->items[i].reporter_id == reporter_id;
	return count;
}

/* Whether a goes before b when one has to go. */
static bool conflict_is_lower(const struct store_copies *copies,
                              const struct store_copy *a,
                              const struct store_copy *b, int64_t newcomer)
{
	bool proved = trust_is_proof(a->trust);
	const struct store_copy *counted = conflict_counted(copies);
	size_t of_a =
		conflict_count_of_reporter(copies, proved, a->reporter_id) +
		(a->reporter_id == newcomer);
	size_t of_b =
		conflict_count_of_reporter(copies, proved, b->reporter_id) +
		(b->reporter_id == newcomer);

	if (a->rank != b->rank)
		return a->rank < b->rank;
	if (a == counted || b == counted)
		return b == counted;
	return of_a != of_b ? of_a > of_b : a->number > b->number;
}

struct store_copy *conflict_lowest(struct store_copies *copies, bool proved,
                                   int64_t reporter_id)
{
	struct store_copy *lowest = NULL, *copy;
	size_t count = 0, i;

	for (i = 0; i < copies->count; i++) {
		copy = &copies->items[i];
		if (trust_is_proof(copy->trust) != proved)
			continue;
		count++;
		if (lowest == NULL ||
		    conflict_is_lower(copies, copy, lowest, reporter_id))
			lowest = copy;
	}
	return count < LIMIT_COPIES ? NULL : lowest;
}

static bool conflict_is_admissible(const struct store_copy *copy)
{
	return evidence_is_admissible(copy->begin, copy->end, copy->received,
	                              copy->trust);
}

/* The evidence of a copy about one domain and policy type. */
static struct evidence conflict_evidence_about(const struct store_copy *copy,
                                               const struct contribution *about)
{
	struct evidence sum = {0};
	const struct contribution *contribution;
	size_t i;

	for (i = 0; i < copy->contributions.count; i++) {
		contribution = &copy->contributions.items[i];
		if (contribution->domain_id == about->domain_id &&
		    contribution->type == about->type)
			evidence_add(&sum, &contribution->evidence, 1);
	}
	return sum;
}

static bool conflict_has_group(const struct contributions *contributions,
                               const struct contribution *about)
{
	size_t i;

	for (i = 0; i < contributions->count; i++) {
		if (contributions->items[i].domain_id == about->domain_id &&
		    contributions->items[i].type == about->type)
			return true;
	}
	return false;
}

static void conflict_add_groups(const struct contributions *from,
                                struct contributions *groups)
{
	size_t i;

	for (i = 0; i < from->count; i++) {
		if (!conflict_has_group(groups, &from->items[i]))
			groups->items[groups->count++] = from->items[i];
	}
}

/* The copies that may contradict the counted one: of its rank, no less evidence
   by their range and delay, and proved where it is: what a stranger says is not
   booked as what somebody signed. */
static size_t conflict_find_rivals(const struct store_copies *copies,
                                   const struct store_copy *counted,
                                   const struct store_copy **rivals)
{
	const struct store_copy *copy;
	size_t count = 0, i;

	for (i = 0; i < copies->count; i++) {
		copy = &copies->items[i];
		if (copy != counted && copy->rank == counted->rank &&
		    conflict_is_admissible(copy) &&
		    (trust_is_proof(copy->trust) ||
		     !trust_is_proof(counted->trust)))
			rivals[count++] = copy;
	}
	return count;
}

static void conflict_merge(const struct store_copy *counted,
                           const struct store_copy **rivals, size_t rival_count,
                           struct contributions *groups)
{
	struct evidence other;
	struct contribution *group;
	size_t i, k;

	for (i = 0; i < groups->count; i++) {
		group = &groups->items[i];
		group->evidence = conflict_evidence_about(counted, group);
		for (k = 0; k < rival_count; k++) {
			other = conflict_evidence_about(rivals[k], group);
			evidence_merge_worst(&group->evidence, &other);
		}
	}
}

const struct store_copy *conflict_evidence(const struct store_copies *copies,
                                           struct arena *arena,
                                           struct contributions *evidence)
{
	const struct store_copy *rivals[STORE_COPIES_MAX], *counted = NULL;
	size_t rival_count, total, i;

	*evidence = (struct contributions){NULL, 0};
	for (i = 0; i < copies->count && counted == NULL; i++) {
		if (copies->items[i].count_as != COUNT_AS_NONE &&
		    copies->items[i].count_as != COUNT_AS_DISPLACED)
			counted = &copies->items[i];
	}
	if (counted == NULL || !conflict_is_admissible(counted))
		return counted;
	rival_count = conflict_find_rivals(copies, counted, rivals);
	if (rival_count == 0) {
		*evidence = counted->contributions;
		return counted;
	}
	total = counted->contributions.count;
	for (i = 0; i < rival_count; i++)
		total += rivals[i]->contributions.count;
	evidence->items = arena_array(arena, total, sizeof(*evidence->items));
	conflict_add_groups(&counted->contributions, evidence);
	for (i = 0; i < rival_count; i++)
		conflict_add_groups(&rivals[i]->contributions, evidence);
	conflict_merge(counted, rivals, rival_count, evidence);
	return counted;
}
