/*
 * What stands in a JSON object, or what stands for it.
 */
#ifndef TESTS_SUPPORT_VERDICT_JSON_H
#define TESTS_SUPPORT_VERDICT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

static inline int64_t verdict_json_whole(json_t *value)
{
	double number = json_number_value(value);

	return (int64_t)number;
}

static inline int64_t verdict_json_integer(json_t *object, const char *key,
                                           int64_t fallback)
{
	json_t *value = json_object_get(object, key);

	return json_is_number(value) ? verdict_json_whole(value) : fallback;
}

static inline const char *verdict_json_string(json_t *object, const char *key,
                                              const char *fallback)
{
	json_t *value = json_object_get(object, key);

	return json_is_string(value) ? json_string_value(value) : fallback;
}

static inline bool verdict_json_boolean(json_t *object, const char *key,
                                        bool fallback)
{
	json_t *value = json_object_get(object, key);

	return json_is_boolean(value) ? json_is_true(value) : fallback;
}

#endif
