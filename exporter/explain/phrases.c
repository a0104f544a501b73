#include "exporter/explain/phrases.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/timestamp.h"

/* --- numbers ------------------------------------------------------------- */

void phrases_count(int64_t count, struct buf *out)
{
	char digits[32];
	int len = snprintf(digits, sizeof(digits), "%lld", (long long)count), i;

	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_add_char(out, ' ');
		buf_add_char(out, digits[i]);
	}
}

void phrases_percent(double ratio, struct buf *out)
{
	double percent = ratio * 100 - 1e-9;

	/* A bound is rounded up: it must not look smaller than it is. */
	if (percent < 10)
		buf_printf(out, "%.2f %%", fabs(ceil(percent * 100)) / 100);
	else
		buf_printf(out, "%.0f %%", ceil(percent));
}

void phrases_day(int64_t day, struct buf *out)
{
	time_t seconds = (time_t)(day * SECONDS_PER_DAY);
	char text[16];
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	buf_add_text(out, text);
}

void phrases_add_with_domain(const struct explanation *e, const char *text,
                             struct buf *out)
{
	static const char word[] = "DOMAIN";
	const char *found;

	while ((found = strstr(text, word)) != NULL) {
		buf_add(out, text, (size_t)(found - text));
		buf_add_printable(out, e->domain.data, e->domain.len, 253);
		text = found + strlen(word);
	}
	buf_add_text(out, text);
}

/* --- states -------------------------------------------------------------- */

static const char *const state_phrases[VERDICT_STATES] = {
	[VERDICT_NO_DATA] = "Nothing is known: no report that may be evidence "
			    "has come.",
	[VERDICT_NO_POLICY] = "No MTA-STS policy is in force, so there is "
			      "nothing to enforce.",
	[VERDICT_STALE] = "Reports have stopped; nothing can be said until "
			  "they come again.",
	[VERDICT_POLICY_BROKEN] =
		"Senders cannot use the policy; fix that first.",
	[VERDICT_BLOCKED] = "Not fit for enforce: mail would be refused.",
	[VERDICT_COLLECTING] = "Not yet: nothing speaks against enforce, but "
			       "the evidence does not suffice.",
	[VERDICT_READY_LIMITED] = "May move to enforce, on thin evidence: look "
				  "closely at the first days.",
	[VERDICT_READY] = "May move to enforce.",
	[VERDICT_ENFORCE_OK] = "Enforced, and healthy.",
	[VERDICT_ENFORCE_WARNING] = "Enforced, and something needs a look.",
	[VERDICT_ENFORCE_ROLLBACK] =
		"Enforced, and mail is being refused: fix it immediately or go "
		"back to testing.",
};

const char *phrases_state(enum verdict_state state)
{
	return state_phrases[state];
}

/* --- the next step ------------------------------------------------------- */

bool phrases_publishes_policy(const struct explanation *explanation)
{
	const struct verdict *verdict = &explanation->verdict;

	switch (verdict->state) {
	case VERDICT_NO_POLICY:
	case VERDICT_READY:
	case VERDICT_READY_LIMITED:
	case VERDICT_ENFORCE_ROLLBACK:
		return true;
	case VERDICT_ENFORCE_OK:
	case VERDICT_ENFORCE_WARNING:
		return explanation->policy.policy.max_age !=
		       verdict->advised_max_age;
	case VERDICT_NO_DATA:
	case VERDICT_STALE:
	case VERDICT_POLICY_BROKEN:
	case VERDICT_BLOCKED:
	case VERDICT_COLLECTING:
	case VERDICT_STATES:
		break;
	}
	return false;
}

static const char *const next_step_phrases[VERDICT_STATES] = {
	[VERDICT_NO_DATA] =
		"Publish a TXT record at _smtp._tls.DOMAIN that names where "
		"reports go, and wait a day or two.",
	[VERDICT_NO_POLICY] = "Publish a policy in testing mode:",
	[VERDICT_STALE] = "Find out why reports stopped; leave the policy as "
			  "it is.",
	[VERDICT_POLICY_BROKEN] =
		"Fix the policy host first; leave the mode as it is.",
	[VERDICT_BLOCKED] = "Fix the failures below; stay in testing.",
	[VERDICT_COLLECTING] = "Wait; stay in testing.",
	[VERDICT_READY_LIMITED] = "Publish enforce with a short max_age, and "
				  "look at the verdict every day:",
	[VERDICT_READY] = "Publish enforce with a short max_age:",
	[VERDICT_ENFORCE_OK] = "Leave it as it is.",
	[VERDICT_ENFORCE_WARNING] = "Look at the reasons above; have a short "
				    "max_age while they last.",
	[VERDICT_ENFORCE_ROLLBACK] =
		"Fix the cause immediately if that is quick (an expired "
		"certificate); otherwise go back to testing:",
};

void phrases_next_step(const struct explanation *explanation, struct buf *out)
{
	if (explanation->verdict.state == VERDICT_ENFORCE_OK &&
	    phrases_publishes_policy(explanation))
		buf_add_text(out, "Raise max_age, if no change of MX host or "
		                  "authority is planned:");
	else
		phrases_add_with_domain(
			explanation,
			next_step_phrases[explanation->verdict.state], out);
}

void phrases_policy_id(const struct explanation *explanation, struct buf *out)
{
	time_t seconds = (time_t)explanation->now;
	char text[32];
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(text, sizeof(text), "%Y%m%d%H%M%S", &tm);
	buf_add_text(out, text);
}
