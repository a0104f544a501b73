#include "base/exit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sysexits.h>

int exit_status(const struct err *err)
{
	switch (err->code) {
	case ERR_USAGE:
		return EX_USAGE;
	case ERR_CONFIG:
		return EX_CONFIG;
	case ERR_NOT_FOUND:
		return EX_NOINPUT;
	case ERR_MALFORMED:
	case ERR_TOO_LARGE:
		return EX_DATAERR;
	case ERR_BUSY:
	case ERR_FULL:
		return EX_TEMPFAIL;
	case ERR_NONE:
	case ERR_SYSTEM:
	case ERR_DAMAGED:
		break;
	}
	return EX_OSERR;
}

int exit_finish(const char *program, int status)
{
	/* An earlier failure has left no errno. */
	bool failed = ferror(stdout) != 0;
	int number = fclose(stdout) == 0 ? 0 : errno;
	struct err err;

	if (number == 0 && !failed)
		return status;
	if (number == 0)
		(void)err_set(&err, ERR_SYSTEM,
		              "standard output is not complete");
	else
		(void)err_set_errno(&err, number,
		                    "standard output is not complete");
	(void)fprintf(stderr, "%s: %s\n", program, err.text);
	return status >= EX__BASE ? status : EX_IOERR;
}
