#include "base/digest.h"

#include <stdlib.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

void digest_sha256(const void *data, size_t len, uint8_t out[DIGEST_SIZE])
{
	/* It fails only in a library that is not fit to run. */
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, data, len, out) < 0)
		abort();
}

const char *digest_library_version(void)
{
	return gnutls_check_version(NULL);
}
