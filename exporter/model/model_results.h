/*
 * The result types of failures, by domain: how many sessions of the window each
 * has, and which of them the store has ever seen.
 */
#ifndef EXPORTER_MODEL_MODEL_RESULTS_H
#define EXPORTER_MODEL_MODEL_RESULTS_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "exporter/model/model_domains.h"
#include "exporter/model/model_figures.h"
#include "schema/store/read.h"

/* Reads those of one domain into its new figures. */
int model_results_read_one(const struct figures_scope *scope,
                           struct store *store, int64_t domain_id,
                           struct domain_figures *figures, struct err *err)
	ATTR_MUST_CHECK;

/* Reads those of all domains, each into its own figures. */
int model_results_read_all(const struct figures_scope *scope,
                           struct store *store,
                           const struct model_domains *domains, struct err *err)
	ATTR_MUST_CHECK;

#endif
