/*
 * What the kernel says of this process, and its end.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

struct process_stats {
	double cpu_seconds; /* user and system */
	double resident_bytes;
	double virtual_bytes;
	double open_fds;
	double max_fds;
	double start_time; /* Unix seconds */
};

/* What cannot be read is 0. */
void process_stats(struct process_stats *out);

/* Writes what still waits for standard output; the last call of a program that
   prints. Returns status, or, where some output could not be written (a full
   disk, a closed pipe) and status is no error of sysexits.h itself, EX_IOERR
   after a line on standard error. */
int exit_finish(const char *program, int status);

#endif
