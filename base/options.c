#include "base/options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"

#define FILE_MAX  (4U * 1024U * 1024U)
#define EDITS_MAX 3U
#define SHOWN_MAX 80

struct setting {
	struct setting *next;
	const struct option_spec *option;
	const char *section;
	const char *title; /* NULL where there is none */
	unsigned int line;
};

struct options {
	const char *path;
	struct setting *settings; /* newest first */
};

struct reader {
	struct options *options;
	struct arena *arena;
	const struct option_section *sections;
	size_t count;
	const struct option_section *section; /* where we are */
	const char *title;
	void *target;
	unsigned int line;
};

static void *options_value_field(void *target, const struct option_spec *option)
{
	return (char *)target + option->offset;
}

/* --- values -------------------------------------------------------------- */

static int options_value_fail(const char *what, struct text value,
                              struct err *err)
{
	int len = value.len > SHOWN_MAX ? SHOWN_MAX : (int)value.len;

	return err_set(err, ERR_CONFIG, "\"%.*s\" is not %s", len, value.data,
	               what);
}

static int options_value_read_bool(struct text value, bool *out,
                                   struct err *err)
{
	static const char *const words[] = {"no",  "yes", "false", "true",
	                                    "off", "on",  "0",     "1"};
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(words); i++) {
		if (text_equal_case(value, words[i])) {
			*out = i % 2 == 1;
			return 0;
		}
	}
	return options_value_fail("yes or no", value, err);
}

/* The factor of a unit letter, or 0 when there is no such unit. */
static int64_t options_value_unit_factor(enum option_type type, char unit)
{
	static const char bytes[] = "kmg";
	static const char seconds[] = "smhd";
	static const int64_t lengths[] = {1, 60, 3600, 86400};
	const char *found;
	char lower = (char)(unit | 0x20);

	if (type == OPTION_BYTES) {
		found = strchr(bytes, lower);
		return found == NULL ? 0
		                     : (int64_t)1024 << 10 * (found - bytes);
	}
	if (type == OPTION_SECONDS) {
		found = strchr(seconds, lower);
		return found == NULL ? 0 : lengths[found - seconds];
	}
	return 0;
}

static const char *options_value_expected(enum option_type type)
{
	if (type == OPTION_BYTES)
		return "a size such as 8388608, 512K, 8M or 1G";
	if (type == OPTION_SECONDS)
		return "a time such as 90, 90s, 15m, 36h or 30d";
	return "a whole number";
}

static int options_value_read_number(const struct option_spec *option,
                                     struct text value, int64_t *out,
                                     struct err *err)
{
	struct text number = value;
	int64_t factor = 1, result;
	char last = '0';

	if (value.len > 0)
		last = value.data[value.len - 1];
	if (last < '0' || last > '9') {
		factor = options_value_unit_factor(option->type, last);
		number.len = value.len - 1;
	}
	if (value.len == 0 || factor == 0 || !text_integer(number, &result) ||
	    __builtin_mul_overflow(result, factor, &result))
		return options_value_fail(options_value_expected(option->type),
		                          value, err);
	if (result < option->min || result > option->max)
		return err_set(err, ERR_CONFIG,
		               "\"%.*s\" is out of range; %lld to %lld is "
		               "right",
		               (int)value.len, value.data,
		               (long long)option->min, (long long)option->max);
	*out = result;
	return 0;
}

/* "0.015", "1.5%" or "1.5 %" in millionths; what is finer is refused. */
static int options_value_read_ratio(const struct option_spec *option,
                                    struct text value, int64_t *out,
                                    struct err *err)
{
	struct text rest = value, whole, digits;
	int64_t left = 0, right = 0, scale = 1000000, result;
	size_t i;

	if (text_ends(rest, "%")) {
		rest.len--;
		rest = text_trim(rest);
		scale = 10000;
	}
	if (text_starts(value, "-") || !text_next(&rest, '.', &whole) ||
	    !text_integer(whole, &left) || left < 0 || left > 1000000)
		return options_value_fail("a ratio such as 0.015 or 1.5 %",
		                          value, err);
	result = left * scale;
	digits = rest;
	for (i = 0; i < digits.len; i++)
		scale /= 10;
	if (digits.len > 0 &&
	    (scale == 0 || !text_integer(digits, &right) || right < 0))
		return options_value_fail("a ratio such as 0.015 or 1.5 %",
		                          value, err);
	result += right * scale;
	if (result < option->min || result > option->max)
		return err_set(err, ERR_CONFIG,
		               "\"%.*s\" is out of range; %g to %g is right",
		               (int)value.len, value.data,
		               (double)option->min / 1e6,
		               (double)option->max / 1e6);
	*out = result;
	return 0;
}

static int options_value_read_choice(const struct option_spec *option,
                                     struct text value, int64_t *out,
                                     struct err *err)
{
	struct buf list = BUF_INIT(ERR_TEXT_SIZE);
	size_t i;

	for (i = 0; option->choices[i] != NULL; i++) {
		if (text_is(value, option->choices[i])) {
			*out = (int64_t)i;
			return 0;
		}
	}
	for (i = 0; option->choices[i] != NULL; i++)
		buf_printf(&list, "%s%s", i > 0 ? ", " : "one of ",
		           option->choices[i]);
	(void)options_value_fail(buf_text(&list), value, err);
	buf_free(&list);
	return -1;
}

static bool options_value_is_separator(char c)
{
	return c == ',' || c == ' ' || c == '\t';
}

static void options_value_read_list(struct arena *arena, struct text value,
                                    struct option_list *list)
{
	const char **items;
	size_t i = 0, start;

	items = arena_array(arena, list->count + value.len / 2 + 1,
	                    sizeof(*items));
	if (list->count > 0)
		memcpy(items, list->items, list->count * sizeof(*items));
	list->items = items;
	while (i < value.len) {
		start = i;
		while (i < value.len &&
		       !options_value_is_separator(value.data[i]))
			i++;
		if (i > start)
			items[list->count++] = arena_copy(
				arena, value.data + start, i - start);
		i++;
	}
}

static int options_value_set(struct arena *arena,
                             const struct option_spec *option, void *target,
                             struct text value, struct err *err)
{
	void *field = options_value_field(target, option);

	switch (option->type) {
	case OPTION_TEXT:
		*(const char **)field =
			arena_copy(arena, value.data, value.len);
		return 0;
	case OPTION_BOOL:
		return options_value_read_bool(value, field, err);
	case OPTION_NUMBER:
	case OPTION_BYTES:
	case OPTION_SECONDS:
		return options_value_read_number(option, value, field, err);
	case OPTION_RATIO:
		return options_value_read_ratio(option, value, field, err);
	case OPTION_CHOICE:
		return options_value_read_choice(option, value, field, err);
	case OPTION_LIST:
		options_value_read_list(arena, value, field);
		return 0;
	}
	return err_set(err, ERR_CONFIG, "%s has no type", option->key);
}

static int options_value_set_defaults(struct arena *arena,
                                      const struct option_section *section,
                                      void *target, struct err *err)
{
	const struct option_spec *option;
	size_t i;

	for (i = 0; i < section->count; i++) {
		option = &section->options[i];
		if (option->fallback != NULL &&
		    options_value_set(arena, option, target,
		                      text_of(option->fallback), err) < 0)
			return -1;
	}
	return 0;
}

static bool options_value_texts_equal(const char *one, const char *other)
{
	return one == NULL || other == NULL ? one == other
	                                    : strcmp(one, other) == 0;
}

static bool options_value_lists_equal(const struct option_list *one,
                                      const struct option_list *other)
{
	size_t i;

	if (one->count != other->count)
		return false;
	for (i = 0; i < one->count; i++) {
		if (strcmp(one->items[i], other->items[i]) != 0)
			return false;
	}
	return true;
}

bool options_value_equal(const struct option_spec *option, const void *one,
                         const void *other)
{
	const void *a = (const char *)one + option->offset;
	const void *b = (const char *)other + option->offset;

	switch (option->type) {
	case OPTION_TEXT:
		return options_value_texts_equal(*(const char *const *)a,
		                                 *(const char *const *)b);
	case OPTION_BOOL:
		return *(const bool *)a == *(const bool *)b;
	case OPTION_LIST:
		return options_value_lists_equal(a, b);
	case OPTION_NUMBER:
	case OPTION_BYTES:
	case OPTION_SECONDS:
	case OPTION_RATIO:
	case OPTION_CHOICE:
		break;
	}
	return *(const int64_t *)a == *(const int64_t *)b;
}

/* --- lines --------------------------------------------------------------- */

static struct setting *options_find_setting(const struct options *options,
                                            const struct option_spec *option,
                                            const char *section,
                                            const char *title)
{
	struct setting *s;

	for (s = options->settings; s != NULL; s = s->next) {
		if (s->option == option && strcmp(s->section, section) == 0 &&
		    (title == NULL) == (s->title == NULL) &&
		    (title == NULL || strcmp(s->title, title) == 0))
			return s;
	}
	return NULL;
}

static const struct option_spec *
options_find_option(const struct option_section *section, const char *key)
{
	size_t i;

	for (i = 0; i < section->count; i++) {
		if (strcmp(section->options[i].key, key) == 0)
			return &section->options[i];
	}
	return NULL;
}

/* The key of a section that is nearest to a word, or NULL. */
static const char *options_nearest_key(const struct option_section *section,
                                       const char *word)
{
	size_t i, distance, best = EDITS_MAX + 1;
	const char *nearest = NULL;

	for (i = 0; i < section->count; i++) {
		distance =
			text_distance(word, section->options[i].key, EDITS_MAX);
		if (distance < best) {
			best = distance;
			nearest = section->options[i].key;
		}
	}
	return nearest;
}

/* The section that has such a key, or NULL. */
static const struct option_section *
options_section_with_key(const struct reader *rd, const char *key)
{
	size_t i;

	for (i = 0; i < rd->count; i++) {
		if (options_find_option(&rd->sections[i], key) != NULL)
			return &rd->sections[i];
	}
	return NULL;
}

/* The keys of a section that begin with a word, as a list for people; false
   when there are none. */
static bool options_list_keys(const struct option_section *section,
                              const char *word, struct buf *list)
{
	const char *key;
	size_t i;

	for (i = 0; i < section->count; i++) {
		key = section->options[i].key;
		if (strncmp(key, word, strlen(word)) == 0)
			buf_printf(list, "%s%s", list->len > 0 ? ", " : "",
			           key);
	}
	return list->len > 0;
}

static int options_fail_unknown_key(const struct reader *rd, const char *key,
                                    struct err *err)
{
	const struct option_section *other = options_section_with_key(rd, key);
	const char *nearest = options_nearest_key(rd->section, key);
	struct buf list = BUF_INIT(ERR_TEXT_SIZE);

	if (other != NULL && *other->name == '\0')
		(void)err_set(err, ERR_CONFIG,
		              "unknown key \"%s\" here; it belongs above the "
		              "first section",
		              key);
	else if (other != NULL)
		(void)err_set(
			err, ERR_CONFIG,
			"unknown key \"%s\" here; it belongs under [%s%s]", key,
			other->name, other->add != NULL ? " NAME" : "");
	else if (*key != '\0' && options_list_keys(rd->section, key, &list))
		(void)err_set(err, ERR_CONFIG,
		              "unknown key \"%s\"; there are %s", key,
		              buf_text(&list));
	else if (nearest != NULL)
		(void)err_set(err, ERR_CONFIG,
		              "unknown key \"%s\"; did you mean \"%s\"?", key,
		              nearest);
	else
		(void)err_set(err, ERR_CONFIG, "unknown key \"%s\"", key);
	buf_free(&list);
	return -1;
}

/* Notes where an option was set; a second time is an error for all but lists,
   whose first setting replaces the default. */
static int options_note_setting(struct reader *rd,
                                const struct option_spec *option,
                                struct err *err)
{
	struct setting *s = options_find_setting(rd->options, option,
	                                         rd->section->name, rd->title);

	if (s != NULL && option->type == OPTION_LIST)
		return 0;
	if (s != NULL)
		return err_set(err, ERR_CONFIG,
		               "\"%s\" is set already in line %u", option->key,
		               s->line);
	s = arena_alloc(rd->arena, sizeof(*s));
	s->next = rd->options->settings;
	s->option = option;
	s->section = rd->section->name;
	s->title = rd->title;
	s->line = rd->line;
	rd->options->settings = s;
	if (option->type == OPTION_LIST)
		memset(options_value_field(rd->target, option), 0,
		       sizeof(struct option_list));
	return 0;
}

static bool options_is_quoted(struct text value)
{
	return value.len >= 2 &&
	       (value.data[0] == '"' || value.data[0] == '\'') &&
	       value.data[value.len - 1] == value.data[0];
}

static int options_read_setting(struct reader *rd, struct text line,
                                struct err *err)
{
	const char *equals = memchr(line.data, '=', line.len);
	const struct option_spec *option;
	struct text key, value;
	const char *name;

	if (equals == NULL)
		return err_set(err, ERR_CONFIG,
		               "expected \"key = value\" or \"[section]\"");
	key = text_trim((struct text){line.data, (size_t)(equals - line.data)});
	value = text_trim((struct text){
		equals + 1, line.len - (size_t)(equals + 1 - line.data)});
	if (rd->section == NULL)
		return err_set(err, ERR_CONFIG,
		               "no key may stand above the first section");
	if (rd->section->options == NULL)
		return 0;
	name = arena_copy(rd->arena, key.data, key.len);
	option = options_find_option(rd->section, name);
	if (option == NULL)
		return options_fail_unknown_key(rd, name, err);
	if (options_note_setting(rd, option, err) < 0)
		return -1;
	if (options_is_quoted(value))
		return err_set(err, ERR_CONFIG,
		               "%s: write the value without quotes",
		               option->key);
	if (options_value_set(rd->arena, option, rd->target, value, err) < 0)
		return err_prefix(err, "%s", option->key);
	return 0;
}

static const struct option_section *
options_find_section(const struct reader *rd, struct text name)
{
	size_t i;

	for (i = 0; i < rd->count; i++) {
		if (text_is(name, rd->sections[i].name))
			return &rd->sections[i];
	}
	return NULL;
}

static int options_fail_unknown_section(const struct reader *rd,
                                        struct text name, struct err *err)
{
	struct buf known = BUF_INIT(ERR_TEXT_SIZE);
	size_t i;

	for (i = 0; i < rd->count; i++) {
		if (*rd->sections[i].name != '\0')
			buf_printf(&known, "%s[%s%s]",
			           known.len > 0 ? ", " : "",
			           rd->sections[i].name,
			           rd->sections[i].add != NULL ? " NAME" : "");
	}
	(void)err_set(err, ERR_CONFIG, "unknown section [%.*s]; there are %s",
	              (int)name.len, name.data, buf_text(&known));
	buf_free(&known);
	return -1;
}

static int options_read_header(struct reader *rd, struct text line,
                               struct err *err)
{
	struct text inside, name, title;

	if (line.data[line.len - 1] != ']')
		return err_set(err, ERR_CONFIG, "a section ends with \"]\"");
	inside = text_trim((struct text){line.data + 1, line.len - 2});
	title = inside;
	if (!text_next(&title, ' ', &name))
		name = inside;
	title = text_trim(title);
	rd->section = options_find_section(rd, name);
	if (rd->section == NULL)
		return options_fail_unknown_section(rd, name, err);
	rd->title = NULL;
	rd->target = rd->section->target;
	if (rd->section->options == NULL)
		return 0;
	if (rd->section->add == NULL)
		return title.len == 0
		               ? 0
		               : err_set(err, ERR_CONFIG, "[%s] takes no name",
		                         rd->section->name);
	if (title.len == 0)
		return err_set(err, ERR_CONFIG, "write [%s NAME]",
		               rd->section->name);
	rd->title = arena_copy(rd->arena, title.data, title.len);
	rd->target = rd->section->add(rd->section->cls, rd->arena,
	                              text_of(rd->title), err);
	if (rd->target == NULL)
		return -1;
	return options_value_set_defaults(rd->arena, rd->section, rd->target,
	                                  err);
}

static int options_read_line(struct reader *rd, struct text line,
                             struct err *err)
{
	line = text_trim(line);
	if (line.len == 0 || line.data[0] == '#' || line.data[0] == ';')
		return 0;
	if (memchr(line.data, '\0', line.len) != NULL)
		return err_set(err, ERR_CONFIG, "a NUL byte");
	if (line.data[0] == '[')
		return options_read_header(rd, line, err);
	return options_read_setting(rd, line, err);
}

static int options_read_lines(struct reader *rd, struct text rest,
                              struct err *err)
{
	struct text line;
	size_t i;

	for (i = 0; i < rd->count; i++) {
		if (rd->sections[i].target != NULL &&
		    options_value_set_defaults(rd->arena, &rd->sections[i],
		                               rd->sections[i].target, err) < 0)
			return -1;
	}
	rd->section = options_find_section(rd, TEXT(""));
	rd->target = rd->section != NULL ? rd->section->target : NULL;
	rest = text_skip_bom(rest);
	while (text_next(&rest, '\n', &line)) {
		rd->line++;
		if (options_read_line(rd, line, err) < 0)
			return err_prefix(err, "%s:%u", rd->options->path,
			                  rd->line);
	}
	return 0;
}

int options_read(const char *path, struct arena *arena,
                 const struct option_section *sections, size_t count,
                 struct options **options, struct err *err)
{
	struct buf file = BUF_INIT(FILE_MAX);
	struct reader rd = {
		.arena = arena, .sections = sections, .count = count};
	int result;

	rd.options = arena_alloc(arena, sizeof(*rd.options));
	rd.options->path = arena_copy(arena, path, strlen(path));
	if (file_read(path, &file, err) < 0) {
		buf_free(&file);
		err->code = ERR_CONFIG;
		return -1;
	}
	result = options_read_lines(
		&rd, (struct text){buf_text(&file), file.len}, err);
	buf_free(&file);
	if (result == 0)
		*options = rd.options;
	return result;
}

void options_fill(const struct options *options, const char *section,
                  const char *title, const char *key, struct err *err,
                  const char *format, ...)
{
	const struct setting *s;
	char sentence[ERR_TEXT_SIZE];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	for (s = options->settings; s != NULL; s = s->next) {
		if (strcmp(s->option->key, key) == 0 &&
		    strcmp(s->section, section) == 0 &&
		    (title == NULL ||
		     (s->title != NULL && strcmp(s->title, title) == 0)))
			break;
	}
	if (s != NULL)
		err_fill(err, ERR_CONFIG, "%s:%u: %s: %s", options->path,
		         s->line, key, sentence);
	else
		err_fill(err, ERR_CONFIG, "%s: %s%s%s%s: %s", options->path,
		         *section != '\0' ? "[" : "", section,
		         *section != '\0' ? "] " : "", key, sentence);
}
