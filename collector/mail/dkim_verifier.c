/*
 * The signatures of a message (RFC 6376, RFC 8301, RFC 8463), each by itself.
 * Three things are done around libopendkim 2.11: it refuses keys with s=tlsrpt,
 * the very ones that RFC 8460 section 3 asks for, so that s= is checked here
 * and hidden from it; dkim_chunk() aborts on a message that begins with an
 * empty line, so that the header is split here; and it would look at all
 * signatures of a message.
 */
#include "collector/mail/dkim_verifier.h"

#include <opendkim/dkim.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/memory.h"
#include "collector/mail/header.h"
#include "collector/mail/key_record.h"

#define KEY_BITS_MIN    1024U
#define KEY_NAME_MAX    512U
#define BODY_PIECE_SIZE 65536U
/* Clocks of senders may be ahead by as much, in seconds. */
#define CLOCK_DRIFT_SECONDS 300U

struct dkim_verifier {
	DKIM_LIB *library;
};

/* What the look-up of a key found out, beside the key. */
struct key_lookup {
	const struct mail_request *request;
	bool looked_up;
	enum mail_key_state state;
	struct key_record record;
};

/* --- the key's record ---------------------------------------------------- */

static DKIM_CBSTAT dkim_verifier_look_up_key(DKIM *dkim,
                                             DKIM_SIGINFO *signature,
                                             unsigned char *out, size_t size)
{
	struct key_lookup *key = dkim_get_user_context(dkim);
	const unsigned char *selector = dkim_sig_getselector(signature);
	const unsigned char *domain = dkim_sig_getdomain(signature);
	struct buf name = BUF_INIT(KEY_NAME_MAX);

	if (key == NULL || selector == NULL || domain == NULL || size == 0)
		return DKIM_CBSTAT_ERROR;
	buf_printf(&name, "%s._domainkey.%s", selector, domain);
	key->looked_up = true;
	key->state = name.full ? MAIL_KEY_MISSING
	                       : key->request->lookup(key->request->cls,
	                                              buf_text(&name),
	                                              (char *)out, size);
	buf_free(&name);
	if (key->state == MAIL_KEY_UNAVAILABLE)
		return DKIM_CBSTAT_TRYAGAIN;
	if (key->state == MAIL_KEY_MISSING)
		return DKIM_CBSTAT_NOTFOUND;
	key_record_read((char *)out, &key->record);
	return DKIM_CBSTAT_CONTINUE;
}

/* --- feeding ------------------------------------------------------------- */

/* Adds text with CR LF at the end of each line. */
static void dkim_verifier_add_lines(struct buf *out, struct text text,
                                    char before)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.data[i] == '\n' && before != '\r')
			buf_add_char(out, '\r');
		buf_add_char(out, text.data[i]);
		before = text.data[i];
	}
}

static DKIM_STAT dkim_verifier_feed_header(DKIM *dkim, struct text header)
{
	struct buf line = BUF_INIT(2 * header.len + 4);
	DKIM_STAT status = DKIM_STAT_OK;
	struct header_field field;
	struct text whole;

	while (status == DKIM_STAT_OK && header_next(&header, &field)) {
		whole.data = field.name.data;
		whole.len = (size_t)(field.value.data + field.value.len -
		                     whole.data);
		buf_reset(&line);
		dkim_verifier_add_lines(&line, whole, '\0');
		status = dkim_header(dkim, (u_char *)line.data, line.len);
	}
	buf_free(&line);
	return status;
}

static DKIM_STAT dkim_verifier_feed_body(DKIM *dkim, struct text body)
{
	struct buf piece = BUF_INIT(2 * BODY_PIECE_SIZE);
	DKIM_STAT status = DKIM_STAT_OK;
	size_t len, done;
	/* A first line feed has no CR before it. */
	char before = '\0';

	for (done = 0; status == DKIM_STAT_OK && done < body.len; done += len) {
		len = body.len - done < BODY_PIECE_SIZE ? body.len - done
		                                        : BODY_PIECE_SIZE;
		buf_reset(&piece);
		dkim_verifier_add_lines(
			&piece, (struct text){body.data + done, len}, before);
		before = body.data[done + len - 1];
		status = dkim_body(dkim, (u_char *)piece.data, piece.len);
	}
	buf_free(&piece);
	return status;
}

static DKIM_STAT dkim_verifier_feed(DKIM *dkim, const struct mail_raw *message)
{
	DKIM_STAT status = dkim_verifier_feed_header(dkim, message->header);
	bool test;

	if (status != DKIM_STAT_OK)
		return status;
	status = dkim_eoh(dkim);
	/* Not all its words for "no good" mean that there is no more to see. */
	if (status == DKIM_STAT_SYNTAX || status == DKIM_STAT_INTERNAL ||
	    status == DKIM_STAT_NORESOURCE)
		return status;
	status = dkim_verifier_feed_body(dkim, message->body);
	if (status == DKIM_STAT_OK)
		(void)dkim_eom(dkim, &test);
	return status;
}

/* --- one signature ------------------------------------------------------- */

static struct text dkim_verifier_tag(DKIM_SIGINFO *signature, const char *name)
{
	char tag[8];
	const unsigned char *value;

	(void)snprintf(tag, sizeof(tag), "%s", name);
	value = dkim_sig_gettagvalue(signature, false, (u_char *)tag);
	return value != NULL ? text_of((const char *)value) : TEXT("");
}

/* Also one without a value. */
static bool dkim_verifier_has_tag(DKIM_SIGINFO *signature, const char *name)
{
	char tag[8];

	(void)snprintf(tag, sizeof(tag), "%s", name);
	return dkim_sig_gettagvalue(signature, false, (u_char *)tag) != NULL;
}

static enum authentication
dkim_verifier_error_result(int error, const struct key_lookup *key)
{
	switch (error) {
	case DKIM_SIGERROR_EXPIRED:
		return AUTH_EXPIRED;
	case DKIM_SIGERROR_NOKEY:
	case DKIM_SIGERROR_KEYREVOKED:
		return AUTH_KEY_MISSING;
	case DKIM_SIGERROR_KEYFAIL:
		return AUTH_TROUBLE;
	case DKIM_SIGERROR_KEYTOOSMALL:
		return AUTH_WEAK;
	default:
		break;
	}
	if (key->looked_up && key->state == MAIL_KEY_UNAVAILABLE)
		return AUTH_TROUBLE;
	if (key->looked_up && key->state == MAIL_KEY_MISSING)
		return AUTH_KEY_MISSING;
	return AUTH_FAILED;
}

/* An RSA key that RFC 8301 section 3.2 does not allow; the library takes it. */
static bool dkim_verifier_is_short_key(DKIM_SIGINFO *signature)
{
	unsigned int bits = 0;

	return text_starts(text_trim(dkim_verifier_tag(signature, "a")),
	                   "rsa") &&
	       (dkim_sig_getkeysize(signature, &bits) != DKIM_STAT_OK ||
	        bits < KEY_BITS_MIN);
}

static enum authentication
dkim_verifier_authenticate(DKIM *dkim, DKIM_SIGINFO *signature,
                           const struct mail_request *request,
                           bool *for_reports)
{
	struct key_lookup key = {.request = request};
	DKIM_STAT status;
	bool passed;

	if (text_equal_case(text_trim(dkim_verifier_tag(signature, "a")),
	                    "rsa-sha1"))
		return AUTH_WEAK;
	if (dkim_verifier_has_tag(signature, "l"))
		return AUTH_LENGTH_LIMITED;
	/* What is wrong with it by itself needs no key. */
	if (dkim_sig_geterror(signature) > DKIM_SIGERROR_OK)
		return dkim_verifier_error_result(dkim_sig_geterror(signature),
		                                  &key);
	(void)dkim_set_user_context(dkim, &key);
	status = dkim_sig_process(dkim, signature);
	(void)dkim_set_user_context(dkim, NULL);
	passed = status == DKIM_STAT_OK &&
	         (dkim_sig_getflags(signature) & DKIM_SIGFLAG_PASSED) != 0 &&
	         dkim_sig_getbh(signature) == DKIM_SIGBH_MATCH &&
	         dkim_sig_geterror(signature) <= DKIM_SIGERROR_OK;
	if (!passed)
		return dkim_verifier_error_result(dkim_sig_geterror(signature),
		                                  &key);
	*for_reports = key.record.for_reports;
	if (dkim_verifier_is_short_key(signature))
		return AUTH_WEAK;
	if (key.record.excludes_reports)
		return AUTH_SERVICE;
	return key.record.testing ? AUTH_TESTING : AUTH_PASS;
}

/* A signature and the message that it is of. */
struct coverage {
	DKIM_SIGINFO *signature;
	struct arena *arena;
	const struct mail_raw *message;
};

static bool dkim_verifier_is_listed(const struct coverage *coverage,
                                    const char *name)
{
	return text_has_word(dkim_verifier_tag(coverage->signature, "h"), ':',
	                     name);
}

static size_t dkim_verifier_field_count(const struct coverage *coverage,
                                        const char *name)
{
	struct text value;

	return header_find(coverage->message->header, name, coverage->arena,
	                   &value);
}

/* Whether a signature covers a field that the header has once: of several it
   would cover the last, and we read the first. */
static bool dkim_verifier_covers(const struct coverage *coverage,
                                 const char *name)
{
	return dkim_verifier_field_count(coverage, name) == 1 &&
	       dkim_verifier_is_listed(coverage, name);
}

/* The same, or that the header lacks it (RFC 6376 section 5.4.2). */
static bool dkim_verifier_covers_or_denies(const struct coverage *coverage,
                                           const char *name)
{
	return dkim_verifier_field_count(coverage, name) <= 1 &&
	       dkim_verifier_is_listed(coverage, name);
}

static bool dkim_verifier_is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') ||
	       (c >= 'a' && c <= 'f');
}

/* Whether a body means the same as quoted-printable, so that nobody gains by
   taking that label away. Base64 is no JSON and no gzip. */
static bool dkim_verifier_is_encoding_neutral(struct text body)
{
	size_t i;

	for (i = 0; i < body.len; i++) {
		if (body.data[i] != '=')
			continue;
		if (i + 1 == body.len || body.data[i + 1] == '\n' ||
		    body.data[i + 1] == '\r' || body.data[i + 1] == ' ' ||
		    body.data[i + 1] == '\t' ||
		    (i + 2 < body.len &&
		     dkim_verifier_is_hex(body.data[i + 1]) &&
		     dkim_verifier_is_hex(body.data[i + 2])))
			return false;
	}
	return true;
}

/* Parts have the encoding in their own headers, which are of the body. */
static bool dkim_verifier_covers_encoding(const struct coverage *coverage)
{
	struct text type;

	(void)header_find(coverage->message->header, "Content-Type",
	                  coverage->arena, &type);
	if (header_is_multipart(type))
		return true;
	if (dkim_verifier_covers_or_denies(coverage,
	                                   "Content-Transfer-Encoding"))
		return true;
	return dkim_verifier_field_count(coverage,
	                                 "Content-Transfer-Encoding") == 0 &&
	       dkim_verifier_is_encoding_neutral(coverage->message->body);
}

static void dkim_verifier_read_signature(DKIM *dkim,
                                         const struct coverage *coverage,
                                         const struct mail_request *request,
                                         struct mail_signature *out)
{
	const unsigned char *domain = dkim_sig_getdomain(coverage->signature);
	const char *name = domain != NULL ? (const char *)domain : "";

	out->domain = (struct text){
		arena_copy(coverage->arena, name, strlen(name)), strlen(name)};
	out->result = dkim_verifier_authenticate(dkim, coverage->signature,
	                                         request, &out->for_reports);
	/* RFC 6376 section 5.4: without From it is none. */
	if (out->result == AUTH_PASS &&
	    !dkim_verifier_covers_or_denies(coverage, "From"))
		out->result = AUTH_FAILED;
	out->covers_from = dkim_verifier_covers(coverage, "From");
	out->covers_domain =
		dkim_verifier_covers(coverage, "TLS-Report-Domain");
	out->covers_submitter =
		dkim_verifier_covers(coverage, "TLS-Report-Submitter");
	out->covers_subject = dkim_verifier_covers(coverage, "Subject");
	out->covers_reading =
		dkim_verifier_covers_or_denies(coverage, "Content-Type") &&
		dkim_verifier_covers_encoding(coverage);
}

/* --- all of them --------------------------------------------------------- */

struct dkim_verifier *dkim_verifier_open(void)
{
	struct dkim_verifier *verifier = memory_zero(1, sizeof(*verifier));
	unsigned int flags = DKIM_LIBFLAGS_FIXCRLF |
	                     DKIM_LIBFLAGS_DELAYSIGPROC |
	                     DKIM_LIBFLAGS_BADSIGHANDLES;
	unsigned int bits = KEY_BITS_MIN;

	verifier->library = dkim_init(NULL, NULL);
	if (verifier->library == NULL)
		abort();
	(void)dkim_options(verifier->library, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS,
	                   &flags, sizeof(flags));
	(void)dkim_options(verifier->library, DKIM_OP_SETOPT,
	                   DKIM_OPTS_MINKEYBITS, &bits, sizeof(bits));
	(void)dkim_set_key_lookup(verifier->library, dkim_verifier_look_up_key);
	return verifier;
}

void dkim_verifier_close(struct dkim_verifier **verifier)
{
	if (*verifier == NULL)
		return;
	dkim_close((*verifier)->library);
	free(*verifier);
	*verifier = NULL;
}

void dkim_verifier_verify(struct dkim_verifier *verifier, struct arena *arena,
                          const struct mail_raw *message,
                          const struct mail_request *request, struct mail *mail)
{
	struct coverage covering = {.arena = arena, .message = message};
	static unsigned char id[] = "mail";
	uint64_t allowed_drift = CLOCK_DRIFT_SECONDS;
	DKIM_SIGINFO **signatures = NULL;
	DKIM_STAT status;
	DKIM *dkim;
	int count = 0, i;

	/* Whether it has expired (x=) is asked of when it came; the library
	   asks of now, less what clocks may differ. */
	if (request->now > mail->received)
		allowed_drift += (uint64_t)(request->now - mail->received);
	(void)dkim_options(verifier->library, DKIM_OP_SETOPT,
	                   DKIM_OPTS_CLOCKDRIFT, &allowed_drift,
	                   sizeof(allowed_drift));
	dkim = dkim_verify(verifier->library, id, NULL, &status);
	if (dkim == NULL)
		return;
	if (dkim_verifier_feed(dkim, message) == DKIM_STAT_OK &&
	    dkim_getsiglist(dkim, &signatures, &count) == DKIM_STAT_OK) {
		for (i = 0; i < count && i < (int)MAIL_SIGNATURES_MAX; i++) {
			covering.signature = signatures[i];
			dkim_verifier_read_signature(
				dkim, &covering, request,
				&mail->signatures[mail->signature_count++]);
		}
		mail->more_signatures = count > i;
	}
	(void)dkim_free(dkim);
}
