/*
 * The stored reports for people: `tlsrpt-collector reports`.
 */
#ifndef COLLECTOR_VERBS_REPORTS_H
#define COLLECTOR_VERBS_REPORTS_H

#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "schema/store/store.h"

/* Prints the newest of them, or of a domain where it is not empty, one a
   line. */
int reports_list(struct store *store, struct text domain, struct err *err)
	ATTR_MUST_CHECK;

#endif
