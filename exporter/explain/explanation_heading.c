#include "exporter/explain/explanation_heading.h"

#include <string.h>

#include "base/timestamp.h"
#include "exporter/explain/phrases.h"

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

void explanation_heading_known(const struct explanation *explanation,
                               struct buf *out)
{
	int64_t second = explanation->until -
	                 timestamp_day(explanation->until) * SECONDS_PER_DAY;

	buf_add_text(out, "As known on ");
	phrases_day(timestamp_day(explanation->until), out);
	buf_printf(out,
	           " at %02lld:%02lld:%02lld UTC, from the reports that had "
	           "arrived by then.",
	           (long long)(second / 3600), (long long)(second / 60 % 60),
	           (long long)(second % 60));
	if (explanation->deleted_before == 0)
		return;
	buf_add_text(out, " Reports of days before ");
	phrases_day(explanation->deleted_before, out);
	buf_add_text(out, " have been deleted since (retention_days), so that "
	                  "more was known then than is left.");
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
	buf_add_text(out, "This is a what if: ");
	explanation_heading_assumption(explanation->what_if, out);
	buf_add_text(out, ", the verdict would be ");
	verdict_headline(&explanation->verdict, out);
	if (explanation->verdict.state == explanation->real &&
	    explanation->verdict.state != VERDICT_READY_LIMITED) {
		buf_add_text(out, ", as it is.");
		return;
	}
	buf_add_text(out, ". It is ");
	verdict_headline_of(explanation->real, explanation->real_upper, out);
	buf_add_char(out, '.');
}
