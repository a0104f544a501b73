#include "collector/mailbox/imap_fetch.h"

#include "collector/mailbox/imap_stream.h"
#include "collector/mailbox/worker_wire.h"

static bool imap_fetch_on_bytes(int type,
                                struct mailimap_msg_att_body_section *section,
                                const char *bytes, size_t len, void *cls)
{
	struct imap *imap = cls;

	(void)type;
	(void)section;
	imap->fetched_bytes += len;
	worker_wire_send_data(imap->worker, bytes, len);
	return true;
}

/* Whether it is the text of a message, or of a part of it. */
static bool imap_fetch_is_body(const struct mailimap_msg_att_static *item)
{
	return item->att_type == MAILIMAP_MSG_ATT_BODY_SECTION ||
	       item->att_type == MAILIMAP_MSG_ATT_RFC822 ||
	       item->att_type == MAILIMAP_MSG_ATT_RFC822_HEADER ||
	       item->att_type == MAILIMAP_MSG_ATT_RFC822_TEXT;
}

static bool imap_fetch_is_whole(const struct mailimap_msg_att_static *item)
{
	const struct mailimap_msg_att_body_section *body =
		item->att_data.att_body_section;

	return item->att_type == MAILIMAP_MSG_ATT_BODY_SECTION &&
	       body != NULL && body->sec_origin_octet == 0 &&
	       (body->sec_section == NULL ||
	        body->sec_section->sec_spec == NULL);
}

/* Called for each FETCH of the answer. What has no body tells of flags. */
static void imap_fetch_on_attributes(struct mailimap_msg_att *att, void *cls)
{
	struct imap *imap = cls;
	const struct mailimap_msg_att_item *item;
	const struct mailimap_msg_att_static *part;
	bool named = false, other = false;
	size_t bodies = 0;
	clistiter *cursor;

	for (cursor = clist_begin(att->att_list); cursor != NULL;
	     cursor = clist_next(cursor)) {
		item = clist_content(cursor);
		if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC)
			continue;
		part = item->att_data.att_static;
		if (part->att_type == MAILIMAP_MSG_ATT_UID) {
			named = true;
			other |= part->att_data.att_uid != imap->wanted;
		}
		if (imap_fetch_is_body(part)) {
			bodies++;
			other |= !imap_fetch_is_whole(part);
		}
	}
	imap->bodies += bodies;
	imap->foreign |= bodies > 0 && (other || !named);
}

/* The bytes went on as they came. Whose they are, and that there are no others
   among them, is known only at the end of the answer. */
static int imap_fetch_check(struct worker *worker,
                            const struct driver_entry *entry, struct err *err)
{
	const struct imap *imap = worker->driver_state;

	if (imap->foreign || imap->bodies > 1 ||
	    (imap->bodies == 0 && imap->fetched_bytes > 0)) {
		worker->reply = MAILBOX_REPLY_WRONG;
		return err_set(err, ERR_MALFORMED,
		               imap->foreign || imap->bodies == 0
		                       ? "the server gives something else than "
		                         "the message that it was asked for"
		                       : "the server gives the message more "
		                         "than once");
	}
	if (imap->fetched_bytes == 0 && entry->size > 0) {
		worker->reply = MAILBOX_REPLY_EMPTY;
		return err_set(err, ERR_MALFORMED,
		               "the server gives the message without a byte");
	}
	return 0;
}

int imap_fetch(struct worker *worker, struct driver_entry *entry,
               struct err *err)
{
	struct imap *imap = worker->driver_state;
	struct mailimap_fetch_type *items =
		mailimap_fetch_type_new_fetch_att_list_empty();
	struct mailimap_set *set =
		mailimap_set_new_single((uint32_t)entry->message);
	clist *unparsed = NULL;
	int result;

	(void)mailimap_fetch_type_new_fetch_att_list_add(
		items, mailimap_fetch_att_new_body_peek_section(
			       mailimap_section_new(NULL)));
	imap->fetched_bytes = 0;
	imap->wanted = entry->message;
	imap->bodies = 0;
	imap->foreign = false;
	mailimap_set_msg_body_handler(imap->handle, imap_fetch_on_bytes, imap);
	mailimap_set_msg_att_handler(imap->handle, imap_fetch_on_attributes,
	                             imap);
	imap_stream_expect(worker, (uint64_t)entry->size + IMAP_SLACK_BYTES);
	result = mailimap_uid_fetch(imap->handle, set, items, &unparsed);
	mailimap_set_msg_body_handler(imap->handle, NULL, NULL);
	mailimap_set_msg_att_handler(imap->handle, NULL, NULL);
	mailimap_set_free(set);
	mailimap_fetch_type_free(items);
	/* After a command that was refused it is what libetpan has freed. */
	if (imap_stream_is_ok(result) && unparsed != NULL)
		mailimap_fetch_list_free(unparsed);
	if (!imap_stream_is_ok(result)) {
		(void)imap_stream_fail(imap, result, err);
		if (imap_stream_is_usable(imap, result))
			err->code = ERR_MALFORMED;
		return -1;
	}
	return imap_fetch_check(worker, entry, err);
}
