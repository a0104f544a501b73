/*
 * The model of one domain at a moment of the past: the same figures and the
 * same assessment as today's, so that history and scrape cannot disagree.
 */
#ifndef EXPORTER_MODEL_MODEL_HISTORY_H
#define EXPORTER_MODEL_MODEL_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "exporter/model/model.h"
#include "schema/store/read.h"

/* A model of one domain of another model, domains[i] there, or of none (i is
   SIZE_MAX). The other must outlive it. */
struct model *model_history_new(const struct model *now, size_t i);
void model_history_free(struct model **history);

/* Sets it to how it stood, by what is known today, at the moment when a day
   had just settled; days are set in rising order. */
int model_history_set(struct model *history, struct store *store, int64_t day,
                      struct err *err) ATTR_MUST_CHECK;

/* How many domains of the fleet stood in each state; kept by reference. */
void model_history_set_counts(struct model *history,
                              const int64_t counts[VERDICT_STATES]);

#endif
