/*
 * An explanation as JSON. Members are only ever added; what is not known is
 * null.
 */
#ifndef EXPORTER_EXPLAIN_EXPLANATION_JSON_H
#define EXPORTER_EXPLAIN_EXPLANATION_JSON_H

#include "base/buf.h"
#include "exporter/explain/explanation.h"

/* One domain as a JSON object, on one line. tlsrpt-exporter(8) describes its
   members. */
void explanation_json_write(const struct explanation *explanation,
                            struct buf *out);

#endif
