/*
 * The conditions of ready and the day of it, as JSON.
 */
#ifndef EXPORTER_EXPLAIN_EXPLANATION_JSON_OUTLOOK_H
#define EXPORTER_EXPLAIN_EXPLANATION_JSON_OUTLOOK_H

#include <jansson.h>

#include "exporter/explain/explanation.h"

/* An array, and an object or null; new references. */
json_t *
explanation_json_outlook_conditions(const struct explanation *explanation);
json_t *
explanation_json_outlook_forecast(const struct explanation *explanation);

#endif
