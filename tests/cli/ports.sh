# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# ports.sh - TCP ports of a test alone: those around $base, which is set here. Source it after
# harness.sh.
# Suites run side by side, so each that listens has a range of its own, and several runs of one are
# likely to have different parts of it. Random flows have the ports below 22000, and from 32768 on
# the system gives them out: there is room for 16 suites.
: "${root:?source harness.sh first}"
listening='batch endpoints hosts ipc manual_examples mqtt nats node_examples pipe process python python_batch tap tcp times'
base=22010
for suite in $listening
do
	test "test_$suite.sh" != "${0##*/}" || break
	base=$((base + 660))
	suite=
done
test -n "$suite" || {
	echo "ports.sh does not list ${0##*/}"
	exit 1
}
test $base -lt 32050 || {
	echo 'ports.sh lists too many suites'
	exit 1
}
base=$((base + $$ % 33 * 20))
