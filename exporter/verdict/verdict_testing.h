/*
 * What holds in testing. Private to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_TESTING_H
#define EXPORTER_VERDICT_VERDICT_TESTING_H

#include "exporter/verdict/verdict_evaluation.h"

/* The state of a domain that does not enforce; adds the reasons. */
enum verdict_state verdict_testing_state(struct verdict_evaluation *e);

#endif
