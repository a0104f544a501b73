/*
 * Text that travels with its length, and bounded readers of it. Nothing here
 * needs a NUL at the end, and nothing depends on the locale.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct text {
	const char *data; /* never NULL where len > 0 */
	size_t len;
};

#define TEXT(literal) ((struct text){(literal), sizeof(literal) - 1})

struct text_list {
	struct text *items;
	size_t count;
};

struct text text_of(const char *string);

bool text_is(struct text text, const char *string);
bool text_equal(struct text a, struct text b);
bool text_equal_case(struct text a, const char *string); /* ASCII only */
/* Less than, equal to or greater than 0 as a stands before b, byte by byte; and
   the same for qsort() and bsearch() over arrays of struct text. */
int text_order(struct text a, struct text b);
int text_order_items(const void *a, const void *b);

bool text_starts(struct text text, const char *prefix);
/* Without the byte order mark that some editors write first (U+FEFF in UTF-8),
   which nobody sees. */
struct text text_skip_bom(struct text text);
bool text_ends(struct text text, const char *suffix);

/* With ASCII letters in lower case; the text is a copy in arena. */
static inline char text_lower_char(char c)
{
	if (c < 'A' || c > 'Z')
		return c;
	return (char)(c - 'A' + 'a');
}
struct text text_lower(struct arena *arena, struct text text);

/* Without leading and trailing blanks, tabs, CR and LF. */
struct text text_trim(struct text text);

/* Cuts the next piece off *rest, up to and without separator; false when
   nothing is left. An empty piece between two separators is a piece. */
bool text_next(struct text *rest, char separator, struct text *piece);

/* Whether one of the pieces is that word, blanks and case aside. */
bool text_has_word(struct text list, char separator, const char *word);

/* The longest beginning of text that is at most max bytes long and does not
   end inside a UTF-8 sequence. */
struct text text_cut(struct text text, size_t max);

/* A decimal number that is all of text: optional '-', digits, no blanks.
   False when it is anything else or does not fit. */
bool text_integer(struct text text, int64_t *number);

/* Decodes one UTF-8 sequence at data. Returns its length, 1 to 4, or 0 when
   it is invalid, overlong, a surrogate or cut short. */
size_t text_utf8(const char *data, size_t len, uint32_t *code_point);

bool text_is_ascii(struct text text);

/* Whether all of text is valid UTF-8. */
bool text_is_utf8(struct text text);

/* How many single-character edits (insert, delete, replace) part a from b;
   max + 1 when there are more than max or a word is over 63 bytes. */
size_t text_distance(const char *a, const char *b, size_t max);

#endif
