#include "tests/fuzz/fuzz_session.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "tests/fuzz/fuzz.h"

/* What the collector would hear. */
static void *hear(void *cls)
{
	char chunk[65536];
	int *fd = cls;

	while (recv(*fd, chunk, sizeof(chunk), 0) > 0)
		;
	return NULL;
}

static void use(struct worker *worker)
{
	struct driver_entry *entry;
	struct err err;

	if (worker->driver->log_in(worker, &err) < 0)
		return;
	if (worker->driver->list(worker, &err) < 0 || worker->entry_count == 0)
		return;
	entry = &worker->entries[0];
	MUST(worker->entry_count <= DRIVER_ENTRIES_MAX);
	if (worker->driver->fetch(worker, entry, &err) < 0)
		return;
	(void)worker->driver->mark(
		worker, &(struct mailbox_action){MAILBOX_ACTION_DELETE, NULL},
		&entry, 1, &err);
}

void fuzz_session(const struct mailbox_driver *driver, const uint8_t *data,
                  size_t size)
{
	struct worker worker = {.frame = BUF_INIT(WIRE_FRAME_MAX),
	                        .arena = arena_new(0),
	                        .driver = driver};
	char secret[] = "s";
	int server[2], collector[2];
	struct netstream *stream;
	pthread_t listener;
	struct err err;
	size_t i;

	/* More would not fit the socket, and wait. */
	if (size > 65536)
		size = 65536;
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, server) == 0);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, collector) == 0);
	MUST(send(server[1], data, size, MSG_NOSIGNAL) == (ssize_t)size);
	(void)shutdown(server[1], SHUT_WR);
	worker.settings.host = "imap.example.org";
	worker.settings.user = "u";
	worker.secret = secret;
	worker.settings.after.kind = MAILBOX_ACTION_DELETE;
	worker.settings.timeout = 2;
	wire_open(&worker.wire, collector[0]);
	MUST(pthread_create(&listener, NULL, hear, &collector[1]) == 0);
	stream = netstream_adopt(server[0], timestamp_monotonic_ms() + 2000);
	if (driver->attach(&worker, stream, &err) == 0)
		use(&worker);
	(void)driver->close(&worker, &err);
	for (i = 0; i < worker.entry_count; i++)
		free(worker.entries[i].name);
	free(worker.entries);
	wire_close(&worker.wire);
	(void)pthread_join(listener, NULL);
	(void)close(collector[1]);
	(void)close(server[1]);
	buf_free(&worker.frame);
	arena_free(&worker.arena);
}
