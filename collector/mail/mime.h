/*
 * The parts of a message. The door of libetpan's MIME.
 */
#ifndef COLLECTOR_MAIL_MIME_H
#define COLLECTOR_MAIL_MIME_H

#include "collector/mail/mail_private.h"

/* Fills in parts, claims_report, report_type, framed, forwards and quirks.
   MAIL_PADDING zero bytes must follow the body. */
void mime_parse(struct arena *arena, const struct mail_raw *message,
                const struct mail_request *request, struct mail *mail);

#endif
