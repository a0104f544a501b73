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

static void use(struct worker *session)
{
	struct driver_entry *entry;
	struct err err;

	if (session->driver->log_in(session, &err) < 0)
		return;
	if (session->driver->list(session, &err) < 0 ||
	    session->entry_count == 0)
		return;
	entry = &session->entries[0];
	MUST(session->entry_count <= DRIVER_ENTRIES_MAX);
	if (session->driver->fetch(session, entry, &err) < 0)
		return;
	(void)session->driver->mark(
		session, &(struct mailbox_action){MAILBOX_ACTION_DELETE, NULL},
		&entry, 1, &err);
}

void fuzz_session(const struct mailbox_driver *kind, const uint8_t *data,
                  size_t size)
{
	struct worker session = {.frame = BUF_INIT(WIRE_FRAME_MAX),
	                         .arena = arena_new(0),
	                         .driver = kind};
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
	session.settings.host = "imap.example.org";
	session.settings.user = "u";
	session.secret = secret;
	session.settings.after.kind = MAILBOX_ACTION_DELETE;
	session.settings.timeout = 2;
	wire_open(&session.wire, collector[0]);
	MUST(pthread_create(&listener, NULL, hear, &collector[1]) == 0);
	stream = netstream_adopt(server[0], timestamp_monotonic_ms() + 2000);
	if (kind->attach(&session, stream, &err) == 0)
		use(&session);
	(void)kind->close(&session, &err);
	for (i = 0; i < session.entry_count; i++)
		free(session.entries[i].name);
	free(session.entries);
	wire_close(&session.wire);
	(void)pthread_join(listener, NULL);
	(void)close(collector[1]);
	(void)close(server[1]);
	buf_free(&session.frame);
	arena_free(&session.arena);
}
