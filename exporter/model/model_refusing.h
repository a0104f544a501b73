/*
 * Who reports refusals of a domain now: the evidence of an alert. Counted as
 * reported, whoever is at fault and whether the reporter counts or not.
 */
#ifndef EXPORTER_MODEL_MODEL_REFUSING_H
#define EXPORTER_MODEL_MODEL_REFUSING_H

#include <stddef.h>

#include "exporter/assess/assess.h"
#include "exporter/model/model_figures.h"

/* Keeps in figures those with refusals in the verdict's recent days, the most
   refused first, and max at most. */
void model_refusing_find(const struct assessment *assessment, size_t max,
                         struct domain_figures *figures);

#endif
