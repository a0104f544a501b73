/*
 * From version 8 of the tables to 9: what had a row each, the elements of a
 * report and their details, goes into the report's row.
 */
#ifndef SCHEMA_STORE_STORE_MIGRATE_BODIES_H
#define SCHEMA_STORE_STORE_MIGRATE_BODIES_H

#include <stdbool.h>

#include "schema/store/store.h"

/* Puts the tables of version 8 aside and makes the new ones, in the open
   transaction. From there on store_migrate_is_under_way(). */
int store_migrate_begin_bodies(struct store *store, struct err *err)
	ATTR_MUST_CHECK;

int store_migrate_is_under_way(struct store *store, bool *under_way,
                               struct err *err) ATTR_MUST_CHECK;

/* Moves what is still in the old tables, in transactions of a thousand reports
   each, and deletes them; goes on where an earlier run was interrupted. Does
   nothing when there is nothing to move. */
int store_migrate_finish_bodies(struct store *store, struct err *err)
	ATTR_MUST_CHECK;

#endif
