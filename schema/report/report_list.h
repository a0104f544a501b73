/*
 * Lists of strings in a report: policy-string and mx-host.
 */
#ifndef SCHEMA_REPORT_REPORT_LIST_H
#define SCHEMA_REPORT_REPORT_LIST_H

#include "schema/report/quirk.h"
#include "schema/report/report.h"
#include "schema/report/report_reader.h"

/* A list of strings, or one string for it with a flag. */
void report_list_read(struct report_reader *rd, const json_t *value,
                      const struct report_path *up, enum quirk not_list,
                      struct text_list *list);

/* policy-string as Microsoft writes it for tlsa: one string that holds a JSON
   array of the real ones. */
void report_list_unfold(struct report_reader *rd, const struct report_path *up,
                        struct text_list *list);

/* mx-host with the decorations that were seen around the name. */
void report_list_strip_mx_hosts(struct report_reader *rd,
                                struct text_list *list);

#endif
