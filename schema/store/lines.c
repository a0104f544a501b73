/*
 * A backslash and a line feed in an item are escaped.
 */
#include "schema/store/lines.h"

static void lines_encode_item(struct text item, struct buf *out)
{
	size_t start = 0, i;

	for (i = 0; i < item.len; i++) {
		if (item.data[i] != '\\' && item.data[i] != '\n')
			continue;
		buf_add(out, item.data + start, i - start);
		buf_add_text(out, item.data[i] == '\n' ? "\\n" : "\\\\");
		start = i + 1;
	}
	buf_add(out, item.data + start, item.len - start);
}

void lines_encode(const struct text_list *list, struct buf *out)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (i > 0)
			buf_add_char(out, '\n');
		lines_encode_item(list->items[i], out);
	}
}

static struct text lines_decode_item(struct text line, struct arena *arena)
{
	char *out = arena_alloc(arena, line.len + 1);
	size_t len = 0, i;

	for (i = 0; i < line.len; i++) {
		if (line.data[i] == '\\' && i + 1 < line.len) {
			i++;
			out[len] = line.data[i];
			if (out[len] == 'n')
				out[len] = '\n';
			len++;
		} else {
			out[len++] = line.data[i];
		}
	}
	return (struct text){out, len};
}

void lines_decode(struct text lines, struct arena *arena,
                  struct text_list *list)
{
	struct text rest = lines, line;
	size_t count = 1, i;

	list->count = 0;
	list->items = NULL;
	if (lines.len == 0)
		return;
	for (i = 0; i < lines.len; i++)
		count += lines.data[i] == '\n';
	list->items = arena_array(arena, count, sizeof(*list->items));
	while (text_next(&rest, '\n', &line))
		list->items[list->count++] = lines_decode_item(line, arena);
}
