#include "base/archive.h"

#include <stdbool.h>
#include <string.h>

#include "base/attr.h"

struct archive_kind {
	const char *magic;
	size_t len;
	const char *name;
};

static const struct archive_kind archive_kinds[] = {
	{"PK\x03\x04", 4, "a ZIP archive"},
	{"BZh", 3, "compressed with bzip2"},
	{"\xfd"
         "7zXZ",
         5, "compressed with xz"},
	{"\x28\xb5\x2f\xfd", 4, "compressed with Zstandard"},
};

/* Its two bytes are a multiple of 31 with method 8 (RFC 1950 section 2.2). */
static bool archive_is_zlib(const uint8_t *data, size_t len)
{
	return len >= 2 && data[0] == 0x78 &&
	       (data[0] * 256U + data[1]) % 31U == 0;
}

const char *archive_name(const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(archive_kinds); i++) {
		if (len >= archive_kinds[i].len &&
		    memcmp(data, archive_kinds[i].magic,
		           archive_kinds[i].len) == 0)
			return archive_kinds[i].name;
	}
	return archive_is_zlib(data, len) ? "a zlib stream" : NULL;
}
