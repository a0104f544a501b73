/*
 * What the way of an input proves about its sender, and whose budget of the
 * ledger it takes when it is refused. Pure decisions; DKIM itself is done in
 * collector/mail.
 */
#ifndef COLLECTOR_TRUST_H
#define COLLECTOR_TRUST_H

#include <stdbool.h>

#include "base/arena.h"
#include "collector/config.h"
#include "collector/mail/mail.h"
#include "schema/outcome.h"
#include "schema/report.h"

/* Why it is believed who sent a mail, or not. */
struct judgement {
	enum trust trust;
	enum authentication authentication;
	struct text signer;              /* its d=, normalised; else empty */
	const struct mail_signature *by; /* that proved it; NULL: another way */
	bool wait; /* the DNS gave no answer that may change it */
};

/* The trust of an input that carries no signature: HTTPS and files have no
   authentication at all (RFC 8460 section 7), an unsigned mail must be ignored
   (section 3). */
enum trust trust_unsigned(enum channel channel);

/* Judges a mail by its signatures, or by what our own server found. The domain
   of a signature counts where it is that of contact-info, of From or of
   TLS-Report-Submitter, up to the registrable domain. contact may be empty
   where there is no report to look at. */
void trust_judge(struct arena *arena, const struct config *config,
                 const struct mail *mail, struct text contact, int64_t now,
                 struct judgement *judgement);

/* Fills in a policy domain that the report lacks from what is written around
   it, and flags what disagrees (RFC 8460 section 5.6: the body stands). True
   when a value was taken that the signature by does not cover. */
bool trust_use_hints(struct arena *arena, struct report *report,
                     const struct mail *mail, const struct mail_part *part,
                     const struct mail_signature *by);

/* known: it names a domain of ours. */
enum ledger_class trust_ledger_class(enum channel channel, enum trust trust,
                                     bool known);

/* Whether such an input may bring in a domain that only a pattern covers. */
bool trust_may_admit(enum channel channel, enum trust trust);

#endif
