/*
 * All mailboxes: one loop looks after their processes, one thread has messages
 * parsed, the writer stores. A mailbox in trouble waits by itself.
 *
 * A message is marked only after its reports are committed, and remembered as
 * done only after it is marked. Whatever ends in between, it is read again,
 * and its reports are found to be there.
 */
#ifndef COLLECTOR_MAILBOX_POLLER_H
#define COLLECTOR_MAILBOX_POLLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "collector/config/config.h"
#include "collector/intake/writer.h"
#include "schema/store/write.h"

struct poller;

/* What one round brought. */
struct poller_result {
	const char *name;
	bool busy;   /* another process has it */
	bool failed; /* and why: */
	char sentence[ERR_TEXT_SIZE];
	/* Messages: with a report that was not there before; with none such;
	   that no report can be taken from; that are no reports. */
	int64_t stored, duplicate, refused, ignored;
	int64_t listed;   /* in the list of the mailbox, with something to do */
	int64_t finished; /* of these: need not be fetched again */
};

/* Prepares; the store is opened for reading. poller_write_checkpoints() must be
   called by the writer as a background task from now on. The writer may be set
   later, before the first of the two below. */
int poller_new(struct config *config, struct poller **poller, struct err *err)
	ATTR_MUST_CHECK;
void poller_set_writer(struct poller *poller, struct writer *writer);

/* Serves all of them in a thread until stopped. */
int poller_start(struct poller *poller, struct err *err) ATTR_MUST_CHECK;

/* Which mailboxes one round is for: those of that name, or all where count is
   0; with again, messages that were given up are tried too. */
struct poller_selection {
	char *const *names;
	size_t count;
	bool again;
};

/* One round over a selection, in the caller's thread.
   *results is an array of *result_count, freed with the rest. Fails with
   ERR_USAGE for a name that there is not. */
int poller_run_once(struct poller *poller,
                    const struct poller_selection *selection,
                    const struct poller_result **results, size_t *result_count,
                    struct err *err) ATTR_MUST_CHECK;

/* Ends all sessions, and waits for what was handed to the writer, which must
   still run. That may take a while: on_wait is called often meanwhile. */
void poller_stop(struct poller *poller, void (*on_wait)(void *cls), void *cls);

/* After a stop: waits until the writer has written all down, for a while. */
void poller_flush(struct poller *poller);
void poller_free(struct poller **poller);

/* Writes down how far each is; in the writer's thread, with its store. */
void poller_write_checkpoints(struct poller *poller, struct store *store);

#endif
