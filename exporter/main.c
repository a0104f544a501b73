/*
 * tlsrpt-exporter: verbs and what they need. See tlsrpt-exporter(8).
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/service.h"
#include "exporter/config.h"
#include "exporter/scrape.h"
#include "schema/settings.h"

#define TICK_MS 60000

static const char usage[] =
	"Usage: tlsrpt-exporter [-c FILE] [VERB]\n"
	"\n"
	"Shows what tlsrpt-collector stored as Prometheus metrics.\n"
	"\n"
	"  serve              answer /metrics and /healthz (the default)\n"
	"  check-config       say whether the configuration is in order\n"
	"\n"
	"  -c, --config FILE  read FILE instead of " SETTINGS_FILE "\n"
	"  -h, --help         show this\n"
	"  -V, --version      show the version\n"
	"\n"
	"Exit status as in sysexits.h: 0 all well, 64 wrong usage, 71 the system\n"
	"refused, 78 the configuration is wrong.\n";

static int die(const struct err *err)
{
	(void)fprintf(stderr, "tlsrpt-exporter: %s\n", err->text);
	return err->code == ERR_SYSTEM ? EX_OSERR : EX_CONFIG;
}

static void set_log_level(const struct config *config)
{
	log_set_level(
		(enum log_level)(LOG_LEVEL_ERROR + config->settings.log_level));
}

static void reload(struct scrape *scrape, const char *path)
{
	struct config *config;
	struct err err;

	if (config_read(path, &config, &err) < 0) {
		log_error("reload: %s; what was in force stays", err.text);
		scrape_reload(scrape, NULL);
		return;
	}
	set_log_level(config);
	scrape_reload(scrape, config);
	config_unref(&config);
	log_notice("configuration read again");
}

static void tend(struct scrape *scrape, const char *path)
{
	enum service_event event;

	service_notify("READY=1\nSTATUS=answering /metrics");
	log_notice("tlsrpt-exporter " TLSRPT_VERSION " answers /metrics");
	while ((event = service_wait(TICK_MS)) != SERVICE_STOP) {
		if (event == SERVICE_RELOAD)
			reload(scrape, path);
	}
	service_notify("STOPPING=1");
	log_notice("stopping");
}

static int verb_serve(const char *path)
{
	struct config *config;
	struct scrape *scrape;
	struct err err;
	int result;

	if (config_read(path, &config, &err) < 0)
		return die(&err);
	set_log_level(config);
	service_block_signals();
	result = scrape_start(config, service_handed_sockets(), &scrape, &err);
	config_unref(&config);
	if (result < 0)
		return die(&err);
	if (service_confine(&err) < 0)
		log_warning("%s", err.text);
	tend(scrape, path);
	scrape_stop(&scrape);
	return EX_OK;
}

static int verb_check_config(const char *path)
{
	struct config *config;
	struct err err;

	if (config_read(path, &config, &err) < 0)
		return die(&err);
	(void)printf("%s is in order\n", path);
	config_unref(&config);
	return EX_OK;
}

static int run_verb(const char *verb, const char *path, int rest)
{
	if (rest > 0) {
		(void)fprintf(stderr,
		              "tlsrpt-exporter: %s takes no arguments; see "
		              "--help\n",
		              verb);
		return EX_USAGE;
	}
	if (strcmp(verb, "serve") == 0)
		return verb_serve(path);
	if (strcmp(verb, "check-config") == 0)
		return verb_check_config(path);
	(void)fprintf(stderr,
	              "tlsrpt-exporter: there is no verb \"%s\"; see --help\n",
	              verb);
	return EX_USAGE;
}

int main(int argc, char *argv[])
{
	static const struct option long_options[] = {
		{"config", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	const char *path = SETTINGS_FILE, *verb = "serve";
	int c;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no thread has started. */
	while ((c = getopt_long(argc, argv, "c:hV", long_options, NULL)) !=
	       -1) {
		switch (c) {
		case 'c':
			path = optarg;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return EX_OK;
		case 'V':
			(void)puts("tlsrpt-exporter " TLSRPT_VERSION
			           " (" TLSRPT_REVISION ")");
			return EX_OK;
		default:
			return EX_USAGE;
		}
	}
	if (optind < argc)
		verb = argv[optind++];
	return run_verb(verb, path, argc - optind);
}
