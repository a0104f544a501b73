#include "schema/report/report.h"

#include "base/timestamp.h"

int64_t report_day(const struct report *report)
{
	return timestamp_day(report->begin + (report->end - report->begin) / 2);
}
