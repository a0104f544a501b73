#include "collector/mailbox/checkpoints.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "schema/series.h"

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
	struct checkpoints *checkpoints = memory_zero(1, sizeof(*checkpoints));

	(void)pthread_mutex_init(&checkpoints->mutex, NULL);
	checkpoints->last = &checkpoints->first;
	return checkpoints;
}

static void checkpoints_free_list(struct checkpoint *first)
{
	struct checkpoint *next;

	for (; first != NULL; first = next) {
		next = first->next;
		free(first);
	}
}

void checkpoints_free(struct checkpoints **checkpoints)
{
	if (*checkpoints == NULL)
		return;
	checkpoints_free_list((*checkpoints)->first);
	(void)pthread_mutex_destroy(&(*checkpoints)->mutex);
	free(*checkpoints);
	*checkpoints = NULL;
}

int64_t checkpoints_add(struct checkpoints *checkpoints,
                        const struct checkpoint *checkpoint)
{
	struct checkpoint *copy = memory_zero(1, sizeof(*copy));
	int64_t number;

	*copy = *checkpoint;
	copy->next = NULL;
	(void)pthread_mutex_lock(&checkpoints->mutex);
	number = ++checkpoints->added;
	copy->number = number;
	*checkpoints->last = copy;
	checkpoints->last = &copy->next;
	(void)pthread_mutex_unlock(&checkpoints->mutex);
	return number;
}

int64_t checkpoints_committed_number(struct checkpoints *checkpoints)
{
	int64_t written;

	(void)pthread_mutex_lock(&checkpoints->mutex);
	written = checkpoints->committed;
	(void)pthread_mutex_unlock(&checkpoints->mutex);
	return written;
}

bool checkpoints_are_committed(struct checkpoints *checkpoints)
{
	bool written;

	(void)pthread_mutex_lock(&checkpoints->mutex);
	written = checkpoints->committed == checkpoints->added;
	(void)pthread_mutex_unlock(&checkpoints->mutex);
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

static int checkpoints_write_mailbox(const struct checkpoint *checkpoint,
                                     int64_t mailbox, struct store *store,
                                     struct err *err)
{
	switch (checkpoint->kind) {
	case CHECKPOINT_RESET:
		return store_mailbox_reset(store, mailbox, checkpoint->value,
		                           err);
	case CHECKPOINT_MESSAGE:
		return store_mailbox_note(store, mailbox, &checkpoint->message,
		                          err);
	case CHECKPOINT_FORGET:
		return store_mailbox_forget(store, mailbox, checkpoint->value,
		                            err);
	case CHECKPOINT_ADVANCE:
		return store_mailbox_advance(store, mailbox, checkpoint->value,
		                             err);
	case CHECKPOINT_ROUND:
		return store_mailbox_round(store, mailbox, &checkpoint->round,
		                           err);
	case CHECKPOINT_DECLARE:
	case CHECKPOINT_CRASH:
	case CHECKPOINT_REPLY:
		break;
	}
	return 0;
}

static int checkpoints_write_one(const struct checkpoint *checkpoint,
                                 const struct config *config,
                                 struct store *store, struct err *err)
{
	struct store_mailbox_position position;

	if (checkpoint->kind == CHECKPOINT_DECLARE)
		return checkpoints_declare(config, store, err);
	if (checkpoint->kind == CHECKPOINT_CRASH) {
		store_counter_add(store, SERIES_MAIL_CHILD_DEATHS,
		                  checkpoint->mailbox, "", checkpoint->value);
		return 0;
	}
	if (checkpoint->kind == CHECKPOINT_REPLY) {
		store_counter_add(store, SERIES_MAILBOX_BAD_REPLIES,
		                  checkpoint->mailbox, checkpoint->reply, 1);
		return 0;
	}
	if (store_mailbox_read(store, checkpoint->mailbox, &position, err) < 0)
		return -1;
	/* Another configuration has taken it out meanwhile. */
	return position.id == 0
	               ? 0
	               : checkpoints_write_mailbox(checkpoint, position.id,
	                                           store, err);
}

static int checkpoints_write_all(const struct checkpoint *first,
                                 const struct config *config,
                                 struct store *store, struct err *err)
{
	const struct checkpoint *checkpoint;

	if (store_begin(store, timestamp_now(), err) < 0)
		return -1;
	for (checkpoint = first; checkpoint != NULL;
	     checkpoint = checkpoint->next) {
		if (checkpoints_write_one(checkpoint, config, store, err) < 0) {
			store_rollback(store);
			return -1;
		}
	}
	return store_commit(store, err);
}

static struct checkpoint *checkpoints_take_all(struct checkpoints *checkpoints)
{
	struct checkpoint *first;

	(void)pthread_mutex_lock(&checkpoints->mutex);
	first = checkpoints->first;
	checkpoints->first = NULL;
	checkpoints->last = &checkpoints->first;
	(void)pthread_mutex_unlock(&checkpoints->mutex);
	return first;
}

static void checkpoints_put_back(struct checkpoints *checkpoints,
                                 struct checkpoint *first)
{
	struct checkpoint *last = first;

	while (last->next != NULL)
		last = last->next;
	(void)pthread_mutex_lock(&checkpoints->mutex);
	last->next = checkpoints->first;
	if (checkpoints->first == NULL)
		checkpoints->last = &last->next;
	checkpoints->first = first;
	(void)pthread_mutex_unlock(&checkpoints->mutex);
}

bool checkpoints_write(struct checkpoints *checkpoints,
                       const struct config *config, struct store *store)
{
	int64_t now = timestamp_monotonic_ms();
	struct checkpoint *first, *last;
	struct err err;

	if (now < checkpoints->next)
		return false;
	first = checkpoints_take_all(checkpoints);
	if (first == NULL)
		return false;
	if (checkpoints_write_all(first, config, store, &err) < 0) {
		checkpoints_put_back(checkpoints, first);
		if (!checkpoints->failure_logged)
			log_warning("mailboxes: positions not stored: %s; "
			            "trying again",
			            err.text);
		checkpoints->failure_logged = true;
		checkpoints->pause = checkpoints->pause > 0
		                             ? checkpoints->pause * 2
		                             : PAUSE_MS;
		if (checkpoints->pause > PAUSE_MAX_MS)
			checkpoints->pause = PAUSE_MAX_MS;
		checkpoints->next = now + checkpoints->pause;
		return false;
	}
	checkpoints->failure_logged = false;
	checkpoints->pause = 0;
	for (last = first; last->next != NULL; last = last->next)
		;
	(void)pthread_mutex_lock(&checkpoints->mutex);
	checkpoints->committed = last->number;
	(void)pthread_mutex_unlock(&checkpoints->mutex);
	checkpoints_free_list(first);
	return true;
}
