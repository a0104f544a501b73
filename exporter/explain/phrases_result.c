#include "exporter/explain/phrases_result.h"

#include "exporter/explain/phrases.h"
#include "schema/rules/evidence.h"

struct result_phrases {
	const char *meaning;
	const char *remedy;
};

static const struct result_phrases result_phrases[RESULT_TYPES] = {
	[RESULT_STARTTLS_NOT_SUPPORTED] =
		{"The MX host did not offer STARTTLS.",
                 "Turn TLS on at the host; look for a firewall or an SMTP "
                 "proxy that strips STARTTLS from the greeting."},
	[RESULT_CERTIFICATE_HOST_MISMATCH] =
		{"The certificate is for another name than the MX host's.",
                 "Issue a certificate that carries the MX host's own name (as "
                 "in DNS) as a subject alternative name, and see that the "
                 "host serves it on port 25."},
	[RESULT_CERTIFICATE_EXPIRED] =
		{"The certificate's time is over, or not yet begun.",
                 "Renew it, and let the renewal reload the mail server; look "
                 "at the host's clock."},
	[RESULT_CERTIFICATE_NOT_TRUSTED] =
		{"The certificate does not lead to a public authority.",
                 "Serve the whole chain with its intermediate certificates, "
                 "from an authority that the large senders trust; a "
                 "self-signed one does not do."},
	[RESULT_VALIDATION_FAILURE] =
		{"The sender could not validate the host, and no other result "
                 "type says why; with some senders it means an MX host that "
                 "the policy does not list.",
                 "Compare the MX hosts in DNS with the policy's mx lines, then "
                 "look at the reason code and at the server's log of that "
                 "time."},
	[RESULT_TLSA_INVALID] =
		{"A TLSA record does not match the certificate (DANE).",
                 "Publish the TLSA record of the new key before the "
                 "certificate changes, or take a stale record away."},
	[RESULT_DNSSEC_INVALID] =
		{"The zone's DNSSEC signatures do not hold (DANE).",
                 "Sign the zone again, and look at the DS record at the "
                 "parent."},
	[RESULT_DANE_REQUIRED] =
		{"The sender wants DANE and found no TLSA record.",
                 "Nothing, unless DANE was meant to be there."},
	[RESULT_STS_POLICY_FETCH_ERROR] =
		{"The policy file could not be fetched.",
                 "See that https://mta-sts.DOMAIN/.well-known/mta-sts.txt "
                 "answers 200 from everywhere, without a redirect, also for "
                 "IPv6."},
	[RESULT_STS_POLICY_INVALID] =
		{"The policy file could not be read.",
                 "It needs version: STSv1, a mode, max_age and an mx line for "
                 "each host, as text/plain."},
	[RESULT_STS_WEBPKI_INVALID] =
		{"The certificate of the policy host does not hold.",
                 "Renew the certificate of mta-sts.DOMAIN and serve its "
                 "chain."},
	[RESULT_OTHER] = {"A result type that the registry does not know; it "
                          "counts as a refusal.",
                          "Look at the reason code, or ask the reporter."},
};

const char *phrases_result_meaning(enum result_type type)
{
	return result_phrases[type].meaning;
}

void phrases_result_remedy(const struct explanation *explanation,
                           enum result_type type, struct buf *out)
{
	phrases_add_with_domain(explanation, result_phrases[type].remedy, out);
}

bool phrases_result_is_unlisted_mx(const struct explanation *explanation,
                                   struct text mx)
{
	const struct sts_policy *policy = &explanation->policy.policy;

	return mx.len > 0 && policy->mx_count > 0 &&
	       !sts_policy_covers(policy->mx, policy->mx_count, mx);
}

const char *phrases_result_fault(const struct explanation *explanation,
                                 enum result_type type)
{
	int cause = evidence_refusal_cause(type);

	if (cause < 0)
		return "none";
	return verdict_fault_name(explanation->verdict.numbers.faults[cause]);
}
