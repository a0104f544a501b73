/*
 * Content-Encoding and labels; what each container looks like is in
 * tests/data and test_fixtures.c.
 */
#include <string.h>

#include "base/attr.h"
#include "base/gzip.h"
#include "collector/intake/decode.h"
#include "schema/report/quirk.h"
#include "tests/support/cmocka_all.h"

static const char json[] = "{\"a\":1}";

static struct buf gzip_of(const void *data, size_t len)
{
	struct buf out = BUF_INIT(1 << 20);
	struct err err;

	assert_int_equal(gzip_compress(data, len, &out, &err), 0);
	return out;
}

struct sample {
	int wraps; /* of gzip around the JSON */
	const char *encoding;
	const char *type;
	bool taken;
	bool odd;
};

static const struct sample cases[] = {
	{0, NULL, "application/tlsrpt+json", true, false},
	{0, NULL, "application/tlsrpt+json; charset=utf-8", true, false},
	{0, NULL, "application/tlsrpt+gzip", true, true},
	{0, NULL, NULL, true, false},
	{0, NULL, "text/plain", true, true},
	{1, NULL, "application/tlsrpt+gzip", true, false},
	{1, NULL, "Application/TLSRPT+GZIP", true, false},
	{1, NULL, "application/tlsrpt+json", true, true},
	{1, "gzip", "application/tlsrpt+json", true, false},
	{1, "x-gzip", NULL, true, false},
	{2, "gzip", "application/tlsrpt+gzip", true, false},
	{0, "gzip", NULL, true, true},
	{1, "identity", NULL, true, false},
	{2, NULL, NULL, false, false},
	{3, "gzip", NULL, false, false},
	{1, "br", NULL, false, false},
};

static void takes_one_coding_and_one_gzip(void **state)
{
	struct buf wrapped[4];
	enum refusal refusal;
	uint64_t quirks;
	struct err err;
	size_t i;
	int result;

	(void)state;
	wrapped[0] = BUF_INIT(100);
	buf_add_text(&wrapped[0], json);
	for (i = 1; i < 4; i++)
		wrapped[i] = gzip_of(wrapped[i - 1].data, wrapped[i - 1].len);
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		const struct buf *body = &wrapped[cases[i].wraps];
		const struct decode_input input = {
			.data = (const uint8_t *)body->data,
			.len = body->len,
			.content_type = cases[i].type,
			.encoding = cases[i].encoding,
			.max_json = 1000,
		};
		struct buf out = BUF_INIT(1 << 20);

		quirks = 0;
		result = decode(&input, &out, &quirks, &refusal, &err);
		if ((result == 0) != cases[i].taken)
			fail_msg("case %zu: %s", i, err.text);
		if (result == 0 && (strcmp(buf_text(&out), json) != 0 ||
		                    (quirks != 0) != cases[i].odd))
			fail_msg("case %zu: %s %llx", i, buf_text(&out),
			         (unsigned long long)quirks);
		buf_free(&out);
	}
	for (i = 0; i < 4; i++)
		buf_free(&wrapped[i]);
}

static void bounds_what_it_expands(void **state)
{
	char large[2001];
	struct buf gzip, out = BUF_INIT(1 << 20);
	enum refusal refusal;
	uint64_t quirks = 0;
	struct err err;

	(void)state;
	memset(large, ' ', sizeof(large));
	gzip = gzip_of(large, sizeof(large));
	struct decode_input input = {.data = (const uint8_t *)gzip.data,
	                             .len = gzip.len,
	                             .max_json = sizeof(large)};

	assert_int_equal(decode(&input, &out, &quirks, &refusal, &err), 0);
	buf_reset(&out);
	input.max_json--;
	assert_int_equal(decode(&input, &out, &quirks, &refusal, &err), -1);
	assert_int_equal(refusal, REFUSAL_TOO_LARGE);
	buf_free(&gzip);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_one_coding_and_one_gzip),
		cmocka_unit_test(bounds_what_it_expands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
