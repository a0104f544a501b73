/*
 * The packed body of a stored report, as a damaged store may hold it: what is
 * read is written again as other bytes at most, and reads the same.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "schema/store/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct buf once = BUF_INIT(1U << 24), twice = BUF_INIT(1U << 24);
	struct body body, again;
	struct err err;

	if (body_decode((struct text){(const char *)data, size}, arena, &body,
	                &err) == 0) {
		body_encode(&body, &once);
		MUST(!once.full);
		MUST(body_decode((struct text){once.data, once.len}, arena,
		                 &again, &err) == 0);
		MUST(again.count == body.count);
		body_encode(&again, &twice);
		MUST(once.len == twice.len &&
		     memcmp(once.data, twice.data, once.len) == 0);
	}
	buf_free(&once);
	buf_free(&twice);
	arena_free(&arena);
	return 0;
}
