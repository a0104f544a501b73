#include "collector/mailbox/pop3_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "collector/mailbox/driver.h"
#include "collector/mailbox/pop3_line.h"
#include "collector/mailbox/worker_list.h"

#define POP3_LIST_BYTES (64ULL * DRIVER_ENTRIES_MAX)

/* "12 345": a number and the rest. */
static bool pop3_list_split_line(struct text line, int64_t *number,
                                 struct text *rest)
{
	struct text word;

	*rest = line;
	return text_next(rest, ' ', &word) && text_integer(word, number) &&
	       *number > 0;
}

/* The sizes by number; what makes no sense is left out. */
static int pop3_list_read_sizes(struct worker *worker, int64_t **sizes,
                                size_t *max, size_t *count, struct err *err)
{
	struct pop3 *pop3 = worker->driver_state;
	int64_t number, size;
	struct text rest;
	size_t room;

	if (pop3_line_command(worker, "LIST", "", err) < 0)
		return -1;
	driver_expect(worker, pop3->stream, POP3_LIST_BYTES);
	for (;;) {
		if (pop3_line_read(worker, pop3, err) < 0)
			return -1;
		if (pop3_line_is_end(pop3))
			return 0;
		if (!pop3_list_split_line(pop3_line_text(pop3), &number,
		                          &rest) ||
		    !text_integer(text_trim(rest), &size) || size < 0 ||
		    number > (int64_t)DRIVER_ENTRIES_MAX)
			continue;
		if ((size_t)number >= *max) {
			room = (size_t)number * 2 + 64;
			*sizes = memory_resize(*sizes, room * sizeof(size));
			memset(*sizes + *max, 0xff,
			       (room - *max) * sizeof(size));
			*max = room;
		}
		(*sizes)[number] = size;
		(*count)++;
	}
}

/* The messages that UIDL names, for they are known when all are. */
struct pop3_names {
	struct driver_entry *items;
	size_t count, room;
};

static void pop3_list_add_name(struct pop3_names *names,
                               const struct driver_entry *entry)
{
	if (names->count == names->room) {
		names->room = names->room * 2 + 64;
		names->items = memory_resize(names->items,
		                             names->room * sizeof(*entry));
	}
	names->items[names->count++] = *entry;
}

static int pop3_list_order_names(const void *a, const void *b)
{
	const struct driver_entry *x = a, *y = b;

	if (x->message != y->message)
		return x->message < y->message ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static int pop3_list_order_numbers(const void *a, const void *b)
{
	const struct driver_entry *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* Two copies of a message may have one name (RFC 1939 section 7): each is a
   message of its own, known by how many are before it. */
static void pop3_list_number_copies(struct pop3_names *names)
{
	int64_t of[2] = {0, 0};
	size_t i;

	if (names->count == 0)
		return;
	qsort(names->items, names->count, sizeof(*names->items),
	      pop3_list_order_names);
	for (i = 0; i < names->count; i++) {
		if (i == 0 || names->items[i].message != of[0]) {
			of[0] = names->items[i].message;
			of[1] = 0;
			continue;
		}
		of[1]++;
		names->items[i].message =
			driver_hash((const char *)of, sizeof(of));
	}
	qsort(names->items, names->count, sizeof(*names->items),
	      pop3_list_order_numbers);
}

static int pop3_list_read_names(struct worker *worker, const int64_t *sizes,
                                size_t max, struct pop3_names *names,
                                size_t *count, struct err *err)
{
	struct pop3 *pop3 = worker->driver_state;
	struct text rest;
	int64_t number;

	if (pop3_line_command(worker, "UIDL", "", err) < 0) {
		if (err->code == ERR_CONFIG) {
			err->code = ERR_SYSTEM;
			(void)err_prefix(err,
			                 "the server has no UIDL, and what "
			                 "was read cannot be told from "
			                 "what is new");
		}
		return -1;
	}
	driver_expect(worker, pop3->stream, POP3_LIST_BYTES * 2);
	for (;;) {
		struct driver_entry entry = {0};

		if (pop3_line_read(worker, pop3, err) < 0)
			return -1;
		if (pop3_line_is_end(pop3))
			return 0;
		if (!pop3_list_split_line(pop3_line_text(pop3), &number,
		                          &rest) ||
		    rest.len == 0 || number > (int64_t)DRIVER_ENTRIES_MAX)
			continue;
		(*count)++;
		if (number >= (int64_t)max || sizes[number] < 0)
			continue;
		entry.message = driver_hash(rest.data, rest.len);
		entry.number = number;
		entry.size = sizes[number];
		pop3_list_add_name(names, &entry);
	}
}

int pop3_list(struct worker *worker, struct err *err)
{
	int64_t *sizes = NULL;
	size_t max = 0, listed = 0, named = 0, i;
	struct pop3_names names = {NULL, 0, 0};
	int result = pop3_list_read_sizes(worker, &sizes, &max, &listed, err);

	if (result == 0)
		result = pop3_list_read_names(worker, sizes, max, &names,
		                              &named, err);
	pop3_list_number_copies(&names);
	for (i = 0; i < names.count && result == 0; i++)
		(void)worker_list_add(worker, &names.items[i]);
	free(names.items);
	free(sizes);
	/* What seems to be gone would be forgotten. */
	if (result == 0 && listed != named) {
		worker->reply = MAILBOX_REPLY_EMPTY;
		return err_set(err, ERR_BUSY,
		               "LIST names %zu messages, and UIDL %zu of them",
		               listed, named);
	}
	return result;
}
