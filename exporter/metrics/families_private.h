/*
 * A family is a row of data: what it is called, what it is walked over, which
 * labels its series have, and where its numbers are. What the families*.c files
 * share; nobody else includes it.
 */
#ifndef EXPORTER_METRICS_FAMILIES_PRIVATE_H
#define EXPORTER_METRICS_FAMILIES_PRIVATE_H

#include "base/process.h"
#include "exporter/metrics/families.h"

/* A page, or a family's samples of one day, that is being made. */
struct render {
	struct exposition e;
	const struct snapshot *snapshot;
	const struct families_request *what;
	const struct self_figures *self;
	bool samples_only; /* no HELP and TYPE */
	/* Counted once, for all series that show a part of it. */
	int64_t states[VERDICT_STATES];
	struct process_stats process;
};

/* --- a row --------------------------------------------------------------- */

/* Where the series come from. With labels there is one for each combination of
   their values. */
enum family_walk {
	FAMILY_ONCE,   /* one; not on a page of single domains */
	FAMILY_DOMAIN, /* each domain that is asked for, or exported */
	FAMILY_DOMAIN_AND_OTHER, /* and the sum of those over max_domains */
	FAMILY_REPORTER,         /* the largest reporters of each domain */
	FAMILY_WATCHED,          /* those that used to report on it */
	FAMILY_REFUSING,         /* those that report refusals now */
	FAMILY_LISTED,    /* each sample of that name, whatever its labels */
	FAMILY_HISTOGRAM, /* samples "_bucket" by the label, and "_sum" */
};

enum family_format {
	FAMILY_INTEGER,
	FAMILY_NUMBER,
	FAMILY_RATIO
};

/* Labels beside domain and reporter, which come from the walk. */
enum family_label {
	LABEL_NONE,
	LABEL_POLICY_TYPE,
	LABEL_RESULT_TYPE,
	LABEL_UNCOUNTED,
	LABEL_VERDICT,
	LABEL_REASON,
	LABEL_MODE,
	LABEL_PROBE,
	LABEL_CHANNEL,
	LABEL_OUTCOME,
	LABEL_REFUSAL,
	LABEL_DEFERRAL,
	LABEL_LEDGER_GROUP,
	LABEL_AUTHENTICATION,
	LABEL_DELAY,
	LABEL_COLLECTOR_HANDLER,
	LABEL_COLLECTOR_LIMIT,
	LABEL_HANDLER,
	LABEL_CODE,
	LABEL_OPERATION,
	LABEL_GROUP,
	LABEL_VERSION,
	LABEL_REVISION,
	LABEL_SQLITE,
	LABEL_TLS,
	/* of samples that are listed: their values are not known before */
	LABEL_MAILBOX,
	LABEL_REPLY,
	LABEL_CERTIFICATE,
	FAMILY_LABELS,
};

/* A number that the collector writes into the store. */
struct family_sample {
	enum store_sample_kind kind;
	const char *name; /* NULL: the number is the table's own */
	bool joined; /* the first label's value ends the name: "ledger:mail" */
	bool bytes;  /* of a usage, in place of its rows */
	bool sum;    /* over all labels */
};

struct family {
	enum metric_group group;
	struct metric metric;
	enum family_walk walk;
	enum family_label labels[FAMILY_LABELS_MAX];
	enum family_format format;
	struct family_sample sample;
	int number;  /* of the table's enum: which number it is */
	bool of_now; /* and of no day in the past */
};

/* --- a series ------------------------------------------------------------ */

struct family_point {
	const struct render *render;
	const struct family *family;
	const struct domain_figures *domain;     /* or NULL */
	const struct reporter_figures *reporter; /* or NULL */
	const struct watched_figures *watched;   /* or NULL */
	const struct refusing_figures *refusing; /* or NULL */
	unsigned int index[FAMILY_LABELS_MAX];   /* values of the labels */
};

struct family_value {
	int64_t whole; /* FAMILY_INTEGER */
	double real;   /* the others */
};

struct family_table {
	const struct family *rows;
	size_t count;
	/* The number at a point that no sample of the store is; false: there is
	   no such series. NULL: all are samples. */
	bool (*number)(const struct family_point *at,
	               struct family_value *value);
};

extern const struct family_table families_domain;
extern const struct family_table families_verdict;
extern const struct family_table families_reporter;
extern const struct family_table families_mailbox;
extern const struct family_table families_ingest;
extern const struct family_table families_store;
extern const struct family_table families_collector;
extern const struct family_table families_self;

/* --- families_walk.c ------------------------------------------------------ */

/* Writes all series of a family. */
void families_walk(struct render *r, const struct family_table *table,
                   const struct family *family);

/* --- families_label.c: names and values of labels ------------------------ */

/* The values of LABEL_OPERATION. */
enum family_operation {
	FAMILY_OPERATION_READ,
	FAMILY_OPERATION_WRITE,
	FAMILY_OPERATIONS,
};

const char *families_label_name(enum family_label label);

/* The values are those from first up to, not including, end. */
unsigned int families_label_first(enum family_label label);
unsigned int families_label_end(const struct render *r,
                                enum family_label label);
const char *families_label_value(const struct render *r,
                                 enum family_label label, unsigned int i);

/* --- families_sample.c: numbers that the collector wrote ----------------- */

/* The sample at a point, 0 where the store has none. */
double families_sample_number(const struct family_point *at);

/* Whether a figure is a series of a family that is listed. */
bool families_sample_is_listed(const struct family *family,
                               const struct named_figure *figure);

#endif
