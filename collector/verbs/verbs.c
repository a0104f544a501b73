#include "collector/verbs/verbs.h"

#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "base/service.h"
#include "collector/intake/upgrade.h"
#include "collector/verbs/verbs_private.h"
#include "schema/settings/settings.h"

const struct command_option verbs_options[] = {
	{"mtime", no_argument, VERBS_MTIME, "",
         "with import: use the modification time of a file as its arrival "
         "time"},
	{"again", no_argument, VERBS_AGAIN, "",
         "with poll: also fetch messages that were given up"},
	{"connect", no_argument, VERBS_CONNECT, "", "with check-config"},
	{"keep", no_argument, VERBS_KEEP, "",
         "with import: refused input exits 0 because it is kept, local "
         "errors exit 75; for mail pipes"},
	{"raw", no_argument, VERBS_RAW, "",
         "with refused ID: print the original bytes"},
	{"reload", no_argument, VERBS_RELOAD, "", "with check-config"},
	{"repair", no_argument, VERBS_REPAIR, "", "with check-store"},
};

int verbs_open_to_write(const struct command_line *line, struct config **config,
                        struct store **store, struct err *err)
{
	if (config_read(line->config, false, config, err) < 0)
		return -1;
	if (settings_require_domain(&(*config)->settings, err) < 0 ||
	    service_become_owner((*config)->settings.store, err) < 0 ||
	    upgrade_open_store((*config)->settings.store, store, err) < 0) {
		config_unref(config);
		return -1;
	}
	return 0;
}

int verbs_open_to_read(const struct command_line *line, struct config **config,
                       struct store **store, struct err *err)
{
	if (config_read(line->config, false, config, err) < 0)
		return -1;
	if (service_become_owner((*config)->settings.store, err) < 0 ||
	    store_open((*config)->settings.store, STORE_READ, store, err) < 0) {
		config_unref(config);
		return -1;
	}
	return 0;
}

const char *verbs_user_name(char *out, size_t size)
{
	const struct passwd *entry = getpwuid(geteuid());

	if (entry != NULL)
		(void)snprintf(out, size, "%s", entry->pw_name);
	else
		(void)snprintf(out, size, "%u", geteuid());
	return out;
}
