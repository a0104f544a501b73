#include "base/text.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"

#define WORD_LEN_MAX 63U

struct text text_of(const char *string)
{
	return (struct text){string, string == NULL ? 0 : strlen(string)};
}

bool text_equal(struct text a, struct text b)
{
	return a.len == b.len &&
	       (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool text_is(struct text text, const char *string)
{
	return text_equal(text, text_of(string));
}

bool text_equal_case(struct text a, const char *string)
{
	return a.len == strlen(string) &&
	       (a.len == 0 || strncasecmp(a.data, string, a.len) == 0);
}

int text_order(struct text a, struct text b)
{
	size_t least = a.len < b.len ? a.len : b.len;
	int order = least == 0 ? 0 : memcmp(a.data, b.data, least);

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

int text_order_items(const void *a, const void *b)
{
	const struct text *x = a, *y = b;

	return text_order(*x, *y);
}

bool text_starts(struct text text, const char *prefix)
{
	size_t len = strlen(prefix);

	return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

struct text text_skip_bom(struct text text)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (text_starts(text, mark)) {
		text.data += sizeof(mark) - 1;
		text.len -= sizeof(mark) - 1;
	}
	return text;
}

bool text_ends(struct text text, const char *suffix)
{
	size_t len = strlen(suffix);

	return text.len >= len &&
	       memcmp(text.data + text.len - len, suffix, len) == 0;
}

static bool text_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct text text_lower(struct arena *arena, struct text text)
{
	char *copy = arena_copy(arena, text.data, text.len);
	size_t i;

	for (i = 0; i < text.len; i++)
		copy[i] = text_lower_char(copy[i]);
	return (struct text){copy, text.len};
}

struct text text_trim(struct text text)
{
	while (text.len > 0 && text_is_blank(text.data[0])) {
		text.data++;
		text.len--;
	}
	while (text.len > 0 && text_is_blank(text.data[text.len - 1]))
		text.len--;
	return text;
}

bool text_next(struct text *rest, char separator, struct text *piece)
{
	const char *end;

	if (rest->data == NULL)
		return false;
	end = memchr(rest->data, separator, rest->len);
	if (end == NULL) {
		*piece = *rest;
		*rest = (struct text){NULL, 0};
		return true;
	}
	piece->data = rest->data;
	piece->len = (size_t)(end - rest->data);
	rest->data = end + 1;
	rest->len -= piece->len + 1;
	return true;
}

bool text_has_word(struct text list, char separator, const char *word)
{
	struct text piece;

	while (text_next(&list, separator, &piece)) {
		if (text_equal_case(text_trim(piece), word))
			return true;
	}
	return false;
}

struct text text_cut(struct text text, size_t max)
{
	if (text.len <= max)
		return text;
	text.len = max;
	while (text.len > 0 &&
	       ((unsigned char)text.data[text.len] & 0xc0) == 0x80)
		text.len--;
	return text;
}

bool text_integer(struct text text, int64_t *number)
{
	bool negative = text.len > 0 && text.data[0] == '-';
	int64_t value = 0;
	size_t i = negative ? 1 : 0;

	if (i == text.len)
		return false;
	for (; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, text.data[i] - '0', &value))
			return false;
	}
	/* Gathered below zero, where there is room for one number more. */
	if (!negative && value == INT64_MIN)
		return false;
	*number = negative ? value : -value;
	return true;
}

/* The bytes that must follow a leading byte, or 0 for what cannot lead. */
static size_t text_utf8_tail(unsigned char lead)
{
	if (lead >= 0xc2 && lead <= 0xdf)
		return 1;
	if (lead >= 0xe0 && lead <= 0xef)
		return 2;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 3;
	return 0;
}

size_t text_utf8(const char *data, size_t len, uint32_t *code_point)
{
	static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
	size_t tail, i;
	unsigned char byte;
	uint32_t c;

	if (len == 0)
		return 0;
	byte = (unsigned char)data[0];
	if (byte < 0x80) {
		*code_point = byte;
		return 1;
	}
	tail = text_utf8_tail(byte);
	if (tail == 0 || tail >= len)
		return 0;
	c = byte & (0x3fU >> tail);
	for (i = 1; i <= tail; i++) {
		byte = (unsigned char)data[i];
		if ((byte & 0xc0U) != 0x80)
			return 0;
		c = c << 6 | (byte & 0x3fU);
	}
	if (c < smallest[tail] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*code_point = c;
	return tail + 1;
}

bool text_is_ascii(struct text text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if ((unsigned char)text.data[i] >= 0x80)
			return false;
	}
	return true;
}

bool text_is_utf8(struct text text)
{
	size_t i = 0, n;
	uint32_t c;

	while (i < text.len) {
		n = text_utf8(text.data + i, text.len - i, &c);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

static size_t text_smallest_of(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

size_t text_distance(const char *a, const char *b, size_t max)
{
	size_t row[WORD_LEN_MAX + 1], la = strlen(a), lb = strlen(b), i, j;
	size_t diagonal, above;

	if (la > WORD_LEN_MAX || lb > WORD_LEN_MAX)
		return max + 1;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			above = row[j];
			row[j] = text_smallest_of(above + 1, row[j - 1] + 1,
			                          diagonal + (a[i - 1] !=
			                                      b[j - 1]));
			diagonal = above;
		}
	}
	return row[lb] > max ? max + 1 : row[lb];
}
