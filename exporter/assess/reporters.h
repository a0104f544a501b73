/*
 * The reporters that the store knows, by id, and the group of each: names that
 * share a registrable domain (RFC 8460 speaks of the reporting organisation)
 * are one group, in any case and with or without a dot at the end.
 */
#ifndef EXPORTER_ASSESS_REPORTERS_H
#define EXPORTER_ASSESS_REPORTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "schema/settings/settings.h"
#include "schema/store/read.h"

struct reporters;

/* None. */
struct reporters *reporters_new(void);

struct reporters *reporters_ref(struct reporters *reporters);
void reporters_unref(struct reporters **reporters);

/* Reads those of the store. Where it has nothing that is newer than what is
   known, they are the same, with another reference; known may be NULL. */
int reporters_read(struct reporters *known, struct store *store,
                   struct reporters **out, struct err *err) ATTR_MUST_CHECK;

/* "_unknown" for an id that is not there. */
const char *reporters_name(const struct reporters *reporters, int64_t id);

/* A number for the group, 0 for an id that is not there. */
uint32_t reporters_group(const struct reporters *reporters, int64_t id);
struct text reporters_group_name(const struct reporters *reporters,
                                 uint32_t group);
/* UTC day on which the group's first report came, and the first that proved it;
   INT64_MAX: none did, or it is not known. */
int64_t reporters_group_received(const struct reporters *reporters,
                                 uint32_t group);
int64_t reporters_group_proved(const struct reporters *reporters,
                               uint32_t group);

/* Whether a list of the configuration names a reporter: by its own name or by
   its group's, in any case, with "_" for a blank. */
bool reporters_is_listed(const struct reporters *reporters,
                         const struct option_list *list, int64_t id);

#endif
