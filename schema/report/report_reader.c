#include "schema/report/report_reader.h"

#include <math.h>
#include <stdio.h>

#include "schema/limits.h"

void report_reader_note(struct report_reader *rd, enum quirk quirk)
{
	rd->quirks |= QUIRK_BIT(quirk);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema, six. */
static void report_reader_print_path(const struct report_path *path,
                                     struct buf *out)
{
	if (path == NULL)
		return;
	report_reader_print_path(path->up, out);
	if (path->key == NULL)
		buf_printf(out, "[%zu]", path->index);
	else
		buf_printf(out, "%s%s", out->len > 0 ? "." : "", path->key);
}

void report_reader_fail_with(struct report_reader *rd, enum err_code code,
                             const struct report_path *up, const char *key,
                             const char *sentence)
{
	struct report_path path = {up, key, 0};
	struct buf text = BUF_INIT(ERR_TEXT_SIZE);

	if (rd->failed)
		return;
	rd->failed = true;
	report_reader_print_path(key != NULL ? &path : up, &text);
	(void)err_set(rd->err, code, "%s: %s", buf_text(&text), sentence);
	buf_free(&text);
}

void report_reader_fail(struct report_reader *rd, const struct report_path *up,
                        const char *key, const char *sentence)
{
	report_reader_fail_with(rd, ERR_MALFORMED, up, key, sentence);
}

void *report_reader_array(struct report_reader *rd, size_t count, size_t size,
                          const struct report_path *up)
{
	void *array = arena_try_array(rd->arena, count, size);

	if (array == NULL)
		report_reader_fail_with(
			rd, ERR_TOO_LARGE, up, NULL,
			"more than we can hold of a report of this size");
	return array;
}

/* --- members ------------------------------------------------------------- */

json_t *report_reader_member(struct report_reader *rd, const json_t *object,
                             const char *key)
{
	json_t *value = json_object_get(object, key);

	if (json_is_null(value)) {
		report_reader_note(rd, QUIRK_EXPLICIT_NULL);
		return NULL;
	}
	return value;
}

struct text report_reader_string(struct report_reader *rd, const json_t *value)
{
	struct text text = {json_string_value(value),
	                    json_string_length(value)};

	if (text.len > LIMIT_STRING)
		report_reader_note(rd, QUIRK_TEXT_CUT);
	return text_cut(text, LIMIT_STRING);
}

struct text report_reader_text(struct report_reader *rd, const json_t *object,
                               const char *key)
{
	const json_t *value = report_reader_member(rd, object, key);

	if (value == NULL)
		return TEXT("");
	if (!json_is_string(value)) {
		report_reader_note(rd, QUIRK_WRONG_KIND);
		return TEXT("");
	}
	return report_reader_string(rd, value);
}

struct text report_reader_text_or_alias(struct report_reader *rd,
                                        const json_t *object, const char *key,
                                        const char *alias)
{
	struct text text = report_reader_text(rd, object, key);

	if (text.len > 0 || json_object_get(object, alias) == NULL)
		return text;
	report_reader_note(rd, QUIRK_MEMBER_ALIAS);
	return report_reader_text(rd, object, alias);
}

struct text report_reader_name(struct report_reader *rd, const json_t *object,
                               const char *key)
{
	struct text text = report_reader_text(rd, object, key);

	if (text.len == 0 && json_is_string(json_object_get(object, key)))
		report_reader_note(rd, QUIRK_EMPTY_STRING);
	return text_trim(text);
}

/* --- counts -------------------------------------------------------------- */

/* A whole number in float form, "1.0e1"; -1 when it failed. */
static int64_t report_reader_count_real(struct report_reader *rd, double real,
                                        const struct report_path *up,
                                        const char *key)
{
	char sentence[96];

	report_reader_note(rd, QUIRK_COUNT_FLOAT);
	if (real >= 0 && real <= (double)LIMIT_COUNT_MAX && floor(real) >= real)
		return (int64_t)real;
	(void)snprintf(sentence, sizeof(sentence), "%g is not a count", real);
	report_reader_fail(rd, up, key, sentence);
	return -1;
}

static bool report_reader_count_string(struct report_reader *rd,
                                       const json_t *value, int64_t *count)
{
	if (!json_is_string(value))
		return false;
	report_reader_note(rd, QUIRK_COUNT_STRING);
	return text_integer(text_trim(report_reader_string(rd, value)), count);
}

int64_t report_reader_count_value(struct report_reader *rd, const json_t *value,
                                  const struct report_path *up, const char *key)
{
	int64_t count = 0;
	char sentence[96];

	if (json_is_real(value))
		return report_reader_count_real(rd, json_real_value(value), up,
		                                key);
	if (json_is_integer(value)) {
		count = json_integer_value(value);
	} else if (!report_reader_count_string(rd, value, &count)) {
		report_reader_fail(rd, up, key, "not a number");
		return -1;
	}
	if (count >= 0 && count <= LIMIT_COUNT_MAX)
		return count;
	(void)snprintf(sentence, sizeof(sentence), "%lld is %s",
	               (long long)count,
	               count < 0 ? "negative" : "over 2^53-1");
	report_reader_fail(rd, up, key, sentence);
	return -1;
}

int64_t report_reader_count(struct report_reader *rd, const json_t *object,
                            const struct report_path *up, const char *key)
{
	const json_t *value = report_reader_member(rd, object, key);
	int64_t count;

	if (value == NULL) {
		report_reader_note(rd, QUIRK_COUNT_MISSING);
		return 0;
	}
	count = report_reader_count_value(rd, value, up, key);
	if (count > LIMIT_COUNT_CAP) {
		report_reader_note(rd, QUIRK_COUNT_CAPPED);
		return LIMIT_COUNT_CAP;
	}
	return count;
}

void report_reader_add_sessions(struct report_reader *rd, int64_t *sum,
                                int64_t sessions, const struct report_path *up)
{
	if (rd->failed)
		return;
	*sum += sessions;
	if (*sum > LIMIT_REPORT_SESSIONS)
		report_reader_fail_with(
			rd, ERR_TOO_LARGE, up, NULL,
			"more sessions than we take in a report");
}
