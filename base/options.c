#include "base/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/options_value.h"

#define FILE_MAX  (4U * 1024U * 1024U)
#define EDITS_MAX 3U

struct setting {
	struct setting *next;
	const struct option_spec *option;
	const char *section;
	const char *title; /* NULL where there is none */
	const char *value; /* of a list: of all its lines */
	unsigned int line;
};

struct options {
	const char *path;
	struct setting *settings; /* in the order of the file */
	struct setting **end;
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
		if (section->options[i].type == OPTION_REMOVED)
			continue;
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
		if (strncmp(key, word, strlen(word)) == 0 &&
		    section->options[i].type != OPTION_REMOVED)
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
                                struct text value, struct err *err)
{
	struct setting *s = options_find_setting(rd->options, option,
	                                         rd->section->name, rd->title);

	if (s != NULL && option->type == OPTION_LIST) {
		s->value = arena_printf(rd->arena, "%s %.*s", s->value,
		                        (int)value.len, value.data);
		return 0;
	}
	if (s != NULL)
		return err_set(err, ERR_CONFIG,
		               "\"%s\" is set already in line %u", option->key,
		               s->line);
	s = arena_alloc(rd->arena, sizeof(*s));
	s->next = NULL;
	s->option = option;
	s->section = rd->section->name;
	s->title = rd->title;
	s->value = arena_copy(rd->arena, value.data, value.len);
	s->line = rd->line;
	*rd->options->end = s;
	rd->options->end = &s->next;
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
	if (options_note_setting(rd, option, value, err) < 0)
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
	rd.options->end = &rd.options->settings;
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

/* --- what was set -------------------------------------------------------- */

static const struct setting *options_find_set(const struct options *options,
                                              const char *section,
                                              const char *title,
                                              const char *key)
{
	const struct setting *s;

	for (s = options->settings; s != NULL; s = s->next) {
		if (strcmp(s->option->key, key) == 0 &&
		    strcmp(s->section, section) == 0 &&
		    (title == NULL ||
		     (s->title != NULL && strcmp(s->title, title) == 0)))
			return s;
	}
	return NULL;
}

bool options_is_set(const struct options *options, const char *section,
                    const char *title, const char *key)
{
	return options_find_set(options, section, title, key) != NULL;
}

void options_fill(const struct options *options, const char *section,
                  const char *title, const char *key, struct err *err,
                  const char *format, ...)
{
	const struct setting *s =
		options_find_set(options, section, title, key);
	char sentence[ERR_TEXT_SIZE];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	if (s != NULL)
		err_fill(err, ERR_CONFIG, "%s:%u: %s: %s", options->path,
		         s->line, key, sentence);
	else
		err_fill(err, ERR_CONFIG, "%s: %s%s%s%s: %s", options->path,
		         *section != '\0' ? "[" : "", section,
		         *section != '\0' ? "] " : "", key, sentence);
}

void options_each_removed(const struct options *options,
                          void (*on_removed)(void *cls, const char *sentence),
                          void *cls)
{
	const struct setting *s;
	char sentence[ERR_TEXT_SIZE];

	for (s = options->settings; s != NULL; s = s->next) {
		if (s->option->type != OPTION_REMOVED)
			continue;
		(void)snprintf(sentence, sizeof(sentence),
		               "%s:%u: %s has no effect any more; remove this "
		               "line, and see %s",
		               options->path, s->line, s->option->key,
		               s->option->fallback);
		on_removed(cls, sentence);
	}
}

/* --- what is not the default --------------------------------------------- */

union option_field {
	const char *text;
	bool yes;
	int64_t number;
	struct option_list list;
};

static bool options_is_default(const struct setting *s, struct arena *arena)
{
	union option_field value = {0}, fallback = {0};
	struct option_spec bare = *s->option;
	struct err ignored;

	bare.offset = 0;
	if (bare.fallback == NULL && bare.type != OPTION_LIST)
		return false;
	/* Both have been read before. */
	if (options_value_set(arena, &bare, &value, text_of(s->value),
	                      &ignored) < 0 ||
	    (bare.fallback != NULL &&
	     options_value_set(arena, &bare, &fallback, text_of(bare.fallback),
	                       &ignored) < 0))
		return false;
	return options_value_equal(&bare, &value, &fallback);
}

void options_each_change(const struct options *options, struct arena *arena,
                         void (*on_change)(void *cls,
                                           const struct option_change *change),
                         void *cls)
{
	const struct setting *s;

	for (s = options->settings; s != NULL; s = s->next) {
		if (s->option->type == OPTION_REMOVED ||
		    options_is_default(s, arena))
			continue;
		on_change(cls, &(const struct option_change){
				       .section = s->section,
				       .title = s->title,
				       .key = s->option->key,
				       .value = s->value,
				       .fallback = s->option->fallback,
			       });
	}
}
