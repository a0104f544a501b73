#include "collector/intake/plausibility.h"

#include <assert.h>

#include "base/timestamp.h"
#include "schema/limits.h"
#include "schema/report/quirk.h"

static int plausibility_refuse_range(enum refusal *out, enum refusal refusal,
                                     struct err *err, const char *why,
                                     int64_t moment)
{
	char text[TIMESTAMP_SIZE];

	timestamp_format(moment, text, sizeof(text));
	*out = refusal;
	return err_set(err, ERR_MALFORMED, "date-range: %s %s", why, text);
}

int plausibility_check_range(struct report *report,
                             const struct settings *settings, int64_t now,
                             enum refusal *refusal, struct err *err)
{
	int64_t oldest = timestamp_day(now) - settings->retention_days;

	if (report->end - now > LIMIT_FUTURE_SECONDS)
		return plausibility_refuse_range(
			refusal, REFUSAL_DATE_RANGE, err,
			"lies in the future, it ends at", report->end);
	if (report->end - report->begin > LIMIT_RANGE_SECONDS)
		return plausibility_refuse_range(
			refusal, REFUSAL_DATE_RANGE, err,
			"is longer than 8 days, it begins at", report->begin);
	if (report_day(report) < oldest)
		return plausibility_refuse_range(
			refusal, REFUSAL_TOO_OLD, err,
			"is older than retention_days, it ends at",
			report->end);
	if (now - report->end > LIMIT_LATE_SECONDS)
		report->quirks |= QUIRK_BIT(QUIRK_LATE);
	return 0;
}

/* The policies that are left. */
struct remaining {
	struct report_policy *items;
	bool *configured;
	bool *of_mx;
	size_t count;
	size_t room;
};

static void plausibility_append(struct remaining *remaining,
                                const struct report_policy *policy,
                                bool configured, bool of_mx)
{
	assert(remaining->count < remaining->room);
	remaining->items[remaining->count] = *policy;
	remaining->configured[remaining->count] = configured;
	remaining->of_mx[remaining->count++] = of_mx;
}

/* Whether an element says of the domain itself what this one says of its MX
   host: the same sessions. */
static bool plausibility_is_repeated(const struct report *report,
                                     const struct report_policy *of_mx,
                                     struct text domain)
{
	const struct report_policy *other;
	size_t i;

	for (i = 0; i < report->policy_count; i++) {
		other = &report->policies[i];
		if (other->type == of_mx->type &&
		    other->successes == of_mx->successes &&
		    other->failures == of_mx->failures &&
		    text_equal(other->domain, domain))
			return true;
	}
	return false;
}

static void plausibility_append_for_domains(struct remaining *remaining,
                                            const struct report *report,
                                            const struct report_policy *policy,
                                            const struct settings_mx *mx,
                                            size_t count)
{
	struct report_policy copy = *policy;
	size_t i;

	for (i = 0; i < count; i++) {
		copy.domain = mx[i].domain;
		if (!plausibility_is_repeated(report, policy, copy.domain))
			plausibility_append(remaining, &copy, true, true);
	}
}

/* One element: kept for its own domain, for those of an MX host, or not. */
static bool plausibility_sort(struct remaining *remaining,
                              const struct report *report,
                              const struct report_policy *policy,
                              const struct settings *settings)
{
	enum settings_domain_match claim;
	const struct settings_mx *mx;
	size_t count;

	if (policy->domain.len == 0) {
		plausibility_append(remaining, policy, true, false);
		return true;
	}
	mx = settings_domains_of_mx(settings, policy->domain, &count);
	if (count > 0) {
		plausibility_append_for_domains(remaining, report, policy, mx,
		                                count);
		return true;
	}
	claim = settings_domains_match(settings, policy->domain);
	if (claim == SETTINGS_DOMAIN_FOREIGN)
		return false;
	plausibility_append(remaining, policy,
	                    claim == SETTINGS_DOMAIN_CONFIGURED, false);
	return true;
}

/* The elements that there are when each about an MX host is one for every
   domain that names the host. Honest reports name a host once or twice, however
   many domains share it. */
static int plausibility_count_elements(const struct report *report,
                                       const struct settings *settings,
                                       struct remaining *remaining,
                                       struct err *err)
{
	size_t max =
		report->policy_count + LIMIT_MX_ELEMENTS * settings->mx_count;
	size_t details = 0, count, i;

	remaining->room = 0;
	for (i = 0; i < report->policy_count; i++) {
		(void)settings_domains_of_mx(
			settings, report->policies[i].domain, &count);
		if (count == 0)
			count = 1;
		remaining->room += count;
		details += count * report->policies[i].detail_count;
	}
	if (remaining->room <= max && details <= LIMIT_MX_DETAILS)
		return 0;
	return err_set(err, ERR_TOO_LARGE,
	               "policies: they name MX hosts so often that mx_hosts "
	               "makes %zu elements and %zu failure details of them",
	               remaining->room, details);
}

int plausibility_check_domains(struct report *report,
                               const struct settings *settings,
                               struct arena *arena,
                               struct plausibility_origins *origins,
                               struct text *domain, struct err *err)
{
	struct remaining remaining = {0};
	bool foreign = false;
	size_t i;

	if (plausibility_count_elements(report, settings, &remaining, err) < 0)
		return -1;
	remaining.items =
		arena_array(arena, remaining.room, sizeof(*remaining.items));
	remaining.configured = arena_array(arena, remaining.room, sizeof(bool));
	remaining.of_mx = arena_array(arena, remaining.room, sizeof(bool));
	for (i = 0; i < report->policy_count; i++) {
		if (plausibility_sort(&remaining, report, &report->policies[i],
		                      settings))
			continue;
		foreign = true;
		if (domain->len == 0)
			*domain = report->policies[i].domain;
	}
	if (foreign && remaining.count == 0)
		return err_set(err, ERR_MALFORMED,
		               "policy domain %.*s is not configured",
		               (int)domain->len, domain->data);
	if (foreign)
		report->quirks |= QUIRK_BIT(QUIRK_DOMAIN_FOREIGN);
	report->policies = remaining.items;
	report->policy_count = remaining.count;
	*origins = (struct plausibility_origins){remaining.configured,
	                                         remaining.of_mx};
	return 0;
}
