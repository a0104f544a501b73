/*
 * The files of a store that is open.
 */
#ifndef SCHEMA_STORE_STORE_FILE_H
#define SCHEMA_STORE_STORE_FILE_H

#include "schema/store/store.h"

/* Remembers which files a writer has open. */
void store_file_note(struct store *store);

/* Fails when one of them was deleted or replaced: what is written then would be
   gone with the process. What is committed is saved first, where it can be.
   Not in a transaction. */
int store_file_check(struct store *store, struct err *err) ATTR_MUST_CHECK;

/* Whether the last failure was of the rights to the files. */
bool store_file_is_denied(const struct store *store);

/* Opens a store for reading whose log nobody has made, in a folder where the
   reader may not make it. Only without a log can that be no writer's. */
int store_file_open_immutable(struct store *store, struct err *err)
	ATTR_MUST_CHECK;

/* Fails when such a store is being written to. */
int store_file_check_immutable(const struct store *store, struct err *err)
	ATTR_MUST_CHECK;

#endif
