/*
 * What the way of an input proves about its sender, and whose budget of the
 * ledger it takes when it is refused. Pure decisions; DKIM itself is done in
 * collector/mail.
 */
#ifndef COLLECTOR_INTAKE_AUTHENTICATION_H
#define COLLECTOR_INTAKE_AUTHENTICATION_H

#include <stdbool.h>

#include "base/arena.h"
#include "collector/config/config.h"
#include "collector/mail/mail.h"
#include "schema/report/report.h"
#include "schema/rules/outcome.h"

/* Why it is believed who sent a mail, or not. */
struct authentication_result {
	enum trust trust;
	enum authentication authentication;
	struct text signer; /* its d=, normalised; else empty */
	/* That proved it; NULL: another way. */
	const struct mail_signature *signature;
	bool dns_pending; /* the DNS gave no answer that may change it */
};

/* The trust of an input that carries no signature: HTTPS and files have no
   authentication at all (RFC 8460 section 7), an unsigned mail must be ignored
   (section 3). */
enum trust authentication_trust_unsigned(enum channel channel);

/* What is assessed: a mail, and the part of it that is a report. */
struct authentication_input {
	const struct mail *mail;
	const struct mail_part *part; /* NULL: there is none */
	const struct report *report;  /* NULL: not known yet, or no good */
};

/* Assesses a mail by its signatures, or by what our own server found.
   - The domain of a signature counts where it is that of contact-info, of From
     or of TLS-Report-Submitter, up to the registrable domain.
   - It covers what decides how the body is read (covers_reading), or the body
     alone shows that (mail.framed) and a Subject or TLS-Report-Domain and
     -Submitter that it covers name a domain of the report and the signer (RFC
     8460 section 5.3); and something that it covers says that this is a report.
     Else the result is AUTH_UNCOVERED.
   - Nothing is proved of a message whose header is not sound: AUTH_AMBIGUOUS.
 */
void authentication_assess(struct arena *arena, const struct config *config,
                           const struct authentication_input *input,
                           int64_t now, struct authentication_result *result);

/* The policy domain for elements that lack one, from what is written around the
   report, what the signature covers first; empty where none is lacking or
   known. *covered is false when the signature does not cover it. Flags what
   disagrees (RFC 8460 section 5.6: the body stands). */
struct text authentication_read_hints(struct arena *arena,
                                      struct report *report,
                                      const struct mail *mail,
                                      const struct mail_part *part,
                                      const struct mail_signature *signature,
                                      bool *covered);

/* Puts it in, where the report lacks it. After identity_of(): the report is the
   same by whatever way it came. */
void authentication_fill_domain(struct report *report, struct text domain);

/* known: it names a domain of ours. */
enum ledger_group authentication_ledger_group(enum channel channel,
                                              enum trust trust, bool known);

/* Whether such an input may bring in a domain that only a pattern covers. */
bool authentication_may_admit(enum channel channel, enum trust trust);

#endif
