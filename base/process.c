#include "base/process.h"

#include <dirent.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/text.h"

/* Fields of /proc/self/stat (proc(5)), counted from the one after the name in
   parentheses, which is the third. */
#define FIELD_UTIME     11
#define FIELD_STIME     12
#define FIELD_STARTTIME 19
#define FIELD_VSIZE     20
#define FIELD_RSS       21

/* By the clocks: a unit with ProcSubset=pid hides /proc/stat, which says it
   too. */
static double process_boot_time(void)
{
	struct timespec now, since_boot;

	if (clock_gettime(CLOCK_REALTIME, &now) < 0 ||
	    clock_gettime(CLOCK_BOOTTIME, &since_boot) < 0)
		return 0;
	return (double)(now.tv_sec - since_boot.tv_sec) +
	       (double)(now.tv_nsec - since_boot.tv_nsec) / 1e9;
}

static void process_read_stat(struct process_stats *out)
{
	struct buf stat = BUF_INIT(64U * 1024U);
	long ticks_per_second = sysconf(_SC_CLK_TCK);
	double ticks = (double)ticks_per_second;
	struct err ignored;
	struct text rest, word;
	const char *name_end;
	int64_t number;
	int field = 0;

	if (file_read("/proc/self/stat", &stat, &ignored) < 0)
		return;
	name_end = strrchr(buf_text(&stat), ')');
	rest = text_of(name_end == NULL ? "" : name_end + 2);
	for (; text_next(&rest, ' ', &word); field++) {
		if (!text_integer(text_trim(word), &number))
			continue;
		if (field == FIELD_UTIME || field == FIELD_STIME)
			out->cpu_seconds += (double)number / ticks;
		else if (field == FIELD_STARTTIME)
			out->start_time =
				process_boot_time() + (double)number / ticks;
		else if (field == FIELD_VSIZE)
			out->virtual_bytes = (double)number;
		else if (field == FIELD_RSS)
			out->resident_bytes =
				(double)(number * sysconf(_SC_PAGESIZE));
	}
	buf_free(&stat);
}

static double process_count_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	double count = 0;

	if (folder == NULL)
		return 0;
	/* Each call takes the next entry; two of them are "." and "..", and one
	   is the folder that we hold open. */
	while (readdir(folder) != NULL) /* NOLINT(concurrency-mt-unsafe) */
		count++;
	(void)closedir(folder);
	return count > 3 ? count - 3 : 0;
}

void process_stats(struct process_stats *out)
{
	struct rlimit limit;

	*out = (struct process_stats){0};
	process_read_stat(out);
	out->open_fds = process_count_fds();
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		out->max_fds = (double)limit.rlim_cur;
}
