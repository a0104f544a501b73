/*
 * A request that brings a report, from its bytes to its answer.
 *
 *   RECEIVED ---> QUEUED ---> ANSWERED
 *      |                         ^
 *      +--------> LARGE ---------+
 *
 *   QUEUED     by the writer, until it is committed
 *   LARGE      by the queue of large reports, which hands it to the writer
 *   ANSWERED   201, 200 or 400: committed; 503: deferred; 429: its network has
 *              its share of the queue
 *
 * The httpd_request is answered once. Only report_request_enter() changes the
 * state; each transition is logged at the level debug.
 */
#ifndef COLLECTOR_HTTP_REPORT_REQUEST_H
#define COLLECTOR_HTTP_REPORT_REQUEST_H

#include <stdbool.h>

#include "base/httpd/httpd.h"
#include "base/log_limit.h"
#include "collector/intake/intake.h"

enum report_request_state {
	REPORT_REQUEST_RECEIVED,
	REPORT_REQUEST_QUEUED,
	REPORT_REQUEST_LARGE,
	REPORT_REQUEST_ANSWERED,
	REPORT_REQUEST_STATES,
};

/* Makes the intake's on_done() answer the request and free the intake. */
void report_request_attach(struct intake *intake, struct httpd_request *httpd,
                           struct log_limit *log_limit);

/* Before the intake is given to a queue: another thread may own it then. */
void report_request_enter(struct intake *intake,
                          enum report_request_state state);

/* Its network has its share of the queue: answers 429 and frees the intake. */
void report_request_refuse(struct intake *intake);

/* Whether the one state may follow the other. */
bool report_request_may_enter(enum report_request_state from,
                              enum report_request_state to);

const char *report_request_state_name(enum report_request_state state);

#endif
