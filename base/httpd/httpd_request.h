/*
 * One request, from its first line to its answer.
 */
#ifndef BASE_HTTPD_HTTPD_REQUEST_H
#define BASE_HTTPD_HTTPD_REQUEST_H

#include <stddef.h>

#include <microhttpd.h>

/* The MHD_AccessHandlerCallback of a listener, which is cls. */
enum MHD_Result httpd_request_on_step(void *cls,
                                      struct MHD_Connection *connection,
                                      const char *path, const char *method,
                                      const char *version, const char *data,
                                      size_t *len, void **context);
/* The MHD_RequestCompletedCallback of it. */
void httpd_request_on_completed(void *cls, struct MHD_Connection *connection,
                                void **context,
                                enum MHD_RequestTerminationCode why);

#endif
