#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/timestamp.h"
#include "collector/verbs/verbs.h"
#include "collector/verbs/verbs_private.h"
#include "schema/store/admin.h"
#include "schema/store/write.h"

static void check_store_print_fault(void *cls, const char *sentence)
{
	struct buf text = BUF_INIT(4096);

	(void)cls;
	buf_add_printable(&text, sentence, strlen(sentence), 1024);
	(void)printf("%s\n", buf_text(&text));
	buf_free(&text);
}

static int check_store_repair(const struct command_line *line)
{
	struct config *config;
	struct store *store;
	int64_t times = 0;
	struct err err;
	int result;

	if (verbs_open_to_write(line, &config, &store, &err) < 0)
		return command_fail(line, &err);
	result = store_repair_times(store, timestamp_now(), &times, &err);
	if (result == 0)
		result = store_begin(store, timestamp_now(), &err);
	if (result == 0)
		result = store_repair_proofs(store, &err);
	if (result == 0)
		result = store_rebuild_sums(store, &err);
	if (result == 0)
		result = store_commit(store, &err);
	else
		store_rollback(store);
	store_close(&store);
	config_unref(&config);
	if (result < 0)
		return command_fail(line, &err);
	if (times > 0)
		(void)printf(
			"%lld times in the future have been set back to the "
			"current time\n",
			(long long)times);
	(void)puts("the sums have been recomputed");
	return EX_OK;
}

int check_store_run(const struct command_line *line)
{
	struct config *config;
	struct store *store;
	int64_t faults = 0;
	struct err err;
	int result = EX_OK;

	if (command_has(line, VERBS_REPAIR))
		result = check_store_repair(line);
	if (result != EX_OK)
		return result;
	if (verbs_open_to_read(line, &config, &store, &err) < 0)
		return command_fail(line, &err);
	result = store_check(store, check_store_print_fault, NULL, &faults,
	                     &err);
	store_close(&store);
	config_unref(&config);
	if (result < 0)
		return command_fail(line, &err);
	if (faults == 0)
		(void)puts("the store is whole");
	return faults > 0 ? EX_DATAERR : EX_OK;
}
