/*
 * Names of folders. Each server has a separator of its own, and some want all
 * names under a prefix (RFC 2342, RFC 3501 section 6.3.8).
 */
#include "collector/mailbox/imap_folder.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "collector/mailbox/driver.h"
#include "collector/mailbox/imap_command.h"
#include "collector/mailbox/imap_stream.h"
#include "collector/mailbox/utf7.h"

/* The text in the next pair of quotes; rest goes behind it. */
static bool imap_folder_next_quoted(const char **rest, char *out, size_t size)
{
	const char *start = strchr(*rest, '"'), *at;
	size_t len = 0;

	if (start == NULL)
		return false;
	for (at = start + 1; *at != '\0' && *at != '"'; at++) {
		if (*at == '\\' && at[1] != '\0')
			at++;
		if (len + 1 < size)
			out[len++] = *at;
	}
	out[len] = '\0';
	*rest = *at == '"' ? at + 1 : at;
	return *at == '"';
}

/* * NAMESPACE (("INBOX." ".")) NIL NIL: the first personal one. */
static void imap_folder_on_namespace(struct imap *imap, const char *line)
{
	char delimiter[8];
	const char *rest = line + strlen("* NAMESPACE ");

	if (strncasecmp(line, "* NAMESPACE ((", strlen("* NAMESPACE ((")) !=
	            0 ||
	    !imap_folder_next_quoted(&rest, imap->prefix, sizeof(imap->prefix)))
		return;
	if (imap_folder_next_quoted(&rest, delimiter, sizeof(delimiter)))
		imap->delimiter = delimiter[0];
}

/* * LIST (\\Noselect) "." "name": whether it can be selected. */
static void imap_folder_on_list(struct imap *imap, const char *line)
{
	const char *rest = strchr(line, ')');
	char delimiter[8];

	if (strncasecmp(line, "* LIST (", strlen("* LIST (")) != 0 ||
	    rest == NULL)
		return;
	imap->listed = strcasestr(line, "\\Noselect") == NULL &&
	               strcasestr(line, "\\NonExistent") == NULL;
	/* NIL: it has none, and the next quotes are the name's. */
	if (strncasecmp(rest, ") NIL ", strlen(") NIL ")) != 0 &&
	    imap_folder_next_quoted(&rest, delimiter, sizeof(delimiter)) &&
	    imap->delimiter == '\0')
		imap->delimiter = delimiter[0];
}

/* Once a session. */
static int imap_folder_ask_naming(struct worker *worker, struct err *err)
{
	struct imap *imap = worker->driver_state;

	if (imap->naming_asked)
		return 0;
	imap->naming_asked = true;
	driver_set_stage(worker, "asking how folders are named");
	if (imap->can[IMAP_CAN_NAMESPACE] &&
	    imap_command_run(worker, "ns", "NAMESPACE",
	                     imap_folder_on_namespace, err) < 0)
		return -1;
	return imap_command_run(worker, "sep", "LIST \"\" \"\"",
	                        imap_folder_on_list, err);
}

static void imap_folder_add_quoted(struct buf *command, const char *folder)
{
	buf_add_char(command, '"');
	for (; *folder != '\0'; folder++) {
		if (*folder == '"' || *folder == '\\')
			buf_add_char(command, '\\');
		buf_add_char(command, *folder);
	}
	buf_add_char(command, '"');
}

/* LIST would take such a name for a pattern, and answer with others. */
static int imap_folder_has_status(struct worker *worker, const char *folder,
                                  bool *there, struct err *err)
{
	struct imap *imap = worker->driver_state;
	struct buf command = BUF_INIT(4000);
	int result;

	buf_add_text(&command, "STATUS ");
	imap_folder_add_quoted(&command, folder);
	buf_add_text(&command, " (MESSAGES)");
	result = imap_command_run(worker, "is", buf_text(&command), NULL, err);
	buf_free(&command);
	*there = result == 0;
	if (result < 0 && !imap_stream_is_usable(imap, MAILIMAP_ERROR_PROTOCOL))
		return -1;
	worker->reply = MAILBOX_REPLY_NONE;
	return 0;
}

static int imap_folder_ask_exists(struct worker *worker, const char *folder,
                                  bool *there, struct err *err)
{
	struct imap *imap = worker->driver_state;
	struct buf command = BUF_INIT(4000);
	int result;

	if (strpbrk(folder, "%*") != NULL)
		return imap_folder_has_status(worker, folder, there, err);
	imap->listed = false;
	buf_add_text(&command, "LIST \"\" ");
	imap_folder_add_quoted(&command, folder);
	result = imap_command_run(worker, "is", buf_text(&command),
	                          imap_folder_on_list, err);
	buf_free(&command);
	*there = imap->listed;
	return result;
}

/* With the server's separator and under its prefix. */
static char *imap_folder_server_name(struct worker *worker, const char *folder)
{
	const struct imap *imap = worker->driver_state;
	size_t len = strlen(imap->prefix);
	bool under = len == 0 || strncasecmp(folder, imap->prefix, len) == 0;
	char *name = arena_printf(worker->arena, "%s%s",
	                          under ? "" : imap->prefix, folder);
	char *at;

	for (at = name; imap->delimiter != '\0' && *at != '\0'; at++) {
		if (*at == '/')
			*at = imap->delimiter;
	}
	return name;
}

int imap_folder_find(struct worker *worker, const char *name, char **folder,
                     bool *there, struct err *err)
{
	*folder = utf7_folder(worker->arena, name);
	*there = strcasecmp(name, "INBOX") == 0;
	if (*there)
		return 0;
	if (imap_folder_ask_naming(worker, err) < 0 ||
	    imap_folder_ask_exists(worker, *folder, there, err) < 0)
		return -1;
	if (*there)
		return 0;
	name = imap_folder_server_name(worker, *folder);
	if (strcmp(name, *folder) == 0)
		return 0;
	*folder = arena_copy(worker->arena, name, strlen(name));
	return imap_folder_ask_exists(worker, *folder, there, err);
}

/* That it is there already, because somebody was faster, is no error. */
static int imap_folder_create(struct worker *worker, struct imap_target *target,
                              struct err *err)
{
	struct imap *imap = worker->driver_state;
	struct err why;
	int result;
	bool there;

	driver_set_stage(worker, "making the folder %s", target->folder);
	imap_stream_expect(worker, IMAP_SLACK_BYTES);
	result = mailimap_create(imap->handle, target->folder);
	if (imap_stream_is_ok(result))
		return 0;
	(void)imap_stream_fail(imap, result, &why);
	if (!imap_stream_is_usable(imap, result)) {
		*err = why;
		return -1;
	}
	if (imap_folder_ask_exists(worker, target->folder, &there, err) < 0)
		return -1;
	if (!there)
		(void)snprintf(target->missing_reason,
		               sizeof(target->missing_reason),
		               "the folder %.80s cannot be made: %.200s",
		               target->folder, why.text);
	return 0;
}

static int imap_folder_prepare_target(struct worker *worker,
                                      const struct mailbox_action *action,
                                      struct imap_target *target,
                                      struct err *err)
{
	bool there;

	*target = (struct imap_target){.action = action};
	if (action->kind != MAILBOX_ACTION_MOVE)
		return 0;
	driver_set_stage(worker, "looking for the folder %s", action->folder);
	if (imap_folder_find(worker, action->folder, &target->folder, &there,
	                     err) < 0)
		return -1;
	target->id = driver_hash(target->folder, strlen(target->folder)) | 1;
	return there ? 0 : imap_folder_create(worker, target, err);
}

int imap_folder_prepare_targets(struct worker *worker, struct err *err)
{
	struct imap *imap = worker->driver_state;

	if (imap_folder_prepare_target(worker, &worker->settings.after,
	                               &imap->targets[0], err) < 0)
		return -1;
	return imap_folder_prepare_target(worker, &worker->settings.failed,
	                                  &imap->targets[1], err);
}
