/*
 * Answers, as the library takes them.
 */
#ifndef BASE_HTTPD_HTTPD_REPLY_H
#define BASE_HTTPD_HTTPD_REPLY_H

#include <microhttpd.h>

#include "base/httpd/httpd.h"
#include "base/httpd/httpd_private.h"

/* Sends an answer, from the thread of the connection. */
enum MHD_Result httpd_reply_send(struct httpd_request *request,
                                 const struct httpd_reply *reply);

/* The same for a refusal; retry_after 0: what is usual for that status. */
enum MHD_Result httpd_reply_refuse(struct httpd_request *request,
                                   unsigned int status,
                                   unsigned int retry_after);

#endif
