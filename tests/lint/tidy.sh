#!/bin/sh
# clang-tidy is silent. Usage: tidy.sh SOURCE_DIRECTORY BUILD_DIRECTORY
# With TLSRPT_LONG=ON its analyser too, which takes nine tenths of the time; else
# analyzer.py, with that of gcc, stands for it.
set -eu
cd "$1"
command -v clang-tidy >/dev/null || { echo "skipped: no clang-tidy"; exit 77; }
checks='-clang-analyzer-*'
[ "${TLSRPT_LONG:-OFF}" = OFF ] || checks=
find base schema collector exporter -name '*.c' -print0 |
	xargs -0 -n 1 -P "$(nproc)" clang-tidy -p "$2" --quiet --checks="$checks" --extra-arg=-Wno-unknown-warning-option 2>/dev/null
