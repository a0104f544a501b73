#include "collector/mail/zstd.h"

#include <zstd.h>

/* As of gzip: below this a ratio says nothing. */
#define RATIO_FROM (64U * 1024U)

#define CHUNK_SIZE (64U * 1024U)

/* The logarithm of the largest window, and so of the decoder's memory: 32 MiB.
   Level 19 uses 8 MiB. */
#define WINDOW_LOG_MAX 25

bool zstd_is(const uint8_t *data, size_t len)
{
	return len >= 4 && data[0] == 0x28 && data[1] == 0xb5 &&
	       data[2] == 0x2f && data[3] == 0xfd;
}

static int zstd_check_size(const ZSTD_inBuffer *in,
                           const struct zstd_limits *limits, size_t produced,
                           struct err *err)
{
	if (produced > limits->output)
		return err_set(err, ERR_TOO_LARGE,
		               "expands to more than %zu bytes",
		               limits->output);
	if (produced > RATIO_FROM && produced / limits->ratio > in->pos)
		return err_set(err, ERR_TOO_LARGE, "expands more than %u times",
		               limits->ratio);
	return 0;
}

static int zstd_expand_frames(ZSTD_DStream *stream, ZSTD_inBuffer *in,
                              const struct zstd_limits *limits, struct buf *out,
                              struct err *err)
{
	size_t start = out->len, more;
	ZSTD_outBuffer piece;

	do {
		piece = (ZSTD_outBuffer){buf_reserve(out, CHUNK_SIZE),
		                         CHUNK_SIZE, 0};
		if (piece.dst == NULL)
			return err_set(err, ERR_TOO_LARGE,
			               "expands to more than %zu bytes",
			               limits->output);
		more = ZSTD_decompressStream(stream, &piece, in);
		buf_commit(out, piece.pos);
		if (ZSTD_isError(more) != 0)
			return err_set(err, ERR_MALFORMED, "zstd: %s",
			               ZSTD_getErrorName(more));
		if (zstd_check_size(in, limits, out->len - start, err) < 0)
			return -1;
		if (more != 0 && in->pos == in->size && piece.pos < piece.size)
			return err_set(err, ERR_MALFORMED,
			               "zstd: truncated after %zu bytes of "
			               "output",
			               out->len - start);
	} while (more != 0 || in->pos < in->size);
	return 0;
}

int zstd_expand(const uint8_t *data, size_t len,
                const struct zstd_limits *limits, struct buf *out,
                struct err *err)
{
	ZSTD_inBuffer in = {data, len, 0};
	ZSTD_DStream *stream = ZSTD_createDStream();
	int result;

	if (stream == NULL ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax,
	                                        WINDOW_LOG_MAX)) != 0) {
		(void)ZSTD_freeDStream(stream);
		return err_set(err, ERR_SYSTEM, "libzstd did not start");
	}
	result = zstd_expand_frames(stream, &in, limits, out, err);
	(void)ZSTD_freeDStream(stream);
	return result;
}
