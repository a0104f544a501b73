/*
 * A mail that somebody has signed, changed by somebody else: whatever is done
 * to its header, to its line ends, and to what a signature does not see of its
 * body, what counts as proved is the signer's own report; and it does count
 * where the header is untouched and the signature holds. The input is the
 * changes.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/buf.h"
#include "collector/intake/authentication.h"
#include "collector/mail/header.h"
#include "collector/mail/mail.h"
#include "schema/report/report.h"
#include "tests/fuzz/signed_messages.h"

#define NOW          INT64_C(1795600000)
#define MESSAGE_MOST 65536U
#define LINES_MOST   512U
#define CHANGES_MOST 24
#define MESSAGES     (sizeof(signed_messages) / sizeof(signed_messages[0]))

/* What an attacker would put in. */
static const char *const lines[] = {
	"Content-Type: multipart/mixed; boundary=evil",
	"Content-Type: multipart/report; report-type=tlsrpt; boundary=\"evil\"",
	"Content-Type: multipart/mixed; boundary=limit",
	"Content-Type: multipart/mixed; boundary*0=ev; boundary*1=il",
	"Content-Type: multipart/mixed (; boundary=limit); boundary=evil",
	"Content-Type: application/tlsrpt+json",
	"Content-Type: application/tlsrpt+gzip",
	"Content-Type: message/rfc822",
	"Content-Transfer-Encoding: base64",
	"Content-Transfer-Encoding: quoted-printable",
	"Subject: Report Domain: example.org Submitter: sender.example",
	"TLS-Report-Domain: example.org",
	"TLS-Report-Submitter: sender.example",
	"From: tlsrpt@sender.example",
	"MIME-Version: 1.0",
	"--evil",
	"--evil--",
	"--limit",
	"--limit--",
	"{\"policies\":[],\"report-id\":\"x\"}",
	"Sender: a@b.example",
	" ",
	"\t",
	"",
};

struct changing {
	const uint8_t *data;
	size_t size;
	struct text lines[LINES_MOST]; /* with their ends */
	size_t count;
	size_t header; /* lines of it */
	struct arena *arena;
};

static size_t take(struct changing *c, size_t below)
{
	if (c->size == 0 || below == 0)
		return 0;
	c->size--;
	return *c->data++ % below;
}

static struct text take_text(struct changing *c)
{
	size_t len = take(c, 256);

	if (len > c->size)
		len = c->size;
	c->data += len;
	c->size -= len;
	return (struct text){(const char *)c->data - len, len};
}

static void cut_lines(struct changing *c, struct text message)
{
	struct text rest = message, line;

	c->header = 0;
	while (rest.len > 0 && c->count < LINES_MOST / 2) {
		line = rest;
		(void)text_next(&rest, '\n', &line);
		c->lines[c->count++] = (struct text){
			line.data, (size_t)(rest.data - line.data)};
		if (c->header == 0 && line.len <= 1)
			c->header = c->count - 1;
	}
}

static void put_line(struct changing *c, size_t at, struct text text)
{
	if (c->count == LINES_MOST)
		return;
	memmove(&c->lines[at + 1], &c->lines[at],
	        (c->count - at) * sizeof(c->lines[0]));
	c->lines[at] = text;
	c->count++;
	c->header += at <= c->header;
}

static void drop_line(struct changing *c, size_t at)
{
	if (at >= c->count)
		return;
	memmove(&c->lines[at], &c->lines[at + 1],
	        (c->count - at - 1) * sizeof(c->lines[0]));
	c->count--;
	c->header -= at < c->header;
}

static struct text glue(struct changing *c, struct text a, struct text b,
                        struct text d)
{
	char *out = arena_alloc(c->arena, a.len + b.len + d.len + 1);

	memcpy(out, a.data, a.len);
	if (b.len > 0)
		memcpy(out + a.len, b.data, b.len);
	if (d.len > 0)
		memcpy(out + a.len + b.len, d.data, d.len);
	return (struct text){out, a.len + b.len + d.len};
}

/* Puts a text into a line, anywhere. */
static void insert(struct changing *c, size_t at, size_t where,
                   struct text text)
{
	struct text *line = &c->lines[at];
	struct text head = *line, tail = *line;

	if (where > line->len)
		where = line->len;
	head.len = where;
	tail.data += where;
	tail.len -= where;
	*line = glue(c, head, text, tail);
}

static void change_case(struct changing *c, size_t at)
{
	char *out = arena_copy(c->arena, c->lines[at].data, c->lines[at].len);
	size_t i;

	for (i = 0; i < c->lines[at].len && out[i] != ':'; i++) {
		if ((out[i] >= 'a' && out[i] <= 'z') ||
		    (out[i] >= 'A' && out[i] <= 'Z'))
			out[i] = (char)(out[i] ^ 0x20);
	}
	c->lines[at].data = out;
}

static void change_header(struct changing *c)
{
	const struct text end = text_of("\r\n");
	size_t at = take(c, c->header + 1);
	const char *line;

	switch (take(c, 7)) {
	case 0:
		put_line(c, at, glue(c, take_text(c), end, TEXT("")));
		break;
	case 1:
		drop_line(c, at);
		break;
	case 2:
		change_case(c, at);
		break;
	case 3:
		insert(c, at, take(c, 128), TEXT("\r\n "));
		break;
	case 4:
		put_line(c, take(c, c->header + 1), c->lines[at]);
		break;
	case 5:
		insert(c, at, take(c, 128), take_text(c));
		break;
	default:
		line = lines[take(c, sizeof(lines) / sizeof(lines[0]))];
		put_line(c, at, glue(c, text_of(line), end, TEXT("")));
		break;
	}
}

/* Other line ends: those that are the same for a signature, and those that only
   some readers take for one. */
static void change_end(struct changing *c, size_t at)
{
	static const char *const ends[] = {
		"\n",    "\r",     "\r\r\n",      "\r\n\r\n", "\n\n",
		"\n\r",  "\r\n\r", "\r\n \t\r\n", " \r\n",    "\t \n",
		"\r \n", "\r\n ",  "\n \n",       "",
	};
	struct text end =
		text_of(ends[take(c, sizeof(ends) / sizeof(ends[0]))]);
	struct text line = c->lines[at];

	if (take(c, 2) == 1) {
		insert(c, at, take(c, 256), end);
		return;
	}
	while (line.len > 0 && (line.data[line.len - 1] == '\r' ||
	                        line.data[line.len - 1] == '\n'))
		line.len--;
	c->lines[at] = glue(c, line, end, TEXT(""));
}

/* What relaxed canonicalization does not see: blanks at the end of a line and
   beside others, and empty lines at the end. */
static void change_body(struct changing *c)
{
	size_t body = c->count - c->header, at = c->header + take(c, body);
	static const char *const blanks[] = {" ", "\t", "  ", " \t "};
	struct text line, blank = text_of(blanks[take(c, 4)]);
	size_t i;

	if (at >= c->count)
		return;
	line = c->lines[at];
	switch (take(c, 5)) {
	case 0:
		insert(c, at, line.len > 1 ? line.len - 2 : 0, blank);
		break;
	case 3:
	case 4:
		change_end(c, at);
		break;
	case 1:
		for (i = 0; i < line.len; i++) {
			if (line.data[i] == ' ') {
				insert(c, at, i, blank);
				break;
			}
		}
		break;
	default:
		put_line(c, c->count, glue(c, blank, TEXT("\r\n"), TEXT("")));
		break;
	}
}

/* The changed message, with zeros behind it. */
static struct text change(struct changing *c, size_t which)
{
	struct buf out = BUF_INIT(MESSAGE_MOST);
	struct text message;
	char *copy;
	size_t i;
	bool lf;

	cut_lines(c, text_of(signed_messages[which].text));
	lf = take(c, 8) == 7;
	for (i = 0; i < CHANGES_MOST && c->size > 0 && c->count > 1; i++) {
		if (c->header + 1 >= c->count || take(c, 4) != 0)
			change_header(c);
		else
			change_body(c);
		if (c->header >= c->count)
			c->header = c->count - 1;
	}
	for (i = 0; i < c->count; i++) {
		message = c->lines[i];
		if (lf && text_ends(message, "\r\n")) {
			buf_add(&out, message.data, message.len - 2);
			buf_add_char(&out, '\n');
		} else {
			buf_add(&out, message.data, message.len);
		}
	}
	copy = arena_alloc(c->arena, out.len + MAIL_PADDING);
	memset(copy, 0, out.len + MAIL_PADDING);
	memcpy(copy, out.data, out.len);
	message = (struct text){copy, out.len};
	buf_free(&out);
	return message;
}

/* --- what must hold ------------------------------------------------------- */

static enum mail_key_state look_up(void *cls, const char *name, char *out,
                                   size_t size)
{
	(void)cls;
	if (strcmp(name, "sel._domainkey.sender.example") != 0 ||
	    size < sizeof(SIGNED_KEY))
		return MAIL_KEY_MISSING;
	memcpy(out, SIGNED_KEY, sizeof(SIGNED_KEY));
	return MAIL_KEY_FOUND;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Blanks aside, of which relaxed canonicalization keeps no count. */
static bool is_original(struct text data)
{
	struct text wanted = text_of(signed_report);
	size_t i, k = 0;

	for (i = 0; i < data.len; i++) {
		if (is_blank(data.data[i]))
			continue;
		if (k == wanted.len || wanted.data[k++] != data.data[i])
			return false;
	}
	return k == wanted.len;
}

static bool has_lone_cr(struct text message)
{
	size_t i;

	for (i = 0; i < message.len; i++) {
		if (message.data[i] == '\r' &&
		    (i + 1 == message.len || message.data[i + 1] != '\n'))
			return true;
	}
	return false;
}

static bool has_header_of(struct text message, struct text original)
{
	size_t len = header_length(original);

	return header_length(message) == len &&
	       memcmp(message.data, original.data, len) == 0;
}

static bool check_part(const struct mail *mail, const struct mail_part *part,
                       const struct signed_message *original)
{
	struct arena *arena = arena_new(report_parse_memory(part->data.len));
	const struct config config = {.require_dkim = true};
	struct authentication_input input = {mail, part, NULL};
	struct report *report = NULL;
	struct authentication_result result;
	struct err ignored;
	bool proved;

	if (report_parse(arena, part->data.data, part->data.len, &report, NULL,
	                 &ignored) == 0)
		input.report = report;
	authentication_assess(arena, &config, &input, NOW, &result);
	proved = trust_is_proof(result.trust) && input.report != NULL;
	if (proved) {
		MUST(original->is_report);
		MUST(text_is(result.signer, "sender.example"));
		MUST(is_original(part->data));
	}
	arena_free(&arena);
	return proved;
}

static void check(struct mail_parser *parser, struct arena *arena,
                  struct text message, const struct signed_message *original,
                  bool unchanged)
{
	const struct mail_request request = {.now = NOW,
	                                     .part_max = MESSAGE_MOST,
	                                     .dkim = true,
	                                     .lookup = look_up};
	struct mail mail;
	bool passed = false, proved = false;
	size_t i;

	mail_parse(parser, arena, message, &request, &mail);
	for (i = 0; i < mail.signature_count; i++)
		passed = passed || mail.signatures[i].result == AUTH_PASS;
	for (i = 0; passed && i < mail.part_count; i++)
		proved = check_part(&mail, &mail.parts[i], original) || proved;
	/* As it was signed it counts, or nothing here would mean anything. */
	MUST(!unchanged || proved == original->is_report);
	/* Nor is it lost by what its signature does not see. */
	MUST(!passed || !has_header_of(message, text_of(original->text)) ||
	     proved == original->is_report);
	/* Only some readers take that for a line end. */
	MUST(!proved || !has_lone_cr(message));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mail_parser *parser;
	struct changing changing = {.data = data, .size = size};
	struct text message;
	size_t which;

	if (parser == NULL) {
		report_json_init();
		parser = mail_parser_open();
	}
	changing.arena = arena_new(0);
	which = take(&changing, MESSAGES);
	message = change(&changing, which);
	/* Known to end libetpan, where a change has made a body of it. */
	if (memmem(message.data, message.len, "\\\"", 2) == NULL)
		check(parser, changing.arena, message, &signed_messages[which],
		      size <= 2);
	arena_free(&changing.arena);
	return 0;
}
