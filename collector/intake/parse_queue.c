#include "collector/intake/parse_queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

struct parse_queue_list {
	struct mail_job *first, **last;
};

struct parse_queue {
	struct config *config;
	struct writer *writer;
	struct parser_client *parser;
	int event_fd;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t arrived;
	struct parse_queue_list in, out;
	size_t pending;
	int64_t crashes, crashes_taken;
	bool stopping;
	bool ended;
	bool running;
};

static void parse_queue_append(struct parse_queue_list *list,
                               struct mail_job *job)
{
	job->next = NULL;
	*list->last = job;
	list->last = &job->next;
}

static struct mail_job *parse_queue_take(struct parse_queue_list *list)
{
	struct mail_job *job = list->first;

	if (job == NULL)
		return NULL;
	list->first = job->next;
	if (list->first == NULL)
		list->last = &list->first;
	return job;
}

/* In the writer's thread. */
static void parse_queue_on_job_done(struct mail_job *job)
{
	const uint64_t one = 1;
	struct parse_queue *queue = job->queue;

	/* The bytes are not needed any more. */
	buf_free(&job->message);
	(void)pthread_mutex_lock(&queue->mutex);
	queue->pending--;
	parse_queue_append(&queue->out, job);
	/* Inside, so that the loop cannot end before. */
	(void)!write(queue->event_fd, &one, sizeof(one));
	(void)pthread_mutex_unlock(&queue->mutex);
}

static void parse_queue_run_job(struct parse_queue *queue, struct mail_job *job)
{
	mail_job_run(queue->config, queue->parser, queue->writer, NULL, job);
	(void)pthread_mutex_lock(&queue->mutex);
	queue->crashes = parser_client_crashes(queue->parser);
	(void)pthread_mutex_unlock(&queue->mutex);
}

static void *parse_queue_thread(void *cls)
{
	struct parse_queue *queue = cls;
	struct mail_job *job;
	bool stop = false;

	/* Its processes end with this thread. */
	queue->parser = parser_client_new(queue->config);
	while (!stop) {
		(void)pthread_mutex_lock(&queue->mutex);
		while (queue->in.first == NULL && !queue->stopping)
			(void)pthread_cond_wait(&queue->arrived, &queue->mutex);
		job = parse_queue_take(&queue->in);
		stop = job == NULL && queue->stopping;
		(void)pthread_mutex_unlock(&queue->mutex);
		if (job != NULL)
			parse_queue_run_job(queue, job);
	}
	parser_client_free(&queue->parser);
	(void)pthread_mutex_lock(&queue->mutex);
	queue->ended = true;
	(void)pthread_mutex_unlock(&queue->mutex);
	return NULL;
}

int parse_queue_start(struct config *config, struct writer *writer,
                      int event_fd, struct parse_queue **out, struct err *err)
{
	struct parse_queue *queue = memory_zero(1, sizeof(*queue));
	int number;

	queue->config = config;
	queue->writer = writer;
	queue->event_fd = event_fd;
	queue->in.last = &queue->in.first;
	queue->out.last = &queue->out.first;
	(void)pthread_mutex_init(&queue->mutex, NULL);
	(void)pthread_cond_init(&queue->arrived, NULL);
	number =
		pthread_create(&queue->thread, NULL, parse_queue_thread, queue);
	queue->running = number == 0;
	if (number != 0) {
		parse_queue_free(&queue);
		return err_set_errno(err, number, "no thread for messages");
	}
	*out = queue;
	return 0;
}

void parse_queue_put(struct parse_queue *queue, struct mail_job *job)
{
	job->queue = queue;
	job->done = parse_queue_on_job_done;
	(void)pthread_mutex_lock(&queue->mutex);
	queue->pending++;
	parse_queue_append(&queue->in, job);
	(void)pthread_cond_signal(&queue->arrived);
	(void)pthread_mutex_unlock(&queue->mutex);
}

struct mail_job *parse_queue_take_done(struct parse_queue *queue)
{
	struct mail_job *job;

	(void)pthread_mutex_lock(&queue->mutex);
	job = parse_queue_take(&queue->out);
	(void)pthread_mutex_unlock(&queue->mutex);
	return job;
}

int64_t parse_queue_take_crashes(struct parse_queue *queue)
{
	int64_t crashes;

	(void)pthread_mutex_lock(&queue->mutex);
	crashes = queue->crashes - queue->crashes_taken;
	queue->crashes_taken = queue->crashes;
	(void)pthread_mutex_unlock(&queue->mutex);
	return crashes;
}

size_t parse_queue_pending(struct parse_queue *queue)
{
	size_t waiting;

	(void)pthread_mutex_lock(&queue->mutex);
	waiting = queue->pending;
	(void)pthread_mutex_unlock(&queue->mutex);
	return waiting;
}

bool parse_queue_end(struct parse_queue *queue)
{
	bool ended;

	(void)pthread_mutex_lock(&queue->mutex);
	queue->stopping = true;
	(void)pthread_cond_signal(&queue->arrived);
	ended = queue->ended || !queue->running;
	(void)pthread_mutex_unlock(&queue->mutex);
	return ended;
}

void parse_queue_stop(struct parse_queue *queue)
{
	if (!queue->running)
		return;
	(void)parse_queue_end(queue);
	(void)pthread_join(queue->thread, NULL);
	queue->running = false;
}

void parse_queue_free(struct parse_queue **out)
{
	struct parse_queue *queue = *out;
	struct mail_job *job;

	if (queue == NULL)
		return;
	parse_queue_stop(queue);
	while ((job = parse_queue_take(&queue->in)) != NULL ||
	       (job = parse_queue_take(&queue->out)) != NULL)
		mail_job_free(&job);
	(void)pthread_cond_destroy(&queue->arrived);
	(void)pthread_mutex_destroy(&queue->mutex);
	free(queue);
	*out = NULL;
}
