#include "base/options_value.h"

#include <string.h>

#include "base/buf.h"

#define SHOWN_MAX 80

void *options_value_field(void *target, const struct option_spec *option)
{
	return (char *)target + option->offset;
}

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

int options_value_set(struct arena *arena, const struct option_spec *option,
                      void *target, struct text value, struct err *err)
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
	case OPTION_REMOVED:
		return 0;
	}
	return err_set(err, ERR_CONFIG, "%s has no type", option->key);
}

int options_value_set_defaults(struct arena *arena,
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
	case OPTION_REMOVED:
		return true;
	case OPTION_NUMBER:
	case OPTION_BYTES:
	case OPTION_SECONDS:
	case OPTION_RATIO:
	case OPTION_CHOICE:
		break;
	}
	return *(const int64_t *)a == *(const int64_t *)b;
}
