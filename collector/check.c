#include "collector/check.h"

#include "base/timestamp.h"
#include "schema/limits.h"
#include "schema/quirk.h"

static int refuse_range(enum refusal *out, enum refusal refusal,
                        struct err *err, const char *why, int64_t moment)
{
	char text[TIMESTAMP_SIZE];

	timestamp_format(moment, text, sizeof(text));
	*out = refusal;
	return err_set(err, ERR_MALFORMED, "date-range: %s %s", why, text);
}

int check_range(struct report *report, const struct settings *settings,
                int64_t now, enum refusal *refusal, struct err *err)
{
	int64_t oldest = timestamp_day(now) - settings->retention_days;

	if (report->end - now > LIMIT_FUTURE_SECONDS)
		return refuse_range(refusal, REFUSAL_DATE_RANGE, err,
		                    "lies in the future, it ends at",
		                    report->end);
	if (report->end - report->begin > LIMIT_RANGE_SECONDS)
		return refuse_range(refusal, REFUSAL_DATE_RANGE, err,
		                    "is longer than 8 days, it begins at",
		                    report->begin);
	if (report_day(report) < oldest)
		return refuse_range(refusal, REFUSAL_TOO_OLD, err,
		                    "is older than retention_days, it ends at",
		                    report->end);
	if (now - report->end > LIMIT_LATE_SECONDS)
		report->quirks |= QUIRK_BIT(QUIRK_LATE);
	return 0;
}

/* The policies that are left, with room for those of MX hosts. */
struct kept {
	struct report_policy *items;
	bool *configured;
	size_t count;
	size_t room;
};

static void keep(struct kept *kept, const struct report_policy *policy,
                 bool configured)
{
	if (kept->count == kept->room)
		return;
	kept->items[kept->count] = *policy;
	kept->configured[kept->count++] = configured;
}

/* One element: kept for its own domain, for those of an MX host, or not. */
static bool sort_in(struct kept *kept, const struct report_policy *policy,
                    const struct settings *settings)
{
	enum domain_claim claim;
	const struct mx_of *mx;
	struct report_policy copy;
	size_t count, i;

	if (policy->domain.len == 0) {
		keep(kept, policy, true);
		return true;
	}
	mx = settings_mx(settings, policy->domain, &count);
	for (i = 0; i < count; i++) {
		copy = *policy;
		copy.domain = mx[i].domain;
		keep(kept, &copy, true);
	}
	if (count > 0)
		return true;
	claim = settings_claim(settings, policy->domain);
	if (claim == DOMAIN_FOREIGN)
		return false;
	keep(kept, policy, claim == DOMAIN_CONFIGURED);
	return true;
}

int check_domains(struct report *report, const struct settings *settings,
                  struct arena *arena, bool **configured, struct text *domain,
                  struct err *err)
{
	struct kept kept = {.room = report->policy_count + settings->mx_count};
	bool foreign = false;
	size_t i;

	kept.items = arena_array(arena, kept.room, sizeof(*kept.items));
	kept.configured = arena_array(arena, kept.room, sizeof(bool));
	for (i = 0; i < report->policy_count; i++) {
		if (sort_in(&kept, &report->policies[i], settings))
			continue;
		foreign = true;
		if (domain->len == 0)
			*domain = report->policies[i].domain;
	}
	if (foreign && kept.count == 0)
		return err_set(err, ERR_MALFORMED,
		               "policy domain %.*s is not configured",
		               (int)domain->len, domain->data);
	if (foreign)
		report->quirks |= QUIRK_BIT(QUIRK_DOMAIN_FOREIGN);
	report->policies = kept.items;
	report->policy_count = kept.count;
	*configured = kept.configured;
	return 0;
}
