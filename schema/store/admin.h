/*
 * The store as a whole: one report read back, checks, copies and repairs.
 */
#ifndef SCHEMA_STORE_ADMIN_H
#define SCHEMA_STORE_ADMIN_H

#include <stdint.h>

#include "base/arena.h"
#include "schema/report/report.h"
#include "schema/store/store.h"

/* Reads a stored report back; its strings live in arena. For tests, and for
   those that show one. */
int store_load(struct store *store, int64_t report_id, struct arena *arena,
               struct report **report, struct err *err) ATTR_MUST_CHECK;

/* --- repair -------------------------------------------------------------- */

/* Recomputes the sums from the reports, in the open transaction. */
int store_rebuild_sums(struct store *store, struct err *err) ATTR_MUST_CHECK;

/* Gives each proved report a time of its proof, its arrival where it has none,
   takes it from others, and lets no reporter's first one be later than what its
   reports say; in the open transaction. */
int store_repair_proofs(struct store *store, struct err *err) ATTR_MUST_CHECK;

/* Sets every time that lies ahead of now to now: a clock that was ahead has
   left them, and nothing is taken until it is as late. *count is how many they
   were. A transaction of its own. */
int store_repair_times(struct store *store, int64_t now, int64_t *count,
                       struct err *err) ATTR_MUST_CHECK;

/* Takes one sentence on what is wrong. */
typedef void store_check_fault(void *cls, const char *sentence);

/* Whether the store is whole: its pages, its foreign keys, its times of proofs,
   and its sums against the reports. Reads all of it, and blocks nobody. */
int store_check(struct store *store, store_check_fault *on_fault, void *cls,
                int64_t *faults, struct err *err) ATTR_MUST_CHECK;

/* Writes a copy to path, of one commit, while others go on writing; checks it,
   and only then puts it in the place of what was there. *reports are those in
   it. */
int store_backup(struct store *store, const char *path, int64_t *reports,
                 struct err *err) ATTR_MUST_CHECK;

/* --- for tests ----------------------------------------------------------- */

/* For tests: the most pages that the file may have, and the longest wait for
   another writer. */
int store_limit_pages(struct store *store, int pages);
void store_limit_wait(struct store *store, int milliseconds);

#endif
