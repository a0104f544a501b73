/* An IMAP server that says anything, as far as libetpan survives it. */
#include "tests/fuzz/fuzz.h"

#include "tests/fuzz/fuzz_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_session(&kind_imap, data, size);
	return 0;
}
