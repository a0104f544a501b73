/*
 * DKIM signatures (RFC 6376). The door of libopendkim.
 */
#ifndef COLLECTOR_MAIL_DKIM_VERIFIER_H
#define COLLECTOR_MAIL_DKIM_VERIFIER_H

#include "collector/mail/mail_private.h"

struct dkim_verifier *dkim_verifier_open(void);
void dkim_verifier_close(struct dkim_verifier **verifier);

/* Fills in signatures. The header must be sound (mail_header_is_sound()). */
void dkim_verifier_verify(struct dkim_verifier *verifier, struct arena *arena,
                          const struct mail_raw *message,
                          const struct mail_request *request,
                          struct mail *mail);

#endif
