/*
 * tlsrpt-collector: verbs and what they need. See tlsrpt-collector(8).
 */
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/exit.h"
#include "base/log.h"
#include "base/service.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "collector/config/config.h"
#include "collector/daemon.h"
#include "collector/mail/parser_worker.h"
#include "collector/mail/resolver_worker.h"
#include "collector/mailbox/poller.h"
#include "collector/mailbox/protocol.h"
#include "collector/mailbox/worker.h"
#include "collector/submit/submit.h"
#include "collector/verbs/check_config.h"
#include "collector/verbs/import.h"
#include "collector/verbs/refused.h"
#include "collector/verbs/reports.h"
#include "schema/report/report.h"
#include "schema/settings/settings.h"
#include "schema/store/admin.h"
#include "schema/store/write.h"

/* Blocks of this size and over go back to the system when they are freed; what
   is smaller is kept for the next report up to the second. */
#define MMAP_THRESHOLD (1024 * 1024)
#define TRIM_THRESHOLD (8 * 1024 * 1024)

struct command_line {
	const char *config;
	bool raw;
	bool mtime;
	bool repair;
	bool keep;
	bool submits; /* the verb is submit */
	/* With poll: messages that were given up, too. */
	bool again;
	/* With check-config. */
	bool connect;
	bool reload;
	int count; /* after the verb */
	char **rest;
};

static const char usage[] =
	"Usage: tlsrpt-collector [-c FILE] [VERB]\n"
	"\n"
	"Takes in TLS reports (RFC 8460) and stores them.\n"
	"\n"
	"  serve              take reports by HTTPS and from mailboxes until\n"
	"                     stopped (the default)\n"
	"  import PATH...|-   take in reports and messages: .json, .json.gz and\n"
	"                     .eml files, mbox files, Maildirs, folders of them,\n"
	"                     or one from standard input\n"
	"  submit [SOCKET]    give a running collector the message on standard\n"
	"                     input, from a mail pipe: 0 when it is stored or kept,\n"
	"                     75 when it is to be tried again, nothing else\n"
	"  poll [NAME...]     one round over the mailboxes, or over those\n"
	"  reports [DOMAIN]   show the newest stored reports, who sent them and why\n"
	"                     that is believed or not\n"
	"  refused [ID]       show what was refused and why, or one entry of it;\n"
	"                     with --raw its bytes\n"
	"  reparse            try what was refused again\n"
	"  backup FILE        write a copy of the store, checked, while all goes on\n"
	"  check-store        say whether the store is whole; with --repair make\n"
	"                     its sums anew from the reports\n"
	"  check-config       say whether the configuration is in order, and what\n"
	"                     it names is there; with --connect log in to each\n"
	"                     mailbox, with --reload fail only for what a reload\n"
	"                     would not take\n"
	"\n"
	"  -c, --config FILE  read FILE instead of " SETTINGS_FILE "\n"
	"      --mtime        with import: a file arrived when it was written, as\n"
	"                     in an archive that was kept as reports came\n"
	"      --again        with poll: fetch what was given up, too\n"
	"      --connect      with check-config\n"
	"      --keep         with import: 0 for what is refused too, since it is\n"
	"                     kept; for mail pipes\n"
	"      --raw          with refused ID: the bytes as they came\n"
	"      --reload       with check-config\n"
	"      --repair       with check-store\n"
	"  -h, --help         show this\n"
	"  -V, --version      show the version\n"
	"\n"
	"Exit status as in sysexits.h: 0 all well, 64 wrong usage, 65 some inputs\n"
	"were refused, 66 something cannot be read, 74 the output cannot be written,\n"
	"75 our own trouble, try again, 78 the configuration is wrong or\n"
	"missing.\n";

/* Says an error to people and returns its exit status. */
static int command_fail(const struct err *err)
{
	(void)fprintf(stderr, "tlsrpt-collector: %s\n", err->text);
	return exit_status(err);
}

/* The configuration and the store, for the verbs that work beside serve. */
static int verbs_open_to_write(const struct command_line *args,
                               struct config **config, struct store **store,
                               struct err *err)
{
	if (config_read(args->config, false, config, err) < 0)
		return -1;
	if (settings_require_domain(&(*config)->settings, err) < 0 ||
	    service_become_owner((*config)->settings.store, err) < 0 ||
	    store_open((*config)->settings.store, STORE_WRITE, store, err) <
	            0) {
		config_unref(config);
		return -1;
	}
	return 0;
}

/* The store for reading only, as its owner. */
static int verbs_open_to_read(const struct command_line *args,
                              struct config **config, struct store **store,
                              struct err *err)
{
	if (config_read(args->config, false, config, err) < 0)
		return -1;
	if (service_become_owner((*config)->settings.store, err) < 0 ||
	    store_open((*config)->settings.store, STORE_READ, store, err) < 0) {
		config_unref(config);
		return -1;
	}
	return 0;
}

static int verb_serve(const struct command_line *args)
{
	return daemon_serve(args->config);
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
static int import_fail(const struct command_line *args, const struct err *err)
{
	int status = command_fail(err);

	return args->keep ? EX_TEMPFAIL : status;
}

/* The name of the user that this process is by now, or his number. */
static const char *verbs_user_name(char *out, size_t size)
{
	const struct passwd *entry = getpwuid(geteuid());

	if (entry != NULL)
		(void)snprintf(out, size, "%s", entry->pw_name);
	else
		(void)snprintf(out, size, "%u", geteuid());
	return out;
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

static int import_run(const struct command_line *args)
{
	bool is_root = geteuid() == 0;
	const struct import_paths paths = {args->rest, (size_t)args->count,
	                                   args->mtime};
	struct import_totals totals;
	struct config *config;
	struct store *store;
	struct err err;
	int result;

	if (verbs_open_to_write(args, &config, &store, &err) < 0)
		return import_fail(args, &err);
	result = import_all(config, store, &paths, &totals, &err);
	store_close(&store);
	config_unref(&config);
	if (result < 0)
		return import_fail(args, &err);
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
	return import_status(&totals, args->keep);
}

/* Whoever submits may not be able to read the configuration. Whatever is wrong
   here, a wrong command too, is no reason to return a message to its sender. */
static int submit_client_run(const struct command_line *args)
{
	struct config *config = NULL;
	const char *path = SUBMIT_SOCKET;
	struct err err;
	int status;

	if (args->count > 1) {
		(void)fprintf(stderr, "tlsrpt-collector: submit takes a socket "
		                      "and nothing else; see --help\n");
		return EX_TEMPFAIL;
	}
	if (args->count == 0 &&
	    config_read(args->config, false, &config, &err) == 0 &&
	    config->submit != NULL && config->submit[0] != '\0')
		path = config->submit;
	status = submit_client_exchange(args->count > 0 ? args->rest[0] : path);
	config_unref(&config);
	return status;
}

/* --- mailboxes ----------------------------------------------------------- */

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

static int poll_print_result(struct store *store,
                             const struct poller_result *result)
{
	int64_t again = result->listed - result->finished;
	struct store_mailbox_left left;
	struct err err;

	if (store_mailbox_left(store, result->name, &left, &err) < 0)
		return command_fail(&err);
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
                          const struct command_line *args, struct err *err)
{
	const struct poller_selection selection = {
		args->rest, (size_t)args->count, args->again};
	const struct poller_result *results;
	struct writer_options options = {.store = store,
	                                 .queue = 1024,
	                                 .background_task =
	                                         poll_write_positions};
	struct poller *mailboxes;
	struct writer *writer;
	size_t count = 0, i;
	int status = EX_OK, one, result;

	if (poller_new(config, &mailboxes, err) < 0)
		return command_fail(err);
	options.cls = mailboxes;
	if (writer_start(&options, &writer, err) < 0) {
		poller_free(&mailboxes);
		return command_fail(err);
	}
	poller_set_writer(mailboxes, writer);
	result = poller_run_once(mailboxes, &selection, &results, &count, err);
	writer_free(&writer);
	poller_write_checkpoints(mailboxes, store);
	for (i = 0; result == 0 && i < count; i++) {
		one = poll_print_result(store, &results[i]);
		status = one != EX_OK ? one : status;
	}
	poller_free(&mailboxes);
	if (result < 0)
		(void)command_fail(err);
	return result < 0 ? EX_USAGE : status;
}

static int poll_run(const struct command_line *args)
{
	struct config *config;
	struct store *store;
	struct err err;
	int status;

	if (verbs_open_to_write(args, &config, &store, &err) < 0)
		return command_fail(&err);
	if (config->mailboxes.count == 0) {
		(void)fprintf(stderr,
		              "tlsrpt-collector: no mailbox is "
		              "configured; add a [mailbox NAME] section\n");
		status = EX_CONFIG;
	} else {
		log_set_level((enum log_level)(LOG_LEVEL_ERROR +
		                               config->settings.log_level));
		status = poll_selection(config, store, args, &err);
	}
	store_close(&store);
	config_unref(&config);
	return status;
}

/* --- what is stored ------------------------------------------------------ */

static int reports_run(const struct command_line *args)
{
	struct text domain = TEXT("");
	struct config *config;
	struct store *store;
	struct err err;
	int result;

	if (verbs_open_to_read(args, &config, &store, &err) < 0)
		return command_fail(&err);
	if (args->count > 0)
		domain = text_of(args->rest[0]);
	result = reports_list(store, domain, &err);
	store_close(&store);
	config_unref(&config);
	return result < 0 ? command_fail(&err) : EX_OK;
}

static int refused_run(const struct command_line *args)
{
	struct config *config;
	struct store *store;
	struct err err;
	int64_t id = 0;
	int result;

	if (args->count > 0 && !text_integer(text_of(args->rest[0]), &id)) {
		(void)err_set(&err, ERR_USAGE,
		              "\"%s\" is no number of an entry", args->rest[0]);
		return command_fail(&err);
	}
	if (verbs_open_to_write(args, &config, &store, &err) < 0)
		return command_fail(&err);
	result = args->count > 0 ? refused_show(store, id, args->raw, &err)
	                         : refused_list(store, &err);
	store_close(&store);
	config_unref(&config);
	return result < 0 ? command_fail(&err) : EX_OK;
}

static int reparse_run(const struct command_line *args)
{
	struct readmit_totals totals;
	struct config *config;
	struct store *store;
	struct err err;
	int result;

	if (verbs_open_to_write(args, &config, &store, &err) < 0)
		return command_fail(&err);
	result = readmit_all(config, store, &totals, &err);
	store_close(&store);
	config_unref(&config);
	if (result < 0)
		return command_fail(&err);
	(void)printf("%lld tried, %lld taken in, %lld not stored\n",
	             (long long)totals.tried, (long long)totals.readmitted,
	             (long long)totals.deferred);
	return totals.deferred > 0 ? EX_TEMPFAIL : EX_OK;
}

/* --- the store ----------------------------------------------------------- */

/* The copy is written by the store's owner, into a folder that is his. */
static int backup_check_folder(const char *path, struct err *err)
{
	struct arena *arena = arena_new(0);
	const char *slash = strrchr(path, '/');
	const char *folder =
		slash == NULL
			? "."
			: arena_copy(arena, path, (size_t)(slash - path + 1));
	int result = access(folder, W_OK | X_OK);
	char name[64];

	if (result < 0)
		(void)err_set_errno(
			err, errno,
			"%s: %s, the owner of the store, has to be able to "
			"write into it (install -d -o %s -m 750 %s)",
			folder, verbs_user_name(name, sizeof(name)), name,
			folder);
	arena_free(&arena);
	return result;
}

static int backup_run(const struct command_line *args)
{
	struct config *config;
	struct store *store;
	int64_t reports = 0;
	struct err err;
	int result;

	if (verbs_open_to_read(args, &config, &store, &err) < 0)
		return command_fail(&err);
	result = backup_check_folder(args->rest[0], &err);
	if (result == 0)
		result = store_backup(store, args->rest[0], &reports, &err);
	store_close(&store);
	config_unref(&config);
	if (result < 0)
		return command_fail(&err);
	(void)printf("%s: %lld reports, checked\n", args->rest[0],
	             (long long)reports);
	return EX_OK;
}

static void check_store_print_fault(void *cls, const char *sentence)
{
	struct buf line = BUF_INIT(4096);

	(void)cls;
	buf_add_printable(&line, sentence, strlen(sentence), 1024);
	(void)printf("%s\n", buf_text(&line));
	buf_free(&line);
}

static int check_store_repair(const struct command_line *args)
{
	struct config *config;
	struct store *store;
	int64_t times = 0;
	struct err err;
	int result;

	if (verbs_open_to_write(args, &config, &store, &err) < 0)
		return command_fail(&err);
	result = store_repair_times(store, timestamp_now(), &times, &err);
	if (result == 0)
		result = store_begin(store, timestamp_now(), &err);
	if (result == 0)
		result = store_rebuild_sums(store, &err);
	if (result == 0)
		result = store_commit(store, &err);
	else
		store_rollback(store);
	store_close(&store);
	config_unref(&config);
	if (result < 0)
		return command_fail(&err);
	if (times > 0)
		(void)printf("%lld times that lay ahead of the clock are set "
		             "back to it\n",
		             (long long)times);
	(void)puts("the sums are made anew");
	return EX_OK;
}

static int check_store_run(const struct command_line *args)
{
	struct config *config;
	struct store *store;
	int64_t faults = 0;
	struct err err;
	int result = EX_OK;

	if (args->repair)
		result = check_store_repair(args);
	if (result != EX_OK)
		return result;
	if (verbs_open_to_read(args, &config, &store, &err) < 0)
		return command_fail(&err);
	result = store_check(store, check_store_print_fault, NULL, &faults,
	                     &err);
	store_close(&store);
	config_unref(&config);
	if (result < 0)
		return command_fail(&err);
	if (faults == 0)
		(void)puts("the store is whole");
	return faults > 0 ? EX_DATAERR : EX_OK;
}

static int verb_check_config(const struct command_line *args)
{
	const struct check_config_wish wish = {args->connect, args->reload};

	return check_config_run(args->config, &wish);
}

struct command_verb {
	const char *name;
	int min, max; /* arguments */
	int (*run)(const struct command_line *args);
};

static const struct command_verb main_verbs[] = {
	{"serve", 0, 0, verb_serve},
	{"import", 1, INT32_MAX, import_run},
	{"submit", 0, INT32_MAX, submit_client_run},
	{"poll", 0, INT32_MAX, poll_run},
	{"reports", 0, 1, reports_run},
	{"refused", 0, 1, refused_run},
	{"reparse", 0, 0, reparse_run},
	{"backup", 1, 1, backup_run},
	{"check-store", 0, 0, check_store_run},
	{"check-config", 0, 0, verb_check_config},
};

static int command_run_verb(const char *name, const struct command_line *args)
{
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(main_verbs); i++) {
		if (strcmp(main_verbs[i].name, name) != 0)
			continue;
		if (args->count >= main_verbs[i].min &&
		    args->count <= main_verbs[i].max)
			return main_verbs[i].run(args);
		(void)fprintf(stderr,
		              "tlsrpt-collector: %s takes %s; see --help\n",
		              name,
		              args->count < main_verbs[i].min
		                      ? "an argument"
		                      : "fewer arguments");
		return EX_USAGE;
	}
	(void)fprintf(stderr,
	              "tlsrpt-collector: there is no verb \"%s\"; see --help\n",
	              name);
	return EX_USAGE;
}

/* The verbs that only the program itself starts. */
static int main_run_worker(const char *name)
{
	if (strcmp(name, PARSER_WORKER_VERB) == 0)
		return parser_worker_run();
	if (strcmp(name, RESOLVER_WORKER_VERB) == 0)
		return resolver_worker_run();
	if (strcmp(name, WORKER_VERB) == 0)
		return worker_run();
	return -1;
}

/* A mail pipe with a wrong option still bounces nothing. */
static int main_may_be_mail_pipe(int argc, char *const argv[])
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "submit") == 0 ||
		    strcmp(argv[i], "--keep") == 0)
			return EX_TEMPFAIL;
	}
	return EX_USAGE;
}

static const struct option long_options[] = {
	{"config", required_argument, NULL, 'c'},
	{"raw", no_argument, NULL, 'r'},
	{"mtime", no_argument, NULL, 'm'},
	{"repair", no_argument, NULL, 'R'},
	{"again", no_argument, NULL, 'a'},
	{"keep", no_argument, NULL, 'k'},
	{"connect", no_argument, NULL, 'C'},
	{"reload", no_argument, NULL, 'L'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

static int command_parse(int argc, char *argv[], struct command_line *args)
{
	const char *verb = "serve";
	int c;

	while ((c = getopt_long(argc, argv, "c:hV", long_options, NULL)) !=
	       -1) {
		switch (c) {
		case 'c':
			args->config = optarg;
			break;
		case 'r':
			args->raw = true;
			break;
		case 'm':
			args->mtime = true;
			break;
		case 'k':
			args->keep = true;
			break;
		case 'a':
			args->again = true;
			break;
		case 'C':
			args->connect = true;
			break;
		case 'L':
			args->reload = true;
			break;
		case 'R':
			args->repair = true;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return EX_OK;
		case 'V':
			(void)puts("tlsrpt-collector " TLSRPT_VERSION
			           " (" TLSRPT_REVISION ")");
			return EX_OK;
		default:
			return main_may_be_mail_pipe(argc, argv);
		}
	}
	if (optind < argc)
		verb = argv[optind++];
	args->submits = strcmp(verb, "submit") == 0;
	args->count = argc - optind;
	args->rest = argv + optind;
	return command_run_verb(verb, args);
}

int main(int argc, char *argv[])
{
	struct command_line args = {.config = SETTINGS_FILE};
	int status = argc == 2 ? main_run_worker(argv[1]) : -1;

	if (status >= 0)
		return status;
	(void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
	(void)mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD);
	report_json_init();
	status = command_parse(argc, argv, &args);
	/* To a mail pipe the message matters, which is stored: nothing
	   bounces because nobody listened. */
	return args.keep || args.submits
	               ? status
	               : exit_finish("tlsrpt-collector", status);
}
