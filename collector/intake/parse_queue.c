#include "collector/intake/parse_queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"

struct queue {
	struct letter *first, **last;
};

struct post {
	struct config *config;
	struct writer *writer;
	struct reader *reader;
	int event_fd;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t arrived;
	struct queue in, out;
	size_t waiting;
	int64_t deaths, deaths_taken;
	bool stopping;
	bool ended;
	bool running;
};

void letter_free(struct letter **letter)
{
	if (*letter == NULL)
		return;
	delivery_free(&(*letter)->delivery);
	free(*letter);
	*letter = NULL;
}

static void append(struct queue *queue, struct letter *letter)
{
	letter->next = NULL;
	*queue->last = letter;
	queue->last = &letter->next;
}

static struct letter *take(struct queue *queue)
{
	struct letter *letter = queue->first;

	if (letter == NULL)
		return NULL;
	queue->first = letter->next;
	if (queue->first == NULL)
		queue->last = &queue->first;
	return letter;
}

/* In the writer's thread. */
static void letter_done(struct delivery *delivery)
{
	const uint64_t one = 1;
	struct letter *letter = delivery->cls;
	struct post *post = letter->post;

	/* The bytes are not needed any more. */
	buf_free(&delivery->message);
	(void)pthread_mutex_lock(&post->mutex);
	post->waiting--;
	append(&post->out, letter);
	/* Inside, so that the loop cannot end before. */
	(void)!write(post->event_fd, &one, sizeof(one));
	(void)pthread_mutex_unlock(&post->mutex);
}

static void handle(struct post *post, struct letter *letter)
{
	struct delivery *delivery = letter->delivery;

	if (letter->refused) {
		from_mail_refuse(post->config, post->writer, delivery,
		                 letter->refusal, letter->sentence);
		return;
	}
	from_mail_take(post->config, post->reader, post->writer, NULL,
	               delivery);
	(void)pthread_mutex_lock(&post->mutex);
	post->deaths = reader_deaths(post->reader);
	(void)pthread_mutex_unlock(&post->mutex);
}

static void *run(void *cls)
{
	struct post *post = cls;
	struct letter *letter;
	bool stop = false;

	/* Its processes end with this thread. */
	post->reader = reader_new(post->config);
	while (!stop) {
		(void)pthread_mutex_lock(&post->mutex);
		while (post->in.first == NULL && !post->stopping)
			(void)pthread_cond_wait(&post->arrived, &post->mutex);
		letter = take(&post->in);
		stop = letter == NULL && post->stopping;
		(void)pthread_mutex_unlock(&post->mutex);
		if (letter != NULL)
			handle(post, letter);
	}
	reader_free(&post->reader);
	(void)pthread_mutex_lock(&post->mutex);
	post->ended = true;
	(void)pthread_mutex_unlock(&post->mutex);
	return NULL;
}

int post_start(struct config *config, struct writer *writer, int event_fd,
               struct post **out, struct err *err)
{
	struct post *post = memory_zero(1, sizeof(*post));
	int number;

	post->config = config;
	post->writer = writer;
	post->event_fd = event_fd;
	post->in.last = &post->in.first;
	post->out.last = &post->out.first;
	(void)pthread_mutex_init(&post->mutex, NULL);
	(void)pthread_cond_init(&post->arrived, NULL);
	number = pthread_create(&post->thread, NULL, run, post);
	post->running = number == 0;
	if (number != 0) {
		post_free(&post);
		return err_set_errno(err, number, "no thread for messages");
	}
	*out = post;
	return 0;
}

void post_put(struct post *post, struct letter *letter)
{
	letter->post = post;
	letter->delivery->done = letter_done;
	letter->delivery->cls = letter;
	(void)pthread_mutex_lock(&post->mutex);
	post->waiting++;
	append(&post->in, letter);
	(void)pthread_cond_signal(&post->arrived);
	(void)pthread_mutex_unlock(&post->mutex);
}

struct letter *post_take_done(struct post *post)
{
	struct letter *letter;

	(void)pthread_mutex_lock(&post->mutex);
	letter = take(&post->out);
	(void)pthread_mutex_unlock(&post->mutex);
	return letter;
}

int64_t post_take_deaths(struct post *post)
{
	int64_t deaths;

	(void)pthread_mutex_lock(&post->mutex);
	deaths = post->deaths - post->deaths_taken;
	post->deaths_taken = post->deaths;
	(void)pthread_mutex_unlock(&post->mutex);
	return deaths;
}

size_t post_waiting(struct post *post)
{
	size_t waiting;

	(void)pthread_mutex_lock(&post->mutex);
	waiting = post->waiting;
	(void)pthread_mutex_unlock(&post->mutex);
	return waiting;
}

bool post_end(struct post *post)
{
	bool ended;

	(void)pthread_mutex_lock(&post->mutex);
	post->stopping = true;
	(void)pthread_cond_signal(&post->arrived);
	ended = post->ended || !post->running;
	(void)pthread_mutex_unlock(&post->mutex);
	return ended;
}

void post_stop(struct post *post)
{
	if (!post->running)
		return;
	(void)post_end(post);
	(void)pthread_join(post->thread, NULL);
	post->running = false;
}

void post_free(struct post **out)
{
	struct post *post = *out;
	struct letter *letter;

	if (post == NULL)
		return;
	post_stop(post);
	while ((letter = take(&post->in)) != NULL ||
	       (letter = take(&post->out)) != NULL)
		letter_free(&letter);
	(void)pthread_cond_destroy(&post->arrived);
	(void)pthread_mutex_destroy(&post->mutex);
	free(post);
	*out = NULL;
}
