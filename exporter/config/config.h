/*
 * The exporter's part of the configuration.
 *
 * Read once and never changed; a reload makes another, and whoever uses the
 * old one holds a reference.
 */
#ifndef EXPORTER_CONFIG_CONFIG_H
#define EXPORTER_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/httpd/httpd.h"
#include "base/options.h"
#include "schema/settings/settings.h"

/* The verdict has room for so many unsettled days. */
#define CONFIG_SETTLE_HOURS_MAX 240

struct config {
	struct settings settings;

	/* [exporter] */
	struct option_list listen;
	int64_t window_days;
	int64_t settle_hours;
	int64_t max_domains;
	int64_t top_reporters;

	/* made of the above */
	struct httpd_listen *listeners;
	size_t listener_count;
};

int config_read(const char *path, struct config **config, struct err *err)
	ATTR_MUST_CHECK;
/* Calls on_key for each key that is read once, at the start, and that differs:
   the addresses; and the store and domains_file in another folder, which the
   process may not read any more. */
void config_each_restart_key(const struct config *entered,
                             const struct config *other,
                             void (*on_key)(const char *key));
struct config *config_ref(struct config *config);
void config_unref(struct config **config);

#endif
