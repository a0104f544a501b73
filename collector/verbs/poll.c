#include <stdio.h>
#include <sysexits.h>

#include "base/attr.h"
#include "base/log.h"
#include "collector/intake/writer.h"
#include "collector/mailbox/poller.h"
#include "collector/verbs/verbs.h"
#include "collector/verbs/verbs_private.h"

/* The positions of mailboxes, between batches. */
static bool poll_write_positions(void *cls, struct store *store)
{
	poller_write_checkpoints(cls, store);
	return false;
}

static const char *poll_plural(int64_t count)
{
	return count == 1 ? "" : "s";
}

static int poll_print_result(const struct command_line *line,
                             struct store *store,
                             const struct poller_result *result)
{
	int64_t again = result->listed - result->finished;
	struct store_mailbox_left left;
	struct err err;

	if (store_mailbox_left(store, result->name, &left, &err) < 0)
		return command_fail(line, &err);
	if (result->busy) {
		(void)printf("%s: busy, another tlsrpt-collector reads it\n",
		             result->name);
		return EX_TEMPFAIL;
	}
	(void)printf("%s: %lld message%s stored, %lld duplicate%s, "
	             "%lld refused, %lld no report%s, %lld to be tried again",
	             result->name, (long long)result->stored,
	             poll_plural(result->stored), (long long)result->duplicate,
	             poll_plural(result->duplicate), (long long)result->refused,
	             (long long)result->ignored, poll_plural(result->ignored),
	             (long long)again);
	if (left.unmarked > 0)
		(void)printf(", %lld stored but not marked",
		             (long long)left.unmarked);
	if (left.given_up > 0)
		(void)printf(", %lld given up", (long long)left.given_up);
	(void)printf("%s%s\n", result->failed ? "; failed " : "",
	             result->failed ? result->sentence : "");
	return result->failed || again > 0 || left.unmarked > 0 ? EX_TEMPFAIL
	                                                        : EX_OK;
}

static int poll_selection(struct config *config, struct store *store,
                          const struct command_line *line, struct err *err)
{
	const struct poller_selection selection = {
		line->rest, (size_t)line->count,
		command_has(line, VERBS_AGAIN)};
	const struct poller_result *results;
	struct writer_options options = {.store = store,
	                                 .queue = 1024,
	                                 .background_task =
	                                         poll_write_positions};
	struct poller *poller;
	struct writer *writer;
	size_t count = 0, i;
	int status = EX_OK, one, result;

	if (poller_new(config, &poller, err) < 0)
		return command_fail(line, err);
	options.cls = poller;
	if (writer_start(&options, &writer, err) < 0) {
		poller_free(&poller);
		return command_fail(line, err);
	}
	poller_set_writer(poller, writer);
	result = poller_run_once(poller, &selection, &results, &count, err);
	writer_free(&writer);
	poller_write_checkpoints(poller, store);
	for (i = 0; result == 0 && i < count; i++) {
		one = poll_print_result(line, store, &results[i]);
		status = one != EX_OK ? one : status;
	}
	poller_free(&poller);
	return result < 0 ? command_fail(line, err) : status;
}

int poll_run(const struct command_line *line)
{
	struct config *config;
	struct store *store;
	struct err err;
	int status;

	if (verbs_open_to_write(line, &config, &store, &err) < 0)
		return command_fail(line, &err);
	if (config->mailboxes.count == 0) {
		(void)fprintf(stderr,
		              "tlsrpt-collector: no mailbox is "
		              "configured; add a [mailbox NAME] section\n");
		status = EX_CONFIG;
	} else {
		log_set_level((enum log_level)(LOG_LEVEL_ERROR +
		                               config->settings.log_level));
		status = poll_selection(config, store, line, &err);
	}
	store_close(&store);
	config_unref(&config);
	return status;
}
