#include "schema/settings/settings.h"

#include <stdlib.h>
#include <string.h>

#include "schema/settings/settings_private.h"

#define OWN_SECTIONS_MAX 8U

static const char *const log_levels[] = {"error", "warning", "notice",
                                         "info",  "debug",   NULL};

#define FIELD(name) offsetof(struct settings, name)

static const struct option_spec common_options[] = {
	{"store", OPTION_TEXT, FIELD(store), "/var/lib/tlsrpt/tlsrpt.db", 0, 0,
         NULL},
	{"retention_days", OPTION_NUMBER, FIELD(retention_days), "400", 180,
         36500, NULL},
	{"raw_keep_days", OPTION_NUMBER, FIELD(raw_keep_days), "30", 0, 36500,
         NULL},
	{"domains", OPTION_LIST, FIELD(domains), NULL, 0, 0, NULL},
	{"domains_file", OPTION_TEXT, FIELD(domains_file), NULL, 0, 0, NULL},
	{"max_admitted_domains", OPTION_NUMBER, FIELD(max_admitted), "10000", 0,
         10000000, NULL},
	{"log_level", OPTION_CHOICE, FIELD(log_level), "info", 0, 0,
         log_levels},
};

const char *const settings_modes[] = {"reported", "none", "testing", "enforce",
                                      NULL};

/* RFC 8461 section 3.2: at most a year and a leap. */
#define MAX_AGE_MAX 31557600

#undef FIELD
#define FIELD(name) offsetof(struct settings_section, name)

static const struct option_spec domain_options[] = {
	{"mx_hosts", OPTION_LIST, FIELD(mx_hosts), NULL, 0, 0, NULL},
	{"mode", OPTION_CHOICE, FIELD(mode), "reported", 0, 0, settings_modes},
	{"mx", OPTION_LIST, FIELD(mx), NULL, 0, 0, NULL},
	{"max_age", OPTION_SECONDS, FIELD(max_age), "0", 0, MAX_AGE_MAX, NULL},
};

/* Keys of older releases, in [verdict] and [domain NAME]. */
static const struct option_spec removed_options[] = {
	{"witness_days", OPTION_REMOVED, 0, "standing_days", 0, 0, NULL},
};

#define VERDICT_OPTIONS (THRESHOLDS_COUNT + ARRAY_LENGTH(removed_options))
#define DOMAIN_OPTIONS  (ARRAY_LENGTH(domain_options) + VERDICT_OPTIONS)

static void *settings_add_section(void *cls, struct arena *arena,
                                  struct text title, struct err *err)
{
	struct settings *settings = cls;
	struct settings_section *section;
	struct text name;

	if (settings_domains_normalise(arena, title, &name, err) < 0)
		return NULL;
	for (section = settings->sections; section != NULL;
	     section = section->next) {
		if (text_equal(section->name, name)) {
			(void)err_set(err, ERR_CONFIG,
			              "[domain %s] stands above already",
			              name.data);
			return NULL;
		}
	}
	section = arena_alloc(arena, sizeof(*section));
	section->name = name;
	thresholds_unset(&section->thresholds);
	section->next = settings->sections;
	settings->sections = section;
	return section;
}

/* --- sections ------------------------------------------------------------ */

static int settings_compare_sections(const void *a, const void *b)
{
	const struct settings_section *const *x = a, *const *y = b;

	return text_order((*x)->name, (*y)->name);
}

static void settings_widen_look_back(struct settings *settings,
                                     const struct thresholds *thresholds)
{
	int64_t days = thresholds->max_window_days + thresholds->confirm_days;

	if (days > settings->look_back)
		settings->look_back = days;
}

static int settings_check_section(struct settings *settings,
                                  struct settings_section *section,
                                  struct arena *arena, struct err *err)
{
	struct text pattern, name;
	size_t i;

	thresholds_inherit(&section->thresholds, &settings->thresholds);
	settings_widen_look_back(settings, &section->thresholds);
	for (i = 0; i < section->mx.count; i++) {
		pattern = text_of(section->mx.items[i]);
		if (text_starts(pattern, "*."))
			pattern = (struct text){pattern.data + 2,
			                        pattern.len - 2};
		if (settings_domains_normalise(arena, pattern, &name, err) < 0)
			return options_error(settings->options, "domain",
			                     section->name.data, "mx", err,
			                     "\"%s\" is no host name and no "
			                     "pattern such as *.example.org",
			                     section->mx.items[i]);
		section->mx.items[i] = arena_printf(
			arena, "%s%s",
			pattern.data != section->mx.items[i] ? "*." : "",
			name.data);
	}
	return thresholds_finish(&section->thresholds, settings->options,
	                         "domain", section->name.data, err);
}

static int settings_finish_sections(struct settings *settings,
                                    struct arena *arena, struct err *err)
{
	struct settings_section *section;
	size_t count = 0;

	/* Before what a domain inherits of it. */
	if (thresholds_finish(&settings->thresholds, settings->options,
	                      "verdict", NULL, err) < 0)
		return -1;
	settings_widen_look_back(settings, &settings->thresholds);
	for (section = settings->sections; section != NULL;
	     section = section->next)
		count++;
	settings->by_name = arena_array(
		arena, count, sizeof(const struct settings_section *));
	for (section = settings->sections; section != NULL;
	     section = section->next) {
		if (settings_check_section(settings, section, arena, err) < 0)
			return -1;
		settings->by_name[settings->section_count++] = section;
	}
	if (count > 0)
		qsort(settings->by_name, count, sizeof(*settings->by_name),
		      settings_compare_sections);
	return 0;
}

const struct settings_section *
settings_find_section(const struct settings *settings, struct text domain)
{
	const struct settings_section wanted = {.name = domain};
	const struct settings_section *key = &wanted, **found;

	if (settings->section_count == 0)
		return NULL;
	found = bsearch(&key, settings->by_name, settings->section_count,
	                sizeof(*settings->by_name), settings_compare_sections);
	return found != NULL ? *found : NULL;
}

const struct thresholds *settings_thresholds(const struct settings *settings,
                                             struct text domain)
{
	const struct settings_section *section =
		settings_find_section(settings, domain);

	return section != NULL ? &section->thresholds : &settings->thresholds;
}

/* --- reading ------------------------------------------------------------- */

int settings_read(const char *path, struct arena *arena,
                  const struct settings_sections *more,
                  struct settings *settings, struct err *err)
{
	/* Whoever complains about a line later looks into these. */
	struct option_spec *of_domain =
		arena_array(arena, DOMAIN_OPTIONS, sizeof(*of_domain));
	struct option_spec *of_verdict =
		arena_array(arena, VERDICT_OPTIONS, sizeof(*of_verdict));
	struct option_section sections[3 + OWN_SECTIONS_MAX] = {
		{"", common_options, ARRAY_LENGTH(common_options), settings,
	         NULL, NULL},
		{"domain", of_domain, DOMAIN_OPTIONS, NULL,
	         settings_add_section, settings},
		{"verdict", of_verdict, VERDICT_OPTIONS, &settings->thresholds,
	         NULL, NULL},
	};
	size_t count = 3, i;

	memcpy(of_domain, domain_options, sizeof(domain_options));
	thresholds_specs(offsetof(struct settings_section, thresholds),
	                 of_domain + ARRAY_LENGTH(domain_options));
	memcpy(of_domain + ARRAY_LENGTH(domain_options) + THRESHOLDS_COUNT,
	       removed_options, sizeof(removed_options));
	memcpy(of_verdict, thresholds_options, sizeof(thresholds_options));
	memcpy(of_verdict + THRESHOLDS_COUNT, removed_options,
	       sizeof(removed_options));
	for (i = 0; i < more->own_count; i++)
		sections[count++] = more->own[i];
	for (i = 0; more->others[i] != NULL; i++)
		sections[count++] = (struct option_section){
			more->others[i], NULL, 0, NULL, NULL, NULL};
	if (options_read(path, arena, sections, count, &settings->options,
	                 err) < 0)
		return -1;
	if (settings_finish_sections(settings, arena, err) < 0)
		return -1;
	return settings_domains_gather(settings, arena, err);
}

static void settings_print_change(void *cls, const struct option_change *change)
{
	struct buf *out = cls;

	/* [exporter] has a window_days of its own. */
	if ((strcmp(change->section, "verdict") != 0 &&
	     strcmp(change->section, "domain") != 0) ||
	    !thresholds_is_key(change->key))
		return;
	buf_printf(out, "[%s%s", change->section,
	           change->title != NULL ? " " : "");
	if (change->title != NULL)
		buf_add_printable(out, change->title, strlen(change->title),
		                  253);
	buf_printf(out, "] %s = ", change->key);
	buf_add_printable(out, change->value, strlen(change->value), 1024);
	/* Those of a domain fall back to [verdict]. */
	if (change->title == NULL)
		buf_printf(out, " (default %s)",
		           change->fallback != NULL ? change->fallback
		                                    : "none");
	buf_add_char(out, '\n');
}

void settings_print_changes(const struct settings *settings, struct buf *out)
{
	struct arena *arena = arena_new(0);

	options_each_change(settings->options, arena, settings_print_change,
	                    out);
	arena_free(&arena);
}

int settings_require_domain(const struct settings *settings, struct err *err)
{
	if (settings->name_count > 0 || settings->pattern_count > 0)
		return 0;
	return options_error(settings->options, "", NULL, "domains", err,
	                     "no domain is configured; add a line such as "
	                     "\"domains = example.org\" above the first "
	                     "section");
}
