#include "exporter/explain/explanation_heading.h"

#include <string.h>

#define NAME_MAX_SHOWN 253

static void explanation_heading_add_names(const struct option_list *list,
                                          struct buf *out)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (i > 0)
			buf_add_text(out, i + 1 < list->count ? ", " : " and ");
		buf_add_printable(out, list->items[i], strlen(list->items[i]),
		                  NAME_MAX_SHOWN);
	}
}

void explanation_heading_assumption(const struct what_if *what_if,
                                    struct buf *out)
{
	if (what_if->without.count > 0) {
		buf_add_text(out, "without the reports of ");
		explanation_heading_add_names(&what_if->without, out);
	}
	if (what_if->accept.count == 0)
		return;
	if (what_if->without.count > 0)
		buf_add_text(out, ", and ");
	buf_add_text(out, "with ");
	explanation_heading_add_names(&what_if->accept, out);
	buf_add_text(out, " in accept_reporters");
}

void explanation_heading_what_if(const struct explanation *explanation,
                                 struct buf *out)
{
	const char *state = verdict_state_name(explanation->verdict.state);
	const char *real = verdict_state_name(explanation->real);

	buf_add_text(out, "This is a what if: ");
	explanation_heading_assumption(explanation->what_if, out);
	if (explanation->verdict.state == explanation->real)
		buf_printf(out, ", the verdict would be %s, as it is.", real);
	else
		buf_printf(out, ", the verdict would be %s. It is %s.", state,
		           real);
}
