/*
 * Values of an explanation as JSON. Each is a new reference; put() takes it
 * over.
 */
#ifndef EXPORTER_EXPLAIN_EXPLANATION_JSON_PRIVATE_H
#define EXPORTER_EXPLAIN_EXPLANATION_JSON_PRIVATE_H

#include <jansson.h>

#include "base/buf.h"
#include "base/text.h"

/* NULL as value becomes null: a text that is no UTF-8 makes no value. */
void explanation_json_put(json_t *object, const char *key, json_t *value);
void explanation_json_put_integer(json_t *object, const char *key,
                                  int64_t value);
json_t *explanation_json_string(struct text text);

/* The text, and empties the buffer. */
json_t *explanation_json_take_buf(struct buf *buf);

/* A day as "2026-06-19", VERDICT_NO_DAY as null. */
json_t *explanation_json_day(int64_t day);

#endif
