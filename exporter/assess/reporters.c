#include "exporter/assess/reporters.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/domain.h"
#include "base/timestamp.h"

struct witness {
	char *name;
	uint32_t number;
	int64_t arrived; /* day */
};

struct reporter {
	char *name; /* NULL: no such id */
	uint32_t witness;
};

struct reporters {
	struct reporter *by_id;
	size_t room;
	int64_t newest;
	void *tree; /* of struct witness, by name */
	struct witness **witnesses;
	size_t witness_count;
	size_t witness_room;
};

struct reporters *reporters_new(void)
{
	struct reporters *reporters = memory_zero(1, sizeof(*reporters));

	reporters_clear(reporters);
	return reporters;
}

static void free_nothing(void *node)
{
	(void)node;
}

static void free_all(struct reporters *reporters)
{
	size_t i;

	tdestroy(reporters->tree, free_nothing);
	for (i = 0; i < reporters->witness_count; i++) {
		free(reporters->witnesses[i]->name);
		free(reporters->witnesses[i]);
	}
	for (i = 0; i < reporters->room; i++)
		free(reporters->by_id[i].name);
	free(reporters->witnesses);
	free(reporters->by_id);
}

void reporters_free(struct reporters **reporters)
{
	if (*reporters == NULL)
		return;
	free_all(*reporters);
	free(*reporters);
	*reporters = NULL;
}

/* --- witnesses ----------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	const struct witness *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The registrable domain where the name is a domain's, else the name. */
static struct text witness_name(struct arena *arena, const char *name)
{
	struct domain_changes changes = {false, false};
	struct text normal;
	struct err ignored;

	if (domain_normalise(arena, text_of(name), &normal, &changes,
	                     &ignored) < 0 ||
	    changes.spelling || changes.u_label)
		return text_of(name);
	return domain_registrable(normal);
}

static uint32_t witness_of(struct reporters *reporters, struct text name,
                           int64_t arrived)
{
	struct witness *fresh = memory_zero(1, sizeof(*fresh)), **found;

	fresh->name = memory_alloc(name.len + 1);
	memcpy(fresh->name, name.data, name.len);
	fresh->name[name.len] = '\0';
	fresh->number = (uint32_t)reporters->witness_count;
	fresh->arrived = arrived;
	found = tsearch(fresh, &reporters->tree, compare_names);
	if (found == NULL)
		abort();
	if (*found != fresh) {
		free(fresh->name);
		free(fresh);
		if (arrived < (*found)->arrived)
			(*found)->arrived = arrived;
		return (*found)->number;
	}
	if (reporters->witness_count == reporters->witness_room) {
		reporters->witness_room = reporters->witness_room * 2 + 64;
		reporters->witnesses = memory_resize(
			reporters->witnesses,
			reporters->witness_room * sizeof(struct witness *));
	}
	reporters->witnesses[reporters->witness_count++] = fresh;
	return fresh->number;
}

void reporters_clear(struct reporters *reporters)
{
	free_all(reporters);
	*reporters = (struct reporters){0};
	/* Number 0: whom nobody knows. */
	(void)witness_of(reporters, TEXT("_unknown"), INT64_MAX);
}

/* --- reading ------------------------------------------------------------- */

static void make_room(struct reporters *reporters, size_t id)
{
	size_t room = id * 2 + 64;

	if (id < reporters->room)
		return;
	reporters->by_id =
		memory_resize(reporters->by_id, room * sizeof(struct reporter));
	memset(reporters->by_id + reporters->room, 0,
	       (room - reporters->room) * sizeof(struct reporter));
	reporters->room = room;
}

static void add(struct reporters *reporters,
                const struct store_reporter_row *row, struct arena *arena)
{
	struct reporter *reporter;

	make_room(reporters, (size_t)row->id);
	reporter = &reporters->by_id[row->id];
	free(reporter->name);
	reporter->name = memory_text(row->name.data);
	reporter->witness = witness_of(reporters,
	                               witness_name(arena, reporter->name),
	                               timestamp_day(row->first_received));
	if (row->id > reporters->newest)
		reporters->newest = row->id;
}

int reporters_read(struct reporters *reporters, struct store *store,
                   struct err *err)
{
	struct store_cursor *rows;
	struct store_reporter_row row;
	struct arena *arena;
	int result;

	if (store_read_reporters(store, reporters->newest, &rows, err) < 0)
		return -1;
	arena = arena_new(0);
	while ((result = store_read_reporters_next(rows, &row, err)) == 1) {
		arena_reset(arena, 0);
		add(reporters, &row, arena);
	}
	arena_free(&arena);
	store_read_close(&rows);
	return result;
}

/* --- looking ------------------------------------------------------------- */

static const struct reporter *find(const struct reporters *reporters,
                                   int64_t id)
{
	if (id <= 0 || (size_t)id >= reporters->room ||
	    reporters->by_id[id].name == NULL)
		return NULL;
	return &reporters->by_id[id];
}

const char *reporters_name(const struct reporters *reporters, int64_t id)
{
	const struct reporter *reporter = find(reporters, id);

	return reporter != NULL ? reporter->name : "_unknown";
}

uint32_t reporters_witness(const struct reporters *reporters, int64_t id)
{
	const struct reporter *reporter = find(reporters, id);

	return reporter != NULL ? reporter->witness : 0;
}

struct text reporters_witness_name(const struct reporters *reporters,
                                   uint32_t witness)
{
	return text_of(reporters->witnesses[witness]->name);
}

int64_t reporters_arrived(const struct reporters *reporters, uint32_t witness)
{
	return reporters->witnesses[witness]->arrived;
}

static char folded(char c)
{
	if (c == '_')
		return ' ';
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c;
}

static bool names(const char *item, struct text name)
{
	size_t i;

	for (i = 0; i < name.len && item[i] != '\0'; i++) {
		if (folded(item[i]) != folded(name.data[i]))
			return false;
	}
	return i == name.len && item[i] == '\0';
}

bool reporters_listed(const struct reporters *reporters,
                      const struct option_list *list, int64_t id)
{
	struct text name, witness;
	size_t i;

	if (list->count == 0)
		return false;
	name = text_of(reporters_name(reporters, id));
	witness = reporters_witness_name(reporters,
	                                 reporters_witness(reporters, id));
	for (i = 0; i < list->count; i++) {
		if (names(list->items[i], name) ||
		    names(list->items[i], witness))
			return true;
	}
	return false;
}
