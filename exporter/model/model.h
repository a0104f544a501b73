/*
 * What is known, in memory: the store's sums per domain over the window, the
 * newest settled day and the days after it, and the named numbers. The page is
 * rendered from here; a scrape runs no SQL.
 *
 * All is in report time. A day is settled when it ended settle_hours ago; the
 * window is the last window_days settled days; days after it are recent.
 *
 * One thread refreshes, any number reads between model_lock() and
 * model_unlock(). A refresh reads the whole window when a day settles, and
 * otherwise only the domains that changed.
 */
#ifndef EXPORTER_MODEL_MODEL_H
#define EXPORTER_MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "exporter/assess/policy.h"
#include "exporter/config/config.h"
#include "exporter/verdict/verdict.h"
#include "schema/report/report.h"
#include "schema/rules/outcome.h"
#include "schema/store/store.h"

/* Why sessions are shown but not counted. */
enum uncounted {
	UNCOUNTED_UNAUTHENTICATED, /* mail that proves nothing */
	UNCOUNTED_CONFLICT,        /* another copy of the report counts */
	UNCOUNTED_REASONS,
};

const char *model_figures_uncounted_name(enum uncounted why);

struct session_counts {
	int64_t sessions; /* successful and failed */
	int64_t failed;
};

/* A reporter's share of a domain. */
struct reporter_figures {
	int64_t id;
	bool proved;
	bool in_window; /* with at least one session */
	bool in_day;
	struct session_counts window; /* policy type sts */
	struct session_counts day;
};

/* What the exporter keeps of a verdict. */
struct domain_verdict {
	enum verdict_state state;
	uint32_t reasons; /* bits of enum verdict_reason */
	int64_t sessions; /* that count as evidence */
	int64_t refused;  /* of them */
	double upper;     /* bound of the refusal ratio */
	int64_t since;    /* Unix time; 0: not looked for */
	enum sts_mode mode;
	int64_t max_age;      /* seconds, 0: not known */
	int32_t policy_since; /* day, or VERDICT_NO_DAY */
};

struct domain_figures {
	struct text name;
	int64_t id; /* in the store, 0: no report yet */
	int64_t last_end;
	int64_t last_received;
	unsigned int types;                 /* bits: seen in the store */
	unsigned int results[POLICY_TYPES]; /* bits: seen in the store */
	struct session_counts window[POLICY_TYPES];
	struct session_counts day[POLICY_TYPES];
	struct session_counts recent[POLICY_TYPES];
	int64_t *result_sessions; /* [type][result] in the window, or NULL */
	int64_t uncounted[UNCOUNTED_REASONS];
	int64_t window_reports;
	int64_t day_refused;
	uint64_t covered;         /* a bit a day of the window */
	int64_t window_reporters; /* with at least one session */
	int64_t day_reporters;
	/* The largest, by their sessions in the window, and the sum of the
	   others that have any. */
	struct reporter_figures *reporters;
	size_t reporter_count;
	struct reporter_figures other_reporters;
	bool has_others;
	struct domain_verdict verdict;
	bool exported; /* with series of its own */
};

/* One row of the store's named numbers. */
struct named_figure {
	enum store_sample_kind kind;
	char *name;
	char *first;
	char *other;
	double value;
	int64_t bytes;
};

struct model;

struct model *model_new(void);
void model_free(struct model **model);

/* Brings the model up to the store's last commit. store may be NULL: then only
   the configured domains are there. Fails as the store does; the model is then
   as it was. */
int model_refresh(struct model *model, struct store *store,
                  struct config *config, int64_t now, struct err *err)
	ATTR_MUST_CHECK;

/* --- the past ------------------------------------------------------------ */

/* A model of one domain of another model, domains[i] there, or of none (i is
   SIZE_MAX). The other must outlive it. */
struct model *model_history_new(const struct model *now, size_t i);
void model_history_free(struct model **past);

/* Sets it to how it stood, by what is known today, at the moment when a day
   had just settled; days are set in rising order. */
int model_history_set(struct model *past, struct store *store, int64_t day,
                      struct err *err) ATTR_MUST_CHECK;

/* The moment at which a day settles. */
int64_t model_settle_time(const struct model *model, int64_t day);

/* How many domains of the fleet stood in each state; kept by reference. */
void model_history_set_counts(struct model *past,
                              const int64_t counts[VERDICT_STATES]);

/* Forgets what the store said: the file is another one now. */
void model_reset(struct model *model);

void model_lock(struct model *model);
void model_unlock(struct model *model);

/* --- between model_lock() and model_unlock() ---------------------------------
 */

/* Rises with every refresh that changed anything but the collector's state. */
uint64_t snapshot_version(const struct model *model);
int64_t snapshot_last_day(const struct model *model);
int64_t snapshot_window_days(const struct model *model);

/* The domains by name, all of them; and whether one is exported by itself. */
const struct domain_figures *const *snapshot_domains(const struct model *model,
                                                     size_t *count);
bool snapshot_is_exported(const struct model *model, size_t i);

const struct domain_figures *snapshot_find(const struct model *model,
                                           struct text name);
const char *snapshot_reporter_name(const struct model *model, int64_t id);

/* The value of a named number, 0 where there is none. */
double snapshot_named(const struct model *model, enum store_sample_kind kind,
                      const char *name, const char *first, const char *other);
/* How many domains stand in each state, all of them. */
void snapshot_count_states(const struct model *model,
                           int64_t counts[VERDICT_STATES]);
int64_t snapshot_usage_bytes(const struct model *model, const char *name);
const struct named_figure *snapshot_named_figures(const struct model *model,
                                                  size_t *count);
int64_t snapshot_oldest_day(const struct model *model);
void snapshot_sizes(const struct model *model, int64_t *file, int64_t *wal);

/* The newest day that is settled at a moment. */
int64_t model_settled_day(int64_t now, int64_t settle_hours);

#endif
