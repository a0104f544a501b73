/*
 * The time and the place that a connection has.
 */
#ifndef BASE_HTTPD_HTTPD_DEADLINES_H
#define BASE_HTTPD_HTTPD_DEADLINES_H

#include "base/address.h"

struct httpd_deadlines;
struct httpd_deadline;

/* The places of a listener, under the lock of the deadlines. */
struct room {
	unsigned int most;
	unsigned int taken;
	unsigned int leaving; /* of those, cut and not gone yet */
};

/* most: connections of all listeners together. */
struct httpd_deadlines *httpd_deadlines_new(unsigned int most);
void httpd_deadlines_free(struct httpd_deadlines **deadlines);
/* A connection that has so long to send a header. Where there are too many, one
   gives way: one that is idle (for a second after an answer,
   for five where it has sent no header yet) before one in the middle of a
   request, and none that we are working for; among equals one of the widest
   network that has most (address_scope()), in it of the narrower one, and of
   those the one that has rested longest. */
struct httpd_deadline *httpd_deadlines_add(struct httpd_deadlines *deadlines,
                                           struct room *room, int fd,
                                           const struct address *address,
                                           unsigned int seconds);
/* Has a connection of the same widest network give way to one that is about to
   come from there: one of a narrower network that has more than that of the
   newcomer will have. So nobody is kept out by his neighbours. */
bool httpd_deadlines_displace_neighbour(struct httpd_deadlines *deadlines,
                                        const struct address *newcomer);
/* seconds from now; 0: no deadline, we are the ones who are working. idle:
   between two requests, when nobody is late. */
void httpd_deadlines_set(struct httpd_deadlines *deadlines,
                         struct httpd_deadline *deadline, unsigned int seconds,
                         bool idle);
/* A piece of the body has come. */
void httpd_deadlines_progress(struct httpd_deadline *deadline);
void httpd_deadlines_remove(struct httpd_deadlines *deadlines,
                            struct httpd_deadline **deadline);
/* Descriptors have run out: those who have been idle for a second go. */
void httpd_deadlines_starve(struct httpd_deadlines *deadlines);
uint64_t httpd_deadlines_missed(struct httpd_deadlines *deadlines);
/* Connections that gave way. */
uint64_t httpd_deadlines_displaced(struct httpd_deadlines *deadlines);
unsigned int httpd_deadlines_count(struct httpd_deadlines *deadlines);

#endif
