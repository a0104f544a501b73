/*
 * What a client accepts: the format by Accept, the coding by Accept-Encoding.
 * Pure functions.
 */
#ifndef EXPORTER_HTTP_NEGOTIATE_H
#define EXPORTER_HTTP_NEGOTIATE_H

#include <stdbool.h>

/* Whether OpenMetrics is wanted more than the text format 0.0.4; what is
   neither counts for nothing. accept may be NULL. */
bool negotiate_openmetrics(const char *accept);

/* Whether gzip is accepted. accept may be NULL. */
bool negotiate_gzip(const char *accept);

#endif
