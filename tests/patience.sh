#!/bin/sh
# SPDX-License-Identifier: MIT
# patience.sh - prints the factor by which all limits of the tests are multiplied.
#
# Limits only catch hangs, so the factor may be too high, never too low. It is what the environment
# says in VFLOW_TEST_PATIENCE, a whole number from 1 on. Otherwise it is measured: for 0.2 s the
# script starts programs, which takes forks, system calls and page faults as the tests do. A quick
# and quiet machine starts more than a hundred. Sanitizers (SANITIZE) make tests slower still.
set -u
if test -n "${VFLOW_TEST_PATIENCE:-}"
then
	echo "$VFLOW_TEST_PATIENCE"
	exit
fi
count=0
end=$(($(date +%s%N) + 200000000))
while test "$(date +%s%N)" -lt "$end"
do
	count=$((count + 1))
done
patience=$((100 / (count + 1) + 1))
test -z "${SANITIZE:-}" || patience=$((patience * 4))
test "$patience" -le 40 || patience=40
echo "$patience"
