#include <stdio.h>

#include "collector/verbs/import_order.h"
#include "tests/support/cmocka_all.h"

#define COUNT 6U

struct some {
	struct import_order order;
	struct import_input *inputs[COUNT];
};

/* Named "0" and so on. */
static void add_all(struct some *some)
{
	char name[8];
	unsigned int i;

	for (i = 0; i < COUNT; i++) {
		(void)snprintf(name, sizeof(name), "%u", i);
		some->inputs[i] = import_input_new(NULL, name, false);
		import_order_add(&some->order, some->inputs[i]);
	}
}

static void free_all(struct some *some)
{
	unsigned int i;

	for (i = 0; i < COUNT; i++)
		import_input_free(&some->inputs[i]);
}

static void set_ready(struct some *some, unsigned int i)
{
	import_input_enter(some->inputs[i], IMPORT_INPUT_READY);
	import_order_note_ready(&some->order, some->inputs[i]);
}

static void set_offered(struct some *some, unsigned int i)
{
	import_input_enter(some->inputs[i], IMPORT_INPUT_OFFERED);
	import_order_advance(&some->order);
}

static void they_are_begun_in_turn(void **state)
{
	struct some some = {.order = {.first = NULL}};
	unsigned int i;

	(void)state;
	assert_null(import_order_begin(&some.order));
	add_all(&some);
	for (i = 0; i < COUNT; i++)
		assert_ptr_equal(import_order_begin(&some.order),
		                 some.inputs[i]);
	assert_null(import_order_begin(&some.order));
	assert_int_equal(some.inputs[0]->stage, IMPORT_INPUT_IN_WORK);
	free_all(&some);
}

static void the_turn_is_that_of_the_first_not_offered(void **state)
{
	struct some some = {.order = {.first = NULL}};
	unsigned int i;

	(void)state;
	assert_null(some.order.turn);
	add_all(&some);
	for (i = 0; i < COUNT; i++) {
		(void)import_order_begin(&some.order);
		set_ready(&some, i);
	}
	assert_ptr_equal(some.order.turn, some.inputs[0]);
	set_offered(&some, 1);
	assert_ptr_equal(some.order.turn, some.inputs[0]);
	set_offered(&some, 0);
	assert_ptr_equal(some.order.turn, some.inputs[2]);
	for (i = 2; i < COUNT; i++)
		set_offered(&some, i);
	assert_null(some.order.turn);
	free_all(&some);
}

/* Also one that was looked past because it was in work. */
static void ready_reports_are_found_behind_a_message(void **state)
{
	struct some some = {.order = {.first = NULL}};
	unsigned int i;

	(void)state;
	add_all(&some);
	for (i = 0; i < COUNT - 1; i++)
		(void)import_order_begin(&some.order);
	some.inputs[0]->is_message = true;
	some.inputs[2]->is_message = true;
	set_ready(&some, 2);
	assert_null(import_order_find_ready(&some.order));
	set_ready(&some, 3);
	assert_ptr_equal(import_order_find_ready(&some.order), some.inputs[3]);
	set_offered(&some, 3);
	assert_null(import_order_find_ready(&some.order));
	set_ready(&some, 1);
	set_ready(&some, 4);
	assert_ptr_equal(import_order_find_ready(&some.order), some.inputs[1]);
	set_offered(&some, 1);
	assert_ptr_equal(import_order_find_ready(&some.order), some.inputs[4]);
	set_offered(&some, 4);
	(void)import_order_begin(&some.order);
	assert_null(import_order_find_ready(&some.order));
	set_ready(&some, 5);
	assert_ptr_equal(import_order_find_ready(&some.order), some.inputs[5]);
	free_all(&some);
}

static void what_is_removed_is_no_stop(void **state)
{
	struct some some = {.order = {.first = NULL}};
	unsigned int i;

	(void)state;
	add_all(&some);
	for (i = 0; i < COUNT; i++)
		(void)import_order_begin(&some.order);
	some.inputs[0]->is_message = true;
	set_ready(&some, 1);
	assert_ptr_equal(import_order_find_ready(&some.order), some.inputs[1]);
	set_offered(&some, 1);
	import_input_enter(some.inputs[1], IMPORT_INPUT_DONE);
	import_order_remove(&some.order, some.inputs[1]);
	set_ready(&some, 2);
	assert_ptr_equal(import_order_find_ready(&some.order), some.inputs[2]);
	assert_ptr_equal(some.inputs[0]->next, some.inputs[2]);
	assert_ptr_equal(some.inputs[2]->prev, some.inputs[0]);
	/* The first and the last. */
	for (i = 0; i < COUNT; i++) {
		if (i != 1)
			import_order_remove(&some.order, some.inputs[i]);
	}
	assert_null(some.order.first);
	assert_null(some.order.last);
	free_all(&some);
}

/* Messages of an mbox file before it, one after the other. */
static void an_inserted_one_has_its_turn_before(void **state)
{
	struct some some = {.order = {.first = NULL}};
	struct import_input *first = import_input_new(NULL, "2:1", false);
	struct import_input *second = import_input_new(NULL, "2:2", false);

	(void)state;
	add_all(&some);
	(void)import_order_begin(&some.order);
	(void)import_order_begin(&some.order);
	(void)import_order_begin(&some.order);
	import_order_insert(&some.order, first, some.inputs[2]);
	assert_ptr_equal(some.inputs[1]->next, first);
	set_ready(&some, 0);
	set_ready(&some, 1);
	set_offered(&some, 0);
	set_offered(&some, 1);
	assert_ptr_equal(some.order.turn, first);
	import_input_enter(first, IMPORT_INPUT_IN_WORK);
	import_input_enter(first, IMPORT_INPUT_READY);
	import_input_enter(first, IMPORT_INPUT_OFFERED);
	import_order_advance(&some.order);
	assert_ptr_equal(some.order.turn, some.inputs[2]);
	import_order_insert(&some.order, second, some.inputs[2]);
	assert_ptr_equal(some.order.turn, second);
	assert_ptr_equal(first->next, second);
	import_input_free(&first);
	import_input_free(&second);
	free_all(&some);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_begun_in_turn),
		cmocka_unit_test(the_turn_is_that_of_the_first_not_offered),
		cmocka_unit_test(ready_reports_are_found_behind_a_message),
		cmocka_unit_test(what_is_removed_is_no_stop),
		cmocka_unit_test(an_inserted_one_has_its_turn_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
