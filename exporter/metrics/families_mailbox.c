/*
 * The families about mailboxes and the signatures of mail. A mailbox has its
 * series from the collector's first start on.
 */
#include <string.h>

#include "base/attr.h"
#include "exporter/metrics/families_private.h"

/* One number of each mailbox. */
static void write_each(struct render *r, const struct metric *metric,
                       const char *name)
{
	const struct named_figure *figures;
	bool begun = false;
	size_t count, i;

	figures = snapshot_named_figures(r->model, &count);
	for (i = 0; i < count; i++) {
		const struct label label = {"mailbox",
		                            text_of(figures[i].first)};

		if (figures[i].kind != STORE_SAMPLE_MAILBOX ||
		    strcmp(figures[i].name, name) != 0)
			continue;
		if (!begun)
			exposition_metric(&r->e, metric);
		begun = true;
		exposition_number(&r->e, metric, &label, 1, figures[i].value);
	}
}

static void polls(struct render *r, const struct metric *metric)
{
	write_each(r, metric, "polls");
}

static void poll_failures(struct render *r, const struct metric *metric)
{
	write_each(r, metric, "poll_failures");
}

static void last_poll(struct render *r, const struct metric *metric)
{
	write_each(r, metric, "last_poll");
}

static void last_success(struct render *r, const struct metric *metric)
{
	write_each(r, metric, "last_success");
}

static void pending(struct render *r, const struct metric *metric)
{
	write_each(r, metric, "pending");
}

static void unmarked(struct render *r, const struct metric *metric)
{
	write_each(r, metric, "unmarked");
}

static void given_up(struct render *r, const struct metric *metric)
{
	write_each(r, metric, "given_up");
}

static void bad_replies(struct render *r, const struct metric *metric)
{
	const struct named_figure *figures;
	bool begun = false;
	size_t count, i;

	figures = snapshot_named_figures(r->model, &count);
	for (i = 0; i < count; i++) {
		const struct label labels[] = {
			{"mailbox", text_of(figures[i].first)},
			{"reply", text_of(figures[i].other)}};

		if (figures[i].kind != STORE_SAMPLE_COUNTER ||
		    strcmp(figures[i].name, "mailbox_bad_replies") != 0)
			continue;
		if (!begun)
			exposition_metric(&r->e, metric);
		begun = true;
		exposition_number(&r->e, metric, labels, 2, figures[i].value);
	}
}

static void duration(struct render *r, const struct metric *metric)
{
	write_each(r, metric, "duration");
}

static void authentications(struct render *r, const struct metric *metric)
{
	const char *name;
	int i;

	exposition_metric(&r->e, metric);
	for (i = AUTH_PASS; i < AUTHENTICATIONS; i++) {
		name = trust_authentication_name((enum authentication)i);
		const struct label label = {"result", text_of(name)};

		exposition_number(&r->e, metric, &label, 1,
		                  snapshot_named(r->model, STORE_SAMPLE_COUNTER,
		                                 "mail_authentications", name,
		                                 ""));
	}
}

/* Processes that a message or a server ended, whichever it was. */
static void deaths(struct render *r, const struct metric *metric)
{
	const struct named_figure *figures;
	double sum = 0;
	size_t count, i;

	figures = snapshot_named_figures(r->model, &count);
	for (i = 0; i < count; i++) {
		if (figures[i].kind == STORE_SAMPLE_COUNTER &&
		    strcmp(figures[i].name, "mail_child_deaths") == 0)
			sum += figures[i].value;
	}
	exposition_metric(&r->e, metric);
	exposition_number(&r->e, metric, NULL, 0, sum);
}

#define MAILBOX(name, type, unit, help, write)                              \
	{                                                                   \
		METRIC_GROUP_SELF, {name, METRIC_##type, unit, help}, write \
	}

const struct family families_mailbox[] = {
	MAILBOX("tlsrpt_mailbox_polls_total", COUNTER, NULL,
                "Rounds over a mailbox that ended, successful or not.", polls),
	MAILBOX("tlsrpt_mailbox_poll_failures_total", COUNTER, NULL,
                "Rounds over a mailbox that failed.", poll_failures),
	MAILBOX("tlsrpt_mailbox_last_poll_timestamp_seconds", GAUGE, "seconds",
                "Unix time at which the last round ended, successful or not.",
                last_poll),
	MAILBOX("tlsrpt_mailbox_last_success_timestamp_seconds", GAUGE,
                "seconds",
                "Unix time at which the last successful round ended.",
                last_success),
	MAILBOX("tlsrpt_mailbox_pending_messages", GAUGE, NULL,
                "Messages that the last successful round left to be tried "
                "again.",
                pending),
	MAILBOX("tlsrpt_mailbox_unmarked_messages", GAUGE, NULL,
                "Messages that are stored or refused, and could not be marked "
                "as `after` or `failed` says.",
                unmarked),
	MAILBOX("tlsrpt_mailbox_given_up_messages", GAUGE, NULL,
                "Messages that the server does not give, though it gives "
                "others.",
                given_up),
	MAILBOX("tlsrpt_mailbox_bad_replies_total", COUNTER, NULL,
                "Answers of a mail server that ended a round or cost a "
                "message its turn, by kind: no, bad, bye, timeout, closed, "
                "empty, wrong.",
                bad_replies),
	MAILBOX("tlsrpt_mailbox_poll_duration_seconds", GAUGE, "seconds",
                "Duration of the last round.", duration),
	MAILBOX("tlsrpt_mail_authentications_total", COUNTER, NULL,
                "Reports that came by mail, by what became of the question who "
                "sent them.",
                authentications),
	MAILBOX("tlsrpt_mail_child_deaths_total", COUNTER, NULL,
                "Processes of the mail side that a message or a server ended.",
                deaths),
};

const size_t families_mailbox_count =
	sizeof(families_mailbox) / sizeof(families_mailbox[0]);
