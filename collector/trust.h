/*
 * What the way of an input proves about its sender, and whose budget of the
 * ledger it takes when it is refused.
 */
#ifndef COLLECTOR_TRUST_H
#define COLLECTOR_TRUST_H

#include <stdbool.h>

#include "schema/outcome.h"

/* The trust of an input that carries no signature: HTTPS and files have no
   authentication at all (RFC 8460 section 7), an unsigned mail must be ignored
   (section 3). */
enum trust trust_unsigned(enum channel channel);

/* known: it names a domain of ours. */
enum ledger_class trust_ledger_class(enum channel channel, enum trust trust,
                                     bool known);

/* Whether such an input may bring in a domain that only a pattern covers. */
bool trust_may_admit(enum channel channel, enum trust trust);

#endif
