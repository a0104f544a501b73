/*
 * What the files that take a message apart share.
 */
#ifndef COLLECTOR_MAIL_PARTS_H
#define COLLECTOR_MAIL_PARTS_H

#include "collector/mail/mail.h"

struct verifier;

struct mail_reader {
	struct verifier *verifier;
};

/* Fills in parts, claims, forwards and quirks. The door of libetpan's MIME. */
void mime_read(struct arena *arena, struct text message,
               const struct mail_request *request, struct mail *mail);

/* Fills in signatures. The door of libopendkim. */
struct verifier *verifier_open(void);
void verifier_close(struct verifier **verifier);
void verifier_read(struct verifier *verifier, struct arena *arena,
                   struct text message, const struct mail_request *request,
                   struct mail *mail);

/* Fills in vouched. */
void authserv_read(struct arena *arena, struct text header,
                   const struct mail_request *request, struct mail *mail);

#endif
