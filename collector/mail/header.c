#include "collector/mail/header.h"

#include <string.h>

/* RFC 2231 has no limit for continuations. */
#define PIECES_MAX     32
#define VALUE_SIZE_MAX 2048U

bool header_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next line without its end; false at the end of *rest. */
static bool header_next_line(struct text *rest, struct text *line)
{
	if (!text_next(rest, '\n', line))
		return false;
	if (line->len > 0 && line->data[line->len - 1] == '\r')
		line->len--;
	return true;
}

static bool header_is_field_name(const char *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (data[i] <= ' ' || data[i] >= 0x7f)
			return false;
	}
	return len > 0;
}

bool header_next(struct text *rest, struct header_field *field)
{
	struct text line, more;
	const char *colon;
	size_t len;

	while (header_next_line(rest, &line)) {
		if (line.len == 0)
			return false;
		/* What is folded belongs to it, whatever it is. */
		while (rest->len > 0 && header_is_blank(rest->data[0]) &&
		       header_next_line(rest, &more))
			line.len = (size_t)(more.data + more.len - line.data);
		colon = memchr(line.data, ':', line.len);
		if (colon == NULL)
			continue;
		len = (size_t)(colon - line.data);
		while (len > 0 && header_is_blank(line.data[len - 1]))
			len--;
		if (!header_is_field_name(line.data, len))
			continue;
		field->name = (struct text){line.data, len};
		field->value = (struct text){
			colon + 1, line.len - (size_t)(colon + 1 - line.data)};
		return true;
	}
	return false;
}

static struct text header_unfold(struct text value, struct arena *arena)
{
	char *out = arena_alloc(arena, value.len + 1);
	size_t len = 0, i = 0;

	while (i < value.len) {
		if (value.data[i] != '\r' && value.data[i] != '\n') {
			out[len++] = value.data[i];
			if (value.data[i++] == '\t')
				out[len - 1] = ' ';
			continue;
		}
		while (i < value.len &&
		       (header_is_blank(value.data[i]) ||
		        value.data[i] == '\r' || value.data[i] == '\n'))
			i++;
		out[len++] = ' ';
	}
	return text_trim((struct text){out, len});
}

size_t header_find(struct text header, const char *name, struct arena *arena,
                   struct text *value)
{
	struct header_field field;
	size_t count = 0;

	*value = TEXT("");
	while (header_next(&header, &field)) {
		if (!text_equal_case(field.name, name))
			continue;
		if (count++ == 0)
			*value = header_unfold(field.value, arena);
	}
	return count;
}

size_t header_length(struct text message)
{
	struct text rest = message, line;

	while (header_next_line(&rest, &line)) {
		if (line.len == 0)
			return message.len - rest.len;
	}
	return message.len;
}

/* --- values -------------------------------------------------------------- */

struct text header_main_value(struct text value)
{
	const char *end = memchr(value.data, ';', value.len);
	const char *comment;

	if (value.len == 0)
		return value;
	if (end != NULL)
		value.len = (size_t)(end - value.data);
	comment = memchr(value.data, '(', value.len);
	if (comment != NULL)
		value.len = (size_t)(comment - value.data);
	return text_trim(value);
}

bool header_is_multipart(struct text value)
{
	static const char prefix[] = "multipart/";
	struct text type = header_main_value(value);

	return type.len >= strlen(prefix) &&
	       text_equal_case((struct text){type.data, strlen(prefix)},
	                       prefix);
}

/* One "name=value" after a ";". The value keeps its quotes. */
static bool header_next_parameter(struct text *rest, struct text *name,
                                  struct text *value)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < rest->len && (quoted || rest->data[i] != ';'); i++) {
		if (rest->data[i] == '"')
			quoted = !quoted;
		else if (rest->data[i] == '\\' && quoted)
			i++;
	}
	if (i > rest->len)
		i = rest->len;
	*value = (struct text){rest->data, i};
	if (i < rest->len)
		i++;
	*rest = (struct text){rest->data + i, rest->len - i};
	return text_next(value, '=', name);
}

static size_t header_unquote(struct text value, char *out, size_t size)
{
	size_t len = 0, i;

	value = text_trim(value);
	if (value.len == 0)
		return 0;
	if (value.data[0] != '"') {
		len = value.len < size ? value.len : size;
		memcpy(out, value.data, len);
		return len;
	}
	for (i = 1; i < value.len && value.data[i] != '"' && len < size; i++) {
		if (value.data[i] == '\\' && i + 1 < value.len)
			i++;
		out[len++] = value.data[i];
	}
	return len;
}

static int header_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Undoes %XX in place; returns the new length. */
static size_t header_decode_percent(char *data, size_t len)
{
	size_t in, out = 0;

	for (in = 0; in < len; in++) {
		if (data[in] == '%' && in + 2 < len &&
		    header_hex_digit(data[in + 1]) >= 0 &&
		    header_hex_digit(data[in + 2]) >= 0) {
			data[out++] =
				(char)(header_hex_digit(data[in + 1]) * 16 +
			               header_hex_digit(data[in + 2]));
			in += 2;
		} else {
			data[out++] = data[in];
		}
	}
	return out;
}

struct header_piece {
	struct text value;
	bool present;
	bool encoded; /* with the "*" behind its name */
};

/* Which piece of the wanted parameter this name is: "name", "name*",
   "name*0", "name*0*". -1: none. */
static int header_piece_index(struct text name, const char *wanted,
                              bool *encoded)
{
	size_t len = strlen(wanted);
	struct text rest;
	int64_t number;

	name = text_trim(name);
	*encoded = false;
	if (name.len < len ||
	    !text_equal_case((struct text){name.data, len}, wanted))
		return -1;
	rest = (struct text){name.data + len, name.len - len};
	if (rest.len == 0)
		return 0;
	if (rest.data[0] != '*')
		return -1;
	if (text_ends(rest, "*")) {
		*encoded = true;
		rest.len--;
	}
	if (rest.len == 0)
		return 0;
	rest = (struct text){rest.data + 1, rest.len - 1};
	if (!text_integer(rest, &number) || number < 0 || number >= PIECES_MAX)
		return -1;
	return (int)number;
}

/* The first piece of an encoded value begins with charset'language'. */
static struct text header_skip_charset(struct text value)
{
	const char *quote = memchr(value.data, '\'', value.len);
	const char *end = value.data + value.len;

	if (quote != NULL)
		quote = memchr(quote + 1, '\'', (size_t)(end - quote - 1));
	if (quote == NULL)
		return value;
	return (struct text){quote + 1, (size_t)(end - quote - 1)};
}

static struct text header_join_pieces(const struct header_piece *pieces,
                                      struct arena *arena)
{
	char *out = arena_alloc(arena, VALUE_SIZE_MAX + 1);
	struct text value;
	size_t len = 0, added;
	int i;

	for (i = 0; i < PIECES_MAX && pieces[i].present; i++) {
		value = pieces[i].value;
		if (pieces[i].encoded && i == 0 && value.len > 0)
			value = header_skip_charset(text_trim(value));
		added = header_unquote(value, out + len, VALUE_SIZE_MAX - len);
		if (pieces[i].encoded)
			added = header_decode_percent(out + len, added);
		len += added;
	}
	return (struct text){out, len};
}

bool header_parameter(struct text value, const char *name, struct arena *arena,
                      struct text *out)
{
	struct header_piece pieces[PIECES_MAX] = {{TEXT(""), false, false}};
	struct text key, ignored;
	bool encoded;
	int number;

	*out = TEXT("");
	if (!text_next(&value, ';', &ignored))
		return false;
	while (value.len > 0) {
		if (!header_next_parameter(&value, &key, &ignored))
			continue;
		number = header_piece_index(key, name, &encoded);
		/* The first of its kind stands. */
		if (number >= 0 && !pieces[number].present)
			pieces[number] =
				(struct header_piece){ignored, true, encoded};
	}
	if (!pieces[0].present)
		return false;
	*out = header_join_pieces(pieces, arena);
	return true;
}

struct text header_address(struct text value, struct arena *arena)
{
	struct text rest = value;
	const char *open = NULL, *at;
	char *out;
	size_t i;

	if (value.len == 0)
		return TEXT("");
	open = memrchr(value.data, '<', value.len);
	if (open != NULL) {
		rest = (struct text){
			open + 1, value.len - (size_t)(open + 1 - value.data)};
		if (!text_next(&rest, '>', &value) || rest.len > 0)
			return TEXT("");
	}
	value = text_trim(value);
	at = memchr(value.data, '@', value.len);
	if (at == NULL || value.len > 320)
		return TEXT("");
	out = arena_copy(arena, value.data, value.len);
	for (i = 0; i < value.len; i++) {
		out[i] = text_lower_char(out[i]);
		if (out[i] <= ' ' || out[i] == ',' || out[i] == '<')
			return TEXT("");
	}
	return (struct text){out, value.len};
}

/* --- hints --------------------------------------------------------------- */

/* Cuts "LABEL WORD" off the front of *rest; empty when it does not begin so. */
static struct text header_cut_labelled(struct text *rest, const char *label)
{
	struct text word = TEXT("");

	*rest = text_trim(*rest);
	if (!text_starts(*rest, label))
		return TEXT("");
	rest->data += strlen(label);
	rest->len -= strlen(label);
	*rest = text_trim(*rest);
	word.data = rest->data;
	while (word.len < rest->len && rest->data[word.len] != ' ' &&
	       rest->data[word.len] != '\t')
		word.len++;
	rest->data += word.len;
	rest->len -= word.len;
	return word;
}

static bool header_is_alnum(char c)
{
	c = text_lower_char(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* A Report-ID as reporters write it: "<id@host>", "<id>", or bare, and then
   with a digit in it, so that neither a number in brackets nor a word that a
   service adds to its titles is one. */
static bool header_is_report_id(struct text word)
{
	static const char odd[] = "!#$%&'*+-/=?^_`{|}~.@:";
	bool bracketed = word.len > 2 && word.data[0] == '<' &&
	                 word.data[word.len - 1] == '>';
	bool digit = false;
	size_t i;

	if (bracketed)
		word = (struct text){word.data + 1, word.len - 2};
	if (word.len == 0 || (!bracketed && !header_is_alnum(word.data[0])))
		return false;
	for (i = 0; i < word.len; i++) {
		if (!header_is_alnum(word.data[i]) &&
		    (word.data[i] == '\0' || strchr(odd, word.data[i]) == NULL))
			return false;
		digit = digit || (word.data[i] >= '0' && word.data[i] <= '9');
	}
	return bracketed || digit;
}

void header_subject(struct text value, struct text *domain,
                    struct text *submitter)
{
	struct text who, id;

	*domain = header_cut_labelled(&value, "Report Domain:");
	who = header_cut_labelled(&value, "Submitter:");
	id = header_cut_labelled(&value, "Report-ID:");
	*submitter = domain->len > 0 && who.len > 0 &&
	                             header_is_report_id(id) &&
	                             text_trim(value).len == 0
	                     ? who
	                     : TEXT("");
}

struct text header_filename_domain(struct text name)
{
	struct text piece, domain = TEXT("");
	int count = 0;

	while (text_next(&name, '!', &piece)) {
		if (count++ == 1)
			domain = piece;
	}
	return count >= 4 && count <= 5 ? domain : TEXT("");
}
