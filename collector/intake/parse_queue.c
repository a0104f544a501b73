#include "collector/intake/parse_queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"

struct mail_job_list {
	struct parse_queue_job *first, **last;
};

struct parse_queue {
	struct config *config;
	struct writer *writer;
	struct parser_client *parser;
	int event_fd;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t arrived;
	struct mail_job_list in, out;
	size_t pending;
	int64_t crashes, crashes_taken;
	bool stopping;
	bool ended;
	bool running;
};

void parse_queue_job_free(struct parse_queue_job **letter)
{
	if (*letter == NULL)
		return;
	mail_job_free(&(*letter)->job);
	free(*letter);
	*letter = NULL;
}

static void parse_queue_append(struct mail_job_list *queue,
                               struct parse_queue_job *letter)
{
	letter->next = NULL;
	*queue->last = letter;
	queue->last = &letter->next;
}

static struct parse_queue_job *parse_queue_take(struct mail_job_list *queue)
{
	struct parse_queue_job *letter = queue->first;

	if (letter == NULL)
		return NULL;
	queue->first = letter->next;
	if (queue->first == NULL)
		queue->last = &queue->first;
	return letter;
}

/* In the writer's thread. */
static void parse_queue_on_job_done(struct mail_job *delivery)
{
	const uint64_t one = 1;
	struct parse_queue_job *letter = delivery->cls;
	struct parse_queue *post = letter->queue;

	/* The bytes are not needed any more. */
	buf_free(&delivery->message);
	(void)pthread_mutex_lock(&post->mutex);
	post->pending--;
	parse_queue_append(&post->out, letter);
	/* Inside, so that the loop cannot end before. */
	(void)!write(post->event_fd, &one, sizeof(one));
	(void)pthread_mutex_unlock(&post->mutex);
}

static void parse_queue_run_job(struct parse_queue *post,
                                struct parse_queue_job *letter)
{
	struct mail_job *delivery = letter->job;

	if (letter->refused_unparsed) {
		mail_job_refuse(post->config, post->writer, delivery,
		                letter->refusal, letter->sentence);
		return;
	}
	mail_job_run(post->config, post->parser, post->writer, NULL, delivery);
	(void)pthread_mutex_lock(&post->mutex);
	post->crashes = parser_client_crashes(post->parser);
	(void)pthread_mutex_unlock(&post->mutex);
}

static void *parse_queue_thread(void *cls)
{
	struct parse_queue *post = cls;
	struct parse_queue_job *letter;
	bool stop = false;

	/* Its processes end with this thread. */
	post->parser = parser_client_new(post->config);
	while (!stop) {
		(void)pthread_mutex_lock(&post->mutex);
		while (post->in.first == NULL && !post->stopping)
			(void)pthread_cond_wait(&post->arrived, &post->mutex);
		letter = parse_queue_take(&post->in);
		stop = letter == NULL && post->stopping;
		(void)pthread_mutex_unlock(&post->mutex);
		if (letter != NULL)
			parse_queue_run_job(post, letter);
	}
	parser_client_free(&post->parser);
	(void)pthread_mutex_lock(&post->mutex);
	post->ended = true;
	(void)pthread_mutex_unlock(&post->mutex);
	return NULL;
}

int parse_queue_start(struct config *config, struct writer *writer,
                      int event_fd, struct parse_queue **out, struct err *err)
{
	struct parse_queue *post = memory_zero(1, sizeof(*post));
	int number;

	post->config = config;
	post->writer = writer;
	post->event_fd = event_fd;
	post->in.last = &post->in.first;
	post->out.last = &post->out.first;
	(void)pthread_mutex_init(&post->mutex, NULL);
	(void)pthread_cond_init(&post->arrived, NULL);
	number = pthread_create(&post->thread, NULL, parse_queue_thread, post);
	post->running = number == 0;
	if (number != 0) {
		parse_queue_free(&post);
		return err_set_errno(err, number, "no thread for messages");
	}
	*out = post;
	return 0;
}

void parse_queue_put(struct parse_queue *post, struct parse_queue_job *letter)
{
	letter->queue = post;
	letter->job->done = parse_queue_on_job_done;
	letter->job->cls = letter;
	(void)pthread_mutex_lock(&post->mutex);
	post->pending++;
	parse_queue_append(&post->in, letter);
	(void)pthread_cond_signal(&post->arrived);
	(void)pthread_mutex_unlock(&post->mutex);
}

struct parse_queue_job *parse_queue_take_done(struct parse_queue *post)
{
	struct parse_queue_job *letter;

	(void)pthread_mutex_lock(&post->mutex);
	letter = parse_queue_take(&post->out);
	(void)pthread_mutex_unlock(&post->mutex);
	return letter;
}

int64_t parse_queue_take_crashes(struct parse_queue *post)
{
	int64_t crashes;

	(void)pthread_mutex_lock(&post->mutex);
	crashes = post->crashes - post->crashes_taken;
	post->crashes_taken = post->crashes;
	(void)pthread_mutex_unlock(&post->mutex);
	return crashes;
}

size_t parse_queue_pending(struct parse_queue *post)
{
	size_t waiting;

	(void)pthread_mutex_lock(&post->mutex);
	waiting = post->pending;
	(void)pthread_mutex_unlock(&post->mutex);
	return waiting;
}

bool parse_queue_end(struct parse_queue *post)
{
	bool ended;

	(void)pthread_mutex_lock(&post->mutex);
	post->stopping = true;
	(void)pthread_cond_signal(&post->arrived);
	ended = post->ended || !post->running;
	(void)pthread_mutex_unlock(&post->mutex);
	return ended;
}

void parse_queue_stop(struct parse_queue *post)
{
	if (!post->running)
		return;
	(void)parse_queue_end(post);
	(void)pthread_join(post->thread, NULL);
	post->running = false;
}

void parse_queue_free(struct parse_queue **out)
{
	struct parse_queue *post = *out;
	struct parse_queue_job *letter;

	if (post == NULL)
		return;
	parse_queue_stop(post);
	while ((letter = parse_queue_take(&post->in)) != NULL ||
	       (letter = parse_queue_take(&post->out)) != NULL)
		parse_queue_job_free(&letter);
	(void)pthread_cond_destroy(&post->arrived);
	(void)pthread_mutex_destroy(&post->mutex);
	free(post);
	*out = NULL;
}
