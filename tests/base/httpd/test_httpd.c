#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/httpd/httpd.h"
#include "tests/support/cmocka_all.h"

#define PLACES 2U

/* Longer than who is in the middle of a request may say nothing. */
#define LONG_US 5200000

static void take_long(void *cls, struct httpd_request *request)
{
	const struct httpd_reply reply = {.status = 200, .text = "done\n"};
	atomic_bool *go_on = cls;

	while (!atomic_load(go_on))
		(void)usleep(1000);
	httpd_request_answer(request, &reply);
}

static int come(unsigned int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_port = htons((uint16_t)port),
	                              .sin_addr.s_addr =
	                                      htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(
		connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Nobody gives way while we are working for him, also where his answer is made
   at once and not later. */
static void who_waits_for_a_handler_stays(void **state)
{
	static const char asked[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	static atomic_bool go_on;
	const struct httpd_route route = {.path = "/",
	                                  .method = "GET",
	                                  .name = "slow",
	                                  .handle = take_long,
	                                  .cls = &go_on};
	struct httpd_listen listen = {.fd = -1};
	const struct httpd_options options = {.listen = &listen,
	                                      .listen_count = 1,
	                                      .routes = &route,
	                                      .route_count = 1,
	                                      .threads = 2,
	                                      .connections = PLACES,
	                                      .body_memory = 1024,
	                                      .request_time = 30,
	                                      .answer_time = 30};
	int fds[PLACES + 2];
	char got[16] = "";
	struct httpd *httpd;
	struct err err;
	size_t i;

	(void)state;
	assert_int_equal(address_parse_listen(TEXT("127.0.0.1:0"),
	                                      &listen.address, &listen.len,
	                                      &err),
	                 0);
	assert_int_equal(httpd_listen_open(&listen, 1, &err), 0);
	assert_int_equal(httpd_start(&options, &httpd, &err), 0);
	fds[0] = come(httpd_port(httpd, 0));
	assert_int_equal(send(fds[0], asked, strlen(asked), 0), strlen(asked));
	(void)usleep(LONG_US);
	for (i = 1; i < PLACES + 2; i++)
		fds[i] = come(httpd_port(httpd, 0));
	while (httpd_limited(httpd, HTTPD_LIMIT_PLACES) < 2)
		(void)usleep(1000);
	atomic_store(&go_on, true);
	assert_int_equal(recv(fds[0], got, 12, MSG_WAITALL), 12);
	assert_string_equal(got, "HTTP/1.1 200");
	for (i = 0; i < PLACES + 2; i++)
		(void)close(fds[i]);
	httpd_free(&httpd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits_for_a_handler_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
