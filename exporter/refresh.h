/*
 * The thread that keeps the model up to the store: it looks for a commit once a
 * second, and rests after a refresh that took long. It alone writes the model
 * and its status.
 */
#ifndef EXPORTER_REFRESH_H
#define EXPORTER_REFRESH_H

#include "base/attr.h"
#include "base/err.h"
#include "exporter/config/config.h"
#include "exporter/model/model.h"

struct refresh;

/* The model must outlive it. */
struct refresh *refresh_new(struct model *model, struct config *config);

/* Reads the store, so that the first page is as full as it is, and starts the
   thread. Without a store it waits for one. */
int refresh_start(struct refresh *refresh, struct err *err) ATTR_MUST_CHECK;

/* Goes on with another configuration; NULL notes that reading one failed. */
void refresh_reload(struct refresh *refresh, struct config *config);

/* Ends the thread. Accepts NULL, leaves NULL. */
void refresh_free(struct refresh **refresh);

#endif
