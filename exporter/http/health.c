#include "exporter/http/health.h"

#include <stdio.h>

#include "exporter/model/model.h"

void health_handle(void *cls, struct httpd_request *request)
{
	char text[ERR_TEXT_SIZE + 2];
	struct model_status status;
	struct httpd_reply reply = {.status = 200, .text = text};

	model_status_get(cls, &status);
	if (status.failed && status.loaded)
		reply.status = 503;
	(void)snprintf(text, sizeof(text), "%s\n",
	               status.trouble[0] == '\0' ? "ok" : status.trouble);
	httpd_request_answer(request, &reply);
}
