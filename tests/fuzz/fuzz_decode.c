/* Bytes of a stranger to JSON: gzip, labels that lie, bombs. */
#include "tests/fuzz/fuzz.h"

#include "collector/intake/decode.h"
#include "schema/limits.h"

#define JSON_MOST (1U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const encodings[] = {NULL, "gzip", "identity", "br"};
	static const char *const types[] = {NULL, "application/tlsrpt+gzip",
	                                    "application/tlsrpt+json",
	                                    "text/html"};
	struct buf out = BUF_INIT(JSON_MOST);
	enum refusal refusal = REFUSAL_JSON;
	struct decode_input input = {.max_json = JSON_MOST};
	uint64_t quirks = 0;
	struct err err;

	if (size < 1)
		return 0;
	input.encoding = encodings[data[0] & 3];
	input.content_type = types[data[0] >> 2 & 3];
	input.data = data + 1;
	input.len = size - 1;
	if (decode(&input, &out, &quirks, &refusal, &err) < 0) {
		MUST(err.text[0] != '\0');
		MUST(refusal < REFUSALS);
	}
	MUST(out.len <= JSON_MOST);
	buf_free(&out);
	return 0;
}
