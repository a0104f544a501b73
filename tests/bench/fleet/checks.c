#include "tests/bench/fleet/checks.h"

#define EVERY_MINUTES HOUR_MINUTES
#define AGAIN_MINUTES 11
#define LIFETIME_DAYS 90

/* Before the policy: long enough for any fault to count. */
#define CHECKS_BEGIN (-30 * DAY_MINUTES)

const struct text checks_host_names[WORLD_HOSTS_MAX] = {
	{"mx1.example.net", 15},
	{"mx2.example.net", 15},
	{"mx3.example.net", 15},
};

/* The first of the hourly checks that is not before a moment. */
static int64_t checks_next(const struct world *w, int64_t moment)
{
	int64_t since = moment - CHECKS_BEGIN - w->check_minute;

	return moment + (EVERY_MINUTES - since % EVERY_MINUTES) % EVERY_MINUTES;
}

static struct probe_look checks_good_look(const struct world *w, int64_t moment)
{
	int64_t since = moment - CHECKS_BEGIN - w->check_minute;

	return (struct probe_look){.age_minutes = since % EVERY_MINUTES};
}

/* What is known of a host that is at fault while the fault lasts. */
static struct probe_look checks_look_at(const struct world *w, int64_t moment)
{
	bool always = w->truth->fault == FAULT_SOME_SESSIONS ||
	              w->truth->fault == FAULT_ONE_HOST;
	int64_t first, last, more;

	first = checks_next(w, always ? CHECKS_BEGIN + EVERY_MINUTES
	                              : w->fault_from);
	if (first > moment || first >= w->fault_to)
		return checks_good_look(w, moment);
	more = (moment - first) / AGAIN_MINUTES;
	last = first + more * AGAIN_MINUTES;
	/* A good one ends the row; the next is an hour later again, which is
	   as young. */
	if (last >= w->fault_to)
		return checks_good_look(w, moment);
	return (struct probe_look){
		.bad_checks = more + 1,
		.bad_minutes = last - first,
		.age_minutes = moment - last,
	};
}

void checks_look(const struct world *world, int64_t moment, struct checks *out)
{
	int64_t lifetime = LIFETIME_DAYS * DAY_MINUTES;
	struct probe_host *host;
	int i;

	*out = (struct checks){
		.probe = {.reaches_any = true,
	                  .host_count = (size_t)world->host_count,
	                  .policy_checked = true},
	};
	for (i = 0; i < world->host_count; i++) {
		host = &out->hosts[i];
		host->name = checks_host_names[i];
		host->look = i < world->bad_hosts
		                     ? checks_look_at(world, moment)
		                     : checks_good_look(world, moment);
		host->state = host->look.bad_checks > 0
		                      ? PROBE_HOST_CERTIFICATE_EXPIRED
		                      : PROBE_HOST_OK;
		host->lifetime_minutes = lifetime;
		host->not_after_minutes = lifetime;
		if (world->truth->fault == FAULT_EXPIRED &&
		    moment < world->fault_from)
			host->not_after_minutes = world->fault_from - moment;
	}
	out->probe.hosts = out->hosts;
}
