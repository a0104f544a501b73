#include "exporter/verbs/verbs.h"

#include <getopt.h>

const struct command_option verbs_options[] = {
	{"json", no_argument, VERBS_JSON, "", "with verdict: print JSON"},
	{"explain", no_argument, VERBS_EXPLAIN, "",
         "with verdict: add the calculation"},
	{"at", required_argument, VERBS_AT, "TIME",
         "with verdict: as it was known at that time, or at the end of that day"},
	{"without", required_argument, VERBS_WITHOUT, "NAME",
         "with verdict: as it would be without the reports of NAME; may be "
         "repeated"},
	{"accept", required_argument, VERBS_ACCEPT, "NAME",
         "with verdict: as it would be with NAME in accept_reporters; may be "
         "repeated"},
	{"from", required_argument, VERBS_FROM, "DAY",
         "with backfill: first report day, such as 2026-08-22"},
	{"to", required_argument, VERBS_TO, "DAY",
         "with backfill: last report day"},
	{"label", required_argument, VERBS_LABEL, "NAME=VALUE",
         "with backfill: label to add to each time series, as the scrape adds "
         "job and instance; may be repeated"},
	{"families", required_argument, VERBS_FAMILIES, "LIST",
         "with backfill: any of day, window, summary, verdict, domain, "
         "reporter (default: the first four)"},
	{"split", required_argument, VERBS_SPLIT, "month",
         "with backfill: write one file per month instead of standard output"},
	{"output", required_argument, VERBS_OUTPUT, "FOLDER",
         "with backfill: folder for these files (default: \".\")"},
};
