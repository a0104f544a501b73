#include "schema/rules/outcome.h"

#include <assert.h>

#include "base/attr.h"

static const char *const channel_names[] = {
	[CHANNEL_HTTPS] = "https",   [CHANNEL_IMAP] = "imap",
	[CHANNEL_POP3] = "pop3",     [CHANNEL_MAILDIR] = "maildir",
	[CHANNEL_MBOX] = "mbox",     [CHANNEL_IMPORT] = "import",
	[CHANNEL_SUBMIT] = "submit",
};

static const char *const outcome_names[] = {
	[OUTCOME_STORED] = "stored",     [OUTCOME_DUPLICATE] = "duplicate",
	[OUTCOME_CONFLICT] = "conflict", [OUTCOME_REFUSED] = "refused",
	[OUTCOME_IGNORED] = "ignored",
};

static const char *const refusal_names[] = {
	[REFUSAL_TOO_LARGE] = "too_large",
	[REFUSAL_DECOMPRESSION] = "decompression",
	[REFUSAL_MIME] = "mime",
	[REFUSAL_JSON] = "json",
	[REFUSAL_SCHEMA] = "schema",
	[REFUSAL_DATE_RANGE] = "date_range",
	[REFUSAL_TOO_OLD] = "too_old",
	[REFUSAL_UNKNOWN_DOMAIN] = "unknown_domain",
	[REFUSAL_UNAUTHENTICATED] = "unauthenticated",
	[REFUSAL_OVER_QUOTA] = "over_quota",
};

static const char *const deferral_names[] = {
	[DEFERRAL_BUSY] = "busy",   [DEFERRAL_FULL] = "disk_full",
	[DEFERRAL_CLOCK] = "clock", [DEFERRAL_SYSTEM] = "system",
	[DEFERRAL_DNS] = "dns",
};

static const char *const authentication_names[] = {
	[AUTH_NOT_ASKED] = "not_asked",
	[AUTH_PASS] = "pass",
	[AUTH_AUTHSERV] = "authserv",
	[AUTH_UNSIGNED] = "unsigned",
	[AUTH_FAILED] = "failed",
	[AUTH_UNALIGNED] = "unaligned",
	[AUTH_SHARED_SIGNER] = "shared_signer",
	[AUTH_LENGTH_LIMITED] = "length_limited",
	[AUTH_SERVICE] = "service",
	[AUTH_WEAK] = "weak",
	[AUTH_TESTING] = "testing",
	[AUTH_EXPIRED] = "expired",
	[AUTH_KEY_MISSING] = "key_missing",
	[AUTH_KEY_GONE] = "key_gone",
	[AUTH_TROUBLE] = "trouble",
	[AUTH_AMBIGUOUS] = "ambiguous",
	[AUTH_UNCOVERED] = "uncovered",
	[AUTH_UNSIGNED_HINT] = "unsigned_hint",
};

static const char *const count_as_names[] = {
	[COUNT_AS_NONE] = "none",           [COUNT_AS_ANONYMOUS] = "anonymous",
	[COUNT_AS_AUTHSERV] = "authserv",   [COUNT_AS_DKIM] = "dkim",
	[COUNT_AS_DISPLACED] = "displaced",
};

static const char *const ledger_group_names[] = {
	[LEDGER_SIGNED] = "signed",
	[LEDGER_MAIL] = "mail",
	[LEDGER_KNOWN] = "known",
	[LEDGER_REST] = "rest",
};

static_assert(ARRAY_LENGTH(channel_names) == CHANNELS, "channels");
static_assert(ARRAY_LENGTH(outcome_names) == OUTCOMES, "outcomes");
static_assert(ARRAY_LENGTH(refusal_names) == REFUSALS, "refusals");
static_assert(ARRAY_LENGTH(deferral_names) == DEFERRALS, "deferrals");
static_assert(ARRAY_LENGTH(authentication_names) == AUTHENTICATIONS,
              "authentications");
static_assert(ARRAY_LENGTH(count_as_names) == COUNT_AS_KINDS, "standings");
static_assert(ARRAY_LENGTH(ledger_group_names) == LEDGER_GROUPS, "classes");

const char *channel_name(enum channel channel)
{
	return channel_names[channel];
}

const char *outcome_name(enum outcome outcome)
{
	return outcome_names[outcome];
}

const char *outcome_refusal_name(enum refusal refusal)
{
	return refusal_names[refusal];
}

const char *outcome_deferral_name(enum deferral deferral)
{
	return deferral_names[deferral];
}

const char *trust_name(enum trust trust)
{
	return count_as_names[trust];
}

const char *trust_authentication_name(enum authentication authentication)
{
	return authentication_names[authentication];
}

const char *trust_count_as_name(enum count_as standing)
{
	return count_as_names[standing];
}

const char *outcome_ledger_group_name(enum ledger_group class)
{
	return ledger_group_names[class];
}

bool channel_is_mail(enum channel channel)
{
	return channel == CHANNEL_IMAP || channel == CHANNEL_POP3 ||
	       channel == CHANNEL_MAILDIR || channel == CHANNEL_MBOX ||
	       channel == CHANNEL_SUBMIT;
}

bool trust_is_proof(enum trust trust)
{
	return trust == TRUST_DKIM || trust == TRUST_AUTHSERV;
}
