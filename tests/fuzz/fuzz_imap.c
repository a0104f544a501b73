/* An IMAP server that says anything, as far as libetpan survives it. */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <strings.h>

#include "tests/fuzz/fuzz_session.h"

/* The packaged libetpan follows a null pointer on PERMANENTFLAGS where no
   folder is open, or in a list without an end; that ends the process that reads
   the mailbox, and is tried in tests/e2e/test_hostile.py. */
#define FATAL "PERMANENTFLAGS"

static bool is_fatal(const uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i + sizeof(FATAL) - 1 <= size; i++) {
		if (strncasecmp((const char *)data + i, FATAL,
		                sizeof(FATAL) - 1) == 0)
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!is_fatal(data, size))
		fuzz_session(&kind_imap, data, size);
	return 0;
}
