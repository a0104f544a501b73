#include "collector/intake/upgrade.h"

#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/service.h"
#include "base/timestamp.h"

/* How often it is said, and for how long each time asks for patience: a step of
   the work takes some hundredths of a second, its end perhaps minutes. */
#define EVERY_MS      1000
#define PATIENCE_USEC 600000000LL

struct upgrade {
	const char *path;
	bool begun;
	bool terminal;
	int64_t next_ms;
};

static void upgrade_begin(struct upgrade *upgrade, int64_t all)
{
	upgrade->begun = true;
	log_notice("store %s is of an earlier version: bringing its %lld "
	           "reports up to date",
	           upgrade->path, (long long)all);
}

static void upgrade_on_progress(void *cls, int64_t done, int64_t all)
{
	struct upgrade *upgrade = cls;
	int64_t now = timestamp_monotonic_ms();
	char state[160];

	if (!upgrade->begun)
		upgrade_begin(upgrade, all);
	if (now < upgrade->next_ms && done < all)
		return;
	upgrade->next_ms = now + EVERY_MS;
	(void)snprintf(state, sizeof(state),
	               "EXTEND_TIMEOUT_USEC=%lld\nSTATUS=Bringing the store up "
	               "to date: %lld of %lld reports",
	               PATIENCE_USEC, (long long)done, (long long)all);
	service_notify(state);
	if (upgrade->terminal)
		(void)fprintf(stderr, "\r%lld of %lld reports", (long long)done,
		              (long long)all);
}

int upgrade_open_store(const char *path, struct store **store, struct err *err)
{
	struct upgrade upgrade = {.path = path,
	                          .terminal = isatty(STDERR_FILENO) != 0};
	int result = store_open_to_write(path, upgrade_on_progress, &upgrade,
	                                 store, err);

	if (upgrade.begun && upgrade.terminal)
		(void)fputc('\n', stderr);
	if (upgrade.begun && result == 0)
		log_notice("store %s is up to date", path);
	return result;
}
