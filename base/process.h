/*
 * What the kernel says of this process.
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

#endif
