/*
 * What the log says of requests by HTTP: a line each, and of those that any
 * stranger may cause only so many a minute.
 */
#ifndef COLLECTOR_HTTP_REQUEST_LOG_H
#define COLLECTOR_HTTP_REQUEST_LOG_H

#include <stdbool.h>

#include "base/httpd/httpd.h"
#include "base/log_limit.h"

/* The first line of text, which may hold anything. */
void request_log_write(const struct httpd_request *request, unsigned int status,
                       const char *text);

/* The same within the limit, a struct log_limit: httpd's on_refused. */
void request_log_on_refused(void *cls, const struct httpd_request *request,
                            unsigned int status, const char *text);

/* httpd's on_log. */
void request_log_on_complaint(const char *text);

/* Says how many the limit left out in the minutes that are over; with all also
   of the running one. */
void request_log_sum_up(struct log_limit *log_limit, bool all);

#endif
