/*
 * tlsrpt-collector: its verbs. See tlsrpt-collector(8).
 */
#include <malloc.h>
#include <string.h>
#include <sysexits.h>

#include "base/attr.h"
#include "base/exit.h"
#include "collector/daemon.h"
#include "collector/mail/parser_worker.h"
#include "collector/mail/resolver_worker.h"
#include "collector/mailbox/worker.h"
#include "collector/submit/submit.h"
#include "collector/verbs/verbs.h"
#include "schema/report/report.h"

/* Freed blocks of this size go back to the system, and what is over the other. */
#define MMAP_THRESHOLD (1024 * 1024)
#define TRIM_THRESHOLD (8 * 1024 * 1024)

static const struct command_verb main_verbs[] = {
	{"serve", "", 0, 0, 0, daemon_serve,
         "accept reports by HTTPS and fetch them from mailboxes until "
         "stopped (the default)"},
	{"import", "PATH...|-", 1, COMMAND_ANY,
         COMMAND_BIT(VERBS_MTIME) | COMMAND_BIT(VERBS_KEEP), import_run,
         "import reports and messages: .json, .json.gz and .eml files, mbox "
         "files, Maildirs, folders of them, or one from standard input"},
	{"submit", "[SOCKET]", 0, 1, COMMAND_ANY_OPTION, submit_client_run,
         "pass the message on standard input, from a mail pipe, to a running "
         "collector; exits 0 if it is stored or kept, otherwise 75 (try "
         "again)"},
	{"poll", "[NAME...]", 0, COMMAND_ANY, COMMAND_BIT(VERBS_AGAIN),
         poll_run, "poll all mailboxes once, or only those named"},
	{"reports", "[DOMAIN]", 0, 1, 0, reports_run,
         "list the newest stored reports, their senders, and whether and why "
         "these are trusted"},
	{"refused", "[ID]", 0, 1, COMMAND_BIT(VERBS_RAW), refused_run,
         "list what was refused and why, or show one entry; with --raw its "
         "bytes"},
	{"reparse", "", 0, 0, 0, reparse_run, "parse refused input again"},
	{"backup", "FILE", 1, 1, 0, backup_run,
         "copy the store while the collector runs, and check the copy"},
	{"check-store", "", 0, 0, COMMAND_BIT(VERBS_REPAIR), check_store_run,
         "check the integrity of the store; with --repair, first recompute "
         "its sums from the reports"},
	{"check-config", "", 0, 0,
         COMMAND_BIT(VERBS_CONNECT) | COMMAND_BIT(VERBS_RELOAD),
         check_config_run,
         "check the configuration and the files it names; with --connect, "
         "also log in to each mailbox; with --reload, fail only for what a "
         "reload would reject"},
};

static const struct command main_command = {
	.program = "tlsrpt-collector",
	.version = "tlsrpt-collector " TLSRPT_VERSION " (" TLSRPT_REVISION ")",
	.config = SETTINGS_FILE,
	.summary = "Receives TLS reports (RFC 8460) and stores them.",
	.epilogue = VERBS_EPILOGUE,
	.verbs = main_verbs,
	.verb_count = ARRAY_LENGTH(main_verbs),
	.options = verbs_options,
	.option_count = VERBS_OPTIONS,
	.column = 21,
};

/* What only the program itself starts; -1 for anything else. */
static int main_run_worker(const char *name)
{
	if (strcmp(name, PARSER_WORKER_VERB) == 0)
		return parser_worker_run();
	if (strcmp(name, RESOLVER_WORKER_VERB) == 0)
		return resolver_worker_run();
	return strcmp(name, WORKER_VERB) == 0 ? worker_run() : -1;
}

/* Where the options cannot be parsed, a mail pipe is what looks like one. */
static bool main_is_mail_pipe(const struct command_line *line, int argc,
                              char *const argv[])
{
	int i;

	if (line->verb != NULL)
		return strcmp(line->verb, "submit") == 0 ||
		       command_has(line, VERBS_KEEP);
	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "submit") == 0 ||
		    strcmp(argv[i], "--keep") == 0)
			return true;
	}
	return false;
}

int main(int argc, char *argv[])
{
	int status = argc == 2 ? main_run_worker(argv[1]) : -1;
	struct command_line line;
	bool is_mail;

	if (status >= 0)
		return status;
	(void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
	(void)mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD);
	report_json_init();
	status = command_run(&main_command, argc, argv, &line);
	is_mail = main_is_mail_pipe(&line, argc, argv);
	/* A wrong option is no reason to return a message to its sender. */
	if (status == EX_USAGE && is_mail)
		return EX_TEMPFAIL;
	/* Nor is it that nobody listened: the message is stored. */
	if (line.verb != NULL && is_mail)
		return status;
	return exit_finish("tlsrpt-collector", status);
}
