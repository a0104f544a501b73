/*
 * A mailbox over IMAP (RFC 3501) with MOVE, UIDPLUS and IDLE where the server
 * has them.
 */
#include <string.h>

#include "base/timestamp.h"
#include "collector/mailbox/driver.h"
#include "collector/mailbox/imap_command.h"
#include "collector/mailbox/imap_fetch.h"
#include "collector/mailbox/imap_folder.h"
#include "collector/mailbox/imap_idle.h"
#include "collector/mailbox/imap_list.h"
#include "collector/mailbox/imap_mark.h"
#include "collector/mailbox/imap_stream.h"
#include "collector/mailbox/utf7.h"

#define PORT_TLS   993
#define PORT_PLAIN 143

/* An orderly end is a courtesy. */
#define LOGOUT_TIMEOUT_MS 3000

static int imap_start_tls(struct worker *worker, struct err *err)
{
	struct imap *imap = worker->driver_state;
	int result;

	driver_set_stage(worker, "starting TLS with %s", worker->settings.host);
	imap_stream_expect(worker, IMAP_SLACK_BYTES);
	result = mailimap_starttls(imap->handle);
	if (!imap_stream_is_ok(result))
		return imap_stream_fail(imap, result, err);
	/* What was sent before TLS would be read as if it came by it. */
	if (imap->text->read_buffer_len > 0)
		return err_set(err, ERR_SYSTEM,
		               "the server sends more than its answer to "
		               "STARTTLS; somebody may be in between");
	return netstream_start_tls(imap->stream, worker->trust,
	                           worker->settings.host, err);
}

static int imap_attach(struct worker *worker, struct netstream *stream,
                       struct err *err)
{
	struct imap *imap = arena_alloc(worker->arena, sizeof(*imap));
	int result;

	worker->driver_state = imap;
	imap->worker = worker;
	imap->stream = stream;
	imap->handle = mailimap_new(0, NULL);
	if (!imap_stream_open(imap) || imap->handle == NULL)
		return err_set(err, ERR_SYSTEM, "no memory");
	driver_set_stage(worker, "greeting %s", worker->settings.host);
	imap_stream_expect(worker, IMAP_SLACK_BYTES);
	result = mailimap_connect(imap->handle, imap->text);
	if (!imap_stream_is_ok(result))
		return imap_stream_fail(imap, result, err);
	if (result == MAILIMAP_NO_ERROR_AUTHENTICATED)
		return err_set(
			err, ERR_SYSTEM,
			"the server sent PREAUTH: it requires no login, and "
			"STARTTLS is not possible");
	return 0;
}

static int imap_authenticate(struct worker *worker, struct err *err)
{
	struct imap *imap = worker->driver_state;
	int result;

	driver_set_stage(worker, "logging in as %s", worker->settings.user);
	imap_stream_expect(worker, IMAP_SLACK_BYTES);
	if (worker->settings.token_command != NULL)
		result = mailimap_oauth2_authenticate(
			imap->handle, worker->settings.user, worker->secret);
	else
		result = mailimap_login(imap->handle, worker->settings.user,
		                        worker->secret);
	if (!imap_stream_is_ok(result)) {
		worker->token_refused = imap_stream_is_usable(imap, result);
		return imap_stream_fail(imap, result, err);
	}
	/* MOVE and the like show only now. */
	return imap_command_read_capabilities(worker, err);
}

static bool imap_changes_mailbox(const struct mailbox_settings *settings)
{
	return settings->after.kind != MAILBOX_ACTION_KEEP ||
	       settings->failed.kind != MAILBOX_ACTION_KEEP;
}

static int imap_select_folder(struct worker *worker, struct err *err)
{
	const struct mailbox_settings *settings = &worker->settings;
	struct imap *imap = worker->driver_state;
	const char *name = settings->folder != NULL ? settings->folder
	                                            : "INBOX";
	char *folder = utf7_folder(worker->arena, name);
	const struct mailimap_selection_info *info;
	char *where;
	int result;
	bool there;

	driver_set_stage(worker, "opening the folder %s", folder);
	if (imap_folder_find(worker, name, &folder, &there, err) < 0)
		return -1;
	driver_set_stage(worker, "opening the folder %s", folder);
	imap_stream_expect(worker, IMAP_SLACK_BYTES);
	result = imap_changes_mailbox(settings)
	                 ? mailimap_select(imap->handle, folder)
	                 : mailimap_examine(imap->handle, folder);
	info = imap->handle->imap_selection_info;
	if (!imap_stream_is_ok(result) || info == NULL)
		return imap_stream_fail(imap, result, err);
	/* Without these nothing could be told from what was read before. */
	if (info->sel_uidvalidity == 0 || !info->sel_has_exists) {
		worker->reply = MAILBOX_REPLY_EMPTY;
		return err_set(err, ERR_BUSY,
		               "the server says neither how many messages "
		               "there are nor what their numbers belong to");
	}
	where = arena_printf(worker->arena, "imap %s %s %s %u", settings->host,
	                     settings->user, folder, info->sel_uidvalidity);
	worker->validity = driver_hash(where, strlen(where));
	worker->can_idle = imap->can[IMAP_CAN_IDLE];
	return 0;
}

static int imap_log_in(struct worker *worker, struct err *err)
{
	if (imap_command_read_capabilities(worker, err) < 0 ||
	    imap_authenticate(worker, err) < 0)
		return -1;
	if (imap_select_folder(worker, err) < 0)
		return -1;
	return imap_folder_prepare_targets(worker, err);
}

static int imap_open(struct worker *worker, struct err *err)
{
	struct netstream *stream = NULL;

	if (driver_connect(worker, PORT_TLS, PORT_PLAIN, &stream, err) < 0 ||
	    imap_attach(worker, stream, err) < 0)
		return -1;
	if (worker->settings.tls != MAILBOX_TLS_IMPLICIT &&
	    imap_start_tls(worker, err) < 0)
		return -1;
	if (driver_check_tls(stream, err) < 0)
		return -1;
	return imap_log_in(worker, err);
}

static int imap_close(struct worker *worker, struct err *err)
{
	struct imap *imap = worker->driver_state;

	(void)err;
	netstream_expect(imap->stream,
	                 timestamp_monotonic_ms() + LOGOUT_TIMEOUT_MS,
	                 IMAP_SLACK_BYTES);
	(void)mailimap_logout(imap->handle);
	mailimap_free(imap->handle);
	imap->handle = NULL;
	return 0;
}

const struct mailbox_driver imap_driver = {
	.id_word = "UID",
	.open = imap_open,
	.attach = imap_attach,
	.log_in = imap_log_in,
	.list = imap_list,
	.fetch = imap_fetch,
	.mark = imap_mark,
	.idle = imap_idle,
	.close = imap_close,
};
