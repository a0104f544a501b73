/*
 * tlsrpt-exporter serve: it answers until it is stopped.
 */
#ifndef EXPORTER_SERVE_H
#define EXPORTER_SERVE_H

#include "base/command.h"

/* Returns an exit status, and has said why it is not 0. */
int serve_run(const struct command_line *line);

#endif
