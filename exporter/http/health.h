/*
 * GET /healthz: 503 when the store, which was read before, cannot be read any
 * more.
 */
#ifndef EXPORTER_HTTP_HEALTH_H
#define EXPORTER_HTTP_HEALTH_H

#include "base/httpd/httpd.h"

/* cls is the struct model. */
void health_handle(void *cls, struct httpd_request *request);

#endif
