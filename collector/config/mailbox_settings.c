#include "collector/config/mailbox_settings.h"

#include <string.h>

#define FIELD(name) offsetof(struct mailbox_settings, name)

#define MAILBOX_NAME_MAX 64U

static const char *const mailbox_settings_types[] = {"imap", "pop3", "maildir",
                                                     "mbox", NULL};
static const char *const mailbox_settings_tls_words[] = {"implicit", "starttls",
                                                         NULL};

const struct option_spec mailbox_settings_options[] = {
	{"type", OPTION_CHOICE, FIELD(type), "imap", 0, 0,
         mailbox_settings_types},
	{"host", OPTION_TEXT, FIELD(host), NULL, 0, 0, NULL},
	{"port", OPTION_NUMBER, FIELD(port), "0", 0, 65535, NULL},
	{"tls", OPTION_CHOICE, FIELD(tls), "implicit", 0, 0,
         mailbox_settings_tls_words},
	{"user", OPTION_TEXT, FIELD(user), NULL, 0, 0, NULL},
	{"password_file", OPTION_TEXT, FIELD(password_file), NULL, 0, 0, NULL},
	{"password_credential", OPTION_TEXT, FIELD(password_credential), NULL,
         0, 0, NULL},
	{"password_env", OPTION_TEXT, FIELD(password_env), NULL, 0, 0, NULL},
	{"token_command", OPTION_TEXT, FIELD(token_command), NULL, 0, 0, NULL},
	{"ca_file", OPTION_TEXT, FIELD(ca_file), NULL, 0, 0, NULL},
	{"folder", OPTION_TEXT, FIELD(folder), "INBOX", 0, 0, NULL},
	{"path", OPTION_TEXT, FIELD(path), NULL, 0, 0, NULL},
	{"interval", OPTION_SECONDS, FIELD(interval), "15m", 1, 86400, NULL},
	{"timeout", OPTION_SECONDS, FIELD(timeout), "60s", 1, 600, NULL},
	{"idle", OPTION_BOOL, FIELD(idle), "yes", 0, 0, NULL},
	{"after", OPTION_TEXT, FIELD(after_text), "keep", 0, 0, NULL},
	{"failed", OPTION_TEXT, FIELD(failed_text), "keep", 0, 0, NULL},
	{"trusted_authserv_id", OPTION_LIST, FIELD(trusted_authserv_id), NULL,
         0, 0, NULL},
};

const size_t mailbox_settings_option_count =
	ARRAY_LENGTH(mailbox_settings_options);

static bool mailbox_settings_is_name(struct text title)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t i;

	for (i = 0; i < title.len; i++) {
		if (memchr(allowed, title.data[i], sizeof(allowed) - 1) == NULL)
			return false;
	}
	return title.len > 0 && title.len <= MAILBOX_NAME_MAX;
}

void *mailbox_settings_add_section(void *cls, struct arena *arena,
                                   struct text title, struct err *err)
{
	struct mailbox_settings_list *list = cls;
	struct mailbox_settings *settings, **end = &list->first;

	if (!mailbox_settings_is_name(title)) {
		(void)err_set(err, ERR_CONFIG,
		              "\"%.*s\" is no name for a mailbox; use letters, "
		              "digits, \".\", \"_\" and \"-\"",
		              (int)title.len, title.data);
		return NULL;
	}
	for (; *end != NULL; end = &(*end)->next) {
		if (text_is(title, (*end)->name)) {
			(void)err_set(err, ERR_CONFIG,
			              "[mailbox %s] stands above already",
			              (*end)->name);
			return NULL;
		}
	}
	settings = arena_alloc(arena, sizeof(*settings));
	settings->name = arena_copy(arena, title.data, title.len);
	*end = settings;
	list->count++;
	return settings;
}

/* --- what must hold ------------------------------------------------------ */

struct mailbox_settings_check {
	const struct options *options;
	struct arena *arena;
	struct mailbox_settings *settings;
	struct err *err;
};

#define FAIL(check, key, ...)                                               \
	options_error((check)->options, "mailbox", (check)->settings->name, \
	              key, (check)->err, __VA_ARGS__)

static bool mailbox_settings_is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

bool mailbox_settings_is_remote(const struct mailbox_settings *settings)
{
	return settings->type == MAILBOX_TYPE_IMAP ||
	       settings->type == MAILBOX_TYPE_POP3;
}

/* What would be a command of its own in what we send. */
static bool mailbox_settings_has_control(const char *text)
{
	size_t i;

	for (i = 0; text != NULL && text[i] != '\0'; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return true;
	}
	return false;
}

static int mailbox_settings_parse_action(struct mailbox_settings_check *check,
                                         const char *key, const char *text,
                                         struct mailbox_action *action)
{
	static const char *const words[] = {"keep", "seen", "", "delete"};
	struct text value = text_of(text);
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(words); i++) {
		if (words[i][0] != '\0' && text_is(value, words[i])) {
			action->kind = (enum mailbox_action_kind)i;
			return 0;
		}
	}
	if (!text_starts(value, "move:") || value.len == 5 ||
	    mailbox_settings_has_control(text) || strstr(text, "..") != NULL ||
	    value.data[5] == '/')
		return FAIL(check, key,
		            "\"%s\" is none of keep, seen, move:FOLDER and "
		            "delete",
		            text);
	action->kind = MAILBOX_ACTION_MOVE;
	action->folder = arena_copy(check->arena, text + 5, value.len - 5);
	return 0;
}

/* Not each protocol can do each thing. */
static int mailbox_settings_check_actions(struct mailbox_settings_check *check)
{
	struct mailbox_settings *settings = check->settings;

	if (mailbox_settings_parse_action(check, "after", settings->after_text,
	                                  &settings->after) < 0 ||
	    mailbox_settings_parse_action(check, "failed",
	                                  settings->failed_text,
	                                  &settings->failed) < 0)
		return -1;
	if (settings->failed.kind != MAILBOX_ACTION_KEEP &&
	    settings->failed.kind != MAILBOX_ACTION_MOVE)
		return FAIL(check, "failed",
		            "is keep or move:FOLDER: what could not be read "
		            "is not thrown away");
	if (settings->type == MAILBOX_TYPE_MBOX &&
	    (settings->after.kind != MAILBOX_ACTION_KEEP ||
	     settings->failed.kind != MAILBOX_ACTION_KEEP))
		return FAIL(check, "after", "an mbox file is only read: keep");
	if (settings->type == MAILBOX_TYPE_POP3 &&
	    (settings->after.kind == MAILBOX_ACTION_SEEN ||
	     settings->after.kind == MAILBOX_ACTION_MOVE ||
	     settings->failed.kind != MAILBOX_ACTION_KEEP))
		return FAIL(check, "after",
		            "POP3 has no flags and no folders: keep or delete");
	return 0;
}

static int mailbox_settings_check_remote(struct mailbox_settings_check *check)
{
	const struct mailbox_settings *settings = check->settings;
	int secrets = mailbox_settings_is_set(settings->password_file) +
	              mailbox_settings_is_set(settings->password_credential) +
	              mailbox_settings_is_set(settings->password_env) +
	              mailbox_settings_is_set(settings->token_command);

	if (!mailbox_settings_is_set(settings->host))
		return FAIL(check, "type",
		            "[mailbox %s] needs host and user, or type = "
		            "maildir or mbox with a path",
		            settings->name);
	if (!mailbox_settings_is_set(settings->user))
		return FAIL(check, "host", "[mailbox %s] needs a user",
		            settings->name);
	if (secrets != 1)
		return FAIL(check, "user",
		            "[mailbox %s] needs one of password_file, "
		            "password_credential, password_env and "
		            "token_command",
		            settings->name);
	if (mailbox_settings_has_control(settings->user) ||
	    mailbox_settings_has_control(settings->folder) ||
	    mailbox_settings_has_control(settings->host))
		return FAIL(check, "user", "a control character");
	if (mailbox_settings_is_set(settings->password_credential) &&
	    strchr(settings->password_credential, '/') != NULL)
		return FAIL(check, "password_credential",
		            "the name of a credential has no \"/\"");
	return 0;
}

static int mailbox_settings_check_section(struct mailbox_settings_check *check)
{
	const struct mailbox_settings *settings = check->settings;

	if (mailbox_settings_is_remote(settings)) {
		if (mailbox_settings_check_remote(check) < 0)
			return -1;
	} else if (!mailbox_settings_is_set(settings->path)) {
		return FAIL(check, "type", "[mailbox %s] needs a path",
		            settings->name);
	}
	return mailbox_settings_check_actions(check);
}

int mailbox_settings_finish(const struct mailbox_settings_list *list,
                            const struct options *options, struct arena *arena,
                            struct err *err)
{
	struct mailbox_settings_check check = {
		.options = options, .arena = arena, .err = err};

	for (check.settings = list->first; check.settings != NULL;
	     check.settings = check.settings->next) {
		if (mailbox_settings_check_section(&check) < 0)
			return -1;
	}
	return 0;
}

bool mailbox_settings_changes_files(const struct mailbox_settings *settings)
{
	return settings->type == MAILBOX_TYPE_MAILDIR &&
	       (settings->after.kind != MAILBOX_ACTION_KEEP ||
	        settings->failed.kind != MAILBOX_ACTION_KEEP);
}

enum channel mailbox_settings_channel(const struct mailbox_settings *settings)
{
	static const enum channel channels[] = {
		[MAILBOX_TYPE_IMAP] = CHANNEL_IMAP,
		[MAILBOX_TYPE_POP3] = CHANNEL_POP3,
		[MAILBOX_TYPE_MAILDIR] = CHANNEL_MAILDIR,
		[MAILBOX_TYPE_MBOX] = CHANNEL_MBOX,
	};

	return channels[settings->type];
}

/* --- over the wire ------------------------------------------------------- */

static void mailbox_settings_put_string(struct buf *frame, const char *text)
{
	wire_put_text(frame, text_of(text != NULL ? text : ""));
}

/* What mailbox_settings_get() reads, in the same order. */
void mailbox_settings_put(struct buf *frame,
                          const struct mailbox_settings *settings)
{
	mailbox_settings_put_string(frame, settings->name);
	wire_put_integer(frame, settings->type);
	mailbox_settings_put_string(frame, settings->host);
	wire_put_integer(frame, settings->port);
	wire_put_integer(frame, settings->tls);
	mailbox_settings_put_string(frame, settings->user);
	mailbox_settings_put_string(frame, settings->password_file);
	mailbox_settings_put_string(frame, settings->password_credential);
	mailbox_settings_put_string(frame, settings->password_env);
	mailbox_settings_put_string(frame, settings->token_command);
	mailbox_settings_put_string(frame, settings->ca_file);
	mailbox_settings_put_string(frame, settings->folder);
	mailbox_settings_put_string(frame, settings->path);
	wire_put_integer(frame, settings->interval);
	wire_put_integer(frame, settings->timeout);
	wire_put_integer(frame, settings->idle);
	wire_put_integer(frame, settings->after.kind);
	mailbox_settings_put_string(frame, settings->after.folder);
	wire_put_integer(frame, settings->failed.kind);
	mailbox_settings_put_string(frame, settings->failed.folder);
}

/* NULL for what is empty. */
static const char *mailbox_settings_get_string(struct wire_reader *reader,
                                               struct arena *arena)
{
	struct text text = wire_get_text(reader);

	return text.len > 0 ? arena_copy(arena, text.data, text.len) : NULL;
}

static void mailbox_settings_get_action(struct wire_reader *reader,
                                        struct arena *arena,
                                        struct mailbox_action *action)
{
	int64_t kind = wire_get_integer(reader);

	if (kind < MAILBOX_ACTION_KEEP || kind > MAILBOX_ACTION_DELETE)
		reader->failed = true;
	else
		action->kind = (enum mailbox_action_kind)kind;
	action->folder = mailbox_settings_get_string(reader, arena);
}

bool mailbox_settings_get(struct wire_reader *reader, struct arena *arena,
                          struct mailbox_settings *settings)
{
	*settings = (struct mailbox_settings){0};
	settings->name = mailbox_settings_get_string(reader, arena);
	settings->type = wire_get_integer(reader);
	settings->host = mailbox_settings_get_string(reader, arena);
	settings->port = wire_get_integer(reader);
	settings->tls = wire_get_integer(reader);
	settings->user = mailbox_settings_get_string(reader, arena);
	settings->password_file = mailbox_settings_get_string(reader, arena);
	settings->password_credential =
		mailbox_settings_get_string(reader, arena);
	settings->password_env = mailbox_settings_get_string(reader, arena);
	settings->token_command = mailbox_settings_get_string(reader, arena);
	settings->ca_file = mailbox_settings_get_string(reader, arena);
	settings->folder = mailbox_settings_get_string(reader, arena);
	settings->path = mailbox_settings_get_string(reader, arena);
	settings->interval = wire_get_integer(reader);
	settings->timeout = wire_get_integer(reader);
	settings->idle = wire_get_integer(reader) != 0;
	mailbox_settings_get_action(reader, arena, &settings->after);
	mailbox_settings_get_action(reader, arena, &settings->failed);
	return !reader->failed;
}
