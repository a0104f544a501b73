/*
 * The floor of HTTP: libmicrohttpd with two polling threads that takes a body
 * and answers 204, and nothing else.
 *
 *	bench_sink PORT [CERTIFICATE KEY]
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <microhttpd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/service.h"

static struct MHD_Response *nothing;

/* NOLINTBEGIN(readability-function-size): the signature is libmicrohttpd's. */
static enum MHD_Result handle(void *cls, struct MHD_Connection *connection,
                              const char *path, const char *method,
                              const char *version, const char *data,
                              size_t *len, void **context)
{
	struct buf *body = *context;

	(void)cls;
	(void)path;
	(void)method;
	(void)version;
	if (body == NULL) {
		body = memory_zero(1, sizeof(*body));
		body->max = (size_t)1 << 20;
		*context = body;
		return MHD_YES;
	}
	if (*len > 0) {
		buf_add(body, data, *len);
		*len = 0;
		return MHD_YES;
	}
	return MHD_queue_response(connection, 204, nothing);
}
/* NOLINTEND(readability-function-size) */

static void completed(void *cls, struct MHD_Connection *connection,
                      void **context, enum MHD_RequestTerminationCode why)
{
	struct buf *body = *context;

	(void)cls;
	(void)connection;
	(void)why;
	if (body != NULL)
		buf_free(body);
	free(body);
	*context = NULL;
}

int main(int argc, char *argv[])
{
	struct buf certificate = BUF_INIT(65536), key = BUF_INIT(65536);
	unsigned int flags = MHD_USE_POLL_INTERNAL_THREAD;
	struct MHD_Daemon *daemon;
	unsigned short port;
	struct err err;

	if (argc != 2 && argc != 4)
		return 64;
	port = (unsigned short)strtol(argv[1], NULL, 10);
	service_block_signals();
	nothing = MHD_create_response_from_buffer(0, argv[0],
	                                          MHD_RESPMEM_PERSISTENT);
	if (argc == 4) {
		if (file_read(argv[2], &certificate, &err) < 0 ||
		    file_read(argv[3], &key, &err) < 0)
			return 66;
		flags |= MHD_USE_TLS;
		daemon = MHD_start_daemon(flags, port, NULL, NULL, handle, NULL,
		                          MHD_OPTION_THREAD_POOL_SIZE, 2U,
		                          MHD_OPTION_CONNECTION_LIMIT, 1000U,
		                          MHD_OPTION_NOTIFY_COMPLETED,
		                          completed, NULL,
		                          MHD_OPTION_HTTPS_MEM_CERT,
		                          buf_text(&certificate),
		                          MHD_OPTION_HTTPS_MEM_KEY,
		                          buf_text(&key), MHD_OPTION_END);
	} else {
		daemon = MHD_start_daemon(flags, port, NULL, NULL, handle, NULL,
		                          MHD_OPTION_THREAD_POOL_SIZE, 2U,
		                          MHD_OPTION_CONNECTION_LIMIT, 1000U,
		                          MHD_OPTION_NOTIFY_COMPLETED,
		                          completed, NULL, MHD_OPTION_END);
	}
	if (daemon == NULL)
		return 71;
	while (service_wait(60000) != SERVICE_STOP)
		;
	MHD_stop_daemon(daemon);
	MHD_destroy_response(nothing);
	return 0;
}
