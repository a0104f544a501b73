#include "collector/mail/multipart.h"

#include <string.h>

#define BOUNDARY_MAX 200U

enum multipart_line {
	MULTIPART_TEXT,
	MULTIPART_DELIMITER,
	MULTIPART_LAST,
};

bool multipart_is_boundary(struct text boundary)
{
	size_t i;

	for (i = 0; i < boundary.len; i++) {
		if (boundary.data[i] < ' ' || boundary.data[i] >= 0x7f ||
		    boundary.data[i] == '"' || boundary.data[i] == '\\')
			return false;
	}
	return boundary.len > 0 && boundary.len <= BOUNDARY_MAX &&
	       boundary.data[boundary.len - 1] != ' ';
}

/* A line without its end, and without the blanks that may follow. */
static bool multipart_line(struct text *rest, struct text *line)
{
	if (!text_next(rest, '\n', line))
		return false;
	while (line->len > 0 && (line->data[line->len - 1] == '\r' ||
	                         line->data[line->len - 1] == ' ' ||
	                         line->data[line->len - 1] == '\t'))
		line->len--;
	return true;
}

static enum multipart_line multipart_kind(struct text line,
                                          struct text boundary)
{
	struct text rest;

	if (line.len < 2 + boundary.len || memcmp(line.data, "--", 2) != 0 ||
	    memcmp(line.data + 2, boundary.data, boundary.len) != 0)
		return MULTIPART_TEXT;
	rest = (struct text){line.data + 2 + boundary.len,
	                     line.len - 2 - boundary.len};
	if (rest.len == 0)
		return MULTIPART_DELIMITER;
	return text_is(rest, "--") ? MULTIPART_LAST : MULTIPART_TEXT;
}

bool multipart_is_framed(struct text body, struct text boundary)
{
	struct text line, last = TEXT("");
	bool first = true;

	while (multipart_line(&body, &line)) {
		if (line.len == 0)
			continue;
		if (first &&
		    multipart_kind(line, boundary) != MULTIPART_DELIMITER)
			return false;
		first = false;
		last = line;
	}
	return !first && multipart_kind(last, boundary) != MULTIPART_TEXT;
}

bool multipart_is_closed(struct text body, struct text boundary)
{
	struct text line;

	while (multipart_line(&body, &line)) {
		if (multipart_kind(line, boundary) == MULTIPART_LAST)
			return true;
	}
	return false;
}

/* Moves to the delimiter, which stays; *text is what stands before it. */
static enum multipart_line
multipart_seek(struct text *rest, struct text boundary, struct text *text)
{
	enum multipart_line kind = MULTIPART_TEXT;
	struct text before, line;

	while (rest->len > 0) {
		before = *rest;
		(void)multipart_line(rest, &line);
		kind = multipart_kind(line, boundary);
		if (kind != MULTIPART_TEXT) {
			text->len = (size_t)(before.data - text->data);
			*rest = before;
			return kind;
		}
	}
	return MULTIPART_TEXT;
}

/* The line end before a delimiter belongs to that. */
static void multipart_cut_end(struct text *part)
{
	if (part->len > 0 && part->data[part->len - 1] == '\n')
		part->len--;
	if (part->len > 0 && part->data[part->len - 1] == '\r')
		part->len--;
}

bool multipart_next(struct text *rest, struct text boundary, struct text *part)
{
	struct text line;

	*part = *rest;
	if (multipart_seek(rest, boundary, part) != MULTIPART_DELIMITER)
		return false;
	(void)multipart_line(rest, &line);
	if (rest->len == 0)
		return false;
	*part = *rest;
	(void)multipart_seek(rest, boundary, part);
	multipart_cut_end(part);
	return true;
}
