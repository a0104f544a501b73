/*
 * How a program ends: one map from errors to the exit statuses of sysexits.h,
 * and its last look at standard output.
 */
#ifndef BASE_EXIT_H
#define BASE_EXIT_H

#include "base/err.h"

/* The exit status that an error deserves. */
int exit_status(const struct err *err);

/* Writes what still waits for standard output; the last call of a program that
   prints. Returns status, or, where some output could not be written (a full
   disk, a closed pipe) and status is no error of sysexits.h itself, EX_IOERR
   after a line on standard error. */
int exit_finish(const char *program, int status);

#endif
