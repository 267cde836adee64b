#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh LAYOUT FOLDER [shots] - tests the page of a run in a headless Chromium, against a server whose
# figures are made up, and with runs of $VFLOW; `shots` makes pictures of it in FOLDER. Skipped, with the
# reason, where `.ci/deps web` has not installed what that needs.
set -eu
cd "$(dirname "$0")/../.."
layout=$1 folder=$2 what=${3:-check}
NPM_PACKAGES=$PWD/build/npm
CHROMIUM=${CHROMIUM:-$(command -v chromium || true)}
VFLOW_TEST_PATIENCE=${VFLOW_TEST_PATIENCE:-$(tests/patience.sh)}
export NPM_PACKAGES CHROMIUM VFLOW_TEST_PATIENCE

skip () {
	echo "web: skipped, there is no $1; .ci/deps web installs it"
	exit 0
}

test -n "$CHROMIUM" || skip chromium
for program in node python3 ffmpeg
do
	command -v $program >/dev/null || skip $program
done
for package in playwright-core axe-core
do
	test -d "$NPM_PACKAGES/$package" || skip "$NPM_PACKAGES/$package"
done

# The server ends with its standard input, when this script does.
mkdir -p "$folder"
rm -f "$folder/port" "$folder/lifeline"
mkfifo "$folder/lifeline"
python3 -B tests/web/mock.py "$layout" engine/web/page <"$folder/lifeline" >"$folder/port" &
server=$!
exec 3>"$folder/lifeline"
rm "$folder/lifeline"
until test -s "$folder/port"
do
	kill -0 $server || exit 1
	sleep 0.1
done
base=http://127.0.0.1:$(cat "$folder/port")/
status=0
case $what in
check)
	node tests/web/check_page.mjs "$base" || status=$?
	node tests/web/check_run.mjs "$folder" || status=$?
	;;
shots)
	node tests/web/shots.mjs "$folder" three="${base}three/" twelve="${base}twelve/" \
		sixty="${base}sixty/" || status=$?
	;;
esac
exec 3>&-
wait $server
exit $status
