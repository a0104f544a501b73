/*
 * Where in a message a report lies (RFC 8460 section 5.3, RFC 2045). libetpan
 * finds the parts and undoes their encoding; which of them are reports is
 * decided by their bytes, with labels as hints.
 *
 * libetpan 1.9.4 has faults that a message can reach. This runs in a process
 * that can do nothing else.
 */
#include "collector/mail/mime.h"

#include <stdlib.h>
#include <string.h>

#include <libetpan/libetpan.h>

#include "base/archive.h"
#include "base/gzip.h"
#include "base/memory.h"
#include "collector/mail/header.h"
#include "collector/mail/multipart.h"
#include "schema/report/quirk.h"

/* How much of a part is expanded to see what it is. */
#define PEEK_SIZE 16384U

struct mime_walk {
	struct arena *arena;
	const struct mail_request *request;
	struct mail *mail;
	unsigned int leaves;
	bool is_tlsrpt;           /* multipart/report; report-type=tlsrpt */
	bool is_other_report;     /* a bounce, a DMARC report */
	bool inside_message;      /* another message */
	struct mail_part archive; /* the first that is packed otherwise */
};

/* --- what a piece is ----------------------------------------------------- */

static bool mime_is_labelled(const struct mail_part *part)
{
	return text_starts(part->type, "application/tlsrpt");
}

/* A JSON object with a member that only a TLS report has. */
static bool mime_looks_like_report(const char *data, size_t len)
{
	static const char *const members[] = {"\"policies\"", "\"policy-type\"",
	                                      "\"date-range\"", "\"report-id\"",
	                                      "\"contact-info\""};
	struct text text = {data, len};
	size_t i, found = 0;

	if (text_starts(text, "\xef\xbb\xbf"))
		text = (struct text){text.data + 3, text.len - 3};
	text = text_trim(text);
	if (!text_starts(text, "{"))
		return false;
	for (i = 0; i < ARRAY_LENGTH(members); i++)
		found += memmem(text.data, text.len, members[i],
		                strlen(members[i])) != NULL;
	return found >= 2;
}

static bool mime_is_report(struct text data)
{
	const struct gzip_limits limits = {PEEK_SIZE, UINT32_MAX, 64};
	struct gzip_oddities odd = {false, false};
	struct buf out = BUF_INIT(PEEK_SIZE + 65536U);
	struct err ignored;
	bool report;

	if (!gzip_is((const uint8_t *)data.data, data.len))
		return mime_looks_like_report(
			data.data, data.len < PEEK_SIZE ? data.len : PEEK_SIZE);
	/* It stops when it has seen enough; what came before is there. */
	(void)!gzip_expand((const uint8_t *)data.data, data.len, &limits, &out,
	                   &odd, &ignored);
	report = mime_looks_like_report(out.data, out.len);
	buf_free(&out);
	return report;
}

/* --- one piece ----------------------------------------------------------- */

/* The header of a part and what it says. */
static void mime_parse_labels(struct mime_walk *walk, struct text header,
                              struct mail_part *part)
{
	struct text value;

	(void)header_find(header, "Content-Type", walk->arena, &value);
	part->type = text_lower(walk->arena, header_main_value(value));
	if (!header_parameter(value, "name", walk->arena, &part->name))
		part->name = TEXT("");
	(void)header_find(header, "Content-Disposition", walk->arena, &value);
	if (value.len > 0) {
		struct text name;

		if (header_parameter(value, "filename", walk->arena, &name))
			part->name = name;
	}
}

/* What is packed in another way than RFC 8460 section 5.2 allows is no report,
   but where the message says that it is one, it says what is wrong with it. */
static void mime_set_archive(struct mime_walk *walk,
                             const struct mail_part *part)
{
	if (walk->inside_message || walk->archive.data.len > 0 ||
	    part->data.len > walk->request->part_max ||
	    text_starts(part->type, "text/") ||
	    archive_name((const uint8_t *)part->data.data, part->data.len) ==
	            NULL)
		return;
	walk->archive = *part;
	walk->archive.data.data =
		arena_copy(walk->arena, part->data.data, part->data.len);
}

/* Whether it is a report; a piece that says so is one, so that what is wrong
   with it is said. */
static void mime_add_part(struct mime_walk *walk, struct mail_part *part)
{
	struct mail *mail = walk->mail;
	bool report = mime_is_labelled(part) || mime_is_report(part->data);

	if (!report) {
		mime_set_archive(walk, part);
		return;
	}
	if (walk->inside_message) {
		mail->forwards = true;
		return;
	}
	if (mail->part_count == MAIL_PARTS_MAX) {
		mail->more_parts = true;
		return;
	}
	if (part->data.len > walk->request->part_max) {
		part->too_large = true;
		part->data = TEXT("");
	}
	part->data.data =
		arena_copy(walk->arena, part->data.data, part->data.len);
	mail->parts[mail->part_count++] = *part;
}

/* A leaf's content as it stands in the message. */
static void mime_parse_content(struct mime_walk *walk, struct text header,
                               struct text data, int encoding, bool top)
{
	struct mail_part part = {.whole_body = top};
	char *decoded = NULL;
	size_t index = 0, len = 0;

	if (walk->leaves++ >= MAIL_LEAVES_MAX)
		return;
	mime_parse_labels(walk, header, &part);
	if (mailmime_part_parse(data.data, data.len, &index, encoding, &decoded,
	                        &len) != MAILIMF_NO_ERROR)
		return;
	part.data = (struct text){decoded, len};
	mime_add_part(walk, &part);
	mailmime_decoded_part_free(decoded);
}

static void mime_walk_leaf(struct mime_walk *walk, const struct mailmime *mime,
                           struct text header, bool top)
{
	const struct mailmime_data *data = mime->mm_data.mm_single;

	if (data == NULL || data->dt_type != MAILMIME_DATA_TEXT)
		return;
	mime_parse_content(walk, header,
	                   (struct text){data->dt_data.dt_text.dt_data,
	                                 data->dt_data.dt_text.dt_length},
	                   data->dt_encoding, top);
}

/* --- where libetpan finds no parts --------------------------------------- */

static int mime_encoding(struct mime_walk *walk, struct text header)
{
	struct text value;

	(void)header_find(header, "Content-Transfer-Encoding", walk->arena,
	                  &value);
	value = header_main_value(value);
	if (text_equal_case(value, "base64"))
		return MAILMIME_MECHANISM_BASE64;
	if (text_equal_case(value, "quoted-printable"))
		return MAILMIME_MECHANISM_QUOTED_PRINTABLE;
	return MAILMIME_MECHANISM_BINARY;
}

static struct text mime_boundary(struct mime_walk *walk, struct text type);

/* NOLINTBEGIN(misc-no-recursion): no deeper than MAIL_DEPTH_MAX */
static void mime_split_multipart(struct mime_walk *walk, struct text body,
                                 struct text boundary, unsigned int depth);

static void mime_split_part(struct mime_walk *walk, struct text whole,
                            unsigned int depth)
{
	struct text header = {whole.data, header_length(whole)};
	struct text body = {whole.data + header.len, whole.len - header.len};
	struct text type, boundary;
	bool before = walk->inside_message;

	if (depth > MAIL_DEPTH_MAX || walk->leaves > MAIL_LEAVES_MAX)
		return;
	(void)header_find(header, "Content-Type", walk->arena, &type);
	boundary = mime_boundary(walk, type);
	if (boundary.len > 0) {
		mime_split_multipart(walk, body, boundary, depth);
	} else if (text_equal_case(header_main_value(type), "message/rfc822")) {
		walk->inside_message = true;
		mime_split_part(walk, body, depth + 1);
		walk->inside_message = before;
	} else if (!header_is_multipart(type)) {
		mime_parse_content(walk, header, body,
		                   mime_encoding(walk, header), false);
	}
}

static void mime_split_multipart(struct mime_walk *walk, struct text body,
                                 struct text boundary, unsigned int depth)
{
	struct text part;

	while (walk->leaves < MAIL_LEAVES_MAX &&
	       multipart_next(&body, boundary, &part))
		mime_split_part(walk, part, depth + 1);
}
/* NOLINTEND(misc-no-recursion) */

/* --- the tree ------------------------------------------------------------ */

static void mime_walk_node(struct mime_walk *walk, struct mailmime *mime,
                           struct text header, unsigned int depth);

static struct text mime_header(const struct mailmime *mime)
{
	struct text whole = {mime->mm_mime_start, mime->mm_length};

	if (whole.data == NULL)
		return TEXT("");
	whole.len = header_length(whole);
	return whole;
}

/* NOLINTBEGIN(misc-no-recursion): no deeper than MAIL_DEPTH_MAX */
static void mime_walk_message(struct mime_walk *walk, struct mailmime *mime,
                              unsigned int depth)
{
	bool before = walk->inside_message;

	walk->inside_message = true;
	if (mime->mm_data.mm_message.mm_msg_mime != NULL)
		mime_walk_node(walk, mime->mm_data.mm_message.mm_msg_mime,
		               TEXT(""), depth + 1);
	walk->inside_message = before;
}

static void mime_walk_multipart(struct mime_walk *walk, struct mailmime *mime,
                                unsigned int depth)
{
	clist *parts = mime->mm_data.mm_multipart.mm_mp_list;
	clistiter *item;

	/* A part of several without a single one: libetpan loses them where
	   the last line is a delimiter that says that more follow. */
	if (clist_isempty(parts) && depth > 0 && mime->mm_mime_start != NULL)
		mime_split_part(walk,
		                (struct text){mime->mm_mime_start,
		                              mime->mm_length},
		                depth);
	for (item = clist_begin(parts); item != NULL; item = clist_next(item))
		mime_walk_node(walk, clist_content(item), TEXT(""), depth + 1);
}

static void mime_walk_node(struct mime_walk *walk, struct mailmime *mime,
                           struct text header, unsigned int depth)
{
	if (depth > MAIL_DEPTH_MAX || walk->leaves > MAIL_LEAVES_MAX)
		return;
	switch (mime->mm_type) {
	case MAILMIME_SINGLE:
		mime_walk_leaf(walk, mime,
		               header.len > 0 ? header : mime_header(mime),
		               depth == 0);
		break;
	case MAILMIME_MULTIPLE:
		mime_walk_multipart(walk, mime, depth);
		break;
	default:
		mime_walk_message(walk, mime, depth);
		break;
	}
}
/* NOLINTEND(misc-no-recursion) */

/* --- the whole message --------------------------------------------------- */

/* What decides how the body is read, as we understand it. */
struct mime_shape {
	bool multipart;       /* parts, separated by boundary */
	bool message;         /* message/rfc822 */
	struct text boundary; /* empty: none that could be written again */
	struct text encoding; /* of a single part, in lower case */
};

static struct text mime_boundary(struct mime_walk *walk, struct text type)
{
	struct text boundary;

	if (!header_is_multipart(type) ||
	    !header_parameter(type, "boundary", walk->arena, &boundary) ||
	    !multipart_is_boundary(boundary))
		return TEXT("");
	return boundary;
}

static void mime_parse_shape(struct mime_walk *walk, struct text header,
                             struct mime_shape *shape)
{
	struct text value;

	(void)header_find(header, "Content-Type", walk->arena, &value);
	shape->multipart = header_is_multipart(value);
	shape->boundary = mime_boundary(walk, value);
	shape->message =
		text_equal_case(header_main_value(value), "message/rfc822");
	(void)header_find(header, "Content-Transfer-Encoding", walk->arena,
	                  &value);
	shape->encoding = text_lower(walk->arena, header_main_value(value));
}

static void mime_parse_report_type(struct mime_walk *walk,
                                   const struct mail_raw *message,
                                   const struct mime_shape *shape)
{
	struct text value, kind;

	(void)header_find(message->header, "Content-Type", walk->arena, &value);
	if (!header_parameter(value, "report-type", walk->arena, &kind))
		kind = TEXT("");
	if (text_equal_case(header_main_value(value), "multipart/report")) {
		walk->is_tlsrpt = text_equal_case(kind, "tlsrpt");
		walk->is_other_report = kind.len > 0 && !walk->is_tlsrpt;
	}
	if (shape->boundary.len == 0)
		return;
	walk->mail->framed =
		multipart_is_framed(message->body, shape->boundary);
	if (!multipart_is_closed(message->body, shape->boundary))
		walk->mail->quirks |= QUIRK_BIT(QUIRK_MAIL_BOUNDARY_OPEN);
}

/* The header that libetpan gets: what we understood and nothing else, so that a
   boundary that is given twice, in pieces, or in a comment has one meaning. */
static struct text mime_plain_header(struct mime_walk *walk,
                                     const struct mime_shape *shape)
{
	const char *encoding = "binary";

	if (shape->multipart)
		return text_of(arena_printf(
			walk->arena,
			"Content-Type: multipart/mixed; boundary=\"%.*s\"\r\n"
			"\r\n",
			(int)shape->boundary.len, shape->boundary.data));
	if (shape->message)
		return TEXT("Content-Type: message/rfc822\r\n\r\n");
	if (text_is(shape->encoding, "base64"))
		encoding = "base64";
	else if (text_is(shape->encoding, "quoted-printable"))
		encoding = "quoted-printable";
	return text_of(arena_printf(walk->arena,
	                            "Content-Type: application/octet-stream\r\n"
	                            "Content-Transfer-Encoding: %s\r\n\r\n",
	                            encoding));
}

/* Copies the body, and empties lines of blanks alone: a signature with relaxed
   canonicalization calls both the same (RFC 6376 section 3.4.4), so nobody may
   end a part's header, or go on with it, by choosing one of them. */
static size_t mime_copy_body(char *out, struct text body)
{
	struct text rest = body, line, end;
	size_t len = 0;

	while (rest.len > 0) {
		end = rest;
		(void)text_next(&rest, '\n', &line);
		end.len -= rest.len;
		if (text_trim(line).len == 0 && line.len > 0) {
			end = (struct text){line.data + line.len,
			                    end.len - line.len};
			if (line.data[line.len - 1] == '\r')
				end = (struct text){end.data - 1, end.len + 1};
		}
		memcpy(out + len, end.data, end.len);
		len += end.len;
	}
	return len;
}

/* What libetpan makes of it; the copy lasts as long as what it finds. */
static void mime_parse_copy(struct mime_walk *walk,
                            const struct mail_raw *message,
                            const struct mime_shape *shape)
{
	struct text head = mime_plain_header(walk, shape);
	char *copy =
		memory_zero(1, head.len + message->body.len + MAIL_PADDING);
	struct mailmime *mime = NULL, *inner = NULL;
	size_t index = 0, len = head.len;

	memcpy(copy, head.data, head.len);
	len += mime_copy_body(copy + len, message->body);
	if (mailmime_parse(copy, len, &index, &mime) == MAILIMF_NO_ERROR &&
	    mime != NULL)
		inner = mime->mm_type == MAILMIME_MESSAGE
		                ? mime->mm_data.mm_message.mm_msg_mime
		                : mime;
	if (inner != NULL)
		mime_walk_node(walk, inner,
		               shape->multipart || shape->message
		                       ? TEXT("")
		                       : message->header,
		               0);
	if (mime != NULL)
		mailmime_free(mime);
	if (walk->leaves == 0 && shape->boundary.len > 0)
		mime_split_multipart(
			walk, (struct text){copy + head.len, len - head.len},
			shape->boundary, 0);
	free(copy);
}

void mime_parse(struct arena *arena, const struct mail_raw *message,
                const struct mail_request *request, struct mail *mail)
{
	struct mime_walk walk = {
		.arena = arena, .request = request, .mail = mail};
	struct mime_shape shape;

	mime_parse_shape(&walk, message->header, &shape);
	mime_parse_report_type(&walk, message, &shape);
	/* Several parts without a boundary are none. */
	if (!shape.multipart || shape.boundary.len > 0)
		mime_parse_copy(&walk, message, &shape);
	mail->report_type = walk.is_tlsrpt;
	mail->claims_report = walk.is_tlsrpt ||
	                      (!walk.is_other_report && mail->domain.len > 0 &&
	                       mail->submitter.len > 0);
	if (mail->claims_report && mail->part_count == 0 &&
	    walk.archive.data.len > 0)
		mail->parts[mail->part_count++] = walk.archive;
	/* A bounce carries what it bounces; that is no news. */
	if (walk.is_other_report)
		mail->forwards = false;
	if (!walk.is_tlsrpt)
		mail->quirks |= QUIRK_BIT(QUIRK_MAIL_NOT_REPORT_TYPE);
	else if (mail->domain.len == 0 || mail->submitter.len == 0)
		mail->quirks |= QUIRK_BIT(QUIRK_MAIL_NO_REPORT_HEADERS);
}
