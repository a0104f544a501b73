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
#include "schema/store/write.h"

/* A message on its way. */
struct parse_queue_job {
	struct parse_queue_job *next;
	struct mail_job *job; /* owned */
	char peer[512];
	size_t source; /* its place among all */
	int64_t session;
	int64_t message;
	int64_t granted_bytes; /* that it was granted */
	int64_t validity;
	struct store_mailbox_message known;
	bool given_up; /* it could not be fetched; only the ledger hears of it */
	/* Refused without a look. */
	bool refused_unparsed;
	enum refusal refusal;
	const char *sentence;
	void *queue; /* the thread's */
};

struct parse_queue;

/* Starts the thread. event_fd is written to when a letter is done. */
int parse_queue_start(struct config *config, struct writer *writer,
                      int event_fd, struct parse_queue **post, struct err *err)
	ATTR_MUST_CHECK;

/* Hands a letter over. */
void parse_queue_put(struct parse_queue *post, struct parse_queue_job *letter);

/* The next that is done, for the caller to free; NULL: none. */
struct parse_queue_job *parse_queue_take_done(struct parse_queue *post);

/* Processes that messages ended, since the last call. */
int64_t parse_queue_take_crashes(struct parse_queue *post);

/* Has the thread end when all that was put is handed to the writer, and says
   whether it has. */
bool parse_queue_end(struct parse_queue *post);

/* Ends the thread when all that was put is handed to the writer. The letters
   must be done, that is: the writer has stopped or is idle, before it is
   freed. */
void parse_queue_stop(struct parse_queue *post);
void parse_queue_free(struct parse_queue **post);

/* Letters that are not done. */
size_t parse_queue_pending(struct parse_queue *post);

void parse_queue_job_free(struct parse_queue_job **letter);

#endif
