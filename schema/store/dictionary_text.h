/*
 * Ids of the texts of a domain: policies, hosts, reasons.
 */
#ifndef SCHEMA_STORE_DICTIONARY_TEXT_H
#define SCHEMA_STORE_DICTIONARY_TEXT_H

#include "schema/report/report.h"
#include "schema/store/store.h"

/* How a policy was shown: by a report that may be evidence, and by whom. */
enum policy_seen_as {
	POLICY_SEEN_ONLY, /* no evidence */
	POLICY_SEEN_ANONYMOUS,
	POLICY_SEEN_PROVED,
};

/* What a proved reporter may still show of a domain's policies where the
   domain has enough of them. Worked out while a report is added. */
struct policy_quota {
	int64_t reporter_id;
	int64_t domain_id; /* that left is of; 0: none */
	int64_t left;
	unsigned int asked;
};

struct policy_seen {
	int64_t domain_id;
	int64_t day;
	int64_t first_day; /* from which on it is believed to have been shown */
	enum policy_seen_as seen_as;
	bool proved; /* the reporter is, whether it is evidence or not */
	struct policy_quota *quota; /* of policies; NULL: there is none */
};

/* 0 for a policy that is not shown, an empty host, an empty reason. */
int dictionary_text_policy(struct store *store, const struct policy_seen *seen,
                           const struct report_policy *policy, int64_t *id,
                           struct err *err) ATTR_MUST_CHECK;
int dictionary_text_host(struct store *store, const struct policy_seen *seen,
                         struct text name, int64_t *id, struct err *err)
	ATTR_MUST_CHECK;
int dictionary_text_reason(struct store *store, const struct policy_seen *seen,
                           struct text reason, int64_t *id, struct err *err)
	ATTR_MUST_CHECK;

#endif
