#include <string.h>

#include "base/attr.h"
#include "schema/store/body.h"
#include "schema/store/contribution.h"
#include "tests/support/cmocka_all.h"

static struct text pack(const struct body *body, struct buf *out)
{
	buf_reset(out);
	body_encode(body, out);
	assert_false(out->full);
	return (struct text){out->data, out->len};
}

static void check_detail(const struct body_detail *a,
                         const struct body_detail *b)
{
	assert_int_equal(a->type, b->type);
	assert_true(text_equal(a->type_text, b->type_text));
	assert_int_equal(a->sessions, b->sessions);
	assert_int_equal(a->sending_ip.len, b->sending_ip.len);
	assert_memory_equal(a->sending_ip.bytes, b->sending_ip.bytes, 16);
	assert_int_equal(a->receiving_ip.len, b->receiving_ip.len);
	assert_memory_equal(a->receiving_ip.bytes, b->receiving_ip.bytes, 16);
	assert_int_equal(a->mx_id, b->mx_id);
	assert_int_equal(a->helo_id, b->helo_id);
	assert_int_equal(a->reason_id, b->reason_id);
	assert_true(text_equal(a->additional, b->additional));
}

static void check_element(const struct body_element *a,
                          const struct body_element *b)
{
	size_t i;

	assert_int_equal(a->domain_id, b->domain_id);
	assert_int_equal(a->type, b->type);
	assert_true(text_equal(a->type_text, b->type_text));
	assert_int_equal(a->policy_id, b->policy_id);
	assert_int_equal(a->has_policy_string, b->has_policy_string);
	assert_int_equal(a->origin, b->origin);
	assert_int_equal(a->successes, b->successes);
	assert_int_equal(a->failures, b->failures);
	assert_int_equal(a->detail_count, b->detail_count);
	for (i = 0; i < a->detail_count; i++)
		check_detail(&a->details[i], &b->details[i]);
}

static void check_round_trip(const struct body *body)
{
	struct buf out = BUF_INIT(1U << 20);
	struct arena *arena = arena_new(0);
	struct body back;
	struct err err;
	size_t i;

	assert_int_equal(body_decode(pack(body, &out), arena, &back, &err), 0);
	assert_int_equal(back.count, body->count);
	for (i = 0; i < body->count; i++)
		check_element(&body->elements[i], &back.elements[i]);
	arena_free(&arena);
	buf_free(&out);
}

/* Everything that there can be, and the largest numbers. */
static struct body_detail full_detail(void)
{
	struct body_detail detail = {
		.type = RESULT_OTHER,
		.type_text = TEXT("new-type"),
		.sessions = INT64_MAX,
		.sending_ip = {{192, 0, 2, 7}, 4},
		.receiving_ip = {{0x20, 1, 0xd, 0xb8, [15] = 1}, 16},
		.mx_id = 128,
		.helo_id = 127,
		.reason_id = 16384,
		.additional = TEXT("a\0b"),
	};

	return detail;
}

static void gives_back_what_it_was_given(void **state)
{
	struct body_detail details[] = {
		full_detail(),
		{.type = RESULT_CERTIFICATE_EXPIRED, .sessions = 0},
	};
	struct body_element elements[] = {
		{.domain_id = 1,
	         .type = POLICY_STS,
	         .policy_id = 300,
	         .successes = 5000,
	         .failures = 0},
		{.type = POLICY_OTHER,
	         .type_text = TEXT("odd"),
	         .origin = STORE_ORIGIN_MX | STORE_ORIGIN_COUNTED,
	         .successes = INT64_MAX,
	         .failures = INT64_MAX,
	         .details = details,
	         .detail_count = ARRAY_LENGTH(details)},
		{.type = POLICY_NOT_FOUND},
	};
	struct body body = {elements, ARRAY_LENGTH(elements)};

	(void)state;
	check_round_trip(&body);
	body.count = 0;
	check_round_trip(&body);
}

/* The format is on people's disks: these bytes are not to change. */
static void writes_the_documented_bytes(void **state)
{
	static const unsigned char expected[] = {
		1,    1, /* version, elements */
		0x71,    /* a domain, a policy and its string, sts */
		0x81, 0x01, 7, 5, 0,
	};
	struct body_element element = {.domain_id = 129,
	                               .type = POLICY_STS,
	                               .policy_id = 7,
	                               .has_policy_string = true,
	                               .successes = 5};
	const struct body body = {&element, 1};
	struct buf out = BUF_INIT(4096);
	struct text packed = pack(&body, &out);

	(void)state;
	assert_int_equal(packed.len, sizeof(expected));
	assert_memory_equal(packed.data, expected, sizeof(expected));
	buf_free(&out);
}

/* A damaged store may hold anything. */
static void refuses_what_is_cut_or_goes_on(void **state)
{
	struct body_detail detail = full_detail();
	struct body_element element = {.domain_id = 1,
	                               .type = POLICY_TLSA,
	                               .policy_id = 2,
	                               .successes = 200,
	                               .failures = 3,
	                               .details = &detail,
	                               .detail_count = 1};
	const struct body body = {&element, 1};
	struct buf out = BUF_INIT(4096);
	struct arena *arena = arena_new(0);
	struct text packed = pack(&body, &out);
	struct body back;
	struct err err;
	size_t len;

	(void)state;
	for (len = 0; len < packed.len; len++)
		assert_int_equal(body_decode((struct text){packed.data, len},
		                             arena, &back, &err),
		                 -1);
	buf_add_char(&out, 0);
	assert_int_equal(body_decode((struct text){out.data, out.len}, arena,
	                             &back, &err),
	                 -1);
	assert_string_equal(err.text, "the body of a report is damaged");
	buf_free(&out);
	arena_free(&arena);
}

static void refuses_what_cannot_be(void **state)
{
	static const char *const bad[] = {
		"\x02\x01\x00\x00",             /* a later version */
		"\x01\xff\xff\xff\xff\x7f",     /* more elements than bytes */
		"\x01\x01\x80\x01\x01\xff\x7f", /* more details than bytes */
		"\x01\x01\x80\x01\x01\x01\x01\x7f\x01", /* no such result */
		("\x01\x01\x80\x01\x01\x01\x02\x01\x01\x11"
	         "aaaaaaaaaaaaaaaaa"), /* an address of 17 bytes */
		"\x01\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01",
	};
	struct arena *arena = arena_new(0);
	struct body back;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(bad); i++)
		assert_int_equal(
			body_decode(text_of(bad[i]), arena, &back, &err), -1);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_it_was_given),
		cmocka_unit_test(writes_the_documented_bytes),
		cmocka_unit_test(refuses_what_is_cut_or_goes_on),
		cmocka_unit_test(refuses_what_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
