#include "exporter/config/config.h"

#include <stdatomic.h>
#include <string.h>

#include "base/arena.h"
#include "base/options_value.h"

#define FIELD(name) offsetof(struct config, name)

/* Its index among the options. */
enum {
	LISTEN
};

static const struct option_spec options[] = {
	[LISTEN] = {"listen", OPTION_LIST, FIELD(listen), "127.0.0.1:9817", 0,
                    0, NULL},
	{"window_days", OPTION_NUMBER, FIELD(window_days), "14", 7, 56, NULL},
	{"settle_hours", OPTION_NUMBER, FIELD(settle_hours), "36", 4,
         CONFIG_SETTLE_HOURS_MAX, NULL},
	{"max_domains", OPTION_NUMBER, FIELD(max_domains), "1000", 1, 10000000,
         NULL},
	{"top_reporters", OPTION_NUMBER, FIELD(top_reporters), "10", 1, 100,
         NULL},
};

static const char *const other_programs[] = {"collector", "mail", "mailbox",
                                             "reporters", NULL};

struct counted {
	struct config config; /* first: pointers are converted */
	struct arena *arena;
	atomic_uint references;
};

static int config_check(struct config *config, struct arena *arena,
                        struct err *err)
{
	struct httpd_listen *listener;
	struct err why;
	size_t i;

	/* Equal weekdays in each window. */
	if (config->window_days % 7 != 0)
		return options_error(config->settings.options, "exporter", NULL,
		                     "window_days", err,
		                     "%lld is not a multiple of 7",
		                     (long long)config->window_days);
	config->listeners = arena_array(arena, config->listen.count,
	                                sizeof(*config->listeners));
	for (i = 0; i < config->listen.count; i++) {
		listener = &config->listeners[config->listener_count++];
		listener->fd = -1;
		if (address_parse_listen(text_of(config->listen.items[i]),
		                         &listener->address, &listener->len,
		                         &why) < 0)
			return options_error(config->settings.options,
			                     "exporter", NULL, "listen", err,
			                     "%s", why.text);
	}
	return settings_require_domain(&config->settings, err);
}

int config_read(const char *path, struct config **out, struct err *err)
{
	struct arena *arena = arena_new(0);
	struct counted *counted = arena_alloc(arena, sizeof(*counted));
	const struct option_section own = {
		"exporter",       options, ARRAY_LENGTH(options),
		&counted->config, NULL,    NULL};

	const struct settings_sections more = {&own, 1, other_programs};

	counted->arena = arena;
	atomic_init(&counted->references, 1);
	if (settings_read(path, arena, &more, &counted->config.settings, err) <
	            0 ||
	    config_check(&counted->config, arena, err) < 0) {
		arena_free(&arena);
		return -1;
	}
	*out = &counted->config;
	return 0;
}

/* Whether a file lies in the folder of another. */
static bool config_is_same_folder(const char *one, const char *other)
{
	const char *end, *other_end;

	if (one == NULL || other == NULL)
		return other == NULL;
	end = strrchr(one, '/');
	other_end = strrchr(other, '/');
	if (end == NULL || other_end == NULL)
		return end == other_end;
	return end - one == other_end - other &&
	       memcmp(one, other, (size_t)(end - one)) == 0;
}

void config_each_restart_key(const struct config *entered,
                             const struct config *other,
                             void (*on_key)(const char *key))
{
	if (!config_is_same_folder(entered->settings.store,
	                           other->settings.store))
		on_key("store");
	if (!config_is_same_folder(entered->settings.domains_file,
	                           other->settings.domains_file))
		on_key("domains_file");
	if (!options_value_equal(&options[LISTEN], entered, other))
		on_key(options[LISTEN].key);
}

struct config *config_ref(struct config *config)
{
	(void)atomic_fetch_add(&((struct counted *)config)->references, 1);
	return config;
}

void config_unref(struct config **config)
{
	struct counted *counted = (struct counted *)*config;
	struct arena *arena;

	*config = NULL;
	if (counted == NULL || atomic_fetch_sub(&counted->references, 1) != 1)
		return;
	arena = counted->arena;
	arena_free(&arena);
}
