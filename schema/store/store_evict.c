/*
 * A copy that gives way to one that proves more goes to the ledger, with its
 * bytes where they are still kept.
 */
#include "schema/store/store_evict.h"

#include <stdio.h>
#include <string.h>

#include "schema/store/handle.h"
#include "schema/store/statement.h"

static const struct ledger_budget no_limits = {INT64_MAX, INT64_MAX};

static enum ledger_group store_evict_group(enum channel channel,
                                           enum trust trust)
{
	if (trust_is_proof(trust))
		return LEDGER_SIGNED;
	return channel_is_mail(channel) ? LEDGER_MAIL : LEDGER_KNOWN;
}

/* The texts and bytes are the statement's, valid until it is reset. */
static void store_evict_read(struct engine_statement *s,
                             struct ledger_entry *entry,
                             uint8_t digest[DIGEST_SIZE])
{
	entry->channel = statement_column_enum(s, 0, CHANNELS);
	entry->trust = statement_column_enum(s, 1, TRUSTS);
	entry->received = engine_column_int(s, 2);
	entry->group = store_evict_group(entry->channel, entry->trust);
	if (trust_is_proof(entry->trust))
		entry->signer = engine_column_text(s, 3);
	statement_column_bytes(s, 4, digest, DIGEST_SIZE);
	entry->domain = engine_column_text(s, 5);
	entry->data = engine_column_blob(s, 6, &entry->len);
	if (entry->data == NULL)
		entry->digest = digest;
}

int store_evict(struct store *store, int64_t report_id,
                const struct ledger_budget *budgets, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_REPORT_EVICT,
		"SELECT channel, trust, received, reporter.name, digest, "
		"(SELECT domain.name FROM policy_result AS p JOIN domain ON "
		"domain.id = p.domain_id WHERE p.report_id = report.id ORDER "
		"BY seq LIMIT 1), "
		"(SELECT data FROM raw WHERE raw.report_id = report.id) "
		"FROM report JOIN reporter ON reporter.id = reporter_id WHERE "
		"report.id = ?1",
		err);
	struct ledger_entry entry = {
		.signer = TEXT(""),
		.outcome = OUTCOME_REFUSED,
		.refusal = REFUSAL_OVER_QUOTA,
		.peer = TEXT(""),
		.domain = TEXT(""),
		.encoding = TEXT(""),
	};
	uint8_t digest[DIGEST_SIZE] = {0};
	char sentence[96];
	int result;

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, report_id);
	result = engine_next(s, err);
	if (result < 0)
		return -1;
	if (result == 0)
		return err_set(err, ERR_NOT_FOUND, "there is no report %lld",
		               (long long)report_id);
	store_evict_read(s, &entry, digest);
	(void)snprintf(sentence, sizeof(sentence),
	               "was report %lld, and gave way to a copy that proves "
	               "more%s",
	               (long long)report_id,
	               entry.data == NULL ? "; its bytes are not kept" : "");
	entry.sentence = text_of(sentence);
	result = store_ledger_add(
		store, &entry,
		budgets == NULL ? &no_limits : &budgets[entry.group], err);
	engine_reset(s);
	return result;
}
