#include "collector/mail/file_type.h"

#include <string.h>

#include "base/gzip.h"
#include "collector/mail/compression.h"
#include "collector/mail/mail.h"
#include "collector/mail/mbox.h"

/* Of a field's name; the longest registered one has 35. */
#define FIELD_NAME_MAX 128U

bool file_type_is_message(const uint8_t *data, size_t len)
{
	static const char mark[] = MAIL_BYTE_ORDER_MARK;
	const size_t mark_len = sizeof(mark) - 1;
	size_t i;

	if (len >= mark_len && memcmp(data, mark, mark_len) == 0) {
		data += mark_len;
		len -= mark_len;
	}
	/* The first line decides: letters and hyphens, then a colon. JSON
	   begins with a brace. */
	for (i = 0; i < len && i < FIELD_NAME_MAX; i++) {
		if (data[i] == ':')
			return i > 0;
		if (!(data[i] >= 'a' && data[i] <= 'z') &&
		    !(data[i] >= 'A' && data[i] <= 'Z') &&
		    !(data[i] >= '0' && data[i] <= '9') && data[i] != '-' &&
		    data[i] != '_' && data[i] != '.')
			return false;
	}
	return false;
}

bool file_type_is_packed(const uint8_t *data, size_t len)
{
	/* gzip is the one format whose files may be reports as well as
	   messages. No more is expanded than tells them apart: all of it is
	   later. */
	uint8_t start[FIELD_NAME_MAX + 4];
	size_t count;

	if (!gzip_is(data, len))
		return compression_name(data, len) != NULL;
	count = gzip_peek(data, len, start, sizeof(start));
	return file_type_is_message(start, count) || mbox_is(start, count);
}
