/*
 * What the verbs share.
 */
#ifndef COLLECTOR_VERBS_VERBS_PRIVATE_H
#define COLLECTOR_VERBS_VERBS_PRIVATE_H

#include <stddef.h>

#include "base/attr.h"
#include "base/command.h"
#include "base/err.h"
#include "collector/config/config.h"
#include "schema/store/store.h"

/* The configuration and the store, as its owner, beside a collector that
   serves; on failure neither is there. */
int verbs_open_to_write(const struct command_line *line, struct config **config,
                        struct store **store, struct err *err) ATTR_MUST_CHECK;
int verbs_open_to_read(const struct command_line *line, struct config **config,
                       struct store **store, struct err *err) ATTR_MUST_CHECK;

/* The name of the user that this process is by now, or its number. Returns
   out. */
const char *verbs_user_name(char *out, size_t size);

#endif
