#include <stdio.h>
#include <sysexits.h>

#include "exporter/config/config.h"
#include "exporter/verbs/verbs.h"

int check_config_run(const struct command_line *line)
{
	struct config *config;
	struct err err;

	if (config_read(line->config, &config, &err) < 0)
		return command_fail(line, &err);
	(void)printf("%s is in order for tlsrpt-exporter; tlsrpt-collector "
	             "check-config looks at [collector], [mail], [mailbox] and "
	             "[reporters]\n",
	             line->config);
	config_unref(&config);
	return EX_OK;
}
