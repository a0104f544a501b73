/*
 * Sentences on the reasons that are about reports, policies and patience.
 */
#ifndef EXPORTER_EXPLAIN_PHRASES_WAIT_H
#define EXPORTER_EXPLAIN_PHRASES_WAIT_H

#include "exporter/explain/phrases_evidence.h"

phrases_writer phrases_wait_no_reports;
phrases_writer phrases_wait_reports_stopped;
phrases_writer phrases_wait_not_published;
phrases_writer phrases_wait_not_seen;
phrases_writer phrases_wait_untested;
phrases_writer phrases_wait_outdated;
phrases_writer phrases_wait_unusable;
phrases_writer phrases_wait_unusable_for_one;
phrases_writer phrases_wait_unusable_sporadic;
phrases_writer phrases_wait_observation;
phrases_writer phrases_wait_coverage;
phrases_writer phrases_wait_reporters;
phrases_writer phrases_wait_bound;
phrases_writer phrases_wait_confirming;
phrases_writer phrases_wait_ignored;
phrases_writer phrases_wait_anonymous;
phrases_writer phrases_wait_newcomers;

/* What to do about them. */
phrases_writer phrases_wait_fix_policy;
phrases_writer phrases_wait_publish;
phrases_writer phrases_wait_for_newcomers;

#endif
