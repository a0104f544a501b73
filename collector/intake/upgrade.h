/*
 * Opening the store to write to it, which brings an older one up to date.
 */
#ifndef COLLECTOR_INTAKE_UPGRADE_H
#define COLLECTOR_INTAKE_UPGRADE_H

#include "base/attr.h"
#include "base/err.h"
#include "schema/store/store.h"

/* store_open_to_write(). While it takes its time it says so: to a supervisor,
   which is asked for patience (EXTEND_TIMEOUT_USEC and STATUS, sd_notify(3)),
   on a terminal with the share that is done, and in the log when it begins. */
int upgrade_open_store(const char *path, struct store **store, struct err *err)
	ATTR_MUST_CHECK;

#endif
