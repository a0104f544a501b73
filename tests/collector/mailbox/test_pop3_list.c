#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "collector/mailbox/pop3_list.h"
#include "tests/support/cmocka_all.h"

/* What a server answers to LIST and UIDL, whatever it is asked. */
struct server {
	struct worker worker;
	struct pop3 pop3;
	int far;
};

static void answer(struct server *server, const char *text)
{
	int ends[2];

	*server = (struct server){.worker = {.frame = BUF_INIT(65536),
	                                     .settings = {.timeout = 10}}};
	server->worker.driver_state = &server->pop3;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(send(ends[1], text, strlen(text), MSG_NOSIGNAL),
	                 strlen(text));
	(void)shutdown(ends[1], SHUT_WR);
	server->far = ends[1];
	server->pop3.stream =
		netstream_adopt(ends[0], timestamp_monotonic_ms() + 10000);
}

static void done(struct server *server)
{
	netstream_close(&server->pop3.stream);
	(void)close(server->far);
	free(server->worker.entries);
	buf_free(&server->worker.frame);
}

static void lists_messages_with_size_and_number(void **state)
{
	struct server server;
	struct err err;

	(void)state;
	answer(&server, "+OK\r\n1 100\r\n3 300\r\n.\r\n"
	                "+OK\r\n1 one\r\n3 three\r\n.\r\n");
	assert_int_equal(pop3_list(&server.worker, &err), 0);
	assert_int_equal(server.worker.entry_count, 2);
	assert_int_equal(server.worker.entries[0].number, 1);
	assert_int_equal(server.worker.entries[0].size, 100);
	assert_int_equal(server.worker.entries[1].number, 3);
	assert_int_equal(server.worker.entries[1].size, 300);
	assert_int_not_equal(server.worker.entries[0].message,
	                     server.worker.entries[1].message);
	done(&server);
}

/* RFC 1939 section 7 allows it for copies; each has a number of its own, and
   the same in each session. */
static void tells_copies_of_one_name_apart(void **state)
{
	static const char text[] = "+OK\r\n1 5\r\n2 5\r\n3 5\r\n.\r\n"
				   "+OK\r\n1 a\r\n2 b\r\n3 a\r\n.\r\n";
	struct server first, second;
	struct err err;
	size_t i;

	(void)state;
	answer(&first, text);
	answer(&second, text);
	assert_int_equal(pop3_list(&first.worker, &err), 0);
	assert_int_equal(pop3_list(&second.worker, &err), 0);
	assert_int_equal(first.worker.entry_count, 3);
	assert_int_not_equal(first.worker.entries[0].message,
	                     first.worker.entries[2].message);
	for (i = 0; i < 3; i++) {
		assert_int_equal(first.worker.entries[i].number, i + 1);
		assert_int_equal(first.worker.entries[i].message,
		                 second.worker.entries[i].message);
	}
	done(&first);
	done(&second);
}

static void leaves_out_what_makes_no_sense(void **state)
{
	struct server server;
	struct err err;

	(void)state;
	answer(&server, "+OK\r\n0 7\r\n-1 7\r\nx\r\n2 -5\r\n2000000 1\r\n"
	                "99999999999999999999 1\r\n1 8\r\n.\r\n"
	                "+OK\r\n0 zero\r\n2000000 far\r\n1 one\r\n.\r\n");
	assert_int_equal(pop3_list(&server.worker, &err), 0);
	assert_int_equal(server.worker.entry_count, 1);
	assert_int_equal(server.worker.entries[0].number, 1);
	assert_int_equal(server.worker.entries[0].size, 8);
	done(&server);
}

/* What seems to be gone would be forgotten, and fetched again. */
static void fails_where_the_two_lists_differ(void **state)
{
	struct server server;
	struct err err;

	(void)state;
	answer(&server, "+OK\r\n1 1\r\n2 2\r\n.\r\n+OK\r\n1 one\r\n.\r\n");
	assert_int_equal(pop3_list(&server.worker, &err), -1);
	assert_string_equal(err.text,
	                    "LIST names 2 messages, and UIDL 1 of them");
	assert_int_equal(server.worker.reply, MAILBOX_REPLY_EMPTY);
	done(&server);
}

static void says_that_there_is_no_uidl(void **state)
{
	struct server server;
	struct err err;

	(void)state;
	answer(&server, "+OK\r\n.\r\n-ERR what?\r\n");
	assert_int_equal(pop3_list(&server.worker, &err), -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_non_null(strstr(err.text, "the server has no UIDL"));
	assert_int_equal(server.worker.reply, MAILBOX_REPLY_NO);
	done(&server);
}

static void says_that_the_connection_was_closed(void **state)
{
	struct server server;
	struct err err;

	(void)state;
	answer(&server, "+OK\r\n1 5\r\n");
	assert_int_equal(pop3_list(&server.worker, &err), -1);
	assert_int_equal(server.worker.reply, MAILBOX_REPLY_CLOSED);
	done(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_messages_with_size_and_number),
		cmocka_unit_test(tells_copies_of_one_name_apart),
		cmocka_unit_test(leaves_out_what_makes_no_sense),
		cmocka_unit_test(fails_where_the_two_lists_differ),
		cmocka_unit_test(says_that_there_is_no_uidl),
		cmocka_unit_test(says_that_the_connection_was_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
