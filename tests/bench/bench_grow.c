/*
 * Whether intake slows down as the store grows: imports a pack in the order of
 * its days and says the rate of each tenth.
 *
 *	bench_grow PACK STORE
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/timestamp.h"
#include "collector/config/config.h"
#include "collector/intake/intake.h"
#include "collector/intake/writer.h"
#include "schema/limits.h"
#include "schema/report/report.h"
#include "schema/store/store.h"
#include "tests/bench/pack.h"

#define PARTS 10U

static void die(const char *why)
{
	(void)fprintf(stderr, "bench_grow: %s\n", why);
	exit(1);
}

static size_t write_batch(struct config *config, struct store *store,
                          const struct pack_item *items, size_t count)
{
	struct intake *all[LIMIT_BATCH];
	int64_t now = timestamp_now();
	size_t i, stored = 0;

	for (i = 0; i < count; i++) {
		all[i] = intake_new(config, CHANNEL_IMPORT, items[i].gzip,
		                    items[i].gzip_len);
		intake_prepare(all[i], now);
		if (i > 0)
			all[i - 1]->next = all[i];
	}
	writer_commit_batch(store, all[0]);
	for (i = 0; i < count; i++) {
		stored += all[i]->stage == INTAKE_COMMITTED &&
		          all[i]->outcome == OUTCOME_STORED;
		intake_free(&all[i]);
	}
	return stored;
}

static struct config *read_config(const char *store)
{
	char path[512];
	struct config *config;
	struct err err;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s.conf", store);
	file = fopen(path, "we");
	if (file == NULL)
		die(path);
	(void)fputs("domains = *\nraw_keep_days = 0\n"
	            "max_admitted_domains = 10000000\n",
	            file);
	(void)fclose(file);
	if (config_read(path, false, &config, &err) < 0)
		die(err.text);
	return config;
}

int main(int argc, char *argv[])
{
	struct config *config;
	struct store *store;
	struct pack pack;
	struct err err;
	size_t part, i, end, count, stored;
	int64_t start;
	double cpu, seconds;

	if (argc != 3)
		die("usage: bench_grow PACK STORE");
	(void)mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
	(void)mallopt(M_TRIM_THRESHOLD, 8 * 1024 * 1024);
	report_json_init();
	pack_read(argv[1], &pack);
	config = read_config(argv[2]);
	if (store_open(argv[2], STORE_WRITE, &store, &err) < 0)
		die(err.text);
	for (part = 0, i = 0; part < PARTS; part++) {
		end = pack.count * (part + 1) / PARTS;
		start = timestamp_monotonic_ms();
		cpu = pack_cpu();
		for (stored = 0, count = end - i; i < end; i += LIMIT_BATCH)
			stored += write_batch(
				config, store, pack.items + i,
				end - i < LIMIT_BATCH ? end - i : LIMIT_BATCH);
		i = end;
		seconds = (double)(timestamp_monotonic_ms() - start) / 1000;
		(void)printf(
			"to %8zu: %8.0f/s wall, %6.1f us CPU, %zu stored\n",
			end, (double)count / seconds,
			(pack_cpu() - cpu) / (double)count, stored);
	}
	store_close(&store);
	config_unref(&config);
	pack_free(&pack);
	return 0;
}
