/*
 * Is a report plausible, and is it for us? Pure decisions on a parsed report;
 * what they need to know comes in.
 */
#ifndef COLLECTOR_INTAKE_PLAUSIBILITY_H
#define COLLECTOR_INTAKE_PLAUSIBILITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "schema/report/report.h"
#include "schema/rules/outcome.h"
#include "schema/settings/settings.h"

/* How each policy of a report came to its domain; arrays in an arena. */
struct plausibility_origins {
	bool *configured; /* named in the configuration, not only covered by a
	                     pattern in it */
	bool *of_mx;      /* the report names an MX host of the domain */
};

/* Refuses ranges in the future, over LIMIT_RANGE_SECONDS, and older than the
   retention; flags late ones. */
int plausibility_check_range(struct report *report,
                             const struct settings *settings, int64_t now,
                             enum refusal *refusal, struct err *err)
	ATTR_MUST_CHECK;

/* Leaves out policies for domains that are not ours, and books what was said
   of an MX host on the domains that it stands for, where the report does not
   say the same of the domain itself. *origins has an entry a policy that is
   left. Fails with ERR_TOO_LARGE when that makes too much of the report, and
   with ERR_MALFORMED and the first domain in *domain when nothing is left of
   one that names domains. */
int plausibility_check_domains(struct report *report,
                               const struct settings *settings,
                               struct arena *arena,
                               struct plausibility_origins *origins,
                               struct text *domain, struct err *err)
	ATTR_MUST_CHECK;

#endif
