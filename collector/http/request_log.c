#include "collector/http/request_log.h"

#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/timestamp.h"

#define REQUEST_LOG_AGENT_MAX 120U

/* A load balancer asks every few seconds whether somebody answers, a browser
   once: neither posts a report. */
static bool request_log_is_probe(const struct httpd_request *request,
                                 unsigned int status)
{
	const char *method = httpd_request_method(request);

	return (status == 404 || status == 405) &&
	       (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0);
}

static enum log_level request_log_level(const struct httpd_request *request,
                                        unsigned int status)
{
	if (request_log_is_probe(request, status))
		return LOG_LEVEL_DEBUG;
	return status >= 500 ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO;
}

void request_log_write(const struct httpd_request *request, unsigned int status,
                       const char *text)
{
	const char *agent = httpd_request_header(request, "User-Agent");
	char address[ADDRESS_SIZE];
	struct buf shown = BUF_INIT(4U * REQUEST_LOG_AGENT_MAX + 8U);

	address_format(httpd_request_client(request), address, sizeof(address));
	if (agent != NULL)
		buf_add_printable(&shown, agent, strlen(agent),
		                  REQUEST_LOG_AGENT_MAX);
	log_write(request_log_level(request, status),
	          "%s: %s \"%s\" %s: %u %.*s", httpd_request_scheme(request),
	          address, shown.len > 0 ? buf_text(&shown) : "-",
	          httpd_request_method(request), status,
	          (int)strcspn(text, "\n"), text);
	buf_free(&shown);
}

/* Before the rate of an address is asked, where it is over, and where what
   waits has no room for more, a stranger may cause any number of these. */
void request_log_on_refused(void *cls, const struct httpd_request *request,
                            unsigned int status, const char *text)
{
	struct log_limit *log_limit = cls;

	if (log_is_shown(request_log_level(request, status)) &&
	    log_limit_take(log_limit, httpd_request_client(request), status,
	                   timestamp_monotonic_ms()))
		request_log_write(request, status, text);
}

static void request_log_left_out(const struct address *address,
                                 unsigned int status, uint64_t count)
{
	char shown[ADDRESS_SIZE];

	if (address == NULL) {
		log_notice("http: %llu more refusals of other addresses were "
		           "not logged",
		           (unsigned long long)count);
		return;
	}
	address_format(address, shown, sizeof(shown));
	log_notice("http: %s: %llu more refusals with %u were not logged",
	           shown, (unsigned long long)count, status);
}

void request_log_sum_up(struct log_limit *log_limit, bool all)
{
	log_limit_sum_up(log_limit, all, timestamp_monotonic_ms(),
	                 request_log_left_out);
}

void request_log_on_complaint(const char *text)
{
	log_notice("http: libmicrohttpd: %s", text);
}
