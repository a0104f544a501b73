#include "exporter/model/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "exporter/model/model_private.h"

static const char *const uncounted_names[] = {
	[UNCOUNTED_UNAUTHENTICATED] = "unauthenticated",
	[UNCOUNTED_CONFLICT] = "conflict",
};

const char *model_figures_uncounted_name(enum uncounted why)
{
	return uncounted_names[why];
}

int64_t model_settled_day(int64_t now, int64_t settle_hours)
{
	return timestamp_day(now - settle_hours * 3600) - 1;
}

/* --- memory -------------------------------------------------------------- */

struct model *model_new(void)
{
	struct model *model = memory_zero(1, sizeof(*model));

	(void)pthread_rwlock_init(&model->lock, NULL);
	model->oldest_day = INT64_MAX;
	model->reporters = reporters_new();
	return model;
}

void model_figures_clear(struct domain_figures *domain)
{
	free(domain->result_sessions);
	free(domain->reporters);
}

static void model_domains_free_one(struct domain_figures *domain)
{
	union {
		const char *constant;
		char *own;
	} name = {.constant = domain->name.data};

	model_figures_clear(domain);
	free(name.own);
	free(domain);
}

void model_named_free(struct named_figure *figures, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		free(figures[i].name);
		free(figures[i].first);
		free(figures[i].other);
	}
	free(figures);
}

static void model_domains_clear(struct model *model)
{
	size_t i;

	for (i = 0; i < model->count; i++)
		model_domains_free_one(model->by_name[i]);
	free(model->by_name);
	free(model->by_id);
	model->by_name = NULL;
	model->by_id = NULL;
	model->count = 0;
	model->room = 0;
	model->id_room = 0;
}

void model_free(struct model **out)
{
	struct model *model = *out;

	if (model == NULL)
		return;
	model_domains_clear(model);
	reporters_free(&model->reporters);
	model_named_free(model->figures, model->figure_count);
	if (model->config != NULL)
		config_unref(&model->config);
	(void)pthread_rwlock_destroy(&model->lock);
	free(model);
	*out = NULL;
}

/* --- domains ------------------------------------------------------------- */

int model_domains_compare_names(const void *a, const void *b)
{
	const struct domain_figures *const *x = a, *const *y = b;

	return strcmp((*x)->name.data, (*y)->name.data);
}

struct domain_figures *model_domains_add(struct model *model, struct text name)
{
	struct domain_figures *domain = memory_zero(1, sizeof(*domain));
	char *copy = memory_alloc(name.len + 1);

	memcpy(copy, name.data, name.len);
	copy[name.len] = '\0';
	domain->name = (struct text){copy, name.len};
	if (model->count == model->room) {
		model->room = model->room == 0 ? 64 : model->room * 2;
		model->by_name = memory_resize(
			model->by_name,
			model->room * sizeof(struct domain_figures *));
	}
	model->by_name[model->count++] = domain;
	return domain;
}

struct domain_figures *model_domains_insert(struct model *model,
                                            struct text name)
{
	struct domain_figures *domain = model_domains_add(model, name);
	size_t i = model->count - 1;

	while (i > 0 && model_domains_compare_names(&model->by_name[i - 1],
	                                            &model->by_name[i]) > 0) {
		model->by_name[i] = model->by_name[i - 1];
		model->by_name[i - 1] = domain;
		i--;
	}
	return domain;
}

void model_domains_set_id(struct model *model, struct domain_figures *domain,
                          int64_t id)
{
	size_t room = model->id_room;

	if ((size_t)id >= room) {
		room = (size_t)id * 2 + 64;
		model->by_id = memory_resize(
			model->by_id, room * sizeof(struct domain_figures *));
		memset(model->by_id + model->id_room, 0,
		       (room - model->id_room) *
		               sizeof(struct domain_figures *));
		model->id_room = room;
	}
	domain->id = id;
	model->by_id[id] = domain;
}

struct domain_figures *model_domains_by_id(const struct model *model,
                                           int64_t id)
{
	if (id <= 0 || (size_t)id >= model->id_room)
		return NULL;
	return model->by_id[id];
}

void model_domains_sort(struct model *model)
{
	if (model->count > 0)
		qsort(model->by_name, model->count,
		      sizeof(struct domain_figures *),
		      model_domains_compare_names);
}

struct domain_figures *model_domains_find(const struct model *model,
                                          size_t count, struct text name)
{
	size_t low = 0, high = count, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = strncmp(model->by_name[middle]->name.data, name.data,
		                name.len);
		if (order == 0 && model->by_name[middle]->name.len > name.len)
			order = 1;
		if (order == 0)
			return model->by_name[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

void model_reset(struct model *model)
{
	(void)pthread_rwlock_wrlock(&model->lock);
	model->loaded = false;
	reporters_clear(model->reporters);
	(void)pthread_rwlock_unlock(&model->lock);
}

/* --- looking ------------------------------------------------------------- */

void model_lock(struct model *model)
{
	(void)pthread_rwlock_rdlock(&model->lock);
}

void model_unlock(struct model *model)
{
	(void)pthread_rwlock_unlock(&model->lock);
}

uint64_t snapshot_version(const struct model *model)
{
	return model->version;
}

int64_t snapshot_last_day(const struct model *model)
{
	return model->last_day;
}

int64_t snapshot_window_days(const struct model *model)
{
	return model->config->window_days;
}

const struct domain_figures *const *snapshot_domains(const struct model *model,
                                                     size_t *count)
{
	*count = model->count;
	return (const struct domain_figures *const *)model->by_name;
}

bool snapshot_is_exported(const struct model *model, size_t i)
{
	return model->by_name[i]->exported;
}

const struct domain_figures *snapshot_find(const struct model *model,
                                           struct text name)
{
	return model_domains_find(model, model->count, name);
}

const char *snapshot_reporter_name(const struct model *model, int64_t id)
{
	return reporters_name(model->reporters, id);
}

void snapshot_count_states(const struct model *model,
                           int64_t counts[VERDICT_STATES])
{
	size_t i;

	memset(counts, 0, VERDICT_STATES * sizeof(counts[0]));
	if (model->state_counts != NULL) {
		memcpy(counts, model->state_counts,
		       VERDICT_STATES * sizeof(counts[0]));
		return;
	}
	for (i = 0; i < model->count; i++)
		counts[model->by_name[i]->verdict.state]++;
}

static const struct named_figure *
snapshot_find_named(const struct model *model, enum store_sample_kind kind,
                    const char *const names[3])
{
	const struct named_figure *figure;
	size_t i;

	for (i = 0; i < model->figure_count; i++) {
		figure = &model->figures[i];
		if (figure->kind == kind &&
		    strcmp(figure->name, names[0]) == 0 &&
		    strcmp(figure->first, names[1]) == 0 &&
		    strcmp(figure->other, names[2]) == 0)
			return figure;
	}
	return NULL;
}

double snapshot_named(const struct model *model, enum store_sample_kind kind,
                      const char *name, const char *first, const char *other)
{
	const char *const names[3] = {name, first, other};
	const struct named_figure *figure =
		snapshot_find_named(model, kind, names);

	return figure != NULL ? figure->value : 0;
}

int64_t snapshot_usage_bytes(const struct model *model, const char *name)
{
	const char *const names[3] = {name, "", ""};
	const struct named_figure *figure =
		snapshot_find_named(model, STORE_SAMPLE_USAGE, names);

	return figure != NULL ? figure->bytes : 0;
}

const struct named_figure *snapshot_named_figures(const struct model *model,
                                                  size_t *count)
{
	*count = model->figure_count;
	return model->figures;
}

int64_t snapshot_oldest_day(const struct model *model)
{
	return model->oldest_day;
}

void snapshot_sizes(const struct model *model, int64_t *file, int64_t *wal)
{
	*file = model->file_size;
	*wal = model->wal_size;
}
