#include "exporter/explain/forecast_text.h"

#include "exporter/explain/explanation_layout.h"
#include "exporter/explain/phrases.h"
#include "exporter/explain/phrases_evidence.h"

#define BYTES_MAX 65536U

static void forecast_text_add_assumption(const struct forecast *f,
                                         struct buf *out)
{
	buf_add_text(out, f->reporters == 1 ? "if " : "if all ");
	phrases_evidence_counted(f->reporters, "reporter goes on as in its",
	                         "reporters go on as in their", out);
	buf_add_text(out, " last four weeks, about ");
	phrases_evidence_sessions(f->daily_sessions, out);
	buf_add_text(out, " a day, and from now on nothing is refused and "
	                  "every sender can use the policy");
}

void forecast_text_sentence(const struct forecast *f, struct buf *out)
{
	switch (f->outcome) {
	case FORECAST_NOT_ASKED:
	case FORECAST_OUTCOMES:
		return;
	case FORECAST_READY:
		buf_add_text(out, "about ");
		phrases_day(f->ready_on, out);
		if (f->ready_limited_on != VERDICT_NO_DAY) {
			buf_add_text(out, " (ready_limited about ");
			phrases_day(f->ready_limited_on, out);
			buf_add_char(out, ')');
		}
		buf_add_text(out, ", ");
		forecast_text_add_assumption(f, out);
		return;
	case FORECAST_NOT_WITHIN:
		buf_printf(out, "not within %d days, even ",
		           VERDICT_AHEAD_DAYS);
		forecast_text_add_assumption(f, out);
		return;
	case FORECAST_NOBODY:
		buf_add_text(out, "no forecast: no reporter has reported "
		                  "lately");
		return;
	case FORECAST_TOO_MANY:
		buf_add_text(out, "no forecast: too many reporters");
		return;
	case FORECAST_CHECKS_FAIL:
		buf_add_text(out, "no forecast: mend first what the checks "
		                  "from outside find");
		return;
	}
}

void forecast_text_write(const struct forecast *forecast, struct buf *out)
{
	struct buf line = BUF_INIT(BYTES_MAX);

	forecast_text_sentence(forecast, &line);
	if (line.len > 0) {
		buf_add_char(&line, '.');
		explanation_layout_add_paragraph(out, "  Ready      ",
		                                 "             ", &line);
	}
	buf_free(&line);
}
