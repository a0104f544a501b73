/*
 * How far it is proved who sent a report, why, and how it counts. The numbers
 * are stored and the names are label values: append only.
 */
#ifndef SCHEMA_RULES_TRUST_H
#define SCHEMA_RULES_TRUST_H

#include <stdbool.h>

/* How far it is proved who sent a report. Rising: more proves more. */
enum trust {
	TRUST_NONE,      /* mail that proves nothing: kept, not counted */
	TRUST_ANONYMOUS, /* HTTPS, files, a signature whose key is gone */
	TRUST_AUTHSERV,  /* our own mail server says so */
	TRUST_DKIM,      /* a valid, aligned signature */
	TRUSTS,
};

/* What became of the question who sent a mail (RFC 8460 section 3): why its
   trust is what it is. */
enum authentication {
	AUTH_NOT_ASKED, /* no mail */
	AUTH_PASS,
	AUTH_AUTHSERV,  /* our own mail server says pass */
	AUTH_UNSIGNED,  /* no signature at all */
	AUTH_FAILED,    /* body or header is not what was signed */
	AUTH_UNALIGNED, /* valid, but of a domain that it does not speak for */
	AUTH_SHARED_SIGNER,  /* valid, but any user of that domain gets one */
	AUTH_LENGTH_LIMITED, /* l= (RFC 8460 section 3) */
	AUTH_SERVICE,        /* the key's s= is not for reports */
	AUTH_WEAK,           /* rsa-sha1, a short key (RFC 8301) */
	AUTH_TESTING,        /* t=y: as if unsigned (RFC 6376 section 3.6.1) */
	AUTH_EXPIRED,        /* x= lay before reception */
	AUTH_KEY_MISSING,    /* none in the DNS, or revoked */
	AUTH_KEY_GONE,       /* the same, of a mail over 14 days old */
	AUTH_TROUBLE,        /* the DNS gave no answer in all the time */
	AUTH_AMBIGUOUS,      /* a header that can be read in two ways */
	AUTH_UNCOVERED,      /* valid, but for another reading of the message */
	AUTH_UNSIGNED_HINT,  /* valid, but the domain is from elsewhere */
	AUTHENTICATIONS,
};

/* How a stored copy of a report counts: by its trust, or not at all because
   another copy of the same key counts. Stored beside the day's sums. */
enum count_as {
	COUNT_AS_NONE = TRUST_NONE,
	COUNT_AS_ANONYMOUS = TRUST_ANONYMOUS,
	COUNT_AS_AUTHSERV = TRUST_AUTHSERV,
	COUNT_AS_DKIM = TRUST_DKIM,
	COUNT_AS_DISPLACED,
	COUNT_AS_KINDS,
};

const char *trust_name(enum trust trust);
const char *trust_authentication_name(enum authentication authentication);
const char *trust_count_as_name(enum count_as count_as);

bool trust_is_proof(enum trust trust);

#endif
