/*
 * What both programs must agree on: the part of the configuration file above
 * its first section, and the [domain NAME] sections.
 */
#ifndef SCHEMA_SETTINGS_SETTINGS_H
#define SCHEMA_SETTINGS_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/options.h"
#include "base/text.h"
#include "schema/settings/thresholds.h"

#define SETTINGS_FILE "/etc/tlsrpt/tlsrpt.conf"

/* How a domain stands to the configuration. */
enum settings_domain_match {
	SETTINGS_DOMAIN_FOREIGN,
	SETTINGS_DOMAIN_COVERED,    /* by "*" or "*.NAME" only: needs to be
	                               admitted */
	SETTINGS_DOMAIN_CONFIGURED, /* by its own name */
};

/* A [domain NAME] section. */
struct settings_section {
	struct settings_section *next;
	struct text name;
	struct option_list mx_hosts;
	int64_t mode;          /* place in settings_modes; 0: as reported */
	struct option_list mx; /* patterns of the policy; none: as reported */
	int64_t max_age;       /* seconds; 0: as reported */
	struct thresholds thresholds;
};

/* "reported", "none", "testing", "enforce". */
extern const char *const settings_modes[];

/* An MX host whose name stands for a domain in reports about DANE. */
struct settings_mx {
	struct text host;
	struct text domain;
};

struct settings {
	const char *store;
	int64_t retention_days;
	int64_t raw_keep_days;
	struct option_list domains;
	const char *domains_file;
	int64_t max_admitted;         /* that a pattern may admit */
	int64_t log_level;            /* counted from LOG_LEVEL_ERROR */
	struct thresholds thresholds; /* [verdict] */

	/* made of the above by settings_read() */
	struct options *options;
	struct settings_section *sections;
	const struct settings_section **by_name; /* the same, sorted */
	size_t section_count;
	int64_t look_back;  /* days that a verdict of any domain reads: widest
	                       window and confirmations */
	struct text *names; /* configured, sorted, once each */
	size_t name_count;
	const char **patterns;
	size_t pattern_count;
	struct settings_mx *mx; /* sorted by host */
	size_t mx_count;
};

/* Sections beside the common ones: the program's own, and the names of those
   of the other program (ending with NULL), which are not looked into. */
struct settings_sections {
	const struct option_section *own;
	size_t own_count;
	const char *const *others;
};

/* Reads path. All that is read belongs to arena. */
int settings_read(const char *path, struct arena *arena,
                  const struct settings_sections *more,
                  struct settings *settings, struct err *err) ATTR_MUST_CHECK;

/* Fails when no domain is configured, with the line to add. */
int settings_require_domain(const struct settings *settings, struct err *err)
	ATTR_MUST_CHECK;

/* Adds a line for each parameter of the verdict that is not its default:
   "[verdict] max_refusal = 0.02 (default 0.01)"; of a domain's own, all. */
void settings_print_changes(const struct settings *settings, struct buf *out);

enum settings_domain_match
settings_domains_match(const struct settings *settings, struct text domain);

/* The [domain NAME] section, or NULL where there is none. */
const struct settings_section *
settings_find_section(const struct settings *settings, struct text domain);

/* The thresholds that hold for a domain: its own, else [verdict]. */
const struct thresholds *settings_thresholds(const struct settings *settings,
                                             struct text domain);

/* The first of the domains that name this MX host, in *count entries in a row;
   NULL when there is none. */
const struct settings_mx *
settings_domains_of_mx(const struct settings *settings, struct text host,
                       size_t *count);

#endif
