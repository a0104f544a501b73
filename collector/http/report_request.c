#include "collector/http/report_request.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "collector/http/request_log.h"
#include "schema/report/quirk.h"

#define REPORT_REQUEST_RETRY_AFTER 60U

/* The cls of an intake, in its arena. */
struct report_request {
	enum report_request_state state;
	struct httpd_request *httpd;
	struct log_limit *log_limit;
};

/* --- states -------------------------------------------------------------- */

static const char *const report_request_state_names[] = {
	[REPORT_REQUEST_RECEIVED] = "received",
	[REPORT_REQUEST_QUEUED] = "queued",
	[REPORT_REQUEST_LARGE] = "large",
	[REPORT_REQUEST_ANSWERED] = "answered",
};

static_assert(ARRAY_LENGTH(report_request_state_names) == REPORT_REQUEST_STATES,
              "every state has a name");

const char *report_request_state_name(enum report_request_state state)
{
	return report_request_state_names[state];
}

#define REPORT_REQUEST_BIT(state) (1U << (state))

/* The arrows of the header. */
static const unsigned int report_request_next[REPORT_REQUEST_STATES] = {
	[REPORT_REQUEST_RECEIVED] = REPORT_REQUEST_BIT(REPORT_REQUEST_QUEUED) |
                                    REPORT_REQUEST_BIT(REPORT_REQUEST_LARGE),
	[REPORT_REQUEST_QUEUED] = REPORT_REQUEST_BIT(REPORT_REQUEST_ANSWERED),
	[REPORT_REQUEST_LARGE] = REPORT_REQUEST_BIT(REPORT_REQUEST_ANSWERED),
};

bool report_request_may_enter(enum report_request_state from,
                              enum report_request_state to)
{
	return (report_request_next[from] & REPORT_REQUEST_BIT(to)) != 0;
}

void report_request_enter(struct intake *intake,
                          enum report_request_state state)
{
	struct report_request *request = intake->cls;

	/* A fault of ours that one request meets must not end all others. */
	if (!report_request_may_enter(request->state, state))
		log_error("http %s: unexpected transition from %s to %s",
		          intake->peer,
		          report_request_state_name(request->state),
		          report_request_state_name(state));
	if (log_is_shown(LOG_LEVEL_DEBUG))
		log_debug("http %s: %s -> %s", intake->peer,
		          report_request_state_name(request->state),
		          report_request_state_name(state));
	request->state = state;
}

/* --- answers ------------------------------------------------------------- */

/* Content that nobody can read, as against what we keep for a reason that is
   none of the sender's business. */
static bool report_request_is_unreadable(const struct intake *intake)
{
	return intake->outcome == OUTCOME_REFUSED &&
	       intake->refusal != REFUSAL_UNKNOWN_DOMAIN &&
	       intake->refusal != REFUSAL_OVER_QUOTA;
}

static void report_request_describe_outcome(const struct intake *intake,
                                            struct buf *out)
{
	uint64_t quirks = intake->report != NULL ? intake->report->quirks
	                                         : intake->quirks;

	buf_add_text(out, outcome_name(intake->outcome));
	if (intake->report_id != 0)
		buf_printf(out, " %lld", (long long)intake->report_id);
	if (intake->outcome == OUTCOME_REFUSED)
		buf_printf(out, " (%s)", outcome_refusal_name(intake->refusal));
	if (intake->report != NULL)
		buf_printf(out, ", from %.*s for %.*s",
		           (int)intake->identity.reporter.len,
		           intake->identity.reporter.data,
		           (int)intake->domain.len, intake->domain.data);
	if (intake->sentence[0] != '\0')
		buf_printf(out, ": %s", intake->sentence);
	if (quirks != 0) {
		buf_add_text(out, " [");
		quirk_print_names(quirks, out);
		buf_add_text(out, "]");
	}
}

static void report_request_answer_committed(const struct intake *intake,
                                            struct httpd_request *httpd)
{
	struct httpd_reply reply = {.status = 201, .text = "accepted\n"};
	struct buf note = BUF_INIT(4096), text = BUF_INIT(4096);

	if (intake->outcome == OUTCOME_DUPLICATE)
		reply.text = "accepted, we have it already\n";
	if (report_request_is_unreadable(intake)) {
		reply.status = intake->config->reject_unparsable ? 400 : 200;
		buf_add_text(&text, "received, but no report that we can "
		                    "read: ");
		buf_add_printable(&text, intake->sentence,
		                  strlen(intake->sentence),
		                  sizeof(intake->sentence));
		buf_add_char(&text, '\n');
		reply.text = buf_text(&text);
	}
	report_request_describe_outcome(intake, &note);
	request_log_write(httpd, reply.status, buf_text(&note));
	httpd_request_answer(httpd, &reply);
	buf_free(&note);
	buf_free(&text);
}

static void report_request_answer_later(const struct report_request *request,
                                        unsigned int status, const char *text,
                                        const char *why)
{
	const struct httpd_reply reply = {
		.status = status,
		.text = text,
		.retry_after = REPORT_REQUEST_RETRY_AFTER,
	};

	request_log_on_refused(request->log_limit, request->httpd, status, why);
	httpd_request_answer(request->httpd, &reply);
}

static void report_request_on_done(struct intake *intake)
{
	const struct report_request *request = intake->cls;

	report_request_enter(intake, REPORT_REQUEST_ANSWERED);
	if (intake->stage == INTAKE_COMMITTED)
		report_request_answer_committed(intake, request->httpd);
	else
		report_request_answer_later(
			request, 503,
			"not stored because of a local error; try again "
			"later\n",
			intake->sentence);
	intake_free(&intake);
}

/* Of the network's own share of the queue, as against the whole of it. */
void report_request_refuse(struct intake *intake)
{
	report_request_enter(intake, REPORT_REQUEST_ANSWERED);
	report_request_answer_later(
		intake->cls, 429, "too many reports at once; try again later\n",
		"its network has its share of the queue");
	intake_free(&intake);
}

void report_request_attach(struct intake *intake, struct httpd_request *httpd,
                           struct log_limit *log_limit)
{
	struct report_request *request =
		arena_alloc(intake->arena, sizeof(*request));

	*request = (struct report_request){REPORT_REQUEST_RECEIVED, httpd,
	                                   log_limit};
	intake->on_done = report_request_on_done;
	intake->cls = request;
}
