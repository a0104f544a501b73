/*
 * The collector's part of the configuration: its table of options, and what
 * must hold between them.
 *
 * A configuration is read once and never changed; a reload makes another. It
 * is shared by counting references.
 */
#ifndef COLLECTOR_CONFIG_CONFIG_H
#define COLLECTOR_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/httpd/httpd.h"
#include "base/options.h"
#include "collector/config/mailbox_settings.h"
#include "schema/rules/outcome.h"
#include "schema/settings/settings.h"
#include "schema/store/write.h"

/* Whether answers of the DNS must be proved where their zone is signed. */
enum dnssec {
	DNSSEC_AUTO, /* where the resolver passes the proofs on */
	DNSSEC_YES,
	DNSSEC_NO,
};

struct config {
	struct settings settings;

	/* [collector] */
	struct option_list listen;
	struct option_list listen_plain;
	const char *submit; /* a socket's path, NULL or "": none */
	const char *path;
	struct option_list certificate;
	struct option_list key;
	struct option_list trusted_proxies;
	int64_t max_gzip_body;
	int64_t max_json;
	bool reject_unparsable;
	bool allow_root;
	int64_t anonymous_bytes;
	int64_t ledger_signed;
	int64_t ledger_mail;
	int64_t ledger_known;
	int64_t ledger_rest;
	int64_t ledger_rows;
	int64_t connections;
	int64_t connections_per_address;
	int64_t rate_per_minute;
	int64_t rate_burst;
	int64_t request_time;
	int64_t body_memory;
	int64_t threads;
	int64_t queue;

	/* [mail] */
	int64_t max_message;
	bool require_dkim;
	bool require_tlsrpt_key;
	int64_t dkim_wait; /* seconds */
	struct option_list dns_servers;
	int64_t dnssec; /* enum dnssec */
	const char *dns_trust_anchor;
	struct option_list trusted_authserv_id;

	/* [mailbox NAME] */
	struct mailbox_settings_list mailboxes;

	/* [reporters] */
	struct option_list reporter_addresses;
	struct option_list shared_signers;

	/* made of the above */
	struct httpd_listen *listeners;
	size_t listener_count;
	struct network *proxies;
	size_t proxy_count;
	struct text authserv_ids; /* separated by blanks */
};

/* Reads and checks a configuration file. For serve, a domain, somewhere to
   listen and a certificate must be there; other verbs do without. */
int config_read(const char *path, bool for_serve, struct config **config,
                struct err *err) ATTR_MUST_CHECK;

/* Calls report_key for each key of [collector] that is read once, at the start,
   and that differs: what else differs is used from a reload on. */
void config_each_restart_key(const struct config *initial,
                             const struct config *other,
                             void (*report_key)(const char *key));

struct config *config_ref(struct config *config);
void config_unref(struct config **config);

struct ledger_budget config_ledger_budget(const struct config *config,
                                          enum ledger_group group);

#endif
