/*
 * What one mail says and proves: the pieces that may be reports, the hints
 * around them, and its signatures. Found by the process that parses messages,
 * assessed by the one that stores (collector/intake/authentication.h).
 */
#ifndef COLLECTOR_MAIL_MAIL_H
#define COLLECTOR_MAIL_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/text.h"
#include "base/wire.h"
#include "schema/rules/outcome.h"

/* Signatures looked at, the topmost: a mail with 300 would cost 300 questions
   to the DNS. */
#define MAIL_SIGNATURES_MAX 8U

/* Pieces of a mail taken for reports. RFC 8460 knows one; two have been seen. */
#define MAIL_PARTS_MAX 8U

/* Depth of multiparts and number of parts that are looked at. */
#define MAIL_DEPTH_MAX  16U
#define MAIL_LEAVES_MAX 64U

/* Zero bytes that must follow a message in memory: libetpan 1.9.4 reads up to
   two bytes too far at the end of a quoted-printable part. */
#define MAIL_PADDING 16U

/* Before a message that an editor has saved (RFC 3629 section 6); passed over. */
#define MAIL_BYTE_ORDER_MARK "\xef\xbb\xbf"

/* One piece that may be a report, decoded. */
struct mail_part {
	struct text type; /* media type in lower case, or empty */
	struct text name; /* of the file, or empty */
	struct text data;
	bool whole_body; /* the mail's whole body: its name is in the header */
	bool too_large;  /* over the limit, so that data is empty */
};

struct mail_signature {
	struct text domain; /* d=, as it stands there */
	/* By itself: alignment, and whether it covers what it has to, are not
	   looked at. AUTH_AMBIGUOUS stands for all signatures of a message
	   whose header is not sound (mail_header_is_sound()); no key is asked
	   for. */
	enum authentication result;
	bool covers_from;   /* From is in h=, once */
	bool covers_domain; /* TLS-Report-Domain is */
	bool covers_submitter;
	bool covers_subject;
	/* What decides how the body is read, is in h=: Content-Type, and, where
	   the body is one piece, Content-Transfer-Encoding. */
	bool covers_reading;
	bool for_reports; /* the key's s= names tlsrpt */
};

struct mail {
	struct text from; /* the address; empty when there is not just one */
	struct text subject;
	struct text domain;    /* TLS-Report-Domain */
	struct text submitter; /* TLS-Report-Submitter */
	struct text subject_domain;
	struct text subject_submitter;
	int64_t received;   /* of the topmost Received field, or as asked */
	bool claims_report; /* says that it is a TLS report */
	bool report_type;   /* is multipart/report; report-type=tlsrpt */
	/* The body alone shows its structure: its first line is the first
	   delimiter and its last one the last (multipart_is_framed()). */
	bool framed;
	bool more_signatures; /* than are looked at */
	bool more_parts;      /* that are reports, than are taken */
	bool forwards;        /* holds a report inside another message */
	/* Why nothing of it was read, where it lies compressed; empty when it
	   was. */
	struct text unreadable;
	bool over_limit; /* because it expands to more than max_message */
	uint64_t quirks;

	struct mail_part parts[MAIL_PARTS_MAX];
	size_t part_count;
	struct mail_signature signatures[MAIL_SIGNATURES_MAX];
	size_t signature_count;
	/* Domains that passed by the word of our own mail server. */
	struct text authserv_passes[MAIL_SIGNATURES_MAX];
	size_t authserv_pass_count;
};

/* What a key's record was. */
enum mail_key_state {
	MAIL_KEY_FOUND,
	MAIL_KEY_MISSING,     /* surely: the DNS says so */
	MAIL_KEY_UNAVAILABLE, /* no answer, or one that DNSSEC proves false */
};

/* The TXT record of a key, as much of it as size holds. */
typedef enum mail_key_state mail_key_lookup(void *cls, const char *name,
                                            char *out, size_t size);

struct mail_request {
	int64_t now;
	int64_t received; /* when it came, where Received does not say; 0: now */
	size_t part_max;  /* bytes of a piece */
	size_t message_max;       /* of a message that lay compressed */
	struct text authserv_ids; /* that we believe, separated by blanks */
	bool dkim;
	mail_key_lookup *lookup;
	void *cls;
};

/* What is prepared once: the door to the verifier. */
struct mail_parser;

struct mail_parser *mail_parser_open(void);
void mail_parser_close(struct mail_parser **parser);

/* MAIL_PADDING zero bytes must follow the message. What it finds lives in arena
   or in the message. */
void mail_parse(struct mail_parser *parser, struct arena *arena,
                struct text message, const struct mail_request *request,
                struct mail *mail);

/* The pieces in which that goes over a wire: what is found first, then each
   part's data in frames of its own. */
void mail_put(struct buf *frame, const struct mail *mail);
/* False when the frame is not what mail_put() makes. Texts lie in arena. */
bool mail_get(struct wire_reader *reader, struct arena *arena,
              struct mail *mail);

#endif
