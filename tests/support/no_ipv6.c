/*
 * Preloaded into a program, makes a kernel that was started without IPv6.
 */
#include <dlfcn.h>
#include <errno.h>
#include <sys/socket.h>

int socket(int domain, int type, int protocol)
{
	void *real = dlsym(RTLD_NEXT, "socket");
	int (*call)(int, int, int);

	if (domain == AF_INET6) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	*(void **)&call = real;
	return call(domain, type, protocol);
}
