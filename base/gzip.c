#include "base/gzip.h"

#include <limits.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

/* 15 is the largest window; + 16 makes zlib want a gzip header. */
#define WINDOW_BITS (15 + 16)

/* How far the output may grow before the ratio is looked at: a short report
   of repeated text may well compress a hundred times. */
#define RATIO_FROM (64U * 1024U)

#define CHUNK (16U * 1024U)

bool gzip_is(const uint8_t *data, size_t len)
{
	return len >= 2 && data[0] == 0x1f && data[1] == 0x8b;
}

static int gzip_check_size(const z_stream *zs, const struct gzip_limits *limits,
                           size_t start, const struct buf *out, size_t input,
                           struct err *err)
{
	size_t produced = out->len - start, consumed = input - zs->avail_in;

	if (produced > limits->output)
		return err_set(err, ERR_TOO_LARGE,
		               "expands to more than %zu bytes",
		               limits->output);
	if (produced > RATIO_FROM && produced / limits->ratio > consumed)
		return err_set(err, ERR_TOO_LARGE, "expands more than %u times",
		               limits->ratio);
	return 0;
}

static int gzip_fail_inflate(const z_stream *zs, int status, struct err *err)
{
	if (status == Z_BUF_ERROR || status == Z_OK)
		return err_set(err, ERR_MALFORMED,
		               "gzip: truncated after %lu bytes of output",
		               zs->total_out);
	return err_set(err, status == Z_MEM_ERROR ? ERR_SYSTEM : ERR_MALFORMED,
	               "gzip: %s", zs->msg != NULL ? zs->msg : "damaged");
}

/* Expands one member. */
static int gzip_expand_member(z_stream *zs, const struct gzip_limits *limits,
                              size_t start, struct buf *out, size_t input,
                              struct err *err)
{
	char *place;
	int status;

	do {
		/* One byte over the limit is room enough to see that it is
		   passed. */
		place = buf_reserve(out, CHUNK);
		if (place == NULL)
			return err_set(err, ERR_TOO_LARGE,
			               "expands to more than %zu bytes",
			               limits->output);
		zs->next_out = (Bytef *)place;
		zs->avail_out = CHUNK;
		status = inflate(zs, Z_NO_FLUSH);
		buf_commit(out, CHUNK - zs->avail_out);
		if (status != Z_OK && status != Z_STREAM_END)
			return gzip_fail_inflate(zs, status, err);
		if (gzip_check_size(zs, limits, start, out, input, err) < 0)
			return -1;
		if (status == Z_OK && zs->avail_in == 0 && zs->avail_out > 0)
			return gzip_fail_inflate(zs, status, err);
	} while (status != Z_STREAM_END);
	return 0;
}

static void gzip_note_trailing(const z_stream *zs, struct gzip_oddities *odd)
{
	size_t i;

	for (i = 0; i < zs->avail_in; i++) {
		if (zs->next_in[i] != 0) {
			odd->trailing_garbage = true;
			return;
		}
	}
	if (zs->avail_in > 0)
		odd->trailing_zeros = true;
}

static int gzip_expand_all(z_stream *zs, const struct gzip_limits *limits,
                           struct buf *out, struct gzip_oddities *odd,
                           struct err *err)
{
	size_t start = out->len, input = zs->avail_in;
	unsigned int members = 0;

	for (;;) {
		if (++members > limits->members)
			return err_set(err, ERR_TOO_LARGE,
			               "gzip: more than %u members",
			               limits->members);
		if (gzip_expand_member(zs, limits, start, out, input, err) < 0)
			return -1;
		if (!gzip_is(zs->next_in, zs->avail_in))
			break;
		if (inflateReset2(zs, WINDOW_BITS) != Z_OK)
			return err_set(err, ERR_SYSTEM, "zlib did not restart");
	}
	gzip_note_trailing(zs, odd);
	return 0;
}

int gzip_expand(const uint8_t *data, size_t len,
                const struct gzip_limits *limits, struct buf *out,
                struct gzip_oddities *odd, struct err *err)
{
	z_stream zs = {.next_in = data};
	int result;

	if (len > UINT_MAX)
		return err_set(err, ERR_TOO_LARGE, "gzip: over 4 GiB");
	zs.avail_in = (uInt)len;
	if (inflateInit2(&zs, WINDOW_BITS) != Z_OK)
		return err_set(err, ERR_SYSTEM, "zlib did not start");
	result = gzip_expand_all(&zs, limits, out, odd, err);
	(void)inflateEnd(&zs);
	return result;
}

size_t gzip_peek(const uint8_t *data, size_t len, void *out, size_t size)
{
	z_stream zs = {.next_in = data, .next_out = out};

	zs.avail_in = len < UINT_MAX ? (uInt)len : UINT_MAX;
	zs.avail_out = size < UINT_MAX ? (uInt)size : UINT_MAX;
	if (inflateInit2(&zs, WINDOW_BITS) != Z_OK)
		return 0;
	(void)inflate(&zs, Z_NO_FLUSH);
	(void)inflateEnd(&zs);
	return zs.total_out;
}

static int gzip_compress_all(z_stream *zs, struct buf *out, struct err *err)
{
	uLong bound = deflateBound(zs, zs->avail_in);
	char *place;

	if (bound > UINT_MAX)
		return err_set(err, ERR_TOO_LARGE, "gzip: over 4 GiB");
	place = buf_reserve(out, bound);
	if (place == NULL)
		return err_set(err, ERR_TOO_LARGE, "gzip: output is full");
	zs->next_out = (Bytef *)place;
	zs->avail_out = (uInt)bound;
	if (deflate(zs, Z_FINISH) != Z_STREAM_END)
		return err_set(err, ERR_SYSTEM, "zlib did not finish");
	buf_commit(out, bound - zs->avail_out);
	return 0;
}

int gzip_compress(const void *data, size_t len, struct buf *out,
                  struct err *err)
{
	z_stream zs = {.next_in = data};
	int result;

	if (len > UINT_MAX)
		return err_set(err, ERR_TOO_LARGE, "gzip: over 4 GiB");
	zs.avail_in = (uInt)len;
	if (deflateInit2(&zs, Z_BEST_SPEED, Z_DEFLATED, WINDOW_BITS, 8,
	                 Z_DEFAULT_STRATEGY) != Z_OK)
		return err_set(err, ERR_SYSTEM, "zlib did not start");
	result = gzip_compress_all(&zs, out, err);
	(void)deflateEnd(&zs);
	return result;
}
