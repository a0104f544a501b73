#include "collector/verbs/import_order.h"

#include <stddef.h>

/* Before another one, or at the end where that is NULL. */
static void import_order_link(struct import_order *order,
                              struct import_input *input,
                              struct import_input *before)
{
	input->next = before;
	input->prev = before != NULL ? before->prev : order->last;
	if (input->prev != NULL)
		input->prev->next = input;
	else
		order->first = input;
	if (before != NULL)
		before->prev = input;
	else
		order->last = input;
	if (order->turn == before)
		order->turn = input;
}

void import_order_add(struct import_order *order, struct import_input *input)
{
	input->number = ++order->number;
	import_order_link(order, input, NULL);
	if (order->unbegun == NULL)
		order->unbegun = input;
}

void import_order_insert(struct import_order *order, struct import_input *input,
                         struct import_input *before)
{
	input->number = before->number;
	import_order_link(order, input, before);
}

void import_order_remove(struct import_order *order, struct import_input *input)
{
	if (order->overtake == input)
		order->overtake = input->next;
	if (input->prev != NULL)
		input->prev->next = input->next;
	else
		order->first = input->next;
	if (input->next != NULL)
		input->next->prev = input->prev;
	else
		order->last = input->prev;
}

struct import_input *import_order_begin(struct import_order *order)
{
	struct import_input *input = order->unbegun;

	if (input != NULL) {
		order->unbegun = input->next;
		import_input_enter(input, IMPORT_INPUT_IN_WORK);
	}
	return input;
}

void import_order_advance(struct import_order *order)
{
	while (order->turn != NULL &&
	       order->turn->stage >= IMPORT_INPUT_OFFERED) {
		order->turn = order->turn->next;
		order->overtake = NULL;
	}
}

void import_order_note_ready(struct import_order *order,
                             struct import_input *input)
{
	if (order->overtake != NULL && input->number < order->overtake->number)
		order->overtake = input;
}

struct import_input *import_order_find_ready(struct import_order *order)
{
	struct import_input *input = order->overtake != NULL ? order->overtake
	                                                     : order->turn;

	while (input != NULL && input != order->unbegun &&
	       (input->is_message || input->stage != IMPORT_INPUT_READY))
		input = input->next;
	order->overtake = input;
	return input != order->unbegun ? input : NULL;
}
