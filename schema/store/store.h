/*
 * The reports on disk: what all users of the store need. write.h is for those
 * who take reports in, read.h for those who show them, admin.h for checks,
 * copies and repairs. Together with the files of this folder the only module
 * that knows SQL.
 *
 * Always true between two transactions:
 *   (1) a report is there whole or not at all, and once;
 *   (2) at most one copy of a key counts; the others stand as displaced; at
 *       most LIMIT_COPIES of them are proved, and as many unproved;
 *   (3) day_sum and day_result are what the reports add up to;
 *   (4) a counter never goes down, also when old reports expire;
 *   (5) what was committed survives power loss (synchronous = FULL).
 *
 * Writers are short IMMEDIATE transactions that wait for one another for at
 * most LIMIT_BUSY_MS. Readers see the last commit and block nobody.
 *
 * A handle is used by one thread at a time.
 */
#ifndef SCHEMA_STORE_STORE_H
#define SCHEMA_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

/* So much is kept of a SHA-256: enough that nobody makes two contents that
   share it. */
#define STORE_DIGEST_SIZE 16

struct store;

enum store_mode {
	STORE_READ,  /* fails with ERR_NOT_FOUND when there is none */
	STORE_WRITE, /* makes it, and brings an older one up to date */
};

/* Opens the store at path. The file is made with mode 0640. Fails with
   ERR_BUSY, ERR_FULL, ERR_NOT_FOUND or ERR_SYSTEM. */
int store_open(const char *path, enum store_mode mode, struct store **store,
               struct err *err) ATTR_MUST_CHECK;

/* Takes how far the bringing up to date of an older store is: reports moved, of
   so many. Called some times a second while that goes on. */
typedef void store_progress(void *cls, int64_t done, int64_t all);

/* The same for a writer; an older store is brought up to date, which takes some
   20 s for a million reports, and says so. on_progress may be NULL. */
int store_open_to_write(const char *path, store_progress *on_progress,
                        void *cls, struct store **store, struct err *err)
	ATTR_MUST_CHECK;

/* A reader that may not write to the folder reads a store without its log as it
   is (copied, restored, on a read-only disk). True when somebody writes to it
   meanwhile: reading fails with ERR_BUSY then, and it has to be opened again. */
bool store_file_is_outdated(const struct store *store);

/* Rolls back what is not committed. Accepts NULL, leaves NULL. */
void store_close(struct store **store);

/* Bytes of the file and of its write-ahead log, 0 where they are missing. */
void store_sizes(const struct store *store, int64_t *file, int64_t *wal);

const char *store_library_version(void);

#endif
