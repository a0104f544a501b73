#include "collector/mail/key_record.h"

#include <string.h>

#include "base/text.h"

size_t key_record_join(const char *data, size_t len, char *out, size_t size)
{
	size_t i, piece, done = 0;

	for (i = 0; i < len; i += piece + 1) {
		piece = (size_t)(unsigned char)data[i];
		if (i + 1 + piece > len || done + piece >= size)
			break;
		memcpy(out + done, data + i + 1, piece);
		done += piece;
	}
	out[done] = '\0';
	return done;
}

/* Writes blanks over a tag and the semicolon after it. */
static void key_record_blank_out(char *start, size_t len)
{
	memset(start, ' ', len);
	if (start[len] == ';')
		start[len] = ' ';
}

void key_record_read(char *text, struct key_record *record)
{
	struct text rest = text_of(text), tag, name, value;

	while (text_next(&rest, ';', &tag)) {
		value = tag;
		if (!text_next(&value, '=', &name))
			continue;
		name = text_trim(name);
		if (text_is(name, "t"))
			record->testing = text_has_word(value, ':', "y");
		if (!text_is(name, "s"))
			continue;
		record->for_reports = text_has_word(value, ':', "tlsrpt");
		record->excludes_reports = !record->for_reports &&
		                           !text_has_word(value, ':', "*");
		key_record_blank_out(text + (tag.data - text), tag.len);
	}
}
