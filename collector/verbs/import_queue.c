#include "collector/verbs/import_queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "collector/verbs/import_order.h"

/* Bytes of lines that wait for those before them; no more is taken then. */
#define IMPORT_QUEUE_LINES_MAX ((size_t)1024 * 1024)

/* So many are printed and freed together, and as many paths are looked for. */
#define IMPORT_QUEUE_TOGETHER 64U

struct import_queue_load {
	size_t count, bytes;
	size_t count_max, bytes_max;
};

struct import_queue {
	pthread_mutex_t mutex;
	pthread_cond_t came;    /* one that waits, or room to take it */
	pthread_cond_t room;    /* of bytes, or it is another one's turn */
	pthread_cond_t message; /* one came, or none will */
	pthread_cond_t walker;  /* import_queue_wants_walker() */

	/* All that are not DONE, and those that are and have something to
	   print. */
	struct import_order order;
	struct import_input *silent; /* DONE, with nothing to print */
	struct import_input *messages, **messages_end; /* for a thread */

	/* in hand: from IN_WORK until it is taken when it is DONE */
	struct import_queue_load reports, mails;
	size_t waiting;          /* WAITING */
	size_t ready_reports;    /* READY */
	size_t waiting_messages; /* for a thread */
	size_t finished;         /* DONE, and not taken */
	size_t lines;            /* bytes of these */
	size_t blocked;          /* threads that wait for room */
	bool offering;           /* a thread is at it */
	bool closed, cancelled, messages_ended;
};

struct import_queue *import_queue_new(void)
{
	struct import_queue *queue = memory_zero(1, sizeof(*queue));
	pthread_condattr_t monotonic;

	queue->messages_end = &queue->messages;
	queue->reports.count_max = IMPORT_QUEUE_REPORTS_MAX;
	queue->reports.bytes_max = IMPORT_QUEUE_REPORT_BYTES_MAX;
	queue->mails.count_max = IMPORT_QUEUE_MESSAGES_MAX;
	queue->mails.bytes_max = IMPORT_QUEUE_MESSAGE_BYTES_MAX;
	(void)pthread_mutex_init(&queue->mutex, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&queue->came, NULL);
	(void)pthread_cond_init(&queue->room, NULL);
	(void)pthread_cond_init(&queue->message, NULL);
	(void)pthread_cond_init(&queue->walker, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	return queue;
}

void import_queue_free(struct import_queue **out)
{
	struct import_queue *queue = *out;
	struct import_input *input, *next;

	if (queue == NULL)
		return;
	for (input = queue->order.first; input != NULL; input = next) {
		next = input->next;
		import_input_free(&input);
	}
	queue->order = (struct import_order){.first = NULL};
	while ((input = import_queue_take_done(queue)) != NULL)
		import_input_free(&input);
	(void)pthread_cond_destroy(&queue->came);
	(void)pthread_cond_destroy(&queue->room);
	(void)pthread_cond_destroy(&queue->message);
	(void)pthread_cond_destroy(&queue->walker);
	(void)pthread_mutex_destroy(&queue->mutex);
	free(queue);
	*out = NULL;
}

/* --- turns and room; called with the mutex held ---------------------------- */

static void import_queue_advance(struct import_queue *queue)
{
	import_order_advance(&queue->order);
	if (queue->blocked > 0)
		(void)pthread_cond_broadcast(&queue->room);
	if (queue->order.turn == NULL && queue->closed)
		(void)pthread_cond_signal(&queue->walker);
}

static struct import_queue_load *
import_queue_load_of(struct import_queue *queue,
                     const struct import_input *input)
{
	return input->is_message ? &queue->mails : &queue->reports;
}

static bool import_queue_has_room(const struct import_queue_load *load,
                                  size_t count, size_t bytes)
{
	return load->count + count <= load->count_max &&
	       load->bytes + bytes <= load->bytes_max;
}

/* Waits until there is room for so many more, or until it is its turn: then
   nothing is left that could make room before. */
static void import_queue_wait_for_room(struct import_queue *queue,
                                       const struct import_queue_load *load,
                                       const struct import_input *input,
                                       size_t count, size_t bytes)
{
	while (queue->order.turn != input &&
	       !import_queue_has_room(load, count, bytes)) {
		queue->blocked++;
		(void)pthread_cond_signal(&queue->walker);
		(void)pthread_cond_wait(&queue->room, &queue->mutex);
		queue->blocked--;
	}
}

static void import_queue_add_bytes(struct import_queue *queue,
                                   struct import_input *input, size_t bytes)
{
	import_queue_load_of(queue, input)->bytes += bytes;
	input->counted += bytes;
}

/* --- who walks the paths -------------------------------------------------- */

void import_queue_add(struct import_queue *queue, struct import_input *input)
{
	(void)pthread_mutex_lock(&queue->mutex);
	import_order_add(&queue->order, input);
	queue->waiting++;
	(void)pthread_cond_signal(&queue->came);
	(void)pthread_mutex_unlock(&queue->mutex);
}

bool import_queue_is_full(struct import_queue *queue)
{
	bool full;

	(void)pthread_mutex_lock(&queue->mutex);
	full = queue->waiting >= IMPORT_QUEUE_WAITING_MAX;
	(void)pthread_mutex_unlock(&queue->mutex);
	return full;
}

void import_queue_close(struct import_queue *queue)
{
	(void)pthread_mutex_lock(&queue->mutex);
	queue->closed = true;
	(void)pthread_cond_broadcast(&queue->came);
	(void)pthread_mutex_unlock(&queue->mutex);
}

bool import_queue_is_cancelled(struct import_queue *queue)
{
	bool cancelled;

	(void)pthread_mutex_lock(&queue->mutex);
	cancelled = queue->cancelled;
	(void)pthread_mutex_unlock(&queue->mutex);
	return cancelled;
}

bool import_queue_is_offered(struct import_queue *queue)
{
	bool offered;

	(void)pthread_mutex_lock(&queue->mutex);
	offered = queue->closed && queue->order.turn == NULL;
	(void)pthread_mutex_unlock(&queue->mutex);
	return offered;
}

/* Called with the mutex held. */
static bool import_queue_wants_walker(const struct import_queue *queue)
{
	size_t in_hand = queue->reports.count + queue->mails.count;

	if (queue->closed && queue->order.turn == NULL)
		return true;
	if (queue->finished >= IMPORT_QUEUE_TOGETHER ||
	    (queue->blocked > 0 && queue->finished > in_hand / 4))
		return true;
	return !queue->closed && queue->waiting + IMPORT_QUEUE_TOGETHER <=
	                                 IMPORT_QUEUE_WAITING_MAX;
}

bool import_queue_wait(struct import_queue *queue, int64_t milliseconds)
{
	struct timespec until;
	int number = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += milliseconds % 1000 * 1000000;
	until.tv_sec += milliseconds / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	(void)pthread_mutex_lock(&queue->mutex);
	if (!import_queue_wants_walker(queue))
		number = pthread_cond_timedwait(&queue->walker, &queue->mutex,
		                                &until);
	(void)pthread_mutex_unlock(&queue->mutex);
	return number == 0;
}

/* Called with the mutex held. */
static struct import_input *import_queue_remove_done(struct import_queue *queue)
{
	struct import_input *input = queue->silent;

	if (input != NULL) {
		queue->silent = input->next;
		return input;
	}
	input = queue->order.first;
	if (input == NULL || input->stage != IMPORT_INPUT_DONE)
		return NULL;
	import_order_remove(&queue->order, input);
	queue->lines -= input->lines.len;
	return input;
}

struct import_input *import_queue_take_done(struct import_queue *queue)
{
	struct import_queue_load *load;
	struct import_input *input;

	(void)pthread_mutex_lock(&queue->mutex);
	input = import_queue_remove_done(queue);
	if (input != NULL) {
		queue->finished--;
		load = import_queue_load_of(queue, input);
		load->count--;
		load->bytes -= input->counted;
		if (queue->blocked > 0)
			(void)pthread_cond_broadcast(&queue->room);
		(void)pthread_cond_signal(&queue->came);
	}
	(void)pthread_mutex_unlock(&queue->mutex);
	return input;
}

/* --- who reads ------------------------------------------------------------ */

/* Called with the mutex held. */
static bool import_queue_may_take(const struct import_queue *queue)
{
	return queue->order.unbegun != NULL &&
	       queue->reports.count < queue->reports.count_max &&
	       queue->lines < IMPORT_QUEUE_LINES_MAX;
}

/* Called with the mutex held. */
static void import_queue_wait_to_take(struct import_queue *queue)
{
	bool full;

	while (!import_queue_may_take(queue) &&
	       (queue->order.unbegun != NULL || !queue->closed)) {
		full = queue->order.unbegun != NULL;
		queue->blocked += full;
		(void)pthread_cond_signal(&queue->walker);
		(void)pthread_cond_wait(&queue->came, &queue->mutex);
		queue->blocked -= full;
	}
}

struct import_input *import_queue_take(struct import_queue *queue)
{
	struct import_input *input;

	(void)pthread_mutex_lock(&queue->mutex);
	import_queue_wait_to_take(queue);
	input = import_order_begin(&queue->order);
	if (input != NULL) {
		queue->waiting--;
		queue->reports.count++;
		if (import_queue_wants_walker(queue))
			(void)pthread_cond_signal(&queue->walker);
	}
	(void)pthread_mutex_unlock(&queue->mutex);
	return input;
}

void import_queue_reserve(struct import_queue *queue,
                          struct import_input *input, size_t bytes)
{
	(void)pthread_mutex_lock(&queue->mutex);
	import_queue_wait_for_room(queue, &queue->reports, input, 0, bytes);
	import_queue_add_bytes(queue, input, bytes);
	(void)pthread_mutex_unlock(&queue->mutex);
}

void import_queue_count(struct import_queue *queue, struct import_input *input,
                        size_t bytes)
{
	(void)pthread_mutex_lock(&queue->mutex);
	import_queue_add_bytes(queue, input, bytes);
	(void)pthread_mutex_unlock(&queue->mutex);
}

/* --- messages ------------------------------------------------------------- */

/* Counts it among them. Called with the mutex held. */
static size_t import_queue_append_message(struct import_queue *queue,
                                          struct import_input *input,
                                          size_t bytes)
{
	input->is_message = true;
	queue->mails.count++;
	import_queue_add_bytes(queue, input, bytes);
	input->next_message = NULL;
	*queue->messages_end = input;
	queue->messages_end = &input->next_message;
	queue->waiting_messages++;
	(void)pthread_cond_signal(&queue->message);
	return queue->waiting_messages;
}

size_t import_queue_put_message(struct import_queue *queue,
                                struct import_input *input, size_t bytes)
{
	size_t waiting;

	(void)pthread_mutex_lock(&queue->mutex);
	import_queue_wait_for_room(queue, &queue->mails, input, 1, bytes);
	queue->reports.count--;
	queue->reports.bytes -= input->counted;
	input->counted = 0;
	waiting = import_queue_append_message(queue, input, bytes);
	(void)pthread_mutex_unlock(&queue->mutex);
	return waiting;
}

size_t import_queue_insert_message(struct import_queue *queue,
                                   struct import_input *file,
                                   struct import_input *input, size_t bytes)
{
	size_t waiting;

	(void)pthread_mutex_lock(&queue->mutex);
	import_queue_wait_for_room(queue, &queue->mails, file, 1, bytes);
	import_input_enter(input, IMPORT_INPUT_IN_WORK);
	import_order_insert(&queue->order, input, file);
	waiting = import_queue_append_message(queue, input, bytes);
	(void)pthread_mutex_unlock(&queue->mutex);
	return waiting;
}

struct import_input *import_queue_take_message(struct import_queue *queue)
{
	struct import_input *input;

	(void)pthread_mutex_lock(&queue->mutex);
	while (queue->messages == NULL && !queue->messages_ended)
		(void)pthread_cond_wait(&queue->message, &queue->mutex);
	input = queue->messages;
	if (input != NULL) {
		queue->messages = input->next_message;
		if (queue->messages == NULL)
			queue->messages_end = &queue->messages;
		queue->waiting_messages--;
	}
	(void)pthread_mutex_unlock(&queue->mutex);
	return input;
}

void import_queue_end_messages(struct import_queue *queue)
{
	(void)pthread_mutex_lock(&queue->mutex);
	queue->messages_ended = true;
	(void)pthread_cond_broadcast(&queue->message);
	(void)pthread_mutex_unlock(&queue->mutex);
}

/* --- what is ready, and what is done --------------------------------------- */

void import_queue_set_ready(struct import_queue *queue,
                            struct import_input *input)
{
	(void)pthread_mutex_lock(&queue->mutex);
	import_input_enter(input, IMPORT_INPUT_READY);
	if (!input->is_message) {
		queue->ready_reports++;
		import_order_note_ready(&queue->order, input);
	}
	(void)pthread_mutex_unlock(&queue->mutex);
}

bool import_queue_offer_begin(struct import_queue *queue)
{
	bool begun;

	(void)pthread_mutex_lock(&queue->mutex);
	begun = !queue->offering;
	queue->offering = true;
	(void)pthread_mutex_unlock(&queue->mutex);
	return begun;
}

/* Whether a message keeps too many from their turn. */
static bool import_queue_is_held_up(const struct import_queue *queue)
{
	return queue->order.turn->is_message &&
	       queue->order.turn->stage == IMPORT_INPUT_IN_WORK &&
	       (queue->blocked > 0 ||
	        queue->ready_reports >= IMPORT_QUEUE_OVERTAKERS);
}

/* Called with the mutex held. */
static struct import_input *import_queue_find_ready(struct import_queue *queue)
{
	struct import_input *input = queue->order.turn;

	if (input == NULL || input->stage == IMPORT_INPUT_READY)
		return input;
	return import_queue_is_held_up(queue)
	               ? import_order_find_ready(&queue->order)
	               : NULL;
}

struct import_input *import_queue_offer_next(struct import_queue *queue)
{
	struct import_input *input;

	(void)pthread_mutex_lock(&queue->mutex);
	input = import_queue_find_ready(queue);
	queue->offering = input != NULL;
	if (input != NULL) {
		queue->ready_reports -= !input->is_message;
		import_input_enter(input, IMPORT_INPUT_OFFERED);
		import_queue_advance(queue);
	}
	(void)pthread_mutex_unlock(&queue->mutex);
	return input;
}

/* Called with the mutex held. */
static void import_queue_finish(struct import_queue *queue,
                                struct import_input *input)
{
	import_input_enter(input, IMPORT_INPUT_DONE);
	import_queue_advance(queue);
	queue->finished++;
	if (input->lines.len == 0) {
		import_order_remove(&queue->order, input);
		input->next = queue->silent;
		queue->silent = input;
	} else {
		queue->lines += input->lines.len;
	}
}

void import_queue_set_done(struct import_queue *queue,
                           struct import_input *input)
{
	(void)pthread_mutex_lock(&queue->mutex);
	import_queue_finish(queue, input);
	if (import_queue_wants_walker(queue))
		(void)pthread_cond_signal(&queue->walker);
	(void)pthread_mutex_unlock(&queue->mutex);
}

void import_queue_cancel(struct import_queue *queue)
{
	struct import_input *input;

	(void)pthread_mutex_lock(&queue->mutex);
	queue->closed = true;
	queue->cancelled = true;
	while ((input = queue->order.unbegun) != NULL) {
		queue->order.unbegun = input->next;
		queue->waiting--;
		queue->reports.count++;
		import_queue_finish(queue, input);
	}
	while ((input = queue->messages) != NULL) {
		queue->messages = input->next_message;
		queue->waiting_messages--;
		import_queue_finish(queue, input);
	}
	queue->messages_end = &queue->messages;
	(void)pthread_cond_broadcast(&queue->came);
	(void)pthread_mutex_unlock(&queue->mutex);
}
