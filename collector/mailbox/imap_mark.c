#include "collector/mailbox/imap_mark.h"

#include "collector/mailbox/driver.h"
#include "collector/mailbox/imap_stream.h"

/* All, or with a target those that have no copy there. */
static struct mailimap_set *imap_mark_set(struct driver_entry *const *entries,
                                          size_t count,
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

static int imap_mark_add_flag(struct worker *worker, struct mailimap_set *set,
                              struct mailimap_flag *flag)
{
	struct imap *imap = worker->driver_state;
	struct mailimap_flag_list *flags = mailimap_flag_list_new_empty();
	struct mailimap_store_att_flags *store;
	int result;

	(void)mailimap_flag_list_add(flags, flag);
	store = mailimap_store_att_flags_new_add_flags_silent(flags);
	imap_stream_expect(worker, IMAP_SLACK_BYTES);
	result = mailimap_uid_store(imap->handle, set, store);
	mailimap_store_att_flags_free(store);
	return result;
}

static int imap_mark_delete(struct worker *worker, struct mailimap_set *set)
{
	struct imap *imap = worker->driver_state;
	int result =
		imap_mark_add_flag(worker, set, mailimap_flag_new_deleted());

	/* Without UIDPLUS, EXPUNGE would take away what others have marked. */
	if (!imap_stream_is_ok(result) || !imap->can[IMAP_CAN_UIDPLUS])
		return result;
	imap_stream_expect(worker, IMAP_SLACK_BYTES);
	return mailimap_uid_expunge(imap->handle, set);
}

/* COPY, and \\Deleted only where the copy is: a server that refuses the second
   is not asked for the first again. */
static int imap_mark_copy_and_delete(struct worker *worker,
                                     const struct imap_target *target,
                                     struct driver_entry *const *entries,
                                     size_t count)
{
	struct mailimap_set *set = imap_mark_set(entries, count, target);
	struct imap *imap = worker->driver_state;
	int result = MAILIMAP_NO_ERROR;
	size_t i;

	imap_stream_expect(worker, IMAP_SLACK_BYTES);
	if (set->set_list != NULL && clist_begin(set->set_list) != NULL)
		result = mailimap_uid_copy(imap->handle, set, target->folder);
	mailimap_set_free(set);
	if (!imap_stream_is_ok(result))
		return result;
	for (i = 0; i < count; i++)
		entries[i]->copied = target->id;
	set = imap_mark_set(entries, count, NULL);
	result = imap_mark_delete(worker, set);
	mailimap_set_free(set);
	return result;
}

/* A copy in another folder is of an `after` that was changed since. */
static bool imap_mark_is_any_copied(struct driver_entry *const *entries,
                                    size_t count,
                                    const struct imap_target *target)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (entries[i]->copied == target->id)
			return true;
	}
	return false;
}

static int imap_mark_move(struct worker *worker,
                          const struct imap_target *target,
                          struct driver_entry *const *entries, size_t count)
{
	struct imap *imap = worker->driver_state;
	struct mailimap_set *set;
	int result;

	if (!imap->can[IMAP_CAN_MOVE] ||
	    imap_mark_is_any_copied(entries, count, target))
		return imap_mark_copy_and_delete(worker, target, entries,
		                                 count);
	set = imap_mark_set(entries, count, NULL);
	imap_stream_expect(worker, IMAP_SLACK_BYTES);
	result = mailimap_uid_move(imap->handle, set, target->folder);
	mailimap_set_free(set);
	/* It only says that it can. */
	if (imap_stream_is_ok(result) || !imap_stream_is_usable(imap, result) ||
	    !text_starts(text_of(imap->answer), "BAD"))
		return result;
	imap->can[IMAP_CAN_MOVE] = false;
	return imap_mark_copy_and_delete(worker, target, entries, count);
}

static int imap_mark_in_place(struct worker *worker,
                              const struct mailbox_action *action,
                              struct driver_entry *const *entries, size_t count)
{
	struct mailimap_set *set = imap_mark_set(entries, count, NULL);
	int result;

	if (action->kind == MAILBOX_ACTION_SEEN)
		result = imap_mark_add_flag(worker, set,
		                            mailimap_flag_new_seen());
	else
		result = imap_mark_delete(worker, set);
	mailimap_set_free(set);
	return result;
}

int imap_mark(struct worker *worker, const struct mailbox_action *action,
              struct driver_entry *const *entries, size_t count,
              struct err *err)
{
	struct imap *imap = worker->driver_state;
	const struct imap_target *target =
		&imap->targets[action == &worker->settings.failed];
	int result;

	if (action->kind != MAILBOX_ACTION_MOVE)
		result = imap_mark_in_place(worker, action, entries, count);
	else if (target->missing_reason[0] != '\0')
		return err_set(err, ERR_CONFIG, "%s", target->missing_reason);
	else
		result = imap_mark_move(worker, target, entries, count);
	if (imap_stream_is_ok(result))
		return 0;
	(void)imap_stream_fail(imap, result, err);
	if (imap_stream_is_usable(imap, result))
		err->code = ERR_CONFIG;
	return -1;
}
