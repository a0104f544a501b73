#include <stdlib.h>

#include "base/arena.h"
#include "collector/lane.h"
#include "tests/support/cmocka_all.h"

#define MEMORY 1000U
#define COST   100

static struct intake input_of(uint8_t source, size_t memory, int64_t cost)
{
	struct intake intake = {.memory = memory, .cost = cost};

	if (source != 0)
		intake.source.bytes[15] = source;
	return intake;
}

/* A source has half: whoever goes over is told so, and others have room. */
static void a_source_has_half(void **state)
{
	struct lane *lane = memory_zero(1, sizeof(*lane));
	struct intake first = input_of(1, 300, 10);
	struct intake same = input_of(1, 300, 10);
	struct intake slow = input_of(1, 10, 41);
	struct intake other = input_of(2, 300, 10);
	struct intake nobodys = input_of(0, 700, 90);

	(void)state;
	lane_init(lane, MEMORY, COST);
	/* One in 1024 seeds lets the two share their half. */
	lane->seed = 7;
	assert_int_equal(lane_room(lane, &first), LANE_ROOM);
	lane_append(lane, &first);
	assert_int_equal(lane_room(lane, &same), LANE_SOURCE_FULL);
	assert_int_equal(lane_room(lane, &slow), LANE_SOURCE_FULL);
	assert_int_equal(lane_room(lane, &other), LANE_ROOM);
	assert_int_equal(lane_room(lane, &nobodys), LANE_ROOM);
	free(lane);
}

/* All of it is full for every source, in bytes or in work; what was taken
   counts until it is done. */
static void what_is_taken_counts_until_it_is_done(void **state)
{
	struct lane *lane = memory_zero(1, sizeof(*lane));
	struct intake first = input_of(0, 700, 1);
	struct intake large = input_of(2, 301, 1);
	struct intake second = input_of(0, 10, 90);
	struct intake slow = input_of(2, 10, 11);

	(void)state;
	lane_init(lane, MEMORY, COST);
	lane_append(lane, &first);
	assert_int_equal(lane_room(lane, &large), LANE_FULL);
	assert_ptr_equal(lane_take(lane, 8, COST), &first);
	assert_null(lane_take(lane, 8, COST));
	assert_int_equal(lane_room(lane, &large), LANE_FULL);
	lane_done(lane, &first);
	assert_int_equal(lane_room(lane, &large), LANE_ROOM);
	lane_append(lane, &second);
	assert_int_equal(lane_room(lane, &slow), LANE_FULL);
	assert_ptr_equal(lane_take(lane, 8, COST), &second);
	lane_done(lane, &second);
	assert_int_equal(lane->all.memory, 0);
	assert_int_equal(lane->all.cost, 0);
	free(lane);
}

/* What is larger than any budget has room where it is alone, of its source
   and in the lane. */
static void one_has_always_room(void **state)
{
	struct lane *lane = memory_zero(1, sizeof(*lane));
	struct intake huge = input_of(1, 5 * MEMORY, 5 * COST);
	struct intake more = input_of(1, 1, 1);
	struct intake other = input_of(2, 1, 1);

	(void)state;
	lane_init(lane, MEMORY, COST);
	lane->seed = 7;
	assert_int_equal(lane_room(lane, &huge), LANE_ROOM);
	lane_append(lane, &huge);
	assert_int_equal(lane_room(lane, &more), LANE_SOURCE_FULL);
	assert_int_equal(lane_room(lane, &other), LANE_FULL);
	free(lane);
}

/* A batch ends at a number and at a cost; the order is that of arrival. */
static void a_batch_ends_at_its_cost(void **state)
{
	struct lane *lane = memory_zero(1, sizeof(*lane));
	struct intake inputs[5];
	struct intake *batch;
	size_t i;

	(void)state;
	lane_init(lane, MEMORY, COST);
	for (i = 0; i < 5; i++) {
		inputs[i] = input_of(0, 1, 10);
		lane_append(lane, &inputs[i]);
	}
	batch = lane_take(lane, 8, 20);
	assert_ptr_equal(batch, &inputs[0]);
	assert_ptr_equal(batch->next, &inputs[1]);
	assert_null(batch->next->next);
	batch = lane_take(lane, 1, COST);
	assert_ptr_equal(batch, &inputs[2]);
	assert_null(batch->next);
	batch = lane_take(lane, 8, COST);
	assert_ptr_equal(batch, &inputs[3]);
	assert_ptr_equal(batch->next, &inputs[4]);
	assert_int_equal(lane->waiting, 0);
	/* It can be filled again. */
	lane_append(lane, &inputs[0]);
	assert_ptr_equal(lane_take(lane, 8, COST), &inputs[0]);
	free(lane);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_has_half),
		cmocka_unit_test(what_is_taken_counts_until_it_is_done),
		cmocka_unit_test(one_has_always_room),
		cmocka_unit_test(a_batch_ends_at_its_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
