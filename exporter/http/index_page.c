#include "exporter/http/index_page.h"

void index_page_handle(void *cls, struct httpd_request *request)
{
	const struct httpd_reply reply = {
		.status = 200,
		.content_type = "text/html; charset=utf-8",
		.text = "<!DOCTYPE html><title>tlsrpt-exporter</title>"
			"<p>tlsrpt-exporter " TLSRPT_VERSION
			": <a href=\"metrics\">metrics</a>\n",
	};

	(void)cls;
	httpd_request_answer(request, &reply);
}
