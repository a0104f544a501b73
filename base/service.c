#include "base/service.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/text.h"

/* SD_LISTEN_FDS_START */
#define LISTEN_FDS_START 3

static void service_fill_signals(sigset_t *signals)
{
	(void)sigemptyset(signals);
	(void)sigaddset(signals, SIGTERM);
	(void)sigaddset(signals, SIGINT);
	(void)sigaddset(signals, SIGHUP);
}

void service_block_signals(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t signals;

	service_fill_signals(&signals);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	(void)sigaction(SIGPIPE, &ignore, NULL);
}

enum service_event service_wait(int64_t milliseconds)
{
	struct timespec timeout = {.tv_sec = milliseconds / 1000,
	                           .tv_nsec = milliseconds % 1000 * 1000000};
	sigset_t signals;
	int number;

	service_fill_signals(&signals);
	number = sigtimedwait(&signals, NULL, &timeout);
	if (number == SIGHUP)
		return SERVICE_RELOAD;
	if (number == SIGTERM || number == SIGINT)
		return SERVICE_STOP;
	return SERVICE_TICK;
}

void service_notify(const char *state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@'))
		return;
	len = strlen(path);
	if (len >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* A supervisor that does not listen is no reason to fail. */
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	             (const struct sockaddr *)&address,
	             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	(void)close(fd);
}

int64_t service_tick(int64_t milliseconds)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	int64_t interval = 0, for_whom = 0, half;

	if (usec == NULL || !text_integer(text_of(usec), &interval) ||
	    interval <= 0)
		return milliseconds;
	if (pid != NULL &&
	    (!text_integer(text_of(pid), &for_whom) || for_whom != getpid()))
		return milliseconds;
	half = interval / 2000 > 0 ? interval / 2000 : 1;
	return half < milliseconds ? half : milliseconds;
}

void service_notify_reloading(void)
{
	struct timespec now;
	char state[64];

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld",
	               (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	service_notify(state);
}

void service_notify_reloaded(const char *text)
{
	char state[ERR_TEXT_SIZE + 64];

	(void)snprintf(state, sizeof(state), "READY=1\nSTATUS=%s", text);
	service_notify(state);
}

/* systemd sends the unit's name where FileDescriptorName= is not set. */
static void service_read_socket_name(struct text name,
                                     struct service_socket *socket)
{
	if (text_is(name, "unknown") || text_ends(name, ".socket"))
		name.len = 0;
	(void)snprintf(socket->name, sizeof(socket->name), "%.*s",
	               (int)name.len, name.len > 0 ? name.data : "");
}

size_t service_sockets(struct service_socket sockets[SERVICE_SOCKETS_MAX])
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	const char *fd_names = getenv("LISTEN_FDNAMES");
	struct text names = text_of(fd_names != NULL ? fd_names : ""), name;
	int64_t for_whom = 0, count = 0;
	size_t i;

	if (pid == NULL || fds == NULL ||
	    !text_integer(text_of(pid), &for_whom) || for_whom != getpid() ||
	    !text_integer(text_of(fds), &count) || count < 0 ||
	    count > (int64_t)SERVICE_SOCKETS_MAX)
		return 0;
	for (i = 0; i < (size_t)count; i++) {
		if (!text_next(&names, ':', &name))
			name = TEXT("");
		sockets[i].fd = LISTEN_FDS_START + (int)i;
		service_read_socket_name(name, &sockets[i]);
		(void)fcntl(sockets[i].fd, F_SETFD, FD_CLOEXEC);
	}
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	return (size_t)count;
}

/* Gives up root for a user and his groups, and checks that it is gone. */
static int service_become(uid_t uid, gid_t gid, const char *folder,
                          struct err *err)
{
	struct passwd entry, *found = NULL;
	char names[4096];

	if (getpwuid_r(uid, &entry, names, sizeof(names), &found) != 0)
		found = NULL;
	if ((found != NULL ? initgroups(found->pw_name, gid)
	                   : setgroups(0, NULL)) < 0 ||
	    setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return err_set_errno(err, errno,
		                     "cannot become the owner of %s", folder);
	if (setuid(0) == 0)
		return err_set(err, ERR_SYSTEM, "root's rights came back");
	return 0;
}

int service_become_owner(const char *file, struct err *err)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(file, '/');
	struct stat st;

	if (geteuid() != 0)
		return 0;
	(void)snprintf(folder, sizeof(folder), "%.*s",
	               slash == NULL ? 1 : (int)(slash - file + 1),
	               slash == NULL ? "." : file);
	if (stat(folder, &st) < 0)
		return err_set_errno(err, errno, "%s", folder);
	return st.st_uid == 0
	               ? 0
	               : service_become(st.st_uid, st.st_gid, folder, err);
}

int service_refuse_root(struct err *err)
{
	if (geteuid() != 0)
		return 0;
	return err_set(err, ERR_CONFIG,
	               "will not serve strangers as root; start it as another "
	               "user (systemd: User=tlsrpt; shell: setpriv "
	               "--reuid=tlsrpt --regid=tlsrpt --init-groups), or set "
	               "allow_root in a container that holds nothing else");
}

/* Takes all but the kept ones, a mask, out of the sets. True if one of them
   was there. */
static bool service_clear_capabilities(struct __user_cap_data_struct *sets,
                                       uint32_t kept)
{
	bool cleared = false;
	size_t i;

	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		cleared = cleared || (sets[i].effective & ~kept) != 0 ||
		          (sets[i].permitted & ~kept) != 0 ||
		          sets[i].inheritable != 0;
		sets[i].effective &= kept;
		sets[i].permitted &= kept;
		sets[i].inheritable = 0;
		kept = 0;
	}
	return cleared;
}

/* The ambient ones go with the permitted ones; no_new_privs keeps those of
   root from coming back with the next exec. A process without any asks the
   kernel for nothing: a filter of system calls, such as that of a systemd unit
   with SystemCallFilter=~@privileged, may refuse the request as such. */
static int service_drop_capabilities(struct err *err)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	uint32_t kept = geteuid() == 0 ? CAP_TO_MASK(CAP_DAC_OVERRIDE) : 0;

	if (syscall(SYS_capget, &header, sets) < 0)
		return err_set_errno(err, errno, "capget()");
	if (!service_clear_capabilities(sets, kept) ||
	    syscall(SYS_capset, &header, sets) == 0)
		return 0;
	/* The kernel lets every process give capabilities up. */
	if (errno == EPERM && confine_is_filtered())
		return err_set(err, ERR_SYSTEM,
		               "a filter of system calls refuses capset(): the "
		               "capabilities cannot be given up; allow it "
		               "(systemd: SystemCallFilter=capset), or start "
		               "without capabilities");
	return err_set_errno(err, errno, "capset()");
}

int service_confine(struct err *err)
{
	const struct rlimit none = {0, 0};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set_errno(err, errno, "no_new_privs");
	if (service_drop_capabilities(err) < 0)
		return -1;
	if (setrlimit(RLIMIT_CORE, &none) < 0)
		return err_set_errno(err, errno, "core limit");
	return 0;
}
