#!/bin/sh
# clang-format has nothing to change. Usage: format.sh SOURCE_DIRECTORY
set -eu
cd "$1"
command -v clang-format >/dev/null || { echo "skipped: no clang-format"; exit 77; }
find base schema collector exporter tests -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run --Werror
