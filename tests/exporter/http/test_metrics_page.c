#include "base/attr.h"
#include "exporter/http/metrics_page.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static const char *const handlers[] = {"metrics", "other"};

struct world {
	struct config *config;
	struct model *model;
	struct httpd *httpd;
	struct metrics_page *page;
};

static void world_open(struct world *w, struct fixture *f)
{
	struct err err;

	*w = (struct world){.model = model_new()};
	if (config_read(fixture_file(f, "x.conf", "domains = example.org\n"),
	                &w->config, &err) < 0 ||
	    model_refresh(w->model, f->store, w->config, FIXTURE_NOW, &err) < 0)
		fail_msg("%s", err.text);
	w->page = metrics_page_new(w->model, &w->httpd, handlers,
	                           ARRAY_LENGTH(handlers));
}

static void world_close(struct world *w)
{
	metrics_page_free(&w->page);
	model_free(&w->model);
	config_unref(&w->config);
}

static struct httpd_body *world_get(struct world *w, unsigned int groups,
                                    bool openmetrics, bool gzip)
{
	const struct families_request what = {.groups = groups,
	                                      .openmetrics = openmetrics};
	struct httpd_body *body = metrics_page_get(w->page, &what, &gzip);

	assert_non_null(body);
	return body;
}

/* Whether the page is another one than before, which becomes it. */
static bool has_changed(struct world *w, struct httpd_body **before)
{
	struct httpd_body *now =
		world_get(w, 1U << METRIC_GROUP_SELF, false, false);
	bool changed = now != *before;

	httpd_body_unref(before);
	*before = now;
	return changed;
}

static void renders_when_something_changed(void **state)
{
	struct fixture *f = *state;
	const struct wish wish = {.successes = 1};
	struct model_status status = {.loaded = true};
	struct httpd_body *body = NULL;
	struct world w;
	struct err err;

	world_open(&w, f);
	assert_true(has_changed(&w, &body));
	assert_false(has_changed(&w, &body));
	(void)fixture_add(f, &wish);
	if (model_refresh(w.model, f->store, w.config, FIXTURE_NOW, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(has_changed(&w, &body));
	assert_false(has_changed(&w, &body));
	model_status_set(w.model, &status);
	assert_true(has_changed(&w, &body));
	status.refresh_seconds = 1;
	model_status_set(w.model, &status);
	assert_false(has_changed(&w, &body));
	status.failed = true;
	model_status_set(w.model, &status);
	assert_true(has_changed(&w, &body));
	status.reload_worked = true;
	model_status_set(w.model, &status);
	assert_true(has_changed(&w, &body));
	status.reloaded = 1;
	model_status_set(w.model, &status);
	assert_true(has_changed(&w, &body));
	httpd_body_unref(&body);
	world_close(&w);
}

/* Each form has a body of its own; of selections, some are kept. */
static void keeps_forms_and_selections(void **state)
{
	struct httpd_body *bodies[4], *again, *last;
	unsigned int i, group;
	struct world w;

	world_open(&w, *state);
	for (i = 0; i < 4; i++)
		bodies[i] = world_get(&w, 1, i / 2 == 1, i % 2 == 1);
	for (i = 0; i < 4; i++) {
		again = world_get(&w, 1, i / 2 == 1, i % 2 == 1);
		assert_ptr_equal(again, bodies[i]);
		httpd_body_unref(&again);
	}
	for (group = 1; group < METRIC_GROUPS; group++) {
		last = world_get(&w, 1U << group, false, false);
		httpd_body_unref(&last);
	}
	last = world_get(&w, 1U << METRIC_GROUP_SELF, false, false);
	again = world_get(&w, 1U << METRIC_GROUP_SELF, false, false);
	assert_ptr_equal(again, last);
	httpd_body_unref(&again);
	httpd_body_unref(&last);
	again = world_get(&w, 1, false, false);
	assert_ptr_not_equal(again, bodies[0]);
	httpd_body_unref(&again);
	for (i = 0; i < 4; i++)
		httpd_body_unref(&bodies[i]);
	world_close(&w);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(renders_when_something_changed),
		TEST(keeps_forms_and_selections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
