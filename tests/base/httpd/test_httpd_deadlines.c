#include <sys/socket.h>
#include <unistd.h>

#include "base/httpd/httpd_deadlines.h"
#include "tests/support/cmocka_all.h"

#define MOST 4U

/* Longer than the time in which who had an answer may be about to send. */
#define A_WHILE_US 1100000

struct client {
	struct httpd_deadline *deadline;
	int fds[2]; /* ours and the client's */
};

static struct address address_of(const char *text)
{
	struct address address;

	assert_true(address_parse(text_of(text), &address));
	return address;
}

static struct client come(struct httpd_deadlines *deadlines, struct room *room,
                          const char *text)
{
	struct address address = address_of(text);
	struct client client;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, client.fds), 0);
	client.deadline = httpd_deadlines_add(deadlines, room, client.fds[0],
	                                      &address, 60);
	/* The next one is younger. */
	(void)usleep(2000);
	return client;
}

static bool is_cut(const struct client *client)
{
	char c;

	return recv(client->fds[1], &c, 1, MSG_DONTWAIT) == 0;
}

static void go(struct httpd_deadlines *deadlines, struct client *client)
{
	httpd_deadlines_remove(deadlines, &client->deadline);
	(void)close(client->fds[0]);
	(void)close(client->fds[1]);
}

static void go_all(struct httpd_deadlines *deadlines, struct client *clients,
                   size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		go(deadlines, &clients[i]);
}

static void who_is_idle_gives_way_before_who_sends(void **state)
{
	struct httpd_deadlines *deadlines = httpd_deadlines_new(100);
	struct room room = {.most = MOST};
	struct client clients[MOST + 2];

	(void)state;
	clients[0] = come(deadlines, &room, "192.0.2.1");
	clients[1] = come(deadlines, &room, "192.0.2.2");
	httpd_deadlines_set(deadlines, clients[0].deadline, 60, false);
	httpd_deadlines_set(deadlines, clients[1].deadline, 60, false);
	httpd_deadlines_set(deadlines, clients[1].deadline, 60, true);
	clients[2] = come(deadlines, &room, "198.51.100.1");
	httpd_deadlines_set(deadlines, clients[2].deadline, 60, true);
	clients[3] = come(deadlines, &room, "203.0.113.1");
	httpd_deadlines_set(deadlines, clients[3].deadline, 60, true);
	(void)usleep(A_WHILE_US);
	httpd_deadlines_progress(clients[0].deadline);
	clients[4] = come(deadlines, &room, "2001:db8:1::1");
	/* Of those who are idle the one with a neighbour. */
	assert_true(is_cut(&clients[1]));
	clients[5] = come(deadlines, &room, "2001:db8:2::1");
	/* One that gives way is none any more, but counts until it is gone. */
	assert_false(is_cut(&clients[0]));
	assert_true(is_cut(&clients[2]));
	assert_false(is_cut(&clients[3]));
	assert_int_equal(httpd_deadlines_displaced(deadlines), 2);
	assert_int_equal(httpd_deadlines_count(deadlines), MOST + 2);
	assert_int_equal(httpd_deadlines_missed(deadlines), 0);
	go_all(deadlines, clients, MOST + 2);
	assert_int_equal(room.taken, 0);
	assert_int_equal(room.leaving, 0);
	httpd_deadlines_free(&deadlines);
}

/* Strangers who send a byte now and then are not heard of later than he is. */
static void who_has_just_come_has_time_for_his_handshake(void **state)
{
	struct httpd_deadlines *deadlines = httpd_deadlines_new(100);
	struct room room = {.most = MOST};
	struct client clients[MOST + 1];
	size_t i;

	(void)state;
	clients[0] = come(deadlines, &room, "192.0.2.1");
	for (i = 1; i < MOST; i++) {
		clients[i] = come(deadlines, &room, "198.51.100.1");
		httpd_deadlines_set(deadlines, clients[i].deadline, 60, false);
	}
	(void)usleep(A_WHILE_US);
	for (i = 1; i < MOST; i++) {
		httpd_deadlines_progress(clients[i].deadline);
		(void)usleep(2000);
	}
	clients[MOST] = come(deadlines, &room, "203.0.113.1");
	assert_false(is_cut(&clients[0]));
	assert_true(is_cut(&clients[1]));
	go_all(deadlines, clients, MOST + 1);
	httpd_deadlines_free(&deadlines);
}

static void a_network_with_many_gives_way_before_one_with_few(void **state)
{
	static const char *const networks[][MOST + 1] = {
		{"192.0.2.1", "198.51.100.1", "198.51.100.200", "203.0.113.1",
	         "203.0.114.1"},
		{"2001:db8:1::1", "2001:db9:2::1", "2001:db9:3::1",
	         "2001:dba:3::1", "2001:dbb:4::1"},
		{"2001:db8:1::1", "2001:db8:2::1", "2001:db8:2:ffff::1",
	         "2001:db8:3::1", "2001:db8:4::1"},
		{"2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1:2::2",
	         "2001:db8:1:3::1", "2001:db8:1:4::1"},
		{"192.0.2.1", "192.0.2.2", "192.0.2.2", "192.0.2.3",
	         "192.0.2.4"},
	};
	struct client clients[MOST + 1];
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(networks); i++) {
		struct httpd_deadlines *deadlines = httpd_deadlines_new(100);
		struct room room = {.most = MOST};

		for (k = 0; k < MOST; k++)
			clients[k] = come(deadlines, &room, networks[i][k]);
		(void)usleep(A_WHILE_US);
		clients[k] = come(deadlines, &room, networks[i][k]);
		for (k = 0; k < MOST + 1; k++)
			assert_int_equal(is_cut(&clients[k]), k == 1);
		go_all(deadlines, clients, MOST + 1);
		httpd_deadlines_free(&deadlines);
	}
}

struct neighbours {
	const char *there[4];
	const char *newcomer;
	int victim; /* -1: none */
};

static void who_has_more_than_a_neighbour_gives_way_to_him(void **state)
{
	static const struct neighbours cases[] = {
		{{"2001:db8:1::1", "2001:db8:2::1", "2001:db8:2::1",
	          "2001:db9:3::1"},
	         "2001:db8:3::1",
	         1},
		/* None of his own would be any good to him. */
		{{"2001:db8:1::1", "2001:db8:2::1", "2001:db8:3::1",
	          "2001:db9:3::1"},
	         "2001:db8:3::1",
	         -1},
		{{"2001:db8:1::1", "2001:db8:1::1", "2001:db8:1::1",
	          "2001:db8:1::1"},
	         "2001:db8:1::1",
	         -1},
		/* Another site has as many, but he has more than one of his. */
		{{"2001:db8:1::1", "2001:db8:1::1", "2001:db8:2::1",
	          "2001:db8:2::1"},
	         "2001:db8:1:1::1",
	         0},
		{{"192.0.2.1", "192.0.2.1", "192.0.2.2", "198.51.100.1"},
	         "192.0.2.3",
	         0},
		{{"198.51.100.1", "198.51.100.1", "198.51.100.2", "192.0.2.1"},
	         "192.0.2.3",
	         -1},
	};
	struct client clients[4];
	struct address newcomer;
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct httpd_deadlines *deadlines = httpd_deadlines_new(100);
		struct room room = {.most = 100};

		for (k = 0; k < 4; k++)
			clients[k] = come(deadlines, &room, cases[i].there[k]);
		newcomer = address_of(cases[i].newcomer);
		assert_int_equal(httpd_deadlines_displace_neighbour(deadlines,
		                                                    &newcomer),
		                 cases[i].victim >= 0);
		for (k = 0; k < 4; k++)
			assert_int_equal(is_cut(&clients[k]),
			                 k == cases[i].victim);
		assert_int_equal(httpd_deadlines_displaced(deadlines),
		                 cases[i].victim >= 0);
		go_all(deadlines, clients, 4);
		httpd_deadlines_free(&deadlines);
	}
}

static void who_waits_for_us_stays(void **state)
{
	struct httpd_deadlines *deadlines = httpd_deadlines_new(100);
	struct room room = {.most = MOST};
	struct client clients[MOST + 1];
	size_t i;

	(void)state;
	for (i = 0; i < MOST + 1; i++) {
		clients[i] = come(deadlines, &room, "192.0.2.1");
		httpd_deadlines_set(deadlines, clients[i].deadline, 0, false);
	}
	assert_int_equal(httpd_deadlines_displaced(deadlines), 0);
	/* Who gets his answer is not cut for it, but may be for the next. */
	httpd_deadlines_set(deadlines, clients[2].deadline, 60, false);
	assert_false(is_cut(&clients[2]));
	httpd_deadlines_set(deadlines, clients[3].deadline, 60, false);
	assert_true(is_cut(&clients[2]));
	assert_false(is_cut(&clients[3]));
	assert_int_equal(httpd_deadlines_displaced(deadlines), 1);
	go_all(deadlines, clients, MOST + 1);
	httpd_deadlines_free(&deadlines);
}

static void
each_listener_has_its_places_and_all_have_their_descriptors(void **state)
{
	struct httpd_deadlines *deadlines = httpd_deadlines_new(2 * MOST - 1);
	struct room rooms[2] = {{.most = MOST}, {.most = MOST}};
	struct client clients[2 * MOST + 1];
	size_t i;

	(void)state;
	for (i = 0; i < 2 * MOST - 1; i++)
		clients[i] = come(deadlines, &rooms[i / MOST], "192.0.2.1");
	assert_int_equal(httpd_deadlines_displaced(deadlines), 0);
	clients[i] = come(deadlines, &rooms[1], "192.0.2.1");
	assert_true(is_cut(&clients[0]));
	clients[i + 1] = come(deadlines, &rooms[1], "192.0.2.1");
	assert_true(is_cut(&clients[MOST]));
	assert_false(is_cut(&clients[1]));
	go_all(deadlines, clients, 2 * MOST + 1);
	httpd_deadlines_free(&deadlines);
}

static void where_descriptors_run_out_who_is_idle_goes(void **state)
{
	struct httpd_deadlines *deadlines = httpd_deadlines_new(100);
	struct room room = {.most = MOST};
	struct client clients[3];
	char c;

	(void)state;
	clients[0] = come(deadlines, &room, "192.0.2.1");
	clients[1] = come(deadlines, &room, "192.0.2.1");
	clients[2] = come(deadlines, &room, "192.0.2.1");
	httpd_deadlines_set(deadlines, clients[1].deadline, 60, false);
	httpd_deadlines_set(deadlines, clients[2].deadline, 0, false);
	httpd_deadlines_starve(deadlines);
	assert_int_equal(recv(clients[0].fds[1], &c, 1, 0), 0);
	(void)usleep(A_WHILE_US);
	assert_false(is_cut(&clients[1]));
	assert_false(is_cut(&clients[2]));
	go_all(deadlines, clients, 3);
	httpd_deadlines_free(&deadlines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_idle_gives_way_before_who_sends),
		cmocka_unit_test(who_has_just_come_has_time_for_his_handshake),
		cmocka_unit_test(
			a_network_with_many_gives_way_before_one_with_few),
		cmocka_unit_test(
			who_has_more_than_a_neighbour_gives_way_to_him),
		cmocka_unit_test(who_waits_for_us_stays),
		cmocka_unit_test(
			each_listener_has_its_places_and_all_have_their_descriptors),
		cmocka_unit_test(where_descriptors_run_out_who_is_idle_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
