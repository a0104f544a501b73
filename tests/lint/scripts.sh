#!/bin/sh
# Shell scripts and spelling. Usage: scripts.sh SOURCE_DIRECTORY
set -eu
cd "$1"
if ! command -v shellcheck >/dev/null || ! command -v codespell >/dev/null; then
	echo "skipped: no shellcheck or codespell"
	exit 77
fi
shellcheck -s sh -e SC2013 check quickstart .ci/run tests/packages grafana/demo tests/lint/*.sh tests/bench/*.sh tests/fuzz/*.sh collector/dist/certbot-deploy-hook
shellcheck -s bash collector/dist/*.bash exporter/dist/*.bash
codespell --quiet-level=2 --skip='./build,./var,./.git,./tests/data/reports,./tests/data/containers' -L crate,ser,nd,iif,numer,nnumber,crypted .
