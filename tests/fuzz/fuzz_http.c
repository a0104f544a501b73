/*
 * Bytes on a proxy's connection, through the real server with its library. What
 * it could read in another way must not reach a handler: two lengths, a length
 * beside a coding, two hosts, a lone CR; and no second request.
 */
#include "tests/fuzz/fuzz.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/httpd/httpd.h"
#include "base/text.h"

#define BODY_MOST 4096U

static const char *const names[] = {"X-Forwarded-For", "Content-Type",
                                    "Content-Encoding", "Accept"};

static atomic_uint handled;

static size_t body_limit(void *cls, const uint8_t *head, size_t len)
{
	(void)cls;
	return len > 0 && head[0] == 'z' ? BODY_MOST / 2 : BODY_MOST;
}

static void argument(void *cls, const char *key, const char *value)
{
	size_t *total = cls;

	*total += strlen(key) + (value != NULL ? strlen(value) : 0);
}

static void handle(void *cls, struct httpd_request *request)
{
	static const struct httpd_reply reply = {.status = 200, .text = "ok\n"};
	size_t len, total = 0, i;
	const uint8_t *body = httpd_request_body(request, &len);
	const char *value;

	(void)cls;
	(void)atomic_fetch_add(&handled, 1);
	MUST(len <= BODY_MOST);
	MUST(len == 0 || body[0] != 'z' || len <= BODY_MOST / 2);
	MUST(httpd_request_path(request)[0] != '\0' &&
	     httpd_request_method(request)[0] != '\0');
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = httpd_request_header(request, names[i]);
		total += value != NULL ? strlen(value) : 0;
	}
	httpd_request_arguments(request, argument, &total);
	MUST(total < 65536);
	httpd_request_answer(request, &reply);
}

static const struct httpd_route routes[] = {
	{.path = "/tlsrpt",
         .method = "POST",
         .name = "report",
         .body_limit = body_limit,
         .handle = handle},
	{.path = "/metrics", .method = "GET", .name = "page", .handle = handle},
};

/* The server, once; its port. */
static unsigned int serve(void)
{
	static struct httpd_listen listener = {.fd = -1};
	static struct network loopback;
	static struct httpd_options options = {
		.listen = &listener,
		.listen_count = 1,
		.routes = routes,
		.route_count = 2,
		.proxies = &loopback,
		.proxy_count = 1,
		.threads = 1,
		.connections = 16,
		.body_memory = 1U << 20,
		.request_time = 5,
		.answer_time = 5,
	};
	static struct httpd *httpd;
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct err err;

	if (httpd != NULL)
		return httpd_port(httpd, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	memcpy(&listener.address, &address, sizeof(address));
	listener.len = sizeof(address);
	MUST(address_network_parse(TEXT("127.0.0.0/8"), &loopback));
	MUST(httpd_listen_open(&listener, 1, &err) == 0);
	MUST(httpd_start(&options, &httpd, &err) == 0);
	return httpd_port(httpd, 0);
}

static bool names_field(struct text line, const char *name)
{
	struct text field;

	return text_next(&line, ':', &field) &&
	       text_equal_case(text_trim(field), name);
}

/* Whether the first head has what two readers may understand in two ways. */
static bool is_ambiguous(const uint8_t *data, size_t size)
{
	struct text rest = {(const char *)data, size}, line;
	size_t lengths = 0, codings = 0, hosts = 0, lines = 0;

	while (text_next(&rest, '\n', &line)) {
		/* Empty lines before the first are none. */
		if (lines == 0 && text_trim(line).len == 0)
			continue;
		/* So the library has it; the first answer closes. */
		if (line.len == 0 || text_is(line, "\r") ||
		    line.data[0] == '\0' || line.data[0] == ':')
			break;
		/* It adds a line that goes on to the name of the one before. */
		if (line.data[0] == ' ' || line.data[0] == '\t')
			return false;
		if (lines++ == 0)
			continue;
		lengths += names_field(line, "Content-Length");
		codings += names_field(line, "Transfer-Encoding");
		hosts += names_field(line, "Host");
	}
	return lengths > 1 || hosts > 1 || codings > 1 ||
	       (lengths > 0 && codings > 0);
}

/* Sends all, hears all, and goes without a word, so that no port is kept. */
static size_t converse(unsigned int port, const uint8_t *data, size_t size,
                       char *head, size_t head_size)
{
	const struct linger abort_it = {.l_onoff = 1, .l_linger = 0};
	const struct timeval patience = {.tv_sec = 4};
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct sockaddr_in own = {.sin_family = AF_INET};
	char more[4096];
	size_t done = 0;
	ssize_t got;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)port);
	/* The ports of 127.0.0.1 are for others. */
	own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
	MUST(fd >= 0);
	(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes,
	                 sizeof(yes));
	MUST(bind(fd, (struct sockaddr *)&own, sizeof(own)) == 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort_it,
	                 sizeof(abort_it));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	                 sizeof(patience));
	/* The machine may be short of ports for a moment. */
	while (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		(void)usleep(10000);
	(void)send(fd, data, size, MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
	while ((got = recv(fd, more, sizeof(more), 0)) > 0) {
		if (done == 0) {
			done = (size_t)got < head_size ? (size_t)got
			                               : head_size;
			memcpy(head, more, done);
		}
	}
	(void)close(fd);
	return done;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int port = serve(), before = atomic_load(&handled);
	char head[16];
	size_t len;

	if (size == 0 || size > 16384)
		return 0;
	len = converse(port, data, size, head, sizeof(head));
	MUST(len == 0 || (len >= 12 && memcmp(head, "HTTP/1.", 7) == 0));
	MUST(atomic_load(&handled) - before <= 1);
	if (is_ambiguous(data, size))
		MUST(atomic_load(&handled) == before);
	return 0;
}
