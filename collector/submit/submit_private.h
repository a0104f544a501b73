/*
 * What the socket (submit.c) and one of its connections (submit_connection.c)
 * share. A connection knows nothing of how it is waited for.
 */
#ifndef COLLECTOR_SUBMIT_SUBMIT_PRIVATE_H
#define COLLECTOR_SUBMIT_SUBMIT_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/intake/parse_queue.h"
#include "collector/submit/submit.h"

/* Messages that are received or stored at a time; further clients wait in the
   backlog, and then for their own time to be over. */
#define SUBMIT_CONNECTIONS 16U

#define SUBMIT_HEAD_MAX 32U

enum submit_state {
	SUBMIT_FREE,
	SUBMIT_HEAD,      /* the length is not whole */
	SUBMIT_WAITING,   /* for room in memory */
	SUBMIT_RECEIVING, /* the message */
	SUBMIT_STORING,   /* it is whole */
};

#define SUBMIT_STATES (SUBMIT_STORING + 1)

struct submit_connection {
	enum submit_state state;
	int fd;
	int64_t number; /* counts up: messages of an earlier one are stale */
	int64_t until;  /* monotonic milliseconds */
	char head[SUBMIT_HEAD_MAX];
	size_t head_len;
	size_t size; /* that was announced */
	struct mail_job *job;
};

struct submit {
	struct config *config;
	struct writer *writer;
	struct parse_queue *parse_queue;
	int listen_fd;
	int event_fd;
	pthread_t thread;
	bool running;
	struct submit_connection connections[SUBMIT_CONNECTIONS];
	int64_t number;
	size_t pending_bytes; /* bytes of messages */
	int64_t accept_from;  /* monotonic milliseconds; no client before */
	atomic_bool stopping;
	atomic_llong crashes;
	pthread_mutex_t mutex;
	struct config *next_config; /* of a reload, under the mutex */
};

/* A client has come, whose descriptor the free connection has. */
void submit_connection_open(struct submit *submit,
                            struct submit_connection *connection);

/* Answers as in sysexits.h, and closes it. */
void submit_connection_answer(struct submit *submit,
                              struct submit_connection *connection, int status,
                              const char *sentence);

/* One that waits receives its message when there is room for it. */
void submit_connection_admit(struct submit *submit,
                             struct submit_connection *connection);

/* poll() says that something has happened. */
void submit_connection_on_event(struct submit *submit,
                                struct submit_connection *connection,
                                short events);

/* What became of a message; answers, if its client still waits, and frees the
   job. */
void submit_connection_on_done(struct submit *submit, struct mail_job *job);

/* Whether the one state may follow the other. */
bool submit_connection_may_enter(enum submit_state from, enum submit_state to);

#endif
