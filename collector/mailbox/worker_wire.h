/*
 * What the worker sends to the collector and hears from it. When that fails
 * there is nobody left to serve, and the process ends.
 */
#ifndef COLLECTOR_MAILBOX_WORKER_WIRE_H
#define COLLECTOR_MAILBOX_WORKER_WIRE_H

#include "collector/mailbox/worker_private.h"

/* Sends the worker's frame. */
void worker_wire_send(struct worker *worker);

/* Waits for the next frame. */
void worker_wire_receive(struct worker *worker, struct wire_frame *frame);

/* Sends some bytes of a message. */
void worker_wire_send_data(struct worker *worker, const void *data, size_t len);

#endif
