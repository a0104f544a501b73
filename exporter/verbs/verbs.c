#include "exporter/verbs/verbs.h"

#include <getopt.h>

const struct command_option verbs_options[] = {
	{"json", no_argument, VERBS_JSON, "", "with verdict: as JSON"},
	{"explain", no_argument, VERBS_EXPLAIN, "",
         "with verdict: with the arithmetic"},
	{"at", required_argument, VERBS_AT, "TIME",
         "with verdict: as it stood then, by what is known today"},
	{"from", required_argument, VERBS_FROM, "DAY",
         "with backfill: first report day, such as 2026-08-22"},
	{"to", required_argument, VERBS_TO, "DAY",
         "with backfill: last report day"},
	{"label", required_argument, VERBS_LABEL, "NAME=VALUE",
         "with backfill: for each series, as the scrape adds job and instance; "
         "may be repeated"},
	{"families", required_argument, VERBS_FAMILIES, "LIST",
         "with backfill: of day, window, summary, verdict, domain, reporter; "
         "the first four when left out"},
	{"split", required_argument, VERBS_SPLIT, "month",
         "with backfill: a file for each month instead of standard output"},
	{"output", required_argument, VERBS_OUTPUT, "FOLDER",
         "with backfill: where those files go, \".\" when left out"},
};
