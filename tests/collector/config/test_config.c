#include <string.h>

#include "base/attr.h"
#include "collector/config/config.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static void says_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"[collector]\nlisten = [::]:8443\n",
	         "domains: no domain is configured; add a line such as"},
		{"domains = a.example\n",
	         "[collector] certificate: HTTPS needs a certificate and a key"},
		{"domains = a.example\n[collector]\ncertificate = a b\nkey = a\n",
	         "x.conf:4: key: 1 keys for 2 certificates"},
		{"domains = a.example\n[collector]\nlisten =\n"
	         "listen_plain = 0.0.0.0:80\n",
	         "x.conf:4: listen_plain: plain HTTP on an address that is not "
	         "loopback needs trusted_proxies"},
		{"domains = a.example\n[collector]\nlisten = eighty\n",
	         "x.conf:3: listen: \"eighty\" is no address to listen on"},
		{"domains = a.example\n[collector]\ntrusted_proxies = 10/8\n",
	         "x.conf:3: trusted_proxies: \"10/8\" is no network"},
		{"domains = a.example\n[collector]\npath = tlsrpt\n",
	         "x.conf:3: path: \"tlsrpt\" does not begin with \"/\""},
		{"domains = a.example\nlisten = x\n",
	         "x.conf:2: unknown key \"listen\" here; it belongs under "
	         "[collector]"},
		{"[colector]\n", "unknown section [colector]"},
	};
	struct fixture *f = *state;
	struct config *config;
	struct err err;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		if (config_read(fixture_file(f, "x.conf", cases[i].text), true,
		                &config, &err) == 0)
			fail_msg("taken: %s", cases[i].text);
		if (strstr(err.text, cases[i].says) == NULL)
			fail_msg("%s\nsays %s", cases[i].text, err.text);
	}
	assert_int_equal(
		config_read("/nonexistent/x.conf", true, &config, &err), -1);
}

static void plain_http_is_for_loopback_and_proxies(void **state)
{
	static const char *const good[] = {
		"domains = a.example\n[collector]\nlisten =\n"
		"listen_plain = 127.0.0.1:80 [::1]:80\n",
		"domains = a.example\n[collector]\nlisten =\n"
		"listen_plain = [::]:80\ntrusted_proxies = 192.0.2.0/24\n",
	};
	struct fixture *f = *state;
	struct config *config;
	struct err err;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(good); i++) {
		if (config_read(fixture_file(f, "x.conf", good[i]), true,
		                &config, &err) < 0)
			fail_msg("%s", err.text);
		config_unref(&config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(plain_http_is_for_loopback_and_proxies),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
