/*
 * What the files that take a message apart share.
 */
#ifndef COLLECTOR_MAIL_MAIL_PRIVATE_H
#define COLLECTOR_MAIL_MAIL_PRIVATE_H

#include "collector/mail/mail.h"

struct dkim_verifier;

struct mail_parser {
	struct dkim_verifier *dkim_verifier;
};

/* A message as header_length() cuts it. Whoever verifies and whoever looks for
   reports gets these very bytes and cuts no more, so that both read the same
   message. */
struct mail_raw {
	struct text header; /* with the empty line that ends it */
	struct text body;
};

/* Fills in parts, claims, report_type, framed, forwards and quirks. The door of
   libetpan's MIME. MAIL_PADDING zero bytes must follow the body. */
void mime_parse(struct arena *arena, const struct mail_raw *message,
                const struct mail_request *request, struct mail *mail);

/* Fills in signatures. The header must be sound (mail_header_is_sound()). The
   door of libopendkim. */
struct dkim_verifier *dkim_verifier_open(void);
void dkim_verifier_close(struct dkim_verifier **verifier);
void dkim_verifier_verify(struct dkim_verifier *verifier, struct arena *arena,
                          const struct mail_raw *message,
                          const struct mail_request *request,
                          struct mail *mail);

/* Fills in vouched. */
void authres_parse(struct arena *arena, struct text header,
                   const struct mail_request *request, struct mail *mail);

#endif
