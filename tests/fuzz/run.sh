#!/bin/sh
# Runs the fuzz targets for longer than ./check does.
#
#	tests/fuzz/run.sh [SECONDS [TARGET...]]     (600 seconds, all of them)
#
# What they find interesting is kept under build/clang/tests/fuzz/found; an input
# that breaks something is left in build/clang/tests/fuzz and named.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
seconds=${1:-600}
[ $# -eq 0 ] || shift
cmake --preset clang >/dev/null
cmake --build --preset clang -j "$(nproc)" >/dev/null
cd build/clang/tests/fuzz
status=0
for target in "${@:-decode report message signed header key http imap pop3 wire policy options query verdict sequence}"; do
	for name in $target; do
		seeds=$root/tests/fuzz/corpus/$name
		case $name in
		decode) seeds="$seeds $root/tests/data/containers" ;;
		report) seeds="$seeds $root/tests/data/reports" ;;
		esac
		mkdir -p "found/$name"
		# As in CMakeLists.txt.
		[ "$name" = imap ] && ASAN_OPTIONS=detect_leaks=0:max_allocation_size_mb=512:allocator_may_return_null=1 ||
			ASAN_OPTIONS=
		export ASAN_OPTIONS
		# shellcheck disable=SC2086 # folders
		if ./fuzz_"$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
			"found/$name" $seeds >"$name.log" 2>&1; then
			echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$name.log") inputs, $(sed -n 's/.*DONE *\(cov: [0-9]* ft: [0-9]*\).*/\1/p' "$name.log")"
		else
			tail -n 20 "$name.log"
			status=1
		fi
	done
done
exit "$status"
