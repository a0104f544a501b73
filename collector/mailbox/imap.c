/*
 * A mailbox over IMAP (RFC 3501) with MOVE, UIDPLUS and IDLE where the server
 * has them. The door of libetpan's IMAP, which runs on our own stream: it would
 * verify no certificate and wait for ever.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "collector/mailbox/imap_private.h"
#include "collector/mailbox/utf7.h"
#include "collector/mailbox/worker_wire.h"

#define PORT_TLS   993
#define PORT_PLAIN 143

#define STREAM_BUFFER     8192
#define LOGOUT_TIMEOUT_MS 3000

/* --- our stream under libetpan ------------------------------------------- */

/* libetpan keeps the text of an answer and not whether it was NO or BAD, and
   nothing of a BYE. */
static void imap_stream_on_line(struct imap *imap)
{
	struct text rest = {imap->line, imap->line_len}, word;

	imap->line_len = 0;
	if (!text_next(&rest, ' ', &word))
		return;
	rest = text_trim(rest);
	if (text_is(word, "*") && text_starts(rest, "BYE"))
		(void)snprintf(imap->bye, sizeof(imap->bye), "%.*s",
		               (int)rest.len, rest.data);
	if (!text_is(word, "*") &&
	    (text_starts(rest, "NO") || text_starts(rest, "BAD")))
		(void)snprintf(imap->answer, sizeof(imap->answer), "%.*s",
		               (int)rest.len, rest.data);
}

static void imap_stream_on_bytes(struct imap *imap, const char *data,
                                 size_t len)
{
	const char *end;
	size_t piece;

	while (len > 0) {
		end = memchr(data, '\n', len);
		piece = end != NULL ? (size_t)(end - data) : len;
		if (imap->line_len + piece >= sizeof(imap->line))
			piece = sizeof(imap->line) - 1 - imap->line_len;
		memcpy(imap->line + imap->line_len, data, piece);
		imap->line_len += piece;
		if (end == NULL)
			return;
		imap_stream_on_line(imap);
		len -= (size_t)(end - data) + 1;
		data = end + 1;
	}
}

static ssize_t imap_stream_read(mailstream_low *low, void *data, size_t len)
{
	struct imap *imap = low->data;
	ssize_t count = netstream_read(imap->stream, data, len);

	if (count > 0)
		imap_stream_on_bytes(imap, data, (size_t)count);
	return count;
}

static ssize_t imap_stream_write(mailstream_low *low, const void *data,
                                 size_t len)
{
	const struct imap *imap = low->data;

	return netstream_write(imap->stream, data, len);
}

static int imap_stream_close(mailstream_low *low)
{
	(void)low;
	return 0;
}

static int imap_stream_fd(mailstream_low *low)
{
	const struct imap *imap = low->data;

	return netstream_fd(imap->stream);
}

static void imap_stream_free(mailstream_low *low)
{
	struct imap *imap = low->data;

	netstream_close(&imap->stream);
	free(low);
}

static mailstream_low_driver imap_stream_low_driver = {
	.mailstream_read = imap_stream_read,
	.mailstream_write = imap_stream_write,
	.mailstream_close = imap_stream_close,
	.mailstream_get_fd = imap_stream_fd,
	.mailstream_free = imap_stream_free,
};

/* --- for the other parts ------------------------------------------------- */

static enum mailbox_reply imap_stream_reply(const struct imap *imap,
                                            bool broken)
{
	if (imap->bye[0] != '\0')
		return MAILBOX_REPLY_BYE;
	if (broken)
		return netstream_is_late(imap->stream) ? MAILBOX_REPLY_TIMEOUT
		                                       : MAILBOX_REPLY_CLOSED;
	return text_starts(text_of(imap->answer), "NO") ? MAILBOX_REPLY_NO
	                                                : MAILBOX_REPLY_BAD;
}

int imap_stream_fail(struct imap *imap, int result, struct err *err)
{
	const struct err *stream = netstream_error(imap->stream);
	bool broken = stream->text[0] != '\0';

	imap->worker->reply = imap_stream_reply(imap, broken);
	if (imap->bye[0] != '\0')
		return err_set(err, ERR_BUSY, "the server says: %s", imap->bye);
	if (broken) {
		*err = *stream;
		return -1;
	}
	if (imap->answer[0] != '\0')
		return err_set(err, ERR_BUSY, "the server says: %s",
		               imap->answer);
	return err_set(err, ERR_BUSY, "IMAP error %d", result);
}

bool imap_stream_is_ok(int result)
{
	return result == MAILIMAP_NO_ERROR ||
	       result == MAILIMAP_NO_ERROR_AUTHENTICATED ||
	       result == MAILIMAP_NO_ERROR_NON_AUTHENTICATED;
}

bool imap_stream_is_usable(const struct imap *imap, int result)
{
	return netstream_error(imap->stream)->text[0] == '\0' &&
	       imap->bye[0] == '\0' && result != MAILIMAP_ERROR_STREAM &&
	       result != MAILIMAP_ERROR_PARSE;
}

void imap_stream_expect(const struct worker *session, uint64_t bytes)
{
	struct imap *imap = session->driver_state;

	imap->answer[0] = '\0';
	imap->bye[0] = '\0';
	driver_expect(session, imap->stream, bytes);
}

/* --- opening ------------------------------------------------------------- */

static int imap_start_tls(struct worker *session, struct err *err)
{
	struct imap *imap = session->driver_state;
	int result;

	driver_set_stage(session, "starting TLS with %s",
	                 session->settings.host);
	imap_stream_expect(session, IMAP_SLACK_BYTES);
	result = mailimap_starttls(imap->handle);
	if (!imap_stream_is_ok(result))
		return imap_stream_fail(imap, result, err);
	/* What was sent before TLS would be read as if it came by it. */
	if (imap->text->read_buffer_len > 0)
		return err_set(err, ERR_SYSTEM,
		               "the server sends more than its answer to "
		               "STARTTLS; somebody may be in between");
	return netstream_start_tls(imap->stream, session->trust,
	                           session->settings.host, err);
}

static int imap_attach(struct worker *session, struct netstream *stream,
                       struct err *err)
{
	struct imap *imap = arena_alloc(session->arena, sizeof(*imap));
	mailstream_low *low;
	int result;

	session->driver_state = imap;
	imap->worker = session;
	imap->stream = stream;
	low = mailstream_low_new(imap, &imap_stream_low_driver);
	imap->text = low != NULL ? mailstream_new(low, STREAM_BUFFER) : NULL;
	imap->handle = mailimap_new(0, NULL);
	if (imap->text == NULL || imap->handle == NULL)
		return err_set(err, ERR_SYSTEM, "no memory");
	driver_set_stage(session, "greeting %s", session->settings.host);
	imap_stream_expect(session, IMAP_SLACK_BYTES);
	result = mailimap_connect(imap->handle, imap->text);
	if (!imap_stream_is_ok(result))
		return imap_stream_fail(imap, result, err);
	if (result == MAILIMAP_NO_ERROR_AUTHENTICATED)
		return err_set(err, ERR_SYSTEM,
		               "the server says PREAUTH: it asks nobody who "
		               "he is, and cannot be asked for TLS");
	return 0;
}

static int imap_authenticate(struct worker *session, struct err *err)
{
	struct imap *imap = session->driver_state;
	int result;

	driver_set_stage(session, "logging in as %s", session->settings.user);
	imap_stream_expect(session, IMAP_SLACK_BYTES);
	if (session->settings.token_command != NULL)
		result = mailimap_oauth2_authenticate(
			imap->handle, session->settings.user, session->secret);
	else
		result = mailimap_login(imap->handle, session->settings.user,
		                        session->secret);
	if (!imap_stream_is_ok(result)) {
		session->token_refused = imap_stream_is_usable(imap, result);
		return imap_stream_fail(imap, result, err);
	}
	/* MOVE and the like show only now. */
	return imap_command_read_capabilities(session, err);
}

static bool imap_changes_mailbox(const struct mailbox_settings *settings)
{
	return settings->after.kind != MAILBOX_ACTION_KEEP ||
	       settings->failed.kind != MAILBOX_ACTION_KEEP;
}

static int imap_select_folder(struct worker *session, struct err *err)
{
	const struct mailbox_settings *settings = &session->settings;
	struct imap *imap = session->driver_state;
	const char *name = settings->folder != NULL ? settings->folder
	                                            : "INBOX";
	char *folder = utf7_folder(session->arena, name);
	const struct mailimap_selection_info *info;
	char *where;
	int result;
	bool there;

	driver_set_stage(session, "opening the folder %s", folder);
	if (imap_folder_find(session, name, &folder, &there, err) < 0)
		return -1;
	driver_set_stage(session, "opening the folder %s", folder);
	imap_stream_expect(session, IMAP_SLACK_BYTES);
	result = imap_changes_mailbox(settings)
	                 ? mailimap_select(imap->handle, folder)
	                 : mailimap_examine(imap->handle, folder);
	info = imap->handle->imap_selection_info;
	if (!imap_stream_is_ok(result) || info == NULL)
		return imap_stream_fail(imap, result, err);
	/* Without these nothing could be told from what was read before. */
	if (info->sel_uidvalidity == 0 || !info->sel_has_exists) {
		session->reply = MAILBOX_REPLY_EMPTY;
		return err_set(err, ERR_BUSY,
		               "the server says neither how many messages "
		               "there are nor what their numbers belong to");
	}
	where = arena_printf(session->arena, "imap %s %s %s %u", settings->host,
	                     settings->user, folder, info->sel_uidvalidity);
	session->validity = driver_hash(where, strlen(where));
	session->can_idle = imap->can[IMAP_CAN_IDLE];
	return 0;
}

static int imap_log_in(struct worker *session, struct err *err)
{
	if (imap_command_read_capabilities(session, err) < 0 ||
	    imap_authenticate(session, err) < 0)
		return -1;
	if (imap_select_folder(session, err) < 0)
		return -1;
	return imap_folder_prepare_targets(session, err);
}

static int imap_open(struct worker *session, struct err *err)
{
	const struct mailbox_settings *settings = &session->settings;
	bool implicit = settings->tls == MAILBOX_TLS_IMPLICIT;
	struct netstream *stream = NULL;
	int64_t port = settings->port;

	if (port == 0)
		port = implicit ? PORT_TLS : PORT_PLAIN;
	driver_set_stage(session, "connecting to %s, port %lld", settings->host,
	                 (long long)port);
	if (netstream_connect(settings->host, port, driver_deadline(session),
	                      &stream, err) < 0)
		return -1;
	if (implicit && netstream_start_tls(stream, session->trust,
	                                    settings->host, err) < 0) {
		netstream_close(&stream);
		return -1;
	}
	if (imap_attach(session, stream, err) < 0 ||
	    (!implicit && imap_start_tls(session, err) < 0))
		return -1;
	/* No secret goes over an open line, whatever led here. */
	if (!netstream_is_tls(stream))
		return err_set(err, ERR_SYSTEM, "there is no TLS");
	return imap_log_in(session, err);
}

/* --- fetching ------------------------------------------------------------ */

static bool imap_fetch_on_bytes(int type,
                                struct mailimap_msg_att_body_section *section,
                                const char *bytes, size_t len, void *cls)
{
	struct imap *imap = cls;

	(void)type;
	(void)section;
	imap->fetched_bytes += len;
	worker_wire_send_data(imap->worker, bytes, len);
	return true;
}

/* Whether it is the text of a message, or of a part of it. */
static bool imap_fetch_is_body(const struct mailimap_msg_att_static *item)
{
	return item->att_type == MAILIMAP_MSG_ATT_BODY_SECTION ||
	       item->att_type == MAILIMAP_MSG_ATT_RFC822 ||
	       item->att_type == MAILIMAP_MSG_ATT_RFC822_HEADER ||
	       item->att_type == MAILIMAP_MSG_ATT_RFC822_TEXT;
}

static bool imap_fetch_is_whole(const struct mailimap_msg_att_static *item)
{
	const struct mailimap_msg_att_body_section *body =
		item->att_data.att_body_section;

	return item->att_type == MAILIMAP_MSG_ATT_BODY_SECTION &&
	       body != NULL && body->sec_origin_octet == 0 &&
	       (body->sec_section == NULL ||
	        body->sec_section->sec_spec == NULL);
}

/* Called for each FETCH of the answer. What has no body tells of flags. */
static void imap_fetch_on_attributes(struct mailimap_msg_att *att, void *cls)
{
	struct imap *imap = cls;
	const struct mailimap_msg_att_item *item;
	const struct mailimap_msg_att_static *part;
	bool named = false, other = false;
	size_t bodies = 0;
	clistiter *cursor;

	for (cursor = clist_begin(att->att_list); cursor != NULL;
	     cursor = clist_next(cursor)) {
		item = clist_content(cursor);
		if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC)
			continue;
		part = item->att_data.att_static;
		if (part->att_type == MAILIMAP_MSG_ATT_UID) {
			named = true;
			other |= part->att_data.att_uid != imap->wanted;
		}
		if (imap_fetch_is_body(part)) {
			bodies++;
			other |= !imap_fetch_is_whole(part);
		}
	}
	imap->bodies += bodies;
	imap->foreign |= bodies > 0 && (other || !named);
}

/* The bytes went on as they came. Whose they are, and that there are no others
   among them, is known only at the end of the answer. */
static int imap_fetch_check(struct worker *session,
                            const struct driver_entry *entry, struct err *err)
{
	const struct imap *imap = session->driver_state;

	if (imap->foreign || imap->bodies > 1 ||
	    (imap->bodies == 0 && imap->fetched_bytes > 0)) {
		session->reply = MAILBOX_REPLY_WRONG;
		return err_set(err, ERR_MALFORMED,
		               imap->foreign || imap->bodies == 0
		                       ? "the server gives something else than "
		                         "the message that it was asked for"
		                       : "the server gives the message more "
		                         "than once");
	}
	if (imap->fetched_bytes == 0 && entry->size > 0) {
		session->reply = MAILBOX_REPLY_EMPTY;
		return err_set(err, ERR_MALFORMED,
		               "the server gives the message without a byte");
	}
	return 0;
}

static int imap_fetch(struct worker *session, struct driver_entry *entry,
                      struct err *err)
{
	struct imap *imap = session->driver_state;
	struct mailimap_fetch_type *items =
		mailimap_fetch_type_new_fetch_att_list_empty();
	struct mailimap_set *set =
		mailimap_set_new_single((uint32_t)entry->message);
	clist *left = NULL;
	int result;

	(void)mailimap_fetch_type_new_fetch_att_list_add(
		items, mailimap_fetch_att_new_body_peek_section(
			       mailimap_section_new(NULL)));
	imap->fetched_bytes = 0;
	imap->wanted = entry->message;
	imap->bodies = 0;
	imap->foreign = false;
	mailimap_set_msg_body_handler(imap->handle, imap_fetch_on_bytes, imap);
	mailimap_set_msg_att_handler(imap->handle, imap_fetch_on_attributes,
	                             imap);
	imap_stream_expect(session, (uint64_t)entry->size + IMAP_SLACK_BYTES);
	result = mailimap_uid_fetch(imap->handle, set, items, &left);
	mailimap_set_msg_body_handler(imap->handle, NULL, NULL);
	mailimap_set_msg_att_handler(imap->handle, NULL, NULL);
	mailimap_set_free(set);
	mailimap_fetch_type_free(items);
	/* After a command that was refused it is what libetpan has freed. */
	if (imap_stream_is_ok(result) && left != NULL)
		mailimap_fetch_list_free(left);
	if (!imap_stream_is_ok(result)) {
		(void)imap_stream_fail(imap, result, err);
		if (imap_stream_is_usable(imap, result))
			err->code = ERR_MALFORMED;
		return -1;
	}
	return imap_fetch_check(session, entry, err);
}

/* --- marking ------------------------------------------------------------- */

/* All, or with a target those that have no copy there. */
static struct mailimap_set *imap_mark_set(struct driver_entry *const *entries,
                                          size_t count,
                                          const struct imap_target *uncopied)
{
	struct mailimap_set *set = mailimap_set_new_empty();
	size_t i;

	for (i = 0; i < count; i++) {
		if (uncopied == NULL || entries[i]->copied != uncopied->id)
			(void)mailimap_set_add_single(
				set, (uint32_t)entries[i]->message);
	}
	return set;
}

static int imap_mark_add_flag(struct worker *session, struct mailimap_set *set,
                              struct mailimap_flag *flag)
{
	struct imap *imap = session->driver_state;
	struct mailimap_flag_list *flags = mailimap_flag_list_new_empty();
	struct mailimap_store_att_flags *store;
	int result;

	(void)mailimap_flag_list_add(flags, flag);
	store = mailimap_store_att_flags_new_add_flags_silent(flags);
	imap_stream_expect(session, IMAP_SLACK_BYTES);
	result = mailimap_uid_store(imap->handle, set, store);
	mailimap_store_att_flags_free(store);
	return result;
}

static int imap_mark_delete(struct worker *session, struct mailimap_set *set)
{
	struct imap *imap = session->driver_state;
	int result =
		imap_mark_add_flag(session, set, mailimap_flag_new_deleted());

	/* Without UIDPLUS, EXPUNGE would take away what others have marked. */
	if (!imap_stream_is_ok(result) || !imap->can[IMAP_CAN_UIDPLUS])
		return result;
	imap_stream_expect(session, IMAP_SLACK_BYTES);
	return mailimap_uid_expunge(imap->handle, set);
}

/* COPY, and \\Deleted only where the copy is: a server that refuses the second
   is not asked for the first again. */
static int imap_mark_copy_and_delete(struct worker *session,
                                     const struct imap_target *target,
                                     struct driver_entry *const *entries,
                                     size_t count)
{
	struct mailimap_set *set = imap_mark_set(entries, count, target);
	struct imap *imap = session->driver_state;
	int result = MAILIMAP_NO_ERROR;
	size_t i;

	imap_stream_expect(session, IMAP_SLACK_BYTES);
	if (set->set_list != NULL && clist_begin(set->set_list) != NULL)
		result = mailimap_uid_copy(imap->handle, set, target->folder);
	mailimap_set_free(set);
	if (!imap_stream_is_ok(result))
		return result;
	for (i = 0; i < count; i++)
		entries[i]->copied = target->id;
	set = imap_mark_set(entries, count, NULL);
	result = imap_mark_delete(session, set);
	mailimap_set_free(set);
	return result;
}

/* A copy in another folder is of an `after` that was changed since. */
static bool imap_mark_is_any_copied(struct driver_entry *const *entries,
                                    size_t count,
                                    const struct imap_target *target)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (entries[i]->copied == target->id)
			return true;
	}
	return false;
}

static int imap_mark_move(struct worker *session,
                          const struct imap_target *target,
                          struct driver_entry *const *entries, size_t count)
{
	struct imap *imap = session->driver_state;
	struct mailimap_set *set;
	int result;

	if (!imap->can[IMAP_CAN_MOVE] ||
	    imap_mark_is_any_copied(entries, count, target))
		return imap_mark_copy_and_delete(session, target, entries,
		                                 count);
	set = imap_mark_set(entries, count, NULL);
	imap_stream_expect(session, IMAP_SLACK_BYTES);
	result = mailimap_uid_move(imap->handle, set, target->folder);
	mailimap_set_free(set);
	/* It only says that it can. */
	if (imap_stream_is_ok(result) || !imap_stream_is_usable(imap, result) ||
	    !text_starts(text_of(imap->answer), "BAD"))
		return result;
	imap->can[IMAP_CAN_MOVE] = false;
	return imap_mark_copy_and_delete(session, target, entries, count);
}

static int imap_mark_in_place(struct worker *session,
                              const struct mailbox_action *action,
                              struct driver_entry *const *entries, size_t count)
{
	struct mailimap_set *set = imap_mark_set(entries, count, NULL);
	int result;

	if (action->kind == MAILBOX_ACTION_SEEN)
		result = imap_mark_add_flag(session, set,
		                            mailimap_flag_new_seen());
	else
		result = imap_mark_delete(session, set);
	mailimap_set_free(set);
	return result;
}

static int imap_mark(struct worker *session,
                     const struct mailbox_action *action,
                     struct driver_entry *const *entries, size_t count,
                     struct err *err)
{
	struct imap *imap = session->driver_state;
	const struct imap_target *target =
		&imap->targets[action == &session->settings.failed];
	int result;

	if (action->kind != MAILBOX_ACTION_MOVE)
		result = imap_mark_in_place(session, action, entries, count);
	else if (target->missing_reason[0] != '\0')
		return err_set(err, ERR_CONFIG, "%s", target->missing_reason);
	else
		result = imap_mark_move(session, target, entries, count);
	if (imap_stream_is_ok(result))
		return 0;
	(void)imap_stream_fail(imap, result, err);
	if (imap_stream_is_usable(imap, result))
		err->code = ERR_CONFIG;
	return -1;
}

static int imap_close(struct worker *session, struct err *err)
{
	struct imap *imap = session->driver_state;

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
