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

#define PORT_TLS   993
#define PORT_PLAIN 143

#define STREAM_BUFFER 8192
#define LOGOUT_MS     3000

/* --- our stream under libetpan ------------------------------------------- */

/* libetpan keeps the text of an answer and not whether it was NO or BAD, and
   nothing of a BYE. */
static void note_line(struct imap *imap)
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
		(void)snprintf(imap->said, sizeof(imap->said), "%.*s",
		               (int)rest.len, rest.data);
}

static void note_bytes(struct imap *imap, const char *data, size_t len)
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
		note_line(imap);
		len -= (size_t)(end - data) + 1;
		data = end + 1;
	}
}

static ssize_t low_read(mailstream_low *low, void *data, size_t len)
{
	struct imap *imap = low->data;
	ssize_t count = netstream_read(imap->stream, data, len);

	if (count > 0)
		note_bytes(imap, data, (size_t)count);
	return count;
}

static ssize_t low_write(mailstream_low *low, const void *data, size_t len)
{
	const struct imap *imap = low->data;

	return netstream_write(imap->stream, data, len);
}

static int low_close(mailstream_low *low)
{
	(void)low;
	return 0;
}

static int low_fd(mailstream_low *low)
{
	const struct imap *imap = low->data;

	return netstream_fd(imap->stream);
}

static void low_free(mailstream_low *low)
{
	struct imap *imap = low->data;

	netstream_close(&imap->stream);
	free(low);
}

static mailstream_low_driver driver = {
	.mailstream_read = low_read,
	.mailstream_write = low_write,
	.mailstream_close = low_close,
	.mailstream_get_fd = low_fd,
	.mailstream_free = low_free,
};

/* --- for the other parts ------------------------------------------------- */

static enum mailbox_reply reply_of(const struct imap *imap, bool broken)
{
	if (imap->bye[0] != '\0')
		return REPLY_BYE;
	if (broken)
		return netstream_is_late(imap->stream) ? REPLY_TIMEOUT
		                                       : REPLY_CLOSED;
	return text_starts(text_of(imap->said), "NO") ? REPLY_NO : REPLY_BAD;
}

int imap_fail(struct imap *imap, int result, struct err *err)
{
	const struct err *stream = netstream_error(imap->stream);
	bool broken = stream->text[0] != '\0';

	imap->session->reply = reply_of(imap, broken);
	if (imap->bye[0] != '\0')
		return err_set(err, ERR_BUSY, "the server says: %s", imap->bye);
	if (broken) {
		*err = *stream;
		return -1;
	}
	if (imap->said[0] != '\0')
		return err_set(err, ERR_BUSY, "the server says: %s",
		               imap->said);
	return err_set(err, ERR_BUSY, "IMAP error %d", result);
}

bool imap_is_good(int result)
{
	return result == MAILIMAP_NO_ERROR ||
	       result == MAILIMAP_NO_ERROR_AUTHENTICATED ||
	       result == MAILIMAP_NO_ERROR_NON_AUTHENTICATED;
}

bool imap_is_usable(const struct imap *imap, int result)
{
	return netstream_error(imap->stream)->text[0] == '\0' &&
	       imap->bye[0] == '\0' && result != MAILIMAP_ERROR_STREAM &&
	       result != MAILIMAP_ERROR_PARSE;
}

void imap_expect(const struct session *session, uint64_t bytes)
{
	struct imap *imap = session->state;

	imap->said[0] = '\0';
	imap->bye[0] = '\0';
	session_expect(session, imap->stream, bytes);
}

/* --- opening ------------------------------------------------------------- */

static int start_tls(struct session *session, struct err *err)
{
	struct imap *imap = session->state;
	int result;

	session_stage(session, "starting TLS with %s", session->settings.host);
	imap_expect(session, IMAP_SLACK_BYTES);
	result = mailimap_starttls(imap->handle);
	if (!imap_is_good(result))
		return imap_fail(imap, result, err);
	/* What was sent before TLS would be read as if it came by it. */
	if (imap->text->read_buffer_len > 0)
		return err_set(err, ERR_SYSTEM,
		               "the server sends more than its answer to "
		               "STARTTLS; somebody may be in between");
	return netstream_start_tls(imap->stream, session->trust,
	                           session->settings.host, err);
}

static int imap_attach(struct session *session, struct netstream *stream,
                       struct err *err)
{
	struct imap *imap = arena_alloc(session->arena, sizeof(*imap));
	mailstream_low *low;
	int result;

	session->state = imap;
	imap->session = session;
	imap->stream = stream;
	low = mailstream_low_new(imap, &driver);
	imap->text = low != NULL ? mailstream_new(low, STREAM_BUFFER) : NULL;
	imap->handle = mailimap_new(0, NULL);
	if (imap->text == NULL || imap->handle == NULL)
		return err_set(err, ERR_SYSTEM, "no memory");
	session_stage(session, "greeting %s", session->settings.host);
	imap_expect(session, IMAP_SLACK_BYTES);
	result = mailimap_connect(imap->handle, imap->text);
	if (!imap_is_good(result))
		return imap_fail(imap, result, err);
	if (result == MAILIMAP_NO_ERROR_AUTHENTICATED)
		return err_set(err, ERR_SYSTEM,
		               "the server says PREAUTH: it asks nobody who "
		               "he is, and cannot be asked for TLS");
	return 0;
}

static int log_in(struct session *session, struct err *err)
{
	struct imap *imap = session->state;
	int result;

	session_stage(session, "logging in as %s", session->settings.user);
	imap_expect(session, IMAP_SLACK_BYTES);
	if (session->settings.token_command != NULL)
		result = mailimap_oauth2_authenticate(
			imap->handle, session->settings.user, session->secret);
	else
		result = mailimap_login(imap->handle, session->settings.user,
		                        session->secret);
	if (!imap_is_good(result)) {
		session->token_refused = imap_is_usable(imap, result);
		return imap_fail(imap, result, err);
	}
	/* MOVE and the like show only now. */
	return imap_read_capabilities(session, err);
}

static bool changes(const struct mailbox_settings *settings)
{
	return settings->after.kind != ACTION_KEEP ||
	       settings->failed.kind != ACTION_KEEP;
}

static int select_folder(struct session *session, struct err *err)
{
	const struct mailbox_settings *settings = &session->settings;
	struct imap *imap = session->state;
	const char *name = settings->folder != NULL ? settings->folder
	                                            : "INBOX";
	char *folder = utf7_folder(session->arena, name);
	const struct mailimap_selection_info *info;
	char *where;
	int result;
	bool there;

	session_stage(session, "opening the folder %s", folder);
	if (imap_folder(session, name, &folder, &there, err) < 0)
		return -1;
	session_stage(session, "opening the folder %s", folder);
	imap_expect(session, IMAP_SLACK_BYTES);
	result = changes(settings) ? mailimap_select(imap->handle, folder)
	                           : mailimap_examine(imap->handle, folder);
	info = imap->handle->imap_selection_info;
	if (!imap_is_good(result) || info == NULL)
		return imap_fail(imap, result, err);
	/* Without these nothing could be told from what was read before. */
	if (info->sel_uidvalidity == 0 || !info->sel_has_exists) {
		session->reply = REPLY_EMPTY;
		return err_set(err, ERR_BUSY,
		               "the server says neither how many messages "
		               "there are nor what their numbers belong to");
	}
	where = arena_printf(session->arena, "imap %s %s %s %u", settings->host,
	                     settings->user, folder, info->sel_uidvalidity);
	session->validity = session_hash(where, strlen(where));
	session->can_idle = imap->can[CAN_IDLE];
	return 0;
}

static int imap_enter(struct session *session, struct err *err)
{
	if (imap_read_capabilities(session, err) < 0 ||
	    log_in(session, err) < 0)
		return -1;
	if (select_folder(session, err) < 0)
		return -1;
	return imap_targets(session, err);
}

static int imap_open(struct session *session, struct err *err)
{
	const struct mailbox_settings *settings = &session->settings;
	bool implicit = settings->tls == MAILBOX_TLS_IMPLICIT;
	struct netstream *stream = NULL;
	int64_t port = settings->port;

	if (port == 0)
		port = implicit ? PORT_TLS : PORT_PLAIN;
	session_stage(session, "connecting to %s, port %lld", settings->host,
	              (long long)port);
	if (netstream_connect(settings->host, port, session_deadline(session),
	                      &stream, err) < 0)
		return -1;
	if (implicit && netstream_start_tls(stream, session->trust,
	                                    settings->host, err) < 0) {
		netstream_close(&stream);
		return -1;
	}
	if (imap_attach(session, stream, err) < 0 ||
	    (!implicit && start_tls(session, err) < 0))
		return -1;
	/* No secret goes over an open line, whatever led here. */
	if (!netstream_is_tls(stream))
		return err_set(err, ERR_SYSTEM, "there is no TLS");
	return imap_enter(session, err);
}

/* --- fetching ------------------------------------------------------------ */

static bool take_bytes(int type, struct mailimap_msg_att_body_section *section,
                       const char *bytes, size_t len, void *cls)
{
	struct imap *imap = cls;

	(void)type;
	(void)section;
	imap->got += len;
	return session_data(imap->session, bytes, len);
}

/* Whether it is the text of a message, or of a part of it. */
static bool is_body(const struct mailimap_msg_att_static *item)
{
	return item->att_type == MAILIMAP_MSG_ATT_BODY_SECTION ||
	       item->att_type == MAILIMAP_MSG_ATT_RFC822 ||
	       item->att_type == MAILIMAP_MSG_ATT_RFC822_HEADER ||
	       item->att_type == MAILIMAP_MSG_ATT_RFC822_TEXT;
}

static bool is_whole(const struct mailimap_msg_att_static *item)
{
	const struct mailimap_msg_att_body_section *body =
		item->att_data.att_body_section;

	return item->att_type == MAILIMAP_MSG_ATT_BODY_SECTION &&
	       body != NULL && body->sec_origin_octet == 0 &&
	       (body->sec_section == NULL ||
	        body->sec_section->sec_spec == NULL);
}

/* Called for each FETCH of the answer. What has no body tells of flags. */
static void take_attributes(struct mailimap_msg_att *att, void *cls)
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
		if (is_body(part)) {
			bodies++;
			other |= !is_whole(part);
		}
	}
	imap->bodies += bodies;
	imap->foreign |= bodies > 0 && (other || !named);
}

/* The bytes went on as they came. Whose they are, and that there are no others
   among them, is known only at the end of the answer. */
static int check_body(struct session *session, const struct entry *entry,
                      struct err *err)
{
	const struct imap *imap = session->state;

	if (imap->foreign || imap->bodies > 1 ||
	    (imap->bodies == 0 && imap->got > 0)) {
		session->reply = REPLY_WRONG;
		return err_set(err, ERR_MALFORMED,
		               imap->foreign || imap->bodies == 0
		                       ? "the server gives something else than "
		                         "the message that it was asked for"
		                       : "the server gives the message more "
		                         "than once");
	}
	if (imap->got == 0 && entry->size > 0) {
		session->reply = REPLY_EMPTY;
		return err_set(err, ERR_MALFORMED,
		               "the server gives the message without a byte");
	}
	return 0;
}

static int imap_fetch(struct session *session, struct entry *entry,
                      struct err *err)
{
	struct imap *imap = session->state;
	struct mailimap_fetch_type *items =
		mailimap_fetch_type_new_fetch_att_list_empty();
	struct mailimap_set *set =
		mailimap_set_new_single((uint32_t)entry->message);
	clist *left = NULL;
	int result;

	(void)mailimap_fetch_type_new_fetch_att_list_add(
		items, mailimap_fetch_att_new_body_peek_section(
			       mailimap_section_new(NULL)));
	imap->got = 0;
	imap->wanted = entry->message;
	imap->bodies = 0;
	imap->foreign = false;
	mailimap_set_msg_body_handler(imap->handle, take_bytes, imap);
	mailimap_set_msg_att_handler(imap->handle, take_attributes, imap);
	imap_expect(session, (uint64_t)entry->size + IMAP_SLACK_BYTES);
	result = mailimap_uid_fetch(imap->handle, set, items, &left);
	mailimap_set_msg_body_handler(imap->handle, NULL, NULL);
	mailimap_set_msg_att_handler(imap->handle, NULL, NULL);
	mailimap_set_free(set);
	mailimap_fetch_type_free(items);
	/* After a command that was refused it is what libetpan has freed. */
	if (imap_is_good(result) && left != NULL)
		mailimap_fetch_list_free(left);
	if (!imap_is_good(result)) {
		(void)imap_fail(imap, result, err);
		if (imap_is_usable(imap, result))
			err->code = ERR_MALFORMED;
		return -1;
	}
	return check_body(session, entry, err);
}

/* --- marking ------------------------------------------------------------- */

/* All, or with a target those that have no copy there. */
static struct mailimap_set *set_of(struct entry *const *entries, size_t count,
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

static int add_flag(struct session *session, struct mailimap_set *set,
                    struct mailimap_flag *flag)
{
	struct imap *imap = session->state;
	struct mailimap_flag_list *flags = mailimap_flag_list_new_empty();
	struct mailimap_store_att_flags *store;
	int result;

	(void)mailimap_flag_list_add(flags, flag);
	store = mailimap_store_att_flags_new_add_flags_silent(flags);
	imap_expect(session, IMAP_SLACK_BYTES);
	result = mailimap_uid_store(imap->handle, set, store);
	mailimap_store_att_flags_free(store);
	return result;
}

static int delete_set(struct session *session, struct mailimap_set *set)
{
	struct imap *imap = session->state;
	int result = add_flag(session, set, mailimap_flag_new_deleted());

	/* Without UIDPLUS, EXPUNGE would take away what others have marked. */
	if (!imap_is_good(result) || !imap->can[CAN_UIDPLUS])
		return result;
	imap_expect(session, IMAP_SLACK_BYTES);
	return mailimap_uid_expunge(imap->handle, set);
}

/* COPY, and \\Deleted only where the copy is: a server that refuses the second
   is not asked for the first again. */
static int copy_and_delete(struct session *session,
                           const struct imap_target *target,
                           struct entry *const *entries, size_t count)
{
	struct mailimap_set *set = set_of(entries, count, target);
	struct imap *imap = session->state;
	int result = MAILIMAP_NO_ERROR;
	size_t i;

	imap_expect(session, IMAP_SLACK_BYTES);
	if (set->set_list != NULL && clist_begin(set->set_list) != NULL)
		result = mailimap_uid_copy(imap->handle, set, target->folder);
	mailimap_set_free(set);
	if (!imap_is_good(result))
		return result;
	for (i = 0; i < count; i++)
		entries[i]->copied = target->id;
	set = set_of(entries, count, NULL);
	result = delete_set(session, set);
	mailimap_set_free(set);
	return result;
}

/* A copy in another folder is of an `after` that was changed since. */
static bool any_copied(struct entry *const *entries, size_t count,
                       const struct imap_target *target)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (entries[i]->copied == target->id)
			return true;
	}
	return false;
}

static int move(struct session *session, const struct imap_target *target,
                struct entry *const *entries, size_t count)
{
	struct imap *imap = session->state;
	struct mailimap_set *set;
	int result;

	if (!imap->can[CAN_MOVE] || any_copied(entries, count, target))
		return copy_and_delete(session, target, entries, count);
	set = set_of(entries, count, NULL);
	imap_expect(session, IMAP_SLACK_BYTES);
	result = mailimap_uid_move(imap->handle, set, target->folder);
	mailimap_set_free(set);
	/* It only says that it can. */
	if (imap_is_good(result) || !imap_is_usable(imap, result) ||
	    !text_starts(text_of(imap->said), "BAD"))
		return result;
	imap->can[CAN_MOVE] = false;
	return copy_and_delete(session, target, entries, count);
}

static int mark_all(struct session *session, const struct action *action,
                    struct entry *const *entries, size_t count)
{
	struct mailimap_set *set = set_of(entries, count, NULL);
	int result;

	if (action->kind == ACTION_SEEN)
		result = add_flag(session, set, mailimap_flag_new_seen());
	else
		result = delete_set(session, set);
	mailimap_set_free(set);
	return result;
}

static int imap_mark(struct session *session, const struct action *action,
                     struct entry *const *entries, size_t count,
                     struct err *err)
{
	struct imap *imap = session->state;
	const struct imap_target *target =
		&imap->targets[action == &session->settings.failed];
	int result;

	if (action->kind != ACTION_MOVE)
		result = mark_all(session, action, entries, count);
	else if (target->why[0] != '\0')
		return err_set(err, ERR_USAGE, "%s", target->why);
	else
		result = move(session, target, entries, count);
	if (imap_is_good(result))
		return 0;
	(void)imap_fail(imap, result, err);
	if (imap_is_usable(imap, result))
		err->code = ERR_USAGE;
	return -1;
}

static int imap_close(struct session *session, struct err *err)
{
	struct imap *imap = session->state;

	(void)err;
	netstream_expect(imap->stream, timestamp_monotonic_ms() + LOGOUT_MS,
	                 IMAP_SLACK_BYTES);
	(void)mailimap_logout(imap->handle);
	mailimap_free(imap->handle);
	imap->handle = NULL;
	return 0;
}

const struct mailbox_kind kind_imap = {
	.word = "UID",
	.open = imap_open,
	.attach = imap_attach,
	.enter = imap_enter,
	.list = imap_list,
	.fetch = imap_fetch,
	.mark = imap_mark,
	.idle = imap_idle,
	.close = imap_close,
};
