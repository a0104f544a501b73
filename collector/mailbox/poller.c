#include "collector/mailbox/poller.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
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
poller_join_authserv_ids(struct poller *all,
                         const struct mailbox_settings *settings)
{
	const struct option_list *list =
		settings->trusted_authserv_id.count > 0
			? &settings->trusted_authserv_id
			: &all->config->trusted_authserv_id;
	struct buf ids = BUF_INIT(8192);
	struct text text;
	size_t i;

	for (i = 0; i < list->count; i++)
		buf_printf(&ids, "%s ", list->items[i]);
	text = (struct text){arena_copy(all->arena, ids.data, ids.len),
	                     ids.len};
	buf_free(&ids);
	return text;
}

static void poller_add_mailboxes(struct poller *all)
{
	const struct mailbox_settings *settings;
	struct poller_mailbox *mailbox;

	all->mailboxes = memory_zero(all->config->mailboxes.count + 1,
	                             sizeof(*all->mailboxes));
	for (settings = all->config->mailboxes.first; settings != NULL;
	     settings = settings->next) {
		mailbox = &all->mailboxes[all->count];
		mailbox->index = all->count++;
		mailbox->settings = settings;
		mailbox->authserv_ids = poller_join_authserv_ids(all, settings);
		mailbox->lock = -1;
		mailbox->lock_path = arena_printf(all->arena,
		                                  "%s.mailbox-%s.lock",
		                                  all->config->settings.store,
		                                  settings->name);
		mailbox->result.name = settings->name;
	}
}

int poller_new(struct config *config, struct poller **out, struct err *err)
{
	const struct checkpoint declare = {.kind = CHECKPOINT_DECLARE,
	                                   .mailbox = ""};
	struct poller *all = memory_zero(1, sizeof(*all));

	all->config = config_ref(config);
	all->checkpoints = checkpoints_new();
	all->arena = arena_new(0);
	all->frame = BUF_INIT(WIRE_FRAME_MAX);
	atomic_init(&all->stopping, false);
	atomic_init(&all->urgent, false);
	atomic_init(&all->ended, false);
	all->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (all->event_fd < 0) {
		(void)err_set_errno(err, errno, "eventfd");
		poller_free(&all);
		return -1;
	}
	if (store_open(config->settings.store, STORE_READ, &all->store, err) <
	    0) {
		poller_free(&all);
		return -1;
	}
	poller_add_mailboxes(all);
	(void)checkpoints_add(all->checkpoints, &declare);
	*out = all;
	return 0;
}

void poller_set_writer(struct poller *all, struct writer *writer)
{
	all->writer = writer;
}

void poller_free(struct poller **out)
{
	struct poller *all = *out;
	size_t i;

	if (all == NULL)
		return;
	parse_queue_free(&all->parse_queue);
	for (i = 0; i < all->count; i++)
		free(all->mailboxes[i].token);
	free(all->mailboxes);
	free(all->results);
	store_close(&all->store);
	checkpoints_free(&all->checkpoints);
	arena_free(&all->arena);
	buf_free(&all->frame);
	if (all->event_fd >= 0)
		(void)close(all->event_fd);
	config_unref(&all->config);
	free(all);
	*out = NULL;
}

void poller_write_checkpoints(struct poller *all, struct store *store)
{
	const uint64_t one = 1;
	int64_t now = timestamp_monotonic_ms();

	/* A transaction of its own after each batch would double the work. */
	if (!atomic_load(&all->urgent) && !atomic_load(&all->stopping) &&
	    now - all->written_at < CHECKPOINT_MS)
		return;
	all->written_at = now;
	if (checkpoints_write(all->checkpoints, all->config, store))
		(void)!write(all->event_fd, &one, sizeof(one));
}

/* --- the loop ------------------------------------------------------------ */

static void poller_take_done_jobs(struct poller *all)
{
	struct checkpoint note = {.kind = CHECKPOINT_CRASH,
	                          .mailbox = "messages"};
	struct mail_job *job;

	while ((job = parse_queue_take_done(all->parse_queue)) != NULL)
		poller_message_on_done(all, &all->mailboxes[job->source], job);
	note.value = parse_queue_take_crashes(all->parse_queue);
	if (note.value > 0)
		(void)checkpoints_add(all->checkpoints, &note);
}

/* Has the writer write where a round waits for it. */
static void poller_wake_writer(struct poller *all)
{
	bool urgent = false;
	size_t i;

	for (i = 0; i < all->count; i++)
		urgent = urgent || all->mailboxes[i].state == POLLER_WRITING;
	atomic_store(&all->urgent, urgent);
	if (urgent)
		writer_wake(all->writer);
}

/* Milliseconds until something may be due without anybody saying so. */
static int64_t poller_timeout_ms(const struct poller *all, int64_t now)
{
	int64_t pause = REST_MS, left;
	size_t i;

	for (i = 0; i < all->count; i++) {
		const struct poller_mailbox *mailbox = &all->mailboxes[i];

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

static void poller_wait(struct poller *all, struct pollfd *entries,
                        int64_t milliseconds)
{
	uint64_t count;
	size_t i;

	entries[0] = (struct pollfd){.fd = all->event_fd, .events = POLLIN};
	for (i = 0; i < all->count; i++)
		entries[i + 1] = (struct pollfd){
			.fd = all->mailboxes[i].child.pid != 0
		                      ? all->mailboxes[i].child.wire.fd
		                      : -1,
			.events = POLLIN};
	if (poll(entries, all->count + 1, (int)milliseconds) <= 0)
		return;
	if (entries[0].revents != 0)
		(void)!read(all->event_fd, &count, sizeof(count));
	for (i = 0; i < all->count; i++) {
		if (entries[i + 1].revents != 0)
			poller_frame_receive(all, &all->mailboxes[i]);
	}
}

static void poller_show_progress(struct poller *all, int64_t now)
{
	size_t i;

	if (!all->progress || now < all->next_progress)
		return;
	all->next_progress = now + PROGRESS_EVERY_MS;
	for (i = 0; i < all->count; i++) {
		const struct poller_mailbox *mailbox = &all->mailboxes[i];

		if (mailbox->state == POLLER_READING &&
		    mailbox->total >= PROGRESS_MIN)
			(void)fprintf(stderr, "\r%s: %lld of %lld messages ",
			              mailbox->settings->name,
			              (long long)mailbox->offered,
			              (long long)mailbox->total);
	}
}

static bool poller_has_worker(const struct poller *all)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		if (all->mailboxes[i].child.pid != 0)
			return true;
	}
	return false;
}

static bool poller_is_over(const struct poller *all, int64_t now)
{
	size_t i;

	if (atomic_load(&all->stopping))
		return !poller_has_worker(all) || now >= all->stop_by;
	if (!all->once)
		return false;
	for (i = 0; i < all->count; i++) {
		if (all->mailboxes[i].state != POLLER_OVER)
			return false;
	}
	return true;
}

static void poller_check_watchdog(struct poller *all,
                                  struct poller_mailbox *mailbox, int64_t now)
{
	char how[32];

	if (!poller_state_is_stuck(mailbox, now))
		return;
	if (mailbox->state == POLLER_ENDING) {
		(void)poller_session_end_worker(all, mailbox, how, sizeof(how));
		poller_session_rest(all, mailbox,
		                    mailbox->settings->interval * 1000,
		                    "it did not end by itself");
		return;
	}
	poller_session_fail(all, mailbox, ERR_SYSTEM,
	                    poller_state_stuck_reason(mailbox));
}

static void poller_stop_mailbox(struct poller *all,
                                struct poller_mailbox *mailbox)
{
	if (mailbox->state == POLLER_STARTING ||
	    mailbox->state == POLLER_WRITING)
		poller_session_drop(all, mailbox);
	else if (mailbox->state == POLLER_IDLING ||
	         mailbox->state == POLLER_READING)
		poller_session_send_stop(all, mailbox);
}

static void poller_tick(struct poller *all, struct poller_mailbox *mailbox,
                        int64_t now)
{
	bool stopping = atomic_load(&all->stopping);

	if (stopping)
		poller_stop_mailbox(all, mailbox);
	else if (mailbox->state == POLLER_RESTING && now >= mailbox->next &&
	         mailbox->job_count == 0)
		poller_session_begin(all, mailbox);
	else if (mailbox->state == POLLER_WRITING &&
	         checkpoints_committed_number(all->checkpoints) >=
	                 mailbox->last_checkpoint)
		poller_session_start_round(all, mailbox);
	else if (mailbox->state == POLLER_IDLING && mailbox->news &&
	         now >= mailbox->next)
		poller_state_enter(mailbox, POLLER_WRITING,
		                   "there is something new");
	else if (mailbox->state == POLLER_READING && mailbox->offer.open)
		poller_message_answer_offer(all, mailbox);
	poller_check_watchdog(all, mailbox, now);
}

static void poller_loop(struct poller *all)
{
	struct pollfd *entries = memory_zero(all->count + 1, sizeof(*entries));
	int64_t now = timestamp_monotonic_ms();
	size_t i;

	while (!poller_is_over(all, now)) {
		for (i = 0; i < all->count; i++)
			poller_tick(all, &all->mailboxes[i], now);
		poller_wake_writer(all);
		poller_wait(all, entries, poller_timeout_ms(all, now));
		poller_take_done_jobs(all);
		now = timestamp_monotonic_ms();
		poller_show_progress(all, now);
	}
	for (i = 0; i < all->count; i++)
		poller_session_drop(all, &all->mailboxes[i]);
	free(entries);
}

static void *poller_thread(void *cls)
{
	struct poller *all = cls;

	poller_loop(all);
	atomic_store(&all->ended, true);
	return NULL;
}

int poller_start(struct poller *all, struct err *err)
{
	int number;

	if (all->count == 0)
		return 0;
	if (parse_queue_start(all->config, all->writer, all->event_fd,
	                      &all->parse_queue, err) < 0)
		return -1;
	number = pthread_create(&all->thread, NULL, poller_thread, all);
	if (number != 0)
		return err_set_errno(err, number, "no thread for mailboxes");
	all->running = true;
	log_notice("serving %zu mailboxes", all->count);
	return 0;
}

static void poller_tell_nobody(void *cls)
{
	(void)cls;
}

/* What was handed over is stored. */
static void poller_drain(struct poller *all, void (*tell)(void *cls), void *cls)
{
	struct pollfd entry = {.fd = all->event_fd, .events = POLLIN};
	uint64_t count;

	while (!parse_queue_end(all->parse_queue) ||
	       parse_queue_pending(all->parse_queue) > 0) {
		tell(cls);
		if (poll(&entry, 1, TICK_MS) > 0)
			(void)!read(all->event_fd, &count, sizeof(count));
	}
	parse_queue_stop(all->parse_queue);
}

void poller_stop(struct poller *all, void (*tell)(void *cls), void *cls)
{
	const uint64_t one = 1;

	if (all == NULL)
		return;
	all->stop_by = timestamp_monotonic_ms() + STOP_MS;
	atomic_store(&all->stopping, true);
	if (all->running) {
		(void)!write(all->event_fd, &one, sizeof(one));
		while (!atomic_load(&all->ended)) {
			tell(cls);
			(void)usleep(TICK_MS * 1000);
		}
		(void)pthread_join(all->thread, NULL);
		all->running = false;
	}
	if (all->parse_queue != NULL)
		poller_drain(all, tell, cls);
}

void poller_flush(struct poller *all)
{
	int64_t until = timestamp_monotonic_ms() + FLUSH_MS;

	while (!checkpoints_are_committed(all->checkpoints) &&
	       timestamp_monotonic_ms() < until) {
		writer_wake(all->writer);
		(void)usleep(TICK_MS * 1000);
	}
}

/* --- one round ----------------------------------------------------------- */

static int poller_select_mailboxes(struct poller *all, char *const *names,
                                   size_t count, struct err *err)
{
	size_t i, k;

	for (i = 0; count > 0 && i < all->count; i++)
		poller_state_enter(&all->mailboxes[i], POLLER_OVER,
		                   "it is not named");
	for (k = 0; k < count; k++) {
		for (i = 0; i < all->count; i++) {
			if (strcmp(all->mailboxes[i].settings->name,
			           names[k]) == 0)
				break;
		}
		if (i == all->count)
			return err_set(err, ERR_CONFIG,
			               "there is no [mailbox %s] in the "
			               "configuration",
			               names[k]);
		poller_state_enter(&all->mailboxes[i], POLLER_RESTING,
		                   "it is named");
	}
	return 0;
}

int poller_run_once(struct poller *all,
                    const struct poller_selection *selection,
                    const struct poller_result **results, size_t *result_count,
                    struct err *err)
{
	size_t i;

	if (poller_select_mailboxes(all, selection->names, selection->count,
	                            err) < 0 ||
	    parse_queue_start(all->config, all->writer, all->event_fd,
	                      &all->parse_queue, err) < 0)
		return -1;
	all->once = true;
	all->retry_given_up = selection->again;
	all->progress = isatty(STDERR_FILENO) != 0;
	all->results = memory_zero(all->count + 1, sizeof(*all->results));
	*result_count = 0;
	for (i = 0; i < all->count; i++)
		all->mailboxes[i].result.name =
			all->mailboxes[i].state == POLLER_OVER
				? NULL
				: all->mailboxes[i].settings->name;
	poller_loop(all);
	atomic_store(&all->stopping, true);
	poller_drain(all, poller_tell_nobody, NULL);
	poller_take_done_jobs(all);
	for (i = 0; i < all->count; i++) {
		if (all->mailboxes[i].result.name != NULL)
			all->results[(*result_count)++] =
				all->mailboxes[i].result;
	}
	*results = all->results;
	return 0;
}
