/*
 * GET /metrics: pages rendered from the model.
 *
 * A page of all domains is rendered when the model has changed, and otherwise
 * once a minute, whoever asks how often; pages of single domains are rendered
 * on request. None of it runs SQL while a scraper waits.
 */
#ifndef EXPORTER_HTTP_METRICS_PAGE_H
#define EXPORTER_HTTP_METRICS_PAGE_H

#include "base/httpd/httpd.h"
#include "exporter/metrics/families.h"
#include "exporter/model/model.h"

struct metrics_page;

/* Shows how often the routes of a server were answered, by their names; *httpd
   is set when it has started. What is pointed to must outlive the page. */
struct metrics_page *metrics_page_new(struct model *model,
                                      struct httpd *const *httpd,
                                      const char *const *handlers,
                                      size_t handler_count);
void metrics_page_free(struct metrics_page **page);

/* cls is the struct metrics_page. */
void metrics_page_handle(void *cls, struct httpd_request *request);

/* A page of all domains, from the cache or rendered for it; a reference. *gzip
   says whether compression is wanted, and then, whether it is compressed. */
struct httpd_body *metrics_page_get(struct metrics_page *page,
                                    const struct families_request *what,
                                    bool *gzip);

#endif
