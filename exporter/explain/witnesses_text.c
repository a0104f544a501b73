#include "exporter/explain/witnesses_text.h"

#include "exporter/explain/explanation_layout.h"
#include "exporter/explain/phrases.h"
#include "exporter/explain/phrases_evidence.h"

#define NAMES_SHOWN 10U
#define ALL_SHOWN   64U
#define INDENT      "             "
#define BYTES_MAX   65536U

/* --- one reporter ---------------------------------------------------------- */

static void witnesses_text_add_name(const struct witness *witness,
                                    struct buf *line)
{
	explanation_layout_add_name(line, witness->name);
	if (witness->anchor)
		buf_add_text(line, " (anchor)");
}

/* From when on it counts, or why it will not. */
static void witnesses_text_add_day(const struct witnesses *all,
                                   const struct witness *witness,
                                   struct buf *line)
{
	if (witness->role == WITNESS_UNSIGNED)
		buf_add_text(line, "unsigned, never");
	else if (!all->ahead_known)
		buf_add_text(line, "date not computed");
	else if (witness->counts_from != VERDICT_NO_DAY) {
		buf_add_text(line, "from ");
		phrases_day(witness->counts_from, line);
	} else if (!witness->goes_on)
		buf_add_text(line, "silent, not by waiting");
	else
		buf_printf(line, "not within %d days at its present rate",
		           VERDICT_AHEAD_DAYS);
}

/* --- the short form -------------------------------------------------------- */

/* A line of the names of one role; with_days: and their days. */
static void witnesses_text_add_line(const struct witnesses *all,
                                    enum witness_role role, const char *first,
                                    bool with_days, struct buf *line,
                                    struct buf *out)
{
	size_t i, shown = 0;

	for (i = 0; i < all->count && shown < NAMES_SHOWN; i++) {
		if (all->items[i].role != role)
			continue;
		buf_add_text(line, shown == 0 ? "" : ", ");
		witnesses_text_add_name(&all->items[i], line);
		if (with_days) {
			buf_add_text(line, " (");
			witnesses_text_add_day(all, &all->items[i], line);
			buf_add_char(line, ')');
		}
		shown++;
	}
	if (shown == 0)
		return;
	if (all->role_counts[role] > shown)
		buf_printf(line, " and %zu more",
		           all->role_counts[role] - shown);
	if (role == WITNESS_COUNTS && all->everybody)
		buf_add_text(line, "; no reporter has standing yet, so that "
		                   "all of them count");
	if (role == WITNESS_AGAINST)
		buf_add_text(line, ": only what they refuse counts");
	explanation_layout_add_paragraph(out, first, INDENT, line);
}

void witnesses_text_write_short(const struct witnesses *all, struct buf *out)
{
	struct buf line = BUF_INIT(BYTES_MAX);

	witnesses_text_add_line(all, WITNESS_COUNTS, "  Rests on   ", false,
	                        &line, out);
	witnesses_text_add_line(all, WITNESS_AGAINST, "  Against    ", true,
	                        &line, out);
	witnesses_text_add_line(all, WITNESS_NEWCOMER, "  Newcomers  ", true,
	                        &line, out);
	witnesses_text_add_line(all, WITNESS_UNSIGNED, "  Unsigned   ", false,
	                        &line, out);
	buf_free(&line);
}

/* --- the whole ------------------------------------------------------------- */

static void witnesses_text_add_rule(const struct witnesses *all,
                                    struct buf *line, struct buf *out)
{
	buf_add_text(line, "A signed reporter counts once it has been known "
	                   "for ");
	phrases_evidence_counted(all->days_needed, "day", "days", line);
	if (all->days_needed < all->days_later)
		buf_printf(line,
		           " (as the domain has been reported on for longer, "
		           "for up to %lld)",
		           (long long)all->days_later);
	buf_add_text(line, " and has ");
	phrases_evidence_counted(all->reports_needed, "report day",
	                         "report days", line);
	buf_printf(line,
	           " that came in on as many days; for its successes to count, "
	           "as many with successes. An anchor counts at once.%s",
	           all->everybody ? " No reporter has standing yet, so that "
	                            "all of them count."
	                          : "");
	explanation_layout_add_paragraph(out, "  ", "  ", line);
}

static void witnesses_text_add_role(const struct witnesses *all,
                                    const struct witness *witness,
                                    struct buf *line)
{
	static const char *const roles[WITNESS_ROLES] = {
		[WITNESS_COUNTS] = "counts",
		[WITNESS_AGAINST] = "counts against the domain only, in full ",
		[WITNESS_NEWCOMER] = "newcomer, counts ",
		[WITNESS_UNSIGNED] = "unsigned, delays or warns only",
	};

	buf_add_text(line, roles[witness->role]);
	if (witness->role == WITNESS_AGAINST ||
	    witness->role == WITNESS_NEWCOMER)
		witnesses_text_add_day(all, witness, line);
}

static void witnesses_text_add_one(const struct witnesses *all,
                                   const struct witness *witness,
                                   struct buf *line, struct buf *out)
{
	const struct verdict_witness *is = &witness->is;

	witnesses_text_add_name(witness, line);
	buf_add_text(line, ": ");
	witnesses_text_add_role(all, witness, line);
	buf_add_text(line, "; known for ");
	phrases_evidence_counted(is->known_days, "day", "days", line);
	buf_add_text(line, ", ");
	phrases_evidence_counted(is->report_days, "report day", "report days",
	                         line);
	buf_printf(line, " (%lld with successes)", (long long)is->good_days);
	if (is->arrival_days != INT64_MAX) {
		buf_add_text(line, " that came in on ");
		phrases_evidence_counted(is->arrival_days, "day", "days", line);
	}
	if (is->n > 0) {
		buf_add_text(line, ", ");
		phrases_evidence_counted(is->n, "counted session",
		                         "counted sessions", line);
		buf_add_text(line, " in the window, ");
		phrases_count(is->x, line);
		buf_add_text(line, " refused");
	}
	buf_add_char(line, '.');
	explanation_layout_add_paragraph(out, "  ", "    ", line);
}

void witnesses_text_write(const struct witnesses *all, struct buf *out)
{
	struct buf line = BUF_INIT(BYTES_MAX);
	size_t i;

	if (all->count == 0)
		return;
	buf_add_text(out, "\nWho counts\n");
	witnesses_text_add_rule(all, &line, out);
	for (i = 0; i < all->count && i < ALL_SHOWN; i++)
		witnesses_text_add_one(all, &all->items[i], &line, out);
	if (all->count > ALL_SHOWN)
		buf_printf(out, "  and %zu more\n", all->count - ALL_SHOWN);
	buf_free(&line);
}
