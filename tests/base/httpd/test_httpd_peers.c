#include <stdio.h>

#include "base/httpd/httpd_peers.h"
#include "tests/support/cmocka_all.h"

#define MOST          1000U
#define OF_AN_ADDRESS 100U
#define NETWORKS      100U

/* Connects from so many addresses of a form, so often each; how many were let
   in. */
static unsigned int connect_from(struct httpd_peers *peers, const char *network,
                                 const char *rest, unsigned int addresses,
                                 unsigned int each)
{
	struct address address;
	unsigned int i, k, welcome = 0;
	char text[64];

	for (i = 0; i < addresses; i++) {
		(void)snprintf(text, sizeof(text), "%s%u%s", network, i, rest);
		assert_true(address_parse(text_of(text), &address));
		for (k = 0; k < each; k++)
			welcome +=
				httpd_peers_connect(peers, &address, false) ==
				HTTPD_PEERS_ROOM;
	}
	return welcome;
}

static unsigned int connect_one(struct httpd_peers *peers, const char *text)
{
	struct address address;

	assert_true(address_parse(text_of(text), &address));
	return httpd_peers_connect(peers, &address, false) == HTTPD_PEERS_ROOM;
}

static void an_address_has_its_connections(void **state)
{
	struct httpd_peers *peers = httpd_peers_new(MOST, OF_AN_ADDRESS, 0, 0);
	struct address address;

	(void)state;
	assert_int_equal(connect_from(peers, "192.0.2.", "", 1, 150),
	                 OF_AN_ADDRESS);
	assert_int_equal(connect_from(peers, "2001:db8::", "", 150, 1),
	                 OF_AN_ADDRESS);
	assert_int_equal(connect_one(peers, "192.0.2.1"), 1);
	assert_int_equal(connect_one(peers, "192.0.2.0"), 0);
	assert_true(address_parse(TEXT("192.0.2.0"), &address));
	httpd_peers_disconnect(peers, &address);
	assert_int_equal(connect_one(peers, "192.0.2.0"), 1);
	httpd_peers_free(&peers);
}

/* Whoever has a /48, a /32, or an IPv4 /24, has a fifth at most. */
static void a_network_has_a_part_of_what_is_free(void **state)
{
	static const char *const rests[] = {"::1", ":1::1", ""};
	static const char *const networks[] = {
		"2001:db8:1:", "2001:db8:", "192.0.2."};
	static const unsigned int wanted[] = {100, 200, 200};
	struct httpd_peers *peers;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(networks); i++) {
		peers = httpd_peers_new(MOST, OF_AN_ADDRESS, 0, 0);
		assert_in_range(connect_from(peers, networks[i], rests[i], 250,
		                             20),
		                wanted[i] - 20, wanted[i] + 20);
		assert_int_equal(connect_one(peers, "203.0.113.1"), 1);
		assert_int_equal(connect_one(peers, "2001:db9::1"), 1);
		httpd_peers_free(&peers);
	}
}

/* However many networks have however many, others give way to who has few. What
   is closed is free again. */
static void who_has_few_is_let_in_beside_many(void **state)
{
	struct httpd_peers *peers = httpd_peers_new(MOST, OF_AN_ADDRESS, 0, 0);
	static bool open[NETWORKS][200];
	unsigned int welcome = 0, i, k;
	struct address address;

	(void)state;
	for (i = 0; i < NETWORKS; i++) {
		address = (struct address){{0x20, 0x01, (uint8_t)i}};
		for (k = 0; k < 200; k++) {
			address.bytes[5] = (uint8_t)k;
			open[i][k] =
				httpd_peers_connect(peers, &address, false) ==
				HTTPD_PEERS_ROOM;
			welcome += open[i][k];
		}
	}
	assert_true(welcome > MOST);
	assert_in_range(connect_from(peers, "203.0.113.", "", 1, 200), 10, 20);
	assert_in_range(connect_from(peers, "2a00:1:1:", "::1", 200, 1), 5, 10);
	for (i = 0; i < NETWORKS; i++) {
		address = (struct address){{0x20, 0x01, (uint8_t)i}};
		for (k = 0; k < 200; k++) {
			address.bytes[5] = (uint8_t)k;
			if (open[i][k])
				httpd_peers_disconnect(peers, &address);
		}
	}
	assert_int_equal(connect_from(peers, "192.0.2.", "", 1, 150),
	                 OF_AN_ADDRESS);
	httpd_peers_free(&peers);
}

/* Of a network that has its part, who has one of it give way comes in beside
   it, unless his address has its own. */
static void who_displaces_a_neighbour_is_let_in(void **state)
{
	struct httpd_peers *peers = httpd_peers_new(MOST, OF_AN_ADDRESS, 0, 0);
	struct address honest, greedy;

	(void)state;
	assert_true(address_parse(TEXT("2001:db8:ffff::1"), &honest));
	assert_true(address_parse(TEXT("2001:db8:0::1"), &greedy));
	assert_int_equal(connect_from(peers, "2001:db8:", "::1", 1, 200),
	                 OF_AN_ADDRESS);
	(void)connect_from(peers, "2001:db8:1", "::1", 5, 200);
	assert_int_equal(httpd_peers_connect(peers, &honest, false),
	                 HTTPD_PEERS_NETWORK_FULL);
	assert_int_equal(httpd_peers_connect(peers, &honest, true),
	                 HTTPD_PEERS_ROOM);
	assert_int_equal(httpd_peers_connect(peers, &greedy, true),
	                 HTTPD_PEERS_ADDRESS_FULL);
	httpd_peers_free(&peers);
}

/* A proxy that is not named, or a test, on this host. */
static void loopback_is_no_network(void **state)
{
	struct httpd_peers *peers = httpd_peers_new(100, 90, 0, 0);

	(void)state;
	assert_int_equal(connect_from(peers, "::", "", 1, 0), 0);
	assert_int_equal(connect_from(peers, "127.0.0.", "", 1, 95), 90);
	httpd_peers_free(&peers);
}

/* A body has room when it is its network's only one; more of them have half of
   what is free. */
static void a_network_has_a_part_of_the_bodies(void **state)
{
	struct httpd_peers *peers = httpd_peers_new(MOST, OF_AN_ADDRESS, 0, 0);
	struct address first, second, other;

	(void)state;
	assert_true(address_parse(TEXT("2001:db8:1::1"), &first));
	assert_true(address_parse(TEXT("2001:db8:2::1"), &second));
	assert_true(address_parse(TEXT("192.0.2.1"), &other));
	assert_true(httpd_peers_take_bytes(peers, &first, 0, 300, 1000));
	assert_true(httpd_peers_take_bytes(peers, &first, 300, 300, 700));
	assert_false(httpd_peers_take_bytes(peers, &second, 0, 1, 400));
	assert_true(httpd_peers_take_bytes(peers, &other, 0, 100, 400));
	httpd_peers_give_bytes(peers, &first, 600);
	assert_true(httpd_peers_take_bytes(peers, &second, 0, 300, 900));
	assert_true(httpd_peers_take_bytes(peers, &first, 0, 10, 620));
	assert_false(httpd_peers_take_bytes(peers, &first, 10, 1, 610));
	httpd_peers_give_bytes(peers, &second, 300);
	httpd_peers_give_bytes(peers, &first, 10);
	assert_true(httpd_peers_take_bytes(peers, &first, 0, 900, 900));
	httpd_peers_free(&peers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_has_its_connections),
		cmocka_unit_test(a_network_has_a_part_of_what_is_free),
		cmocka_unit_test(who_has_few_is_let_in_beside_many),
		cmocka_unit_test(who_displaces_a_neighbour_is_let_in),
		cmocka_unit_test(loopback_is_no_network),
		cmocka_unit_test(a_network_has_a_part_of_the_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
