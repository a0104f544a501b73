#include <string.h>

#include "exporter/model/model_domains.h"
#include "tests/support/cmocka_all.h"

/* a.example and c.example with ids, m.example without. */
static struct model_domains *sample(void)
{
	struct model_domains *domains = model_domains_new();

	(void)model_domains_add(domains, TEXT("m.example"));
	model_domains_set_id(domains,
	                     model_domains_add(domains, TEXT("c.example")), 3);
	model_domains_set_id(domains,
	                     model_domains_add(domains, TEXT("a.example")), 1);
	model_domains_sort(domains);
	return domains;
}

static struct domain_figures *figures(const char *name, int64_t id,
                                      int64_t reports)
{
	struct domain_figures *made = model_figures_new(text_of(name));

	made->id = id;
	made->window_reports = reports;
	return made;
}

static void assert_names(const struct model_domains *domains,
                         const char *wanted)
{
	size_t i;

	assert_int_equal(domains->count, strlen(wanted));
	for (i = 0; i < domains->count; i++)
		assert_int_equal(domains->by_name[i]->name.data[0], wanted[i]);
}

static void finds_by_name_and_id(void **state)
{
	struct model_domains *domains = sample();

	(void)state;
	assert_names(domains, "acm");
	assert_ptr_equal(model_domains_find(domains, TEXT("c.example")),
	                 model_domains_by_id(domains, 3));
	assert_null(model_domains_find(domains, TEXT("c.exampl")));
	assert_null(model_domains_find(domains, TEXT("c.example2")));
	assert_null(model_domains_by_id(domains, 2));
	assert_null(model_domains_by_id(domains, 1000));
	assert_null(model_domains_find_among(domains, 1, TEXT("c.example")));
	model_domains_unref(&domains);
	assert_null(domains);
}

static void a_copy_leaves_the_first_as_it_is(void **state)
{
	struct model_domains *first = sample(), *copy;

	(void)state;
	copy = model_domains_copy(first);
	model_domains_put(copy, figures("c.example", 3, 1));
	/* Once more, in the same copy. */
	model_domains_put(copy, figures("c.example", 3, 2));
	/* One that had no id, and one that is new. */
	model_domains_put(copy, figures("m.example", 4, 3));
	model_domains_put(copy, figures("b.example", 900, 4));
	assert_names(first, "acm");
	assert_names(copy, "abcm");
	assert_int_equal(model_domains_by_id(first, 3)->window_reports, 0);
	assert_int_equal(model_domains_by_id(copy, 3)->window_reports, 2);
	assert_int_equal(model_domains_by_id(copy, 4)->window_reports, 3);
	assert_int_equal(model_domains_by_id(copy, 900)->window_reports, 4);
	assert_null(model_domains_by_id(first, 900));
	assert_ptr_equal(model_domains_by_id(copy, 1),
	                 model_domains_by_id(first, 1));
	model_domains_seal(copy);
	/* What both have outlives the first. */
	model_domains_unref(&first);
	assert_int_equal(model_domains_by_id(copy, 1)->window_reports, 0);
	model_domains_unref(&copy);
}

static void a_copy_that_is_dropped_takes_nothing_along(void **state)
{
	struct model_domains *first = sample(), *copy;

	(void)state;
	copy = model_domains_copy(first);
	model_domains_put(copy, figures("c.example", 3, 1));
	model_domains_put(copy, figures("z.example", 5, 1));
	model_domains_unref(&copy);
	assert_names(first, "acm");
	assert_int_equal(model_domains_by_id(first, 3)->window_reports, 0);
	model_domains_unref(&first);
}

/* Whoever holds the oldest of many keeps its figures. */
static void parts_are_freed_in_their_order(void **state)
{
	struct model_domains *oldest = sample(), *newest, *next;
	int64_t i;

	(void)state;
	newest = model_domains_ref(oldest);
	for (i = 1; i <= 5; i++) {
		next = model_domains_copy(newest);
		model_domains_put(next, figures("c.example", 3, i));
		model_domains_seal(next);
		model_domains_unref(&newest);
		newest = next;
	}
	assert_int_equal(model_domains_by_id(oldest, 3)->window_reports, 0);
	assert_int_equal(model_domains_by_id(newest, 3)->window_reports, 5);
	model_domains_unref(&newest);
	assert_int_equal(model_domains_by_id(oldest, 3)->window_reports, 0);
	model_domains_unref(&oldest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_by_name_and_id),
		cmocka_unit_test(a_copy_leaves_the_first_as_it_is),
		cmocka_unit_test(a_copy_that_is_dropped_takes_nothing_along),
		cmocka_unit_test(parts_are_freed_in_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
