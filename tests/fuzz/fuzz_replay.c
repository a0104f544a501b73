/*
 * Runs a fuzz target over files and folders of them: what a compiler without
 * libFuzzer can do.
 */
#include "tests/fuzz/fuzz.h"

#include <fts.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/file.h"

#define INPUT_MOST (64U << 20)

static int replay(const char *path)
{
	struct buf file = BUF_INIT(INPUT_MOST);
	struct err err;

	if (file_read(path, &file, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	(void)LLVMFuzzerTestOneInput((const uint8_t *)buf_text(&file),
	                             file.len);
	buf_free(&file);
	return 0;
}

int main(int argc, char *argv[])
{
	FTS *walk;
	FTSENT *entry;
	int count = 0;

	if (argc < 2)
		return 64;
	walk = fts_open(argv + 1, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (walk == NULL)
		return 1;
	while ((entry = fts_read(walk)) != NULL) {
		if (entry->fts_info != FTS_F)
			continue;
		if (replay(entry->fts_path) < 0)
			return 1;
		count++;
	}
	(void)fts_close(walk);
	(void)printf("%d inputs\n", count);
	return count == 0;
}
