#include "collector/intake/readmit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "collector/intake/intake.h"
#include "collector/intake/mail_job.h"
#include "collector/intake/writer.h"
#include "collector/mail/file_type.h"

struct readmit {
	struct config *config;
	struct store *store;
	struct parser_client *parser; /* of messages; made when one comes */
	struct readmit_totals *totals;
};

static void readmit_on_message(struct mail_job *job)
{
	struct readmit *readmit = job->cls;

	readmit->totals->tried++;
	if (job->end == MAIL_JOB_DEFERRED)
		readmit->totals->deferred++;
	else if (job->end == MAIL_JOB_COMMITTED)
		readmit->totals->readmitted++;
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
static void readmit_message(struct readmit *readmit,
                            const struct ledger_entry *entry)
{
	struct mail_job *job = mail_job_new(entry->len);
	struct err err;

	if (readmit->parser == NULL)
		readmit->parser = parser_client_new(readmit->config);
	buf_add(&job->message, entry->data, entry->len);
	job->channel = entry->channel;
	job->peer = entry->peer.data;
	job->received = entry->received;
	job->arrived = entry->received;
	job->ledger_id = entry->id;
	job->done = readmit_on_message;
	job->cls = readmit;
	mail_job_run(readmit->config, readmit->parser, NULL, readmit->store,
	             job);
	if (job->mail.part_count > 1 && !job->mail.more_parts &&
	    job->end != MAIL_JOB_DEFERRED &&
	    readmit_remove_entry(readmit->store, entry->id, &err) < 0)
		log_warning("ledger: %s", err.text);
	mail_job_free(&job);
}

static bool readmit_is_message(const struct ledger_entry *entry)
{
	return entry->refusal == REFUSAL_MIME ||
	       (entry->refusal == REFUSAL_TOO_LARGE &&
	        entry->channel != CHANNEL_HTTPS &&
	        file_type_is_packed(entry->data, entry->len));
}

/* One entry as the input it was. Whether it is late is told by when it came. */
static void readmit_entry(struct readmit *readmit,
                          const struct ledger_entry *entry)
{
	struct readmit_totals *totals = readmit->totals;
	struct intake *intake = intake_new(readmit->config, entry->channel,
	                                   entry->data, entry->len);

	intake->trust = entry->trust;
	intake->signer = entry->signer;
	intake->peer = entry->peer.data;
	intake->encoding = entry->encoding.len > 0 ? entry->encoding.data
	                                           : NULL;
	intake->received = entry->received;
	intake->ledger_id = entry->id;
	intake_prepare(intake, timestamp_now());
	writer_commit_batch(readmit->store, intake);
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
	struct readmit readmit = {config, store, NULL, totals};
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
			readmit_message(&readmit, &entry);
		else if (entry.outcome == OUTCOME_REFUSED)
			readmit_entry(&readmit, &entry);
		arena_reset(arena, 0);
	}
	parser_client_free(&readmit.parser);
	arena_free(&arena);
	return result;
}

int readmit_step(struct config *config, struct store *store, int64_t *after,
                 size_t max, struct readmit_totals *totals, struct err *err)
{
	struct readmit readmit = {config, store, NULL, totals};
	struct arena *arena = arena_new(0);
	struct ledger_entry entry;
	int result = 1;
	size_t i;

	*totals = (struct readmit_totals){0};
	for (i = 0; i < max && result == 1; i++) {
		result = store_ledger_next_foreign(store, *after, arena, &entry,
		                                   err);
		if (result == 1) {
			*after = entry.id;
			if (entry.domain.len > 0 &&
			    settings_domains_match(&config->settings,
			                           entry.domain) !=
			            SETTINGS_DOMAIN_FOREIGN)
				readmit_entry(&readmit, &entry);
		}
		arena_reset(arena, 0);
	}
	arena_free(&arena);
	return result;
}
