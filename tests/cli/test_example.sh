#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

examples=${VFLOW%/*}/example

# stop_a_flow [SECONDS]: runs it in a session of its own, with a folder for its sockets; what it
# printed is in `out` and `err`.
stop_a_flow () {
	mkdir -p -m 700 run
	expect 0 setsid --wait sh -c 'echo $$ >session; XDG_RUNTIME_DIR=$1; export XDG_RUNTIME_DIR
		shift; exec "$@"' sh "$workdir/run" "$examples/stop_a_flow" "$@"
}

it 'stops a flow from outside, and every number that was made comes out' '
	stop_a_flow
	test -s out || stop_a_flow $((2 * patience)) # before anything has been printed on this machine
	test -s out
	seq 0 "$(($(wc -l <out) - 1))" | cmp - out
'

it 'says how each task ended, all of them after the same number' '
	stop_a_flow
	made=$(wc -l <out)
	printf "%s: status 0, signal 0, frame $made\n" numbers pass out | cmp - err
'

it 'leaves no process and no socket' '
	stop_a_flow
	! pgrep -s "$(cat session)"
	find run -mindepth 2 | cmp - /dev/null
'

it 'goes through messengers, without an engine and without nodes' '
	expect 0 env XDG_RUNTIME_DIR="$workdir" timeout "$limit" "$examples/messengers"
	printf "%s\n" 1 3 5 | cmp - out
	cmp err /dev/null
'

done_testing
