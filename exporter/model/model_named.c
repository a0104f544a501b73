#include "exporter/model/model_named.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "schema/series.h"
#include "schema/store/read.h"

static int model_named_read_kind(struct store *store,
                                 enum store_sample_kind kind,
                                 struct model_named *named, struct err *err)
{
	struct store_cursor *rows;
	struct store_sample_row row;
	struct named_figure *figure;
	int result;

	if (store_read_samples(store, kind, &rows, err) < 0)
		return -1;
	while ((result = store_read_samples_next(rows, &row, err)) == 1) {
		named->figures = memory_resize(named->figures,
		                               (named->count + 1) *
		                                       sizeof(*named->figures));
		figure = &named->figures[named->count++];
		figure->kind = kind;
		figure->name = memory_text(row.name.data);
		figure->first = memory_text(row.first.data);
		figure->other = memory_text(row.other.data);
		figure->value = row.value;
		figure->bytes = row.bytes;
	}
	store_read_close(&rows);
	return result;
}

/* Whether it is a reason to render again. What the collector says of itself
   every few seconds is none, nor is the time of a commit. */
static bool model_named_is_news(const struct named_figure *figure)
{
	return figure->kind != STORE_SAMPLE_STATE &&
	       strcmp(figure->name, SERIES_NEWEST_COMMIT) != 0;
}

static bool model_named_differs(const struct named_figure *a,
                                const struct named_figure *b)
{
	return a->value < b->value || a->value > b->value ||
	       a->bytes != b->bytes || strcmp(a->name, b->name) != 0 ||
	       strcmp(a->first, b->first) != 0 ||
	       strcmp(a->other, b->other) != 0;
}

/* The kinds follow each other in both, so that one walk finds a difference. */
static bool model_named_has_changed(const struct model_named *old,
                                    const struct model_named *fresh)
{
	size_t i, k = 0;

	for (i = 0; i < fresh->count; i++) {
		if (!model_named_is_news(&fresh->figures[i]))
			continue;
		while (k < old->count && !model_named_is_news(&old->figures[k]))
			k++;
		if (k == old->count ||
		    model_named_differs(&fresh->figures[i], &old->figures[k]))
			return true;
		k++;
	}
	return false;
}

int model_named_read(const struct model_named *old, struct store *store,
                     struct model_named **out, bool *changed, struct err *err)
{
	struct model_named *fresh = model_named_new();
	int kind;

	for (kind = STORE_SAMPLE_COUNTER; kind <= STORE_SAMPLE_MAILBOX;
	     kind++) {
		if (model_named_read_kind(store, (enum store_sample_kind)kind,
		                          fresh, err) < 0) {
			model_named_unref(&fresh);
			return -1;
		}
	}
	*changed = model_named_has_changed(old, fresh);
	*out = fresh;
	return 0;
}

struct model_named *model_named_new(void)
{
	struct model_named *named = memory_zero(1, sizeof(*named));

	atomic_init(&named->references, 1);
	return named;
}

struct model_named *model_named_ref(struct model_named *named)
{
	(void)atomic_fetch_add(&named->references, 1);
	return named;
}

void model_named_unref(struct model_named **out)
{
	struct model_named *named = *out;
	size_t i;

	*out = NULL;
	if (named == NULL || atomic_fetch_sub(&named->references, 1) != 1)
		return;
	for (i = 0; i < named->count; i++) {
		free(named->figures[i].name);
		free(named->figures[i].first);
		free(named->figures[i].other);
	}
	free(named->figures);
	free(named);
}
