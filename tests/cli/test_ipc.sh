#!/bin/sh
# SPDX-License-Identifier: MIT
# Flows whose tasks exchange messages by ZeroMQ through files.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/ports.sh"

cat >flow.yaml <<'TXT'
vflow: 1
transport: ipc
nodes:
  numbers: {type: int_source, start: 0, fps: 500}
  first: {type: identity, inputs: numbers}
  out: {type: print, inputs: first}
TXT

it 'has two socket files a task, named by their numbers, in a folder of its own' '
	start flow.yaml
	wait_for out "^20\$"
	run=$(echo "$XDG_RUNTIME_DIR"/vflow/"$flow"-*)
	test "$(stat -c %a "$run")" = 700
	for number in 5001 4999 5002 4998 5003 4997
	do
		test -S "$run/$number"
	done
	kill -INT "$flow"
	ends 130
	is_prefix out
'

it 'has no socket and no thread of ZeroMQ in shared memory' '
	start --transport shm flow.yaml
	wait_for out "^20\$"
	for process in $(pgrep -P "$flow")
	do
		ls "/proc/$process/task" >threads
		test "$(wc -l <threads)" -eq 1
		! readlink /proc/$process/fd/* | grep socket:
	done
	kill -INT "$flow"
	ends 130
'

it 'stops as asked when the folder of the sockets has gone' '
	start flow.yaml
	wait_for out "^20\$"
	rm -rf "$XDG_RUNTIME_DIR/vflow"
	kill -TERM "$flow"
	ends 143
	is_prefix out
	! grep "has not stopped within" err
'

# Queues long enough that a reader past the end of a copy would notice.
cat >full.yaml <<'TXT'
vflow: 1
defaults: {queue: 500}
nodes:
  numbers: {type: int_source, start: 0}
  first: {type: identity, inputs: numbers}
  second: {type: identity, inputs: first, fps: 300}
  both: {type: joiner, inputs: [second, numbers]}
  out: {type: print, inputs: second}
  other: {type: void, inputs: both}
TXT

for transport in ipc tcp
do
	for name in numbers first second both out
	do
		it "ends over $transport when $name is killed for good, which is named" "
			start --transport $transport -s transport.tcp.base=$base -s defaults.restart=no full.yaml
			wait_for out '^20\$'
			kill -9 \$(worker $name)
			ends 1
			grep '^vflow: $name (process .*) was killed by SIGKILL' err
			! grep -e 'makes no sense' -e 'has not stopped' -e 'does not balance' err
			is_prefix out
		"
	done
done

it 'ends, though not in order, when a task is killed that no new one can stand for' '
	start --grace 1 -s defaults.max_restarts=1 flow.yaml
	wait_for out "^20\$"
	rm -rf "$XDG_RUNTIME_DIR/vflow"
	kill -9 "$(worker first)"
	ends 1
'

done_testing
