#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "exporter/model/model.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

#define FLEET "domains = example.org two.example three.example\n"

struct world {
	struct fixture *f;
	struct config *config;
	struct model *model;
};

static struct config *read_config(struct fixture *f, const char *text)
{
	struct config *config;
	struct err err;

	if (config_read(fixture_file(f, "x.conf", text), &config, &err) < 0)
		fail_msg("%s", err.text);
	return config;
}

static int refresh(struct world *w)
{
	struct err err;

	return model_refresh(w->model, w->f->store, w->config, FIXTURE_NOW,
	                     &err);
}

static void world_open(struct world *w, struct fixture *f)
{
	*w = (struct world){
		.f = f, .config = read_config(f, FLEET), .model = model_new()};
	assert_int_equal(refresh(w), 0);
}

static void world_close(struct world *w)
{
	model_free(&w->model);
	config_unref(&w->config);
}

/* A report of so many sessions, which the model has not seen yet. */
static void add(struct world *w, const char *id, const char *domain,
                int64_t sessions)
{
	const struct wish wish = {.id = id,
	                          .domain = domain,
	                          .day = FIXTURE_DAY - 1,
	                          .successes = sessions};

	(void)fixture_add(w->f, &wish);
}

static int64_t sessions(const struct snapshot *snapshot, struct text domain)
{
	const struct domain_figures *figures = snapshot_find(snapshot, domain);

	return figures == NULL ? -1 : figures->window[POLICY_STS].sessions;
}

static int64_t sum_states(const struct snapshot *snapshot)
{
	int64_t states[VERDICT_STATES], sum = 0;
	int i;

	snapshot_count_states(snapshot, states);
	for (i = 0; i < VERDICT_STATES; i++)
		sum += states[i];
	return sum;
}

static void a_reader_keeps_what_it_has(void **state)
{
	struct snapshot *first, *second, *now;
	struct world w;

	world_open(&w, *state);
	add(&w, "a", "example.org", 10);
	assert_int_equal(refresh(&w), 0);
	first = model_get(w.model);
	add(&w, "b", "example.org", 5);
	assert_int_equal(refresh(&w), 0);
	second = model_get(w.model);
	add(&w, "c", "example.org", 1);
	assert_int_equal(refresh(&w), 0);
	/* Without one of the domains. */
	config_unref(&w.config);
	w.config = read_config(w.f, "domains = two.example\n");
	assert_int_equal(refresh(&w), 0);
	now = model_get(w.model);
	assert_int_equal(sessions(first, TEXT("example.org")), 10);
	assert_int_equal(sessions(second, TEXT("example.org")), 15);
	assert_null(snapshot_find(now, TEXT("example.org")));
	assert_int_equal(sum_states(second), 3);
	assert_int_equal(sum_states(now), 1);
	assert_true(snapshot_version(now) > snapshot_version(second));
	/* The one in the middle first: the oldest still needs what follows. */
	snapshot_unref(&second);
	assert_int_equal(sessions(first, TEXT("example.org")), 10);
	snapshot_unref(&first);
	snapshot_unref(&now);
	world_close(&w);
}

static void what_did_not_change_is_shared(void **state)
{
	struct snapshot *before, *after;
	struct world w;

	world_open(&w, *state);
	add(&w, "a", "example.org", 10);
	assert_int_equal(refresh(&w), 0);
	before = model_get(w.model);
	add(&w, "b", "example.org", 5);
	assert_int_equal(refresh(&w), 0);
	after = model_get(w.model);
	assert_ptr_equal(snapshot_find(before, TEXT("two.example")),
	                 snapshot_find(after, TEXT("two.example")));
	assert_ptr_not_equal(snapshot_find(before, TEXT("example.org")),
	                     snapshot_find(after, TEXT("example.org")));
	snapshot_unref(&before);
	snapshot_unref(&after);
	world_close(&w);
}

static void run(struct world *w, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(w->f->store_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
}

static void a_refresh_that_fails_changes_nothing(void **state)
{
	struct snapshot *before, *after;
	struct world w;

	world_open(&w, *state);
	add(&w, "a", "example.org", 10);
	assert_int_equal(refresh(&w), 0);
	before = model_get(w.model);
	add(&w, "b", "example.org", 5);
	add(&w, "c", "two.example", 5);
	/* Read after the domains. */
	run(&w, "ALTER TABLE usage RENAME TO elsewhere");
	assert_int_equal(refresh(&w), -1);
	after = model_get(w.model);
	assert_ptr_equal(after, before);
	snapshot_unref(&after);
	run(&w, "ALTER TABLE elsewhere RENAME TO usage");
	assert_int_equal(refresh(&w), 0);
	after = model_get(w.model);
	assert_int_equal(sessions(before, TEXT("example.org")), 10);
	assert_int_equal(sessions(after, TEXT("example.org")), 15);
	assert_int_equal(sessions(after, TEXT("two.example")), 5);
	snapshot_unref(&before);
	snapshot_unref(&after);
	world_close(&w);
}

static void another_file_is_read_whole(void **state)
{
	struct snapshot *before, *after;
	struct world w;

	world_open(&w, *state);
	add(&w, "a", "example.org", 10);
	assert_int_equal(refresh(&w), 0);
	model_reset(w.model);
	before = model_get(w.model);
	assert_int_equal(sessions(before, TEXT("example.org")), 10);
	assert_int_equal(refresh(&w), 0);
	after = model_get(w.model);
	assert_ptr_not_equal(snapshot_find(before, TEXT("two.example")),
	                     snapshot_find(after, TEXT("two.example")));
	assert_int_equal(sessions(after, TEXT("example.org")), 10);
	snapshot_unref(&before);
	snapshot_unref(&after);
	world_close(&w);
}

/* --- threads ------------------------------------------------------------- */

struct reader {
	struct model *model;
	atomic_bool stopping;
	atomic_int wrong;
};

/* In each snapshot the figures belong together. */
static void *reader_thread(void *cls)
{
	struct reader *reader = cls;
	struct snapshot *snapshot;
	int64_t newest = 0, now;

	while (!atomic_load(&reader->stopping)) {
		snapshot = model_get(reader->model);
		now = sessions(snapshot, TEXT("example.org"));
		if (now < newest || sum_states(snapshot) != 3 ||
		    strcmp(snapshot_reporter_name(snapshot, 0), "_unknown") !=
		            0 ||
		    snapshot_named(snapshot, STORE_SAMPLE_COUNTER, "no_such",
		                   "", "") > 0)
			(void)atomic_fetch_add(&reader->wrong, 1);
		newest = now;
		snapshot_unref(&snapshot);
	}
	return NULL;
}

static void readers_do_not_wait(void **state)
{
	struct reader reader = {0};
	struct snapshot *snapshot;
	pthread_t threads[2];
	struct world w;
	char id[16];
	int i;

	world_open(&w, *state);
	reader.model = w.model;
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
		                                reader_thread, &reader),
		                 0);
	for (i = 0; i < 50; i++) {
		(void)snprintf(id, sizeof(id), "r%d", i);
		add(&w, id, "example.org", 1);
		assert_int_equal(refresh(&w), 0);
	}
	atomic_store(&reader.stopping, true);
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic_load(&reader.wrong), 0);
	snapshot = model_get(w.model);
	assert_int_equal(sessions(snapshot, TEXT("example.org")), 50);
	snapshot_unref(&snapshot);
	world_close(&w);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reader_keeps_what_it_has),
		TEST(what_did_not_change_is_shared),
		TEST(a_refresh_that_fails_changes_nothing),
		TEST(another_file_is_read_whole),
		TEST(readers_do_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
