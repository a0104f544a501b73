/* A configuration file: what an operator, or a bad disk, can write. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "schema/settings/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const others[] = {"collector", "exporter", NULL};
	const struct settings_sections more = {NULL, 0, others};
	struct settings settings = {0};
	struct arena *arena;
	char path[64];
	struct err err;
	int fd = memfd_create("conf", 0);

	MUST(fd >= 0);
	MUST(write(fd, data, size) == (ssize_t)size);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	arena = arena_new(0);
	if (settings_read(path, arena, &more, &settings, &err) < 0) {
		MUST(err.text[0] != '\0');
	} else {
		MUST(settings.thresholds.window_days % 7 == 0);
		MUST(settings.look_back > 0);
		(void)settings_domains_match(&settings, TEXT("example.org"));
		(void)settings_thresholds(&settings, TEXT("example.org"));
	}
	arena_free(&arena);
	(void)close(fd);
	return 0;
}
