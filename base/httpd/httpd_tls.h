/*
 * Certificates by name.
 */
#ifndef BASE_HTTPD_HTTPD_TLS_H
#define BASE_HTTPD_HTTPD_TLS_H

#include "base/httpd/httpd.h"

struct httpd_tls;

int httpd_tls_new(const struct httpd_options *options, struct httpd_tls **tls,
                  struct err *err) ATTR_MUST_CHECK;
int httpd_tls_reload(struct httpd_tls *tls, const char *const *files,
                     const char *const *keys, size_t count, struct err *err)
	ATTR_MUST_CHECK;
void httpd_tls_free(struct httpd_tls **tls);
bool httpd_tls_certificate(struct httpd_tls *tls, size_t i, const char **file,
                           int64_t *not_after);
/* The MHD_OPTION_HTTPS_CERT_CALLBACK of this process's server. */
void *httpd_tls_callback(void);

#endif
