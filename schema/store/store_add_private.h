/*
 * What the files that take a report in share: ceilings, ids, rows.
 */
#ifndef SCHEMA_STORE_STORE_ADD_PRIVATE_H
#define SCHEMA_STORE_STORE_ADD_PRIVATE_H

#include "base/buf.h"
#include "schema/store/conflict.h"
#include "schema/store/contribution.h"
#include "schema/store/dictionary_text.h"
#include "schema/store/sums.h"
#include "schema/store/write.h"

struct store_add_state {
	struct store *store;
	const struct store_entry *entry;
	struct store_added *added;
	struct arena *arena; /* for this call */
	int64_t day;
	int64_t bytes;
	int64_t reporter_id;
	struct store_loaded ids; /* of the entry's report */
	struct store_copies copies;
	struct sums sums; /* what it changes in them */
};

/* --- store_add_limits.c: ceilings ---------------------------------------- */

/* Says why the report is refused; is 1. */
int store_add_limits_refuse(struct store_add_state *a, enum refusal refusal,
                            const char *sentence);

/* 1 when the report is refused, 0 when there is room, -1 on error. */
int store_add_limits_check_budget(struct store_add_state *a, struct err *err)
	ATTR_MUST_CHECK;

/* Whether there is a place among the copies of the key, or one that gives way:
   then its number in *victim, else STORE_COPIES_MAX. */
int store_add_limits_check_copies(struct store_add_state *a, size_t *victim);

/* The same for the number of reports of the reporter. */
int store_add_limits_check_quota(struct store_add_state *a, struct err *err)
	ATTR_MUST_CHECK;

/* --- store_add_ids.c: ids of domains and policies ------------------------ */

/* Looks the domains up; those that are new are made when nothing speaks
   against the report any more. */
int store_add_ids_find_domains(struct store_add_state *a, struct err *err)
	ATTR_MUST_CHECK;

/* Makes the domains that are new. */
int store_add_ids_make_domains(struct store_add_state *a, struct err *err)
	ATTR_MUST_CHECK;

/* A sender may report the sessions of an MX host (RFC 8460 section 4.4:
   policy-domain is the host's name for DANE) to the domain and to the host. */
int store_add_ids_find_origins(struct store_add_state *a, struct err *err)
	ATTR_MUST_CHECK;

/* How the report shows a policy of the domain. */
struct policy_seen store_add_ids_policy_seen(const struct store_add_state *a,
                                             int64_t domain_id);

/* Ids of the policies of all elements. */
int store_add_ids_find_policies(struct store_add_state *a, struct err *err)
	ATTR_MUST_CHECK;

/* --- store_add_rows.c: rows of a report ---------------------------------- */

/* Notes when the domains were reported last, and with which results. */
int store_add_rows_touch_domains(struct store_add_state *a,
                                 const struct contributions *contributions,
                                 struct err *err) ATTR_MUST_CHECK;

/* The packed body, with the ids of all texts. */
int store_add_rows_body(struct store_add_state *a, struct buf *packed,
                        struct err *err) ATTR_MUST_CHECK;

/* All rows of a report; sets the id of the copy. */
int store_add_rows_all(struct store_add_state *a, struct store_copy *copy,
                       struct err *err) ATTR_MUST_CHECK;

int store_add_rows_authentication(struct store_add_state *a, int64_t report_id,
                                  struct err *err) ATTR_MUST_CHECK;

/* Writes the body again, with the texts that the report may have now. */
int store_add_rows_rewrite(struct store_add_state *a, int64_t report_id,
                           struct err *err) ATTR_MUST_CHECK;

#endif
