#include "schema/store/body.h"

#include <assert.h>
#include <string.h>

#include "schema/store/contribution.h"

#define BODY_VERSION 1

/* Flags of an element; the two lowest bits are the policy type. */
#define ELEMENT_TYPE_MASK     0x03
#define ELEMENT_ORIGIN        0x04
#define ELEMENT_TYPE_TEXT     0x08
#define ELEMENT_DOMAIN        0x10
#define ELEMENT_POLICY        0x20
#define ELEMENT_POLICY_STRING 0x40 /* no member of its own */
#define ELEMENT_DETAILS       0x80

static_assert(POLICY_TYPES <= ELEMENT_TYPE_MASK + 1, "two bits hold a type");

/* Flags of a detail. */
#define DETAIL_TYPE_TEXT    0x01
#define DETAIL_SENDING_IP   0x02
#define DETAIL_RECEIVING_IP 0x04
#define DETAIL_MX           0x08
#define DETAIL_HELO         0x10
#define DETAIL_REASON       0x20
#define DETAIL_ADDITIONAL   0x40

#define ORIGINS_ALL (STORE_ORIGIN_MX | STORE_ORIGIN_COUNTED)

/* The fewest bytes that an element, and a detail, can take. */
#define ELEMENT_MIN 3U
#define DETAIL_MIN  3U

/* --- writing ------------------------------------------------------------- */

static void body_add_number(struct buf *out, int64_t number)
{
	uint64_t left = (uint64_t)number;

	for (; left >= 0x80; left >>= 7)
		buf_add_char(out, (char)(0x80 | (left & 0x7f)));
	buf_add_char(out, (char)left);
}

static void body_add_bytes(struct buf *out, const void *data, size_t len)
{
	body_add_number(out, (int64_t)len);
	buf_add(out, data, len);
}

static void body_add_some_number(struct buf *out, int64_t number)
{
	if (number != 0)
		body_add_number(out, number);
}

static void body_add_some_bytes(struct buf *out, const void *data, size_t len)
{
	if (len > 0)
		body_add_bytes(out, data, len);
}

static unsigned int body_flag(bool has, unsigned int flag)
{
	return has ? flag : 0;
}

static void body_add_detail(const struct body_detail *detail, struct buf *out)
{
	unsigned int flags =
		body_flag(detail->type_text.len > 0, DETAIL_TYPE_TEXT) |
		body_flag(detail->sending_ip.len > 0, DETAIL_SENDING_IP) |
		body_flag(detail->receiving_ip.len > 0, DETAIL_RECEIVING_IP) |
		body_flag(detail->mx_id != 0, DETAIL_MX) |
		body_flag(detail->helo_id != 0, DETAIL_HELO) |
		body_flag(detail->reason_id != 0, DETAIL_REASON) |
		body_flag(detail->additional.len > 0, DETAIL_ADDITIONAL);

	buf_add_char(out, (char)flags);
	buf_add_char(out, (char)detail->type);
	body_add_number(out, detail->sessions);
	body_add_some_bytes(out, detail->type_text.data, detail->type_text.len);
	body_add_some_bytes(out, detail->sending_ip.bytes,
	                    detail->sending_ip.len);
	body_add_some_bytes(out, detail->receiving_ip.bytes,
	                    detail->receiving_ip.len);
	body_add_some_number(out, detail->mx_id);
	body_add_some_number(out, detail->helo_id);
	body_add_some_number(out, detail->reason_id);
	body_add_some_bytes(out, detail->additional.data,
	                    detail->additional.len);
}

static void body_add_element(const struct body_element *element,
                             struct buf *out)
{
	unsigned int flags =
		(unsigned int)element->type |
		body_flag(element->origin != 0, ELEMENT_ORIGIN) |
		body_flag(element->type_text.len > 0, ELEMENT_TYPE_TEXT) |
		body_flag(element->domain_id != 0, ELEMENT_DOMAIN) |
		body_flag(element->policy_id != 0, ELEMENT_POLICY) |
		body_flag(element->has_policy_string, ELEMENT_POLICY_STRING) |
		body_flag(element->detail_count > 0, ELEMENT_DETAILS);
	size_t i;

	buf_add_char(out, (char)flags);
	body_add_some_number(out, element->origin);
	body_add_some_bytes(out, element->type_text.data,
	                    element->type_text.len);
	body_add_some_number(out, element->domain_id);
	body_add_some_number(out, element->policy_id);
	body_add_number(out, element->successes);
	body_add_number(out, element->failures);
	if (element->detail_count > 0)
		body_add_number(out, (int64_t)element->detail_count);
	for (i = 0; i < element->detail_count; i++)
		body_add_detail(&element->details[i], out);
}

void body_encode(const struct body *body, struct buf *out)
{
	size_t i;

	buf_add_char(out, BODY_VERSION);
	body_add_number(out, (int64_t)body->count);
	for (i = 0; i < body->count; i++)
		body_add_element(&body->elements[i], out);
}

/* --- reading ------------------------------------------------------------- */

/* What is left to be read. `bad` latches: nothing more is read then. */
struct body_reader {
	const unsigned char *at, *end;
	struct arena *arena;
	bool bad;
};

static unsigned int body_read_byte(struct body_reader *r)
{
	if (r->at == r->end)
		r->bad = true;
	return r->bad ? 0 : *r->at++;
}

static int64_t body_read_number(struct body_reader *r)
{
	uint64_t number = 0;
	unsigned int shift, byte = 0x80;

	for (shift = 0; shift < 63 && (byte & 0x80) != 0; shift += 7) {
		byte = body_read_byte(r);
		number |= (uint64_t)(byte & 0x7f) << shift;
	}
	if ((byte & 0x80) != 0)
		r->bad = true;
	return r->bad ? 0 : (int64_t)number;
}

/* A number of things that take at least so many bytes each: no more are
   allocated than can follow. */
static size_t body_read_count(struct body_reader *r, size_t least)
{
	int64_t count = body_read_number(r);

	if (count > (r->end - r->at) / (ptrdiff_t)least)
		r->bad = true;
	return r->bad ? 0 : (size_t)count;
}

static struct text body_read_bytes(struct body_reader *r)
{
	size_t len = body_read_count(r, 1);
	struct text text = TEXT("");

	if (r->bad)
		return text;
	text.data = arena_copy(r->arena, (const char *)r->at, len);
	text.len = len;
	r->at += len;
	return text;
}

static struct text body_read_some_bytes(struct body_reader *r, bool has)
{
	return has ? body_read_bytes(r) : TEXT("");
}

static int64_t body_read_some_number(struct body_reader *r, bool has)
{
	return has ? body_read_number(r) : 0;
}

static struct report_ip body_read_ip(struct body_reader *r, bool has)
{
	struct report_ip ip = {{0}, 0};
	size_t len = has ? body_read_count(r, 1) : 0;

	if (len > sizeof(ip.bytes))
		r->bad = true;
	if (r->bad)
		return ip;
	memcpy(ip.bytes, r->at, len);
	ip.len = (uint8_t)len;
	r->at += len;
	return ip;
}

static void body_read_detail(struct body_reader *r, struct body_detail *detail)
{
	unsigned int flags = body_read_byte(r), type = body_read_byte(r);

	if (type >= RESULT_TYPES)
		r->bad = true;
	detail->type = r->bad ? RESULT_OTHER : (enum result_type)type;
	detail->sessions = body_read_number(r);
	detail->type_text =
		body_read_some_bytes(r, (flags & DETAIL_TYPE_TEXT) != 0);
	detail->sending_ip = body_read_ip(r, (flags & DETAIL_SENDING_IP) != 0);
	detail->receiving_ip =
		body_read_ip(r, (flags & DETAIL_RECEIVING_IP) != 0);
	detail->mx_id = body_read_some_number(r, (flags & DETAIL_MX) != 0);
	detail->helo_id = body_read_some_number(r, (flags & DETAIL_HELO) != 0);
	detail->reason_id =
		body_read_some_number(r, (flags & DETAIL_REASON) != 0);
	detail->additional =
		body_read_some_bytes(r, (flags & DETAIL_ADDITIONAL) != 0);
}

static void body_read_element(struct body_reader *r,
                              struct body_element *element)
{
	unsigned int flags = body_read_byte(r);
	int64_t origin;
	size_t i;

	element->type = (enum policy_type)(flags & ELEMENT_TYPE_MASK);
	element->has_policy_string = (flags & ELEMENT_POLICY_STRING) != 0;
	origin = body_read_some_number(r, (flags & ELEMENT_ORIGIN) != 0);
	if (origin > ORIGINS_ALL)
		r->bad = true;
	element->origin = r->bad ? 0 : (int)origin;
	element->type_text =
		body_read_some_bytes(r, (flags & ELEMENT_TYPE_TEXT) != 0);
	element->domain_id =
		body_read_some_number(r, (flags & ELEMENT_DOMAIN) != 0);
	element->policy_id =
		body_read_some_number(r, (flags & ELEMENT_POLICY) != 0);
	element->successes = body_read_number(r);
	element->failures = body_read_number(r);
	element->detail_count = (flags & ELEMENT_DETAILS) != 0
	                                ? body_read_count(r, DETAIL_MIN)
	                                : 0;
	element->details = arena_array(r->arena, element->detail_count,
	                               sizeof(*element->details));
	for (i = 0; i < element->detail_count && !r->bad; i++)
		body_read_detail(r, &element->details[i]);
}

int body_decode(struct text packed, struct arena *arena, struct body *body,
                struct err *err)
{
	const unsigned char *bytes = (const unsigned char *)packed.data;
	struct body_reader r = {bytes, bytes + packed.len, arena, false};
	size_t i;

	*body = (struct body){NULL, 0};
	if (body_read_byte(&r) != BODY_VERSION)
		return err_set(err, ERR_DAMAGED,
		               "the body of a report is not of version %d",
		               BODY_VERSION);
	body->count = body_read_count(&r, ELEMENT_MIN);
	body->elements =
		arena_array(arena, body->count, sizeof(*body->elements));
	for (i = 0; i < body->count && !r.bad; i++)
		body_read_element(&r, &body->elements[i]);
	if (r.bad || r.at != r.end)
		return err_set(err, ERR_DAMAGED,
		               "the body of a report is damaged");
	return 0;
}
