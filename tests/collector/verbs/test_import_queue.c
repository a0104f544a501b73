#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/verbs/import_queue.h"
#include "tests/support/cmocka_all.h"

#define THREADS 6
#define MANY    5000

static struct import_input *add(struct import_queue *queue, unsigned int number)
{
	struct import_input *input;
	char name[16];

	(void)snprintf(name, sizeof(name), "%u", number);
	input = import_input_new(NULL, name, false);
	import_queue_add(queue, input);
	return input;
}

static void add_line(struct import_input *input)
{
	buf_add_text(&input->lines, input->path);
	buf_add_char(&input->lines, '\n');
}

/* Takes all that are done, checks that they come in turn, frees them. */
static size_t take_all(struct import_queue *queue, unsigned long *next)
{
	struct import_input *input;
	size_t count = 0;

	while ((input = import_queue_take_done(queue)) != NULL) {
		if (input->lines.len > 0)
			assert_int_equal(strtoul(input->path, NULL, 10),
			                 (*next)++);
		count++;
		import_input_free(&input);
	}
	return count;
}

static void pause_for(long microseconds)
{
	const struct timespec moment = {0, microseconds * 1000};

	(void)nanosleep(&moment, NULL);
}

/* Whether nobody may be offered now; else it is. */
static struct import_input *offer_one(struct import_queue *queue)
{
	struct import_input *input;

	assert_true(import_queue_offer_begin(queue));
	input = import_queue_offer_next(queue);
	if (input != NULL) {
		assert_false(import_queue_offer_begin(queue));
		assert_int_equal(input->stage, IMPORT_INPUT_OFFERED);
	}
	return input;
}

/* --- many threads --------------------------------------------------------- */

struct crowd {
	struct import_queue *queue;
	atomic_ulong offered; /* the next that should be */
	atomic_bool disorder;
};

/* In place of the writer. */
static void offer_all(struct crowd *crowd)
{
	struct import_input *input;

	if (!import_queue_offer_begin(crowd->queue))
		return;
	while ((input = import_queue_offer_next(crowd->queue)) != NULL) {
		if (strtoul(input->path, NULL, 10) !=
		    atomic_fetch_add(&crowd->offered, 1))
			atomic_store(&crowd->disorder, true);
		if (input->path[strlen(input->path) - 1] % 3 == 0)
			add_line(input);
		import_queue_set_done(crowd->queue, input);
	}
}

static void *work(void *cls)
{
	struct crowd *crowd = cls;
	struct import_input *input;
	uint64_t number;

	while ((input = import_queue_take(crowd->queue)) != NULL) {
		import_queue_reserve(crowd->queue, input, 100);
		import_queue_count(crowd->queue, input, 50000);
		number = input->number * 7919 % 1009;
		if (number % 16 == 0)
			pause_for((long)number);
		import_queue_set_ready(crowd->queue, input);
		offer_all(crowd);
	}
	return NULL;
}

static void they_are_offered_in_turn(void **state)
{
	struct crowd crowd = {.queue = import_queue_new()};
	pthread_t threads[THREADS];
	struct import_input *input;
	unsigned int number, last = 0;
	size_t count = 0;
	unsigned int i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		(void)pthread_create(&threads[i], NULL, work, &crowd);
	for (number = 0; number < MANY || !import_queue_is_offered(crowd.queue);
	     number++) {
		if (number < MANY)
			(void)add(crowd.queue, number);
		if (number == MANY - 1)
			import_queue_close(crowd.queue);
		if (number < MANY && !import_queue_is_full(crowd.queue))
			continue;
		(void)import_queue_wait(crowd.queue, 100);
		while ((input = import_queue_take_done(crowd.queue)) != NULL) {
			if (input->lines.len > 0) {
				assert_true(input->number > last);
				last = (unsigned int)input->number;
			}
			count++;
			import_input_free(&input);
		}
	}
	for (i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	while ((input = import_queue_take_done(crowd.queue)) != NULL) {
		count++;
		import_input_free(&input);
	}
	assert_int_equal(count, MANY);
	assert_int_equal(atomic_load(&crowd.offered), MANY);
	assert_false(atomic_load(&crowd.disorder));
	import_queue_free(&crowd.queue);
}

/* --- order ---------------------------------------------------------------- */

/* Without a line there is no order to keep, and no reason to stay in memory. */
static void lines_wait_for_those_before_them(void **state)
{
	struct import_queue *queue = import_queue_new();
	struct import_input *inputs[3], *silent, *input;
	unsigned long next = 0;
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++)
		inputs[i] = add(queue, i);
	silent = add(queue, 3);
	import_queue_close(queue);
	while (import_queue_take(queue) != NULL)
		;
	for (i = 0; i < 3; i++)
		add_line(inputs[i]);
	import_queue_set_done(queue, inputs[2]);
	import_queue_set_done(queue, inputs[1]);
	assert_null(import_queue_take_done(queue));
	import_queue_set_done(queue, silent);
	input = import_queue_take_done(queue);
	assert_ptr_equal(input, silent);
	import_input_free(&input);
	assert_null(import_queue_take_done(queue));
	assert_false(import_queue_is_offered(queue));
	import_queue_set_done(queue, inputs[0]);
	assert_true(import_queue_is_offered(queue));
	assert_int_equal(take_all(queue, &next), 3);
	import_queue_free(&queue);
}

/* A few reports wait for it, a batch of them does not. */
static void many_reports_go_before_a_message(void **state)
{
	struct import_queue *queue = import_queue_new();
	struct import_input *message = add(queue, 0), *report = NULL, *input;
	unsigned int i;

	(void)state;
	assert_ptr_equal(import_queue_take(queue), message);
	assert_int_equal(import_queue_put_message(queue, message, 100), 1);
	assert_ptr_equal(import_queue_take_message(queue), message);
	for (i = 1; i < IMPORT_QUEUE_OVERTAKERS; i++) {
		(void)add(queue, i);
		report = import_queue_take(queue);
		import_queue_set_ready(queue, report);
		assert_null(offer_one(queue));
	}
	(void)add(queue, i);
	report = import_queue_take(queue);
	import_queue_set_ready(queue, report);
	input = offer_one(queue);
	assert_non_null(input);
	assert_int_equal(input->number, 2);
	assert_null(import_queue_offer_next(queue));
	/* Its turn it is still. */
	import_queue_set_ready(queue, message);
	assert_ptr_equal(offer_one(queue), message);
	for (i = 2; i <= IMPORT_QUEUE_OVERTAKERS; i++)
		assert_int_equal(import_queue_offer_next(queue)->number, i + 1);
	assert_null(import_queue_offer_next(queue));
	import_queue_free(&queue);
}

static void a_report_in_work_is_waited_for(void **state)
{
	struct import_queue *queue = import_queue_new();
	unsigned int i;

	(void)state;
	(void)add(queue, 0);
	(void)import_queue_take(queue);
	for (i = 1; i <= IMPORT_QUEUE_OVERTAKERS; i++) {
		(void)add(queue, i);
		import_queue_set_ready(queue, import_queue_take(queue));
	}
	assert_null(offer_one(queue));
	import_queue_free(&queue);
}

/* --- room ----------------------------------------------------------------- */

struct reserving {
	struct import_queue *queue;
	struct import_input *input;
	size_t bytes;
	bool as_message;
	atomic_bool has;
	pthread_t thread;
};

static void *reserve(void *cls)
{
	struct reserving *reserving = cls;

	if (reserving->as_message)
		(void)import_queue_put_message(
			reserving->queue, reserving->input, reserving->bytes);
	else
		import_queue_reserve(reserving->queue, reserving->input,
		                     reserving->bytes);
	atomic_store(&reserving->has, true);
	return NULL;
}

static void begin_to_reserve(struct reserving *reserving)
{
	(void)pthread_create(&reserving->thread, NULL, reserve, reserving);
	pause_for(50000);
}

static void parse_message(struct import_queue *queue,
                          const struct import_input *input)
{
	if (input->is_message)
		assert_ptr_equal(import_queue_take_message(queue), input);
}

/* Neither bytes nor messages are taken while there is no room, unless nothing
   before them is left. */
static void who_finds_no_room_waits_for_it_or_its_turn(void **state)
{
	static const size_t whole[2] = {IMPORT_QUEUE_REPORT_BYTES_MAX,
	                                IMPORT_QUEUE_MESSAGE_BYTES_MAX};
	struct import_queue *queue;
	struct import_input *first, *input;
	struct reserving second, third;
	unsigned int kind;

	(void)state;
	for (kind = 0; kind < 2; kind++) {
		queue = import_queue_new();
		(void)add(queue, 0);
		(void)add(queue, 1);
		(void)add(queue, 2);
		first = import_queue_take(queue);
		second = (struct reserving){.queue = queue,
		                            .input = import_queue_take(queue),
		                            .bytes = 2 * whole[kind],
		                            .as_message = kind == 1};
		third = (struct reserving){.queue = queue,
		                           .input = import_queue_take(queue),
		                           .bytes = whole[kind],
		                           .as_message = kind == 1};
		/* Its turn: it may. */
		if (kind == 1)
			(void)import_queue_put_message(queue, first,
			                               2 * whole[kind]);
		else
			import_queue_reserve(queue, first, 2 * whole[kind]);
		begin_to_reserve(&second);
		begin_to_reserve(&third);
		assert_false(atomic_load(&second.has));
		assert_false(atomic_load(&third.has));
		parse_message(queue, first);
		import_queue_set_ready(queue, first);
		assert_ptr_equal(offer_one(queue), first);
		assert_null(import_queue_offer_next(queue));
		(void)pthread_join(second.thread, NULL);
		parse_message(queue, second.input);
		import_queue_set_ready(queue, second.input);
		assert_false(atomic_load(&third.has));
		/* Both give back what they had. */
		import_queue_set_done(queue, first);
		input = import_queue_take_done(queue);
		import_input_free(&input);
		assert_ptr_equal(offer_one(queue), second.input);
		import_queue_set_done(queue, second.input);
		input = import_queue_take_done(queue);
		import_input_free(&input);
		(void)pthread_join(third.thread, NULL);
		import_queue_free(&queue);
	}
}

static void *take_until_none(void *cls)
{
	struct import_queue *queue = cls;
	struct import_input *input;
	size_t count = 0;

	while ((input = import_queue_take(queue)) != NULL) {
		import_queue_set_ready(queue, input);
		count++;
	}
	return (void *)count;
}

static void only_so_many_are_in_hand(void **state)
{
	struct import_queue *queue = import_queue_new();
	struct import_input *input;
	pthread_t thread;
	void *count;
	unsigned int i;

	(void)state;
	assert_false(import_queue_is_full(queue));
	for (i = 0; i < IMPORT_QUEUE_REPORTS_MAX + 1; i++)
		(void)add(queue, i);
	assert_true(import_queue_is_full(queue));
	(void)pthread_create(&thread, NULL, take_until_none, queue);
	pause_for(50000);
	assert_true(import_queue_offer_begin(queue));
	for (i = 0; i < IMPORT_QUEUE_REPORTS_MAX; i++) {
		do
			input = import_queue_offer_next(queue);
		while (input == NULL && import_queue_offer_begin(queue));
		import_queue_set_done(queue, input);
	}
	assert_null(import_queue_offer_next(queue));
	import_queue_close(queue);
	input = import_queue_take_done(queue);
	import_input_free(&input);
	(void)pthread_join(thread, &count);
	assert_int_equal((size_t)count, IMPORT_QUEUE_REPORTS_MAX + 1);
	import_queue_free(&queue);
}

/* --- the end -------------------------------------------------------------- */

static void what_nobody_has_begun_is_dropped(void **state)
{
	struct import_queue *queue = import_queue_new();
	struct import_input *report, *message;
	unsigned long next = 0;
	unsigned int i;

	(void)state;
	for (i = 0; i < 10; i++)
		(void)add(queue, i);
	report = import_queue_take(queue);
	message = import_queue_take(queue);
	(void)import_queue_put_message(queue, message, 1);
	import_queue_cancel(queue);
	assert_true(import_queue_is_cancelled(queue));
	assert_null(import_queue_take(queue));
	assert_false(import_queue_is_offered(queue));
	assert_int_equal(take_all(queue, &next), 9);
	import_queue_end_messages(queue);
	assert_null(import_queue_take_message(queue));
	import_queue_set_ready(queue, report);
	assert_ptr_equal(offer_one(queue), report);
	assert_true(import_queue_is_offered(queue));
	assert_null(import_queue_offer_next(queue));
	import_queue_set_done(queue, report);
	assert_int_equal(take_all(queue, &next), 1);
	import_queue_free(&queue);
}

/* And messages of an mbox file come before it, and before their turn nothing of
   it is printed. */
static void messages_of_a_file_come_before_it(void **state)
{
	struct import_queue *queue = import_queue_new();
	struct import_input *file = add(queue, 2), *messages[2];
	unsigned long next = 0;

	(void)state;
	assert_ptr_equal(import_queue_take(queue), file);
	messages[0] = import_input_new(NULL, "0", false);
	messages[1] = import_input_new(NULL, "1", false);
	assert_int_equal(
		import_queue_insert_message(queue, file, messages[0], 1), 1);
	assert_int_equal(
		import_queue_insert_message(queue, file, messages[1], 1), 2);
	add_line(file);
	add_line(messages[0]);
	add_line(messages[1]);
	import_queue_set_done(queue, file);
	assert_null(import_queue_take_done(queue));
	assert_ptr_equal(import_queue_take_message(queue), messages[0]);
	assert_ptr_equal(import_queue_take_message(queue), messages[1]);
	import_queue_set_ready(queue, messages[1]);
	assert_null(offer_one(queue));
	import_queue_set_ready(queue, messages[0]);
	assert_ptr_equal(offer_one(queue), messages[0]);
	assert_ptr_equal(import_queue_offer_next(queue), messages[1]);
	assert_null(import_queue_offer_next(queue));
	import_queue_set_done(queue, messages[1]);
	import_queue_set_done(queue, messages[0]);
	assert_int_equal(take_all(queue, &next), 3);
	import_queue_free(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_offered_in_turn),
		cmocka_unit_test(lines_wait_for_those_before_them),
		cmocka_unit_test(many_reports_go_before_a_message),
		cmocka_unit_test(a_report_in_work_is_waited_for),
		cmocka_unit_test(who_finds_no_room_waits_for_it_or_its_turn),
		cmocka_unit_test(only_so_many_are_in_hand),
		cmocka_unit_test(what_nobody_has_begun_is_dropped),
		cmocka_unit_test(messages_of_a_file_come_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
