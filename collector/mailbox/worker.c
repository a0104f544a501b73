#include "collector/mailbox/worker.h"

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/child.h"
#include "base/confine.h"
#include "base/memory.h"
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

static void worker_send_error(struct worker *worker, struct err *err)
{
	worker_secret_hide(worker, err->text);
	wire_begin(&worker->frame, MAILBOX_FRAME_ERROR);
	wire_put_integer(&worker->frame, err->code);
	wire_put_integer(&worker->frame, worker->reply);
	wire_put_text(&worker->frame, text_of(err->text));
	wire_put_integer(&worker->frame, worker->token_refused);
	worker_wire_send(worker);
}

static void worker_send_over(struct worker *worker)
{
	wire_begin(&worker->frame, MAILBOX_FRAME_OVER);
	wire_put_integer(&worker->frame, worker->highest);
	worker_wire_send(worker);
}

static void worker_send_news(struct worker *worker)
{
	wire_begin(&worker->frame, MAILBOX_FRAME_NEWS);
	worker_wire_send(worker);
}

static int worker_run_round(struct worker_round *round, struct err *err)
{
	struct worker *worker = round->worker;

	worker_state_enter(worker, WORKER_LISTING);
	if (worker_list_messages(worker, err) < 0)
		return -1;
	worker_state_enter(worker, WORKER_FETCHING);
	if (worker_fetch_all(round, err) < 0)
		return -1;
	/* Deleting by POP3 works when the session ends well. */
	if (round->late_count > 0 || round->stop)
		return 0;
	worker_send_over(worker);
	worker_state_enter(worker, WORKER_WAITING);
	return 0;
}

/* After a round: 1 there is another one, 0 it is to stop, -1. */
static int worker_wait_for_round(struct worker *worker, struct err *err)
{
	struct wire_reader fields;
	struct wire_frame frame;
	int result;

	worker_wire_receive(worker, &frame);
	if (frame.kind == MAILBOX_FRAME_STOP)
		return 0;
	if (frame.kind != MAILBOX_FRAME_IDLE || worker->driver->idle == NULL)
		child_exit(EX_PROTOCOL);
	fields = (struct wire_reader){frame.payload, false};
	worker_state_enter(worker, WORKER_IDLING);
	driver_set_stage(worker, "waiting for new messages");
	result = worker->driver->idle(worker, wire_get_integer(&fields), err);
	if (result < 0)
		return -1;
	if (result != 2)
		worker_send_news(worker);
	worker_state_enter(worker, WORKER_WAITING);
	return 1;
}

/* Closing is what makes late marks true. */
static int worker_finish(struct worker_round *round, struct err *err)
{
	struct worker *worker = round->worker;
	size_t i;

	worker_state_enter(worker, WORKER_CLOSING);
	driver_set_stage(worker, "ending the session");
	if (worker->driver->close(worker, err) < 0 && round->late_count > 0)
		return -1;
	for (i = 0; i < round->late_count; i++)
		worker_mark_send(worker, round->late[i].entry,
		                 MAILBOX_MARKED_YES, "");
	if (round->late_count > 0 && !round->stop)
		worker_send_over(worker);
	return 0;
}

static int worker_run_rounds(struct worker *worker, struct err *err)
{
	struct worker_round round = {.worker = worker};
	int more = 1;

	while (more == 1 && worker_list_receive_known(worker)) {
		if (worker_run_round(&round, err) < 0)
			return -1;
		if (round.late_count > 0 || round.stop)
			break;
		more = worker_wait_for_round(worker, err);
		if (more < 0)
			return -1;
	}
	return worker_finish(&round, err);
}

/* --- start --------------------------------------------------------------- */

static int worker_get_secret(struct worker *worker, struct text token,
                             struct err *err)
{
	int64_t seconds;

	if (worker->settings.token_command == NULL)
		return secret_password(&worker->settings, &worker->secret, err);
	if (token.len > 0) {
		worker->secret = memory_zero(1, token.len + 1);
		memcpy(worker->secret, token.data, token.len);
		return 0;
	}
	driver_set_stage(worker, "running token_command");
	if (secret_token(&worker->settings, worker->wire.fd, &worker->secret,
	                 &seconds, err) < 0)
		return -1;
	wire_begin(&worker->frame, MAILBOX_FRAME_TOKEN);
	wire_put_text(&worker->frame, text_of(worker->secret));
	wire_put_integer(&worker->frame, seconds);
	worker_wire_send(worker);
	return 0;
}

/* What is not needed after this is given up. */
static int worker_confine(struct worker *worker, struct err *err)
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
	const char *const own[] = {worker->settings.path, NULL};
	struct confine_profile profile = {.memory = MEMORY_MAX};
	char missing[CONFINE_MISSING_SIZE];

	if (mailbox_settings_is_remote(&worker->settings)) {
		profile.network = true;
		profile.read_paths = resolver_files;
	} else {
		profile.read_paths = own;
		if (mailbox_settings_changes_files(&worker->settings))
			profile.write_paths = own;
	}
	driver_set_stage(worker, "giving up rights");
	if (confine(&profile, missing, sizeof(missing), err) < 0)
		return -1;
	wire_begin(&worker->frame, MAILBOX_FRAME_CONFINED);
	wire_put_text(&worker->frame, text_of(missing));
	worker_wire_send(worker);
	return 0;
}

static int worker_prepare(struct worker *worker, struct text token,
                          struct err *err)
{
	if (mailbox_settings_is_remote(&worker->settings)) {
		driver_set_stage(worker, "reading the secret");
		if (worker_get_secret(worker, token, err) < 0)
			return -1;
		worker_secret_prepare(worker);
		driver_set_stage(worker, "reading certificates");
		if (netstream_trust_open(worker->settings.ca_file,
		                         &worker->trust, err) < 0)
			return -1;
	}
	return worker_confine(worker, err);
}

static int worker_serve(struct worker *worker, struct text token,
                        struct err *err)
{
	if (worker_prepare(worker, token, err) < 0)
		return -1;
	worker_state_enter(worker, WORKER_OPENING);
	if (worker->driver->open(worker, err) < 0)
		return -1;
	wire_begin(&worker->frame, MAILBOX_FRAME_OPENED);
	wire_put_integer(&worker->frame, worker->validity);
	wire_put_integer(&worker->frame, worker->can_idle);
	worker_wire_send(worker);
	worker_state_enter(worker, WORKER_WAITING);
	return worker_run_rounds(worker, err);
}

int worker_run(void)
{
	static const struct mailbox_driver *const drivers[] = {
		[MAILBOX_TYPE_IMAP] = &imap_driver,
		[MAILBOX_TYPE_POP3] = &pop3_driver,
		[MAILBOX_TYPE_MAILDIR] = &maildir_driver,
		[MAILBOX_TYPE_MBOX] = &mbox_driver,
	};
	struct worker worker = {.frame = BUF_INIT(WIRE_FRAME_MAX),
	                        .arena = arena_new(0)};
	struct err err = {ERR_NONE, ""};
	struct wire_reader fields;
	struct wire_frame frame;
	struct text token;

	child_enter(&worker.wire);
	worker_wire_receive(&worker, &frame);
	fields = (struct wire_reader){frame.payload, false};
	if (frame.kind != MAILBOX_FRAME_SETTINGS ||
	    !mailbox_settings_get(&fields, worker.arena, &worker.settings) ||
	    worker.settings.type < 0 ||
	    worker.settings.type > MAILBOX_TYPE_MBOX)
		return EX_PROTOCOL;
	token = wire_get_text(&fields);
	worker.sends_states = wire_get_integer(&fields) != 0;
	worker.driver = drivers[worker.settings.type];
	if (worker_serve(&worker, token, &err) < 0) {
		(void)err_prefix(&err, "while %s", worker.stage);
		worker_send_error(&worker, &err);
	}
	child_exit(EX_OK);
}
