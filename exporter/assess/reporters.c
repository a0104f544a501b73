#include "exporter/assess/reporters.h"

#include <search.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/domain.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "schema/store/read.h"

struct reporter_group {
	char *name;
	uint32_t number;
	int64_t received, proved; /* days; INT64_MAX: never */
};

struct reporter {
	char *name; /* NULL: no such id */
	uint32_t group;
};

struct reporters {
	atomic_uint references;
	struct reporter *by_id;
	size_t room;
	int64_t newest;
	int64_t changes; /* of the store, when they were read */
	void *tree;      /* of struct reporter_group, by name */
	struct reporter_group **groups;
	size_t group_count;
	size_t group_room;
};

static void reporters_free_nothing(void *node)
{
	(void)node;
}

struct reporters *reporters_ref(struct reporters *reporters)
{
	(void)atomic_fetch_add(&reporters->references, 1);
	return reporters;
}

void reporters_unref(struct reporters **out)
{
	struct reporters *reporters = *out;
	size_t i;

	*out = NULL;
	if (reporters == NULL ||
	    atomic_fetch_sub(&reporters->references, 1) != 1)
		return;
	tdestroy(reporters->tree, reporters_free_nothing);
	for (i = 0; i < reporters->group_count; i++) {
		free(reporters->groups[i]->name);
		free(reporters->groups[i]);
	}
	for (i = 0; i < reporters->room; i++)
		free(reporters->by_id[i].name);
	free(reporters->groups);
	free(reporters->by_id);
	free(reporters);
}

/* --- groups -------------------------------------------------------------- */

static int reporters_compare_groups(const void *a, const void *b)
{
	const struct reporter_group *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The registrable domain where the name is a domain's, however it is spelt,
   else the name. */
static struct text reporters_registrable_name(struct arena *arena,
                                              const char *name)
{
	struct domain_changes ignored_changes = {false, false};
	struct text normal;
	struct err ignored;

	if (domain_normalise(arena, text_of(name), &normal, &ignored_changes,
	                     &ignored) < 0)
		return text_of(name);
	return domain_registrable(normal);
}

/* The group of that name, made where there is none. */
static struct reporter_group *reporters_group_add(struct reporters *reporters,
                                                  struct text name)
{
	struct reporter_group *fresh = memory_zero(1, sizeof(*fresh)), **found;

	fresh->name = memory_alloc(name.len + 1);
	memcpy(fresh->name, name.data, name.len);
	fresh->name[name.len] = '\0';
	fresh->number = (uint32_t)reporters->group_count;
	fresh->received = fresh->proved = INT64_MAX;
	found = tsearch(fresh, &reporters->tree, reporters_compare_groups);
	if (found == NULL)
		abort();
	if (*found != fresh) {
		free(fresh->name);
		free(fresh);
		return *found;
	}
	if (reporters->group_count == reporters->group_room) {
		reporters->group_room = reporters->group_room * 2 + 64;
		reporters->groups =
			memory_resize(reporters->groups,
		                      reporters->group_room *
		                              sizeof(struct reporter_group *));
	}
	reporters->groups[reporters->group_count++] = fresh;
	return fresh;
}

struct reporters *reporters_new(void)
{
	struct reporters *reporters = memory_zero(1, sizeof(*reporters));

	atomic_init(&reporters->references, 1);
	/* Number 0: whom nobody knows. */
	(void)reporters_group_add(reporters, TEXT("_unknown"));
	return reporters;
}

/* --- reading ------------------------------------------------------------- */

static void reporters_grow(struct reporters *reporters, size_t id)
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

/* The earliest of the times that are known, as a day. */
static void reporters_move_back(int64_t *day, int64_t time)
{
	if (time > 0 && time != INT64_MAX && timestamp_day(time) < *day)
		*day = timestamp_day(time);
}

static void reporters_add(struct reporters *reporters,
                          const struct store_reporter_row *row,
                          struct arena *arena)
{
	struct reporter *reporter;
	struct reporter_group *group;

	reporters_grow(reporters, (size_t)row->id);
	reporter = &reporters->by_id[row->id];
	free(reporter->name);
	reporter->name = memory_text(row->name.data);
	group = reporters_group_add(
		reporters, reporters_registrable_name(arena, reporter->name));
	reporter->group = group->number;
	reporters_move_back(&group->received, row->first_received);
	reporters_move_back(&group->proved, row->first_proved);
	if (row->id > reporters->newest)
		reporters->newest = row->id;
}

/* 1: the store has some that are newer, or knows other times of these. */
static int reporters_have_changed(const struct reporters *known,
                                  struct store *store, int64_t changes,
                                  struct err *err)
{
	struct store_cursor *rows;
	struct store_reporter_row row;
	int result;

	if (known == NULL || known->changes != changes)
		return 1;
	if (store_read_reporters(store, known->newest, &rows, err) < 0)
		return -1;
	result = store_read_reporters_next(rows, &row, err);
	store_read_close(&rows);
	return result;
}

static int reporters_read_all(struct reporters *reporters, struct store *store,
                              struct err *err)
{
	struct store_cursor *rows;
	struct store_reporter_row row;
	struct arena *arena;
	int result;

	if (store_read_reporters(store, 0, &rows, err) < 0)
		return -1;
	arena = arena_new(0);
	while ((result = store_read_reporters_next(rows, &row, err)) == 1) {
		arena_reset(arena, 0);
		reporters_add(reporters, &row, arena);
	}
	arena_free(&arena);
	store_read_close(&rows);
	return result;
}

int reporters_read(struct reporters *known, struct store *store,
                   struct reporters **out, struct err *err)
{
	struct reporters *reporters;
	int64_t changes;
	int result;

	if (store_read_reporter_changes(store, &changes, err) < 0)
		return -1;
	result = reporters_have_changed(known, store, changes, err);
	if (result < 0)
		return -1;
	if (result == 0) {
		*out = reporters_ref(known);
		return 0;
	}
	reporters = reporters_new();
	reporters->changes = changes;
	if (reporters_read_all(reporters, store, err) < 0) {
		reporters_unref(&reporters);
		return -1;
	}
	*out = reporters;
	return 0;
}

/* --- looking ------------------------------------------------------------- */

static const struct reporter *reporters_find(const struct reporters *reporters,
                                             int64_t id)
{
	if (id <= 0 || (size_t)id >= reporters->room ||
	    reporters->by_id[id].name == NULL)
		return NULL;
	return &reporters->by_id[id];
}

const char *reporters_name(const struct reporters *reporters, int64_t id)
{
	const struct reporter *reporter = reporters_find(reporters, id);

	return reporter != NULL ? reporter->name : "_unknown";
}

uint32_t reporters_group(const struct reporters *reporters, int64_t id)
{
	const struct reporter *reporter = reporters_find(reporters, id);

	return reporter != NULL ? reporter->group : 0;
}

struct text reporters_group_name(const struct reporters *reporters,
                                 uint32_t group)
{
	return text_of(reporters->groups[group]->name);
}

int64_t reporters_group_received(const struct reporters *reporters,
                                 uint32_t group)
{
	return reporters->groups[group]->received;
}

int64_t reporters_group_proved(const struct reporters *reporters,
                               uint32_t group)
{
	return reporters->groups[group]->proved;
}

static char reporters_fold_char(char c)
{
	if (c == '_')
		return ' ';
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c;
}

static bool reporters_is_same_name(const char *item, struct text name)
{
	size_t i;

	for (i = 0; i < name.len && item[i] != '\0'; i++) {
		if (reporters_fold_char(item[i]) !=
		    reporters_fold_char(name.data[i]))
			return false;
	}
	return i == name.len && item[i] == '\0';
}

bool reporters_is_listed(const struct reporters *reporters,
                         const struct option_list *list, int64_t id)
{
	struct text name, group;
	size_t i;

	if (list->count == 0)
		return false;
	name = text_of(reporters_name(reporters, id));
	group = reporters_group_name(reporters, reporters_group(reporters, id));
	for (i = 0; i < list->count; i++) {
		if (reporters_is_same_name(list->items[i], name) ||
		    reporters_is_same_name(list->items[i], group))
			return true;
	}
	return false;
}
