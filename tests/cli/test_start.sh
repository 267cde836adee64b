#!/bin/sh
# SPDX-License-Identifier: MIT
# Workers that die, or stop, before they are ready.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

cat >flow.yaml <<'END'
vflow: 1
defaults: {backoff: 10ms, stall_after: 1s}
nodes:
  numbers: {type: int_source, end: 50}
  step: {type: identity, inputs: numbers}
  out: {type: print, inputs: step}
END
"${CC:-cc}" -shared -fPIC -o trip.so "$root/tests/cli/trip.c" -ldl || exit 1

# start_tripping SIGNAL TASK WORD...: starts a run whose task gets a signal before it is ready.
start_tripping () {
	touch token
	start_with_token "$@"
}

start_with_token () {
	signal=$1 task=$2
	shift 2
	rm -f out err
	TRIP_TOKEN=$PWD/token TRIP_SIGNAL=$signal TRIP_TASK=vflow:$task LD_PRELOAD=$PWD/trip.so \
		ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0:handle_segv=0" \
		"$VFLOW" run "$@" >out 2>err &
	started $!
}

# stops_tripped: waits until the worker has been stopped.
stops_tripped () {
	await 'test ! -e token'
}

it 'starts a worker again that is killed before it is ready' '
	for task in numbers step
	do
		start_tripping 9 $task flow.yaml
		ends 0
		seq 0 50 | cmp - out
		grep -E "^vflow: $task .process [0-9]+. was killed by SIGKILL before it was ready" err
		says err "vflow: warning: $task is started again in 0.0 s (1 of 3)"
		says err "$task was started again 1 time"
	done
'

it 'ends with the cause, and as a task that failed, when that may not be started again' '
	start_tripping 11 step -s nodes.step.restart=no flow.yaml
	ends 1
	test ! -s out
	grep -E "^vflow: step .process [0-9]+. was killed by SIGSEGV before it was ready" err
	! grep "could not be run" err
	start_tripping 9 out flow.yaml # a consumer is not, unless it is told so
	ends 1
'

for pair in INT:130 TERM:143 HUP:129
do
	signal=${pair%:*} status=${pair#*:}
	it "can be stopped by SIG$signal while a worker gets ready" "
		start_tripping 19 step flow.yaml
		stops_tripped
		kill -$signal \$flow
		ends $status
		says err 'vflow: stopped before the flow had begun'
		test ! -s out
	"
done

it 'says at SIGUSR1 who is not ready' '
	start_tripping 19 step flow.yaml
	stops_tripped
	kill -USR1 "$flow"
	wait_for err "^vflow: step is not ready"
	wait_for err "^vflow: starting: [0-2] of 3 tasks are ready"
	kill -TERM "$flow"
	ends 143
'

it 'does not wait forever for a worker that stops before it is ready' '
	start_tripping 19 step flow.yaml
	ends 0
	seq 0 50 | cmp - out
	grep "^vflow: step .* showed no sign of life for 5.0 s and was killed before it was ready" err
'

it 'does not wait forever for one that stops while it takes the place of another' '
	start_with_token 19 step -s nodes.numbers.fps=100 -s nodes.numbers.end=1000000 flow.yaml
	wait_for out "^20\$"
	touch token
	kill -9 "$(worker step)"
	wait_for err "^vflow: step .* showed no sign of life"
	goes_on
	kill "$flow"
	ends 143
	is_prefix out
	grep "^vflow: step .* showed no sign of life for 5.0 s and was killed" err
'

done_testing
