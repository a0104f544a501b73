/*
 * A body that several answers share.
 */
#ifndef BASE_HTTPD_HTTPD_BODY_H
#define BASE_HTTPD_HTTPD_BODY_H

#include <stdatomic.h>

#include "base/buf.h"

struct httpd_body {
	atomic_uint references;
	struct buf buf;
};

/* Takes the content of buf, which is empty afterwards. One reference. */
struct httpd_body *httpd_body_new(struct buf *buf);
struct httpd_body *httpd_body_ref(struct httpd_body *body);
void httpd_body_unref(struct httpd_body **body);
size_t httpd_body_len(const struct httpd_body *body);

#endif
