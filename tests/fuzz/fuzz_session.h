/*
 * A mailbox of one kind against what a server said: the input is what comes
 * from the server, all at once, whatever is asked.
 */
#ifndef TESTS_FUZZ_FUZZ_SESSION_H
#define TESTS_FUZZ_FUZZ_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "collector/mailbox/worker_private.h"

void fuzz_session(const struct mailbox_driver *driver, const uint8_t *data,
                  size_t size);

#endif
