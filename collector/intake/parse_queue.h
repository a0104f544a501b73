/*
 * The thread that parses messages, between the loop that receives them
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

struct parse_queue;

/* Starts the thread. event_fd is written to when a job is done. */
int parse_queue_start(struct config *config, struct writer *writer,
                      int event_fd, struct parse_queue **queue, struct err *err)
	ATTR_MUST_CHECK;

/* Hands a job over; its done() is the queue's. */
void parse_queue_put(struct parse_queue *queue, struct mail_job *job);

/* The next that is done, for the caller to free; NULL: none. */
struct mail_job *parse_queue_take_done(struct parse_queue *queue);

/* Processes that messages ended, since the last call. */
int64_t parse_queue_take_crashes(struct parse_queue *queue);

/* Has the thread end when all that was put is handed to the writer, and says
   whether it has. */
bool parse_queue_end(struct parse_queue *queue);

/* Ends the thread when all that was put is handed to the writer. The jobs
   must be done, that is: the writer has stopped or is idle, before it is
   freed. */
void parse_queue_stop(struct parse_queue *queue);
void parse_queue_free(struct parse_queue **queue);

/* Jobs that are not done. */
size_t parse_queue_pending(struct parse_queue *queue);

#endif
