#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

/* Sanitizers reserve terabytes of addresses and run threads of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* What writes files at its end: the long-running processes with sanitizers, and
   every process of ours where what is reached is counted. */
#if defined(TLSRPT_COVERAGE)
#define LEAVES_FILES(profile) ((profile)->returns || (profile)->memory > 0)
#elif defined(SANITIZED)
#define LEAVES_FILES(profile) ((profile)->returns)
#else
#define LEAVES_FILES(profile) false
#endif

bool confine_is_filtered(void)
{
	int mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);

	/* EINVAL: this kernel knows no filters. */
	return mode > 0 || (mode < 0 && errno != EINVAL);
}

/* --- files --------------------------------------------------------------- */

#define READ_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RUN_FILES  (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE)
#define CHANGE_FILES                                                      \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR)
#define ALL_OF_ABI_1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

/* What later versions than that of Debian 12's headers know: renaming from one
   folder into another (2), emptying files (3), commands to devices (5). */
#define ACCESS_FS_REFER     (1ULL << 13)
#define ACCESS_FS_TRUNCATE  (1ULL << 14)
#define ACCESS_FS_IOCTL_DEV (1ULL << 15)
/* TCP (4). */
#define ACCESS_NET_BIND    (1ULL << 0)
#define ACCESS_NET_CONNECT (1ULL << 1)
/* Abstract sockets, and signals, of processes outside (6). */
#define SCOPE_ABSTRACT_SOCKET (1ULL << 0)
#define SCOPE_SIGNAL          (1ULL << 1)

/* struct landlock_ruleset_attr of version 6; an older kernel takes it where
   what it does not know is zero. */
struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

/* What a kernel of that version is asked to refuse unless a rule allows it. */
static struct ruleset
confine_handled_rights(long abi, const struct confine_profile *profile)
{
	struct ruleset set = {.fs = ALL_OF_ABI_1};

	if (abi >= 2)
		set.fs |= ACCESS_FS_REFER;
	if (abi >= 3)
		set.fs |= ACCESS_FS_TRUNCATE;
	if (abi >= 4 && !profile->network)
		set.net |= ACCESS_NET_CONNECT;
	if (abi >= 4 && !profile->listens)
		set.net |= ACCESS_NET_BIND;
	if (abi >= 5)
		set.fs |= ACCESS_FS_IOCTL_DEV;
	/* Whoever starts programs may be asked for more by them; the
	   supervisor's socket may be abstract. */
	if (abi >= 6 && !profile->starts)
		set.scoped |= SCOPE_SIGNAL;
	if (abi >= 6 && !profile->starts && !profile->listens)
		set.scoped |= SCOPE_ABSTRACT_SOCKET;
	return set;
}

static int confine_allow_path(int ruleset, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access};
	long result;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == ENOENT ? 0 : -1;
	result = syscall(SYS_landlock_add_rule, ruleset,
	                 LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	(void)close(rule.parent_fd);
	return result < 0 ? -1 : 0;
}

/* A rule for a file may not grant what only folders have. */
static int confine_allow_paths(int ruleset, const char *const *paths,
                               uint64_t access)
{
	size_t i;

	for (i = 0; paths != NULL && paths[i] != NULL; i++) {
		if (confine_allow_path(ruleset, paths[i], access) < 0 &&
		    errno == EINVAL &&
		    confine_allow_path(ruleset, paths[i],
		                       access & (LANDLOCK_ACCESS_FS_READ_FILE |
		                                 LANDLOCK_ACCESS_FS_WRITE_FILE |
		                                 (access & ACCESS_FS_TRUNCATE) |
		                                 LANDLOCK_ACCESS_FS_EXECUTE)) <
		            0)
			return -1;
	}
	return 0;
}

/* 0, 1 where there is no Landlock, with errno saying why, or -1 with errno. */
static int confine_files(const struct confine_profile *profile)
{
	uint64_t change = READ_FILES | CHANGE_FILES;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	                   LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset set = confine_handled_rights(abi, profile);
	int ruleset, result;

	if (abi < 1)
		return 1;
	change |= set.fs & (ACCESS_FS_REFER | ACCESS_FS_TRUNCATE);
	ruleset =
		(int)syscall(SYS_landlock_create_ruleset, &set, sizeof(set), 0);
	if (ruleset < 0)
		return -1;
	result = confine_allow_paths(ruleset, profile->read_paths, READ_FILES);
	if (result == 0)
		result = confine_allow_paths(ruleset, profile->write_paths,
		                             change);
	if (result == 0)
		result = confine_allow_paths(ruleset, profile->run_paths,
		                             RUN_FILES);
	if (result == 0)
		result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	(void)close(ruleset);
	return result;
}

/* --- system calls -------------------------------------------------------- */

/* What any process does: memory, time, the sockets and files it has. */
static const int calls_basic[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(recvfrom),
	SCMP_SYS(sendto),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(close),
	SCMP_SYS(lseek),
	SCMP_SYS(fstat),
	SCMP_SYS(brk),
	SCMP_SYS(mmap),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(mprotect),
	SCMP_SYS(futex),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(uname),
	SCMP_SYS(sched_yield),
	SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(getrusage),
	SCMP_SYS(sysinfo),
	SCMP_SYS(tgkill),
	SCMP_SYS(fcntl),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(rt_sigtimedwait),
};

static const int calls_files[] = {
	SCMP_SYS(newfstatat), SCMP_SYS(stat),       SCMP_SYS(lstat),
	SCMP_SYS(statx),      SCMP_SYS(access),     SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(getdents64), SCMP_SYS(pread64),
	SCMP_SYS(readlink),   SCMP_SYS(getcwd),     SCMP_SYS(fstatfs),
	SCMP_SYS(statfs),     SCMP_SYS(fadvise64),  SCMP_SYS(readlinkat),
	SCMP_SYS(flock),
};

static const int calls_changes[] = {
	SCMP_SYS(rename),  SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(unlink),  SCMP_SYS(unlinkat), SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat), SCMP_SYS(fsync),    SCMP_SYS(fdatasync),
};

static const int calls_network[] = {
	SCMP_SYS(socket),      SCMP_SYS(connect),     SCMP_SYS(bind),
	SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),  SCMP_SYS(shutdown),    SCMP_SYS(sendmmsg),
	SCMP_SYS(recvmmsg),    SCMP_SYS(ioctl),       SCMP_SYS(socketpair),
	SCMP_SYS(select),      SCMP_SYS(pselect6),    SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),   SCMP_SYS(epoll_wait),  SCMP_SYS(epoll_pwait),
	SCMP_SYS(pipe),        SCMP_SYS(pipe2),       SCMP_SYS(eventfd2),
};

static const int calls_listening[] = {
	SCMP_SYS(listen),
	SCMP_SYS(accept),
	SCMP_SYS(accept4),
	SCMP_SYS(sendfile),
};

static const int calls_threads[] = {
	SCMP_SYS(clone),           SCMP_SYS(clone3), SCMP_SYS(set_robust_list),
	SCMP_SYS(set_tid_address), SCMP_SYS(rseq),   SCMP_SYS(prlimit64),
};

static const int calls_database[] = {
	SCMP_SYS(pwrite64),  SCMP_SYS(ftruncate), SCMP_SYS(fallocate),
	SCMP_SYS(fchmod),    SCMP_SYS(fchown),    SCMP_SYS(umask),
	SCMP_SYS(utimensat),
};

/* Starting a program, and what it does until it gives up more. */
static const int calls_starting[] = {
	SCMP_SYS(execve),
	SCMP_SYS(vfork),
	SCMP_SYS(wait4),
	SCMP_SYS(waitid),
	SCMP_SYS(kill),
	SCMP_SYS(dup),
	SCMP_SYS(dup2),
	SCMP_SYS(dup3),
	SCMP_SYS(close_range),
	SCMP_SYS(arch_prctl),
	SCMP_SYS(prctl),
	SCMP_SYS(setrlimit),
	SCMP_SYS(getrlimit),
	SCMP_SYS(getppid),
	SCMP_SYS(seccomp),
	SCMP_SYS(landlock_create_ruleset),
	SCMP_SYS(landlock_add_rule),
	SCMP_SYS(landlock_restrict_self),
};

static int confine_allow_calls(scmp_filter_ctx filter, const int *calls,
                               size_t count)
{
	size_t i;
	int result;

	for (i = 0; i < count; i++) {
		/* Negative: this machine has no such call. */
		if (calls[i] < 0)
			continue;
		result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
		if (result < 0)
			return result;
	}
	return 0;
}

/* Opening, but not to empty: Landlock knows that from its third version on
   only, and no confined process of ours does it. */
static int confine_allow_open(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp no_truncation[] = {
		SCMP_A1(SCMP_CMP_MASKED_EQ, O_TRUNC, 0),
		SCMP_A2(SCMP_CMP_MASKED_EQ, O_TRUNC, 0)};
	int result = 0;

	if (SCMP_SYS(open) >= 0)
		result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		                                SCMP_SYS(open), 1,
		                                &no_truncation[0]);
	if (result == 0)
		result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		                                SCMP_SYS(openat), 1,
		                                &no_truncation[1]);
	return result;
}

static int confine_fill_filter(scmp_filter_ctx filter,
                               const struct confine_profile *profile)
{
	const struct {
		bool wanted;
		const int *calls;
		size_t count;
	} groups[] = {
		{true, calls_basic, ARRAY_LENGTH(calls_basic)},
		{profile->read_paths != NULL, calls_files,
	         ARRAY_LENGTH(calls_files)},
		{profile->write_paths != NULL, calls_changes,
	         ARRAY_LENGTH(calls_changes)},
		{profile->network, calls_network, ARRAY_LENGTH(calls_network)},
		{profile->listens, calls_listening,
	         ARRAY_LENGTH(calls_listening)},
		{profile->threads, calls_threads, ARRAY_LENGTH(calls_threads)},
		{profile->stores, calls_database, ARRAY_LENGTH(calls_database)},
		{profile->starts, calls_starting, ARRAY_LENGTH(calls_starting)},
	};
	int result = 0;
	size_t i;

	for (i = 0; result == 0 && i < ARRAY_LENGTH(groups); i++) {
		if (groups[i].wanted)
			result = confine_allow_calls(filter, groups[i].calls,
			                             groups[i].count);
	}
	if (result == 0 && profile->read_paths != NULL)
		result = confine_allow_open(filter);
	return result;
}

/* What is not allowed fails: a library that tries goes on without. */
static int confine_calls(const struct confine_profile *profile)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int result;

	if (filter == NULL)
		return -ENOMEM;
	/* The kernel's own errno, which says why. */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
	result = confine_fill_filter(filter, profile);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	return result;
}

static int confine_limit_memory(uint64_t bytes)
{
#ifdef SANITIZED
	(void)bytes;
	return 0;
#else
	struct rlimit limit = {0, 0};

	if (bytes == 0 || getrlimit(RLIMIT_AS, &limit) < 0)
		return bytes == 0 ? 0 : -1;
	/* Whoever started us may have set a lower one: it stays. */
	if (limit.rlim_max < bytes)
		bytes = limit.rlim_max;
	limit = (struct rlimit){bytes, bytes};
	return setrlimit(RLIMIT_AS, &limit);
#endif
}

const char *confine_reason(int number, bool filtered)
{
	if (number == EOPNOTSUPP)
		return "it is switched off at the kernel's start";
	if (filtered && number == ENOSYS)
		return "the kernel has none, or a filter of system calls, such "
		       "as a container's, hides it";
	if (filtered && (number == EPERM || number == EACCES))
		return "a filter of system calls, such as a container's, "
		       "refuses it";
	if (number == ENOSYS || number == EINVAL)
		return "the kernel has none";
	return "the kernel refuses it";
}

/* Before the filter of system calls is ours: "" or what is missing and why. */
static int confine_enter(const struct confine_profile *profile, char *missing,
                         size_t size, struct err *err)
{
	bool filtered = confine_is_filtered();
	int landlock = confine_files(profile), number = errno, seccomp;

	if (landlock < 0)
		return err_set_errno(err, number, "Landlock");
	seccomp = confine_calls(profile);
	/* A kernel, or a container's own filter, without it. */
	if (seccomp < 0 && seccomp != -EINVAL && seccomp != -ENOSYS &&
	    seccomp != -EACCES && seccomp != -ECANCELED && seccomp != -EPERM)
		return err_set_errno(err, -seccomp, "seccomp");
	(void)snprintf(missing, size, "%s%s%s%s%s",
	               landlock == 1 ? "no Landlock: " : "",
	               landlock == 1 ? confine_reason(number, filtered) : "",
	               landlock == 1 && seccomp < 0 ? "; " : "",
	               seccomp < 0 ? "no seccomp: " : "",
	               seccomp < 0 ? confine_reason(-seccomp, filtered) : "");
	return 0;
}

int confine(const struct confine_profile *profile, char *missing, size_t size,
            struct err *err)
{
	const struct rlimit none = {0, 0};

	if (LEAVES_FILES(profile)) {
		missing[0] = '\0';
		return 0;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set_errno(err, errno, "no_new_privs");
	if (confine_limit_memory(profile->memory) < 0)
		return err_set_errno(err, errno, "memory limit");
	if (profile->write_paths == NULL && !profile->logs &&
	    setrlimit(RLIMIT_FSIZE, &none) < 0)
		return err_set_errno(err, errno, "file size limit");
	return confine_enter(profile, missing, size, err);
}

void confine_and_log(const struct confine_profile *profile)
{
	char missing[CONFINE_MISSING_SIZE];
	struct err err;

	if (confine(profile, missing, sizeof(missing), &err) < 0)
		log_warning("not confined: %s", err.text);
	else if (missing[0] != '\0')
		log_warning("less confinement: %s", missing);
}

static int confine_on_object(struct dl_phdr_info *info, size_t size, void *cls)
{
	const char **loader = cls;

	(void)size;
	if (info->dlpi_addr != getauxval(AT_BASE))
		return 0;
	*loader = info->dlpi_name;
	return 1;
}

const char *confine_loader(void)
{
	const char *loader = "";

	(void)dl_iterate_phdr(confine_on_object, &loader);
	return loader;
}
