/*
 * What the families*.c files share among themselves; nobody else includes it.
 */
#ifndef EXPORTER_METRICS_FAMILIES_PRIVATE_H
#define EXPORTER_METRICS_FAMILIES_PRIVATE_H

#include "exporter/metrics/families.h"

struct render {
	struct exposition e;
	const struct model *model;
	const struct families_request *what;
	const struct self_figures *self;
	bool samples_only; /* no HELP and TYPE */
};

/* HELP and TYPE where they are wanted. */
void families_begin(struct render *r, const struct metric *metric);

struct family {
	enum metric_group group;
	struct metric metric;
	void (*write)(struct render *r, const struct metric *metric);
};

/* Writes the samples of one domain. */
typedef void domain_writer(struct render *r, const struct metric *metric,
                           const struct domain_figures *domain,
                           struct text name);
/* Whether a domain has any; NULL: each has. */
typedef bool domain_has(const struct domain_figures *domain);

/* The domains that the request asks for, or all that are exported; nothing,
   HELP and TYPE neither, where none has a sample. */
void families_each_domain(struct render *r, const struct metric *metric,
                          domain_writer *write, domain_has *has);

extern const struct family families_domain[];
extern const size_t families_domain_count;
extern const struct family families_verdict[];
extern const size_t families_verdict_count;
extern const struct family families_mailbox[];
extern const size_t families_mailbox_count;
extern const struct family families_self[];
extern const size_t families_self_count;

#endif
