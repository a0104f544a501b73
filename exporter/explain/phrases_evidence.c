#include "exporter/explain/phrases_evidence.h"

#include <time.h>

#include "exporter/explain/phrases.h"
#include "exporter/explain/phrases_result.h"

/* Names that a sentence holds; a DNS name is no longer. */
#define NAMES_SHOWN 3U
#define NAME_MAX    253U
#define CODE_MAX    100U

/* --- numbers --------------------------------------------------------------- */

void phrases_evidence_limit(int64_t millionths, struct buf *out)
{
	buf_printf(out, "%g %%", (double)millionths / 1e4);
}

void phrases_evidence_counted(int64_t count, const char *one, const char *many,
                              struct buf *out)
{
	phrases_count(count, out);
	buf_printf(out, " %s", count == 1 ? one : many);
}

void phrases_evidence_sessions(int64_t count, struct buf *out)
{
	phrases_evidence_counted(count, "session", "sessions", out);
}

void phrases_evidence_share(int64_t part, int64_t whole, struct buf *out)
{
	phrases_count(part, out);
	buf_add_text(out, " of ");
	phrases_evidence_sessions(whole, out);
	if (whole <= 0)
		return;
	buf_add_text(out, " (");
	phrases_percent((double)part / (double)whole, out);
	buf_add_char(out, ')');
}

void phrases_evidence_time(int64_t time, struct buf *out)
{
	time_t seconds = (time_t)time;
	char text[32];
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm);
	buf_add_text(out, text);
}

/* --- lists ----------------------------------------------------------------- */

/* What stands before the i-th of count names, of which some are shown. */
static void phrases_evidence_join(size_t i, size_t shown, size_t count,
                                  struct buf *out)
{
	if (i > 0)
		buf_add_text(out,
		             i + 1 == shown && shown == count ? " and " : ", ");
}

static void phrases_evidence_end(size_t shown, size_t count, const char *least,
                                 struct buf *out)
{
	if (count > shown)
		buf_printf(out, " and %s%zu %s", least, count - shown,
		           count - shown == 1 ? "other" : "others");
}

static size_t phrases_evidence_shown(size_t kept)
{
	return kept < NAMES_SHOWN ? kept : NAMES_SHOWN;
}

enum numbers_shown {
	SHOW_NAMES,
	SHOW_AFFECTED,
	SHOW_CLEAN,
};

static void phrases_evidence_add_number(const struct verdict_part *part,
                                        enum numbers_shown show, bool first,
                                        struct buf *out)
{
	if (show == SHOW_NAMES)
		return;
	buf_add_text(out, " (");
	if (show == SHOW_CLEAN) {
		phrases_evidence_counted(part->clean,
		                         first ? "clean session" : "clean",
		                         first ? "clean sessions" : "clean",
		                         out);
	} else {
		phrases_count(part->affected, out);
		buf_add_text(out, " of ");
		if (first)
			phrases_evidence_sessions(part->sessions, out);
		else
			phrases_count(part->sessions, out);
	}
	buf_add_char(out, ')');
}

static void
phrases_evidence_add_reporters(const struct evidence_reporter *reporters,
                               size_t kept, size_t count,
                               enum numbers_shown show, struct buf *out)
{
	size_t shown = phrases_evidence_shown(kept), i;

	if (shown == 0)
		buf_add_text(out, "no reporter");
	for (i = 0; i < shown; i++) {
		phrases_evidence_join(i, shown, count, out);
		buf_add_printable(out, reporters[i].name.data,
		                  reporters[i].name.len, NAME_MAX);
		phrases_evidence_add_number(&reporters[i].part, show, i == 0,
		                            out);
	}
	if (shown > 0)
		phrases_evidence_end(shown, count, "", out);
}

void phrases_evidence_reporters(const struct explanation_evidence *v,
                                struct buf *out)
{
	phrases_evidence_add_reporters(v->reporters, v->reporters_kept,
	                               v->scope.part_count, SHOW_NAMES, out);
}

void phrases_evidence_parts(const struct explanation_evidence *v,
                            struct buf *out)
{
	phrases_evidence_add_reporters(v->reporters, v->reporters_kept,
	                               v->scope.part_count, SHOW_AFFECTED, out);
}

void phrases_evidence_others(const struct explanation_evidence *v,
                             struct buf *out)
{
	phrases_evidence_add_reporters(v->others, v->others_kept,
	                               v->scope.other_count, SHOW_NAMES, out);
}

void phrases_evidence_clean_others(const struct explanation_evidence *v,
                                   struct buf *out)
{
	phrases_evidence_add_reporters(v->others, v->others_kept,
	                               v->scope.other_count, SHOW_CLEAN, out);
}

void phrases_evidence_hosts(const struct explanation_evidence *v,
                            struct buf *out)
{
	size_t shown = phrases_evidence_shown(v->host_count), i;
	size_t count = v->host_count + v->hosts_cut;

	for (i = 0; i < shown; i++) {
		phrases_evidence_join(i, shown, count, out);
		buf_add_printable(out, v->hosts[i].name.data,
		                  v->hosts[i].name.len, NAME_MAX);
	}
	phrases_evidence_end(shown, count, v->hosts_cut ? "at least " : "",
	                     out);
}

/* --- faults ---------------------------------------------------------------- */

static void phrases_evidence_add_what(const struct explanation *e,
                                      const struct explanation_evidence *v,
                                      int result, struct buf *out)
{
	const struct text *code = &v->failures[result].code;

	buf_printf(out, " %s met %s", v->scope.part_count == 1 ? "It" : "They",
	           result_type_name((enum result_type)result));
	if (v->scope.news == NEWS_UNUSABLE) {
		phrases_add_with_domain(e, " at mta-sts.DOMAIN", out);
	} else if (v->host_count > 0) {
		buf_add_text(out, " at ");
		phrases_evidence_hosts(v, out);
	}
	if (code->len > 0) {
		buf_add_text(out, " (\"");
		buf_add_printable(out, code->data, code->len, CODE_MAX);
		buf_add_text(out, "\")");
	}
}

void phrases_evidence_fault(const struct explanation *e,
                            const struct explanation_evidence *v,
                            struct buf *out)
{
	int result = explanation_evidence_result(v);
	bool once = v->scope.until == v->scope.since;

	if (v->scope.since == VERDICT_NO_DAY)
		return;
	if (result >= 0) {
		phrases_evidence_add_what(e, v, result, out);
		buf_add_text(out, once ? ", on " : ", first on ");
	} else {
		buf_add_text(out, once ? " That was on "
		                       : " The first such day was ");
	}
	phrases_day(v->scope.since, out);
	if (!once) {
		buf_add_text(out,
		             result >= 0 ? " and last on " : ", the last ");
		phrases_day(v->scope.until, out);
	}
	buf_add_char(out, '.');
}

void phrases_evidence_remedy(const struct explanation *e,
                             const struct explanation_evidence *v,
                             const char *otherwise, struct buf *out)
{
	int result = explanation_evidence_result(v);

	if (result >= 0)
		phrases_result_remedy(e, (enum result_type)result, out);
	else
		phrases_add_with_domain(e, otherwise, out);
}
