/*
 * Whose report it is, and when two reports are the same one.
 *
 * The key says what a report speaks about: (reporter, report-id, range, set of
 * policy domains). Its reporter comes from the document alone, so that the
 * copies that arrive by mail and by HTTPS meet: the registrable domain of
 * contact-info, else organization-name. A report-id alone is no key: Google,
 * Stalwart and sys4 make it of date and domain, and it repeats between hosts.
 *
 * `reporter` is who is believed to have said it: for labels and the verdict.
 */
#ifndef SCHEMA_RULES_IDENTITY_H
#define SCHEMA_RULES_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/text.h"
#include "schema/report/report.h"
#include "schema/rules/outcome.h"

/* A label value has at most so many bytes. */
#define REPORTER_NAME_MAX 64U

/* How a copy stands against the other copies of its key. */
enum rank {
	RANK_UNCOUNTED, /* trust none: it counts nothing */
	RANK_CLAIMED,   /* first come, first counted */
	RANK_PROVED,    /* signed by the key's own reporter: outranks claims */
	RANKS,
};

struct identity {
	uint8_t digest[DIGEST_SIZE]; /* SHA-256 of the decompressed JSON */
	int64_t key;                 /* 63 bits of a hash, never negative */
	struct text key_reporter;    /* of the key; empty: there was none */
	struct text reporter;        /* a clean label value, never empty */
	enum rank rank;
};

/* signer is the d= of the signature, normalised; empty for trust below
   authserv. */
void identity_of(struct arena *arena, const struct report *report,
                 enum trust trust, struct text signer,
                 const uint8_t digest[DIGEST_SIZE], struct identity *identity);

/* The domain of contact-info, normalised, or empty. */
struct text identity_contact_domain(struct arena *arena, struct text contact);

/* Makes any text a label value of [A-Za-z0-9 ._@&+()/-]: other bytes become
   "_", blanks one, at most REPORTER_NAME_MAX bytes; values of ours begin with
   "_", so a name that does gets an "x" in front; empty becomes "_unknown". */
struct text identity_clean_name(struct arena *arena, struct text name);

#endif
