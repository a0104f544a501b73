#include <stdio.h>
#include <sysexits.h>

#include "exporter/config/config.h"
#include "exporter/verbs/verbs.h"

/* Bytes of the changes that are printed: some hundred thousand lines. */
#define CHANGES_MAX (16U * 1024U * 1024U)

static void check_config_print_removed(void *cls, const char *sentence)
{
	(void)cls;
	(void)fprintf(stderr, "tlsrpt-exporter: %s\n", sentence);
}

int check_config_run(const struct command_line *line)
{
	struct buf changes = BUF_INIT(CHANGES_MAX);
	struct config *config;
	struct err err;

	if (config_read(line->config, &config, &err) < 0)
		return command_fail(line, &err);
	options_each_removed(config->settings.options,
	                     check_config_print_removed, NULL);
	settings_print_changes(&config->settings, &changes);
	(void)fputs(buf_text(&changes), stdout);
	(void)printf("%s is in order for tlsrpt-exporter; tlsrpt-collector "
	             "check-config looks at [collector], [mail], [mailbox] and "
	             "[reporters]\n",
	             line->config);
	buf_free(&changes);
	config_unref(&config);
	return EX_OK;
}
