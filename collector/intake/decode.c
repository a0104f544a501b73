#include "collector/intake/decode.h"

#include <string.h>
#include <strings.h>

#include "base/archive.h"
#include "base/gzip.h"
#include "base/text.h"
#include "schema/limits.h"
#include "schema/report/quirk.h"

struct decoding {
	const struct decode_input *input;
	uint64_t *quirks;
	enum refusal *refusal;
	struct err *err;
};

static int decode_refuse(struct decoding *decoding, enum refusal refusal,
                         const char *why)
{
	*decoding->refusal = refusal;
	return err_set(decoding->err, ERR_MALFORMED, "%s", why);
}

/* What people send in place of gzip. */
static int decode_refuse_other_formats(struct decoding *decoding,
                                       const uint8_t *data, size_t len)
{
	const char *name = archive_name(data, len);

	if (name == NULL)
		return 0;
	*decoding->refusal = REFUSAL_DECOMPRESSION;
	return err_set(decoding->err, ERR_MALFORMED,
	               "%s; RFC 8460 section 5.2 allows gzip only", name);
}

static int decode_expand(struct decoding *decoding, const uint8_t *data,
                         size_t len, struct buf *out)
{
	const struct gzip_limits limits = {decoding->input->max_json,
	                                   LIMIT_GZIP_RATIO,
	                                   LIMIT_GZIP_MEMBERS};
	struct gzip_oddities odd = {false, false};

	if (gzip_expand(data, len, &limits, out, &odd, decoding->err) < 0) {
		*decoding->refusal = decoding->err->code == ERR_TOO_LARGE
		                             ? REFUSAL_TOO_LARGE
		                             : REFUSAL_DECOMPRESSION;
		return -1;
	}
	if (odd.trailing_zeros)
		*decoding->quirks |= QUIRK_BIT(QUIRK_GZIP_TRAILING_ZEROS);
	if (odd.trailing_garbage)
		*decoding->quirks |= QUIRK_BIT(QUIRK_GZIP_TRAILING_GARBAGE);
	return 0;
}

/* Expands what is gzip, copies what is not. */
static int decode_content(struct decoding *decoding, const uint8_t *data,
                          size_t len, struct buf *out)
{
	if (gzip_is(data, len))
		return decode_expand(decoding, data, len, out);
	if (decode_refuse_other_formats(decoding, data, len) < 0)
		return -1;
	if (len > decoding->input->max_json) {
		*decoding->refusal = REFUSAL_TOO_LARGE;
		return err_set(decoding->err, ERR_TOO_LARGE, "over %zu bytes",
		               decoding->input->max_json);
	}
	buf_add(out, data, len);
	return 0;
}

static bool decode_is_gzip_label(const char *encoding)
{
	return strcasecmp(encoding, "gzip") == 0 ||
	       strcasecmp(encoding, "x-gzip") == 0;
}

static void decode_check_labels(struct decoding *decoding)
{
	const struct decode_input *input = decoding->input;
	bool gzip = gzip_is(input->data, input->len);
	const char *type = input->content_type;

	if (input->name != NULL &&
	    text_ends(text_of(input->name), ".gz") != gzip)
		*decoding->quirks |= QUIRK_BIT(QUIRK_LABEL_DISAGREES);
	if (type == NULL || input->encoding != NULL)
		return;
	if (strncasecmp(type, "application/tlsrpt+json", 23) == 0
	            ? gzip
	            : strncasecmp(type, "application/tlsrpt+gzip", 23) != 0 ||
	                      !gzip)
		*decoding->quirks |= QUIRK_BIT(QUIRK_LABEL_DISAGREES);
}

/* Content-Encoding: the one place where gzip may be inside gzip, once. */
static int decode_undo_encoding(struct decoding *decoding, struct buf *out)
{
	const struct decode_input *input = decoding->input;
	struct buf inner = BUF_INIT(decoding->input->max_json + 65536U);
	int result;

	if (!gzip_is(input->data, input->len)) {
		*decoding->quirks |= QUIRK_BIT(QUIRK_LABEL_DISAGREES);
		return decode_content(decoding, input->data, input->len, out);
	}
	result = decode_expand(decoding, input->data, input->len, &inner);
	if (result == 0)
		result = decode_content(decoding, (const uint8_t *)inner.data,
		                        inner.len, out);
	buf_free(&inner);
	return result;
}

int decode(const struct decode_input *input, struct buf *out, uint64_t *quirks,
           enum refusal *refusal, struct err *err)
{
	struct decoding decoding = {input, quirks, refusal, err};
	const char *encoding = input->encoding;
	int result;

	decode_check_labels(&decoding);
	if (encoding != NULL && decode_is_gzip_label(encoding))
		result = decode_undo_encoding(&decoding, out);
	else if (encoding != NULL && strcasecmp(encoding, "identity") != 0)
		return decode_refuse(&decoding, REFUSAL_DECOMPRESSION,
		                     "its Content-Encoding is not gzip");
	else
		result =
			decode_content(&decoding, input->data, input->len, out);
	if (result == 0 && gzip_is((const uint8_t *)out->data, out->len))
		return decode_refuse(
			&decoding, REFUSAL_DECOMPRESSION,
			"gzip inside gzip without a Content-Encoding");
	return result;
}
