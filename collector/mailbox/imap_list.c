#include "collector/mailbox/imap_list.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/timestamp.h"
#include "collector/mailbox/driver.h"
#include "collector/mailbox/imap_stream.h"
#include "collector/mailbox/worker_list.h"

/* A line of the list. */
#define ENTRY_BYTES 256ULL

static int64_t imap_list_seconds(const struct mailimap_date_time *date)
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

static void imap_list_parse_item(const struct mailimap_msg_att_static *item,
                                 struct driver_entry *entry)
{
	if (item->att_type == MAILIMAP_MSG_ATT_UID)
		entry->message = item->att_data.att_uid;
	else if (item->att_type == MAILIMAP_MSG_ATT_RFC822_SIZE)
		entry->size = item->att_data.att_rfc822_size;
	else if (item->att_type == MAILIMAP_MSG_ATT_INTERNALDATE &&
	         item->att_data.att_internal_date != NULL)
		entry->received =
			imap_list_seconds(item->att_data.att_internal_date);
}

/* Called for each message of the list. */
static void imap_list_on_message(struct mailimap_msg_att *att, void *cls)
{
	struct worker *worker = cls;
	struct driver_entry entry = {0};
	clistiter *cursor;

	for (cursor = clist_begin(att->att_list); cursor != NULL;
	     cursor = clist_next(cursor)) {
		const struct mailimap_msg_att_item *item =
			clist_content(cursor);

		if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC)
			imap_list_parse_item(item->att_data.att_static, &entry);
	}
	worker->listed += entry.message > 0;
	if (entry.message > 0 && worker_list_add(worker, &entry) &&
	    entry.message > worker->highest)
		worker->highest = entry.message;
}

/* Without one the handler of items is never called. */
static void imap_list_no_progress(size_t done, size_t all, void *cls)
{
	(void)done;
	(void)all;
	(void)cls;
}

static struct mailimap_fetch_type *imap_list_fetch_items(void)
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

/* Parts of a set in a command; a server reads only so long a line. */
#define SET_PARTS_MAX 500U

/* Those that wait, as ranges; false when these are too many for a command. */
static bool imap_list_add_waiting(const struct worker *worker,
                                  struct mailimap_set *set)
{
	const struct worker_known *known = worker->known;
	size_t i, k, parts = 0;

	for (i = 0;
	     i < worker->known_count && known[i].message <= worker->done_to;
	     i = k) {
		for (k = i + 1; k < worker->known_count &&
		                known[k].message <= worker->done_to &&
		                known[k].message == known[k - 1].message + 1;
		     k++)
			;
		if (++parts > SET_PARTS_MAX)
			return false;
		(void)mailimap_set_add_interval(set, (uint32_t)known[i].message,
		                                (uint32_t)known[k - 1].message);
	}
	return true;
}

/* Those that wait, and all that are new. What is listed beside these is known
   to be done. */
static struct mailimap_set *imap_list_wanted_set(const struct worker *worker)
{
	struct mailimap_set *set = mailimap_set_new_empty();
	int64_t first = worker->done_to + 1;

	if (!imap_list_add_waiting(worker, set)) {
		mailimap_set_free(set);
		set = mailimap_set_new_empty();
		first = worker->known[0].message;
	}
	(void)mailimap_set_add_interval(set, (uint32_t)first, 0);
	return set;
}

static int imap_list_order(const void *a, const void *b)
{
	const struct driver_entry *x = a, *y = b;

	return (x->message > y->message) - (x->message < y->message);
}

int imap_list(struct worker *worker, struct err *err)
{
	struct imap *imap = worker->driver_state;
	const struct mailimap_selection_info *info;
	struct mailimap_fetch_type *items;
	struct mailimap_set *set;
	uint64_t exists;
	clist *unparsed = NULL;
	int result;

	imap_stream_expect(worker, IMAP_SLACK_BYTES);
	result = mailimap_noop(imap->handle);
	info = imap->handle->imap_selection_info;
	if (!imap_stream_is_ok(result) || info == NULL)
		return imap_stream_fail(imap, result, err);
	worker->highest = worker->done_to;
	exists = info->sel_has_exists ? info->sel_exists : 0;
	if (exists == 0)
		return 0;
	if (exists > DRIVER_ENTRIES_MAX)
		exists = DRIVER_ENTRIES_MAX;
	worker->listed = 0;
	set = imap_list_wanted_set(worker);
	items = imap_list_fetch_items();
	mailimap_set_progress_callback(imap->handle, imap_list_no_progress,
	                               imap_list_no_progress, NULL);
	mailimap_set_msg_att_handler(imap->handle, imap_list_on_message,
	                             worker);
	imap_stream_expect(worker, IMAP_SLACK_BYTES + exists * ENTRY_BYTES);
	result = mailimap_uid_fetch(imap->handle, set, items, &unparsed);
	mailimap_set_msg_att_handler(imap->handle, NULL, NULL);
	mailimap_set_free(set);
	mailimap_fetch_type_free(items);
	/* After a command that was refused it is what libetpan has freed. */
	if (imap_stream_is_ok(result) && unparsed != NULL)
		mailimap_fetch_list_free(unparsed);
	if (!imap_stream_is_ok(result))
		return imap_stream_fail(imap, result, err);
	/* "N:*" names the last one, whatever N is. */
	if (worker->listed == 0) {
		worker->reply = MAILBOX_REPLY_EMPTY;
		return err_set(err, ERR_BUSY,
		               "the server lists none of its %llu messages",
		               (unsigned long long)exists);
	}
	if (worker->entry_count > 0)
		qsort(worker->entries, worker->entry_count,
		      sizeof(*worker->entries), imap_list_order);
	return 0;
}
