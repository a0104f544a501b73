/*
 * Whether a header can be read in one way only.
 */
#include "collector/mail/header_sound.h"

#include <string.h>

#include "collector/mail/header.h"

/* Of these one signature covers one, and a reader may take another. */
static const char *const header_sound_single_names[] = {
	"From",
	"Subject",
	"Date",
	"Content-Type",
	"Content-Transfer-Encoding",
	"MIME-Version",
	"TLS-Report-Domain",
	"TLS-Report-Submitter",
};

#define SINGLE_NAMES                         \
	(sizeof(header_sound_single_names) / \
	 sizeof(header_sound_single_names[0]))

struct header_sound {
	bool crlf; /* how its first line ends */
	bool in_field;
	bool seen[SINGLE_NAMES];
};

/* Visible ASCII, blanks, and UTF-8 (RFC 6532), which is not looked at. */
static bool header_sound_has_plain_bytes(struct text line)
{
	size_t i;

	for (i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.data[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool header_sound_is_continuation(const struct header_sound *scan,
                                         struct text line)
{
	return scan->in_field && text_trim(line).len > 0;
}

static bool header_sound_check_field(struct header_sound *scan,
                                     struct text line)
{
	const char *colon = memchr(line.data, ':', line.len);
	struct text name;
	size_t i;

	if (colon == NULL || colon == line.data)
		return false;
	name = (struct text){line.data, (size_t)(colon - line.data)};
	for (i = 0; i < name.len; i++) {
		if (name.data[i] <= ' ' || name.data[i] >= 0x7f)
			return false;
	}
	scan->in_field = true;
	for (i = 0; i < SINGLE_NAMES; i++) {
		if (!text_equal_case(name, header_sound_single_names[i]))
			continue;
		if (scan->seen[i])
			return false;
		scan->seen[i] = true;
	}
	return true;
}

/* Cuts the next line off *rest; false when it does not end as the first did. */
static bool header_sound_next_line(struct header_sound *scan, struct text *rest,
                                   bool first, struct text *line)
{
	const char *end = rest->len > 0 ? memchr(rest->data, '\n', rest->len)
	                                : NULL;
	bool crlf;

	if (end == NULL)
		return false;
	*line = (struct text){rest->data, (size_t)(end - rest->data)};
	*rest = (struct text){end + 1, rest->len - line->len - 1};
	crlf = line->len > 0 && line->data[line->len - 1] == '\r';
	if (first)
		scan->crlf = crlf;
	line->len -= crlf;
	return crlf == scan->crlf;
}

bool mail_header_is_sound(struct text header)
{
	struct header_sound scan = {.crlf = false};
	struct text line;
	bool first = true;

	while (header_sound_next_line(&scan, &header, first, &line)) {
		first = false;
		if (line.len == 0)
			return true;
		if (!header_sound_has_plain_bytes(line))
			return false;
		if (!(header_is_blank(line.data[0])
		              ? header_sound_is_continuation(&scan, line)
		              : header_sound_check_field(&scan, line)))
			return false;
	}
	return false;
}
