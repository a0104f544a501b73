#include "collector/mailbox/poller.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "collector/mailbox/poller_frame.h"
#include "collector/mailbox/poller_message.h"
#include "collector/mailbox/poller_session.h"
#include "collector/mailbox/poller_state.h"

/* How often time is looked at while something waits for a commit. */
#define TICK_MS 20
#define REST_MS 1000

/* What is to be remembered is written that often. */
#define CHECKPOINT_MS 500

/* A disk that is full stays so. */
#define FLUSH_MS 3000

/* What is under way may end within this at a stop. */
#define STOP_MS 10000

#define PROGRESS_EVERY_MS 200
/* Fewer messages are there before anybody looks. */
#define PROGRESS_MIN 1000

/* --- life ---------------------------------------------------------------- */

static struct text
poller_join_authserv_ids(struct poller *poller,
                         const struct mailbox_settings *settings)
{
	const struct option_list *list =
		settings->trusted_authserv_id.count > 0
			? &settings->trusted_authserv_id
			: &poller->config->trusted_authserv_id;
	struct buf ids = BUF_INIT(8192);
	struct text text;
	size_t i;

	for (i = 0; i < list->count; i++)
		buf_printf(&ids, "%s ", list->items[i]);
	text = (struct text){arena_copy(poller->arena, ids.data, ids.len),
	                     ids.len};
	buf_free(&ids);
	return text;
}

static void poller_add_mailboxes(struct poller *poller)
{
	const struct mailbox_settings *settings;
	struct poller_mailbox *mailbox;

	poller->mailboxes = memory_zero(poller->config->mailboxes.count + 1,
	                                sizeof(*poller->mailboxes));
	for (settings = poller->config->mailboxes.first; settings != NULL;
	     settings = settings->next) {
		mailbox = &poller->mailboxes[poller->count];
		mailbox->index = poller->count++;
		mailbox->settings = settings;
		mailbox->authserv_ids =
			poller_join_authserv_ids(poller, settings);
		mailbox->lock = -1;
		mailbox->lock_path = arena_printf(
			poller->arena, "%s.mailbox-%s.lock",
			poller->config->settings.store, settings->name);
		mailbox->result.name = settings->name;
	}
}

int poller_new(struct config *config, struct poller **out, struct err *err)
{
	const struct checkpoint declare = {.kind = CHECKPOINT_DECLARE,
	                                   .mailbox = ""};
	struct poller *poller = memory_zero(1, sizeof(*poller));

	poller->config = config_ref(config);
	poller->checkpoints = checkpoints_new();
	poller->arena = arena_new(0);
	poller->frame = BUF_INIT(WIRE_FRAME_MAX);
	atomic_init(&poller->stopping, false);
	atomic_init(&poller->urgent, false);
	atomic_init(&poller->ended, false);
	poller->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (poller->event_fd < 0) {
		(void)err_set_errno(err, errno, "eventfd");
		poller_free(&poller);
		return -1;
	}
	if (store_open(config->settings.store, STORE_READ, &poller->store,
	               err) < 0) {
		poller_free(&poller);
		return -1;
	}
	poller_add_mailboxes(poller);
	(void)checkpoints_add(poller->checkpoints, &declare);
	*out = poller;
	return 0;
}

void poller_set_writer(struct poller *poller, struct writer *writer)
{
	poller->writer = writer;
}

void poller_free(struct poller **out)
{
	struct poller *poller = *out;
	size_t i;

	if (poller == NULL)
		return;
	parse_queue_free(&poller->parse_queue);
	for (i = 0; i < poller->count; i++)
		free(poller->mailboxes[i].token);
	free(poller->mailboxes);
	free(poller->results);
	store_close(&poller->store);
	checkpoints_free(&poller->checkpoints);
	arena_free(&poller->arena);
	buf_free(&poller->frame);
	if (poller->event_fd >= 0)
		(void)close(poller->event_fd);
	config_unref(&poller->config);
	free(poller);
	*out = NULL;
}

void poller_write_checkpoints(struct poller *poller, struct store *store)
{
	const uint64_t one = 1;
	int64_t now = timestamp_monotonic_ms();

	/* A transaction of its own after each batch would double the work. */
	if (!atomic_load(&poller->urgent) && !atomic_load(&poller->stopping) &&
	    now - poller->written_at < CHECKPOINT_MS)
		return;
	poller->written_at = now;
	if (checkpoints_write(poller->checkpoints, poller->config, store))
		(void)!write(poller->event_fd, &one, sizeof(one));
}

/* --- the loop ------------------------------------------------------------ */

static void poller_take_done_jobs(struct poller *poller)
{
	struct checkpoint checkpoint = {.kind = CHECKPOINT_CRASH,
	                                .mailbox = "messages"};
	struct mail_job *job;

	while ((job = parse_queue_take_done(poller->parse_queue)) != NULL)
		poller_message_on_done(poller, &poller->mailboxes[job->source],
		                       job);
	checkpoint.value = parse_queue_take_crashes(poller->parse_queue);
	if (checkpoint.value > 0)
		(void)checkpoints_add(poller->checkpoints, &checkpoint);
}

/* Has the writer write where a round waits for it. */
static void poller_wake_writer(struct poller *poller)
{
	bool urgent = false;
	size_t i;

	for (i = 0; i < poller->count; i++)
		urgent = urgent || poller->mailboxes[i].state == POLLER_WRITING;
	atomic_store(&poller->urgent, urgent);
	if (urgent)
		writer_wake(poller->writer);
}

/* Milliseconds until something may be due without anybody saying so. */
static int64_t poller_timeout_ms(const struct poller *poller, int64_t now)
{
	int64_t pause = REST_MS, left;
	size_t i;

	for (i = 0; i < poller->count; i++) {
		const struct poller_mailbox *mailbox = &poller->mailboxes[i];

		if (mailbox->state == POLLER_WRITING)
			return TICK_MS;
		if (mailbox->state != POLLER_RESTING)
			continue;
		left = mailbox->next - now;
		if (left < pause)
			pause = left > 0 ? left : 0;
	}
	return pause;
}

static void poller_wait(struct poller *poller, struct pollfd *fds,
                        int64_t milliseconds)
{
	uint64_t count;
	size_t i;

	fds[0] = (struct pollfd){.fd = poller->event_fd, .events = POLLIN};
	for (i = 0; i < poller->count; i++)
		fds[i + 1] = (struct pollfd){
			.fd = poller->mailboxes[i].child.pid != 0
		                      ? poller->mailboxes[i].child.wire.fd
		                      : -1,
			.events = POLLIN};
	if (poll(fds, poller->count + 1, (int)milliseconds) <= 0)
		return;
	if (fds[0].revents != 0)
		(void)!read(poller->event_fd, &count, sizeof(count));
	for (i = 0; i < poller->count; i++) {
		if (fds[i + 1].revents != 0)
			poller_frame_receive(poller, &poller->mailboxes[i]);
	}
}

static void poller_show_progress(struct poller *poller, int64_t now)
{
	size_t i;

	if (!poller->progress || now < poller->next_progress)
		return;
	poller->next_progress = now + PROGRESS_EVERY_MS;
	for (i = 0; i < poller->count; i++) {
		const struct poller_mailbox *mailbox = &poller->mailboxes[i];

		if (mailbox->state == POLLER_READING &&
		    mailbox->total >= PROGRESS_MIN)
			(void)fprintf(stderr, "\r%s: %lld of %lld messages ",
			              mailbox->settings->name,
			              (long long)mailbox->offered,
			              (long long)mailbox->total);
	}
}

static bool poller_has_worker(const struct poller *poller)
{
	size_t i;

	for (i = 0; i < poller->count; i++) {
		if (poller->mailboxes[i].child.pid != 0)
			return true;
	}
	return false;
}

static bool poller_is_over(const struct poller *poller, int64_t now)
{
	size_t i;

	if (atomic_load(&poller->stopping))
		return !poller_has_worker(poller) || now >= poller->stop_by;
	if (!poller->once)
		return false;
	for (i = 0; i < poller->count; i++) {
		if (poller->mailboxes[i].state != POLLER_OVER)
			return false;
	}
	return true;
}

static void poller_check_watchdog(struct poller *poller,
                                  struct poller_mailbox *mailbox, int64_t now)
{
	char how[32];

	if (!poller_state_is_stuck(mailbox, now))
		return;
	if (mailbox->state == POLLER_ENDING) {
		(void)poller_session_end_worker(poller, mailbox, how,
		                                sizeof(how));
		poller_session_rest(poller, mailbox,
		                    mailbox->settings->interval * 1000,
		                    "it did not end by itself");
		return;
	}
	poller_session_fail(poller, mailbox, ERR_SYSTEM,
	                    poller_state_stuck_reason(mailbox));
}

static void poller_stop_mailbox(struct poller *poller,
                                struct poller_mailbox *mailbox)
{
	if (mailbox->state == POLLER_STARTING ||
	    mailbox->state == POLLER_WRITING)
		poller_session_drop(poller, mailbox);
	else if (mailbox->state == POLLER_IDLING ||
	         mailbox->state == POLLER_READING)
		poller_session_send_stop(poller, mailbox);
}

static void poller_tick(struct poller *poller, struct poller_mailbox *mailbox,
                        int64_t now)
{
	bool stopping = atomic_load(&poller->stopping);

	if (stopping)
		poller_stop_mailbox(poller, mailbox);
	else if (mailbox->state == POLLER_RESTING && now >= mailbox->next &&
	         mailbox->job_count == 0)
		poller_session_begin(poller, mailbox);
	else if (mailbox->state == POLLER_WRITING &&
	         checkpoints_committed_number(poller->checkpoints) >=
	                 mailbox->last_checkpoint)
		poller_session_start_round(poller, mailbox);
	else if (mailbox->state == POLLER_IDLING && mailbox->news &&
	         now >= mailbox->next)
		poller_state_enter(mailbox, POLLER_WRITING,
		                   "there is something new");
	else if (mailbox->state == POLLER_READING && mailbox->offer.open)
		poller_message_answer_offer(poller, mailbox);
	poller_check_watchdog(poller, mailbox, now);
}

static void poller_loop(struct poller *poller)
{
	struct pollfd *fds = memory_zero(poller->count + 1, sizeof(*fds));
	int64_t now = timestamp_monotonic_ms();
	size_t i;

	while (!poller_is_over(poller, now)) {
		for (i = 0; i < poller->count; i++)
			poller_tick(poller, &poller->mailboxes[i], now);
		poller_wake_writer(poller);
		poller_wait(poller, fds, poller_timeout_ms(poller, now));
		poller_take_done_jobs(poller);
		now = timestamp_monotonic_ms();
		poller_show_progress(poller, now);
	}
	for (i = 0; i < poller->count; i++)
		poller_session_drop(poller, &poller->mailboxes[i]);
	free(fds);
}

static void *poller_thread(void *cls)
{
	struct poller *poller = cls;

	poller_loop(poller);
	atomic_store(&poller->ended, true);
	return NULL;
}

int poller_start(struct poller *poller, struct err *err)
{
	int number;

	if (poller->count == 0)
		return 0;
	if (parse_queue_start(poller->config, poller->writer, poller->event_fd,
	                      &poller->parse_queue, err) < 0)
		return -1;
	number = pthread_create(&poller->thread, NULL, poller_thread, poller);
	if (number != 0)
		return err_set_errno(err, number, "no thread for mailboxes");
	poller->running = true;
	log_notice("serving %zu mailboxes", poller->count);
	return 0;
}

static void poller_wait_silently(void *cls)
{
	(void)cls;
}

/* What was handed over is stored. */
static void poller_drain(struct poller *poller, void (*on_wait)(void *cls),
                         void *cls)
{
	struct pollfd entry = {.fd = poller->event_fd, .events = POLLIN};
	uint64_t count;

	while (!parse_queue_end(poller->parse_queue) ||
	       parse_queue_pending(poller->parse_queue) > 0) {
		on_wait(cls);
		if (poll(&entry, 1, TICK_MS) > 0)
			(void)!read(poller->event_fd, &count, sizeof(count));
	}
	parse_queue_stop(poller->parse_queue);
}

void poller_stop(struct poller *poller, void (*on_wait)(void *cls), void *cls)
{
	const uint64_t one = 1;

	if (poller == NULL)
		return;
	poller->stop_by = timestamp_monotonic_ms() + STOP_MS;
	atomic_store(&poller->stopping, true);
	if (poller->running) {
		(void)!write(poller->event_fd, &one, sizeof(one));
		while (!atomic_load(&poller->ended)) {
			on_wait(cls);
			(void)usleep(TICK_MS * 1000);
		}
		(void)pthread_join(poller->thread, NULL);
		poller->running = false;
	}
	if (poller->parse_queue != NULL)
		poller_drain(poller, on_wait, cls);
}

void poller_flush(struct poller *poller)
{
	int64_t until = timestamp_monotonic_ms() + FLUSH_MS;

	while (!checkpoints_are_committed(poller->checkpoints) &&
	       timestamp_monotonic_ms() < until) {
		writer_wake(poller->writer);
		(void)usleep(TICK_MS * 1000);
	}
}

/* --- one round ----------------------------------------------------------- */

static int poller_select_mailboxes(struct poller *poller, char *const *names,
                                   size_t count, struct err *err)
{
	size_t i, k;

	for (i = 0; count > 0 && i < poller->count; i++)
		poller_state_enter(&poller->mailboxes[i], POLLER_OVER,
		                   "it is not named");
	for (k = 0; k < count; k++) {
		for (i = 0; i < poller->count; i++) {
			if (strcmp(poller->mailboxes[i].settings->name,
			           names[k]) == 0)
				break;
		}
		if (i == poller->count)
			return err_set(err, ERR_USAGE,
			               "there is no [mailbox %s] in the "
			               "configuration",
			               names[k]);
		poller_state_enter(&poller->mailboxes[i], POLLER_RESTING,
		                   "it is named");
	}
	return 0;
}

int poller_run_once(struct poller *poller,
                    const struct poller_selection *selection,
                    const struct poller_result **results, size_t *result_count,
                    struct err *err)
{
	size_t i;

	if (poller_select_mailboxes(poller, selection->names, selection->count,
	                            err) < 0 ||
	    parse_queue_start(poller->config, poller->writer, poller->event_fd,
	                      &poller->parse_queue, err) < 0)
		return -1;
	poller->once = true;
	poller->retry_given_up = selection->again;
	poller->progress = isatty(STDERR_FILENO) != 0;
	poller->results =
		memory_zero(poller->count + 1, sizeof(*poller->results));
	*result_count = 0;
	for (i = 0; i < poller->count; i++)
		poller->mailboxes[i].result.name =
			poller->mailboxes[i].state == POLLER_OVER
				? NULL
				: poller->mailboxes[i].settings->name;
	poller_loop(poller);
	atomic_store(&poller->stopping, true);
	poller_drain(poller, poller_wait_silently, NULL);
	poller_take_done_jobs(poller);
	for (i = 0; i < poller->count; i++) {
		if (poller->mailboxes[i].result.name != NULL)
			poller->results[(*result_count)++] =
				poller->mailboxes[i].result;
	}
	*results = poller->results;
	return 0;
}
