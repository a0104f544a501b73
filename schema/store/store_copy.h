/*
 * The copies of a key in the tables.
 */
#ifndef SCHEMA_STORE_STORE_COPY_H
#define SCHEMA_STORE_STORE_COPY_H

#include "schema/store/conflict.h"
#include "schema/store/store.h"

/* The stored copies of a key, without their parts. */
int store_copy_find(struct store *store, int64_t day, int64_t key,
                    struct store_copies *copies, struct err *err)
	ATTR_MUST_CHECK;

/* Between these two a copy may be added, or change its trust: the first takes
   the key's evidence out of the sums, the second decides again which copies
   count, moves their counts there, and puts the evidence back. */
int store_copy_open(struct store *store, struct arena *arena,
                    struct store_copies *copies, struct err *err)
	ATTR_MUST_CHECK;
int store_copy_settle(struct store *store, struct arena *arena,
                      struct store_copies *copies, struct err *err)
	ATTR_MUST_CHECK;

/* Takes a copy out, with its rows and its counts; between store_copy_open() and
   store_copy_settle(). */
int store_copy_remove(struct store *store, struct store_copies *copies,
                      struct store_copy *copy, struct err *err) ATTR_MUST_CHECK;

/* Makes a copy the last of its key: one that counted for nothing and counts for
   something now came after those that did before it. Returns where it is, NULL
   on error. */
struct store_copy *store_copy_move_last(struct store *store,
                                        struct store_copies *copies,
                                        struct store_copy *copy,
                                        struct err *err);

/* Takes the counts of a copy out of the sums; store_copy_settle() adds what its
   parts are then. */
int store_copy_unbook(struct store *store, const struct store_copies *copies,
                      struct store_copy *copy, struct err *err) ATTR_MUST_CHECK;

#endif
