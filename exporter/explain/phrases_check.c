#include "exporter/explain/phrases_check.h"

#include "exporter/explain/phrases.h"
#include "exporter/explain/phrases_result.h"

#define HOSTS_SHOWN 3U
#define NAME_MAX    253U

/* --- hosts ----------------------------------------------------------------- */

static const char *const host_phrases[PROBE_HOST_STATES] = {
	[PROBE_HOST_OK] = "is fine",
	[PROBE_HOST_STARTTLS_MISSING] = "offers no STARTTLS",
	[PROBE_HOST_CERTIFICATE_EXPIRED] = "has an expired certificate",
	[PROBE_HOST_CERTIFICATE_NAME] = "has a certificate for another name",
	[PROBE_HOST_CERTIFICATE_UNTRUSTED] =
		"has a certificate that leads to no public authority",
	[PROBE_HOST_UNREACHABLE] = "cannot be reached",
	[PROBE_HOST_NOT_IN_POLICY] = "matches no mx pattern of the policy",
	[PROBE_HOST_UNKNOWN] = "could not be checked",
};

/* "mx1.example.org has an expired certificate since 2026-06-19 08:15 UTC" */
static void phrases_check_add_host(const struct evidence_host *host,
                                   struct buf *out)
{
	buf_add_printable(out, host->name.data, host->name.len, NAME_MAX);
	buf_printf(
		out, " %s",
		host_phrases[host->checked ? host->state : PROBE_HOST_UNKNOWN]);
	if (host->since > 0) {
		buf_add_text(out, " since ");
		phrases_evidence_time(host->since, out);
	}
}

static void phrases_check_add_hosts(const struct explanation_evidence *v,
                                    struct buf *out)
{
	size_t i;

	for (i = 0; i < v->host_count && i < HOSTS_SHOWN; i++) {
		if (i > 0)
			buf_add_text(out,
			             i + 1 == v->host_count ? " and " : ", ");
		phrases_check_add_host(&v->hosts[i], out);
	}
	if (v->host_count > HOSTS_SHOWN)
		buf_printf(out, ", and so %s %zu %s",
		           v->host_count - HOSTS_SHOWN == 1 ? "is" : "are",
		           v->host_count - HOSTS_SHOWN,
		           v->host_count - HOSTS_SHOWN == 1 ? "other"
		                                            : "others");
}

/* The hosts by name, or how to speak of them where none is known. */
static void phrases_check_name_hosts(const struct explanation_evidence *v,
                                     const char *otherwise, struct buf *out)
{
	if (v->host_count > 0)
		phrases_evidence_hosts(v, out);
	else
		buf_add_text(out, otherwise);
}

void phrases_check_not_in_policy(const struct explanation *e,
                                 const struct explanation_evidence *v,
                                 struct buf *out)
{
	(void)e;
	phrases_check_name_hosts(v, "An MX host", out);
	buf_printf(out,
	           " %s no mx pattern of the policy: a sender that enforces "
	           "does not deliver there.",
	           v->host_count <= 1 ? "matches" : "match");
}

void phrases_check_failed(const struct explanation *e,
                          const struct explanation_evidence *v, struct buf *out)
{
	(void)e;
	buf_add_text(out, "Seen from outside, ");
	if (v->host_count > 0)
		phrases_check_add_hosts(v, out);
	else
		buf_add_text(out, "an MX host fails");
	buf_add_text(out, ": a sender that enforces does not deliver there.");
}

void phrases_check_all_failed(const struct explanation *e,
                              const struct explanation_evidence *v,
                              struct buf *out)
{
	(void)e;
	buf_add_text(out, "Seen from outside, every MX host fails, so that a "
	                  "sender that enforces delivers nowhere");
	if (v->host_count > 0) {
		buf_add_text(out, ": ");
		phrases_check_add_hosts(v, out);
	}
	buf_add_char(out, '.');
}

void phrases_check_contradicted(const struct explanation *e,
                                const struct explanation_evidence *v,
                                struct buf *out)
{
	(void)e;
	buf_add_text(out, "No rollback: every check from outside fails");
	if (v->host_count > 0) {
		buf_add_text(out, " (");
		phrases_check_add_hosts(v, out);
		buf_add_char(out, ')');
	}
	buf_add_text(out, ", but ");
	phrases_evidence_clean_others(v, out);
	buf_add_text(out, " delivered");
	if (v->others_kept > 0) {
		buf_add_text(out, " on whole days since ");
		phrases_day(v->others[0].part.first, out);
	}
	if (v->scope.part_count > 0) {
		buf_add_text(out, "; refusals are reported by ");
		phrases_evidence_parts(v, out);
	}
	buf_add_char(out, '.');
}

void phrases_check_unproven(const struct explanation *e,
                            const struct explanation_evidence *v,
                            struct buf *out)
{
	(void)e;
	buf_add_text(out, "Nothing proves that ");
	phrases_check_name_hosts(v, "each MX host", out);
	buf_printf(out,
	           " %s: reports name an MX host only when it fails, and a "
	           "bad backup MX may never have been tried.",
	           v->host_count <= 1 ? "is fine" : "are fine");
}

void phrases_check_certificate(const struct explanation *e,
                               const struct explanation_evidence *v,
                               struct buf *out)
{
	size_t i;

	(void)e;
	buf_add_text(out, "The certificate of ");
	for (i = 0; i < v->host_count && i < HOSTS_SHOWN; i++) {
		if (i > 0)
			buf_add_text(out, ", that of ");
		buf_add_printable(out, v->hosts[i].name.data,
		                  v->hosts[i].name.len, NAME_MAX);
		buf_add_text(out, " ends");
		if (v->hosts[i].ends > 0) {
			buf_add_text(out, " on ");
			phrases_evidence_time(v->hosts[i].ends, out);
		} else {
			buf_add_text(out, " soon");
		}
	}
	if (v->host_count == 0)
		buf_add_text(out, "an MX host ends soon");
	if (v->host_count > HOSTS_SHOWN)
		buf_printf(out, ", and those of %zu more soon",
		           v->host_count - HOSTS_SHOWN);
	buf_add_char(out, '.');
}

void phrases_check_unreachable(const struct explanation *e,
                               const struct explanation_evidence *v,
                               struct buf *out)
{
	(void)e;
	buf_add_text(out, "From where the checks run, ");
	if (v->host_count > 0)
		phrases_check_add_hosts(v, out);
	else
		buf_add_text(out, "an MX host cannot be reached");
	buf_add_text(out, "; that is no fault of MTA-STS, and changes "
	                  "nothing in the verdict.");
}

/* --- the checks themselves -------------------------------------------------- */

void phrases_check_stale(const struct explanation *e,
                         const struct explanation_evidence *v, struct buf *out)
{
	buf_add_text(out, "The checks from outside are too old to count");
	if (v->checked > 0) {
		buf_add_text(out, ": the last was on ");
		phrases_evidence_time(v->checked, out);
	}
	buf_printf(out, "; after %lld hours they say nothing any more.",
	           (long long)e->thresholds->probe_stale_hours);
}

void phrases_check_useless(const struct explanation *e,
                           const struct explanation_evidence *v,
                           struct buf *out)
{
	(void)e;
	(void)v;
	buf_add_text(out, "The checks reach no MX host of any domain: port 25 "
	                  "seems to be closed outwards where they run.");
}

/* --- the policy ------------------------------------------------------------ */

/* A sentence of text that ends with since when the checks have seen it. */
static void phrases_check_add_seen(const struct explanation *e,
                                   const struct explanation_evidence *v,
                                   const char *text, struct buf *out)
{
	phrases_add_with_domain(e, text, out);
	if (v->seen_since > 0) {
		buf_add_text(out, ", since ");
		phrases_evidence_time(v->seen_since, out);
	}
	buf_add_char(out, '.');
}

void phrases_check_fetch_failed(const struct explanation *e,
                                const struct explanation_evidence *v,
                                struct buf *out)
{
	phrases_check_add_seen(
		e, v,
		"Seen from outside, the policy at "
		"https://mta-sts.DOMAIN/.well-known/mta-sts.txt cannot be "
		"fetched",
		out);
}

void phrases_check_invalid(const struct explanation *e,
                           const struct explanation_evidence *v,
                           struct buf *out)
{
	phrases_check_add_seen(
		e, v,
		"The policy that is published at "
		"https://mta-sts.DOMAIN/.well-known/mta-sts.txt is invalid",
		out);
}

void phrases_check_differs(const struct explanation *e,
                           const struct explanation_evidence *v,
                           struct buf *out)
{
	phrases_check_add_seen(e, v,
	                       "The policy that mta-sts.DOMAIN publishes "
	                       "differs from the configured one",
	                       out);
}

void phrases_check_record(const struct explanation *e,
                          const struct explanation_evidence *v, struct buf *out)
{
	static const char *const texts[PROBE_RECORD_STATES] = {
		[PROBE_RECORD_OK] = "The TXT record _mta-sts.DOMAIN is missing "
				    "or invalid",
		[PROBE_RECORD_MISSING] = "There is no TXT record "
					 "_mta-sts.DOMAIN",
		[PROBE_RECORD_INVALID] = "The TXT record _mta-sts.DOMAIN is "
					 "invalid",
		[PROBE_RECORD_ID_UNCHANGED] = "The TXT record _mta-sts.DOMAIN "
					      "is missing or invalid",
		[PROBE_RECORD_UNKNOWN] = "The TXT record _mta-sts.DOMAIN is "
					 "missing or invalid",
	};

	phrases_check_add_seen(e, v, texts[v->record], out);
}

void phrases_check_id(const struct explanation *e,
                      const struct explanation_evidence *v, struct buf *out)
{
	phrases_check_add_seen(e, v,
	                       "The policy has changed, but the id in the TXT "
	                       "record _mta-sts.DOMAIN has not: senders go on "
	                       "with what they have cached",
	                       out);
}

/* --- what to do ------------------------------------------------------------ */

static const enum result_type host_results[PROBE_HOST_STATES] = {
	[PROBE_HOST_OK] = RESULT_OTHER,
	[PROBE_HOST_STARTTLS_MISSING] = RESULT_STARTTLS_NOT_SUPPORTED,
	[PROBE_HOST_CERTIFICATE_EXPIRED] = RESULT_CERTIFICATE_EXPIRED,
	[PROBE_HOST_CERTIFICATE_NAME] = RESULT_CERTIFICATE_HOST_MISMATCH,
	[PROBE_HOST_CERTIFICATE_UNTRUSTED] = RESULT_CERTIFICATE_NOT_TRUSTED,
	[PROBE_HOST_UNREACHABLE] = RESULT_OTHER,
	[PROBE_HOST_NOT_IN_POLICY] = RESULT_VALIDATION_FAILURE,
	[PROBE_HOST_UNKNOWN] = RESULT_OTHER,
};

void phrases_check_fix_hosts(const struct explanation *e,
                             const struct explanation_evidence *v,
                             struct buf *out)
{
	enum result_type type = RESULT_OTHER;

	if (v->host_count > 0 && v->hosts[0].checked)
		type = host_results[v->hosts[0].state];
	if (type != RESULT_OTHER)
		phrases_result_remedy(e, type, out);
	else
		buf_add_text(out, "Connect to the host on port 25 and look at "
		                  "STARTTLS and the certificate: openssl "
		                  "s_client -starttls smtp -connect HOST:25.");
}

void phrases_check_fix_all_hosts(const struct explanation *e,
                                 const struct explanation_evidence *v,
                                 struct buf *out)
{
	phrases_check_fix_hosts(e, v, out);
	if (e->verdict.state == VERDICT_ENFORCE_ROLLBACK)
		buf_add_text(out, " If that takes long, go back to testing: "
		                  "waiting mail is then delivered.");
}
