/*
 * Is a report plausible, and is it for us? Pure decisions on a parsed report;
 * what they need to know comes in.
 */
#ifndef COLLECTOR_CHECK_H
#define COLLECTOR_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "schema/outcome.h"
#include "schema/report.h"
#include "schema/settings.h"

/* Refuses ranges in the future, over LIMIT_RANGE_SECONDS, and older than the
   retention; flags late ones. */
int check_range(struct report *report, const struct settings *settings,
                int64_t now, enum refusal *refusal, struct err *err)
	ATTR_MUST_CHECK;

/* Leaves out policies for domains that are not ours, and books what was said
   of an MX host on the domains that it stands for. *configured becomes an
   array in arena with an entry a policy: named in the configuration, not only
   covered by a pattern. Fails, with the first domain in *domain, when nothing
   is left of a report that names domains. */
int check_domains(struct report *report, const struct settings *settings,
                  struct arena *arena, bool **configured, struct text *domain,
                  struct err *err) ATTR_MUST_CHECK;

#endif
