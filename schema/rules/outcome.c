#include "schema/rules/outcome.h"

#include <assert.h>

#include "base/attr.h"

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

static const char *const ledger_group_names[] = {
	[LEDGER_SIGNED] = "signed",
	[LEDGER_MAIL] = "mail",
	[LEDGER_KNOWN] = "known",
	[LEDGER_REST] = "rest",
};

static_assert(ARRAY_LENGTH(outcome_names) == OUTCOMES, "outcomes");
static_assert(ARRAY_LENGTH(refusal_names) == REFUSALS, "refusals");
static_assert(ARRAY_LENGTH(deferral_names) == DEFERRALS, "deferrals");
static_assert(ARRAY_LENGTH(ledger_group_names) == LEDGER_GROUPS, "groups");

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

const char *outcome_ledger_group_name(enum ledger_group group)
{
	return ledger_group_names[group];
}
