#include "collector/mailbox/checkpoints.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/timestamp.h"

/* A store that cannot be written is left alone for a while, then longer. */
#define PAUSE_MS     250
#define PAUSE_MAX_MS 30000

struct checkpoints {
	pthread_mutex_t mutex;
	struct checkpoint *first, **last;
	int64_t added;
	int64_t committed;
	bool failure_logged; /* said so already */
	int64_t next; /* monotonic milliseconds; then it is tried again */
	int64_t pause;
};

struct checkpoints *checkpoints_new(void)
{
	struct checkpoints *notes = memory_zero(1, sizeof(*notes));

	(void)pthread_mutex_init(&notes->mutex, NULL);
	notes->last = &notes->first;
	return notes;
}

static void checkpoints_free_list(struct checkpoint *first)
{
	struct checkpoint *next;

	for (; first != NULL; first = next) {
		next = first->next;
		free(first);
	}
}

void checkpoints_free(struct checkpoints **notes)
{
	if (*notes == NULL)
		return;
	checkpoints_free_list((*notes)->first);
	(void)pthread_mutex_destroy(&(*notes)->mutex);
	free(*notes);
	*notes = NULL;
}

int64_t checkpoints_add(struct checkpoints *notes,
                        const struct checkpoint *note)
{
	struct checkpoint *copy = memory_zero(1, sizeof(*copy));
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

int64_t checkpoints_committed_number(struct checkpoints *notes)
{
	int64_t written;

	(void)pthread_mutex_lock(&notes->mutex);
	written = notes->committed;
	(void)pthread_mutex_unlock(&notes->mutex);
	return written;
}

bool checkpoints_are_committed(struct checkpoints *notes)
{
	bool written;

	(void)pthread_mutex_lock(&notes->mutex);
	written = notes->committed == notes->added;
	(void)pthread_mutex_unlock(&notes->mutex);
	return written;
}

/* --- writing ------------------------------------------------------------- */

static int checkpoints_declare(const struct config *config, struct store *store,
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

static int checkpoints_write_mailbox(const struct checkpoint *note,
                                     int64_t mailbox, struct store *store,
                                     struct err *err)
{
	switch (note->kind) {
	case CHECKPOINT_RESET:
		return store_mailbox_reset(store, mailbox, note->value, err);
	case CHECKPOINT_MESSAGE:
		return store_mailbox_note(store, mailbox, &note->message, err);
	case CHECKPOINT_FORGET:
		return store_mailbox_forget(store, mailbox, note->value, err);
	case CHECKPOINT_ADVANCE:
		return store_mailbox_advance(store, mailbox, note->value, err);
	case CHECKPOINT_ROUND:
		return store_mailbox_round(store, mailbox, &note->round, err);
	case CHECKPOINT_DECLARE:
	case CHECKPOINT_CRASH:
	case CHECKPOINT_REPLY:
		break;
	}
	return 0;
}

static int checkpoints_write_one(const struct checkpoint *note,
                                 const struct config *config,
                                 struct store *store, struct err *err)
{
	struct store_mailbox_position position;

	if (note->kind == CHECKPOINT_DECLARE)
		return checkpoints_declare(config, store, err);
	if (note->kind == CHECKPOINT_CRASH) {
		store_counter_add(store, "mail_child_deaths", note->mailbox, "",
		                  note->value);
		return 0;
	}
	if (note->kind == CHECKPOINT_REPLY) {
		store_counter_add(store, "mailbox_bad_replies", note->mailbox,
		                  note->reply, 1);
		return 0;
	}
	if (store_mailbox_read(store, note->mailbox, &position, err) < 0)
		return -1;
	/* Another configuration has taken it out meanwhile. */
	return position.id == 0 ? 0
	                        : checkpoints_write_mailbox(note, position.id,
	                                                    store, err);
}

static int checkpoints_write_all(const struct checkpoint *first,
                                 const struct config *config,
                                 struct store *store, struct err *err)
{
	const struct checkpoint *note;

	if (store_begin(store, timestamp_now(), err) < 0)
		return -1;
	for (note = first; note != NULL; note = note->next) {
		if (checkpoints_write_one(note, config, store, err) < 0) {
			store_rollback(store);
			return -1;
		}
	}
	return store_commit(store, err);
}

static struct checkpoint *checkpoints_take_all(struct checkpoints *notes)
{
	struct checkpoint *first;

	(void)pthread_mutex_lock(&notes->mutex);
	first = notes->first;
	notes->first = NULL;
	notes->last = &notes->first;
	(void)pthread_mutex_unlock(&notes->mutex);
	return first;
}

static void checkpoints_put_back(struct checkpoints *notes,
                                 struct checkpoint *first)
{
	struct checkpoint *last = first;

	while (last->next != NULL)
		last = last->next;
	(void)pthread_mutex_lock(&notes->mutex);
	last->next = notes->first;
	if (notes->first == NULL)
		notes->last = &last->next;
	notes->first = first;
	(void)pthread_mutex_unlock(&notes->mutex);
}

bool checkpoints_write(struct checkpoints *notes, const struct config *config,
                       struct store *store)
{
	int64_t now = timestamp_monotonic_ms();
	struct checkpoint *first, *last;
	struct err err;

	if (now < notes->next)
		return false;
	first = checkpoints_take_all(notes);
	if (first == NULL)
		return false;
	if (checkpoints_write_all(first, config, store, &err) < 0) {
		checkpoints_put_back(notes, first);
		if (!notes->failure_logged)
			log_warning("mailboxes: positions not stored: %s; "
			            "trying again",
			            err.text);
		notes->failure_logged = true;
		notes->pause = notes->pause > 0 ? notes->pause * 2 : PAUSE_MS;
		if (notes->pause > PAUSE_MAX_MS)
			notes->pause = PAUSE_MAX_MS;
		notes->next = now + notes->pause;
		return false;
	}
	notes->failure_logged = false;
	notes->pause = 0;
	for (last = first; last->next != NULL; last = last->next)
		;
	(void)pthread_mutex_lock(&notes->mutex);
	notes->committed = last->number;
	(void)pthread_mutex_unlock(&notes->mutex);
	checkpoints_free_list(first);
	return true;
}
