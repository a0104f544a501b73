#include "exporter/explain/explanation_layout.h"

#include <string.h>

#define WIDTH 80U

#define DIGITS "0123456789"

/* Whether a blank stands within a number, or before its percent sign. */
static bool explanation_layout_is_in_number(const char *begin,
                                            const char *blank)
{
	if (blank == begin || strchr(DIGITS, blank[-1]) == NULL)
		return false;
	return blank[1] == '%' || strspn(blank + 1, DIGITS) == 3;
}

/* The length of a word: "1 200" and "3.4 %" are one. */
static size_t explanation_layout_word_length(const char *word)
{
	size_t length = strcspn(word, " ");

	while (word[length] == ' ' &&
	       explanation_layout_is_in_number(word, word + length))
		length += 1 + strcspn(word + length + 1, " ");
	return length;
}

/* A paragraph, broken between words, with a first and a later indent. */
void explanation_layout_add_paragraph(struct buf *out, const char *first,
                                      const char *later, struct buf *text)
{
	const char *word = buf_text(text), *indent = first;
	size_t column = strlen(first), length;
	bool blank;

	buf_add_text(out, first);
	while (*word != '\0') {
		length = explanation_layout_word_length(word);
		blank = column > strlen(indent);
		if (blank && column + 1 + length > WIDTH) {
			buf_add_char(out, '\n');
			buf_add_text(out, later);
			indent = later;
			column = strlen(later);
			blank = false;
		}
		if (blank) {
			buf_add_char(out, ' ');
			column++;
		}
		buf_add(out, word, length);
		column += length;
		word += length;
		if (*word == ' ')
			word++;
	}
	buf_add_char(out, '\n');
	buf_reset(text);
}

void explanation_layout_add_name(struct buf *out, struct text name)
{
	buf_add_printable(out, name.data, name.len, 253);
}
