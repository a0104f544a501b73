#include "exporter/verbs.h"
int verb_backfill(const struct arguments *arguments)
{
	(void)arguments;
	return 70;
}
