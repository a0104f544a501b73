#include "tests/fuzz/fuzz_world_store.h"

#include <stdio.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/attr.h"
#include "schema/settings/thresholds_check.h"
#include "schema/store/store.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_world.h"

#define DAY_SECONDS 86400
#define LONG_KNOWN  400
#define PATH_SIZE   64U
#define ENDING_SIZE 8U

/* Names by enum fuzz_reporter, and for how many days each has been proved. */
struct store_reporter {
	const char *name;
	int64_t days; /* 0: nobody knows */
};

static const struct store_reporter known[FUZZ_REPORTERS] = {
	[FUZZ_GOOGLE] = {"google.com", LONG_KNOWN},
	[FUZZ_MICROSOFT] = {"microsoft.com", 3},
	[FUZZ_A] = {"a.example", LONG_KNOWN},
	[FUZZ_B] = {"b.example", 60},
	[FUZZ_C] = {"c.example", 30},
	[FUZZ_D] = {"d.example", 20},
	[FUZZ_E] = {"e.example", 8},
	[FUZZ_F] = {"f.example", 2},
	[FUZZ_A_AGAIN] = {"mail.a.example", LONG_KNOWN},
	[FUZZ_UNTIMED] = {"untimed.example", 0},
	[FUZZ_NEW] = {"new.example", 3},
};

/* Names of files that are there for a moment. */
static void name_file(const char *ending, char path[PATH_SIZE])
{
	(void)snprintf(path, PATH_SIZE, "%s/tlsrpt-world-%ld.%s",
	               access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp",
	               (long)getpid(), ending);
}

static void remove_store(const char *path)
{
	static const char *const endings[] = {"", "-wal", "-shm"};
	char name[PATH_SIZE + ENDING_SIZE];
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(endings); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, endings[i]);
		(void)unlink(name);
	}
}

static void add_reporters(const char *path)
{
	int64_t proved;
	char *sql;
	sqlite3 *db;
	int i;

	MUST(sqlite3_open(path, &db) == SQLITE_OK);
	for (i = FUZZ_GOOGLE; i < FUZZ_REPORTERS; i++) {
		proved = (FUZZ_WORLD_TODAY - known[i].days) * DAY_SECONDS;
		sql = sqlite3_mprintf(
			"INSERT INTO reporter VALUES (%d, %Q, %lld, "
			"nullif(%lld, 0))",
			i, known[i].name, (long long)proved,
			known[i].days == 0 ? 0 : (long long)proved);
		MUST(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
		sqlite3_free(sql);
	}
	MUST(sqlite3_close(db) == SQLITE_OK);
}

static struct reporters *reporters;

static void leave(void)
{
	reporters_unref(&reporters);
}

const struct reporters *fuzz_world_store_reporters(void)
{
	char path[PATH_SIZE];
	struct store *store;
	struct err err;

	if (reporters != NULL)
		return reporters;
	name_file("db", path);
	MUST(store_open(path, STORE_WRITE, &store, &err) == 0);
	add_reporters(path);
	MUST(reporters_read(NULL, store, &reporters, &err) == 0);
	store_close(&store);
	remove_store(path);
	MUST(atexit(leave) == 0);
	return reporters;
}

/* An empty configuration, for sentences about it to name a place. */
static const struct options *empty_options(void)
{
	static struct arena *arena;
	static struct options *options;
	char path[PATH_SIZE];
	struct err err;
	FILE *file;

	if (options != NULL)
		return options;
	arena = arena_new(0);
	name_file("conf", path);
	file = fopen(path, "w");
	MUST(file != NULL && fclose(file) == 0);
	MUST(options_read(path, arena, NULL, 0, &options, &err) == 0);
	(void)unlink(path);
	return options;
}

bool fuzz_world_store_allows(const struct thresholds *thresholds)
{
	struct err err;

	return thresholds_check(thresholds, empty_options(), "verdict", NULL,
	                        &err) == 0;
}
