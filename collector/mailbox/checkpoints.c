#include "collector/mailbox/checkpoints.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/timestamp.h"

/* A store that cannot be written is left alone for a while, then longer. */
#define PAUSE_MS      250
#define PAUSE_MOST_MS 30000

struct notes {
	pthread_mutex_t mutex;
	struct note *first, **last;
	int64_t added;
	int64_t written;
	bool failing; /* said so already */
	int64_t next; /* monotonic milliseconds; then it is tried again */
	int64_t pause;
};

struct notes *notes_new(void)
{
	struct notes *notes = memory_zero(1, sizeof(*notes));

	(void)pthread_mutex_init(&notes->mutex, NULL);
	notes->last = &notes->first;
	return notes;
}

static void free_list(struct note *first)
{
	struct note *next;

	for (; first != NULL; first = next) {
		next = first->next;
		free(first);
	}
}

void notes_free(struct notes **notes)
{
	if (*notes == NULL)
		return;
	free_list((*notes)->first);
	(void)pthread_mutex_destroy(&(*notes)->mutex);
	free(*notes);
	*notes = NULL;
}

int64_t notes_add(struct notes *notes, const struct note *note)
{
	struct note *copy = memory_zero(1, sizeof(*copy));
	int64_t number;

	*copy = *note;
	copy->next = NULL;
	(void)pthread_mutex_lock(&notes->mutex);
	number = ++notes->added;
	copy->number = number;
	*notes->last = copy;
	notes->last = &copy->next;
	(void)pthread_mutex_unlock(&notes->mutex);
	return number;
}

int64_t notes_written(struct notes *notes)
{
	int64_t written;

	(void)pthread_mutex_lock(&notes->mutex);
	written = notes->written;
	(void)pthread_mutex_unlock(&notes->mutex);
	return written;
}

bool notes_are_written(struct notes *notes)
{
	bool written;

	(void)pthread_mutex_lock(&notes->mutex);
	written = notes->written == notes->added;
	(void)pthread_mutex_unlock(&notes->mutex);
	return written;
}

/* --- writing ------------------------------------------------------------- */

static int declare(const struct config *config, struct store *store,
                   struct err *err)
{
	const struct mailbox_settings *section;
	const char **names =
		memory_zero(config->mailboxes.count + 1, sizeof(*names));
	size_t count = 0;
	int result = 0;

	for (section = config->mailboxes.first; section != NULL && result == 0;
	     section = section->next) {
		names[count++] = section->name;
		result = store_mailbox_declare(store, section->name, err);
	}
	if (result == 0)
		result = store_mailbox_delete_others(store, names, count, err);
	free(names);
	return result;
}

static int write_about(const struct note *note, int64_t mailbox,
                       struct store *store, struct err *err)
{
	switch (note->kind) {
	case NOTE_RESET:
		return store_mailbox_reset(store, mailbox, note->value, err);
	case NOTE_MESSAGE:
		return store_mailbox_note(store, mailbox, &note->message, err);
	case NOTE_FORGET:
		return store_mailbox_forget(store, mailbox, note->value, err);
	case NOTE_ADVANCE:
		return store_mailbox_advance(store, mailbox, note->value, err);
	case NOTE_ROUND:
		return store_mailbox_round(store, mailbox, &note->round, err);
	case NOTE_DECLARE:
	case NOTE_DEATH:
	case NOTE_REPLY:
		break;
	}
	return 0;
}

static int write_one(const struct note *note, const struct config *config,
                     struct store *store, struct err *err)
{
	struct store_mailbox_position position;

	if (note->kind == NOTE_DECLARE)
		return declare(config, store, err);
	if (note->kind == NOTE_DEATH) {
		store_counter_add(store, "mail_child_deaths", note->mailbox, "",
		                  note->value);
		return 0;
	}
	if (note->kind == NOTE_REPLY) {
		store_counter_add(store, "mailbox_bad_replies", note->mailbox,
		                  note->word, 1);
		return 0;
	}
	if (store_mailbox_read(store, note->mailbox, &position, err) < 0)
		return -1;
	/* Another configuration has taken it out meanwhile. */
	return position.id == 0 ? 0
	                        : write_about(note, position.id, store, err);
}

static int write_all(const struct note *first, const struct config *config,
                     struct store *store, struct err *err)
{
	const struct note *note;

	if (store_begin(store, timestamp_now(), err) < 0)
		return -1;
	for (note = first; note != NULL; note = note->next) {
		if (write_one(note, config, store, err) < 0) {
			store_rollback(store);
			return -1;
		}
	}
	return store_commit(store, err);
}

static struct note *take_all(struct notes *notes)
{
	struct note *first;

	(void)pthread_mutex_lock(&notes->mutex);
	first = notes->first;
	notes->first = NULL;
	notes->last = &notes->first;
	(void)pthread_mutex_unlock(&notes->mutex);
	return first;
}

static void put_back(struct notes *notes, struct note *first)
{
	struct note *last = first;

	while (last->next != NULL)
		last = last->next;
	(void)pthread_mutex_lock(&notes->mutex);
	last->next = notes->first;
	if (notes->first == NULL)
		notes->last = &last->next;
	notes->first = first;
	(void)pthread_mutex_unlock(&notes->mutex);
}

bool notes_write(struct notes *notes, const struct config *config,
                 struct store *store)
{
	int64_t now = timestamp_monotonic_ms();
	struct note *first, *last;
	struct err err;

	if (now < notes->next)
		return false;
	first = take_all(notes);
	if (first == NULL)
		return false;
	if (write_all(first, config, store, &err) < 0) {
		put_back(notes, first);
		if (!notes->failing)
			log_warning("mailboxes: positions not stored: %s; "
			            "trying again",
			            err.text);
		notes->failing = true;
		notes->pause = notes->pause > 0 ? notes->pause * 2 : PAUSE_MS;
		if (notes->pause > PAUSE_MOST_MS)
			notes->pause = PAUSE_MOST_MS;
		notes->next = now + notes->pause;
		return false;
	}
	notes->failing = false;
	notes->pause = 0;
	for (last = first; last->next != NULL; last = last->next)
		;
	(void)pthread_mutex_lock(&notes->mutex);
	notes->written = last->number;
	(void)pthread_mutex_unlock(&notes->mutex);
	free_list(first);
	return true;
}
