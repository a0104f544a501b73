#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "collector/verbs/import_private.h"
#include "collector/verbs/verbs.h"
#include "collector/verbs/verbs_private.h"
#include "schema/limits.h"

/* A batch that waits, beside the one that is written. */
#define IMPORT_QUEUE_MAX LIMIT_BATCH

/* How often who walks the paths looks for signals and prints progress. */
#define IMPORT_WAIT_MS 200

/* --- signals -------------------------------------------------------------- */

/* SIGINT or SIGTERM, 0 before one came. */
static volatile sig_atomic_t import_signal;

static void import_on_signal(int number)
{
	import_signal = number;
}

static bool import_is_stopped(void)
{
	return import_signal != 0;
}

/* The first signal ends it between two batches, the second one at once. What
   waits for standard input is ended at once. */
static void import_handle_signals(const struct command_line *line)
{
	struct sigaction action = {.sa_handler = import_on_signal,
	                           .sa_flags = SA_RESTART | (int)SA_RESETHAND};
	int i;

	for (i = 0; i < line->count; i++) {
		if (strcmp(line->rest[i], "-") == 0)
			return;
	}
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

/* Ends as who does not handle the signal does, after what is done is said. */
static void import_end_by_signal(void)
{
	if (import_signal == 0)
		return;
	(void)fprintf(stderr, "tlsrpt-collector: stopped; run it again for the "
	                      "rest\n");
	(void)fflush(stdout);
	(void)signal(import_signal, SIG_DFL);
	(void)raise(import_signal);
}

/* --- the paths ------------------------------------------------------------ */

static bool import_is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Waits for some of what is in hand. Where nothing happens, what is ready may
   have to go before a message. */
static void import_wait(struct import *import)
{
	if (!import_queue_wait(import->queue, IMPORT_WAIT_MS))
		import_offer_all(import);
	import_print_done(import);
	if (import->is_stopped())
		import_queue_cancel(import->queue);
}

void import_add(struct import *import, const char *path, bool named,
                const char *why)
{
	struct import_input *input = import_input_new(import, path, named);
	struct err err;

	if (why != NULL)
		import_print_unreadable(input, why);
	else if (strcmp(path, "-") != 0 && import_input_open(input, &err) < 0)
		import_print_unreadable(input, err.text);
	import_queue_add(import->queue, input);
	while (import_queue_is_full(import->queue))
		import_wait(import);
}

static void import_walk(struct import *import, const struct command_line *line)
{
	int i;

	for (i = 0; i < line->count && !import->is_stopped(); i++) {
		if (import_is_folder(line->rest[i]))
			import_folder_take(import, line->rest[i]);
		else
			import_add(import, line->rest[i], true, NULL);
	}
	import_queue_close(import->queue);
	while (!import_queue_is_offered(import->queue))
		import_wait(import);
}

/* Imports each path: a report, a message, an mbox file, a folder with all
   below it whose name ends in .json, .gz or .eml or that lies in a Maildir, or
   "-" for standard input. One line on stdout for each path that was named, and
   for each file in a folder that was not simply stored; progress on stderr when
   that is a terminal. What cannot be read is said and counted, and the rest
   goes on. */
static int import_all(struct import *import, struct store *store,
                      const struct command_line *line, struct err *err)
{
	const struct writer_options options = {.store = store,
	                                       .queue = IMPORT_QUEUE_MAX,
	                                       .fill_batches = true};
	int result;

	if (writer_start(&options, &import->writer, err) < 0)
		return -1;
	import->queue = import_queue_new();
	(void)pthread_mutex_init(&import->mutex, NULL);
	result = import_reader_start(import, err);
	if (result == 0) {
		import_walk(import, line);
		import_reader_stop(import);
		import_mail_stop(import);
	}
	writer_free(&import->writer);
	import_print_done(import);
	import_print_progress(import, true);
	import_queue_free(&import->queue);
	(void)pthread_mutex_destroy(&import->mutex);
	return result;
}

static int import_status(const struct import_totals *totals, bool keep)
{
	if (totals->deferred > 0)
		return EX_TEMPFAIL;
	if (totals->unreadable > 0)
		return EX_NOINPUT;
	return totals->outcomes[OUTCOME_REFUSED] > 0 && !keep ? EX_DATAERR
	                                                      : EX_OK;
}

/* For a mail pipe whatever is wrong here, the configuration too, is no reason
   to return a message to its sender. */
static int import_fail(const struct command_line *line, const struct err *err)
{
	int status = command_fail(line, err);

	return command_has(line, VERBS_KEEP) ? EX_TEMPFAIL : status;
}

/* Root who imports is the store's owner by then, who may read less. */
static void import_explain_unreadable(void)
{
	char name[64];

	(void)fprintf(stderr,
	              "tlsrpt-collector: root became %s, the owner of the "
	              "store, who has to be able to read the files and to "
	              "enter their folders: put a copy where that is so, or "
	              "give one file at a time: tlsrpt-collector import - "
	              "<FILE\n",
	              verbs_user_name(name, sizeof(name)));
}

int import_run(const struct command_line *line)
{
	bool is_root = geteuid() == 0;
	struct import_totals totals = {.deferred = 0};
	struct import import = {.totals = &totals,
	                        .mtime = command_has(line, VERBS_MTIME),
	                        .progress = isatty(STDERR_FILENO) != 0,
	                        .is_stopped = import_is_stopped};
	struct config *config;
	struct store *store;
	struct err err;
	int result;

	if (verbs_open_to_write(line, &config, &store, &err) < 0)
		return import_fail(line, &err);
	import_handle_signals(line);
	import.config = config;
	result = import_all(&import, store, line, &err);
	store_close(&store);
	config_unref(&config);
	if (result < 0)
		return import_fail(line, &err);
	(void)printf("%lld stored, %lld duplicates, %lld conflicts, %lld "
	             "refused, %lld no reports, %lld unreadable, %lld not "
	             "stored\n",
	             (long long)totals.outcomes[OUTCOME_STORED],
	             (long long)totals.outcomes[OUTCOME_DUPLICATE],
	             (long long)totals.outcomes[OUTCOME_CONFLICT],
	             (long long)totals.outcomes[OUTCOME_REFUSED],
	             (long long)totals.outcomes[OUTCOME_IGNORED],
	             (long long)totals.unreadable, (long long)totals.deferred);
	if (totals.unreadable > 0 && is_root && geteuid() != 0)
		import_explain_unreadable();
	import_end_by_signal();
	return import_status(&totals, command_has(line, VERBS_KEEP));
}
