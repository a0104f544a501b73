#!/bin/sh
# cppcheck is silent. Usage: cppcheck.sh SOURCE_DIRECTORY BUILD_DIRECTORY
set -eu
cd "$1"
command -v cppcheck >/dev/null || { echo "skipped: no cppcheck"; exit 77; }
cppcheck --enable=warning,performance,portability --inline-suppr --std=c11 -D_GNU_SOURCE -I. \
	--suppress=missingIncludeSystem --error-exitcode=1 --quiet -j "$(nproc)" base schema collector exporter
