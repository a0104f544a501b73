#include <stdlib.h>
#include <string.h>

#include "base/gzip.h"
#include "base/memory.h"
#include "tests/support/cmocka_all.h"

static const struct gzip_limits usual = {1024 * 1024, 200, 64};

static void expand(const struct buf *gzip, const struct gzip_limits *limits,
                   struct buf *out, enum err_code wanted)
{
	struct gzip_oddities odd = {false, false};
	struct err err = {.code = ERR_NONE};

	(void)!gzip_expand((const uint8_t *)gzip->data, gzip->len, limits, out,
	                   &odd, &err);
	if (err.code != wanted)
		fail_msg("%d: %s", (int)err.code, err.text);
}

static void undoes_what_it_does(void **state)
{
	struct buf gzip = BUF_INIT(1 << 20), out = BUF_INIT(1 << 21);
	char *text = memory_alloc(200000);
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < 200000; i++)
		text[i] = (char)(i * i % 251);
	assert_int_equal(gzip_compress(text, 200000, &gzip, &err), 0);
	expand(&gzip, &usual, &out, ERR_NONE);
	assert_int_equal(out.len, 200000);
	assert_memory_equal(out.data, text, 200000);
	free(text);
	buf_free(&gzip);
	buf_free(&out);
}

/* A limit is passed by the first byte over it, not by the last under it. */
static void keeps_its_limits(void **state)
{
	struct gzip_limits limits = {100000, 1000, 64};
	struct buf gzip = BUF_INIT(1 << 20), out = BUF_INIT(1 << 21);
	char *text = memory_zero(1, 100001);
	struct err err;

	(void)state;
	assert_int_equal(gzip_compress(text, 100000, &gzip, &err), 0);
	expand(&gzip, &limits, &out, ERR_NONE);
	buf_reset(&gzip);
	buf_reset(&out);
	assert_int_equal(gzip_compress(text, 100001, &gzip, &err), 0);
	expand(&gzip, &limits, &out, ERR_TOO_LARGE);
	limits.ratio = 100;
	limits.output = 1 << 20;
	buf_reset(&out);
	expand(&gzip, &limits, &out, ERR_TOO_LARGE);
	free(text);
	buf_free(&gzip);
	buf_free(&out);
}

/* Every beginning of a good file is refused, and none is read past its end. */
static void refuses_every_beginning(void **state)
{
	struct buf gzip = BUF_INIT(4096), out = BUF_INIT(1 << 21);
	struct gzip_oddities odd = {false, false};
	struct err err;
	uint8_t *exact;
	size_t len;

	(void)state;
	assert_int_equal(gzip_compress("some text", 9, &gzip, &err), 0);
	for (len = 0; len < gzip.len; len++) {
		exact = memory_alloc(len);
		memcpy(exact, gzip.data, len);
		buf_reset(&out);
		if (gzip_expand(exact, len, &usual, &out, &odd, &err) == 0)
			fail_msg("taken: %zu bytes", len);
		free(exact);
	}
	buf_free(&gzip);
	buf_free(&out);
}

static void shows_how_it_begins(void **state)
{
	struct buf gzip = BUF_INIT(1 << 21);
	char *text = memory_zero(1, 1 << 20), start[8] = {0};
	const uint8_t *data;
	struct err err;

	(void)state;
	memcpy(text, "Subject:", 8);
	assert_int_equal(gzip_compress(text, 1 << 20, &gzip, &err), 0);
	data = (const uint8_t *)gzip.data;
	/* Not one byte more than there is room for, and the end is not wanted. */
	assert_int_equal(gzip_peek(data, 1024, start, 7), 7);
	assert_memory_equal(start, "Subject", 8);
	assert_int_equal(gzip_peek(data, 1024, start, 8), 8);
	assert_memory_equal(start, "Subject:", 8);
	assert_int_equal(gzip_peek(data, 9, start, 8), 0);
	assert_int_equal(gzip_peek((const uint8_t *)"plain", 5, start, 8), 0);
	free(text);
	buf_free(&gzip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(undoes_what_it_does),
		cmocka_unit_test(keeps_its_limits),
		cmocka_unit_test(refuses_every_beginning),
		cmocka_unit_test(shows_how_it_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
