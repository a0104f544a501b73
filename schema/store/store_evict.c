/*
 * A copy that gives way to one that proves more goes to the ledger, with its
 * bytes where they are still kept.
 */
#include "schema/store/store_evict.h"

#include <stdio.h>
#include <string.h>

#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_load.h"

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
                             uint8_t digest[STORE_DIGEST_SIZE])
{
	struct text stored = statement_column_blob(s, 4);
	struct text raw = statement_column_blob(s, 5);

	entry->channel = statement_column_enum(s, 0, CHANNELS);
	entry->trust = statement_column_enum(s, 1, TRUSTS);
	entry->received = engine_column_int(s, 2);
	entry->group = store_evict_group(entry->channel, entry->trust);
	if (trust_is_proof(entry->trust))
		entry->signer = engine_column_text(s, 3);
	if (stored.len == STORE_DIGEST_SIZE)
		memcpy(digest, stored.data, STORE_DIGEST_SIZE);
	if (raw.len > 0) {
		entry->data = (const uint8_t *)raw.data;
		entry->len = raw.len;
	} else {
		entry->digest = digest;
	}
}

/* The first domain that the report names. */
static int store_evict_find_domain(struct store *store, int64_t report_id,
                                   struct arena *arena, struct text *domain,
                                   struct err *err)
{
	struct store_loaded loaded;
	size_t i;

	*domain = TEXT("");
	if (store_load_numbers(store, report_id, arena, &loaded, err) < 0)
		return -1;
	for (i = 0; i < loaded.report->policy_count; i++) {
		if (loaded.domain_ids[i] != 0)
			return store_load_domain(store, loaded.domain_ids[i],
			                         arena, domain, err);
	}
	return 0;
}

static int store_evict_note(struct store *store, int64_t report_id,
                            const struct ledger_budget *budgets,
                            struct arena *arena, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_REPORT_EVICT,
		"SELECT channel, trust, day * 86400 + received_at, "
		"reporter.name, digest, (SELECT data FROM raw WHERE "
		"raw.report_id = report.id) FROM report JOIN reporter ON "
		"reporter.id = reporter_id WHERE report.id = ?1",
		err);
	struct ledger_entry entry = {
		.signer = TEXT(""),
		.outcome = OUTCOME_REFUSED,
		.refusal = REFUSAL_OVER_QUOTA,
		.peer = TEXT(""),
		.domain = TEXT(""),
		.encoding = TEXT(""),
	};
	uint8_t digest[STORE_DIGEST_SIZE] = {0};
	char sentence[96];
	int result;

	if (s == NULL || store_evict_find_domain(store, report_id, arena,
	                                         &entry.domain, err) < 0)
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

int store_evict(struct store *store, int64_t report_id,
                const struct ledger_budget *budgets, struct err *err)
{
	struct arena *arena = arena_new(0);
	int result = store_evict_note(store, report_id, budgets, arena, err);

	arena_free(&arena);
	return result;
}
