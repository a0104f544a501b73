/*
 * Our own stream under libetpan, which would verify no certificate and wait for
 * ever, and what the server says on it.
 */
#ifndef COLLECTOR_MAILBOX_IMAP_STREAM_H
#define COLLECTOR_MAILBOX_IMAP_STREAM_H

#include "collector/mailbox/imap_private.h"

/* The stream of imap->stream. False: no memory. */
bool imap_stream_open(struct imap *imap);

/* err says what the stream says, else what the server said. Returns -1. */
int imap_stream_fail(struct imap *imap, int result, struct err *err);

bool imap_stream_is_ok(int result);

/* Whether the connection is still good after a command failed. */
bool imap_stream_is_usable(const struct imap *imap, int result);

/* A deadline for one command, and how much it may bring. */
void imap_stream_expect(const struct worker *worker, uint64_t bytes);

#endif
