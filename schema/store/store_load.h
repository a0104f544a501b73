/*
 * Reports read back: from the tables to the struct.
 */
#ifndef SCHEMA_STORE_STORE_LOAD_H
#define SCHEMA_STORE_STORE_LOAD_H

#include "schema/store/body.h"
#include "schema/store/contribution.h"
#include "schema/store/store.h"

/* The report, its strings, and the ids that stand for them. What is loaded
   lives in arena. ERR_NOT_FOUND where there is none. */
int store_load_report(struct store *store, int64_t report_id,
                      struct arena *arena, struct store_loaded *loaded,
                      struct err *err) ATTR_MUST_CHECK;

/* The same without the strings for which rows of other tables must be looked
   up, domains, policies, hosts and reasons: what the sums need. A policy-string
   is a list of one empty line. */
int store_load_numbers(struct store *store, int64_t report_id,
                       struct arena *arena, struct store_loaded *loaded,
                       struct err *err) ATTR_MUST_CHECK;

/* The text of a host or a reason, copied into arena; empty where the id is 0 or
   the row is gone. */
int store_load_host(struct store *store, int64_t id, struct arena *arena,
                    struct text *text, struct err *err) ATTR_MUST_CHECK;
int store_load_reason(struct store *store, int64_t id, struct arena *arena,
                      struct text *text, struct err *err) ATTR_MUST_CHECK;

/* The name of a domain, in the same way. */
int store_load_domain(struct store *store, int64_t id, struct arena *arena,
                      struct text *text, struct err *err) ATTR_MUST_CHECK;

#endif
