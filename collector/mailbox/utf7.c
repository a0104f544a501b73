#include "collector/mailbox/utf7.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define REPLACEMENT 0xfffdU
/* What a byte of a name becomes at most: "&,,0-" when it is no UTF-8. */
#define BYTES_MAX 5U

struct utf7 {
	struct buf out;
	uint32_t bits;
	int left; /* of bits, not yet written */
	bool shifted;
};

static void utf7_add_digit(struct utf7 *utf7, uint32_t six)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+,";

	buf_add_char(&utf7->out, digits[six & 0x3f]);
}

static void utf7_unshift(struct utf7 *utf7)
{
	if (!utf7->shifted)
		return;
	if (utf7->left > 0)
		utf7_add_digit(utf7, utf7->bits << (6 - utf7->left));
	buf_add_char(&utf7->out, '-');
	utf7->shifted = false;
	utf7->left = 0;
	utf7->bits = 0;
}

/* A unit of UTF-16. */
static void utf7_add_unit(struct utf7 *utf7, uint32_t unit)
{
	/* Fewer than six are left of the unit before. */
	utf7->bits = (utf7->bits & 0x3f) << 16 | unit;
	for (utf7->left += 16; utf7->left >= 6; utf7->left -= 6)
		utf7_add_digit(utf7, utf7->bits >> (utf7->left - 6));
}

static void utf7_add_character(struct utf7 *utf7, uint32_t code)
{
	if (code >= 0x20 && code <= 0x7e) {
		utf7_unshift(utf7);
		buf_add_char(&utf7->out, (char)code);
		if (code == '&')
			buf_add_char(&utf7->out, '-');
		return;
	}
	if (!utf7->shifted)
		buf_add_char(&utf7->out, '&');
	utf7->shifted = true;
	if (code > 0xffff) {
		code -= 0x10000;
		utf7_add_unit(utf7, 0xd800 | code >> 10);
		code = 0xdc00 | (code & 0x3ff);
	}
	utf7_add_unit(utf7, code);
}

char *utf7_folder(struct arena *arena, const char *name)
{
	size_t len = strlen(name), i = 0, step;
	struct utf7 utf7 = {.out = BUF_INIT(len * BYTES_MAX)};
	uint32_t code;
	char *copy;

	while (i < len) {
		step = text_utf8(name + i, len - i, &code);
		utf7_add_character(&utf7, step > 0 ? code : REPLACEMENT);
		i += step > 0 ? step : 1;
	}
	utf7_unshift(&utf7);
	copy = arena_copy(arena, buf_text(&utf7.out), utf7.out.len);
	buf_free(&utf7.out);
	return copy;
}
