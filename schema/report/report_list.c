#include "schema/report/report_list.h"

#include "schema/limits.h"
#include "schema/report/report_json.h"

struct report_list {
	struct report_reader *rd;
	struct text_list *list;
	enum quirk not_list;
};

static void report_list_add(struct report_list *lr, struct text item)
{
	if (lr->list->count == LIMIT_LIST) {
		report_reader_note(lr->rd, QUIRK_LIST_CUT);
		return;
	}
	lr->list->items[lr->list->count++] = item;
}

static void report_list_add_value(struct report_list *lr, const json_t *value)
{
	size_t i;

	if (json_is_string(value)) {
		report_list_add(lr, report_reader_string(lr->rd, value));
	} else if (json_is_array(value)) {
		report_reader_note(lr->rd, QUIRK_LIST_NESTED);
		for (i = 0; i < json_array_size(value); i++) {
			const json_t *inner = json_array_get(value, i);

			if (json_is_string(inner))
				report_list_add(lr, report_reader_string(
							    lr->rd, inner));
			else
				report_reader_note(lr->rd, QUIRK_WRONG_KIND);
		}
	} else {
		report_reader_note(lr->rd, QUIRK_WRONG_KIND);
	}
}

static size_t report_list_room(const json_t *value)
{
	size_t room = 0, i;

	if (!json_is_array(value))
		return 1;
	for (i = 0; i < json_array_size(value) && room < LIMIT_LIST; i++) {
		const json_t *inner = json_array_get(value, i);

		room += json_is_array(inner) ? json_array_size(inner) : 1;
	}
	return room < LIMIT_LIST ? room : LIMIT_LIST;
}

void report_list_read(struct report_reader *rd, const json_t *value,
                      const struct report_path *up, enum quirk not_list,
                      struct text_list *list)
{
	struct report_list lr = {rd, list, not_list};
	size_t i;

	list->count = 0;
	if (value == NULL)
		return;
	list->items = report_reader_array(rd, report_list_room(value) + 1,
	                                  sizeof(*list->items), up);
	if (list->items == NULL)
		return;
	if (!json_is_array(value)) {
		report_reader_note(rd, not_list);
		report_list_add_value(&lr, value);
		return;
	}
	for (i = 0; i < json_array_size(value); i++)
		report_list_add_value(&lr, json_array_get(value, i));
}

void report_list_unfold(struct report_reader *rd, const struct report_path *up,
                        struct text_list *list)
{
	const json_t *nested;

	if (list->count == 1 && list->items[0].len == 0) {
		report_reader_note(rd, QUIRK_EMPTY_STRING);
		list->count = 0;
		return;
	}
	if (list->count != 1 || list->items[0].data[0] != '[')
		return;
	nested = report_json_nested(rd->arena, list->items[0].data,
	                            list->items[0].len);
	if (nested == NULL)
		return;
	report_reader_note(rd, QUIRK_POLICY_STRING_NESTED);
	report_list_read(rd, nested, up, QUIRK_POLICY_STRING_NOT_LIST, list);
}

void report_list_strip_mx_hosts(struct report_reader *rd,
                                struct text_list *list)
{
	struct text *item;
	size_t i;

	for (i = 0; i < list->count; i++) {
		item = &list->items[i];
		if (text_starts(*item, "mx:")) {
			report_reader_note(rd, QUIRK_MX_HOST_SPELLING);
			*item = text_trim(
				(struct text){item->data + 3, item->len - 3});
		}
		if (item->len >= 2 && item->data[0] == '[' &&
		    item->data[item->len - 1] == ']') {
			report_reader_note(rd, QUIRK_MX_HOST_SPELLING);
			*item = (struct text){item->data + 1, item->len - 2};
		}
	}
	if (list->count == 1 && list->items[0].len == 0) {
		report_reader_note(rd, QUIRK_EMPTY_STRING);
		list->count = 0;
	}
}
