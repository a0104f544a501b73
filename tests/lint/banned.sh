#!/bin/sh
# Names that may not appear in our sources. Usage: banned.sh SOURCE_DIRECTORY
set -eu
cd "$1"

functions='strcpy|strcat|strncat|strncpy|sprintf|vsprintf|gets|strtok|atoi|atol|atof|gmtime|localtime|ctime|asctime|strerror|alloca|system|popen|mktemp|tmpnam|rand|select'
status=0
if grep -rnE "(^|[^a-zA-Z0-9_])($functions)\(" base schema collector exporter --include='*.[ch]'; then
	echo "banned functions" >&2
	status=1
fi
if grep -rnE '(^|[^:])//' base schema collector exporter --include='*.[ch]' | grep -v '://' | grep -vE '"[^"]*//[^"]*"'; then
	echo "line comments" >&2
	status=1
fi
if grep -rnE '\b(TODO|FIXME|XXX|HACK)\b' base schema collector exporter tests --include='*.[ch]'; then
	echo "things left open" >&2
	status=1
fi
exit "$status"
