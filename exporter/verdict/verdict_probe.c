/*
 * What the checks from outside amount to: one failed handshake is no fault, an
 * old check says nothing, and a host that cannot be reached is no fault of
 * MTA-STS.
 */
#include "exporter/verdict/verdict_probe.h"

#include "exporter/verdict/verdict_count.h"

#define HOUR_MINUTES 60
#define DAY_MINUTES  (24 * HOUR_MINUTES)

/* A certificate that ends within this part of its lifetime ends soon: some live
   for six days. */
#define LIFETIME_PART 4

static bool verdict_probe_is_fresh(const struct thresholds *t,
                                   const struct probe_look *look)
{
	return look->age_minutes <= t->probe_stale_hours * HOUR_MINUTES;
}

/* Whether it was bad often and long enough to be a fault. */
static bool verdict_probe_is_lasting(const struct thresholds *t,
                                     const struct probe_look *look)
{
	return look->bad_checks >= t->probe_checks &&
	       look->bad_minutes >= t->probe_minutes;
}

/* The cause of refusals that a host's state shows (enum refusal_cause), -1 for
   a state that is no fault. */
static int verdict_probe_cause(enum probe_host_state state)
{
	switch (state) {
	case PROBE_HOST_STARTTLS_MISSING:
		return CAUSE_STARTTLS;
	case PROBE_HOST_CERTIFICATE_EXPIRED:
	case PROBE_HOST_CERTIFICATE_NAME:
	case PROBE_HOST_CERTIFICATE_UNTRUSTED:
		return CAUSE_CERTIFICATE;
	case PROBE_HOST_NOT_IN_POLICY:
		return CAUSE_OTHER;
	case PROBE_HOST_OK:
	case PROBE_HOST_UNREACHABLE:
	case PROBE_HOST_UNKNOWN:
	case PROBE_HOST_STATES:
		break;
	}
	return -1;
}

/* --- hosts ----------------------------------------------------------------- */

static bool verdict_probe_ends_soon(const struct thresholds *t,
                                    const struct probe_host *host)
{
	int64_t left = host->not_after_minutes;

	return host->state == PROBE_HOST_OK &&
	       left < t->certificate_days * DAY_MINUTES &&
	       (left < 0 || left * LIFETIME_PART < host->lifetime_minutes);
}

uint64_t verdict_probe_host_reasons(const struct thresholds *thresholds,
                                    const struct probe_host *host)
{
	uint64_t reasons = 0;

	if (!verdict_probe_is_fresh(thresholds, &host->look))
		return REASON_BIT(REASON_MX_UNPROVEN);
	if (host->state == PROBE_HOST_UNKNOWN ||
	    host->state == PROBE_HOST_UNREACHABLE)
		reasons |= REASON_BIT(REASON_MX_UNPROVEN);
	if (host->state == PROBE_HOST_UNREACHABLE)
		reasons |= REASON_BIT(REASON_MX_UNREACHABLE);
	if (verdict_probe_ends_soon(thresholds, host))
		reasons |= REASON_BIT(REASON_CERTIFICATE_ENDS_SOON);
	if (verdict_probe_cause(host->state) >= 0 &&
	    verdict_probe_is_lasting(thresholds, &host->look))
		reasons |= host->state == PROBE_HOST_NOT_IN_POLICY
		                   ? REASON_BIT(REASON_MX_NOT_IN_POLICY)
		                   : REASON_BIT(REASON_MX_CHECK_FAILED);
	return reasons;
}

static void verdict_probe_add_failing(const struct probe_host *host,
                                      struct verdict_probe *out)
{
	int64_t minutes = host->look.bad_minutes;

	out->failing_minutes =
		out->any_failing
			? verdict_count_min(out->failing_minutes, minutes)
			: minutes;
	out->any_failing = true;
	out->failing[verdict_probe_cause(host->state)] = true;
}

/* Returns whether the host fails. */
static bool verdict_probe_add_host(const struct thresholds *t,
                                   const struct probe_host *host,
                                   struct verdict_probe *out)
{
	uint64_t reasons = verdict_probe_host_reasons(t, host);
	uint64_t unproven = REASON_BIT(REASON_MX_UNPROVEN);

	out->fine &= (reasons & unproven) == 0 && host->state == PROBE_HOST_OK;
	out->unproven |= (reasons & unproven) != 0;
	out->reasons |= reasons & ~unproven;
	if ((reasons & (REASON_BIT(REASON_MX_CHECK_FAILED) |
	                REASON_BIT(REASON_MX_NOT_IN_POLICY))) == 0)
		return false;
	verdict_probe_add_failing(host, out);
	return true;
}

static void verdict_probe_read_hosts(const struct thresholds *t,
                                     const struct probe *probe,
                                     struct verdict_probe *out)
{
	const struct probe_host *host;
	size_t failing = 0, meant = 0, i;

	out->fine = probe->host_count > 0;
	for (i = 0; i < probe->host_count; i++) {
		host = &probe->hosts[i];
		failing += verdict_probe_add_host(t, host, out);
		/* A first MX that has been dead for a day is dead on
		   purpose. */
		meant += host->state != PROBE_HOST_UNREACHABLE ||
		         host->look.bad_minutes < DAY_MINUTES;
	}
	out->all_failing = failing > 0 && failing == meant;
	if (out->all_failing)
		out->reasons |= REASON_BIT(REASON_MX_ALL_FAILED);
}

/* --- the policy ------------------------------------------------------------ */

static void verdict_probe_read_policy(const struct thresholds *t,
                                      const struct probe *probe,
                                      struct verdict_probe *out)
{
	const struct probe_look *look = &probe->policy_look;
	bool rolled_out = look->bad_minutes >= t->rollout_minutes;

	if (!probe->policy_checked || !verdict_probe_is_fresh(t, look) ||
	    !verdict_probe_is_lasting(t, look))
		return;
	if (probe->policy == PROBE_POLICY_FETCH_FAILED)
		out->reasons |= REASON_BIT(REASON_POLICY_FETCH_FAILED);
	if (probe->policy == PROBE_POLICY_INVALID)
		out->reasons |= REASON_BIT(REASON_POLICY_INVALID);
	if (probe->record == PROBE_RECORD_MISSING ||
	    probe->record == PROBE_RECORD_INVALID)
		out->reasons |= REASON_BIT(REASON_POLICY_RECORD_BAD);
	out->policy_broken =
		(out->reasons & (REASON_BIT(REASON_POLICY_FETCH_FAILED) |
	                         REASON_BIT(REASON_POLICY_INVALID) |
	                         REASON_BIT(REASON_POLICY_RECORD_BAD))) != 0;
	/* A new policy waits for caches. */
	if (rolled_out && probe->policy == PROBE_POLICY_DIFFERS)
		out->reasons |= REASON_BIT(REASON_POLICY_DIFFERS);
	if (rolled_out && probe->record == PROBE_RECORD_ID_UNCHANGED)
		out->reasons |= REASON_BIT(REASON_POLICY_ID_UNCHANGED);
	out->policy_other =
		(out->reasons & (REASON_BIT(REASON_POLICY_DIFFERS) |
	                         REASON_BIT(REASON_POLICY_ID_UNCHANGED))) != 0;
}

/* --- the whole ------------------------------------------------------------- */

static bool verdict_probe_is_stale(const struct thresholds *t,
                                   const struct probe *probe)
{
	size_t i;

	if (probe->policy_checked &&
	    verdict_probe_is_fresh(t, &probe->policy_look))
		return false;
	for (i = 0; i < probe->host_count; i++) {
		if (verdict_probe_is_fresh(t, &probe->hosts[i].look))
			return false;
	}
	return true;
}

void verdict_probe_read(const struct thresholds *t, const struct probe *probe,
                        struct verdict_probe *out)
{
	*out = (struct verdict_probe){.summary = PROBE_ABSENT};
	if (probe == NULL)
		return;
	if (!probe->reaches_any) {
		/* Port 25 is closed from here: nothing is known of the hosts,
		   but the policy was looked at all the same. */
		out->summary = PROBE_USELESS;
		out->reasons |= REASON_BIT(REASON_PROBE_USELESS);
		verdict_probe_read_policy(t, probe, out);
		return;
	}
	if (verdict_probe_is_stale(t, probe)) {
		out->summary = PROBE_STALE;
		out->reasons |= REASON_BIT(REASON_PROBE_STALE);
		return;
	}
	verdict_probe_read_hosts(t, probe, out);
	verdict_probe_read_policy(t, probe, out);
	if (out->any_failing)
		out->summary = PROBE_FAILING;
	else
		out->summary = out->fine ? PROBE_FINE : PROBE_PARTIAL;
}
