#include "schema/report/report_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "schema/limits.h"
#include "schema/report/quirk.h"
#include "schema/report/report.h"

#define LOAD_FLAGS (JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL)

#define REPLACEMENT        "\xef\xbf\xbd" /* U+FFFD */
#define REPLACEMENT_ESCAPE "\\ufffd"

/* jansson's allocator is the process's; this is the arena of the document
   that this thread is loading. Outside of a load there is none, and nothing
   allocates. */
static _Thread_local struct arena *report_json_arena;

static void *report_json_alloc(size_t size)
{
	return report_json_arena != NULL ? arena_try(report_json_arena, size)
	                                 : malloc(size);
}

static void report_json_free(void *memory)
{
	if (report_json_arena == NULL)
		free(memory);
}

void report_json_init(void)
{
	json_object_seed(0);
	json_set_alloc_funcs(report_json_alloc, report_json_free);
}

/* --- mending ------------------------------------------------------------- */

/* The value of the four hexadecimal digits after "\u", or -1. */
static int report_json_escape_value(const char *p, const char *end)
{
	int value = 0, i;
	char c;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (i = 2; i < 6; i++) {
		c = p[i];
		value <<= 4;
		if (c >= '0' && c <= '9')
			value |= c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value |= (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return value;
}

/* Copies the escape at p and returns its length. */
static size_t report_json_fix_escape(const char *p, const char *end,
                                     struct buf *out, uint64_t *quirks)
{
	int value = report_json_escape_value(p, end), low;

	if (value >= 0xd800 && value < 0xdc00) {
		low = report_json_escape_value(p + 6, end);
		if (low >= 0xdc00 && low < 0xe000) {
			buf_add(out, p, 12);
			return 12;
		}
	}
	if (value >= 0xd800 && value < 0xe000) {
		buf_add_text(out, REPLACEMENT_ESCAPE);
		*quirks |= QUIRK_BIT(QUIRK_LONE_SURROGATE);
		return 6;
	}
	/* A backslash and what it escapes stay together, so that the second
	   of two backslashes begins no escape. */
	buf_add(out, p, end - p > 1 ? 2 : 1);
	return end - p > 1 ? 2 : 1;
}

static void report_json_fix(const char *p, const char *end, struct buf *out,
                            uint64_t *quirks)
{
	uint32_t c;
	size_t n;

	while (p < end) {
		if (*p == '\\') {
			p += report_json_fix_escape(p, end, out, quirks);
			continue;
		}
		n = text_utf8(p, (size_t)(end - p), &c);
		if (n > 0) {
			buf_add(out, p, n);
		} else {
			buf_add_text(out, REPLACEMENT);
			*quirks |= QUIRK_BIT(QUIRK_INVALID_UTF8);
			n = 1;
		}
		p += n;
	}
}

/* --- loading ------------------------------------------------------------- */

/* The end of the string that begins at p, or end. */
static const char *report_json_skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++) {
		if (*p == '\\')
			p++;
	}
	return p;
}

/* Nesting is counted before jansson sees the text: its own limit is 2048, and
   what it builds of deep text is not cheap. */
static bool report_json_is_too_deep(const char *p, const char *end)
{
	unsigned int depth = 0;

	for (; p < end; p++) {
		if (*p == '"')
			p = report_json_skip_string(p, end);
		else if (*p == '{' || *p == '[')
			depth++;
		else if ((*p == '}' || *p == ']') && depth > 0)
			depth--;
		if (depth > LIMIT_JSON_DEPTH)
			return true;
	}
	return false;
}

static json_t *report_json_parse(struct arena *arena, const char *data,
                                 size_t len, json_error_t *error)
{
	json_t *root;

	report_json_arena = arena;
	root = json_loadb(data, len, LOAD_FLAGS, error);
	report_json_arena = NULL;
	return root;
}

static int report_json_fail(const json_error_t *error, struct err *err)
{
	/* Out of memory is the one failure without a text. */
	if (error->text[0] == '\0')
		return err_set(err, ERR_TOO_LARGE,
		               "not JSON that we can hold: too many values "
		               "for its size");
	return err_set(err, ERR_MALFORMED, "not JSON: line %d, column %d: %s",
	               error->line, error->column, error->text);
}

static bool report_json_is_utf16(const char *data, size_t len)
{
	return len >= 2 && (data[0] == '\0' || data[1] == '\0' ||
	                    memcmp(data, "\xff\xfe", 2) == 0 ||
	                    memcmp(data, "\xfe\xff", 2) == 0);
}

static json_t *report_json_load_fixed(struct arena *arena, struct text json,
                                      uint64_t *quirks, json_error_t *error)
{
	/* An invalid byte becomes three. */
	struct buf fixed = BUF_INIT(json.len * 3 + 1);
	uint64_t found = 0;
	json_t *root = NULL;
	char *copy;

	report_json_fix(json.data, json.data + json.len, &fixed, &found);
	if (found != 0) {
		copy = arena_try(arena, fixed.len);
		if (copy == NULL)
			error->text[0] = '\0'; /* as jansson says it */
		else
			root = report_json_parse(
				arena, memcpy(copy, fixed.data, fixed.len),
				fixed.len, error);
		*quirks |= found;
	}
	buf_free(&fixed);
	return root;
}

int report_json_load(struct arena *arena, const char *data, size_t len,
                     json_t **out, uint64_t *quirks, struct err *err)
{
	struct text json = {data, len};
	json_error_t error;
	json_t *root;

	if (len == 0)
		return err_set(err, ERR_MALFORMED, "not JSON: empty");
	if (report_json_is_utf16(data, len))
		return err_set(err, ERR_MALFORMED,
		               "not JSON: UTF-16; RFC 8460 wants UTF-8");
	if (text_starts(json, "\xef\xbb\xbf")) {
		*quirks |= QUIRK_BIT(QUIRK_BYTE_ORDER_MARK);
		json.data += 3;
		json.len -= 3;
	}
	if (report_json_is_too_deep(json.data, json.data + json.len))
		return err_set(
			err, ERR_TOO_LARGE,
			"not JSON that we read: nested more than %u deep",
			LIMIT_JSON_DEPTH);
	root = report_json_parse(arena, json.data, json.len, &error);
	if (root == NULL && error.text[0] != '\0')
		root = report_json_load_fixed(arena, json, quirks, &error);
	if (root == NULL)
		return report_json_fail(&error, err);
	*out = root;
	return 0;
}

json_t *report_json_nested(struct arena *arena, const char *data, size_t len)
{
	json_error_t error;
	json_t *root;

	if (len == 0 || data[0] != '[' ||
	    report_json_is_too_deep(data, data + len))
		return NULL;
	root = report_json_parse(arena, data, len, &error);
	return json_is_array(root) ? root : NULL;
}
