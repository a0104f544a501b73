#include "collector/intake/authentication.h"

#include <string.h>

#include "base/domain.h"
#include "base/timestamp.h"
#include "collector/intake/shared_signer.h"
#include "collector/mail/header.h"
#include "schema/report/quirk.h"
#include "schema/rules/identity.h"

/* A key that is gone from the DNS says nothing of a mail that is older. */
#define KEY_RETENTION_SECONDS (14 * SECONDS_PER_DAY)

enum trust authentication_trust_unsigned(enum channel channel)
{
	return channel_is_mail(channel) ? TRUST_NONE : TRUST_ANONYMOUS;
}

enum ledger_group authentication_ledger_group(enum channel channel,
                                              enum trust trust, bool known)
{
	if (trust_is_proof(trust))
		return LEDGER_SIGNED;
	if (channel_is_mail(channel))
		return LEDGER_MAIL;
	return known ? LEDGER_KNOWN : LEDGER_REST;
}

bool authentication_may_admit(enum channel channel, enum trust trust)
{
	return channel == CHANNEL_IMPORT || trust_is_proof(trust);
}

/* --- whose signature it is ----------------------------------------------- */

/* Normalised, or empty. */
static struct text authentication_normalise(struct arena *arena,
                                            struct text text)
{
	struct domain_changes changes = {false, false};
	struct text name;
	struct err ignored;

	if (text.len == 0 ||
	    domain_normalise(arena, text, &name, &changes, &ignored) < 0)
		return TEXT("");
	return name;
}

/* What a signature may speak for, and what it has to cover. */
struct claims {
	struct text registrable[3]; /* contact-info, From, Submitter */
	struct text from;           /* the address */
	struct arena *arena;
	const struct mail *mail;
	const struct mail_part *part; /* NULL: none is looked at */
	const struct report *report;  /* NULL: not known */
};

static bool authentication_is_aligned(const struct claims *claims,
                                      struct text domain)
{
	struct text registrable = domain_registrable(domain);
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(claims->registrable); i++) {
		if (claims->registrable[i].len > 0 &&
		    text_equal(registrable, claims->registrable[i]))
			return true;
	}
	return false;
}

/* What a domain that passed is worth. */
static enum authentication
authentication_assess_domain(const struct config *config,
                             const struct claims *claims, struct text domain,
                             bool covers_from)
{
	struct text from = covers_from ? claims->from : TEXT("");

	if (domain.len == 0 || !authentication_is_aligned(claims, domain))
		return AUTH_UNALIGNED;
	return shared_signer_proves_mailbox(claims->arena, config, domain, from)
	               ? AUTH_SHARED_SIGNER
	               : AUTH_PASS;
}

/* --- what it covers ------------------------------------------------------- */

static bool authentication_names_domain(const struct report *report,
                                        struct text domain)
{
	size_t i;

	for (i = 0; i < report->policy_count; i++) {
		if (text_equal(report->policies[i].domain, domain))
			return true;
	}
	return false;
}

static bool authentication_lacks_domain(const struct report *report)
{
	return authentication_names_domain(report, TEXT(""));
}

/* Whether a domain and a submitter are those of the report and of the signer. */
static bool authentication_is_named(const struct claims *claims,
                                    struct text domain, struct text submitter,
                                    struct text signer)
{
	const struct report *report = claims->report;
	struct text registrable;

	domain = authentication_normalise(claims->arena, domain);
	registrable = domain_registrable(
		authentication_normalise(claims->arena, submitter));
	return domain.len > 0 && registrable.len > 0 &&
	       text_equal(registrable, domain_registrable(signer)) &&
	       (report == NULL || authentication_lacks_domain(report) ||
	        authentication_names_domain(report, domain));
}

/* Whether the signer says in the header that this is a report of his for one of
   its domains (RFC 8460 section 5.3). */
static bool authentication_is_announced(const struct claims *claims,
                                        const struct mail_signature *s,
                                        struct text signer)
{
	const struct mail *mail = claims->mail;

	return (s->covers_subject &&
	        authentication_is_named(claims, mail->subject_domain,
	                                mail->subject_submitter, signer)) ||
	       (s->covers_domain && s->covers_submitter &&
	        authentication_is_named(claims, mail->domain, mail->submitter,
	                                signer));
}

/* Whether the signer says by the type of the message or of the part that it is
   one. */
static bool authentication_is_labelled(const struct claims *claims)
{
	return claims->part == NULL || claims->mail->report_type ||
	       text_starts(claims->part->type, "application/tlsrpt");
}

/* Whether what is signed is what we read. A mail that is signed may well hold
   what a stranger wrote, a comment or an invitation, and whoever may choose how
   it is read makes a report of it. So either the signature covers what decides
   that, or the body leaves no choice; and the signer calls it a report. */
static bool authentication_covers_content(const struct claims *claims,
                                          const struct mail_signature *s,
                                          struct text signer)
{
	if (authentication_is_announced(claims, s, signer))
		return s->covers_reading || claims->mail->framed;
	return s->covers_reading && authentication_is_labelled(claims);
}

/* One signature with all that is known around it. */
static enum authentication authentication_assess_signature(
	const struct config *config, const struct claims *claims,
	const struct mail_signature *s, struct text domain, int64_t now)
{
	enum authentication aligned;

	if (s->result == AUTH_AMBIGUOUS)
		return AUTH_AMBIGUOUS;
	if (s->result == AUTH_PASS && config->require_tlsrpt_key &&
	    !s->for_reports)
		return AUTH_SERVICE;
	aligned = authentication_assess_domain(config, claims, domain,
	                                       s->covers_from);
	if (aligned == AUTH_UNALIGNED)
		return AUTH_UNALIGNED;
	if (s->result == AUTH_KEY_MISSING &&
	    now - claims->mail->received > KEY_RETENTION_SECONDS)
		return AUTH_KEY_GONE;
	if (s->result != AUTH_PASS && s->result != AUTH_TROUBLE)
		return s->result;
	if (!authentication_covers_content(claims, s, domain))
		return AUTH_UNCOVERED;
	return s->result == AUTH_PASS ? aligned : s->result;
}

/* Which of two reasons says more: what nearly passed. */
static int authentication_rank(enum authentication authentication)
{
	static const int weights[AUTHENTICATIONS] = {
		[AUTH_UNALIGNED] = 1,      [AUTH_FAILED] = 2,
		[AUTH_LENGTH_LIMITED] = 2, [AUTH_SERVICE] = 2,
		[AUTH_WEAK] = 2,           [AUTH_TESTING] = 2,
		[AUTH_EXPIRED] = 2,        [AUTH_KEY_MISSING] = 2,
		[AUTH_SHARED_SIGNER] = 3,  [AUTH_UNCOVERED] = 3,
		[AUTH_KEY_GONE] = 4,       [AUTH_TROUBLE] = 5,
		[AUTH_AMBIGUOUS] = 6,
	};

	return weights[authentication];
}

static void authentication_read_claims(struct arena *arena,
                                       const struct authentication_input *input,
                                       struct claims *claims)
{
	const struct mail *mail = input->mail;
	struct text contact = TEXT("");

	if (input->report != NULL)
		contact = input->report->contact;
	claims->arena = arena;
	claims->mail = mail;
	claims->part = input->part;
	claims->report = input->report;
	claims->from = mail->from;
	claims->registrable[0] =
		domain_registrable(identity_contact_domain(arena, contact));
	claims->registrable[1] =
		domain_registrable(identity_contact_domain(arena, mail->from));
	claims->registrable[2] = domain_registrable(
		authentication_normalise(arena, mail->submitter));
}

/* Whether a server that vouches for a domain may mean this signature: it names
   the signature's i= or d=, and i= may be below d= (RFC 6376 section 3.5). */
static bool authentication_may_refer(struct text domain, struct text signer)
{
	size_t more;

	if (signer.len == 0 || domain.len < signer.len)
		return false;
	more = domain.len - signer.len;
	return memcmp(domain.data + more, signer.data, signer.len) == 0 &&
	       (more == 0 || domain.data[more - 1] == '.');
}

/* The signatures that our server may have meant: it does not say which one
   passed. */
struct referred {
	size_t count;
	bool cover_content; /* all of them cover what we read */
	bool cover_from;
};

static struct referred authentication_find_referred(const struct claims *claims,
                                                    struct text domain)
{
	struct referred found = {0, true, true};
	const struct mail_signature *s;
	size_t i;

	for (i = 0; i < claims->mail->signature_count; i++) {
		s = &claims->mail->signatures[i];
		if (!authentication_may_refer(
			    domain,
			    authentication_normalise(claims->arena, s->domain)))
			continue;
		found.count++;
		found.cover_from &= s->covers_from;
		found.cover_content &=
			s->result != AUTH_LENGTH_LIMITED &&
			authentication_covers_content(claims, s, domain);
	}
	return found;
}

/* What a domain that our server vouches for is worth. Where it has taken all
   signatures away, the body must leave no choice, and From is what it left: a
   signature that passes covers it (RFC 6376 section 5.4). */
static enum authentication
authentication_assess_vouched(const struct config *config,
                              const struct claims *claims, struct text domain)
{
	const struct mail_signature anything = {.covers_domain = true,
	                                        .covers_submitter = true,
	                                        .covers_subject = true};
	const struct referred found =
		authentication_find_referred(claims, domain);
	enum authentication worth = authentication_assess_domain(
		config, claims, domain,
		found.cover_from && !claims->mail->more_signatures);

	if (worth != AUTH_PASS)
		return worth;
	if (claims->mail->more_signatures || !found.cover_content ||
	    (found.count == 0 &&
	     !authentication_covers_content(claims, &anything, domain)))
		return AUTH_UNCOVERED;
	return AUTH_PASS;
}

/* By the word of our own mail server; true when it vouches. */
static bool authentication_assess_authserv(const struct config *config,
                                           const struct claims *claims,
                                           struct authentication_result *out)
{
	const struct mail *mail = claims->mail;
	enum authentication found;
	struct text domain;
	size_t i;

	for (i = 0; i < mail->authserv_pass_count; i++) {
		domain = authentication_normalise(claims->arena,
		                                  mail->authserv_passes[i]);
		found = authentication_assess_vouched(config, claims, domain);
		if (found == AUTH_PASS) {
			out->trust = TRUST_AUTHSERV;
			out->authentication = AUTH_AUTHSERV;
			out->signer = domain;
			return true;
		}
		if (found != AUTH_UNALIGNED &&
		    authentication_rank(found) >
		            authentication_rank(out->authentication))
			out->authentication = found;
	}
	return false;
}

/* Of two that pass, the one that agrees with contact-info is the better. */
static bool authentication_is_better(const struct claims *claims,
                                     struct text domain,
                                     const struct authentication_result *out)
{
	return out->signature == NULL ||
	       (!text_equal(domain_registrable(out->signer),
	                    claims->registrable[0]) &&
	        text_equal(domain_registrable(domain), claims->registrable[0]));
}

void authentication_assess(struct arena *arena, const struct config *config,
                           const struct authentication_input *input,
                           int64_t now, struct authentication_result *out)
{
	const struct mail *mail = input->mail;
	enum authentication found;
	struct claims claims;
	struct text domain;
	size_t i;

	*out = (struct authentication_result){.trust = TRUST_NONE,
	                                      .authentication = AUTH_UNSIGNED,
	                                      .signer = TEXT("")};
	authentication_read_claims(arena, input, &claims);
	for (i = 0; i < mail->signature_count; i++) {
		domain = authentication_normalise(arena,
		                                  mail->signatures[i].domain);
		found = authentication_assess_signature(
			config, &claims, &mail->signatures[i], domain, now);
		if (found == AUTH_PASS &&
		    authentication_is_better(&claims, domain, out)) {
			out->trust = TRUST_DKIM;
			out->signature = &mail->signatures[i];
			out->signer = domain;
		} else if (found != AUTH_PASS &&
		           authentication_rank(found) >
		                   authentication_rank(out->authentication)) {
			out->authentication = found;
		}
	}
	if (out->signature != NULL) {
		out->authentication = AUTH_PASS;
		return;
	}
	if (authentication_assess_authserv(config, &claims, out))
		return;
	out->dns_pending = out->authentication == AUTH_TROUBLE;
	if (out->authentication == AUTH_KEY_GONE || !config->require_dkim)
		out->trust = TRUST_ANONYMOUS;
}

/* --- hints --------------------------------------------------------------- */

#define HINTS_MAX 3

/* A hint as a domain, with whether the signature covers it. */
struct hint {
	struct text domain;
	bool covered;
};

/* In the order in which they are believed: what is signed first, whatever it
   is, so that nobody demotes a report by a field that he adds. */
static size_t
authentication_gather_hints(struct arena *arena, const struct mail *mail,
                            const struct mail_part *part,
                            const struct mail_signature *signature,
                            struct hint hints[HINTS_MAX])
{
	const struct hint all[HINTS_MAX] = {
		{authentication_normalise(arena, mail->domain),
	         signature != NULL && signature->covers_domain},
		{authentication_normalise(arena, mail->subject_domain),
	         signature != NULL && signature->covers_subject},
		/* In a part's header it is of the signed body. */
		{authentication_normalise(arena,
	                                  header_filename_domain(part->name)),
	         signature != NULL && !part->whole_body},
	};
	size_t i, count = 0;
	int round;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < HINTS_MAX; i++) {
			if (all[i].domain.len > 0 &&
			    all[i].covered == (round == 0))
				hints[count++] = all[i];
		}
	}
	return count;
}

static bool authentication_submitter_disagrees(struct arena *arena,
                                               const struct report *report,
                                               const struct mail *mail)
{
	struct text submitter =
		authentication_normalise(arena, mail->submitter);
	struct text contact = identity_contact_domain(arena, report->contact);

	return submitter.len > 0 && contact.len > 0 &&
	       !text_equal(submitter, contact);
}

struct text
authentication_read_hints(struct arena *arena, struct report *report,
                          const struct mail *mail, const struct mail_part *part,
                          const struct mail_signature *signature, bool *covered)
{
	struct hint hints[HINTS_MAX] = {{TEXT(""), false}};
	size_t count = authentication_gather_hints(arena, mail, part, signature,
	                                           hints),
	       i;
	struct text missing = TEXT("");

	*covered = true;
	if (authentication_lacks_domain(report) && count > 0) {
		missing = hints[0].domain;
		*covered = hints[0].covered;
	}
	for (i = 0; i < count; i++) {
		if (!text_equal(hints[i].domain, missing) &&
		    !authentication_names_domain(report, hints[i].domain))
			report->quirks |= QUIRK_BIT(QUIRK_HINT_DISAGREES);
	}
	if (authentication_submitter_disagrees(arena, report, mail))
		report->quirks |= QUIRK_BIT(QUIRK_HINT_DISAGREES);
	return missing;
}

void authentication_fill_domain(struct report *report, struct text domain)
{
	size_t i;

	if (domain.len == 0 || !authentication_lacks_domain(report))
		return;
	for (i = 0; i < report->policy_count; i++) {
		if (report->policies[i].domain.len == 0)
			report->policies[i].domain = domain;
	}
	report->quirks |= QUIRK_BIT(QUIRK_DOMAIN_FROM_HINT);
}
