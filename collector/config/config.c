#include "collector/config/config.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/options_value.h"
#include "schema/limits.h"

#define MEBIBYTE (1024 * 1024)
#define GIBIBYTE (INT64_C(1024) * MEBIBYTE)

#define FIELD(name) offsetof(struct config, name)

static const struct option_spec collector_options[] = {
	{"listen", OPTION_LIST, FIELD(listen), "[::]:8443", 0, 0, NULL},
	{"listen_plain", OPTION_LIST, FIELD(listen_plain), NULL, 0, 0, NULL},
	{"submit", OPTION_TEXT, FIELD(submit), NULL, 0, 0, NULL},
	{"path", OPTION_TEXT, FIELD(path), "/tlsrpt", 0, 0, NULL},
	{"certificate", OPTION_LIST, FIELD(certificate), NULL, 0, 0, NULL},
	{"key", OPTION_LIST, FIELD(key), NULL, 0, 0, NULL},
	{"trusted_proxies", OPTION_LIST, FIELD(trusted_proxies), NULL, 0, 0,
         NULL},
	{"max_gzip_body", OPTION_BYTES, FIELD(max_gzip_body), "1M", 4096,
         32 * MEBIBYTE, NULL},
	{"max_json", OPTION_BYTES, FIELD(max_json), "8M", 65536, 32 * MEBIBYTE,
         NULL},
	{"reject_unparsable", OPTION_BOOL, FIELD(reject_unparsable), "no", 0, 0,
         NULL},
	{"allow_root", OPTION_BOOL, FIELD(allow_root), "no", 0, 0, NULL},
	{"anonymous_bytes", OPTION_BYTES, FIELD(anonymous_bytes), "1G", 0,
         1024 * GIBIBYTE, NULL},
	{"ledger_signed", OPTION_BYTES, FIELD(ledger_signed), "256M", 0,
         1024 * GIBIBYTE, NULL},
	{"ledger_mail", OPTION_BYTES, FIELD(ledger_mail), "128M", 0,
         1024 * GIBIBYTE, NULL},
	{"ledger_known", OPTION_BYTES, FIELD(ledger_known), "128M", 0,
         1024 * GIBIBYTE, NULL},
	{"ledger_rest", OPTION_BYTES, FIELD(ledger_rest), "64M", 0,
         1024 * GIBIBYTE, NULL},
	{"ledger_rows", OPTION_NUMBER, FIELD(ledger_rows), "100000", 0,
         100000000, NULL},
	{"connections", OPTION_NUMBER, FIELD(connections), "1000", 4, 100000,
         NULL},
	{"connections_per_address", OPTION_NUMBER,
         FIELD(connections_per_address), "100", 0, 100000, NULL},
	{"rate_per_minute", OPTION_NUMBER, FIELD(rate_per_minute), "1200", 0,
         INT32_MAX, NULL},
	{"rate_burst", OPTION_NUMBER, FIELD(rate_burst), "2400", 1, INT32_MAX,
         NULL},
	{"request_time", OPTION_SECONDS, FIELD(request_time), "30s", 1, 3600,
         NULL},
	{"body_memory", OPTION_BYTES, FIELD(body_memory), "64M", MEBIBYTE,
         16 * GIBIBYTE, NULL},
	{"threads", OPTION_NUMBER, FIELD(threads), "2", 1, 64, NULL},
	{"queue", OPTION_NUMBER, FIELD(queue), "1024", 16, 1000000, NULL},
};

static const char *const dnssec_words[] = {"auto", "yes", "no", NULL};

static const struct option_spec mail_options[] = {
	{"max_message", OPTION_BYTES, FIELD(max_message), "32M", 65536,
         64 * MEBIBYTE, NULL},
	{"require_dkim", OPTION_BOOL, FIELD(require_dkim), "yes", 0, 0, NULL},
	{"require_tlsrpt_key", OPTION_BOOL, FIELD(require_tlsrpt_key), "no", 0,
         0, NULL},
	{"dkim_wait", OPTION_SECONDS, FIELD(dkim_wait), "3d", 0, 30 * 86400,
         NULL},
	{"dns_servers", OPTION_LIST, FIELD(dns_servers), NULL, 0, 0, NULL},
	{"dnssec", OPTION_CHOICE, FIELD(dnssec), "auto", 0, 0, dnssec_words},
	{"dns_trust_anchor", OPTION_TEXT, FIELD(dns_trust_anchor),
         "/usr/share/dns/root.key", 0, 0, NULL},
	{"trusted_authserv_id", OPTION_LIST, FIELD(trusted_authserv_id), NULL,
         0, 0, NULL},
};

/* Where anybody gets a mailbox, and with it a signature. */
#define SHARED_SIGNERS                                                      \
	"mail.ru bk.ru inbox.ru list.ru internet.ru comcast.net gmail.com " \
	"googlemail.com outlook.com hotmail.com live.com msn.com "          \
	"yahoo.com ymail.com aol.com icloud.com me.com mac.com gmx.de "     \
	"gmx.net gmx.com web.de t-online.de freenet.de proton.me "          \
	"protonmail.com pm.me fastmail.com zoho.com yandex.ru yandex.com "  \
	"qq.com 163.com 126.com naver.com orange.fr free.fr laposte.net "   \
	"libero.it seznam.cz wp.pl onmicrosoft.com"

static const struct option_spec reporters_options[] = {
	{"addresses", OPTION_LIST, FIELD(reporter_addresses), NULL, 0, 0, NULL},
	{"shared_signers", OPTION_LIST, FIELD(shared_signers), SHARED_SIGNERS,
         0, 0, NULL},
};

static const char *const other_programs[] = {"exporter", NULL};

/* With the count of references, which callers do not see. */
struct config_counted {
	struct config config; /* first: pointers are converted */
	struct arena *arena;
	atomic_uint references;
};

/* Says what is wrong with a key of [collector]. */
#define CONFIG_ERROR(config, key, err, ...)                                 \
	options_error((config)->settings.options, "collector", NULL, (key), \
	              (err), __VA_ARGS__)

static int config_fail(const struct config *config, const char *key,
                       struct err *err, const struct err *why)
{
	return CONFIG_ERROR(config, key, err, "%s", why->text);
}

static int config_add_listeners(struct config *config, const char *key,
                                const struct option_list *list, bool tls,
                                struct err *err)
{
	struct httpd_listen *listener;
	struct err why;
	size_t i;

	for (i = 0; i < list->count; i++) {
		listener = &config->listeners[config->listener_count++];
		listener->fd = -1;
		listener->tls = tls;
		if (address_parse_listen(text_of(list->items[i]),
		                         &listener->address, &listener->len,
		                         &why) < 0)
			return config_fail(config, key, err, &why);
	}
	return 0;
}

static int config_read_proxies(struct config *config, struct arena *arena,
                               struct err *err)
{
	const struct option_list *list = &config->trusted_proxies;
	size_t i;

	config->proxies =
		arena_array(arena, list->count, sizeof(*config->proxies));
	for (i = 0; i < list->count; i++) {
		if (!address_network_parse(text_of(list->items[i]),
		                           &config->proxies[i]))
			return CONFIG_ERROR(
				config, "trusted_proxies", err,
				"\"%s\" is no network; write 192.0.2.0/24, "
				"2001:db8::/32 or an address",
				list->items[i]);
	}
	config->proxy_count = list->count;
	return 0;
}

/* Plain HTTP is for proxies: on an address that strangers reach, only the
   configured ones are let in, so there must be some. */
static int config_check_plain(const struct config *config, struct err *err)
{
	struct address address;
	size_t i;

	for (i = 0; i < config->listener_count; i++) {
		address = address_of_socket(
			(const struct sockaddr *)&config->listeners[i].address);
		if (!config->listeners[i].tls &&
		    !address_is_loopback(&address) && config->proxy_count == 0)
			return CONFIG_ERROR(
				config, "listen_plain", err,
				"plain HTTP on an address that is not loopback "
				"needs trusted_proxies, the networks of the "
				"proxies in front");
	}
	return 0;
}

static int config_check_certificates(const struct config *config,
                                     struct err *err)
{
	if (config->certificate.count != config->key.count)
		return CONFIG_ERROR(config, "key", err,
		                    "%zu keys for %zu certificates; each "
		                    "certificate needs its key at the same "
		                    "place of the list",
		                    config->key.count,
		                    config->certificate.count);
	if (config->listen.count > 0 && config->certificate.count == 0)
		return CONFIG_ERROR(config, "certificate", err,
		                    "HTTPS needs a certificate and a key; set "
		                    "both, or \"listen =\" without a value and "
		                    "listen_plain behind a proxy");
	return 0;
}

static int config_check_serve(const struct config *config, struct err *err)
{
	if (settings_require_domain(&config->settings, err) < 0 ||
	    config_check_plain(config, err) < 0)
		return -1;
	return config_check_certificates(config, err);
}

/* For authres.c: joined by blanks. */
static void config_join_authserv_ids(struct config *config, struct arena *arena)
{
	struct buf ids = BUF_INIT(8192);
	size_t i;

	for (i = 0; i < config->trusted_authserv_id.count; i++)
		buf_printf(&ids, "%s ", config->trusted_authserv_id.items[i]);
	config->authserv_ids = (struct text){
		arena_copy(arena, buf_text(&ids), ids.len), ids.len};
	buf_free(&ids);
}

static int config_check(struct config *config, struct arena *arena,
                        bool for_serve, struct err *err)
{
	if (config->path[0] != '/')
		return CONFIG_ERROR(config, "path", err,
		                    "\"%s\" does not begin with \"/\"",
		                    config->path);
	if (config->submit != NULL && config->submit[0] != '\0' &&
	    config->submit[0] != '/')
		return CONFIG_ERROR(config, "submit", err,
		                    "\"%s\" does not begin with \"/\"",
		                    config->submit);
	config->listeners = arena_array(
		arena, config->listen.count + config->listen_plain.count,
		sizeof(*config->listeners));
	if (config_add_listeners(config, "listen", &config->listen, true, err) <
	            0 ||
	    config_add_listeners(config, "listen_plain", &config->listen_plain,
	                         false, err) < 0 ||
	    config_read_proxies(config, arena, err) < 0 ||
	    mailbox_settings_finish(&config->mailboxes,
	                            config->settings.options, arena, err) < 0)
		return -1;
	config_join_authserv_ids(config, arena);
	return for_serve ? config_check_serve(config, err) : 0;
}

int config_read(const char *path, bool for_serve, struct config **out,
                struct err *err)
{
	struct arena *arena = arena_new(0);
	struct config_counted *counted = arena_alloc(arena, sizeof(*counted));
	const struct option_section own[] = {
		{"collector", collector_options,
	         ARRAY_LENGTH(collector_options), &counted->config, NULL, NULL},
		{"mail", mail_options, ARRAY_LENGTH(mail_options),
	         &counted->config, NULL, NULL},
		{"mailbox", mailbox_settings_options,
	         mailbox_settings_option_count, NULL,
	         mailbox_settings_add_section, &counted->config.mailboxes},
		{"reporters", reporters_options,
	         ARRAY_LENGTH(reporters_options), &counted->config, NULL, NULL},
	};
	const struct settings_sections more = {own, ARRAY_LENGTH(own),
	                                       other_programs};

	counted->arena = arena;
	atomic_init(&counted->references, 1);
	if (settings_read(path, arena, &more, &counted->config.settings, err) <
	            0 ||
	    config_check(&counted->config, arena, for_serve, err) < 0) {
		arena_free(&arena);
		return -1;
	}
	*out = &counted->config;
	return 0;
}

/* What the sockets, the server and the writer's thread are made with; the
   manual's table says the same. */
static bool config_is_read_once(const char *key)
{
	static const char *const keys[] = {"listen",
	                                   "listen_plain",
	                                   "path",
	                                   "submit",
	                                   "trusted_proxies",
	                                   "allow_root",
	                                   "connections",
	                                   "connections_per_address",
	                                   "rate_per_minute",
	                                   "rate_burst",
	                                   "request_time",
	                                   "body_memory",
	                                   "threads",
	                                   "queue"};
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(keys); i++) {
		if (strcmp(keys[i], key) == 0)
			return true;
	}
	return false;
}

void config_each_restart_key(const struct config *initial,
                             const struct config *other,
                             void (*report_key)(const char *key))
{
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(collector_options); i++) {
		if (config_is_read_once(collector_options[i].key) &&
		    !options_value_equal(&collector_options[i], initial, other))
			report_key(collector_options[i].key);
	}
}

struct config *config_ref(struct config *config)
{
	(void)atomic_fetch_add(&((struct config_counted *)config)->references,
	                       1);
	return config;
}

void config_unref(struct config **config)
{
	struct config_counted *counted = (struct config_counted *)*config;
	struct arena *arena;

	*config = NULL;
	if (counted == NULL || atomic_fetch_sub(&counted->references, 1) != 1)
		return;
	arena = counted->arena;
	arena_free(&arena);
}

struct ledger_budget config_ledger_budget(const struct config *config,
                                          enum ledger_group group)
{
	struct ledger_budget budget = {config->ledger_rows, 0};

	switch (group) {
	case LEDGER_SIGNED:
		budget.bytes = config->ledger_signed;
		break;
	case LEDGER_MAIL:
		budget.bytes = config->ledger_mail;
		break;
	case LEDGER_KNOWN:
		budget.bytes = config->ledger_known;
		break;
	case LEDGER_REST:
	case LEDGER_GROUPS:
		budget.bytes = config->ledger_rest;
		break;
	}
	return budget;
}
