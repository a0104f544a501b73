#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "collector/intake/parse_queue.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

struct queue {
	struct config *config;
	struct writer *writer;
	struct parse_queue *parse_queue;
	int event_fd;
};

static void open_queue(struct queue *queue, struct fixture *f)
{
	const struct writer_options options = {.store = f->store, .queue = 16};
	struct err err;

	queue->event_fd = eventfd(0, EFD_CLOEXEC);
	assert_true(queue->event_fd >= 0);
	if (config_read(fixture_file(f, "x.conf", "domains = example.org\n"),
	                false, &queue->config, &err) < 0 ||
	    writer_start(&options, &queue->writer, &err) < 0 ||
	    parse_queue_start(queue->config, queue->writer, queue->event_fd,
	                      &queue->parse_queue, &err) < 0)
		fail_msg("%s", err.text);
}

static void close_queue(struct queue *queue)
{
	parse_queue_stop(queue->parse_queue);
	writer_free(&queue->writer);
	parse_queue_free(&queue->parse_queue);
	assert_null(queue->parse_queue);
	config_unref(&queue->config);
	(void)close(queue->event_fd);
}

/* One that needs no process: it is refused as it is. */
static struct mail_job *new_job(size_t source, const char *sentence)
{
	struct mail_job *job = mail_job_new(1024);

	job->channel = CHANNEL_SUBMIT;
	job->peer = arena_printf(job->arena, "message %zu", source);
	job->source = source;
	job->session = 40 + (int64_t)source;
	job->granted_bytes = 7;
	job->cls = &job->mail;
	buf_printf(&job->message, "Subject: %zu\n\n", source);
	mail_job_set_refused(job, REFUSAL_TOO_LARGE, sentence);
	return job;
}

static struct mail_job *wait_for_job(struct queue *queue)
{
	struct pollfd entry = {.fd = queue->event_fd, .events = POLLIN};
	struct mail_job *job;
	uint64_t count;

	while ((job = parse_queue_take_done(queue->parse_queue)) == NULL) {
		assert_int_equal(poll(&entry, 1, 60000), 1);
		assert_int_equal(read(queue->event_fd, &count, sizeof(count)),
		                 sizeof(count));
	}
	return job;
}

static void gives_jobs_back_in_turn(void **state)
{
	struct fixture *f = *state;
	struct queue queue;
	struct mail_job *job;
	size_t i;

	open_queue(&queue, f);
	for (i = 0; i < 3; i++)
		parse_queue_put(queue.parse_queue, new_job(i, "over a limit"));
	for (i = 0; i < 3; i++) {
		job = wait_for_job(&queue);
		assert_int_equal(job->source, i);
		assert_int_equal(job->session, 40 + i);
		assert_int_equal(job->granted_bytes, 7);
		assert_ptr_equal(job->cls, &job->mail);
		assert_int_equal(job->end, MAIL_JOB_REFUSED);
		assert_int_equal(job->refusal, REFUSAL_TOO_LARGE);
		assert_string_equal(job->sentence, "over a limit");
		/* Its bytes are not needed any more. */
		assert_null(job->message.data);
		mail_job_free(&job);
	}
	assert_null(parse_queue_take_done(queue.parse_queue));
	assert_int_equal(parse_queue_pending(queue.parse_queue), 0);
	assert_int_equal(parse_queue_take_crashes(queue.parse_queue), 0);
	close_queue(&queue);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM ledger"), 3);
}

static void ends_when_all_is_with_the_writer(void **state)
{
	struct queue queue;
	int i;

	open_queue(&queue, *state);
	for (i = 0; i < 3; i++)
		parse_queue_put(queue.parse_queue, new_job(0, "too large"));
	while (!parse_queue_end(queue.parse_queue))
		(void)usleep(1000);
	/* What nobody took is freed. */
	close_queue(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(gives_jobs_back_in_turn,
	                                        fixture_setup,
	                                        fixture_teardown),
		cmocka_unit_test_setup_teardown(
			ends_when_all_is_with_the_writer, fixture_setup,
			fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
