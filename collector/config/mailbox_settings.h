/*
 * A [mailbox NAME] section: where reports lie, how to get there, and what
 * becomes of a message when its report is stored.
 */
#ifndef COLLECTOR_CONFIG_MAILBOX_SETTINGS_H
#define COLLECTOR_CONFIG_MAILBOX_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/options.h"
#include "base/wire.h"
#include "schema/rules/outcome.h"

enum mailbox_type {
	MAILBOX_TYPE_IMAP,
	MAILBOX_TYPE_POP3,
	MAILBOX_TYPE_MAILDIR,
	MAILBOX_TYPE_MBOX,
};

enum mailbox_tls {
	MAILBOX_TLS_IMPLICIT,
	MAILBOX_TLS_STARTTLS,
};

/* What is done with a message. */
enum mailbox_action_kind {
	MAILBOX_ACTION_KEEP, /* nothing: its position is remembered */
	MAILBOX_ACTION_SEEN,
	MAILBOX_ACTION_MOVE,
	MAILBOX_ACTION_DELETE,
};

struct mailbox_action {
	enum mailbox_action_kind kind;
	const char *folder; /* of MAILBOX_ACTION_MOVE */
};

struct mailbox_settings {
	struct mailbox_settings *next;
	const char *name; /* of the section */
	int64_t type;     /* enum mailbox_type */
	const char *host;
	int64_t port; /* 0: that of the protocol */
	int64_t tls;  /* enum mailbox_tls */
	const char *user;
	const char *password_file;
	const char *password_credential;
	const char *password_env;
	const char *token_command;
	const char *ca_file;
	const char *folder;
	const char *path;
	int64_t interval; /* seconds */
	int64_t timeout;  /* seconds, for each command */
	bool idle;
	const char *after_text;
	const char *failed_text;
	struct option_list trusted_authserv_id;

	/* made of the above */
	struct mailbox_action after;
	struct mailbox_action failed;
};

/* The list of sections as they are read. */
struct mailbox_settings_list {
	struct mailbox_settings *first;
	size_t count;
};

extern const struct option_spec mailbox_settings_options[];
extern const size_t mailbox_settings_option_count;

/* Adds a section; an options_read() callback whose cls is the list. */
void *mailbox_settings_add_section(void *cls, struct arena *arena,
                                   struct text title, struct err *err);

/* Checks what must hold between the keys of each section, and fills in what is
   made of them. */
int mailbox_settings_finish(const struct mailbox_settings_list *list,
                            const struct options *options, struct arena *arena,
                            struct err *err) ATTR_MUST_CHECK;

/* Whether it is read over the network. */
bool mailbox_settings_is_remote(const struct mailbox_settings *settings);

/* Whether files in its path are changed: a Maildir in which messages are
   marked. */
bool mailbox_settings_changes_files(const struct mailbox_settings *settings);

enum channel mailbox_settings_channel(const struct mailbox_settings *settings);

/* Over a wire to the process that serves the mailbox: all but after_text and
   failed_text, of which after and failed are made, and trusted_authserv_id,
   which it does not need. */
void mailbox_settings_put(struct buf *frame,
                          const struct mailbox_settings *settings);
bool mailbox_settings_get(struct wire_reader *reader, struct arena *arena,
                          struct mailbox_settings *settings);

#endif
