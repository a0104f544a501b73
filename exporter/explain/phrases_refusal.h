/*
 * Sentences on the reasons that are about refused sessions.
 */
#ifndef EXPORTER_EXPLAIN_PHRASES_REFUSAL_H
#define EXPORTER_EXPLAIN_PHRASES_REFUSAL_H

#include "exporter/explain/phrases_evidence.h"

phrases_writer phrases_refusal_active;
phrases_writer phrases_refusal_now;
phrases_writer phrases_refusal_ratio;
phrases_writer phrases_refusal_of_one;
phrases_writer phrases_refusal_diluted;
phrases_writer phrases_refusal_recurring;
phrases_writer phrases_refusal_predicted;
phrases_writer phrases_refusal_predicted_by_one;
phrases_writer phrases_refusal_of_newcomers;
phrases_writer phrases_refusal_contradicted;
phrases_writer phrases_refusal_local;
phrases_writer phrases_refusal_local_over_budget;
phrases_writer phrases_refusal_dane;

/* What to do about them. */
phrases_writer phrases_refusal_fix;
phrases_writer phrases_refusal_fix_at_once;
phrases_writer phrases_refusal_fix_dane;
phrases_writer phrases_refusal_advise_local;
phrases_writer phrases_refusal_advise_contradicted;

#endif
