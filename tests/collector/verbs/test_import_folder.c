#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "collector/verbs/import_private.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static bool nobody_stops(void)
{
	return false;
}

static void make_folder(struct fixture *f, const char *name)
{
	assert_int_equal(mkdir(arena_printf(f->arena, "%s/%s", f->folder, name),
	                       0700),
	                 0);
}

/* What a walk adds: its paths from folder on, and whether it cannot be read. */
static const char *walk(struct fixture *f, const char *folder)
{
	struct import_totals totals = {.deferred = 0};
	struct import import = {.queue = import_queue_new(),
	                        .totals = &totals,
	                        .is_stopped = nobody_stops};
	struct buf found = BUF_INIT(65536);
	struct import_input *input;
	const char *text;

	(void)pthread_mutex_init(&import.mutex, NULL);
	import_folder_take(&import, folder);
	import_queue_close(import.queue);
	while ((input = import_queue_take(import.queue)) != NULL) {
		assert_memory_equal(input->path, folder, strlen(folder));
		assert_false(input->named);
		buf_printf(&found, "%s%s%s", found.len > 0 ? " " : "",
		           input->lines.len > 0 ? "!" : "",
		           input->path + strlen(folder));
		buf_add_text(&found, "");
	}
	text = arena_printf(f->arena, "%s", buf_text(&found));
	buf_free(&found);
	import_queue_free(&import.queue);
	(void)pthread_mutex_destroy(&import.mutex);
	return text;
}

/* All below it, folders among the files, in the order of the bytes. */
static void files_come_in_the_order_of_their_names(void **state)
{
	struct fixture *f = *state;
	const char *folder = arena_printf(f->arena, "%s/in", f->folder);

	make_folder(f, "in");
	make_folder(f, "in/b");
	make_folder(f, "in/b/deep");
	make_folder(f, "in/empty");
	(void)fixture_file(f, "in/c.json", "");
	(void)fixture_file(f, "in/a.json.gz", "");
	(void)fixture_file(f, "in/Z.eml", "");
	(void)fixture_file(f, "in/notes.txt", "");
	(void)fixture_file(f, "in/b/10.json.zst", "");
	(void)fixture_file(f, "in/b/2.json", "");
	(void)fixture_file(f, "in/b/deep/x.eml.xz", "");
	(void)fixture_file(f, "in/b.json", "");
	assert_string_equal(walk(f, folder),
	                    "/Z.eml /a.json.gz /b/10.json.zst /b/2.json "
	                    "/b/deep/x.eml.xz /b.json /c.json");
	assert_string_equal(walk(f, arena_printf(f->arena, "%s/", folder)),
	                    "Z.eml a.json.gz b/10.json.zst b/2.json "
	                    "b/deep/x.eml.xz b.json c.json");
}

static void a_maildir_holds_messages_of_any_name(void **state)
{
	struct fixture *f = *state;

	make_folder(f, "md");
	make_folder(f, "md/cur");
	make_folder(f, "md/new");
	make_folder(f, "md/tmp");
	(void)fixture_file(f, "md/cur/1.x:2,S", "");
	(void)fixture_file(f, "md/cur/.hidden", "");
	(void)fixture_file(f, "md/new/2.x", "");
	(void)fixture_file(f, "md/tmp/3.x", "");
	assert_string_equal(walk(f, arena_printf(f->arena, "%s/md", f->folder)),
	                    "/cur/1.x:2,S /new/2.x");
	assert_string_equal(
		walk(f, arena_printf(f->arena, "%s/md/cur/", f->folder)),
		"1.x:2,S");
}

/* A link to a folder may lead round in a circle, and a FIFO may have no end. */
static void what_is_no_file_is_left_alone(void **state)
{
	struct fixture *f = *state;
	const char *folder = arena_printf(f->arena, "%s/odd", f->folder);

	make_folder(f, "odd");
	(void)fixture_file(f, "odd/a.json", "");
	assert_int_equal(symlink("a.json",
	                         arena_printf(f->arena, "%s/l.json", folder)),
	                 0);
	assert_int_equal(symlink("..", arena_printf(f->arena, "%s/up", folder)),
	                 0);
	assert_int_equal(
		mkfifo(arena_printf(f->arena, "%s/f.json", folder), 0600), 0);
	assert_string_equal(walk(f, folder), "/a.json");
	/* One that is named is followed. */
	assert_int_equal(symlink("odd",
	                         arena_printf(f->arena, "%s/link", f->folder)),
	                 0);
	assert_string_equal(walk(f,
	                         arena_printf(f->arena, "%s/link", f->folder)),
	                    "/a.json");
}

static void what_cannot_be_read_is_said_in_its_place(void **state)
{
	struct fixture *f = *state;
	const char *folder = arena_printf(f->arena, "%s/gone", f->folder);

	assert_string_equal(walk(f, folder), "!");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_come_in_the_order_of_their_names),
		cmocka_unit_test(a_maildir_holds_messages_of_any_name),
		cmocka_unit_test(what_is_no_file_is_left_alone),
		cmocka_unit_test(what_cannot_be_read_is_said_in_its_place),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
