/*
 * SHA-256 (FIPS 180-4). The only use of GnuTLS outside the certificates.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32

void digest_sha256(const void *data, size_t len, uint8_t out[DIGEST_SIZE]);

/* The version of GnuTLS that this program runs with. */
const char *digest_library_version(void);

#endif
