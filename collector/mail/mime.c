/*
 * Where in a message a report lies (RFC 8460 section 5.3, RFC 2045). libetpan
 * finds the parts and undoes their encoding; which of them are reports is
 * decided by their bytes, with labels as hints.
 *
 * libetpan 1.9.4 has faults that a message can reach. This runs in a process
 * that can do nothing else.
 */
#include <string.h>

#include <libetpan/libetpan.h>

#include "base/gzip.h"
#include "collector/mail/header.h"
#include "collector/mail/parts.h"
#include "schema/quirk.h"

/* How much of a part is expanded to see what it is. */
#define PEEK 16384U

struct walk {
	struct arena *arena;
	const struct mail_request *request;
	struct mail *mail;
	unsigned int leaves;
	bool reports_type;  /* multipart/report; report-type=tlsrpt */
	bool other_reports; /* a bounce, a DMARC report */
	bool inside;        /* another message */
};

/* --- what a piece is ----------------------------------------------------- */

static struct text lower(struct arena *arena, struct text text)
{
	char *out = arena_copy(arena, text.data, text.len);
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (out[i] >= 'A' && out[i] <= 'Z')
			out[i] = (char)(out[i] - 'A' + 'a');
	}
	return (struct text){out, text.len};
}

static bool is_labelled(const struct mail_part *part)
{
	return text_starts(part->type, "application/tlsrpt");
}

/* A JSON object with a member that only a TLS report has. */
static bool looks_like_report(const char *data, size_t len)
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

static bool is_report(struct text data)
{
	const struct gzip_limits limits = {PEEK, UINT32_MAX, 64};
	struct gzip_oddities odd = {false, false};
	struct buf out = BUF_INIT(PEEK + 65536U);
	struct err ignored;
	bool report;

	if (!gzip_is((const uint8_t *)data.data, data.len))
		return looks_like_report(data.data,
		                         data.len < PEEK ? data.len : PEEK);
	/* It stops when it has seen enough; what came before is there. */
	(void)!gzip_expand((const uint8_t *)data.data, data.len, &limits, &out,
	                   &odd, &ignored);
	report = looks_like_report(out.data, out.len);
	buf_free(&out);
	return report;
}

/* --- one piece ----------------------------------------------------------- */

/* The header of a part and what it says. */
static void read_labels(struct walk *w, struct text header,
                        struct mail_part *part)
{
	struct text value;

	(void)header_find(header, "Content-Type", w->arena, &value);
	part->type = lower(w->arena, header_main_value(value));
	if (!header_parameter(value, "name", w->arena, &part->name))
		part->name = TEXT("");
	(void)header_find(header, "Content-Disposition", w->arena, &value);
	if (value.len > 0) {
		struct text name;

		if (header_parameter(value, "filename", w->arena, &name))
			part->name = name;
	}
}

/* Whether it is a report; a piece that says so is one, so that what is wrong
   with it is said. */
static void take_piece(struct walk *w, struct mail_part *part)
{
	struct mail *mail = w->mail;
	bool report = is_labelled(part) || is_report(part->data);

	if (!report)
		return;
	if (w->inside) {
		mail->forwards = true;
		return;
	}
	if (mail->part_count == MAIL_PARTS_MOST)
		return;
	if (part->data.len > w->request->part_most) {
		part->too_large = true;
		part->data = TEXT("");
	}
	part->data.data = arena_copy(w->arena, part->data.data, part->data.len);
	mail->parts[mail->part_count++] = *part;
}

static void read_leaf(struct walk *w, const struct mailmime *mime,
                      struct text header, bool top)
{
	const struct mailmime_data *data = mime->mm_data.mm_single;
	struct mail_part part = {.top = top};
	char *decoded = NULL;
	size_t index = 0, len = 0;

	if (w->leaves++ >= MAIL_LEAVES_MOST || data == NULL ||
	    data->dt_type != MAILMIME_DATA_TEXT)
		return;
	read_labels(w, header, &part);
	if (mailmime_part_parse(data->dt_data.dt_text.dt_data,
	                        data->dt_data.dt_text.dt_length, &index,
	                        data->dt_encoding, &decoded,
	                        &len) != MAILIMF_NO_ERROR)
		return;
	part.data = (struct text){decoded, len};
	take_piece(w, &part);
	mailmime_decoded_part_free(decoded);
}

/* --- the tree ------------------------------------------------------------ */

static void read_node(struct walk *w, struct mailmime *mime, struct text header,
                      unsigned int depth);

static struct text header_of(const struct mailmime *mime)
{
	struct text whole = {mime->mm_mime_start, mime->mm_length};

	if (whole.data == NULL)
		return TEXT("");
	whole.len = header_length(whole);
	return whole;
}

/* NOLINTBEGIN(misc-no-recursion): no deeper than MAIL_DEPTH_MOST */
static void read_message(struct walk *w, struct mailmime *mime,
                         unsigned int depth)
{
	bool before = w->inside;

	w->inside = true;
	if (mime->mm_data.mm_message.mm_msg_mime != NULL)
		read_node(w, mime->mm_data.mm_message.mm_msg_mime, TEXT(""),
		          depth + 1);
	w->inside = before;
}

static void read_node(struct walk *w, struct mailmime *mime, struct text header,
                      unsigned int depth)
{
	clistiter *item;

	if (depth > MAIL_DEPTH_MOST || w->leaves > MAIL_LEAVES_MOST)
		return;
	switch (mime->mm_type) {
	case MAILMIME_SINGLE:
		read_leaf(w, mime, header.len > 0 ? header : header_of(mime),
		          depth == 0);
		break;
	case MAILMIME_MULTIPLE:
		for (item = clist_begin(mime->mm_data.mm_multipart.mm_mp_list);
		     item != NULL; item = clist_next(item))
			read_node(w, clist_content(item), TEXT(""), depth + 1);
		break;
	default:
		read_message(w, mime, depth);
		break;
	}
}
/* NOLINTEND(misc-no-recursion) */

/* --- the whole message --------------------------------------------------- */

static void read_type(struct walk *w, struct text header, struct text message)
{
	struct text value, type, kind, boundary;
	char *last;
	size_t len;

	(void)header_find(header, "Content-Type", w->arena, &value);
	type = lower(w->arena, header_main_value(value));
	if (!header_parameter(value, "report-type", w->arena, &kind))
		kind = TEXT("");
	if (text_is(type, "multipart/report")) {
		w->reports_type = text_equal_case(kind, "tlsrpt");
		w->other_reports = kind.len > 0 && !w->reports_type;
	}
	if (!text_starts(type, "multipart/") ||
	    !header_parameter(value, "boundary", w->arena, &boundary) ||
	    boundary.len == 0)
		return;
	len = boundary.len + 4;
	last = arena_printf(w->arena, "--%.*s--", (int)boundary.len,
	                    boundary.data);
	if (strlen(last) == len &&
	    memmem(message.data, message.len, last, len) == NULL)
		w->mail->quirks |= QUIRK_BIT(QUIRK_MAIL_BOUNDARY_OPEN);
}

void mime_read(struct arena *arena, struct text message,
               const struct mail_request *request, struct mail *mail)
{
	struct walk w = {.arena = arena, .request = request, .mail = mail};
	struct text header = {message.data, header_length(message)};
	struct mailmime *mime = NULL, *inner;
	size_t index = 0;

	read_type(&w, header, message);
	if (mailmime_parse(message.data, message.len, &index, &mime) ==
	            MAILIMF_NO_ERROR &&
	    mime != NULL) {
		inner = mime->mm_type == MAILMIME_MESSAGE
		                ? mime->mm_data.mm_message.mm_msg_mime
		                : mime;
		if (inner != NULL)
			read_node(&w, inner, header, 0);
		mailmime_free(mime);
	}
	mail->claims = w.reports_type ||
	               (!w.other_reports && mail->domain.len > 0 &&
	                mail->submitter.len > 0);
	/* A bounce carries what it bounces; that is no news. */
	if (w.other_reports)
		mail->forwards = false;
	if (!w.reports_type)
		mail->quirks |= QUIRK_BIT(QUIRK_MAIL_NOT_REPORT_TYPE);
	else if (mail->domain.len == 0 || mail->submitter.len == 0)
		mail->quirks |= QUIRK_BIT(QUIRK_MAIL_NO_REPORT_HEADERS);
}
