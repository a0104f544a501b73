/*
 * When a domain will be ready, in a sentence or two.
 */
#ifndef EXPORTER_EXPLAIN_FORECAST_TEXT_H
#define EXPORTER_EXPLAIN_FORECAST_TEXT_H

#include "base/buf.h"
#include "exporter/explain/forecast.h"

/* The day, and what is assumed; empty where nothing is to be forecast. */
void forecast_text_sentence(const struct forecast *forecast, struct buf *out);

/* The same as a line below the evidence. */
void forecast_text_write(const struct forecast *forecast, struct buf *out);

#endif
