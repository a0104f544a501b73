#include "exporter/serve.h"

#include <sysexits.h>

#include "base/arena.h"
#include "base/confine.h"
#include "base/file.h"
#include "base/log.h"
#include "base/service.h"
#include "exporter/config/config.h"
#include "exporter/http/server.h"
#include "exporter/refresh.h"

#define TICK_MS 60000

/* Bytes of all addresses in a log line. */
#define ADDRESSES_SHOWN 2048U

struct serve {
	const char *path;      /* of the configuration */
	struct config *config; /* that it was started with */
	struct model *model;
	struct refresh *refresh;
	struct server *server;
};

static void serve_set_log_level(const struct config *config)
{
	log_set_level(
		(enum log_level)(LOG_LEVEL_ERROR + config->settings.log_level));
}

static void serve_on_removed(void *cls, const char *sentence)
{
	(void)cls;
	log_warning("%s", sentence);
}

static void serve_warn_removed(const struct config *config)
{
	options_each_removed(config->settings.options, serve_on_removed, NULL);
}

static void serve_on_restart_key(const char *key)
{
	log_warning("reload: %s has changed; the new value is used after a "
	            "restart only",
	            key);
}

static void serve_reload(struct serve *serve)
{
	struct config *config;
	struct err err;

	service_notify_reloading();
	if (config_read(serve->path, &config, &err) < 0) {
		log_error("reload: %s; what was in force stays", err.text);
		refresh_reload(serve->refresh, NULL);
		service_notify_reloaded(err.text);
		return;
	}
	config_each_restart_key(serve->config, config, serve_on_restart_key);
	serve_warn_removed(config);
	serve_set_log_level(config);
	refresh_reload(serve->refresh, config);
	config_unref(&config);
	log_notice("configuration read again");
	service_notify_reloaded("answering /metrics");
}

static void serve_loop(struct serve *serve)
{
	struct buf addresses = BUF_INIT(ADDRESSES_SHOWN);
	enum service_event event;

	service_notify("READY=1\nSTATUS=answering /metrics");
	server_describe_listeners(serve->server, &addresses);
	log_notice("tlsrpt-exporter " TLSRPT_VERSION " answers at %s",
	           buf_text(&addresses));
	buf_free(&addresses);
	while ((event = service_wait(service_tick(TICK_MS))) != SERVICE_STOP) {
		service_notify("WATCHDOG=1");
		if (event == SERVICE_RELOAD)
			serve_reload(serve);
	}
	service_notify("STOPPING=1");
	log_notice("stopping");
}

/* It reads the store and the configuration, answers, and needs no more. Before
   any thread starts: they inherit it. */
static void serve_confine(const struct serve *serve)
{
	const struct settings *settings = &serve->config->settings;
	struct arena *arena = arena_new(0);
	const char *paths[8] = {"/etc", "/usr/share", "/proc", "/dev/urandom"};
	size_t count = 4;
	const struct confine_profile profile = {
		.network = true,
		.listens = true,
		.threads = true,
		.returns = true,
		.logs = true,
		.read_paths = paths,
	};

	paths[count++] = file_folder(arena, serve->path);
	paths[count++] = file_folder(arena, settings->store);
	if (settings->domains_file != NULL)
		paths[count++] = file_folder(arena, settings->domains_file);
	confine_and_log(&profile);
	arena_free(&arena);
}

static int serve_until_stopped(struct serve *serve, struct err *err)
{
	struct service_socket sockets[SERVICE_SOCKETS_MAX];

	service_block_signals();
	if (server_open(serve->config, sockets, service_sockets(sockets),
	                serve->model, &serve->server, err) < 0)
		return -1;
	if (service_confine(err) < 0)
		log_warning("%s", err->text);
	serve_confine(serve);
	/* The first page is as full as the store. */
	if (refresh_start(serve->refresh, err) < 0 ||
	    server_start(serve->server, err) < 0)
		return -1;
	serve_loop(serve);
	return 0;
}

int serve_run(const struct command_line *line)
{
	struct serve serve = {.path = line->config};
	struct err err;
	int result;

	if (config_read(serve.path, &serve.config, &err) < 0)
		return command_fail(line, &err);
	serve_set_log_level(serve.config);
	serve_warn_removed(serve.config);
	serve.model = model_new();
	serve.refresh = refresh_new(serve.model, serve.config);
	result = serve_until_stopped(&serve, &err);
	server_stop(&serve.server);
	refresh_free(&serve.refresh);
	model_free(&serve.model);
	config_unref(&serve.config);
	return result < 0 ? command_fail(line, &err) : EX_OK;
}
