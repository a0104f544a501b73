/*
 * Whether what serve will need is there, before it is started.
 */
#ifndef COLLECTOR_VERBS_CHECK_CONFIG_H
#define COLLECTOR_VERBS_CHECK_CONFIG_H

#include <stdbool.h>

struct check_config_wish {
	bool connect; /* open each mailbox of a server, too */
	/* For a collector that is running: what a reload tolerates, such as a
	   mailbox that cannot be read, is said and is no failure. */
	bool reload;
};

/* Reads the configuration at path and tries what it names, run as root as the
   owner of the store's folder; all problems go to standard error. Returns an
   exit status: EX_CONFIG when something has to be put right here, EX_TEMPFAIL
   when only servers did not let us in. */
int check_config_run(const char *path, const struct check_config_wish *wish);

#endif
