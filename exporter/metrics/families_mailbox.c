/*
 * The families about mailboxes and the signatures of mail. A mailbox has its
 * series from the collector's first start on.
 */
#include "base/attr.h"
#include "exporter/metrics/families_private.h"
#include "schema/series.h"

static const struct family rows[] = {
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_mailbox_polls_total", METRIC_COUNTER, NULL,
                           "Finished polls of a mailbox, successful or not."},
		.walk = FAMILY_LISTED,
		.labels = {LABEL_MAILBOX},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_MAILBOX,
                           .name = SERIES_MAILBOX_POLLS},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_mailbox_poll_failures_total", METRIC_COUNTER,
                           NULL, "Failed polls of a mailbox."},
		.walk = FAMILY_LISTED,
		.labels = {LABEL_MAILBOX},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_MAILBOX,
                           .name = SERIES_MAILBOX_POLL_FAILURES},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_mailbox_last_poll_timestamp_seconds",
                           METRIC_GAUGE, "seconds",
                           "Unix time at which the last poll ended, successful "
                           "or not."},
		.walk = FAMILY_LISTED,
		.labels = {LABEL_MAILBOX},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_MAILBOX,
                           .name = SERIES_MAILBOX_LAST_POLL},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_mailbox_last_success_timestamp_seconds",
                           METRIC_GAUGE, "seconds",
                           "Unix time at which the last successful poll "
                           "ended."},
		.walk = FAMILY_LISTED,
		.labels = {LABEL_MAILBOX},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_MAILBOX,
                           .name = SERIES_MAILBOX_LAST_SUCCESS},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_mailbox_pending_messages", METRIC_GAUGE,
                           NULL,
                           "Messages that the last successful poll left to be "
                           "retried."},
		.walk = FAMILY_LISTED,
		.labels = {LABEL_MAILBOX},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_MAILBOX,
                           .name = SERIES_MAILBOX_PENDING},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_mailbox_unmarked_messages", METRIC_GAUGE,
                           NULL,
                           "Messages that are stored or refused, but could not "
                           "be moved, deleted or marked as configured by "
                           "`after` or `failed`."},
		.walk = FAMILY_LISTED,
		.labels = {LABEL_MAILBOX},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_MAILBOX,
                           .name = SERIES_MAILBOX_UNMARKED},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_mailbox_given_up_messages", METRIC_GAUGE,
                           NULL,
                           "Messages given up because the server does not "
                           "deliver them although it delivers others."},
		.walk = FAMILY_LISTED,
		.labels = {LABEL_MAILBOX},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_MAILBOX,
                           .name = SERIES_MAILBOX_GIVEN_UP},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_mailbox_bad_replies_total", METRIC_COUNTER,
                           NULL,
                           "Mail server responses that ended a poll or "
                           "deferred a message, by kind: no, bad, bye, "
                           "timeout, closed, empty, wrong."},
		.walk = FAMILY_LISTED,
		.labels = {LABEL_MAILBOX, LABEL_REPLY},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_COUNTER,
                           .name = SERIES_MAILBOX_BAD_REPLIES},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_mailbox_poll_duration_seconds", METRIC_GAUGE,
                           "seconds", "Duration of the last poll."},
		.walk = FAMILY_LISTED,
		.labels = {LABEL_MAILBOX},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_MAILBOX,
                           .name = SERIES_MAILBOX_DURATION},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_mail_authentications_total", METRIC_COUNTER,
                           NULL,
                           "Reports received by mail, by authentication "
                           "result."},
		.walk = FAMILY_ONCE,
		.labels = {LABEL_AUTHENTICATION},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_COUNTER,
                           .name = SERIES_MAIL_AUTHENTICATIONS},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_mail_child_deaths_total", METRIC_COUNTER,
                           NULL, "Mail workers that crashed."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_COUNTER,
                           .name = SERIES_MAIL_CHILD_DEATHS,
                           .sum = true},
	},
};

const struct family_table families_mailbox = {
	.rows = rows,
	.count = ARRAY_LENGTH(rows),
};
