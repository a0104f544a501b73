/*
 * The inputs of import in the order of the paths, and whose turn it is. Not
 * thread-safe: the queue's mutex guards it.
 */
#ifndef COLLECTOR_VERBS_IMPORT_ORDER_H
#define COLLECTOR_VERBS_IMPORT_ORDER_H

#include <stdint.h>

#include "collector/verbs/import_input.h"

struct import_order {
	struct import_input *first, *last;
	struct import_input *unbegun;  /* the first that is WAITING, as are all
	                                  after it; NULL: none */
	struct import_input *turn;     /* the first that is not OFFERED; NULL:
	                                  none */
	struct import_input *overtake; /* no READY report lies between turn and
	                                  this; NULL: not looked for */
	uint64_t number;
};

/* Appends one that is WAITING. */
void import_order_add(struct import_order *order, struct import_input *input);

/* Puts one that is IN_WORK before another one that is: a message of an mbox
   file before the file. */
void import_order_insert(struct import_order *order, struct import_input *input,
                         struct import_input *before);

/* Takes out one that is DONE. */
void import_order_remove(struct import_order *order,
                         struct import_input *input);

/* The first that is WAITING is IN_WORK now; NULL: there is none. */
struct import_input *import_order_begin(struct import_order *order);

/* After an input became OFFERED or DONE. */
void import_order_advance(struct import_order *order);

/* After a report became READY. */
void import_order_note_ready(struct import_order *order,
                             struct import_input *input);

/* The first report that is READY, wherever it is; NULL: none. */
struct import_input *import_order_find_ready(struct import_order *order);

#endif
