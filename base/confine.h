/*
 * Gives up what a process does not need: files by Landlock, system calls by
 * seccomp, memory by a limit. The door of libseccomp.
 */
#ifndef BASE_CONFINE_H
#define BASE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct confine_profile {
	bool network; /* may open sockets */
	bool listens; /* and take connections */
	bool threads; /* may start threads */
	bool starts;  /* may start run_paths, which are as confined */
	bool stores;  /* may write a database in write_paths */
	/* Ends by returning from main(): then what sanitizers and coverage do
	   at the end needs files, and in such builds nothing is given up.
	   Without it the process ends by _exit(). */
	bool returns;
	/* What it may read, ends with NULL; a NULL list: no file at all. */
	const char *const *read_paths;
	const char *const *write_paths; /* and change */
	const char *const *run_paths;   /* and start */
	bool logs;                      /* its stderr may be a file */
	uint64_t memory;                /* bytes of address space, 0: any */
};

/* What confine() says to be missing has room in so many bytes. */
#define CONFINE_MISSING_SIZE 256

/* For good, and for all that it starts. Before any thread runs: those that do
   keep what they have. What there is not, and why, is named in missing as words
   such as "no Landlock: the kernel has none", "" when there is nothing: the
   caller says it once. */
int confine(const struct confine_profile *profile, char *missing, size_t size,
            struct err *err) ATTR_MUST_CHECK;

/* The same for a program that goes on with what there is: failures and what is
   missing are logged. */
void confine_and_log(const struct confine_profile *profile);

/* Why there is no Landlock or seccomp: what errno was, and whether a filter was
   upon this process by then. A static string. */
const char *confine_reason(int number, bool filtered);

/* Whether a filter of system calls is upon this process: ours, a container's or
   a systemd unit's. Then EPERM, and ENOSYS too, may be the filter's word and
   not the kernel's. */
bool confine_is_filtered(void);

/* The file that the kernel loads this program with (ld.so), "" without one: to
   be started again it must be in run_paths. */
const char *confine_loader(void);

#endif
