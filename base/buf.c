#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

#define SIZE_FIRST 256U

void buf_free(struct buf *buf)
{
	free(buf->data);
	buf->data = NULL;
	buf->len = 0;
	buf->size = 0;
}

void buf_reset(struct buf *buf)
{
	buf->len = 0;
	buf->full = false;
}

char *buf_reserve(struct buf *buf, size_t len)
{
	size_t size = buf->size == 0 ? SIZE_FIRST : buf->size;

	if (buf->full || len > buf->max - buf->len) {
		buf->full = true;
		return NULL;
	}
	/* One byte more than the content, for the NUL of buf_text(). */
	while (size - buf->len <= len)
		size *= 2;
	if (size != buf->size) {
		buf->data = memory_resize(buf->data, size);
		buf->size = size;
	}
	return buf->data + buf->len;
}

void buf_commit(struct buf *buf, size_t len)
{
	buf->len += len;
}

void buf_add(struct buf *buf, const void *data, size_t len)
{
	char *place = buf_reserve(buf, len);

	if (place == NULL || len == 0)
		return;
	memcpy(place, data, len);
	buf->len += len;
}

void buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_add_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_add_integer(struct buf *buf, int64_t number)
{
	char digits[24], *p = digits + sizeof(digits);
	uint64_t rest = number < 0 ? (uint64_t) - (number + 1) + 1
	                           : (uint64_t)number;

	do {
		*--p = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (number < 0)
		*--p = '-';
	buf_add(buf, p, (size_t)(digits + sizeof(digits) - p));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	char *place;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0) {
		buf->full = true;
		return;
	}
	place = buf_reserve(buf, (size_t)len);
	if (place == NULL)
		return;
	va_start(args, format);
	(void)vsnprintf(place, (size_t)len + 1, format, args);
	va_end(args);
	buf->len += (size_t)len;
}

const char *buf_text(struct buf *buf)
{
	if (buf->data == NULL)
		return "";
	buf->data[buf->len] = '\0';
	return buf->data;
}

/* Whether a terminal or a reader could be misled by this code point. */
static bool buf_is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

void buf_add_printable(struct buf *buf, const char *data, size_t len,
                       size_t max)
{
	size_t shown = len < max ? len : max, i, n, k;
	uint32_t c;

	for (i = 0; i < shown; i += n) {
		n = text_utf8(data + i, len - i, &c);
		if (n > 0 && c == '\\') {
			buf_add_text(buf, "\\\\");
		} else if (n > 0 && !buf_is_control(c)) {
			buf_add(buf, data + i, n);
		} else {
			n = n == 0 ? 1 : n;
			for (k = 0; k < n; k++)
				buf_printf(buf, "\\x%02x",
				           (unsigned char)data[i + k]);
		}
	}
	if (shown < len)
		buf_add_text(buf, "...");
}
