/*
 * tlsrpt-exporter: its verbs. See tlsrpt-exporter(8).
 */
#include "base/attr.h"
#include "base/command.h"
#include "base/exit.h"
#include "exporter/serve.h"
#include "exporter/verbs/verbs.h"
#include "schema/settings/settings.h"

static const struct command_verb main_verbs[] = {
	{"serve", "", 0, 0, 0, serve_run,
         "answer /metrics and /healthz (the default)"},
	{"verdict", "[DOMAIN...]", 0, COMMAND_ANY,
         COMMAND_BIT(VERBS_JSON) | COMMAND_BIT(VERBS_EXPLAIN) |
                 COMMAND_BIT(VERBS_AT) | COMMAND_BIT(VERBS_WITHOUT) |
                 COMMAND_BIT(VERBS_ACCEPT),
         verdict_verb_run,
         "show whether a domain can enforce its MTA-STS policy; without names, "
         "a table of all domains"},
	{"backfill", "", 0, 0,
         COMMAND_BIT(VERBS_FROM) | COMMAND_BIT(VERBS_TO) |
                 COMMAND_BIT(VERBS_LABEL) | COMMAND_BIT(VERBS_FAMILIES) |
                 COMMAND_BIT(VERBS_SPLIT) | COMMAND_BIT(VERBS_OUTPUT),
         backfill_run,
         "write the history by report day, as OpenMetrics for promtool tsdb "
         "create-blocks-from"},
	{"check-config", "", 0, 0, 0, check_config_run,
         "check the configuration"},
};

static const struct command main_command = {
	.program = "tlsrpt-exporter",
	.version = "tlsrpt-exporter " TLSRPT_VERSION " (" TLSRPT_REVISION ")",
	.config = SETTINGS_FILE,
	.summary = "Shows metrics and verdicts from the reports that "
		   "tlsrpt-collector stored.",
	.epilogue =
		"Exit status of verdict: 0 ready or enforce_ok, 1 not yet, 2 "
		"needs action; the\n"
		"worst domain decides. Otherwise as in sysexits.h: 0 success, "
		"64 wrong usage, 66\n"
		"an input cannot be read, 71 a system call failed, 74 the "
		"output cannot be\n"
		"written, 75 try again, 78 the configuration is wrong or "
		"missing.\n",
	.verbs = main_verbs,
	.verb_count = ARRAY_LENGTH(main_verbs),
	.options = verbs_options,
	.option_count = VERBS_OPTIONS,
	.column = 24,
};

int main(int argc, char *argv[])
{
	struct command_line line;

	return exit_finish(main_command.program,
	                   command_run(&main_command, argc, argv, &line));
}
