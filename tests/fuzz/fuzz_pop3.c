/* A POP3 server that says anything. */
#include "tests/fuzz/fuzz.h"

#include "tests/fuzz/fuzz_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_session(&pop3_driver, data, size);
	return 0;
}
