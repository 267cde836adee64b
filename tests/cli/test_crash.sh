#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

# What is told and left when a task dies that is not started again.
cat >endless.yaml <<'END'
vflow: 1
defaults: {restart: no}
nodes:
  numbers: {type: int_source, fps: 500}
  first: {type: identity, inputs: numbers}
  second: {type: identity, inputs: numbers}
  both: {type: joiner, inputs: [first, second]}
  out: {type: print, inputs: both}
  rest: {type: void, inputs: second}
END

# dies NAME SIGNAL TEXT: kills a worker; passes when the flow ends and its last words are right.
dies () {
	start endless.yaml
	wait_for out '^\(20, 20\)$'
	victim=$(worker "$1")
	kill "-$2" "$victim"
	ends 1
	grep -E "^vflow: $1 \\(process $victim\\) was killed by SIG$2 at frame [1-9][0-9]*$3\$" err
	count=$(wc -l <out)
	seq 0 $((count - 1)) | sed 's/.*/(&, &)/' | cmp - out
}

for name in numbers first second both out rest
do
	it "ends when $name is killed, names it, and leaves nothing" "
		dies $name KILL ', by hand or because memory was short'
	"
done

it 'tells one signal from another' '
	dies both ABRT ""
'

it 'names the frame that was in work' '
	mkfifo pipe
	"$VFLOW" run --stall-report 1 -s nodes.out.end="$(head -c 100000 /dev/zero | tr "\0" x)" endless.yaml \
		>pipe 2>err &
	started $!
	exec 3<pipe
	settle
	kill -9 "$(worker out)"
	ends 1
	grep "^vflow: out (process .*) was killed by SIGKILL at frame 1," err
'

# dies_itself: kills the supervisor; passes when its workers end.
dies_itself () {
	workers=$(pgrep -P "$flow")
	kill -9 "$flow"
	for process in $workers
	do
		gone "$process"
	done
}

it 'takes its workers along when it is killed itself' '
	start endless.yaml
	wait_for out "^\(20, 20\)\$"
	dies_itself
	test -n "$workers"
'

# Only where there are sockets does a run have a folder.
it 'removes what a killed run has left when the next one starts' '
	rm -rf "$XDG_RUNTIME_DIR/vflow"
	start --transport ipc endless.yaml
	wait_for out "^\(20, 20\)\$"
	dies_itself
	ls -d "$XDG_RUNTIME_DIR/vflow/$flow"-??????
	expect 0 "$VFLOW" run -q --transport ipc -s nodes.numbers.end=3 -s nodes.numbers.fps=0 endless.yaml
	leaves_nothing
'

it 'leaves a run alone that lives' '
	start --transport ipc endless.yaml
	wait_for out "^\(20, 20\)\$"
	(expect 0 "$VFLOW" run -q --transport ipc -s nodes.numbers.end=3 -s nodes.numbers.fps=0 endless.yaml)
	ls "$XDG_RUNTIME_DIR/vflow/$flow"-??????/lock
	lines=$(wc -l <"$workdir/out")
	kill -INT "$flow"
	ends 130
	test "$lines" -gt 0
'

done_testing
