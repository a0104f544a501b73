/*
 * The copies of a key in the tables.
 */
#ifndef SCHEMA_STORE_STORE_COPY_H
#define SCHEMA_STORE_STORE_COPY_H

#include "schema/store/conflict.h"
#include "schema/store/store.h"

/* The stored copies of a key, without their contributions. */
int store_copy_find(struct store *store, int64_t day, int64_t key,
                    struct store_copies *copies, struct err *err)
	ATTR_MUST_CHECK;

/* Steps to the next key behind (day, key): 1 found, 0 the end. */
int store_copy_next_key(struct store *store, int64_t *day, int64_t *key,
                        struct err *err) ATTR_MUST_CHECK;

/* Loads the contributions of each, which live in arena. */
int store_copy_load(struct store *store, struct arena *arena,
                    struct store_copies *copies, struct err *err)
	ATTR_MUST_CHECK;

/* Writes what was changed of those that have a row. */
int store_copy_write(struct store *store, const struct store_copies *copies,
                     struct err *err) ATTR_MUST_CHECK;

/* Takes a copy out, with its rows; its sums stay. */
int store_copy_remove(struct store *store, struct store_copies *copies,
                      struct store_copy *copy, struct err *err) ATTR_MUST_CHECK;

/* Makes a copy the last of its key: one that counted for nothing and counts for
   something now came after those that did before it. Returns where it is, NULL
   on error. */
struct store_copy *store_copy_move_last(struct store *store,
                                        struct store_copies *copies,
                                        struct store_copy *copy,
                                        struct err *err);

#endif
