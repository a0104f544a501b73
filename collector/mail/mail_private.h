/*
 * What the files that parse a message share.
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

#endif
