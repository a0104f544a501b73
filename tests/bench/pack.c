#include "tests/bench/pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/memory.h"

double pack_cpu(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

void pack_read(const char *path, struct pack *pack)
{
	struct buf file = BUF_INIT((size_t)4 << 30);
	size_t at = 0, room = 0;
	uint32_t lengths[2];
	struct err err;

	if (file_read(path, &file, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	*pack = (struct pack){.bytes = (uint8_t *)file.data};
	while (at + sizeof(lengths) <= file.len) {
		memcpy(lengths, file.data + at, sizeof(lengths));
		at += sizeof(lengths);
		if (lengths[0] > file.len - at)
			break;
		if (pack->count == room) {
			room = room == 0 ? 1024 : room * 2;
			pack->items = memory_resize(
				pack->items, room * sizeof(*pack->items));
		}
		pack->items[pack->count++] = (struct pack_item){
			pack->bytes + at, lengths[0], lengths[1]};
		at += lengths[0];
	}
}

void pack_free(struct pack *pack)
{
	free(pack->bytes);
	free(pack->items);
	*pack = (struct pack){NULL, NULL, 0};
}
