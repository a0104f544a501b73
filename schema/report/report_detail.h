/*
 * failure-details of a report.
 */
#ifndef SCHEMA_REPORT_REPORT_DETAIL_H
#define SCHEMA_REPORT_REPORT_DETAIL_H

#include "schema/report/report.h"
#include "schema/report/report_reader.h"

/* The failure details of an element of policies. */
void report_detail_read_all(struct report_reader *rd, const json_t *element,
                            const struct report_path *up,
                            struct report_policy *policy);

#endif
