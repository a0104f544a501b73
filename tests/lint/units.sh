#!/bin/sh
# The systemd units are in order, and confine as much as they can.
# Usage: units.sh SOURCE_DIRECTORY BUILD_DIRECTORY
set -eu
if ! command -v systemd-analyze >/dev/null; then
	echo "skipped: no systemd-analyze"
	exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
status=0
# Neither the programs nor their manual pages are installed here.
for program in collector exporter; do
	sed -e "s,^ExecStart=.*,ExecStart=/bin/true," -e "s,^ExecReload=.*check-config,ExecReload=/bin/true," -e '/^Documentation=/d' \
		"$2/$program/tlsrpt-$program.service" >"$folder/tlsrpt-$program.service"
	grep -q "^ExecStart=/.*/tlsrpt-$program\$" "$2/$program/tlsrpt-$program.service" || { echo "$program: ExecStart" >&2; status=1; }
done
cp "$1/collector/dist/tlsrpt-collector.socket" "$folder"
said=$(systemd-analyze verify "$folder"/*.service "$folder"/*.socket 2>&1 || true)
if [ -n "$said" ]; then
	echo "$said" >&2
	status=1
fi
# Exposure in tenths: 0 is least, 100 most.
for program in collector exporter; do
	if ! systemd-analyze security --offline=true --no-pager --threshold=15 "$folder/tlsrpt-$program.service" >"$folder/said" 2>&1; then
		cat "$folder/said" >&2
		status=1
	fi
	grep 'Overall exposure' "$folder/said"
done
if systemd-sysusers --root="$folder" --dry-run "$1/collector/dist/tlsrpt.sysusers" 2>&1 | grep -iE 'fail|error|invalid|unknown'; then
	status=1
fi
exit "$status"
