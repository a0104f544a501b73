/*
 * Authentication-Results (RFC 8601) of servers that we believe.
 */
#ifndef COLLECTOR_MAIL_AUTHRES_H
#define COLLECTOR_MAIL_AUTHRES_H

#include "collector/mail/mail_private.h"

/* Fills in vouched. */
void authres_parse(struct arena *arena, struct text header,
                   const struct mail_request *request, struct mail *mail);

#endif
