/*
 * Domains whose signature anybody can get.
 */
#ifndef COLLECTOR_INTAKE_SHARED_SIGNER_H
#define COLLECTOR_INTAKE_SHARED_SIGNER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "collector/config/config.h"

/* Whether a signature of a domain, which is normalised, proves a mailbox and no
   reporter: of a domain under shared_signers, or of a service that signs much
   else for its users, unless From is an address of which it is known that
   reports come from it. from is empty where the signature does not cover it. */
bool shared_signer_proves_mailbox(struct arena *arena,
                                  const struct config *config,
                                  struct text domain, struct text from);

#endif
