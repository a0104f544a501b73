#include "collector/mail/mail.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "collector/mail/authres.h"
#include "collector/mail/dkim_verifier.h"
#include "collector/mail/header.h"
#include "collector/mail/header_date.h"
#include "collector/mail/header_sound.h"
#include "collector/mail/mail_private.h"
#include "collector/mail/mime.h"

struct mail_parser *mail_parser_open(void)
{
	struct mail_parser *parser = memory_zero(1, sizeof(*parser));

	parser->dkim_verifier = dkim_verifier_open();
	return parser;
}

void mail_parser_close(struct mail_parser **parser)
{
	if (*parser == NULL)
		return;
	dkim_verifier_close(&(*parser)->dkim_verifier);
	free(*parser);
	*parser = NULL;
}

/* When the nearest mail server got it: the topmost Received field (RFC 5321
   section 4.4), whose date stands behind its last ";". */
static int64_t mail_received_at(struct text header, struct arena *arena,
                                const struct mail_request *request)
{
	int64_t moment = request->received;
	struct text value;
	const char *last;

	(void)header_find(header, "Received", arena, &value);
	last = value.len > 0 ? memrchr(value.data, ';', value.len) : NULL;
	if (last != NULL)
		(void)header_date(
			text_trim((struct text){
				last + 1,
				value.len - (size_t)(last + 1 - value.data)}),
			&moment);
	return moment <= 0 || moment > request->now ? request->now : moment;
}

static void mail_parse_header(struct text header, struct arena *arena,
                              const struct mail_request *request,
                              struct mail *mail)
{
	struct text from;

	if (header_find(header, "From", arena, &from) == 1)
		mail->from = header_address(from, arena);
	(void)header_find(header, "Subject", arena, &mail->subject);
	(void)header_find(header, "TLS-Report-Domain", arena, &mail->domain);
	(void)header_find(header, "TLS-Report-Submitter", arena,
	                  &mail->submitter);
	header_subject(mail->subject, &mail->subject_domain,
	               &mail->subject_submitter);
	mail->received = mail_received_at(header, arena, request);
}

/* Nothing of a message is proved whose header or lines others may read in
   another way: not by a signature, and not by the word of our own server. */
static void mail_set_ambiguous(struct mail *mail)
{
	mail->authserv_pass_count = 0;
	mail->signature_count = 1;
	mail->signatures[0] = (struct mail_signature){.domain = TEXT(""),
	                                              .result = AUTH_AMBIGUOUS};
}

/* Whether all readers see the same lines: a CR without LF (RFC 5322 section 2.3
   forbids it) ends a line for libopendkim, and for who reads parts it is a
   character, so that a part's header could go on into what it holds. */
static bool mail_is_body_sound(struct text body)
{
	size_t i;

	for (i = 0; i < body.len; i++) {
		if (body.data[i] == '\r' &&
		    (i + 1 == body.len || body.data[i + 1] != '\n'))
			return false;
	}
	return true;
}

static void mail_parse_authentication(struct mail_parser *parser,
                                      struct arena *arena,
                                      const struct mail_raw *parts,
                                      const struct mail_request *request,
                                      struct mail *mail)
{
	struct text value;
	bool is_signed =
		header_find(parts->header, "DKIM-Signature", arena, &value) > 0;

	authres_parse(arena, parts->header, request, mail);
	if (!mail_header_is_sound(parts->header) ||
	    !mail_is_body_sound(parts->body)) {
		if (is_signed || mail->authserv_pass_count > 0)
			mail_set_ambiguous(mail);
	} else if (request->dkim && is_signed) {
		dkim_verifier_verify(parser->dkim_verifier, arena, parts,
		                     request, mail);
	}
}

void mail_parse(struct mail_parser *parser, struct arena *arena,
                struct text message, const struct mail_request *request,
                struct mail *mail)
{
	struct mail_raw parts;
	size_t len;

	*mail = (struct mail){0};
	if (text_starts(message, MAIL_BYTE_ORDER_MARK)) {
		message.data += strlen(MAIL_BYTE_ORDER_MARK);
		message.len -= strlen(MAIL_BYTE_ORDER_MARK);
	}
	len = header_length(message);
	parts = (struct mail_raw){{message.data, len},
	                          {message.data + len, message.len - len}};
	mail_parse_header(parts.header, arena, request, mail);
	mime_parse(arena, &parts, request, mail);
	/* What is no report need not be proved. */
	if (mail->part_count > 0)
		mail_parse_authentication(parser, arena, &parts, request, mail);
}

/* --- over the wire ------------------------------------------------------- */

/* What a stranger writes into a header is shown, not stored: this is enough. */
#define HINT_MAX 512U

static void mail_put_hint(struct buf *frame, struct text text)
{
	wire_put_text(frame, text_cut(text, HINT_MAX));
}

static void mail_put_part(struct buf *frame, const struct mail_part *part)
{
	mail_put_hint(frame, part->type);
	mail_put_hint(frame, part->name);
	wire_put_integer(frame, (int64_t)part->data.len);
	wire_put_integer(frame, part->whole_body);
	wire_put_integer(frame, part->too_large);
}

static void mail_put_signature(struct buf *frame,
                               const struct mail_signature *signature)
{
	mail_put_hint(frame, signature->domain);
	wire_put_integer(frame, signature->result);
	wire_put_integer(frame, signature->covers_from);
	wire_put_integer(frame, signature->covers_domain);
	wire_put_integer(frame, signature->covers_submitter);
	wire_put_integer(frame, signature->covers_subject);
	wire_put_integer(frame, signature->covers_reading);
	wire_put_integer(frame, signature->for_reports);
}

void mail_put(struct buf *frame, const struct mail *mail)
{
	size_t i;

	mail_put_hint(frame, mail->from);
	mail_put_hint(frame, mail->subject);
	mail_put_hint(frame, mail->domain);
	mail_put_hint(frame, mail->submitter);
	mail_put_hint(frame, mail->subject_domain);
	mail_put_hint(frame, mail->subject_submitter);
	wire_put_integer(frame, mail->received);
	wire_put_integer(frame, mail->claims_report);
	wire_put_integer(frame, mail->report_type);
	wire_put_integer(frame, mail->framed);
	wire_put_integer(frame, mail->more_signatures);
	wire_put_integer(frame, mail->more_parts);
	wire_put_integer(frame, mail->forwards);
	mail_put_hint(frame, mail->unreadable);
	wire_put_integer(frame, mail->over_limit);
	wire_put_integer(frame, (int64_t)mail->quirks);
	wire_put_integer(frame, (int64_t)mail->part_count);
	for (i = 0; i < mail->part_count; i++)
		mail_put_part(frame, &mail->parts[i]);
	wire_put_integer(frame, (int64_t)mail->signature_count);
	for (i = 0; i < mail->signature_count; i++)
		mail_put_signature(frame, &mail->signatures[i]);
	wire_put_integer(frame, (int64_t)mail->authserv_pass_count);
	for (i = 0; i < mail->authserv_pass_count; i++)
		mail_put_hint(frame, mail->authserv_passes[i]);
}

static struct text mail_get_text(struct wire_reader *reader,
                                 struct arena *arena)
{
	struct text text = wire_get_text(reader);

	return (struct text){arena_copy(arena, text.data, text.len), text.len};
}

static size_t mail_get_count(struct wire_reader *reader, size_t max)
{
	int64_t count = wire_get_integer(reader);

	if (count < 0 || count > (int64_t)max)
		reader->failed = true;
	return reader->failed ? 0 : (size_t)count;
}

static void mail_get_part(struct wire_reader *reader, struct arena *arena,
                          struct mail_part *part)
{
	int64_t len;

	part->type = mail_get_text(reader, arena);
	part->name = mail_get_text(reader, arena);
	len = wire_get_integer(reader);
	part->data = (struct text){NULL, len < 0 ? SIZE_MAX : (size_t)len};
	part->whole_body = wire_get_integer(reader) != 0;
	part->too_large = wire_get_integer(reader) != 0;
}

static void mail_get_signature(struct wire_reader *reader, struct arena *arena,
                               struct mail_signature *signature)
{
	int64_t result;

	signature->domain = mail_get_text(reader, arena);
	result = wire_get_integer(reader);
	if (result < 0 || result >= AUTHENTICATIONS)
		reader->failed = true;
	else
		signature->result = (enum authentication)result;
	signature->covers_from = wire_get_integer(reader) != 0;
	signature->covers_domain = wire_get_integer(reader) != 0;
	signature->covers_submitter = wire_get_integer(reader) != 0;
	signature->covers_subject = wire_get_integer(reader) != 0;
	signature->covers_reading = wire_get_integer(reader) != 0;
	signature->for_reports = wire_get_integer(reader) != 0;
}

bool mail_get(struct wire_reader *reader, struct arena *arena,
              struct mail *mail)
{
	size_t i;

	*mail = (struct mail){0};
	mail->from = mail_get_text(reader, arena);
	mail->subject = mail_get_text(reader, arena);
	mail->domain = mail_get_text(reader, arena);
	mail->submitter = mail_get_text(reader, arena);
	mail->subject_domain = mail_get_text(reader, arena);
	mail->subject_submitter = mail_get_text(reader, arena);
	mail->received = wire_get_integer(reader);
	mail->claims_report = wire_get_integer(reader) != 0;
	mail->report_type = wire_get_integer(reader) != 0;
	mail->framed = wire_get_integer(reader) != 0;
	mail->more_signatures = wire_get_integer(reader) != 0;
	mail->more_parts = wire_get_integer(reader) != 0;
	mail->forwards = wire_get_integer(reader) != 0;
	mail->unreadable = mail_get_text(reader, arena);
	mail->over_limit = wire_get_integer(reader) != 0;
	mail->quirks = (uint64_t)wire_get_integer(reader);
	mail->part_count = mail_get_count(reader, MAIL_PARTS_MAX);
	for (i = 0; i < mail->part_count; i++)
		mail_get_part(reader, arena, &mail->parts[i]);
	mail->signature_count = mail_get_count(reader, MAIL_SIGNATURES_MAX);
	for (i = 0; i < mail->signature_count; i++)
		mail_get_signature(reader, arena, &mail->signatures[i]);
	mail->authserv_pass_count = mail_get_count(reader, MAIL_SIGNATURES_MAX);
	for (i = 0; i < mail->authserv_pass_count; i++)
		mail->authserv_passes[i] = mail_get_text(reader, arena);
	return !reader->failed && reader->rest.len == 0;
}
