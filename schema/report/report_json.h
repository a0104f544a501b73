/*
 * From bytes to a jansson tree that lives in an arena. With report_reader.h
 * the door of jansson.
 */
#ifndef SCHEMA_REPORT_REPORT_JSON_H
#define SCHEMA_REPORT_REPORT_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"

/* Loads a JSON text. Depth, duplicate names, what comes
   after the text, and the memory that the arena may give are bounded. A byte
   order mark, invalid UTF-8 and lone surrogates are fixed and noted in
   *quirks. Nothing of the tree may be freed. */
int report_json_load(struct arena *arena, const char *data, size_t len,
                     json_t **root, uint64_t *quirks, struct err *err)
	ATTR_MUST_CHECK;

/* An array that somebody wrote into a string, or NULL. */
json_t *report_json_nested(struct arena *arena, const char *data, size_t len);

#endif
