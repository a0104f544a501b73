#include <stdio.h>
#include <sysexits.h>

#include "collector/intake/readmit.h"
#include "collector/verbs/verbs.h"
#include "collector/verbs/verbs_private.h"

int reparse_run(const struct command_line *line)
{
	struct readmit_totals totals;
	struct config *config;
	struct store *store;
	struct err err;
	int result;

	if (verbs_open_to_write(line, &config, &store, &err) < 0)
		return command_fail(line, &err);
	result = readmit_all(config, store, &totals, &err);
	store_close(&store);
	config_unref(&config);
	if (result < 0)
		return command_fail(line, &err);
	(void)printf("%lld tried, %lld accepted, %lld not stored\n",
	             (long long)totals.tried, (long long)totals.readmitted,
	             (long long)totals.deferred);
	return totals.deferred > 0 ? EX_TEMPFAIL : EX_OK;
}
