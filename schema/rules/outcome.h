/*
 * The words for what becomes of an input: how it ended, why, and whose budget
 * it takes. Their numbers are stored and their names are label values: append
 * only.
 */
#ifndef SCHEMA_RULES_OUTCOME_H
#define SCHEMA_RULES_OUTCOME_H

#include "schema/rules/channel.h"
#include "schema/rules/trust.h"

enum outcome {
	OUTCOME_STORED,
	OUTCOME_DUPLICATE, /* the same report again: a success for the sender */
	OUTCOME_CONFLICT,  /* its key is there with another content */
	OUTCOME_REFUSED,   /* kept in the ledger with its bytes */
	OUTCOME_IGNORED,   /* not a report */
	OUTCOMES,
};

enum refusal {
	REFUSAL_TOO_LARGE,
	REFUSAL_DECOMPRESSION,
	REFUSAL_MIME,
	REFUSAL_JSON,
	REFUSAL_SCHEMA,
	REFUSAL_DATE_RANGE,
	REFUSAL_TOO_OLD,
	REFUSAL_UNKNOWN_DOMAIN,
	REFUSAL_UNAUTHENTICATED,
	REFUSAL_OVER_QUOTA,
	REFUSALS,
};

/* A local error: no outcome, the input is tried again. */
enum deferral {
	DEFERRAL_BUSY,
	DEFERRAL_FULL,
	DEFERRAL_CLOCK,
	DEFERRAL_SYSTEM,
	DEFERRAL_DNS, /* no answer on a key that a signature names */
	DEFERRALS,
};

/* Whose budget in the ledger an input takes. */
enum ledger_group {
	LEDGER_SIGNED, /* mail whose origin is proved */
	LEDGER_MAIL,   /* other mail */
	LEDGER_KNOWN,  /* HTTPS and files that name a domain of ours */
	LEDGER_REST,
	LEDGER_GROUPS,
};

const char *outcome_name(enum outcome outcome);
const char *outcome_refusal_name(enum refusal refusal);
const char *outcome_deferral_name(enum deferral deferral);
const char *outcome_ledger_group_name(enum ledger_group group);

#endif
