/*
 * What each reporter group is to a verdict that has been taken. Private to the
 * verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_WITNESS_H
#define EXPORTER_VERDICT_VERDICT_WITNESS_H

#include "exporter/verdict/verdict_weighing.h"

/* Fills in the witnesses, which have their standing, and the faulty reporters
   of a finding. */
void verdict_witness_describe(const struct verdict_source *source,
                              const struct verdict_finding *finding,
                              struct verdict *out);

#endif
