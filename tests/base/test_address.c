#include <netinet/in.h>

#include "base/address.h"
#include "tests/support/cmocka_all.h"

static void reads_and_prints_addresses(void **state)
{
	static const struct {
		const char *in, *out; /* NULL: refused */
	} cases[] = {
		{"192.0.2.1", "192.0.2.1"},
		{"2001:DB8:0::1", "2001:db8::1"},
		{"::ffff:192.0.2.1", "192.0.2.1"},
		{"[::1]", NULL},
		{"192.0.2", NULL},
		{"192.0.2.1:80", NULL},
		{"host", NULL},
		{"", NULL},
	};
	char text[ADDRESS_SIZE];
	struct address address;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (address_parse(text_of(cases[i].in), &address) !=
		    (cases[i].out != NULL))
			fail_msg("\"%s\"", cases[i].in);
		if (cases[i].out == NULL)
			continue;
		address_format(&address, text, sizeof(text));
		assert_string_equal(text, cases[i].out);
	}
}

static void reads_forwarded_elements(void **state)
{
	static const struct {
		const char *in, *out; /* NULL: refused */
	} cases[] = {
		{"192.0.2.1", "192.0.2.1"},
		{" 192.0.2.1\t", "192.0.2.1"},
		{"192.0.2.1:4401", "192.0.2.1"},
		{"\"192.0.2.1:4401\"", "192.0.2.1"},
		{"2001:db8::1", "2001:db8::1"},
		{"[2001:db8::1]", "2001:db8::1"},
		{"[2001:db8::1]:443", "2001:db8::1"},
		{"\"[2001:db8::1]:443\"", "2001:db8::1"},
		{"fe80::1%eth0", "fe80::1"},
		{"[fe80::1%25eth0]:443", "fe80::1"},
		{"::ffff:192.0.2.1", "192.0.2.1"},
		{"[::ffff:192.0.2.1]:1", "192.0.2.1"},
		{"unknown", NULL},
		{"_hidden", NULL},
		{"", NULL},
		{"\"\"", NULL},
		{"\"192.0.2.1", NULL},
		{"192.0.2.1:", NULL},
		{"192.0.2.1:x", NULL},
		{"192.0.2.1:65536", NULL},
		{"192.0.2.1:-1", NULL},
		{"192.0.2.1%eth0", NULL},
		{"[192.0.2.1]:80", NULL},
		{"[2001:db8::1", NULL},
		{"[2001:db8::1]443", NULL},
		{"[]:443", NULL},
		{"[]", NULL},
		{"::ffff:192.0.2.1:443", NULL},
		{":443", NULL},
		{"%eth0", NULL},
		{"for=192.0.2.1", NULL},
		{"host.example:443", NULL},
	};
	char text[ADDRESS_SIZE];
	struct address address;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (address_parse_forwarded(text_of(cases[i].in), &address) !=
		    (cases[i].out != NULL))
			fail_msg("\"%s\"", cases[i].in);
		if (cases[i].out == NULL)
			continue;
		address_format(&address, text, sizeof(text));
		assert_string_equal(text, cases[i].out);
	}
}

static void knows_networks(void **state)
{
	static const struct {
		const char *network, *address;
		bool inside;
	} cases[] = {
		{"192.0.2.0/24", "192.0.2.255", true},
		{"192.0.2.0/24", "192.0.3.0", false},
		{"192.0.2.128/25", "192.0.2.127", false},
		{"0.0.0.0/0", "203.0.113.9", true},
		{"0.0.0.0/0", "2001:db8::1", false},
		{"2001:db8::/33", "2001:db8:7fff::1", true},
		{"2001:db8::/33", "2001:db8:8000::1", false},
		{"2001:db8::1", "2001:db8::1", true},
		{"2001:db8::1", "2001:db8::2", false},
	};
	struct network network;
	struct address address;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(address_network_parse(text_of(cases[i].network),
		                                  &network));
		assert_true(address_parse(text_of(cases[i].address), &address));
		if (address_network_contains(&network, &address) !=
		    cases[i].inside)
			fail_msg("case %zu", i);
	}
	assert_false(address_network_parse(TEXT("192.0.2.0/33"), &network));
	assert_false(address_network_parse(TEXT("192.0.2.0/"), &network));
	assert_false(address_network_parse(TEXT("x/8"), &network));
}

static void reads_where_to_listen(void **state)
{
	static const struct {
		const char *text;
		bool valid;
		int family;
	} cases[] = {
		{"127.0.0.1:9817", true, AF_INET},
		{"[::]:8443", true, AF_INET6},
		{"[2001:db8::1]:1", true, AF_INET6},
		{":8443", true, AF_INET6},
		{"[::1]:0", true, AF_INET6},
		{"::1:8443", false, 0},
		{"8443", false, 0},
		{"127.0.0.1:65536", false, 0},
		{"localhost:80", false, 0},
		{"127.0.0.1:", false, 0},
	};
	struct sockaddr_storage address;
	socklen_t len;
	struct err err;
	size_t i;
	int result;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		result = address_parse_listen(text_of(cases[i].text), &address,
		                              &len, &err);
		if ((result == 0) != cases[i].valid ||
		    (result == 0 && address.ss_family != cases[i].family))
			fail_msg("\"%s\"", cases[i].text);
	}
}

static void knows_ipv4_by_its_mapping(void **state)
{
	struct address address;

	(void)state;
	assert_true(address_parse(text_of("192.0.2.1"), &address));
	assert_true(address_is_ipv4(&address));
	assert_true(address_parse(text_of("::ffff:192.0.2.1"), &address));
	assert_true(address_is_ipv4(&address));
	assert_true(address_parse(text_of("::192.0.2.1"), &address));
	assert_false(address_is_ipv4(&address));
	assert_true(address_parse(text_of("2001:db8::1"), &address));
	assert_false(address_is_ipv4(&address));
}

static void knows_loopback(void **state)
{
	struct address address;

	(void)state;
	assert_true(address_parse(TEXT("127.9.9.9"), &address));
	assert_true(address_is_loopback(&address));
	assert_true(address_parse(TEXT("::1"), &address));
	assert_true(address_is_loopback(&address));
	assert_true(address_parse(TEXT("::"), &address));
	assert_false(address_is_loopback(&address));
}

/* The widest scope that two addresses share, ADDRESS_SCOPES for none. */
static unsigned int widest_common(const char *first, const char *second)
{
	struct address a, b;
	unsigned int scope, found = ADDRESS_SCOPES;

	assert_true(address_parse(text_of(first), &a));
	assert_true(address_parse(text_of(second), &b));
	for (scope = ADDRESS_SCOPES; scope > 0; scope--) {
		if (address_shares_scope(&a, &b, scope - 1))
			found = scope - 1;
	}
	return found;
}

/* One of IPv4 and ::1 begin with the same ten bytes. */
static void counts_in_networks(void **state)
{
	struct address a, b;

	(void)state;
	assert_true(address_parse(TEXT("2001:db8:1:2::1"), &a));
	assert_true(address_parse(TEXT("2001:db8:1:3::1"), &b));
	assert_true(address_shares_scope(&a, &b, 1));
	assert_false(address_shares_scope(&a, &b, 2));
	assert_int_equal(widest_common("2001:db8::1", "2001:db8:ffff::1"), 0);
	assert_int_equal(widest_common("2001:db8::1", "2001:db9::1"),
	                 ADDRESS_SCOPES);
	assert_int_equal(widest_common("192.0.2.1", "192.0.2.9"), 0);
	assert_true(address_parse(TEXT("192.0.2.1"), &a));
	assert_true(address_parse(TEXT("192.0.2.9"), &b));
	assert_false(address_shares_scope(&a, &b, 1));
	assert_int_equal(widest_common("192.0.2.1", "192.0.3.1"),
	                 ADDRESS_SCOPES);
	assert_int_equal(widest_common("192.0.2.1", "::1"), ADDRESS_SCOPES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_prints_addresses),
		cmocka_unit_test(reads_forwarded_elements),
		cmocka_unit_test(knows_networks),
		cmocka_unit_test(reads_where_to_listen),
		cmocka_unit_test(knows_ipv4_by_its_mapping),
		cmocka_unit_test(knows_loopback),
		cmocka_unit_test(counts_in_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
