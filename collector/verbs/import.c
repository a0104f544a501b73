#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "collector/verbs/import_private.h"
#include "collector/verbs/verbs.h"
#include "collector/verbs/verbs_private.h"
#include "schema/limits.h"

/* Two batches: one that is written, and one that is read meanwhile. */
#define IMPORT_QUEUE_MAX (2U * LIMIT_BATCH)

static bool import_is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Imports each path: a report, a message, an mbox file, a folder with all
   below it whose name ends in .json, .gz or .eml or that lies in a Maildir, or
   "-" for standard input. One line on stdout for each path that was named, and
   for each file in a folder that was not simply stored; progress on stderr when
   that is a terminal. What cannot be read is said and counted, and the rest
   goes on. */
static int import_all(struct config *config, struct store *store,
                      const struct command_line *line,
                      struct import_totals *totals, struct err *err)
{
	const struct writer_options options = {.store = store,
	                                       .queue = IMPORT_QUEUE_MAX,
	                                       .fill_batches = true};
	struct import import = {.config = config,
	                        .totals = totals,
	                        .mtime = command_has(line, VERBS_MTIME)};
	int i;

	*totals = (struct import_totals){0};
	if (writer_start(&options, &import.writer, err) < 0)
		return -1;
	(void)pthread_mutex_init(&import.mutex, NULL);
	import.progress = isatty(STDERR_FILENO) != 0;
	for (i = 0; i < line->count; i++) {
		if (strcmp(line->rest[i], "-") == 0)
			import_file_take_stdin(&import, true);
		else if (import_is_folder(line->rest[i]))
			import_folder_take(&import, line->rest[i]);
		else
			import_file_take(&import, line->rest[i]);
	}
	writer_free(&import.writer);
	parser_client_free(&import.parser);
	import_print_progress(&import, true);
	(void)pthread_mutex_destroy(&import.mutex);
	return 0;
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
	struct import_totals totals;
	struct config *config;
	struct store *store;
	struct err err;
	int result;

	if (verbs_open_to_write(line, &config, &store, &err) < 0)
		return import_fail(line, &err);
	result = import_all(config, store, line, &totals, &err);
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
	return import_status(&totals, command_has(line, VERBS_KEEP));
}
