#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/httpd/httpd.h"
#include "base/netstream.h"
#include "base/service.h"
#include "collector/config/config.h"
#include "collector/mailbox/probe.h"
#include "collector/mailbox/secret.h"
#include "collector/verbs/verbs.h"

/* Bytes of the changes that are printed: some hundred thousand lines. */
#define CHANGES_MAX (16U * 1024U * 1024U)

struct check {
	const struct command_line *line;
	const struct config *config;
	struct arena *arena;
	size_t problems;    /* that are to be put right here */
	size_t unreachable; /* servers */
};

/* Where something stands in the file. */
struct setting_key {
	const char *section;
	const char *title; /* NULL: the section has none */
	const char *key;
};

static void check_config_print(const struct check *check,
                               const struct setting_key *key, const char *why)
{
	struct err err;

	options_fill(check->config->settings.options, key->section, key->title,
	             key->key, &err, "%s", why);
	(void)fprintf(stderr, "tlsrpt-collector: %s\n", err.text);
}

static void check_config_fail(struct check *check,
                              const struct setting_key *key, const char *why)
{
	check_config_print(check, key, why);
	check->problems++;
}

/* What a collector that is running goes on without. */
static void check_config_fail_at_start(struct check *check,
                                       const struct setting_key *key,
                                       const char *why)
{
	check_config_print(check, key, why);
	check->problems += !command_has(check->line, VERBS_RELOAD);
}

/* That a path is there and may be used; NULL, or a sentence. */
static const char *check_config_access(struct check *check, const char *path,
                                       int mode, const char *cure)
{
	struct err why;

	if (access(path, mode) == 0)
		return NULL;
	(void)err_set_errno(&why, errno, "%s", path);
	return arena_printf(check->arena, "%s; %s", why.text, cure);
}

static const char *check_config_folder_of(struct check *check, const char *file)
{
	const char *slash = strrchr(file, '/');

	if (slash == NULL)
		return ".";
	return slash == file
	               ? "/"
	               : arena_copy(check->arena, file, (size_t)(slash - file));
}

/* --- what lies in files -------------------------------------------------- */

static void check_config_store(struct check *check)
{
	static const struct setting_key key = {"", NULL, "store"};
	static const char *const files[] = {"", "-wal", "-shm", ".lock"};
	const char *store = check->config->settings.store;
	const char *why = check_config_access(
		check, check_config_folder_of(check, store), R_OK | W_OK | X_OK,
		"the folder belongs to the service's user (systemd-tmpfiles "
		"--create makes the packaged one)");
	const char *path;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(files) && why == NULL; i++) {
		path = arena_printf(check->arena, "%s%s", store, files[i]);
		if (access(path, F_OK) == 0)
			why = check_config_access(
				check, path, R_OK | W_OK,
				"it must belong to the service's "
				"user (chown)");
	}
	if (why != NULL)
		check_config_fail(check, &key, why);
}

static bool check_config_file(struct check *check, const char *name,
                              const char *path)
{
	const struct setting_key key = {"collector", NULL, name};
	struct stat opened;
	struct err why;
	int fd;

	if (file_open(path, &fd, &opened, &why) == 0) {
		(void)close(fd);
		return true;
	}
	check_config_fail(
		check, &key,
		arena_printf(check->arena,
	                     "%s; the user with uid %lu must be able to read it",
	                     why.text, (unsigned long)geteuid()));
	return false;
}

static void check_config_certificates(struct check *check)
{
	static const struct setting_key key = {"collector", NULL,
	                                       "certificate"};
	const struct config *config = check->config;
	struct err why;
	bool there;
	size_t i;

	for (i = 0; i < config->certificate.count; i++) {
		there = check_config_file(check, "certificate",
		                          config->certificate.items[i]);
		there = check_config_file(check, "key", config->key.items[i]) &&
		        there;
		if (there && httpd_tls_check_certificates(
				     &config->certificate.items[i],
				     &config->key.items[i], 1, &why) < 0)
			check_config_fail(check, &key, why.text);
	}
}

/* What root has read, the user that serves has to read too. */
static void check_config_readable(struct check *check, const char *path)
{
	static const struct setting_key key = {"", NULL, "domains_file"};
	const char *file = check->config->settings.domains_file;
	const char *why =
		check_config_access(check, path, R_OK,
	                            "the user that serves must be able to "
	                            "read the configuration");

	if (why != NULL) {
		(void)fprintf(stderr, "tlsrpt-collector: %s\n", why);
		check->problems++;
	}
	if (file == NULL || file[0] == '\0')
		return;
	why = check_config_access(
		check, file, R_OK,
		"the user that serves must be able to read it");
	if (why != NULL)
		check_config_fail(check, &key, why);
}

/* A socket that is there is bound already, by serve or by systemd. */
static void check_config_submit(struct check *check)
{
	static const struct setting_key key = {"collector", NULL, "submit"};
	const char *path = check->config->submit, *why;
	struct stat st;

	if (path == NULL || path[0] == '\0' ||
	    (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)))
		return;
	why = check_config_access(check, check_config_folder_of(check, path),
	                          W_OK | X_OK,
	                          "the socket is made there; systemd-tmpfiles "
	                          "--create makes the packaged folder");
	if (why != NULL)
		check_config_fail_at_start(check, &key, why);
}

/* --- mailboxes ----------------------------------------------------------- */

/* The program of token_command, which is not run: it may use the network. */
static const char *check_config_program(struct check *check,
                                        const char *command)
{
	const char *rest = getenv("PATH");
	const char *start = command + strspn(command, " \t");
	const char *word =
		arena_copy(check->arena, start, strcspn(start, " \t"));
	const char *path;
	size_t len;

	if (strchr(word, '/') != NULL || rest == NULL)
		return check_config_access(check, word, X_OK,
		                           "token_command cannot be run");
	while (*rest != '\0') {
		len = strcspn(rest, ":");
		path = arena_printf(check->arena, "%.*s/%s", (int)len, rest,
		                    word);
		if (access(path, X_OK) == 0)
			return NULL;
		rest += len + (rest[len] == ':');
	}
	return arena_printf(check->arena, "there is no program %s in PATH",
	                    word);
}

static const char *check_config_password(struct check *check,
                                         const struct mailbox_settings *mailbox)
{
	char *secret = NULL;
	struct err why;

	if (secret_password(mailbox, &secret, &why) < 0)
		return arena_printf(check->arena, "%s", why.text);
	explicit_bzero(secret, strlen(secret));
	free(secret);
	return NULL;
}

static const char *
check_config_secret_key(const struct mailbox_settings *mailbox)
{
	if (mailbox->password_file != NULL)
		return "password_file";
	if (mailbox->password_credential != NULL)
		return "password_credential";
	return mailbox->token_command != NULL ? "token_command"
	                                      : "password_env";
}

/* Whether its secret can be had here. */
static bool check_config_secret(struct check *check,
                                const struct mailbox_settings *mailbox)
{
	const struct setting_key key = {"mailbox", mailbox->name,
	                                check_config_secret_key(mailbox)};
	const char *why =
		mailbox->token_command != NULL
			? check_config_program(check, mailbox->token_command)
			: check_config_password(check, mailbox);

	if (why == NULL)
		return true;
	/* systemd gives credentials to the service's process; what it starts to
	   reload may find the folder closed. */
	if (mailbox->password_credential != NULL &&
	    command_has(check->line, VERBS_RELOAD))
		return false;
	/* Outside of a unit nobody has it. */
	if (mailbox->password_credential != NULL &&
	    getenv("CREDENTIALS_DIRECTORY") == NULL)
		check_config_print(check, &key,
		                   arena_printf(check->arena, "not tried: %s",
		                                why));
	else
		check_config_fail_at_start(check, &key, why);
	return false;
}

static bool check_config_trust(struct check *check,
                               const struct mailbox_settings *mailbox)
{
	const struct setting_key key = {"mailbox", mailbox->name, "ca_file"};
	struct netstream_trust *trust = NULL;
	struct err why;

	if (netstream_trust_open(mailbox->ca_file, &trust, &why) == 0) {
		netstream_trust_close(&trust);
		return true;
	}
	check_config_fail_at_start(check, &key, why.text);
	return false;
}

static void check_config_server(struct check *check,
                                const struct mailbox_settings *mailbox)
{
	const struct setting_key key = {"mailbox", mailbox->name, "host"};
	bool ready = check_config_secret(check, mailbox);
	struct err why;

	ready = check_config_trust(check, mailbox) && ready;
	if (!ready || !command_has(check->line, VERBS_CONNECT))
		return;
	if (probe_mailbox(mailbox, &why) < 0) {
		check_config_print(check, &key, why.text);
		check->unreachable++;
	} else {
		(void)printf("mailbox %s: connected and logged in\n",
		             mailbox->name);
	}
}

static void check_config_maildir(struct check *check,
                                 const struct mailbox_settings *mailbox)
{
	static const char *const folders[] = {"cur", "new"};
	const struct setting_key key = {"mailbox", mailbox->name, "path"};
	bool changes = mailbox_settings_changes_files(mailbox);
	const char *why = NULL, *path;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(folders) && why == NULL; i++) {
		path = arena_printf(check->arena, "%s/%s", mailbox->path,
		                    folders[i]);
		why = check_config_access(
			check, path, R_OK | X_OK | (changes ? W_OK : 0),
			changes ? "the user that serves must be "
				  "able to read and change this "
				  "folder of the Maildir"
				: "the user that serves must be "
				  "able to read this folder of "
				  "the Maildir");
	}
	if (why != NULL)
		check_config_fail_at_start(check, &key, why);
}

static void check_config_mbox(struct check *check,
                              const struct mailbox_settings *mailbox)
{
	const struct setting_key key = {"mailbox", mailbox->name, "path"};
	const char *why =
		check_config_access(check, mailbox->path, R_OK,
	                            "the user that serves must be able to "
	                            "read the mbox file");

	if (why != NULL)
		check_config_fail_at_start(check, &key, why);
}

static void check_config_mailboxes(struct check *check)
{
	const struct mailbox_settings *mailbox = check->config->mailboxes.first;

	for (; mailbox != NULL; mailbox = mailbox->next) {
		if (mailbox->type == MAILBOX_TYPE_MAILDIR)
			check_config_maildir(check, mailbox);
		else if (mailbox->type == MAILBOX_TYPE_MBOX)
			check_config_mbox(check, mailbox);
		else
			check_config_server(check, mailbox);
	}
}

/* --- parameters of the verdict --------------------------------------------- */

static void check_config_on_removed(void *cls, const char *sentence)
{
	(void)cls;
	(void)fprintf(stderr, "tlsrpt-collector: %s\n", sentence);
}

static void check_config_verdict(const struct check *check)
{
	const struct settings *settings = &check->config->settings;
	struct buf changes = BUF_INIT(CHANGES_MAX);

	options_each_removed(settings->options, check_config_on_removed, NULL);
	if (!command_has(check->line, VERBS_RELOAD)) {
		settings_print_changes(settings, &changes);
		(void)fputs(buf_text(&changes), stdout);
	}
	buf_free(&changes);
}

/* --- all of it ----------------------------------------------------------- */

static void check_config_all(struct check *check)
{
	static const struct setting_key key = {"", NULL, "store"};
	struct err why;

	/* It fails where the store's folder is missing, which is said below. */
	if (service_become_owner(check->config->settings.store, &why) < 0 &&
	    access(check_config_folder_of(check, check->config->settings.store),
	           F_OK) == 0)
		check_config_fail(check, &key, why.text);
	if (geteuid() == 0)
		(void)fprintf(stderr,
		              "tlsrpt-collector: tried as root, who may read "
		              "all files; try it as the user that serves, "
		              "too\n");
	check_config_readable(check, check->line->config);
	check_config_store(check);
	check_config_certificates(check);
	check_config_submit(check);
	check_config_mailboxes(check);
	check_config_verdict(check);
}

int check_config_run(const struct command_line *line)
{
	struct check check = {.line = line};
	struct config *config;
	struct err err;

	if (config_read(line->config, true, &config, &err) < 0)
		return command_fail(line, &err);
	check.config = config;
	check.arena = arena_new(0);
	check_config_all(&check);
	if (check.problems + check.unreachable == 0)
		(void)printf(
			"%s is in order for tlsrpt-collector: %zu domains, %zu "
			"patterns; tlsrpt-exporter check-config looks at "
			"[exporter]\n",
			line->config, config->settings.name_count,
			config->settings.pattern_count);
	arena_free(&check.arena);
	config_unref(&config);
	if (check.problems > 0)
		return EX_CONFIG;
	return check.unreachable > 0 ? EX_TEMPFAIL : EX_OK;
}
