#include "exporter/explain/phrases_refusal.h"

#include "exporter/explain/phrases.h"

/* "since 2026-06-17", the first day that the reason looks at. */
static void phrases_refusal_add_days(const struct explanation_evidence *v,
                                     struct buf *out)
{
	if (v->scope.news == NEWS_NONE)
		return;
	buf_add_text(out, " since ");
	phrases_day(v->scope.first, out);
}

/* ": a (12 of 100 sessions) and b (3 of 90)." and the rest. */
static void phrases_refusal_add_who(const struct explanation *e,
                                    const struct explanation_evidence *v,
                                    struct buf *out)
{
	if (v->scope.part_count > 0) {
		buf_add_text(out, ": ");
		phrases_evidence_parts(v, out);
	}
	buf_add_char(out, '.');
	phrases_evidence_fault(e, v, out);
}

static void phrases_refusal_add_unaffected(const struct explanation_evidence *v,
                                           struct buf *out)
{
	if (v->scope.other_count == 0 || v->scope.part_count == 0)
		return;
	buf_add_char(out, ' ');
	phrases_evidence_others(v, out);
	buf_add_text(out, " had none of it on these days.");
}

/* --- what is refused now --------------------------------------------------- */

void phrases_refusal_active(const struct explanation *e,
                            const struct explanation_evidence *v,
                            struct buf *out)
{
	buf_add_text(out, "An enforced policy would have refused ");
	phrases_evidence_share(v->scope.affected, v->scope.sessions, out);
	phrases_refusal_add_days(v, out);
	phrases_refusal_add_who(e, v, out);
	phrases_refusal_add_unaffected(v, out);
}

void phrases_refusal_now(const struct explanation *e,
                         const struct explanation_evidence *v, struct buf *out)
{
	buf_add_text(out, "Senders refused ");
	phrases_evidence_share(v->scope.affected, v->scope.sessions, out);
	phrases_refusal_add_days(v, out);
	phrases_refusal_add_who(e, v, out);
	phrases_refusal_add_unaffected(v, out);
}

void phrases_refusal_contradicted(const struct explanation *e,
                                  const struct explanation_evidence *v,
                                  struct buf *out)
{
	size_t accusers = v->scope.part_count;
	size_t count = accusers + v->scope.other_count;

	buf_printf(out, "No rollback: of %zu %s, %zu %s refusals, ", count,
	           count == 1 ? "reporter" : "reporters", accusers,
	           accusers == 1 ? "shows" : "show");
	phrases_evidence_parts(v, out);
	if (v->scope.other_count > 0) {
		buf_add_text(out, "; ");
		phrases_evidence_clean_others(v, out);
		buf_printf(out, " %s none since ",
		           v->scope.other_count == 1 ? "shows" : "show");
		phrases_day(v->others[0].part.first, out);
	}
	if (e->verdict.probe == PROBE_FINE)
		buf_printf(out, "%s every check from outside succeeds",
		           v->scope.other_count > 0 ? ", and" : "; but");
	buf_add_char(out, '.');
	phrases_evidence_fault(e, v, out);
}

void phrases_refusal_of_newcomers(const struct explanation *e,
                                  const struct explanation_evidence *v,
                                  struct buf *out)
{
	phrases_evidence_parts(v, out);
	buf_printf(out,
	           " %s new here or unsigned and %s refusals or an unusable "
	           "policy; no reporter that counts in full confirms that.",
	           v->scope.part_count == 1 ? "is" : "are",
	           v->scope.part_count == 1 ? "shows" : "show");
	phrases_evidence_fault(e, v, out);
}

/* --- the ratios of the window ----------------------------------------------- */

static void phrases_refusal_add_limit(const struct explanation *e,
                                      struct buf *out)
{
	buf_printf(out, "; the limit is %g %%", e->verdict.numbers.limit * 100);
}

static void phrases_refusal_add_counted(int64_t x, int64_t n, const char *what,
                                        struct buf *out)
{
	phrases_count(x, out);
	buf_add_text(out, " of ");
	phrases_count(n, out);
	buf_printf(out, " %s (", what);
	phrases_percent(n > 0 ? (double)x / (double)n : 0, out);
	buf_add_char(out, ')');
}

void phrases_refusal_ratio(const struct explanation *e,
                           const struct explanation_evidence *v,
                           struct buf *out)
{
	const struct verdict_numbers *n = &e->verdict.numbers;

	phrases_refusal_add_counted(n->x, n->n, "counted sessions", out);
	buf_printf(out, " of the last %lld days would have been refused",
	           (long long)n->window_days);
	phrases_refusal_add_limit(e, out);
	phrases_refusal_add_who(e, v, out);
}

void phrases_refusal_of_one(const struct explanation *e,
                            const struct explanation_evidence *v,
                            struct buf *out)
{
	buf_printf(out,
	           "Too many of a reporter's own sessions of the last %lld "
	           "days would have been refused, whatever others say",
	           (long long)e->verdict.numbers.window_days);
	phrases_refusal_add_limit(e, out);
	phrases_refusal_add_who(e, v, out);
}

void phrases_refusal_diluted(const struct explanation *e,
                             const struct explanation_evidence *v,
                             struct buf *out)
{
	const struct verdict_numbers *n = &e->verdict.numbers;
	const struct verdict_part *large =
		v->others_kept > 0 ? &v->others[0].part : NULL;

	buf_add_text(out, "Without ");
	phrases_evidence_others(v, out);
	buf_add_text(out, ", ");
	phrases_refusal_add_counted(
		n->x - (large != NULL ? large->affected : 0),
		n->n - (large != NULL ? large->sessions : 0),
		"counted sessions", out);
	buf_add_text(out, " would have been refused");
	phrases_refusal_add_limit(e, out);
	phrases_refusal_add_who(e, v, out);
}

void phrases_refusal_recurring(const struct explanation *e,
                               const struct explanation_evidence *v,
                               struct buf *out)
{
	buf_add_text(out, "Refusals came back: ");
	phrases_evidence_counted(v->scope.bad_days, "day", "days", out);
	buf_printf(out, " of the last %lld had ",
	           (long long)e->thresholds->recur_days);
	phrases_evidence_limit(e->thresholds->bad_day_ratio, out);
	buf_add_text(out, " refused or more, with other days between them");
	phrases_refusal_add_who(e, v, out);
}

/* --- what senders that do not apply the policy met -------------------------- */

static void phrases_refusal_add_predicted(const struct explanation *e,
                                          const struct explanation_evidence *v,
                                          const char *confirmed,
                                          struct buf *out)
{
	phrases_evidence_reporters(v, out);
	buf_printf(out, " %s not apply the policy and met ",
	           v->scope.part_count == 1 ? "does" : "do");
	phrases_evidence_counted(v->scope.affected, "fault", "faults", out);
	phrases_refusal_add_days(v, out);
	buf_printf(out, " that enforce refuses; %s.", confirmed);
	phrases_evidence_fault(e, v, out);
}

void phrases_refusal_predicted(const struct explanation *e,
                               const struct explanation_evidence *v,
                               struct buf *out)
{
	phrases_refusal_add_predicted(e, v, "two reporters agree on it", out);
}

void phrases_refusal_predicted_by_one(const struct explanation *e,
                                      const struct explanation_evidence *v,
                                      struct buf *out)
{
	phrases_refusal_add_predicted(
		e, v, "they are few, or nobody else confirms them", out);
}

/* --- the senders' own faults ------------------------------------------------ */

/* How many of the reporters that are kept the owner accepts to lose. */
static size_t
phrases_refusal_count_accepted(const struct explanation_evidence *v)
{
	size_t count = 0, i;

	for (i = 0; i < v->reporters_kept; i++)
		count += v->reporters[i].accepted;
	return count;
}

static bool
phrases_refusal_is_all_accepted(const struct explanation_evidence *v)
{
	return v->reporters_kept > 0 &&
	       phrases_refusal_count_accepted(v) == v->reporters_kept;
}

void phrases_refusal_local(const struct explanation *e,
                           const struct explanation_evidence *v,
                           struct buf *out)
{
	phrases_evidence_parts(v, out);
	buf_add_text(out, e->policy.policy.mode == STS_MODE_ENFORCE
	                          ? " refused"
	                          : " would have refused");
	if (phrases_refusal_is_all_accepted(v))
		buf_add_text(out, "; accept_reporters gives that mail up.");
	else
		buf_printf(out, " by a fault of %s own%s.",
		           v->scope.part_count == 1 ? "its" : "their",
		           phrases_refusal_count_accepted(v) > 0
		                   ? ", or by what accept_reporters gives up"
		                   : "");
	phrases_evidence_fault(e, v, out);
	if (v->scope.other_count > 0 && v->scope.part_count > 0) {
		buf_add_char(out, ' ');
		phrases_evidence_others(v, out);
		buf_add_text(out, " succeeded on the same days.");
	}
}

void phrases_refusal_advise_local(const struct explanation *e,
                                  const struct explanation_evidence *v,
                                  struct buf *out)
{
	(void)e;
	buf_add_text(out, phrases_refusal_is_all_accepted(v)
	                          ? "There is nothing to do, as long as you "
	                            "do without that mail."
	                          : "Tell the reporter's postmaster what it "
	                            "reports; its mail is lost under enforce.");
}

void phrases_refusal_local_over_budget(const struct explanation *e,
                                       const struct explanation_evidence *v,
                                       struct buf *out)
{
	buf_add_text(out, "A fault of the senders' own refuses ");
	phrases_evidence_share(v->scope.affected, v->scope.sessions, out);
	phrases_refusal_add_days(v, out);
	buf_add_text(out, ", more than ");
	phrases_evidence_limit(e->thresholds->local_share_max, out);
	buf_add_text(out, ", and that mail is lost all the same");
	phrases_refusal_add_who(e, v, out);
}

void phrases_refusal_dane(const struct explanation *e,
                          const struct explanation_evidence *v, struct buf *out)
{
	buf_add_text(out, "Something is wrong with DANE (TLSA or DNSSEC), in ");
	phrases_evidence_sessions(v->scope.affected, out);
	buf_add_text(out, " of ");
	phrases_evidence_reporters(v, out);
	phrases_refusal_add_days(v, out);
	buf_add_text(out, ": such mail is refused today already, whatever the "
	                  "MTA-STS mode.");
	phrases_evidence_fault(e, v, out);
}

/* --- what to do ------------------------------------------------------------- */

#define LOOK_AT_THE_HOSTS                                                \
	"Look at the failures below and at the MX hosts' logs of these " \
	"days; the reporters gave no detail."

void phrases_refusal_fix(const struct explanation *e,
                         const struct explanation_evidence *v, struct buf *out)
{
	phrases_evidence_remedy(e, v, LOOK_AT_THE_HOSTS, out);
}

void phrases_refusal_fix_at_once(const struct explanation *e,
                                 const struct explanation_evidence *v,
                                 struct buf *out)
{
	phrases_evidence_remedy(e, v, LOOK_AT_THE_HOSTS, out);
	if (e->verdict.state == VERDICT_ENFORCE_ROLLBACK)
		buf_add_text(out, " If that takes long, go back to testing: "
		                  "waiting mail is then delivered.");
}

void phrases_refusal_advise_contradicted(const struct explanation *e,
                                         const struct explanation_evidence *v,
                                         struct buf *out)
{
	buf_add_text(out, "Find out what only the reporters that show refusals "
	                  "meet: one MX host, one of its addresses, their list "
	                  "of authorities.");
	if (explanation_evidence_result(v) < 0)
		return;
	buf_add_text(out, " If they are right: ");
	phrases_evidence_remedy(e, v, "", out);
}

void phrases_refusal_fix_dane(const struct explanation *e,
                              const struct explanation_evidence *v,
                              struct buf *out)
{
	phrases_evidence_remedy(e, v,
	                        "Compare the TLSA records with the "
	                        "certificates, and check the zone's DNSSEC.",
	                        out);
}
