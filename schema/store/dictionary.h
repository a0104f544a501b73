/*
 * Ids of domains, reporters and senders, and the results that a domain has
 * shown.
 */
#ifndef SCHEMA_STORE_DICTIONARY_H
#define SCHEMA_STORE_DICTIONARY_H

#include "schema/report/report.h"
#include "schema/store/store.h"

/* last_day is written in steps of so many days, so that a text that comes
   daily is not written daily. */
#define DICTIONARY_DAY_STEP 30

/* The id of a domain, 0 when the store does not know it. */
int dictionary_domain_find(struct store *store, struct text name, int64_t *id,
                           struct err *err) ATTR_MUST_CHECK;
int dictionary_domain_add(struct store *store, struct text name, bool admitted,
                          int64_t *id, struct err *err) ATTR_MUST_CHECK;
int dictionary_reporter_id(struct store *store, struct text name,
                           int64_t received, int64_t *id, struct err *err)
	ATTR_MUST_CHECK;
/* Notes that a report of the reporter arrived that proves it. */
int dictionary_reporter_prove(struct store *store, struct text name,
                              int64_t arrived, struct err *err) ATTR_MUST_CHECK;
int dictionary_sender_id(struct store *store, struct text organization,
                         struct text contact, int64_t *id, struct err *err)
	ATTR_MUST_CHECK;

/* Notes that a domain has such results; result -1 is the type itself. */
int dictionary_series_note(struct store *store, int64_t domain_id,
                           enum policy_type type, int result, int64_t day,
                           struct err *err) ATTR_MUST_CHECK;

#endif
