/*
 * The thread that takes messages apart, between the loop that receives them
 * and the writer.
 */
#ifndef COLLECTOR_INTAKE_PARSE_QUEUE_H
#define COLLECTOR_INTAKE_PARSE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "collector/config/config.h"
#include "collector/intake/mail_job.h"
#include "collector/intake/writer.h"
#include "schema/store/store.h"

/* A message on its way. */
struct letter {
	struct letter *next;
	struct delivery *delivery; /* owned */
	char peer[512];
	size_t mailbox; /* its place among all */
	int64_t session;
	int64_t message;
	int64_t bytes; /* that it was granted */
	int64_t validity;
	struct store_mailbox_message known;
	bool given_up; /* it could not be fetched; only the ledger hears of it */
	/* Refused without a look. */
	bool refused;
	enum refusal refusal;
	const char *sentence;
	void *post; /* the thread's */
};

struct post;

/* Starts the thread. event_fd is written to when a letter is done. */
int post_start(struct config *config, struct writer *writer, int event_fd,
               struct post **post, struct err *err) ATTR_MUST_CHECK;

/* Hands a letter over. */
void post_put(struct post *post, struct letter *letter);

/* The next that is done, for the caller to free; NULL: none. */
struct letter *post_take_done(struct post *post);

/* Processes that messages ended, since the last call. */
int64_t post_take_deaths(struct post *post);

/* Has the thread end when all that was put is handed to the writer, and says
   whether it has. */
bool post_end(struct post *post);

/* Ends the thread when all that was put is handed to the writer. The letters
   must be done, that is: the writer has stopped or is idle, before it is
   freed. */
void post_stop(struct post *post);
void post_free(struct post **post);

/* Letters that are not done. */
size_t post_waiting(struct post *post);

void letter_free(struct letter **letter);

#endif
