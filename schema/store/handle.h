/*
 * An open store, as the files of this folder know it.
 */
#ifndef SCHEMA_STORE_HANDLE_H
#define SCHEMA_STORE_HANDLE_H

#include <sys/stat.h>

#include "schema/store/store.h"

struct dictionary_cache;
struct engine;
struct store_counters;

/* A row of the table usage as the open transaction knows it. */
#define STORE_USAGE_MAX 12U

struct store_usage {
	char name[32];
	int64_t rows;
	int64_t bytes;
	bool loaded;
	bool dirty;
};

/* Changes that the open transaction has noted, the newest of them. */
#define STORE_CHANGES 64U

struct store_change {
	int64_t domain_id;
	int64_t day;
};

struct store_file_identity {
	uint64_t device, inode; /* 0: there is no such file */
};

struct store {
	struct store_usage usage[STORE_USAGE_MAX];
	struct store_change changes[STORE_CHANGES]; /* by domain_id */
	struct engine *engine;
	char *path;
	enum store_mode mode;
	store_progress *on_progress; /* of a migration, or NULL */
	void *progress_cls;
	struct dictionary_cache *cache;  /* ids of repeated strings */
	struct store_counters *counters; /* counters and facts not yet written */
	int64_t cache_version; /* data_version that the cache is good for */
	int64_t now;           /* of the open transaction */
	bool open;             /* a writing transaction is */
	struct store_file_identity wal,
		shm;     /* a writer's, as they were opened */
	bool files_lost; /* they are others now, or gone */
	bool files_rescued;
	bool is_immutable; /* a reader's: opened without its log */
	struct stat immutable_stat;
	bool clock_behind;
};

#endif
