/*
 * tlsrpt-exporter: verbs and what they need. See tlsrpt-exporter(8).
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/confine.h"
#include "base/exit.h"
#include "base/file.h"
#include "base/log.h"
#include "base/service.h"
#include "exporter/config/config.h"
#include "exporter/http/server.h"
#include "exporter/refresh.h"
#include "exporter/verbs/verbs.h"
#include "schema/settings/settings.h"

#define TICK_MS 60000

/* Bytes of all addresses in a log line. */
#define ADDRESSES_SHOWN 2048U

static const char usage[] =
	"Usage: tlsrpt-exporter [-c FILE] [VERB]\n"
	"\n"
	"Shows what tlsrpt-collector stored.\n"
	"\n"
	"  serve                 answer /metrics and /healthz (the default)\n"
	"  verdict [DOMAIN...]   may a domain enforce its MTA-STS policy? Without\n"
	"                        names a table of all\n"
	"  backfill              the history by report day, as OpenMetrics for\n"
	"                        promtool tsdb create-blocks-from\n"
	"  check-config          say whether the configuration is in order\n"
	"\n"
	"  -c, --config FILE     read FILE instead of " SETTINGS_FILE "\n"
	"  -h, --help            show this\n"
	"  -V, --version         show the version\n"
	"\n"
	"With verdict:\n"
	"      --json            as JSON\n"
	"      --explain         with the arithmetic\n"
	"      --at TIME         as it stood then, by what is known today\n"
	"\n"
	"With backfill:\n"
	"      --from DAY        first report day, such as 2026-08-22\n"
	"      --to DAY          last report day\n"
	"      --label NAME=VALUE  for each series, as the scrape adds job and\n"
	"                        instance; may be repeated\n"
	"      --families LIST   of day, window, summary, verdict, domain,\n"
	"                        reporter; the first four when left out\n"
	"      --split month     a file for each month instead of standard output\n"
	"      --output FOLDER   where those files go, \".\" when left out\n"
	"\n"
	"Exit status: of verdict 0 ready or enforce_ok, 1 not yet, 2 needs action,\n"
	"of the worst domain. Else as in sysexits.h: 0 all well, 64 wrong usage, 66\n"
	"something cannot be read, 71 the system refused, 74 the output cannot be\n"
	"written, 75 try again, 78 the configuration is wrong or missing.\n";

static int serve_fail(const struct err *err)
{
	(void)fprintf(stderr, "tlsrpt-exporter: %s\n", err->text);
	return exit_status(err);
}

static void serve_set_log_level(const struct config *config)
{
	log_set_level(
		(enum log_level)(LOG_LEVEL_ERROR + config->settings.log_level));
}

static void serve_on_restart_key(const char *key)
{
	log_warning("reload: %s has changed; the new value is used after a "
	            "restart only",
	            key);
}

static void serve_reload(struct refresh *refresh, const struct config *entered,
                         const char *path)
{
	struct config *config;
	struct err err;

	service_notify_reloading();
	if (config_read(path, &config, &err) < 0) {
		log_error("reload: %s; what was in force stays", err.text);
		refresh_reload(refresh, NULL);
		service_notify_reloaded(err.text);
		return;
	}
	config_each_restart_key(entered, config, serve_on_restart_key);
	serve_set_log_level(config);
	refresh_reload(refresh, config);
	config_unref(&config);
	log_notice("configuration read again");
	service_notify_reloaded("answering /metrics");
}

static void serve_loop(struct refresh *refresh, struct server *server,
                       const struct config *entered, const char *path)
{
	struct buf addresses = BUF_INIT(ADDRESSES_SHOWN);
	enum service_event event;

	service_notify("READY=1\nSTATUS=answering /metrics");
	server_describe_listeners(server, &addresses);
	log_notice("tlsrpt-exporter " TLSRPT_VERSION " answers at %s",
	           buf_text(&addresses));
	buf_free(&addresses);
	while ((event = service_wait(service_tick(TICK_MS))) != SERVICE_STOP) {
		service_notify("WATCHDOG=1");
		if (event == SERVICE_RELOAD)
			serve_reload(refresh, entered, path);
	}
	service_notify("STOPPING=1");
	log_notice("stopping");
}

/* It reads the store and the configuration, answers, and needs no more. Before
   any thread starts: they inherit it. */
static void serve_confine(const char *path, const struct config *config)
{
	struct arena *arena = arena_new(0);
	const char *domains = config->settings.domains_file;
	const char *const paths[] = {
		file_folder(arena, path),
		file_folder(arena, config->settings.store),
		file_folder(arena, domains != NULL ? domains : "/etc/x"),
		"/etc",
		"/usr/share",
		"/proc",
		"/dev/urandom",
		NULL};
	const struct confine_profile wish = {
		.network = true,
		.listens = true,
		.threads = true,
		.returns = true,
		.logs = true,
		.read_paths = paths,
	};

	confine_and_log(&wish);
	arena_free(&arena);
}

static int serve_answer(struct refresh *refresh, struct server *server,
                        const struct config *config, const char *path,
                        struct err *err)
{
	if (service_confine(err) < 0)
		log_warning("%s", err->text);
	serve_confine(path, config);
	if (refresh_start(refresh, err) < 0 || server_start(server, err) < 0)
		return -1;
	serve_loop(refresh, server, config, path);
	return 0;
}

static int serve_run(const char *path)
{
	struct service_socket sockets[SERVICE_SOCKETS_MAX];
	struct server *server = NULL;
	struct refresh *refresh;
	struct config *config;
	struct model *model;
	struct err err;
	int result;

	if (config_read(path, &config, &err) < 0)
		return serve_fail(&err);
	serve_set_log_level(config);
	service_block_signals();
	model = model_new();
	refresh = refresh_new(model, config);
	result = server_open(config, sockets, service_sockets(sockets), model,
	                     &server, &err);
	if (result == 0)
		result = serve_answer(refresh, server, config, path, &err);
	server_stop(&server);
	refresh_free(&refresh);
	model_free(&model);
	config_unref(&config);
	return result < 0 ? serve_fail(&err) : EX_OK;
}

static int check_config_run(const char *path)
{
	struct config *config;
	struct err err;

	if (config_read(path, &config, &err) < 0)
		return serve_fail(&err);
	(void)printf("%s is in order for tlsrpt-exporter; tlsrpt-collector "
	             "check-config looks at [collector], [mail], [mailbox] and "
	             "[reporters]\n",
	             path);
	config_unref(&config);
	return EX_OK;
}

/* --- verbs --------------------------------------------------------------- */

static int main_run_serve(const struct arguments *arguments)
{
	return serve_run(arguments->config);
}

static int main_run_check_config(const struct arguments *arguments)
{
	return check_config_run(arguments->config);
}

/* Options beside -c, -h and -V, and which verb knows them. */
enum option_code {
	OPTION_CODES = 256,
	CODE_JSON,
	CODE_EXPLAIN,
	CODE_AT,
	CODE_FROM,
	CODE_TO,
	CODE_LABEL,
	CODE_FAMILIES,
	CODE_SPLIT,
	CODE_OUTPUT,
};

#define KNOWS(code) (1U << ((code)-OPTION_CODES))

struct verb {
	const char *name;
	int (*run)(const struct arguments *arguments);
	bool takes_names;
	unsigned int knows;
};

static const struct verb verbs[] = {
	{"serve", main_run_serve, false, 0},
	{"verdict", verdict_verb_run, true,
         KNOWS(CODE_JSON) | KNOWS(CODE_EXPLAIN) | KNOWS(CODE_AT)},
	{"backfill", backfill_run, false,
         KNOWS(CODE_FROM) | KNOWS(CODE_TO) | KNOWS(CODE_LABEL) |
                 KNOWS(CODE_FAMILIES) | KNOWS(CODE_SPLIT) | KNOWS(CODE_OUTPUT)},
	{"check-config", main_run_check_config, false, 0},
};

static int main_run_verb(const char *name, unsigned int used,
                         const struct arguments *arguments)
{
	const struct verb *verb = NULL;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(verbs); i++) {
		if (strcmp(verbs[i].name, name) == 0)
			verb = &verbs[i];
	}
	if (verb == NULL) {
		(void)fprintf(stderr,
		              "tlsrpt-exporter: there is no verb \"%s\"; see "
		              "--help\n",
		              name);
		return EX_USAGE;
	}
	if (arguments->rest_count > 0 && !verb->takes_names) {
		(void)fprintf(stderr,
		              "tlsrpt-exporter: %s takes no arguments; see "
		              "--help\n",
		              name);
		return EX_USAGE;
	}
	if ((used & ~verb->knows) != 0) {
		(void)fprintf(stderr,
		              "tlsrpt-exporter: an option is not for %s; see "
		              "--help\n",
		              name);
		return EX_USAGE;
	}
	return verb->run(arguments);
}

/* --- the command line ---------------------------------------------------- */

static const struct option long_options[] = {
	{"config", required_argument, NULL, 'c'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{"json", no_argument, NULL, CODE_JSON},
	{"explain", no_argument, NULL, CODE_EXPLAIN},
	{"at", required_argument, NULL, CODE_AT},
	{"from", required_argument, NULL, CODE_FROM},
	{"to", required_argument, NULL, CODE_TO},
	{"label", required_argument, NULL, CODE_LABEL},
	{"families", required_argument, NULL, CODE_FAMILIES},
	{"split", required_argument, NULL, CODE_SPLIT},
	{"output", required_argument, NULL, CODE_OUTPUT},
	{NULL, 0, NULL, 0},
};

static bool take_label(struct arguments *arguments, const char *label)
{
	if (arguments->label_count == (int)ARRAY_LENGTH(arguments->labels)) {
		(void)fprintf(stderr, "tlsrpt-exporter: too many labels\n");
		return false;
	}
	arguments->labels[arguments->label_count++] = label;
	return true;
}

/* Takes one option of a verb; false when it is none. */
static bool take_option(struct arguments *arguments, int code)
{
	switch (code) {
	case CODE_JSON:
		arguments->json = true;
		return true;
	case CODE_EXPLAIN:
		arguments->explain = true;
		return true;
	case CODE_AT:
		arguments->at = optarg;
		return true;
	case CODE_FROM:
		arguments->from = optarg;
		return true;
	case CODE_TO:
		arguments->to = optarg;
		return true;
	case CODE_LABEL:
		return take_label(arguments, optarg);
	case CODE_FAMILIES:
		arguments->families = optarg;
		return true;
	case CODE_SPLIT:
		arguments->split = optarg;
		return true;
	case CODE_OUTPUT:
		arguments->output = optarg;
		return true;
	default:
		return false;
	}
}

static int main_run(int argc, char *argv[])
{
	struct arguments arguments = {.config = SETTINGS_FILE};
	const char *verb = "serve";
	unsigned int used = 0;
	int c;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no thread has started. */
	while ((c = getopt_long(argc, argv, "c:hV", long_options, NULL)) !=
	       -1) {
		switch (c) {
		case 'c':
			arguments.config = optarg;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return EX_OK;
		case 'V':
			(void)puts("tlsrpt-exporter " TLSRPT_VERSION
			           " (" TLSRPT_REVISION ")");
			return EX_OK;
		default:
			if (!take_option(&arguments, c))
				return EX_USAGE;
			used |= KNOWS(c);
		}
	}
	if (optind < argc)
		verb = argv[optind++];
	arguments.rest = argv + optind;
	arguments.rest_count = argc - optind;
	return main_run_verb(verb, used, &arguments);
}

int main(int argc, char *argv[])
{
	return exit_finish("tlsrpt-exporter", main_run(argc, argv));
}
