/*
 * A mailbox over IMAP (RFC 3501) with MOVE, UIDPLUS and IDLE where the server
 * has them. The door of libetpan's IMAP, which runs on our own stream: it would
 * verify no certificate and wait for ever.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libetpan/libetpan.h>

#include "base/timestamp.h"
#include "collector/mailbox/session.h"

#define PORT_TLS   993
#define PORT_PLAIN 143

/* What a command may bring beside what was asked for. */
#define SLACK_BYTES (1024ULL * 1024)
/* A line of the list: UID, size, date. */
#define ENTRY_BYTES 256ULL

#define STREAM_BUFFER 8192

/* RFC 2177: before the server thinks we are gone. */
#define IDLE_MOST_MS (25 * 60 * 1000)
#define LOGOUT_MS    3000
#define LINE_MOST    4096U

enum capability {
	CAN_MOVE,    /* RFC 6851 */
	CAN_UIDPLUS, /* RFC 4315 */
	CAN_IDLE,    /* RFC 2177 */
	CAPABILITIES,
};

struct state {
	struct netstream *stream;
	mailstream *text;
	mailimap *imap;
	bool can[CAPABILITIES];
	/* what the message that is being fetched brings */
	struct session *session;
	uint64_t got;
	/* folders that are there for sure */
	const struct action *made[2];
	size_t made_count;
};

/* --- our stream under libetpan ------------------------------------------- */

static ssize_t low_read(mailstream_low *low, void *data, size_t len)
{
	return netstream_read(low->data, data, len);
}

static ssize_t low_write(mailstream_low *low, const void *data, size_t len)
{
	return netstream_write(low->data, data, len);
}

static int low_close(mailstream_low *low)
{
	(void)low;
	return 0;
}

static int low_fd(mailstream_low *low)
{
	return netstream_fd(low->data);
}

static void low_free(mailstream_low *low)
{
	struct netstream *stream = low->data;

	netstream_close(&stream);
	free(low);
}

static mailstream_low_driver driver = {
	.mailstream_read = low_read,
	.mailstream_write = low_write,
	.mailstream_close = low_close,
	.mailstream_get_fd = low_fd,
	.mailstream_free = low_free,
};

/* --- errors -------------------------------------------------------------- */

/* What the stream says is what went wrong; else what the server said. */
static int fail(const struct state *state, int result, struct err *err)
{
	const struct err *stream = netstream_error(state->stream);

	if (stream->text[0] != '\0') {
		*err = *stream;
		return -1;
	}
	if (state->imap != NULL && state->imap->imap_response != NULL)
		return err_set(err, ERR_BUSY, "the server says: %.300s",
		               state->imap->imap_response);
	return err_set(err, ERR_BUSY, "IMAP error %d", result);
}

static bool is_good(int result)
{
	return result == MAILIMAP_NO_ERROR ||
	       result == MAILIMAP_NO_ERROR_AUTHENTICATED ||
	       result == MAILIMAP_NO_ERROR_NON_AUTHENTICATED;
}

/* Whether the connection is still good after a command failed. */
static bool is_usable(const struct state *state, int result)
{
	return netstream_error(state->stream)->text[0] == '\0' &&
	       result != MAILIMAP_ERROR_STREAM &&
	       result != MAILIMAP_ERROR_PARSE;
}

static void expect(const struct session *session, uint64_t bytes)
{
	const struct state *state = session->state;

	session_expect(session, state->stream, bytes);
}

/* --- lines of our own ---------------------------------------------------- */

static int send_line(struct session *session, const char *line, struct err *err)
{
	struct state *state = session->state;

	expect(session, SLACK_BYTES);
	if (mailstream_write(state->text, line, strlen(line)) < 0 ||
	    mailstream_flush(state->text) < 0)
		return fail(state, MAILIMAP_ERROR_STREAM, err);
	return 0;
}

/* One line of the server into line, cut; -1 when the stream fails. */
static int read_line(struct session *session, char *line, size_t size,
                     struct err *err)
{
	struct state *state = session->state;
	size_t len = 0;
	char c;

	for (;;) {
		if (mailstream_read(state->text, &c, 1) != 1)
			return fail(state, MAILIMAP_ERROR_STREAM, err);
		if (c == '\n')
			break;
		if (len + 1 < size)
			line[len++] = c;
	}
	line[len] = '\0';
	return 0;
}

/* What a server can do that we ask for. */
static const char *const capability_words[] = {
	[CAN_MOVE] = "MOVE",
	[CAN_UIDPLUS] = "UIDPLUS",
	[CAN_IDLE] = "IDLE",
};

static void note_capabilities(struct state *state, const char *line)
{
	struct text rest = text_of(line), word;
	size_t i;

	if (!text_next(&rest, ' ', &word) || !text_is(word, "*") ||
	    !text_next(&rest, ' ', &word) ||
	    !text_equal_case(word, "CAPABILITY"))
		return;
	while (text_next(&rest, ' ', &word)) {
		for (i = 0; i < CAPABILITIES; i++) {
			if (text_equal_case(text_trim(word),
			                    capability_words[i]))
				state->can[i] = true;
		}
	}
}

/* libetpan ends by a null pointer when the answer names none. */
static int read_capabilities(struct session *session, struct err *err)
{
	struct state *state = session->state;
	char line[LINE_MOST];

	memset(state->can, 0, sizeof(state->can));
	if (send_line(session, "can CAPABILITY\r\n", err) < 0)
		return -1;
	do {
		if (read_line(session, line, sizeof(line), err) < 0)
			return -1;
		note_capabilities(state, line);
	} while (strncmp(line, "can ", 4) != 0);
	return 0;
}

/* --- opening ------------------------------------------------------------- */

static int start_tls(struct session *session, struct err *err)
{
	struct state *state = session->state;
	int result;

	session_stage(session, "starting TLS with %s", session->settings.host);
	expect(session, SLACK_BYTES);
	result = mailimap_starttls(state->imap);
	if (!is_good(result))
		return fail(state, result, err);
	/* What was sent before TLS would be read as if it came by it. */
	if (state->text->read_buffer_len > 0)
		return err_set(err, ERR_SYSTEM,
		               "the server sends more than its answer to "
		               "STARTTLS; somebody may be in between");
	return netstream_start_tls(state->stream, session->trust,
	                           session->settings.host, err);
}

static int imap_attach(struct session *session, struct netstream *stream,
                       struct err *err)
{
	struct state *state = arena_alloc(session->arena, sizeof(*state));
	mailstream_low *low;
	int result;

	session->state = state;
	state->session = session;
	state->stream = stream;
	low = mailstream_low_new(stream, &driver);
	state->text = low != NULL ? mailstream_new(low, STREAM_BUFFER) : NULL;
	state->imap = mailimap_new(0, NULL);
	if (state->text == NULL || state->imap == NULL)
		return err_set(err, ERR_SYSTEM, "no memory");
	session_stage(session, "greeting %s", session->settings.host);
	expect(session, SLACK_BYTES);
	result = mailimap_connect(state->imap, state->text);
	if (!is_good(result))
		return fail(state, result, err);
	if (result == MAILIMAP_NO_ERROR_AUTHENTICATED)
		return err_set(err, ERR_SYSTEM,
		               "the server says PREAUTH: it asks nobody who "
		               "he is, and cannot be asked for TLS");
	return 0;
}

static int log_in(struct session *session, struct err *err)
{
	struct state *state = session->state;
	int result;

	session_stage(session, "logging in as %s", session->settings.user);
	expect(session, SLACK_BYTES);
	if (session->settings.token_command != NULL)
		result = mailimap_oauth2_authenticate(
			state->imap, session->settings.user, session->secret);
	else
		result = mailimap_login(state->imap, session->settings.user,
		                        session->secret);
	if (!is_good(result)) {
		session->token_refused = is_usable(state, result);
		return fail(state, result, err);
	}
	/* MOVE and the like show only now. */
	return read_capabilities(session, err);
}

/* A name as it goes over the wire: modified UTF-7 (RFC 3501 section 5.1.3). */
struct utf7 {
	struct buf out;
	uint32_t bits;
	int left; /* of bits, not yet written */
	bool shifted;
};

static void utf7_digit(struct utf7 *utf7, uint32_t six)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+,";

	buf_add_char(&utf7->out, digits[six & 0x3f]);
}

static void utf7_unshift(struct utf7 *utf7)
{
	if (!utf7->shifted)
		return;
	if (utf7->left > 0)
		utf7_digit(utf7, utf7->bits << (6 - utf7->left));
	buf_add_char(&utf7->out, '-');
	utf7->shifted = false;
	utf7->left = 0;
	utf7->bits = 0;
}

static void utf7_add(struct utf7 *utf7, uint32_t code)
{
	if (code >= 0x20 && code <= 0x7e) {
		utf7_unshift(utf7);
		buf_add_char(&utf7->out, (char)code);
		if (code == '&')
			buf_add_char(&utf7->out, '-');
		return;
	}
	if (!utf7->shifted)
		buf_add_char(&utf7->out, '&');
	utf7->shifted = true;
	/* Beyond the basic plane nobody names folders. */
	utf7->bits = (utf7->bits << 16 | (code > 0xffff ? 0xfffd : code)) &
	             0x3fffff;
	for (utf7->left += 16; utf7->left >= 6; utf7->left -= 6)
		utf7_digit(utf7, utf7->bits >> (utf7->left - 6));
}

static char *folder_name(struct arena *arena, const char *name)
{
	struct utf7 utf7 = {.out = BUF_INIT(8192)};
	size_t len = strlen(name), i = 0, step;
	uint32_t code;
	char *copy;

	while (i < len) {
		step = text_utf8(name + i, len - i, &code);
		if (step == 0)
			code = 0xfffd;
		i += step > 0 ? step : 1;
		utf7_add(&utf7, code);
	}
	utf7_unshift(&utf7);
	copy = arena_copy(arena, utf7.out.data, utf7.out.len);
	buf_free(&utf7.out);
	return copy;
}

static bool changes(const struct mailbox_settings *settings)
{
	return settings->after.kind != ACTION_KEEP ||
	       settings->failed.kind != ACTION_KEEP;
}

static int select_folder(struct session *session, struct err *err)
{
	const struct mailbox_settings *settings = &session->settings;
	struct state *state = session->state;
	const char *folder = folder_name(
		session->arena,
		settings->folder != NULL ? settings->folder : "INBOX");
	const struct mailimap_selection_info *info;
	char *where;
	int result;

	session_stage(session, "opening the folder %s", folder);
	expect(session, SLACK_BYTES);
	result = changes(settings) ? mailimap_select(state->imap, folder)
	                           : mailimap_examine(state->imap, folder);
	info = state->imap->imap_selection_info;
	if (!is_good(result) || info == NULL)
		return fail(state, result, err);
	where = arena_printf(session->arena, "imap %s %s %s %u", settings->host,
	                     settings->user, folder, info->sel_uidvalidity);
	session->validity = session_hash(where, strlen(where));
	session->can_idle = state->can[CAN_IDLE];
	return 0;
}

static int imap_enter(struct session *session, struct err *err)
{
	if (read_capabilities(session, err) < 0 || log_in(session, err) < 0)
		return -1;
	return select_folder(session, err);
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

/* --- listing ------------------------------------------------------------- */

static int64_t seconds_of(const struct mailimap_date_time *date)
{
	struct timestamp_oddities odd = {false, false, false};
	int64_t seconds = 0;
	struct err ignored;
	char text[64];
	int zone = date->dt_zone;

	(void)snprintf(text, sizeof(text),
	               "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d",
	               date->dt_year, date->dt_month, date->dt_day,
	               date->dt_hour, date->dt_min, date->dt_sec,
	               zone < 0 ? '-' : '+', abs(zone) / 100, abs(zone) % 100);
	if (timestamp_parse(text_of(text), &seconds, &odd, &ignored) < 0)
		return 0;
	return seconds;
}

static void read_item(const struct mailimap_msg_att_static *item,
                      struct entry *entry)
{
	if (item->att_type == MAILIMAP_MSG_ATT_UID)
		entry->message = item->att_data.att_uid;
	else if (item->att_type == MAILIMAP_MSG_ATT_RFC822_SIZE)
		entry->size = item->att_data.att_rfc822_size;
	else if (item->att_type == MAILIMAP_MSG_ATT_INTERNALDATE &&
	         item->att_data.att_internal_date != NULL)
		entry->received = seconds_of(item->att_data.att_internal_date);
}

/* Called for each message of the list. */
static void take_entry(struct mailimap_msg_att *att, void *cls)
{
	struct session *session = cls;
	struct entry entry = {0};
	clistiter *cursor;

	for (cursor = clist_begin(att->att_list); cursor != NULL;
	     cursor = clist_next(cursor)) {
		const struct mailimap_msg_att_item *item =
			clist_content(cursor);

		if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC)
			read_item(item->att_data.att_static, &entry);
	}
	if (entry.message > 0 && session_add(session, &entry) &&
	    entry.message > session->highest)
		session->highest = entry.message;
}

/* Without one the handler of items is never called. */
static void no_progress(size_t done, size_t all, void *cls)
{
	(void)done;
	(void)all;
	(void)cls;
}

static struct mailimap_fetch_type *list_items(void)
{
	struct mailimap_fetch_type *type =
		mailimap_fetch_type_new_fetch_att_list_empty();

	(void)mailimap_fetch_type_new_fetch_att_list_add(
		type, mailimap_fetch_att_new_uid());
	(void)mailimap_fetch_type_new_fetch_att_list_add(
		type, mailimap_fetch_att_new_rfc822_size());
	(void)mailimap_fetch_type_new_fetch_att_list_add(
		type, mailimap_fetch_att_new_internaldate());
	return type;
}

/* Those that wait, and all that are new. */
static struct mailimap_set *wanted_set(const struct session *session)
{
	struct mailimap_set *set = mailimap_set_new_empty();
	size_t i;

	for (i = 0; i < session->known_count; i++) {
		if (session->known[i].message <= session->done_to)
			(void)mailimap_set_add_single(
				set, (uint32_t)session->known[i].message);
	}
	(void)mailimap_set_add_interval(set, (uint32_t)(session->done_to + 1),
	                                0);
	return set;
}

static int order_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->message > y->message) - (x->message < y->message);
}

/* The same message twice, as "5,9:*" may bring it. */
static void drop_doubles(struct session *session)
{
	size_t i, kept = 0;

	if (session->count == 0)
		return;
	qsort(session->entries, session->count, sizeof(*session->entries),
	      order_entries);
	for (i = 0; i < session->count; i++) {
		if (kept == 0 || session->entries[kept - 1].message !=
		                         session->entries[i].message)
			session->entries[kept++] = session->entries[i];
	}
	session->count = kept;
}

static int imap_list(struct session *session, struct err *err)
{
	struct state *state = session->state;
	const struct mailimap_selection_info *info;
	struct mailimap_fetch_type *items;
	struct mailimap_set *set;
	uint64_t exists;
	clist *left = NULL;
	int result;

	expect(session, SLACK_BYTES);
	result = mailimap_noop(state->imap);
	info = state->imap->imap_selection_info;
	if (!is_good(result) || info == NULL)
		return fail(state, result, err);
	session->highest = session->done_to;
	exists = info->sel_has_exists ? info->sel_exists : 0;
	if (exists == 0)
		return 0;
	if (exists > ENTRIES_MOST)
		exists = ENTRIES_MOST;
	set = wanted_set(session);
	items = list_items();
	mailimap_set_progress_callback(state->imap, no_progress, no_progress,
	                               NULL);
	mailimap_set_msg_att_handler(state->imap, take_entry, session);
	expect(session, SLACK_BYTES + exists * ENTRY_BYTES);
	result = mailimap_uid_fetch(state->imap, set, items, &left);
	mailimap_set_msg_att_handler(state->imap, NULL, NULL);
	mailimap_set_free(set);
	mailimap_fetch_type_free(items);
	if (left != NULL)
		mailimap_fetch_list_free(left);
	if (!is_good(result))
		return fail(state, result, err);
	drop_doubles(session);
	return 0;
}

/* --- fetching ------------------------------------------------------------ */

static bool take_bytes(int type, struct mailimap_msg_att_body_section *section,
                       const char *bytes, size_t len, void *cls)
{
	struct state *state = cls;

	(void)type;
	(void)section;
	state->got += len;
	return session_data(state->session, bytes, len);
}

static int imap_fetch(struct session *session, struct entry *entry,
                      struct err *err)
{
	struct state *state = session->state;
	struct mailimap_fetch_type *items =
		mailimap_fetch_type_new_fetch_att_list_empty();
	struct mailimap_set *set =
		mailimap_set_new_single((uint32_t)entry->message);
	clist *left = NULL;
	int result;

	(void)mailimap_fetch_type_new_fetch_att_list_add(
		items, mailimap_fetch_att_new_body_peek_section(
			       mailimap_section_new(NULL)));
	state->got = 0;
	mailimap_set_msg_body_handler(state->imap, take_bytes, state);
	expect(session, (uint64_t)entry->size + SLACK_BYTES);
	result = mailimap_uid_fetch(state->imap, set, items, &left);
	mailimap_set_msg_body_handler(state->imap, NULL, NULL);
	mailimap_set_free(set);
	mailimap_fetch_type_free(items);
	if (left != NULL)
		mailimap_fetch_list_free(left);
	if (!is_good(result)) {
		(void)fail(state, result, err);
		if (is_usable(state, result))
			err->code = ERR_MALFORMED;
		return -1;
	}
	if (state->got == 0)
		return err_set(err, ERR_NOT_FOUND,
		               "the server sends nothing: the message is gone");
	return 0;
}

/* --- marking ------------------------------------------------------------- */

static struct mailimap_set *set_of(struct entry *const *entries, size_t count)
{
	struct mailimap_set *set = mailimap_set_new_empty();
	size_t i;

	for (i = 0; i < count; i++)
		(void)mailimap_set_add_single(set,
		                              (uint32_t)entries[i]->message);
	return set;
}

static int add_flag(struct session *session, struct mailimap_set *set,
                    struct mailimap_flag *flag)
{
	struct state *state = session->state;
	struct mailimap_flag_list *flags = mailimap_flag_list_new_empty();
	struct mailimap_store_att_flags *store;
	int result;

	(void)mailimap_flag_list_add(flags, flag);
	store = mailimap_store_att_flags_new_add_flags_silent(flags);
	expect(session, SLACK_BYTES);
	result = mailimap_uid_store(state->imap, set, store);
	mailimap_store_att_flags_free(store);
	return result;
}

static int delete_set(struct session *session, struct mailimap_set *set)
{
	struct state *state = session->state;
	int result = add_flag(session, set, mailimap_flag_new_deleted());

	/* Without UIDPLUS, EXPUNGE would take away what others have marked. */
	if (!is_good(result) || !state->can[CAN_UIDPLUS])
		return result;
	expect(session, SLACK_BYTES);
	return mailimap_uid_expunge(state->imap, set);
}

/* Once a session for each; that it is there already is no error. */
static void make_folder(struct session *session, const struct action *action,
                        const char *folder)
{
	struct state *state = session->state;
	size_t i;

	for (i = 0; i < state->made_count; i++) {
		if (state->made[i] == action)
			return;
	}
	expect(session, SLACK_BYTES);
	(void)mailimap_create(state->imap, folder);
	if (state->made_count < ARRAY_LENGTH(state->made))
		state->made[state->made_count++] = action;
}

static int move_set(struct session *session, struct mailimap_set *set,
                    const struct action *action)
{
	char *folder = folder_name(session->arena, action->folder);
	struct state *state = session->state;
	int result;

	make_folder(session, action, folder);
	expect(session, SLACK_BYTES);
	if (state->can[CAN_MOVE])
		return mailimap_uid_move(state->imap, set, folder);
	result = mailimap_uid_copy(state->imap, set, folder);
	return is_good(result) ? delete_set(session, set) : result;
}

static int imap_mark(struct session *session, const struct action *action,
                     struct entry *const *entries, size_t count,
                     struct err *err)
{
	struct state *state = session->state;
	struct mailimap_set *set = set_of(entries, count);
	int result;

	if (action->kind == ACTION_SEEN)
		result = add_flag(session, set, mailimap_flag_new_seen());
	else if (action->kind == ACTION_DELETE)
		result = delete_set(session, set);
	else
		result = move_set(session, set, action);
	mailimap_set_free(set);
	if (is_good(result))
		return 0;
	(void)fail(state, result, err);
	if (is_usable(state, result))
		err->code = ERR_USAGE;
	return -1;
}

/* --- waiting ------------------------------------------------------------- */

/* Whether a line says that there is something new. libetpan does not see these
   lines, so that the number is handed to it. */
static bool is_news(const struct state *state, const char *line)
{
	struct text rest = text_of(line), word, number;
	int64_t count;

	if (!text_next(&rest, ' ', &word) || !text_is(word, "*") ||
	    !text_next(&rest, ' ', &number) || !text_integer(number, &count) ||
	    count < 0 || count > UINT32_MAX)
		return false;
	rest = text_trim(rest);
	if (!text_equal_case(rest, "EXISTS"))
		return text_equal_case(rest, "RECENT");
	if (state->imap->imap_selection_info != NULL) {
		state->imap->imap_selection_info->sel_exists = (uint32_t)count;
		state->imap->imap_selection_info->sel_has_exists = 1;
	}
	return true;
}

/* Waits until something can be read: 1; else as mailbox_kind.idle. */
static int wait_for_line(struct session *session, int64_t until,
                         struct err *err)
{
	struct state *state = session->state;
	int64_t left = until - timestamp_monotonic_ms();
	int result;

	if (left <= 0)
		return 0;
	if (state->text->read_buffer_len > 0)
		return 1;
	result = netstream_wait(state->stream, session->wire.fd, left);
	return result < 0 ? fail(state, MAILIMAP_ERROR_STREAM, err) : result;
}

/* Lines until news, silence, or a word of the collector. */
static int idle_wait(struct session *session, int64_t until, struct err *err)
{
	struct state *state = session->state;
	char line[LINE_MOST];
	int result;

	for (;;) {
		result = wait_for_line(session, until, err);
		if (result != 1)
			return result;
		expect(session, SLACK_BYTES);
		if (read_line(session, line, sizeof(line), err) < 0)
			return -1;
		if (is_news(state, line))
			return 1;
		if (strncmp(line, "* BYE", 5) == 0)
			return err_set(err, ERR_BUSY, "the server says: %.200s",
			               line);
	}
}

static int imap_idle(struct session *session, int64_t milliseconds,
                     struct err *err)
{
	char line[LINE_MOST];
	int result;

	if (milliseconds > IDLE_MOST_MS)
		milliseconds = IDLE_MOST_MS;
	if (send_line(session, "idle IDLE\r\n", err) < 0)
		return -1;
	/* News may stand before the "+". */
	result = idle_wait(session, timestamp_monotonic_ms() + milliseconds,
	                   err);
	if (result < 0 || send_line(session, "DONE\r\n", err) < 0)
		return -1;
	do {
		if (read_line(session, line, sizeof(line), err) < 0)
			return -1;
		if (is_news(session->state, line) && result == 0)
			result = 1;
	} while (strncmp(line, "idle ", 5) != 0);
	return result;
}

static int imap_close(struct session *session, struct err *err)
{
	struct state *state = session->state;

	(void)err;
	netstream_expect(state->stream, timestamp_monotonic_ms() + LOGOUT_MS,
	                 SLACK_BYTES);
	(void)mailimap_logout(state->imap);
	mailimap_free(state->imap);
	state->imap = NULL;
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
