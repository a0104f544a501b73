/*
 * The verdict as it would be: without some reporters, or if the owner of the
 * domain accepted to lose the mail of some.
 */
#ifndef EXPORTER_ASSESS_WHAT_IF_H
#define EXPORTER_ASSESS_WHAT_IF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/options.h"
#include "base/text.h"
#include "exporter/assess/reporters.h"
#include "schema/store/read.h"

/* Names as reporters_is_listed() takes them: a reporter's own, or its group's.
   Signed reports and those that nobody signed are left out alike. */
struct what_if {
	struct option_list without; /* as if they had never reported */
	struct option_list accept;  /* as if accept_reporters had them, too */
};

/* Whether a reporter is left out; what_if may be NULL. */
bool what_if_leaves_out(const struct what_if *what_if,
                        const struct reporters *reporters, int64_t id);

/* Whether a reporter is accepted beside those of the configuration. */
bool what_if_accepts(const struct what_if *what_if,
                     const struct reporters *reporters, int64_t id);

/* Whether each of these names is of a reporter that one of the domains, which
   are sorted, has a report of, whatever it counts as; without domains, that the
   store knows. ERR_USAGE names the first that is not, and some that are. store
   may be NULL: it knows none. */
int what_if_check(const struct what_if *what_if, struct store *store,
                  const struct reporters *reporters, const struct text *domains,
                  size_t count, struct err *err) ATTR_MUST_CHECK;

#endif
