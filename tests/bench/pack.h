/*
 * Packs of reports made by corpus.py.
 */
#ifndef TESTS_BENCH_PACK_H
#define TESTS_BENCH_PACK_H

#include <stddef.h>
#include <stdint.h>

struct pack_item {
	const uint8_t *gzip;
	uint32_t gzip_len;
	uint32_t plain_len;
};

struct pack {
	uint8_t *bytes;
	struct pack_item *items;
	size_t count;
};

/* Ends the program when the file cannot be read. */
void pack_read(const char *path, struct pack *pack);
void pack_free(struct pack *pack);

/* CPU time of the process in microseconds. */
double pack_cpu(void);

#endif
