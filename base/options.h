/*
 * Reads an INI file by a table of what may stand in it.
 *
 *	# a comment; ; too
 *	key = value
 *	[section]
 *	[section NAME]
 *
 * A value is all that stands between "=" and the end of the line, without the
 * blanks around it; quotes and comment signs in it are part of it. A list is
 * separated by commas or blanks and goes on when its key is repeated; any other
 * key is set once. Unknown sections and keys, values of a wrong kind or out of
 * range are errors that name file, line, the value, and what would be right.
 */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"

/* What a value is read as, and the type of the field it goes to. */
enum option_type {
	OPTION_TEXT,    /* const char * */
	OPTION_BOOL,    /* bool: yes, no, true, false, on, off, 1, 0 */
	OPTION_NUMBER,  /* int64_t */
	OPTION_BYTES,   /* int64_t: 4096, 512K, 8M, 1G (of 1024) */
	OPTION_SECONDS, /* int64_t: 90, 90s, 15m, 36h, 30d */
	OPTION_RATIO,   /* int64_t, in millionths: 0.01, 1 % */
	OPTION_CHOICE,  /* int64_t: the place in .choices */
	OPTION_LIST,    /* struct option_list */
	OPTION_REMOVED, /* nothing: an older release had it, and .fallback is
	                   the key that took its place. Any value is read past */
};

struct option_list {
	const char **items;
	size_t count;
};

struct option_spec {
	const char *key;
	enum option_type type;
	size_t offset;              /* of the field in the section's struct */
	const char *fallback;       /* as one would write it; NULL: none */
	int64_t min, max;           /* for numbers, bytes and seconds */
	const char *const *choices; /* ends with NULL */
};

struct option_section {
	const char *name; /* "" for what stands above the first section */
	const struct option_spec
		*options; /* NULL: another program's, not looked at */
	size_t count;
	void *target; /* the struct; set to its defaults by options_read() */
	/* For [name TITLE] instead of target: makes the struct for one title,
	   or fails with ERR_CONFIG. NULL where titles have no place. */
	void *(*add)(void *cls, struct arena *arena, struct text title,
	             struct err *err);
	void *cls;
};

struct options;

/* Reads path into the targets of the sections; all that they point to belongs
   to arena, and so does *options. Fails with ERR_CONFIG, also where the file is
   missing or cannot be read: nothing gets better by trying again. */
int options_read(const char *path, struct arena *arena,
                 const struct option_section *sections, size_t count,
                 struct options **options, struct err *err) ATTR_MUST_CHECK;

/* err_set(ERR_CONFIG) with "FILE:LINE: key: " in front, for what can only be
   checked after reading. title is NULL for sections without one. Is -1. */
#define options_error(options, section, title, key, err, ...) \
	(options_fill(options, section, title, key, err, __VA_ARGS__), -1)

void options_fill(const struct options *options, const char *section,
                  const char *title, const char *key, struct err *err,
                  const char *format, ...) ATTR_PRINTF(6, 7);

/* Whether a line of the file sets a key. */
bool options_is_set(const struct options *options, const char *section,
                    const char *title, const char *key);

/* Calls on_removed for each line with a removed key, with a sentence that names
   file, line and what to do. */
void options_each_removed(const struct options *options,
                          void (*on_removed)(void *cls, const char *sentence),
                          void *cls);

/* A key whose value is not its default. */
struct option_change {
	const char *section;
	const char *title; /* NULL where there is none */
	const char *key;
	const char *value;    /* as it stands in the file; a list in one line */
	const char *fallback; /* NULL: it has none */
};

/* Calls on_change for each in the order of the file. What it needs meanwhile
   goes to arena. */
void options_each_change(const struct options *options, struct arena *arena,
                         void (*on_change)(void *cls,
                                           const struct option_change *change),
                         void *cls);

#endif
