#include "collector/mail/mail.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "collector/mail/header.h"
#include "collector/mail/mail_private.h"

struct mail_reader *mail_reader_open(void)
{
	struct mail_reader *reader = memory_zero(1, sizeof(*reader));

	reader->verifier = verifier_open();
	return reader;
}

void mail_reader_close(struct mail_reader **reader)
{
	if (*reader == NULL)
		return;
	verifier_close(&(*reader)->verifier);
	free(*reader);
	*reader = NULL;
}

/* When the nearest mail server got it: the topmost Received field (RFC 5321
   section 4.4), whose date stands behind its last ";". */
static int64_t received_at(struct text header, struct arena *arena,
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

static void read_header(struct text header, struct arena *arena,
                        const struct mail_request *request, struct mail *mail)
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
	mail->received = received_at(header, arena, request);
}

/* Nothing of a message is proved whose header or lines others may read in
   another way: not by a signature, and not by the word of our own server. */
static void set_ambiguous(struct mail *mail)
{
	mail->vouched_count = 0;
	mail->signature_count = 1;
	mail->signatures[0] = (struct mail_signature){.domain = TEXT(""),
	                                              .result = AUTH_AMBIGUOUS};
}

/* Whether all readers see the same lines: a CR without LF (RFC 5322 section 2.3
   forbids it) ends a line for libopendkim, and for who reads parts it is a
   character, so that a part's header could go on into what it holds. */
static bool body_is_sound(struct text body)
{
	size_t i;

	for (i = 0; i < body.len; i++) {
		if (body.data[i] == '\r' &&
		    (i + 1 == body.len || body.data[i + 1] != '\n'))
			return false;
	}
	return true;
}

static void read_proofs(struct mail_reader *reader, struct arena *arena,
                        const struct mail_parts *parts,
                        const struct mail_request *request, struct mail *mail)
{
	struct text value;
	bool is_signed =
		header_find(parts->header, "DKIM-Signature", arena, &value) > 0;

	authserv_read(arena, parts->header, request, mail);
	if (!header_is_sound(parts->header) || !body_is_sound(parts->body)) {
		if (is_signed || mail->vouched_count > 0)
			set_ambiguous(mail);
	} else if (request->dkim && is_signed) {
		verifier_read(reader->verifier, arena, parts, request, mail);
	}
}

void mail_read(struct mail_reader *reader, struct arena *arena,
               struct text message, const struct mail_request *request,
               struct mail *mail)
{
	struct mail_parts parts;
	size_t len;

	*mail = (struct mail){0};
	if (text_starts(message, MAIL_BYTE_ORDER_MARK)) {
		message.data += strlen(MAIL_BYTE_ORDER_MARK);
		message.len -= strlen(MAIL_BYTE_ORDER_MARK);
	}
	len = header_length(message);
	parts = (struct mail_parts){{message.data, len},
	                            {message.data + len, message.len - len}};
	read_header(parts.header, arena, request, mail);
	mime_read(arena, &parts, request, mail);
	/* What is no report need not be proved. */
	if (mail->part_count > 0)
		read_proofs(reader, arena, &parts, request, mail);
}

/* --- over the wire ------------------------------------------------------- */

/* What a stranger writes into a header is shown, not stored: this is enough. */
#define HINT_MOST 512U

static void put_hint(struct buf *frame, struct text text)
{
	wire_put_text(frame, text_cut(text, HINT_MOST));
}

static void put_part(struct buf *frame, const struct mail_part *part)
{
	put_hint(frame, part->type);
	put_hint(frame, part->name);
	wire_put_integer(frame, (int64_t)part->data.len);
	wire_put_integer(frame, part->top);
	wire_put_integer(frame, part->too_large);
}

static void put_signature(struct buf *frame,
                          const struct mail_signature *signature)
{
	put_hint(frame, signature->domain);
	wire_put_integer(frame, signature->result);
	wire_put_integer(frame, signature->covers_domain);
	wire_put_integer(frame, signature->covers_submitter);
	wire_put_integer(frame, signature->covers_subject);
	wire_put_integer(frame, signature->covers_reading);
	wire_put_integer(frame, signature->for_reports);
}

void mail_put(struct buf *frame, const struct mail *mail)
{
	size_t i;

	put_hint(frame, mail->from);
	put_hint(frame, mail->subject);
	put_hint(frame, mail->domain);
	put_hint(frame, mail->submitter);
	put_hint(frame, mail->subject_domain);
	put_hint(frame, mail->subject_submitter);
	wire_put_integer(frame, mail->received);
	wire_put_integer(frame, mail->claims);
	wire_put_integer(frame, mail->report_type);
	wire_put_integer(frame, mail->framed);
	wire_put_integer(frame, mail->more_signatures);
	wire_put_integer(frame, mail->more_parts);
	wire_put_integer(frame, mail->forwards);
	put_hint(frame, mail->unreadable);
	wire_put_integer(frame, mail->over_limit);
	wire_put_integer(frame, (int64_t)mail->quirks);
	wire_put_integer(frame, (int64_t)mail->part_count);
	for (i = 0; i < mail->part_count; i++)
		put_part(frame, &mail->parts[i]);
	wire_put_integer(frame, (int64_t)mail->signature_count);
	for (i = 0; i < mail->signature_count; i++)
		put_signature(frame, &mail->signatures[i]);
	wire_put_integer(frame, (int64_t)mail->vouched_count);
	for (i = 0; i < mail->vouched_count; i++)
		put_hint(frame, mail->vouched[i]);
}

static struct text get_text(struct wire_reader *reader, struct arena *arena)
{
	struct text text = wire_get_text(reader);

	return (struct text){arena_copy(arena, text.data, text.len), text.len};
}

static size_t get_count(struct wire_reader *reader, size_t most)
{
	int64_t count = wire_get_integer(reader);

	if (count < 0 || count > (int64_t)most)
		reader->failed = true;
	return reader->failed ? 0 : (size_t)count;
}

static void get_part(struct wire_reader *reader, struct arena *arena,
                     struct mail_part *part)
{
	int64_t len;

	part->type = get_text(reader, arena);
	part->name = get_text(reader, arena);
	len = wire_get_integer(reader);
	part->data = (struct text){NULL, len < 0 ? SIZE_MAX : (size_t)len};
	part->top = wire_get_integer(reader) != 0;
	part->too_large = wire_get_integer(reader) != 0;
}

static void get_signature(struct wire_reader *reader, struct arena *arena,
                          struct mail_signature *signature)
{
	int64_t result;

	signature->domain = get_text(reader, arena);
	result = wire_get_integer(reader);
	if (result < 0 || result >= AUTHENTICATIONS)
		reader->failed = true;
	else
		signature->result = (enum authentication)result;
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
	mail->from = get_text(reader, arena);
	mail->subject = get_text(reader, arena);
	mail->domain = get_text(reader, arena);
	mail->submitter = get_text(reader, arena);
	mail->subject_domain = get_text(reader, arena);
	mail->subject_submitter = get_text(reader, arena);
	mail->received = wire_get_integer(reader);
	mail->claims = wire_get_integer(reader) != 0;
	mail->report_type = wire_get_integer(reader) != 0;
	mail->framed = wire_get_integer(reader) != 0;
	mail->more_signatures = wire_get_integer(reader) != 0;
	mail->more_parts = wire_get_integer(reader) != 0;
	mail->forwards = wire_get_integer(reader) != 0;
	mail->unreadable = get_text(reader, arena);
	mail->over_limit = wire_get_integer(reader) != 0;
	mail->quirks = (uint64_t)wire_get_integer(reader);
	mail->part_count = get_count(reader, MAIL_PARTS_MOST);
	for (i = 0; i < mail->part_count; i++)
		get_part(reader, arena, &mail->parts[i]);
	mail->signature_count = get_count(reader, MAIL_SIGNATURES_MOST);
	for (i = 0; i < mail->signature_count; i++)
		get_signature(reader, arena, &mail->signatures[i]);
	mail->vouched_count = get_count(reader, MAIL_SIGNATURES_MOST);
	for (i = 0; i < mail->vouched_count; i++)
		mail->vouched[i] = get_text(reader, arena);
	return !reader->failed && reader->rest.len == 0;
}
