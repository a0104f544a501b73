/*
 * Sentences on the reasons that checks from outside, or the names of MX hosts,
 * give.
 */
#ifndef EXPORTER_EXPLAIN_PHRASES_CHECK_H
#define EXPORTER_EXPLAIN_PHRASES_CHECK_H

#include "exporter/explain/phrases_evidence.h"

phrases_writer phrases_check_not_in_policy;
phrases_writer phrases_check_failed;
phrases_writer phrases_check_all_failed;
phrases_writer phrases_check_contradicted;
phrases_writer phrases_check_unproven;
phrases_writer phrases_check_certificate;
phrases_writer phrases_check_unreachable;
phrases_writer phrases_check_stale;
phrases_writer phrases_check_useless;
phrases_writer phrases_check_fetch_failed;
phrases_writer phrases_check_invalid;
phrases_writer phrases_check_differs;
phrases_writer phrases_check_record;
phrases_writer phrases_check_id;

/* What to do about hosts that fail. */
phrases_writer phrases_check_fix_hosts;
phrases_writer phrases_check_fix_all_hosts;

#endif
