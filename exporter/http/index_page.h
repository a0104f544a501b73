/*
 * GET /: where the metrics are.
 */
#ifndef EXPORTER_HTTP_INDEX_PAGE_H
#define EXPORTER_HTTP_INDEX_PAGE_H

#include "base/httpd/httpd.h"

void index_page_handle(void *cls, struct httpd_request *request);

#endif
