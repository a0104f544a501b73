#include "collector/mailbox/poller_pause.h"

#include <sys/random.h>

#include "base/timestamp.h"

/* Back-off after failures: doubled each time, with jitter. */
#define BACK_OFF_MIN_MS (15 * 1000)
#define BACK_OFF_MAX_MS (60 * 60 * 1000)

/* A server that ends an idle connection soon is asked again slowly. */
#define IDLE_AGAIN_MS 2000
#define IDLE_LONG_MS  (10 * 60 * 1000)

/* Before news are looked for where the last ones were of nothing. */
#define NEWS_AGAIN_MS 1000

int64_t poller_pause_random_below(int64_t max)
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0 || max <= 0)
		return 0;
	return (int64_t)(number % (uint64_t)max);
}

int64_t poller_pause_spread(int64_t pause)
{
	return pause * 3 / 4 + poller_pause_random_below(pause / 2 + 1);
}

int64_t poller_pause_retry_at(int64_t tries, int64_t first, int64_t max)
{
	int64_t pause = first, i;

	for (i = 1; i < tries && pause < max; i++)
		pause *= 4;
	return timestamp_now() + poller_pause_spread(pause < max ? pause : max);
}

int64_t poller_pause_after_failure(const struct poller_mailbox *mailbox)
{
	int64_t pause = BACK_OFF_MIN_MS;
	int64_t max = mailbox->settings->interval * 1000;
	int i;

	if (max > BACK_OFF_MAX_MS)
		max = BACK_OFF_MAX_MS;
	for (i = 1; i < mailbox->failures && pause < max; i++)
		pause *= 2;
	if (pause > max)
		pause = max;
	return poller_pause_spread(pause);
}

int64_t poller_pause_after_idle(struct poller_mailbox *mailbox)
{
	int64_t pause = IDLE_AGAIN_MS;
	int64_t max = mailbox->settings->interval * 1000;
	int i;

	if (timestamp_monotonic_ms() - mailbox->idle_began >= IDLE_LONG_MS)
		mailbox->idle_ends = 0;
	for (i = 0; i < mailbox->idle_ends && pause < max; i++)
		pause *= 2;
	mailbox->idle_ends++;
	return poller_pause_spread(pause < max ? pause : max);
}

int64_t poller_pause_after_news(const struct poller_mailbox *mailbox)
{
	int64_t pause = NEWS_AGAIN_MS;
	int64_t max = mailbox->settings->interval * 1000;
	int i;

	if (mailbox->empty_news == 0)
		return 0;
	for (i = 1; i < mailbox->empty_news && pause < max; i++)
		pause *= 2;
	return pause < max ? pause : max;
}
