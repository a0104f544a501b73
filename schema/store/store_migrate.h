/*
 * Versions of the tables.
 */
#ifndef SCHEMA_STORE_STORE_MIGRATE_H
#define SCHEMA_STORE_STORE_MIGRATE_H

#include "schema/store/store.h"

/* Makes the tables, or brings older ones up to date. */
int store_migrate(struct store *store, struct err *err) ATTR_MUST_CHECK;
/* Fails when they are older or newer than what this program knows. */
int store_migrate_check_version(struct store *store, struct err *err)
	ATTR_MUST_CHECK;

/* Makes a table or index as tables.sql has it; begin is how its statement
   begins there. */
int store_migrate_make_table(struct store *store, const char *begin,
                             struct err *err) ATTR_MUST_CHECK;

#endif
