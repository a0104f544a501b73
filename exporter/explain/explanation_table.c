#include "exporter/explain/explanation_table.h"

static void explanation_table_add_name(struct buf *out, struct text name)
{
	buf_add_printable(out, name.data, name.len, 253);
}

void explanation_table_what_if_head(struct buf *out)
{
	buf_printf(out, "%-32s %-16s %s\n", "DOMAIN", "VERDICT", "WHAT IF");
}

void explanation_table_what_if_line(const struct explanation *explanation,
                                    struct buf *out)
{
	struct buf name = BUF_INIT(2048), real = BUF_INIT(64);

	explanation_table_add_name(&name, explanation->domain);
	verdict_headline_of(explanation->real, explanation->real_upper, &real);
	buf_printf(out, "%-32s %-16s ", buf_text(&name), buf_text(&real));
	verdict_headline(&explanation->verdict, out);
	buf_add_char(out, '\n');
	buf_free(&name);
	buf_free(&real);
}

void explanation_table_head(struct buf *out)
{
	buf_printf(out, "%-32s %-16s %-8s %8s %10s %8s %5s %5s\n", "DOMAIN",
	           "VERDICT", "MODE", "AT MOST", "SESSIONS", "REFUSED", "REP.",
	           "DAYS");
}

void explanation_table_line(const struct explanation *explanation,
                            struct buf *out)
{
	const struct verdict_numbers *n = &explanation->verdict.numbers;
	struct buf name = BUF_INIT(2048), percent = BUF_INIT(64);

	explanation_table_add_name(&name, explanation->domain);
	if (n->known)
		verdict_bound_text(n->upper, &percent);
	buf_printf(out, "%-32s %-16s %-8s %8s", buf_text(&name),
	           verdict_state_name(explanation->verdict.state),
	           sts_policy_mode_name(explanation->policy.policy.mode),
	           n->known ? buf_text(&percent) : "-");
	if (n->known)
		buf_printf(out, " %10lld %8lld %5lld %5lld\n",
		           (long long)n->sessions, (long long)n->refused,
		           (long long)n->reporters, (long long)n->covered_days);
	else
		buf_printf(out, " %10s %8s %5s %5s\n", "-", "-", "-", "-");
	buf_free(&name);
	buf_free(&percent);
}
