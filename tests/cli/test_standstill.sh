#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

cat >two.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source}
  same: {type: identity, inputs: numbers}
  out: {type: print, inputs: same}
  rest: {type: void, inputs: same}
END

it 'says who waits for whom, down to the task that is busy' '
	mkfifo pipe
	"$VFLOW" run -s nodes.out.end="$(head -c 100000 /dev/zero | tr "\0" x)" --stall-report 1 \
		two.yaml >pipe 2>err &
	started $!
	exec 3<pipe
	full="waits for room in the queue to"
	busy="out is busy with frame [01] for [0-9.]+ s"
	# On a busy machine the flow may stand still before its queues are full, too.
	wait_for err "^vflow: warning: numbers $full same \(4 of 4\); same $full out \(4 of 4\); $busy\$"
	wait_for err "^vflow: warning: rest waits for input from same\$"
	grep -E "^vflow: warning: nothing has moved for [0-9.]+ s\$" err
	kill -INT "$flow"
	cat <&3 >/dev/null
	ends 130
'

it 'ends a flow that stands still, if that is wanted' '
	start --stall-report 2 --on-stall abort -s nodes.numbers.wait=1h two.yaml
	ends 70
	grep "numbers has received nothing from outside for .* s\$" err
	! grep warning err
'

it 'says nothing when it is not to' '
	start --stall-report 0 --on-stall abort -s nodes.numbers.fps=1 -s nodes.numbers.end=1 two.yaml
	ends 0
	! grep "nothing has moved" err
'

# thinned: writes a flow with a join of every tenth number with the numbers themselves.
thinned () {
	cat >thinned.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 100000}
	  few: {type: every, inputs: numbers, nth: 10}
	  both: {type: joiner, inputs: [few, numbers], join: order}
	  out: {type: file_append, inputs: both, path: lines.txt}
	END
}

it 'ends a flow whose tasks wait for each other, and says how they do' '
	thinned
	start --stall-report 0 thinned.yaml
	ends 70
	grep "they wait for each other: numbers waits for room in the queue to both (.*); both waits" err
	grep "this is a dead-lock" err
	test -s lines.txt
	test ! -e lines.txt.part
'

it 'ends a flow that waits for a branch which lags, and check warns of it' '
	thinned
	sed -i "s/type: every, inputs: numbers, nth: 10/type: delay, inputs: numbers, messages: 30/" thinned.yaml
	expect 0 "$VFLOW" check thinned.yaml
	grep "few brings nothing before 31 messages of numbers have come, .* there is room for 4" err
	start --stall-report 0 thinned.yaml
	ends 70
	grep "they wait for each other: numbers waits for room .*to both (4 of 4)" err
	grep "a longer queue may help: that of both from numbers, now 4\$" err
	rm lines.txt
	sed -i "s/few, numbers/few, {from: numbers, queue: 30}/; s/100000/1000/" thinned.yaml
	expect 0 "$VFLOW" run -q thinned.yaml
	test "$(wc -l <lines.txt)" -eq 971
'

it 'takes no slow source for a dead-lock' '
	start --stall-report 0 -s nodes.numbers.fps=0.1 -s nodes.numbers.end=1 two.yaml
	sleep 3
	kill -0 "$flow"
	kill -INT "$flow"
	ends 130
	! grep "dead-lock" err
'

# Numbers that come together with themselves, straight and by way of `work`, twenty a second.
cat >detour.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, fps: 20}
  work: {type: identity, inputs: numbers}
  both: {type: joiner, inputs: [work, numbers], join: order}
  out: {type: print, inputs: both}
END

# goes_right: passes when more is printed than was on its way, nothing is missing or wrong, and the
# flow was taken for no dead-lock.
goes_right () {
	goes_on 20
	kill "$flow"
	ends 143
	seq 0 $(($(wc -l <out) - 1)) | sed "s/.*/(&, &)/" | cmp - out
	! grep "dead-lock" err
}

# The supervisor is sure of a dead-lock some two seconds after the last move.
it 'takes no worker that is stopped for a dead-lock' '
	start --stall-report 3 detour.yaml
	wait_for out "(2, 2)"
	stopped=$(worker work)
	kill -STOP "$stopped"
	settle
	grep "numbers waits for room in the queue .*to both (4 of 4)" err
	kill -CONT "$stopped"
	goes_right
'

it 'takes no task that is about to be started again for a dead-lock' '
	start --stall-report 0 -s nodes.work.backoff=4s detour.yaml
	wait_for out "(2, 2)"
	kill -9 "$(worker work)"
	wait_for err "work is started again in 4.0 s"
	goes_right
	says err "work was started again 1 time"
'

it 'takes no flow that is paused for one that stands still' '
	setsid "$VFLOW" run --stall-report 2 --on-stall abort detour.yaml >out 2>err &
	started $!
	wait_for out "(2, 2)"
	stopped=$(worker work)
	kill -STOP "$stopped" # so that all are about to wait for it
	env kill -STOP -- "-$flow"
	sleep 3
	env kill -CONT -- "-$flow"
	goes_right
'

it 'names the input of a join that has brought nothing, though the rest of the flow goes on' '
	mkfifo camera
	cat >absent.yaml <<-END
	vflow: 1
	mode: realtime
	nodes:
	  here: {type: test_source, size: 32x16, rate: 50, live: true}
	  absent: {type: video_reader, path: camera}
	  wall: {type: tile, inputs: [here, absent], join: time}
	  shown: {type: void, inputs: wall}
	  other: {type: print, inputs: here}
	END
	start --stall-report 0.5 absent.yaml
	wait_for err "wall waits for input from absent"
	grep "^vflow: warning: wall has joined nothing for .* s, since one of its inputs has brought nothing yet: wall waits for input from absent; absent .*; with join: {by: latest} it goes on without$" err
	! grep "nothing has moved" err
	test "$(grep -c "has joined nothing" err)" -eq 1
	kill -INT "$flow"
	ends 130
'

done_testing
