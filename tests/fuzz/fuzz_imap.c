/* An IMAP server that says anything, as far as libetpan survives it. */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "tests/fuzz/fuzz_session.h"

/* The packaged libetpan follows a null pointer on PERMANENTFLAGS where no
   folder is open, or in a list without an end, and on a code without a text
   behind it. That ends the process that reads the mailbox, and is tried in
   tests/e2e/test_hostile.py. */
static const char *const fatal[] = {"PERMANENTFLAGS", "]\r", "]\n"};

static bool is_fatal(const uint8_t *data, size_t size)
{
	size_t i, k;

	for (i = 0; i < size; i++) {
		for (k = 0; k < sizeof(fatal) / sizeof(fatal[0]); k++) {
			if (size - i >= strlen(fatal[k]) &&
			    strncasecmp((const char *)data + i, fatal[k],
			                strlen(fatal[k])) == 0)
				return true;
		}
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!is_fatal(data, size))
		fuzz_session(&imap_driver, data, size);
	return 0;
}
