#include "exporter/assess/what_if.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"

/* Names that an error lists: as many as it has room for. */
#define NAMES_LISTED 16U
#define NAME_SHOWN   64U

bool what_if_leaves_out(const struct what_if *what_if,
                        const struct reporters *reporters, int64_t id)
{
	return what_if != NULL &&
	       reporters_is_listed(reporters, &what_if->without, id);
}

bool what_if_accepts(const struct what_if *what_if,
                     const struct reporters *reporters, int64_t id)
{
	return what_if != NULL &&
	       reporters_is_listed(reporters, &what_if->accept, id);
}

/* --- names --------------------------------------------------------------- */

struct what_if_search {
	const struct what_if *what_if;
	const struct reporters *reporters;
	bool *found; /* of each name, those of without first */
	uint32_t groups[NAMES_LISTED]; /* that there are, once each */
	size_t group_count;
	bool more_groups;
};

static size_t what_if_count(const struct what_if *what_if)
{
	return what_if->without.count + what_if->accept.count;
}

static const char *what_if_name(const struct what_if *what_if, size_t i)
{
	return i < what_if->without.count
	               ? what_if->without.items[i]
	               : what_if->accept.items[i - what_if->without.count];
}

static void what_if_note_group(struct what_if_search *search, uint32_t group)
{
	size_t i;

	for (i = 0; i < search->group_count; i++) {
		if (search->groups[i] == group)
			return;
	}
	if (search->group_count == NAMES_LISTED)
		search->more_groups = true;
	else
		search->groups[search->group_count++] = group;
}

static void what_if_see(struct what_if_search *search, int64_t reporter_id)
{
	struct option_list one = {.count = 1};
	size_t i;

	for (i = 0; i < what_if_count(search->what_if); i++) {
		const char *item = what_if_name(search->what_if, i);

		one.items = &item;
		if (!search->found[i] &&
		    reporters_is_listed(search->reporters, &one, reporter_id))
			search->found[i] = true;
	}
	what_if_note_group(search,
	                   reporters_group(search->reporters, reporter_id));
}

/* Every reporter that the store has ever had a report of. */
static int what_if_see_all(struct what_if_search *search, struct store *store,
                           struct err *err)
{
	struct store_cursor *rows;
	struct store_reporter_row row;
	int result;

	if (store_read_reporters(store, 0, &rows, err) < 0)
		return -1;
	while ((result = store_read_reporters_next(rows, &row, err)) == 1)
		what_if_see(search, row.id);
	store_read_close(&rows);
	return result;
}

static int what_if_see_days(struct what_if_search *search, struct store *store,
                            const struct store_day_range *range,
                            struct err *err)
{
	struct store_cursor *rows;
	struct store_sum_row row;
	int64_t before = 0;
	int result;

	if (store_read_day_sums(store, range, &rows, err) < 0)
		return -1;
	while ((result = store_read_day_sums_next(rows, &row, err)) == 1) {
		if (row.reporter_id != before)
			what_if_see(search, row.reporter_id);
		before = row.reporter_id;
	}
	store_read_close(&rows);
	return result;
}

/* A clock may have been ahead: the days end with the domain's newest report. */
static int what_if_see_domains(struct what_if_search *search,
                               struct store *store, const struct text *domains,
                               size_t count, struct err *err)
{
	struct store_day_range range = {0};
	struct store_cursor *rows;
	struct store_domain_row row;
	int result;

	if (store_read_oldest_day(store, &range.first_day, err) < 0 ||
	    store_read_domains(store, &rows, err) < 0)
		return -1;
	while ((result = store_read_domains_next(rows, &row, err)) == 1) {
		if (bsearch(&row.name, domains, count, sizeof(*domains),
		            text_order_items) == NULL)
			continue;
		range.last_day = timestamp_day(row.last_end);
		range.first_domain = range.last_domain = row.id;
		if (what_if_see_days(search, store, &range, err) < 0) {
			result = -1;
			break;
		}
	}
	store_read_close(&rows);
	return result;
}

static int what_if_compare_names(const void *a, const void *b)
{
	const struct text *x = a, *y = b;

	return strcmp(x->data, y->data);
}

static void what_if_list_groups(const struct what_if_search *search,
                                struct buf *out)
{
	struct text names[NAMES_LISTED];
	size_t i;

	for (i = 0; i < search->group_count; i++)
		names[i] = reporters_group_name(search->reporters,
		                                search->groups[i]);
	if (search->group_count > 0)
		qsort(names, search->group_count, sizeof(*names),
		      what_if_compare_names);
	for (i = 0; i < search->group_count; i++) {
		buf_add_text(out, i == 0 ? "; there are reports of " : ", ");
		buf_add_printable(out, names[i].data, names[i].len, NAME_SHOWN);
	}
	if (search->group_count == 0)
		buf_add_text(out, "; there is no report yet");
	if (search->more_groups)
		buf_add_text(out, " and others");
}

static int what_if_complain(const struct what_if_search *search,
                            const char *name, bool fleet, struct err *err)
{
	struct buf text = BUF_INIT(65536);
	int result;

	buf_add_text(&text, "no report is of a reporter \"");
	buf_add_printable(&text, name, strlen(name), NAME_SHOWN);
	buf_add_text(&text, fleet ? "\" on any domain" : "\" there");
	what_if_list_groups(search, &text);
	result = err_set(err, ERR_USAGE, "%s", buf_text(&text));
	buf_free(&text);
	return result;
}

int what_if_check(const struct what_if *what_if, struct store *store,
                  const struct reporters *reporters, const struct text *domains,
                  size_t count, struct err *err)
{
	struct arena *arena = arena_new(0);
	struct what_if_search search = {
		.what_if = what_if,
		.reporters = reporters,
		.found = arena_array(arena, what_if_count(what_if),
	                             sizeof(*search.found)),
	};
	int result = 0;
	size_t i;

	if (store != NULL)
		result = count == 0 ? what_if_see_all(&search, store, err)
		                    : what_if_see_domains(&search, store,
		                                          domains, count, err);
	for (i = 0; i < what_if_count(what_if) && result == 0; i++) {
		if (!search.found[i])
			result = what_if_complain(&search,
			                          what_if_name(what_if, i),
			                          count == 0, err);
	}
	arena_free(&arena);
	return result;
}
