/*
 * What SQLite has and other databases have not: a file, its log, its pages.
 * Only for the files of the store that are about those (tests/lint/layers.sh
 * names them); the others have engine.h.
 */
#ifndef SCHEMA_STORE_ENGINE_SQLITE_H
#define SCHEMA_STORE_ENGINE_SQLITE_H

#include "schema/store/engine.h"

/* engine_open() and engine_library_version() of SQLite. */
int engine_sqlite_open(const char *path, enum engine_mode mode,
                       struct engine **engine, struct err *err) ATTR_MUST_CHECK;
const char *engine_sqlite_library_version(void);

/* Opens a file for reading as if nobody could ever write to it: without its log
   and without locks. *engine is set also on failure. */
int engine_sqlite_open_immutable(const char *path, struct engine **engine,
                                 struct err *err) ATTR_MUST_CHECK;

/* Whether the last failure was of the rights to the file, its log or its
   folder, which may be missing or on a disk that is read-only. */
bool engine_sqlite_is_denied(const struct engine *engine);

/* Whether the name of the file leads to another file by now, or to none. */
bool engine_sqlite_has_moved(struct engine *engine);

/* Copies what is committed from the log into the file. False when it cannot. */
bool engine_sqlite_checkpoint(struct engine *engine);

/* Sorts in memory, as after opening, or in files of a folder for everybody. Not
   in a transaction. */
int engine_sqlite_sort_in_memory(struct engine *engine, bool in_memory,
                                 struct err *err) ATTR_MUST_CHECK;

/* What the head of the file says: whose it is, and the version of its tables;
   and how many tables and indexes it has. */
struct engine_sqlite_head {
	int64_t application, version, tables;
};

int engine_sqlite_read_head(struct engine *engine,
                            struct engine_sqlite_head *head, struct err *err)
	ATTR_MUST_CHECK;
/* Writes the first two, in the open transaction. */
int engine_sqlite_write_head(struct engine *engine,
                             const struct engine_sqlite_head *head,
                             struct err *err) ATTR_MUST_CHECK;

/* Takes one sentence on what is wrong, valid during the call. */
typedef void engine_sqlite_fault(void *cls, struct text sentence);

/* Reads all pages; says what is damaged in them, 20 things at most. */
int engine_sqlite_check_pages(struct engine *engine,
                              engine_sqlite_fault *on_fault, void *cls,
                              struct err *err) ATTR_MUST_CHECK;
/* Says which tables have rows that refer to none. */
int engine_sqlite_check_references(struct engine *engine,
                                   engine_sqlite_fault *on_fault, void *cls,
                                   struct err *err) ATTR_MUST_CHECK;

/* Writes a copy of one commit to path, where nothing may be, while others go on
   writing. */
int engine_sqlite_copy(struct engine *engine, const char *path, struct err *err)
	ATTR_MUST_CHECK;

/* For tests: the most pages that the file may have, and the longest wait for
   another writer. */
int engine_sqlite_limit_pages(struct engine *engine, int pages);
void engine_sqlite_limit_wait(struct engine *engine, int milliseconds);

#endif
