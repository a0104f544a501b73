/*
 * Which of the copies of a key counts, and what the key is worth as evidence.
 */
#ifndef SCHEMA_STORE_CONFLICT_H
#define SCHEMA_STORE_CONFLICT_H

#include "schema/limits.h"
#include "schema/rules/identity.h"
#include "schema/store/contribution.h"
#include "schema/store/store.h"

/* The copies of a key that are kept, and the newcomer among them. */
#define STORE_COPIES_MAX (2 * LIMIT_COPIES + 1)

struct store_copy {
	int64_t id; /* 0: it has no row yet */
	int64_t number;
	uint8_t digest[STORE_DIGEST_SIZE];
	int64_t reporter_id;
	int64_t begin, end, received;
	int64_t proved; /* when its proof came; meaningless without one */
	int64_t bytes;
	enum trust trust;
	enum rank rank;
	enum count_as count_as;
	enum count_as stored_as; /* count_as of its row; meaningless without
	                            one */
	bool raised; /* in trust, rank or proof, since it was read */
	struct contributions contributions;
};

struct store_copies {
	int64_t day;
	struct store_copy items[STORE_COPIES_MAX];
	size_t count;
};

/* Sets how each copy counts, as its rank and number deserve. */
void conflict_resolve(struct store_copies *copies);

/* The copy of the same kind of trust (proved or not) that goes first when there
   is one too many: of the lowest rank, of the reporter that has the most of
   them, the newest; the one that counts goes last. NULL while there is room for
   one more of that kind. reporter_id is the newcomer's. */
struct store_copy *conflict_lowest(struct store_copies *copies, bool proved,
                                   int64_t reporter_id);

/* What the key is worth as evidence: the counted copy's, or where others of
   its rank contradict it, the worst of them. Returns the counted copy. */
const struct store_copy *conflict_evidence(const struct store_copies *copies,
                                           struct arena *arena,
                                           struct contributions *evidence);

#endif
