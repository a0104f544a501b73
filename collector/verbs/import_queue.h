/*
 * What import has in hand, in the order of the paths. Threads take inputs in
 * turn and are ready in any order; they are offered to the writer in turn
 * again, so that it makes no difference how many threads there are: of two
 * copies of a report the first counts.
 *
 * Reports and messages are each bounded in number and bytes. The input whose
 * turn it is to be offered has room in any case, so that all goes on. A message
 * that waits for the DNS holds up no report: where many behind it are ready,
 * they go before it.
 */
#ifndef COLLECTOR_VERBS_IMPORT_QUEUE_H
#define COLLECTOR_VERBS_IMPORT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/verbs/import_input.h"

/* Files that are open, and read by the kernel, before a thread takes them. */
#define IMPORT_QUEUE_WAITING_MAX 256U

/* Reports in hand: four batches, of which the writer has two. A small one takes
   some 20 KiB. */
#define IMPORT_QUEUE_REPORTS_MAX      768U
#define IMPORT_QUEUE_REPORT_BYTES_MAX ((size_t)24 * 1024 * 1024)

/* Messages in hand: more, for they wait for the DNS. */
#define IMPORT_QUEUE_MESSAGES_MAX      4096U
#define IMPORT_QUEUE_MESSAGE_BYTES_MAX ((size_t)32 * 1024 * 1024)

/* Reports that are ready behind a message before they go before it: a batch. */
#define IMPORT_QUEUE_OVERTAKERS 256U

struct import_queue;

struct import_queue *import_queue_new(void);
/* Accepts NULL, leaves NULL. What is left in it is freed with it. */
void import_queue_free(struct import_queue **queue);

/* --- for who walks the paths --------------------------------------------- */

/* Adds one that is WAITING. */
void import_queue_add(struct import_queue *queue, struct import_input *input);

/* Whether there is no room for more. */
bool import_queue_is_full(struct import_queue *queue);

/* No more will be added. */
void import_queue_close(struct import_queue *queue);

/* Closes it and drops what nobody has begun: that is DONE without a line. */
void import_queue_cancel(struct import_queue *queue);
bool import_queue_is_cancelled(struct import_queue *queue);

/* Waits until there is something to take, room to add, or nothing left to
   offer, at most so long; whether there is. */
bool import_queue_wait(struct import_queue *queue, int64_t milliseconds);

/* One that is DONE, for the caller to print and free: in the order of the paths
   where there is something to print. NULL: none. */
struct import_input *import_queue_take_done(struct import_queue *queue);

/* Whether it is closed, and all is OFFERED or DONE. */
bool import_queue_is_offered(struct import_queue *queue);

/* --- for threads that read ----------------------------------------------- */

/* The next one, IN_WORK; waits for it. NULL: all are taken. */
struct import_input *import_queue_take(struct import_queue *queue);

/* Counts so many bytes that it is about to take. Waits for room, or for its
   turn. */
void import_queue_reserve(struct import_queue *queue,
                          struct import_input *input, size_t bytes);

/* Counts bytes that it has taken already. */
void import_queue_count(struct import_queue *queue, struct import_input *input,
                        size_t bytes);

/* Hands one in work over to the threads that parse messages, where it takes so
   many bytes; waits for room among these. Returns how many wait for them. */
size_t import_queue_put_message(struct import_queue *queue,
                                struct import_input *input, size_t bytes);

/* The same of a new one that comes before one in work: of a message of an mbox
   file before the file. */
size_t import_queue_insert_message(struct import_queue *queue,
                                   struct import_input *file,
                                   struct import_input *input, size_t bytes);

/* --- for threads that parse messages ------------------------------------- */

/* The next message, IN_WORK; waits for it. NULL: none will come. */
struct import_input *import_queue_take_message(struct import_queue *queue);
void import_queue_end_messages(struct import_queue *queue);

/* --- for both ------------------------------------------------------------ */

void import_queue_set_ready(struct import_queue *queue,
                            struct import_input *input);

/* Whether the caller is to offer what is READY, until import_queue_offer_next()
   returns NULL: false while another thread does. */
bool import_queue_offer_begin(struct import_queue *queue);
struct import_input *import_queue_offer_next(struct import_queue *queue);

/* It is the queue's from now on. */
void import_queue_set_done(struct import_queue *queue,
                           struct import_input *input);

#endif
