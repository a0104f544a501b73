/*
 * Which domains are configured: gathered from three places, sorted, found.
 */
#include "schema/settings/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "base/file.h"
#include "base/options.h"
#include "schema/settings/settings_private.h"

#define DOMAINS_FILE_MAX (64U * 1024U * 1024U)

int settings_domains_normalise(struct arena *arena, struct text name,
                               struct text *out, struct err *err)
{
	struct domain_changes changes = {false, false};

	if (domain_normalise(arena, name, out, &changes, err) < 0)
		return err_set(err, ERR_CONFIG,
		               "\"%.*s\" is no domain name; write example.org, "
		               "*.example.org or *",
		               (int)name.len, name.data);
	/* What needed no change still lies in the file's memory. */
	out->data = arena_copy(arena, out->data, out->len);
	return 0;
}

/* Gathers names and patterns before they are sorted. */
struct gathering {
	struct settings *settings;
	struct arena *arena;
	size_t name_room;
};

static void settings_domains_add_name(struct gathering *g, struct text name)
{
	struct settings *settings = g->settings;
	struct text *larger;

	if (settings->name_count == g->name_room) {
		g->name_room = g->name_room == 0 ? 64 : g->name_room * 2;
		larger = arena_array(g->arena, g->name_room, sizeof(*larger));
		if (settings->name_count > 0)
			memcpy(larger, settings->names,
			       settings->name_count * sizeof(*larger));
		settings->names = larger;
	}
	settings->names[settings->name_count++] = name;
}

static void settings_domains_add_pattern(struct gathering *g,
                                         const char *pattern)
{
	struct settings *settings = g->settings;
	const char **larger = arena_array(g->arena, settings->pattern_count + 1,
	                                  sizeof(*larger));

	if (settings->pattern_count > 0)
		memcpy(larger, settings->patterns,
		       settings->pattern_count * sizeof(*larger));
	larger[settings->pattern_count++] = pattern;
	settings->patterns = larger;
}

static int settings_domains_add(struct gathering *g, struct text word,
                                struct err *err)
{
	struct text name;

	if (text_is(word, "*")) {
		settings_domains_add_pattern(g, "*");
		return 0;
	}
	if (text_starts(word, "*.")) {
		if (settings_domains_normalise(g->arena,
		                               (struct text){word.data + 2,
		                                             word.len - 2},
		                               &name, err) < 0)
			return -1;
		settings_domains_add_pattern(g, arena_printf(g->arena, "*.%s",
		                                             name.data));
		return 0;
	}
	if (settings_domains_normalise(g->arena, word, &name, err) < 0)
		return -1;
	settings_domains_add_name(g, name);
	return 0;
}

static int settings_domains_add_lines(struct gathering *g, struct text rest,
                                      struct err *err)
{
	const char *path = g->settings->domains_file;
	unsigned int number = 0;
	struct text line;

	while (text_next(&rest, '\n', &line)) {
		number++;
		line = text_trim(line);
		if (line.len == 0 || line.data[0] == '#')
			continue;
		if (settings_domains_add(g, line, err) < 0)
			return err_prefix(err, "%s:%u", path, number);
	}
	return 0;
}

static int settings_domains_add_file(struct gathering *g, struct err *err)
{
	struct buf file = BUF_INIT(DOMAINS_FILE_MAX);
	struct err why;
	int result;

	if (g->settings->domains_file == NULL ||
	    *g->settings->domains_file == '\0')
		return 0;
	result = file_read(g->settings->domains_file, &file, &why);
	if (result < 0)
		result = options_error(g->settings->options, "", NULL,
		                       "domains_file", err, "%s", why.text);
	else
		result = settings_domains_add_lines(
			g,
			text_skip_bom((struct text){buf_text(&file), file.len}),
			err);
	buf_free(&file);
	return result;
}

static int settings_domains_compare_mx(const void *a, const void *b)
{
	const struct settings_mx *x = a, *y = b;

	return text_order(x->host, y->host);
}

static void settings_domains_sort(struct settings *settings)
{
	size_t i, kept = 0;

	if (settings->name_count == 0)
		return;
	qsort(settings->names, settings->name_count, sizeof(*settings->names),
	      text_order_items);
	for (i = 0; i < settings->name_count; i++) {
		if (kept == 0 ||
		    !text_equal(settings->names[i], settings->names[kept - 1]))
			settings->names[kept++] = settings->names[i];
	}
	settings->name_count = kept;
}

static int settings_domains_add_mx_hosts(struct gathering *g,
                                         const struct settings_section *section,
                                         struct err *err)
{
	struct settings *settings = g->settings;
	struct text host;
	size_t i;

	for (i = 0; i < section->mx_hosts.count; i++) {
		if (settings_domains_normalise(
			    g->arena, text_of(section->mx_hosts.items[i]),
			    &host, err) < 0)
			return options_error(settings->options, "domain",
			                     section->name.data, "mx_hosts",
			                     err, "\"%s\" is no host name",
			                     section->mx_hosts.items[i]);
		settings->mx[settings->mx_count++] =
			(struct settings_mx){host, section->name};
	}
	return 0;
}

static int settings_domains_gather_mx(struct gathering *g, struct err *err)
{
	struct settings *settings = g->settings;
	const struct settings_section *section;
	size_t count = 0;

	for (section = settings->sections; section != NULL;
	     section = section->next)
		count += section->mx_hosts.count;
	settings->mx = arena_array(g->arena, count, sizeof(*settings->mx));
	for (section = settings->sections; section != NULL;
	     section = section->next) {
		if (settings_domains_add_mx_hosts(g, section, err) < 0)
			return -1;
	}
	if (settings->mx_count > 0)
		qsort(settings->mx, settings->mx_count, sizeof(*settings->mx),
		      settings_domains_compare_mx);
	return 0;
}

int settings_domains_gather(struct settings *settings, struct arena *arena,
                            struct err *err)
{
	struct gathering g = {settings, arena, 0};
	const struct settings_section *section;
	size_t i;

	for (i = 0; i < settings->domains.count; i++) {
		if (settings_domains_add(
			    &g, text_of(settings->domains.items[i]), err) < 0)
			return options_error(
				settings->options, "", NULL, "domains", err,
				"%s", arena_printf(arena, "%s", err->text));
	}
	for (section = settings->sections; section != NULL;
	     section = section->next)
		settings_domains_add_name(&g, section->name);
	if (settings_domains_add_file(&g, err) < 0 ||
	    settings_domains_gather_mx(&g, err) < 0)
		return -1;
	settings_domains_sort(settings);
	return 0;
}

enum settings_domain_match
settings_domains_match(const struct settings *settings, struct text domain)
{
	size_t i;

	if (settings->name_count > 0 &&
	    bsearch(&domain, settings->names, settings->name_count,
	            sizeof(*settings->names), text_order_items) != NULL)
		return SETTINGS_DOMAIN_CONFIGURED;
	for (i = 0; i < settings->pattern_count; i++) {
		if (strcmp(settings->patterns[i], "*") == 0 ||
		    domain_matches(settings->patterns[i], domain, true))
			return SETTINGS_DOMAIN_COVERED;
	}
	return SETTINGS_DOMAIN_FOREIGN;
}

const struct settings_mx *
settings_domains_of_mx(const struct settings *settings, struct text host,
                       size_t *count)
{
	const struct settings_mx wanted = {host, TEXT("")};
	const struct settings_mx *found,
		*end = settings->mx + settings->mx_count;

	*count = 0;
	if (settings->mx_count == 0)
		return NULL;
	found = bsearch(&wanted, settings->mx, settings->mx_count,
	                sizeof(*settings->mx), settings_domains_compare_mx);
	if (found == NULL)
		return NULL;
	while (found > settings->mx && text_equal(found[-1].host, host))
		found--;
	while (found + *count < end && text_equal(found[*count].host, host))
		(*count)++;
	return found;
}
