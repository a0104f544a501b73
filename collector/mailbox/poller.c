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
#include "collector/mailbox/poller_private.h"

/* How often time is looked at while something waits for a commit. */
#define TICK_MS 20
#define REST_MS 1000

/* What is to be remembered is written that often. */
#define GATHER_MS 500

/* A disk that is full stays so. */
#define FLUSH_MS 3000

/* What is under way may end within this at a stop. */
#define STOP_MS 10000

#define PROGRESS_EVERY_MS 200
/* Fewer messages are there before anybody looks. */
#define PROGRESS_LEAST 1000

/* --- life ---------------------------------------------------------------- */

static struct text ids_of(struct mailboxes *all,
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

static void fill_items(struct mailboxes *all)
{
	const struct mailbox_settings *settings;
	struct mailbox *mailbox;

	all->items = memory_zero(all->config->mailboxes.count + 1,
	                         sizeof(*all->items));
	for (settings = all->config->mailboxes.first; settings != NULL;
	     settings = settings->next) {
		mailbox = &all->items[all->count];
		mailbox->place = all->count++;
		mailbox->settings = settings;
		mailbox->authserv_ids = ids_of(all, settings);
		mailbox->lock = -1;
		mailbox->lock_path = arena_printf(all->arena,
		                                  "%s.mailbox-%s.lock",
		                                  all->config->settings.store,
		                                  settings->name);
		mailbox->result.name = settings->name;
	}
}

int mailboxes_new(struct config *config, struct mailboxes **out,
                  struct err *err)
{
	const struct note declare = {.kind = NOTE_DECLARE, .mailbox = ""};
	struct mailboxes *all = memory_zero(1, sizeof(*all));

	all->config = config_ref(config);
	all->notes = notes_new();
	all->arena = arena_new(0);
	all->frame = BUF_INIT(WIRE_FRAME_MAX);
	atomic_init(&all->stopping, false);
	atomic_init(&all->urgent, false);
	atomic_init(&all->ended, false);
	all->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (all->event_fd < 0) {
		(void)err_set_errno(err, errno, "eventfd");
		mailboxes_free(&all);
		return -1;
	}
	if (store_open(config->settings.store, STORE_READ, &all->store, err) <
	    0) {
		mailboxes_free(&all);
		return -1;
	}
	fill_items(all);
	(void)notes_add(all->notes, &declare);
	*out = all;
	return 0;
}

void mailboxes_set_writer(struct mailboxes *all, struct writer *writer)
{
	all->writer = writer;
}

void mailboxes_free(struct mailboxes **out)
{
	struct mailboxes *all = *out;
	size_t i;

	if (all == NULL)
		return;
	post_free(&all->post);
	for (i = 0; i < all->count; i++)
		free(all->items[i].token);
	free(all->items);
	free(all->results);
	store_close(&all->store);
	notes_free(&all->notes);
	arena_free(&all->arena);
	buf_free(&all->frame);
	if (all->event_fd >= 0)
		(void)close(all->event_fd);
	config_unref(&all->config);
	free(all);
	*out = NULL;
}

void mailboxes_write(struct mailboxes *all, struct store *store)
{
	const uint64_t one = 1;
	int64_t now = timestamp_monotonic_ms();

	/* A transaction of its own after each batch would double the work. */
	if (!atomic_load(&all->urgent) && !atomic_load(&all->stopping) &&
	    now - all->written_at < GATHER_MS)
		return;
	all->written_at = now;
	if (notes_write(all->notes, all->config, store))
		(void)!write(all->event_fd, &one, sizeof(one));
}

/* --- the loop ------------------------------------------------------------ */

static void take_letters(struct mailboxes *all)
{
	struct note note = {.kind = NOTE_DEATH, .mailbox = "messages"};
	struct letter *letter;

	while ((letter = post_take_done(all->post)) != NULL)
		mailbox_letter(all, &all->items[letter->mailbox], letter);
	note.value = post_take_deaths(all->post);
	if (note.value > 0)
		(void)notes_add(all->notes, &note);
}

/* Has the writer write where a round waits for it. */
static void hurry(struct mailboxes *all)
{
	bool urgent = false;
	size_t i;

	for (i = 0; i < all->count; i++)
		urgent = urgent || all->items[i].state == STATE_WRITING;
	atomic_store(&all->urgent, urgent);
	if (urgent)
		writer_wake(all->writer);
}

/* Milliseconds until something may be due without anybody saying so. */
static int64_t next_ms(const struct mailboxes *all, int64_t now)
{
	int64_t pause = REST_MS, left;
	size_t i;

	for (i = 0; i < all->count; i++) {
		const struct mailbox *mailbox = &all->items[i];

		if (mailbox->state == STATE_WRITING)
			return TICK_MS;
		if (mailbox->state != STATE_RESTING)
			continue;
		left = mailbox->next - now;
		if (left < pause)
			pause = left > 0 ? left : 0;
	}
	return pause;
}

static void wait_for_something(struct mailboxes *all, struct pollfd *entries,
                               int64_t milliseconds)
{
	uint64_t count;
	size_t i;

	entries[0] = (struct pollfd){.fd = all->event_fd, .events = POLLIN};
	for (i = 0; i < all->count; i++)
		entries[i + 1] = (struct pollfd){
			.fd = all->items[i].child.pid != 0
		                      ? all->items[i].child.wire.fd
		                      : -1,
			.events = POLLIN};
	if (poll(entries, all->count + 1, (int)milliseconds) <= 0)
		return;
	if (entries[0].revents != 0)
		(void)!read(all->event_fd, &count, sizeof(count));
	for (i = 0; i < all->count; i++) {
		if (entries[i + 1].revents != 0)
			mailbox_hear(all, &all->items[i]);
	}
}

static void show_progress(struct mailboxes *all, int64_t now)
{
	size_t i;

	if (!all->progress || now < all->next_progress)
		return;
	all->next_progress = now + PROGRESS_EVERY_MS;
	for (i = 0; i < all->count; i++) {
		const struct mailbox *mailbox = &all->items[i];

		if (mailbox->state == STATE_READING &&
		    mailbox->total >= PROGRESS_LEAST)
			(void)fprintf(stderr, "\r%s: %lld of %lld messages ",
			              mailbox->settings->name,
			              (long long)mailbox->seen,
			              (long long)mailbox->total);
	}
}

static bool has_process(const struct mailboxes *all)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		if (all->items[i].child.pid != 0)
			return true;
	}
	return false;
}

static bool is_over(const struct mailboxes *all, int64_t now)
{
	size_t i;

	if (atomic_load(&all->stopping))
		return !has_process(all) || now >= all->stop_by;
	if (!all->once)
		return false;
	for (i = 0; i < all->count; i++) {
		if (all->items[i].state != STATE_OVER)
			return false;
	}
	return true;
}

static void tend(struct mailboxes *all)
{
	struct pollfd *entries = memory_zero(all->count + 1, sizeof(*entries));
	int64_t now = timestamp_monotonic_ms();
	size_t i;

	while (!is_over(all, now)) {
		for (i = 0; i < all->count; i++)
			mailbox_tick(all, &all->items[i], now);
		hurry(all);
		wait_for_something(all, entries, next_ms(all, now));
		take_letters(all);
		now = timestamp_monotonic_ms();
		show_progress(all, now);
	}
	for (i = 0; i < all->count; i++)
		mailbox_drop(all, &all->items[i]);
	free(entries);
}

static void *run(void *cls)
{
	struct mailboxes *all = cls;

	tend(all);
	atomic_store(&all->ended, true);
	return NULL;
}

int mailboxes_start(struct mailboxes *all, struct err *err)
{
	int number;

	if (all->count == 0)
		return 0;
	if (post_start(all->config, all->writer, all->event_fd, &all->post,
	               err) < 0)
		return -1;
	number = pthread_create(&all->thread, NULL, run, all);
	if (number != 0)
		return err_set_errno(err, number, "no thread for mailboxes");
	all->running = true;
	log_notice("serving %zu mailboxes", all->count);
	return 0;
}

static void tell_nobody(void *cls)
{
	(void)cls;
}

/* What was handed over is stored. */
static void drain(struct mailboxes *all, void (*tell)(void *cls), void *cls)
{
	struct pollfd entry = {.fd = all->event_fd, .events = POLLIN};
	uint64_t count;

	while (!post_end(all->post) || post_waiting(all->post) > 0) {
		tell(cls);
		if (poll(&entry, 1, TICK_MS) > 0)
			(void)!read(all->event_fd, &count, sizeof(count));
	}
	post_stop(all->post);
}

void mailboxes_stop(struct mailboxes *all, void (*tell)(void *cls), void *cls)
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
	if (all->post != NULL)
		drain(all, tell, cls);
}

void mailboxes_flush(struct mailboxes *all)
{
	int64_t until = timestamp_monotonic_ms() + FLUSH_MS;

	while (!notes_are_written(all->notes) &&
	       timestamp_monotonic_ms() < until) {
		writer_wake(all->writer);
		(void)usleep(TICK_MS * 1000);
	}
}

/* --- one round ----------------------------------------------------------- */

static int choose(struct mailboxes *all, char *const *names, size_t count,
                  struct err *err)
{
	size_t i, k;

	for (i = 0; count > 0 && i < all->count; i++)
		mailbox_enter(&all->items[i], STATE_OVER, "it is not named");
	for (k = 0; k < count; k++) {
		for (i = 0; i < all->count; i++) {
			if (strcmp(all->items[i].settings->name, names[k]) == 0)
				break;
		}
		if (i == all->count)
			return err_set(err, ERR_USAGE,
			               "there is no [mailbox %s] in the "
			               "configuration",
			               names[k]);
		mailbox_enter(&all->items[i], STATE_RESTING, "it is named");
	}
	return 0;
}

int mailboxes_poll(struct mailboxes *all,
                   const struct mailbox_selection *selection,
                   const struct mailbox_result **results, size_t *result_count,
                   struct err *err)
{
	size_t i;

	if (choose(all, selection->names, selection->count, err) < 0 ||
	    post_start(all->config, all->writer, all->event_fd, &all->post,
	               err) < 0)
		return -1;
	all->once = true;
	all->again = selection->again;
	all->progress = isatty(STDERR_FILENO) != 0;
	all->results = memory_zero(all->count + 1, sizeof(*all->results));
	*result_count = 0;
	for (i = 0; i < all->count; i++)
		all->items[i].result.name =
			all->items[i].state == STATE_OVER
				? NULL
				: all->items[i].settings->name;
	tend(all);
	atomic_store(&all->stopping, true);
	drain(all, tell_nobody, NULL);
	take_letters(all);
	for (i = 0; i < all->count; i++) {
		if (all->items[i].result.name != NULL)
			all->results[(*result_count)++] = all->items[i].result;
	}
	*results = all->results;
	return 0;
}
