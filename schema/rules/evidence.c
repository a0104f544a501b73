#include "schema/rules/evidence.h"

#include <assert.h>

#include "base/attr.h"
#include "schema/limits.h"

/* What a result type means for a sender that enforces (RFC 8461 sections 3.3
   and 5): refused, or gone on as if there were no policy, or DANE's affair. */
enum meaning {
	MEANS_REFUSED,
	MEANS_UNUSABLE,
	MEANS_DANE
};

struct type_meaning {
	enum meaning meaning;
	enum refusal_cause cause;
};

static const struct type_meaning meanings[] = {
	[RESULT_STARTTLS_NOT_SUPPORTED] = {MEANS_REFUSED, CAUSE_STARTTLS},
	[RESULT_CERTIFICATE_HOST_MISMATCH] = {MEANS_REFUSED, CAUSE_CERTIFICATE},
	[RESULT_CERTIFICATE_EXPIRED] = {MEANS_REFUSED, CAUSE_CERTIFICATE},
	[RESULT_CERTIFICATE_NOT_TRUSTED] = {MEANS_REFUSED, CAUSE_CERTIFICATE},
	[RESULT_VALIDATION_FAILURE] = {MEANS_REFUSED, CAUSE_OTHER},
	[RESULT_TLSA_INVALID] = {MEANS_DANE, CAUSE_OTHER},
	[RESULT_DNSSEC_INVALID] = {MEANS_DANE, CAUSE_OTHER},
	[RESULT_DANE_REQUIRED] = {MEANS_DANE, CAUSE_OTHER},
	[RESULT_STS_POLICY_FETCH_ERROR] = {MEANS_UNUSABLE, CAUSE_OTHER},
	[RESULT_STS_POLICY_INVALID] = {MEANS_UNUSABLE, CAUSE_OTHER},
	[RESULT_STS_WEBPKI_INVALID] = {MEANS_UNUSABLE, CAUSE_OTHER},
	[RESULT_OTHER] = {MEANS_REFUSED, CAUSE_OTHER},
};
static_assert(ARRAY_LENGTH(meanings) == RESULT_TYPES,
              "each result type has a meaning");

/* Types outside the registry are told apart by their own names, so many of
   them; the rest go together, which only makes the outcome more cautious. */
#define OTHER_TYPES_MAX 16U

/* The failure details of one element, added up. */
struct sums {
	int64_t by_type[RESULT_TYPES];
	struct text other_names[OTHER_TYPES_MAX];
	int64_t by_other[OTHER_TYPES_MAX];
	size_t others;
	int64_t refused;
	int64_t unusable;
	int64_t dane;
	int64_t by_cause[REFUSAL_CAUSES];
	int64_t largest_type; /* the largest single type that is refused */
};

static int64_t evidence_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t evidence_max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The sum that a detail of a type that is refused belongs to: the same type
   may be split by MX host and address. */
static int64_t *evidence_sum_of_type(struct sums *sums,
                                     const struct report_detail *detail)
{
	size_t i;

	if (detail->type != RESULT_OTHER)
		return &sums->by_type[detail->type];
	for (i = 0; i < sums->others; i++) {
		if (text_equal(sums->other_names[i], detail->type_text))
			return &sums->by_other[i];
	}
	if (sums->others == OTHER_TYPES_MAX)
		return &sums->by_other[OTHER_TYPES_MAX - 1];
	sums->other_names[sums->others] = detail->type_text;
	return &sums->by_other[sums->others++];
}

static void evidence_add_details(const struct report_policy *policy,
                                 struct sums *sums)
{
	const struct report_detail *detail;
	int64_t *of_type;
	const struct type_meaning *meaning;
	size_t i;

	for (i = 0; i < policy->detail_count; i++) {
		detail = &policy->details[i];
		meaning = &meanings[detail->type];
		if (meaning->meaning == MEANS_UNUSABLE) {
			sums->unusable += detail->sessions;
		} else if (meaning->meaning == MEANS_DANE) {
			sums->dane += detail->sessions;
		} else {
			sums->refused += detail->sessions;
			sums->by_cause[meaning->cause] += detail->sessions;
			of_type = evidence_sum_of_type(sums, detail);
			*of_type += detail->sessions;
			sums->largest_type =
				evidence_max(sums->largest_type, *of_type);
		}
	}
}

static void evidence_of_sts(const struct report_policy *policy,
                            const struct sums *sums, struct evidence *out)
{
	int64_t s = policy->successes, f = policy->failures, n = s + f;
	int64_t unexplained = evidence_max(
		0, f - sums->refused - sums->unusable - sums->dane);
	int64_t base, rest;
	int cause;

	/* No policy could be had: no trial at all. */
	if (policy->policy_string.count == 0 && s == 0 && sums->unusable > 0 &&
	    sums->refused == 0) {
		out->unusable = n > 0 ? n : sums->unusable;
		return;
	}
	/* Failures that nobody explains are refusals. Types overlap (RFC 8460
	   section 4), so that details are capped by the summary, unless the
	   sender counted the session as a success, as mox does in testing. */
	base = evidence_max(sums->refused,
	                    evidence_max(0, f - sums->unusable - sums->dane));
	out->refused = evidence_min(base, f >= sums->largest_type ? f : n);
	out->unusable = evidence_min(
		sums->unusable,
		evidence_max(0, f - evidence_min(out->refused, f)));
	out->trials = n - out->unusable;
	out->dane = sums->dane;
	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		rest = cause == CAUSE_OTHER ? unexplained : 0;
		out->by_cause[cause] = evidence_min(
			out->refused, sums->by_cause[cause] + rest);
	}
}

int evidence_refusal_cause(enum result_type type)
{
	const struct type_meaning *meaning = &meanings[type];

	return meaning->meaning == MEANS_REFUSED ? (int)meaning->cause : -1;
}

bool evidence_is_policy_fault(enum result_type type)
{
	return meanings[type].meaning == MEANS_UNUSABLE;
}

bool evidence_is_dane_fault(enum result_type type)
{
	return meanings[type].meaning == MEANS_DANE;
}

void evidence_of(const struct report_policy *policy, struct evidence *out)
{
	struct sums sums = {0};
	int cause;

	*out = (struct evidence){.elements = 1};
	evidence_add_details(policy, &sums);
	if (policy->type == POLICY_NOT_FOUND)
		out->untested = policy->successes + policy->failures;
	switch (policy->type) {
	case POLICY_STS:
		evidence_of_sts(policy, &sums, out);
		break;
	case POLICY_TLSA:
		out->dane = evidence_max(policy->failures,
		                         sums.dane + sums.refused);
		out->predicted[CAUSE_STARTTLS] = sums.by_cause[CAUSE_STARTTLS];
		break;
	case POLICY_NOT_FOUND:
	case POLICY_OTHER:
	case POLICY_TYPES:
		for (cause = 0; cause < REFUSAL_CAUSES; cause++)
			out->predicted[cause] = sums.by_cause[cause];
		break;
	}
}

void evidence_add(struct evidence *sum, const struct evidence *part,
                  int64_t sign)
{
	int cause;

	sum->elements += sign * part->elements;
	sum->untested += sign * part->untested;
	sum->trials += sign * part->trials;
	sum->refused += sign * part->refused;
	sum->unusable += sign * part->unusable;
	sum->dane += sign * part->dane;
	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		sum->by_cause[cause] += sign * part->by_cause[cause];
		sum->predicted[cause] += sign * part->predicted[cause];
	}
}

bool evidence_is_zero(const struct evidence *evidence)
{
	int64_t any = evidence->elements | evidence->untested |
	              evidence->trials | evidence->refused |
	              evidence->unusable | evidence->dane;
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++)
		any |= evidence->by_cause[cause] | evidence->predicted[cause];
	return any == 0;
}

void evidence_merge_worst(struct evidence *worst, const struct evidence *other)
{
	int64_t successes = evidence_min(worst->trials - worst->refused,
	                                 other->trials - other->refused);
	int cause;

	worst->elements = evidence_max(worst->elements, other->elements);
	worst->untested = evidence_max(worst->untested, other->untested);
	worst->refused = evidence_max(worst->refused, other->refused);
	worst->trials = successes + worst->refused;
	worst->unusable = evidence_max(worst->unusable, other->unusable);
	worst->dane = evidence_max(worst->dane, other->dane);
	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		worst->by_cause[cause] = evidence_max(worst->by_cause[cause],
		                                      other->by_cause[cause]);
		worst->predicted[cause] = evidence_max(worst->predicted[cause],
		                                       other->predicted[cause]);
	}
}

bool evidence_is_admissible(int64_t begin, int64_t end, int64_t received,
                            enum trust trust)
{
	if (trust == TRUST_NONE || end - begin > LIMIT_EVIDENCE_RANGE_SECONDS)
		return false;
	return trust_is_proof(trust) ||
	       received - end <= LIMIT_ANONYMOUS_DELAY_SECONDS;
}
