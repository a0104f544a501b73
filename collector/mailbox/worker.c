#include "collector/mailbox/worker.h"

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/child.h"
#include "base/confine.h"
#include "collector/mailbox/driver.h"
#include "collector/mailbox/secret.h"
#include "collector/mailbox/worker_fetch.h"
#include "collector/mailbox/worker_list.h"
#include "collector/mailbox/worker_mark.h"
#include "collector/mailbox/worker_secret.h"
#include "collector/mailbox/worker_state.h"
#include "collector/mailbox/worker_wire.h"

#define MEMORY_MAX (1024ULL * 1024 * 1024)

/* --- one round ----------------------------------------------------------- */

static void worker_send_error(struct worker *session, struct err *err)
{
	worker_secret_hide(session, err->text);
	wire_begin(&session->frame, MAILBOX_FRAME_ERROR);
	wire_put_integer(&session->frame, err->code);
	wire_put_integer(&session->frame, session->reply);
	wire_put_text(&session->frame, text_of(err->text));
	wire_put_integer(&session->frame, session->token_refused);
	worker_wire_send(session);
}

static void worker_send_over(struct worker *session)
{
	wire_begin(&session->frame, MAILBOX_FRAME_OVER);
	wire_put_integer(&session->frame, session->highest);
	worker_wire_send(session);
}

static void worker_send_news(struct worker *session)
{
	wire_begin(&session->frame, MAILBOX_FRAME_NEWS);
	worker_wire_send(session);
}

static int worker_run_round(struct worker_round *round, struct err *err)
{
	struct worker *session = round->session;

	worker_state_enter(session, WORKER_LISTING);
	if (worker_list_messages(session, err) < 0)
		return -1;
	worker_state_enter(session, WORKER_FETCHING);
	if (worker_fetch_all(round, err) < 0)
		return -1;
	/* Deleting by POP3 works when the session ends well. */
	if (round->late_count > 0 || round->stop)
		return 0;
	worker_send_over(session);
	worker_state_enter(session, WORKER_WAITING);
	return 0;
}

/* After a round: 1 there is another one, 0 it is to stop, -1. */
static int worker_wait_for_round(struct worker *session, struct err *err)
{
	struct wire_reader fields;
	struct wire_frame frame;
	int result;

	worker_wire_receive(session, &frame);
	if (frame.kind == MAILBOX_FRAME_STOP)
		return 0;
	if (frame.kind != MAILBOX_FRAME_IDLE || session->driver->idle == NULL)
		child_exit(EX_PROTOCOL);
	fields = (struct wire_reader){frame.payload, false};
	worker_state_enter(session, WORKER_IDLING);
	driver_set_stage(session, "waiting for new messages");
	result = session->driver->idle(session, wire_get_integer(&fields), err);
	if (result < 0)
		return -1;
	if (result != 2)
		worker_send_news(session);
	worker_state_enter(session, WORKER_WAITING);
	return 1;
}

/* Closing is what makes late marks true. */
static int worker_finish(struct worker_round *round, struct err *err)
{
	struct worker *session = round->session;
	size_t i;

	worker_state_enter(session, WORKER_CLOSING);
	driver_set_stage(session, "ending the session");
	if (session->driver->close(session, err) < 0 && round->late_count > 0)
		return -1;
	for (i = 0; i < round->late_count; i++)
		worker_mark_send(session, round->late[i].entry,
		                 MAILBOX_MARKED_YES, "");
	if (round->late_count > 0 && !round->stop)
		worker_send_over(session);
	return 0;
}

static int worker_run_rounds(struct worker *session, struct err *err)
{
	struct worker_round round = {.session = session};
	int more = 1;

	while (more == 1 && worker_list_receive_known(session)) {
		if (worker_run_round(&round, err) < 0)
			return -1;
		if (round.late_count > 0 || round.stop)
			break;
		more = worker_wait_for_round(session, err);
		if (more < 0)
			return -1;
	}
	return worker_finish(&round, err);
}

/* --- start --------------------------------------------------------------- */

static int worker_get_secret(struct worker *session, struct text token,
                             struct err *err)
{
	int64_t seconds;

	if (session->settings.token_command == NULL)
		return secret_password(&session->settings, &session->secret,
		                       err);
	if (token.len > 0) {
		session->secret = memory_zero(1, token.len + 1);
		memcpy(session->secret, token.data, token.len);
		return 0;
	}
	driver_set_stage(session, "running token_command");
	if (secret_token(&session->settings, session->wire.fd, &session->secret,
	                 &seconds, err) < 0)
		return -1;
	wire_begin(&session->frame, MAILBOX_FRAME_TOKEN);
	wire_put_text(&session->frame, text_of(session->secret));
	wire_put_integer(&session->frame, seconds);
	worker_wire_send(session);
	return 0;
}

/* What is not needed after this is given up. */
static int worker_confine(struct worker *session, struct err *err)
{
	static const char *const resolver_files[] = {"/etc/hosts",
	                                             "/etc/resolv.conf",
	                                             "/etc/nsswitch.conf",
	                                             "/etc/host.conf",
	                                             "/etc/gai.conf",
	                                             "/etc/services",
	                                             "/run/systemd/resolve",
	                                             "/etc/ld.so.cache",
	                                             "/lib",
	                                             "/usr/lib",
	                                             NULL};
	const char *const own[] = {session->settings.path, NULL};
	struct confine_profile wish = {.memory = MEMORY_MAX};
	char missing[CONFINE_MISSING_SIZE];

	if (mailbox_settings_is_remote(&session->settings)) {
		wish.network = true;
		wish.read_paths = resolver_files;
	} else {
		wish.read_paths = own;
		if (mailbox_settings_changes_files(&session->settings))
			wish.write_paths = own;
	}
	driver_set_stage(session, "giving up rights");
	if (confine(&wish, missing, sizeof(missing), err) < 0)
		return -1;
	wire_begin(&session->frame, MAILBOX_FRAME_CONFINED);
	wire_put_text(&session->frame, text_of(missing));
	worker_wire_send(session);
	return 0;
}

static int worker_prepare(struct worker *session, struct text token,
                          struct err *err)
{
	if (mailbox_settings_is_remote(&session->settings)) {
		driver_set_stage(session, "reading the secret");
		if (worker_get_secret(session, token, err) < 0)
			return -1;
		worker_secret_prepare(session);
		driver_set_stage(session, "reading certificates");
		if (netstream_trust_open(session->settings.ca_file,
		                         &session->trust, err) < 0)
			return -1;
	}
	return worker_confine(session, err);
}

static int worker_serve(struct worker *session, struct text token,
                        struct err *err)
{
	if (worker_prepare(session, token, err) < 0)
		return -1;
	worker_state_enter(session, WORKER_OPENING);
	if (session->driver->open(session, err) < 0)
		return -1;
	wire_begin(&session->frame, MAILBOX_FRAME_OPENED);
	wire_put_integer(&session->frame, session->validity);
	wire_put_integer(&session->frame, session->can_idle);
	worker_wire_send(session);
	worker_state_enter(session, WORKER_WAITING);
	return worker_run_rounds(session, err);
}

int worker_run(void)
{
	static const struct mailbox_driver *const drivers[] = {
		[MAILBOX_TYPE_IMAP] = &imap_driver,
		[MAILBOX_TYPE_POP3] = &pop3_driver,
		[MAILBOX_TYPE_MAILDIR] = &maildir_driver,
		[MAILBOX_TYPE_MBOX] = &mbox_driver,
	};
	struct worker session = {.frame = BUF_INIT(WIRE_FRAME_MAX),
	                         .arena = arena_new(0)};
	struct err err = {ERR_NONE, ""};
	struct wire_reader fields;
	struct wire_frame frame;
	struct text token;

	child_enter(&session.wire);
	worker_wire_receive(&session, &frame);
	fields = (struct wire_reader){frame.payload, false};
	if (frame.kind != MAILBOX_FRAME_SETTINGS ||
	    !mailbox_settings_get(&fields, session.arena, &session.settings) ||
	    session.settings.type < 0 ||
	    session.settings.type > MAILBOX_TYPE_MBOX)
		return EX_PROTOCOL;
	token = wire_get_text(&fields);
	session.sends_states = wire_get_integer(&fields) != 0;
	session.driver = drivers[session.settings.type];
	if (worker_serve(&session, token, &err) < 0) {
		(void)err_prefix(&err, "while %s", session.stage);
		worker_send_error(&session, &err);
	}
	child_exit(EX_OK);
}
