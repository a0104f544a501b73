#include "base/httpd/httpd_body.h"

#include <stdlib.h>

#include "base/memory.h"

struct httpd_body *httpd_body_new(struct buf *buf)
{
	struct httpd_body *body = memory_alloc(sizeof(*body));

	atomic_init(&body->references, 1);
	body->buf = *buf;
	*buf = BUF_INIT(buf->max);
	return body;
}

struct httpd_body *httpd_body_ref(struct httpd_body *body)
{
	(void)atomic_fetch_add(&body->references, 1);
	return body;
}

void httpd_body_unref(struct httpd_body **body)
{
	if (*body != NULL && atomic_fetch_sub(&(*body)->references, 1) == 1) {
		buf_free(&(*body)->buf);
		free(*body);
	}
	*body = NULL;
}

size_t httpd_body_len(const struct httpd_body *body)
{
	return body->buf.len;
}
