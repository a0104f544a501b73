/*
 * The running collector: opens what needs the outside world, waits for signals,
 * and closes it again.
 */
#ifndef COLLECTOR_DAEMON_H
#define COLLECTOR_DAEMON_H

#include "base/command.h"

/* The verb `serve`: until SIGTERM or SIGINT. Returns an exit status of
   sysexits.h; what went wrong is logged. */
int daemon_serve(const struct command_line *line);

#endif
