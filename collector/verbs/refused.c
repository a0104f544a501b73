#include "collector/verbs/refused.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "collector/intake/intake.h"
#include "collector/intake/mail_job.h"
#include "collector/intake/writer.h"
#include "collector/mail/file_type.h"

#define TEXT_SHOWN_MAX 200U

static void refused_add_text(struct buf *out, struct text text)
{
	buf_add_printable(out, text.data, text.len, TEXT_SHOWN_MAX);
}

static const char *refused_reason(const struct ledger_entry *entry)
{
	return entry->outcome == OUTCOME_REFUSED
	               ? outcome_refusal_name(entry->refusal)
	               : outcome_name(entry->outcome);
}

static void refused_print_row(const struct ledger_entry *entry)
{
	char moment[TIMESTAMP_SIZE];
	struct buf line = BUF_INIT(8192);

	timestamp_format(entry->newest, moment, sizeof(moment));
	buf_printf(&line, "%-7lld %s %5lld %-7s %-15s ", (long long)entry->id,
	           moment, (long long)entry->times,
	           channel_name(entry->channel), refused_reason(entry));
	refused_add_text(&line, entry->peer);
	buf_add_text(&line, "  ");
	refused_add_text(&line, entry->sentence);
	(void)printf("%s\n", buf_text(&line));
	buf_free(&line);
}

int refused_list(struct store *store, struct err *err)
{
	struct arena *arena = arena_new(0);
	struct ledger_entry entry;
	int64_t after = 0;
	int result;

	(void)printf("%-7s %-20s %5s %-7s %-15s from, and why\n", "id",
	             "last time", "times", "channel", "reason");
	while ((result = store_ledger_next(store, after, arena, &entry, err)) ==
	       1) {
		refused_print_row(&entry);
		after = entry.id;
		arena_reset(arena, 0);
	}
	arena_free(&arena);
	return result;
}

static void refused_print_entry(const struct ledger_entry *entry)
{
	char first[TIMESTAMP_SIZE], last[TIMESTAMP_SIZE];
	struct buf text = BUF_INIT(16384);

	timestamp_format(entry->received, first, sizeof(first));
	timestamp_format(entry->newest, last, sizeof(last));
	buf_printf(&text, "id        %lld\nreason    %s\nsentence  ",
	           (long long)entry->id, refused_reason(entry));
	refused_add_text(&text, entry->sentence);
	buf_printf(&text, "\nchannel   %s\nfrom      ",
	           channel_name(entry->channel));
	refused_add_text(&text, entry->peer);
	buf_printf(&text, "\ntrust     %s\ndomain    ",
	           trust_name(entry->trust));
	refused_add_text(&text, entry->domain);
	buf_printf(
		&text,
		"\nclass     %s\nfirst     %s\nlast      %s\ntimes     %lld\n"
		"bytes     %zu\n",
		outcome_ledger_group_name(entry->group), first, last,
		(long long)entry->times, entry->len);
	(void)fwrite(text.data, 1, text.len, stdout);
	buf_free(&text);
}

int refused_show(struct store *store, int64_t id, bool raw, struct err *err)
{
	struct arena *arena = arena_new(0);
	struct ledger_entry entry;
	int result = store_ledger_next(store, id - 1, arena, &entry, err);

	if (result == 1 && entry.id == id) {
		if (raw)
			(void)fwrite(entry.data, 1, entry.len, stdout);
		else
			refused_print_entry(&entry);
		result = 0;
	} else if (result >= 0) {
		result = err_set(err, ERR_NOT_FOUND,
		                 "there is no entry %lld in the ledger",
		                 (long long)id);
	}
	arena_free(&arena);
	return result;
}

/* --- trying again -------------------------------------------------------- */

struct readmit {
	struct config *config;
	struct store *store;
	struct parser_client *parser; /* of messages; made when one comes */
	struct readmit_totals *totals;
};

static void readmit_on_message(struct mail_job *delivery)
{
	struct readmit *trial = delivery->cls;

	trial->totals->tried++;
	if (delivery->end == MAIL_JOB_DEFERRED)
		trial->totals->deferred++;
	else if (delivery->end == MAIL_JOB_COMMITTED)
		trial->totals->readmitted++;
}

/* Its parts are stored or have rows of their own. */
static int readmit_remove_entry(struct store *store, int64_t id,
                                struct err *err)
{
	if (store_begin(store, timestamp_now(), err) < 0)
		return -1;
	if (store_ledger_remove(store, id, err) == 0 &&
	    store_commit(store, err) == 0)
		return 0;
	store_rollback(store);
	return -1;
}

/* A whole message, in which no report was found, or which could not be taken
   apart. */
static void readmit_message(struct readmit *trial,
                            const struct ledger_entry *entry)
{
	struct mail_job *delivery = mail_job_new(entry->len);
	struct err err;

	if (trial->parser == NULL)
		trial->parser = parser_client_new(trial->config);
	buf_add(&delivery->message, entry->data, entry->len);
	delivery->channel = entry->channel;
	delivery->peer = entry->peer.data;
	delivery->received = entry->received;
	delivery->arrived = entry->received;
	delivery->ledger_id = entry->id;
	delivery->done = readmit_on_message;
	delivery->cls = trial;
	mail_job_run(trial->config, trial->parser, NULL, trial->store,
	             delivery);
	if (delivery->mail.part_count > 1 && !delivery->mail.more_parts &&
	    delivery->end != MAIL_JOB_DEFERRED &&
	    readmit_remove_entry(trial->store, entry->id, &err) < 0)
		log_warning("ledger: %s", err.text);
	mail_job_free(&delivery);
}

static bool readmit_is_message(const struct ledger_entry *entry)
{
	return entry->refusal == REFUSAL_MIME ||
	       (entry->refusal == REFUSAL_TOO_LARGE &&
	        entry->channel != CHANNEL_HTTPS &&
	        file_type_is_packed(entry->data, entry->len));
}

/* One entry as the input it was. Its lateness is judged by when it came. */
static void readmit_entry(struct readmit *trial,
                          const struct ledger_entry *entry)
{
	struct readmit_totals *totals = trial->totals;
	struct intake *intake = intake_new(trial->config, entry->channel,
	                                   entry->data, entry->len);

	intake->trust = entry->trust;
	intake->signer = entry->signer;
	intake->peer = entry->peer.data;
	intake->encoding = entry->encoding.len > 0 ? entry->encoding.data
	                                           : NULL;
	intake->received = entry->received;
	intake->ledger_id = entry->id;
	intake_prepare(intake, timestamp_now());
	writer_commit_batch(trial->store, intake);
	totals->tried++;
	if (intake->stage == INTAKE_DEFERRED)
		totals->deferred++;
	else if (intake->outcome != OUTCOME_REFUSED)
		totals->readmitted++;
	intake_free(&intake);
}

int readmit_all(struct config *config, struct store *store,
                struct readmit_totals *totals, struct err *err)
{
	struct readmit trial = {config, store, NULL, totals};
	struct arena *arena = arena_new(0);
	struct ledger_entry entry;
	int64_t after = 0;
	int result;

	*totals = (struct readmit_totals){0};
	while ((result = store_ledger_next(store, after, arena, &entry, err)) ==
	       1) {
		after = entry.id;
		if (entry.outcome == OUTCOME_REFUSED &&
		    readmit_is_message(&entry))
			readmit_message(&trial, &entry);
		else if (entry.outcome == OUTCOME_REFUSED)
			readmit_entry(&trial, &entry);
		arena_reset(arena, 0);
	}
	parser_client_free(&trial.parser);
	arena_free(&arena);
	return result;
}

int readmit_step(struct config *config, struct store *store, int64_t *after,
                 size_t most, struct readmit_totals *totals, struct err *err)
{
	struct readmit trial = {config, store, NULL, totals};
	struct arena *arena = arena_new(0);
	struct ledger_entry entry;
	int result = 1;
	size_t i;

	*totals = (struct readmit_totals){0};
	for (i = 0; i < most && result == 1; i++) {
		result = store_ledger_next_foreign(store, *after, arena, &entry,
		                                   err);
		if (result == 1) {
			*after = entry.id;
			if (entry.domain.len > 0 &&
			    settings_domains_match(&config->settings,
			                           entry.domain) !=
			            SETTINGS_DOMAIN_FOREIGN)
				readmit_entry(&trial, &entry);
		}
		arena_reset(arena, 0);
	}
	arena_free(&arena);
	return result;
}
