#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

cat >join.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, end: 40}
  first: {type: identity, inputs: numbers}
  second: {type: identity, inputs: numbers}
  both: {type: joiner, inputs: [first, second]}
  out: {type: print, inputs: both}
END
cat >sum.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, end: 40}
  total: {type: sum, inputs: numbers}
  out: {type: print, inputs: total}
END
cat >print.yaml <<'END'
vflow: 1
vars: {queue: 4, mode: batch, end: 40}
defaults: {restart: no}
mode: ${mode}
nodes:
  numbers: {type: int_source, end: "${end}"}
  out: {type: print, inputs: {from: numbers, queue: "${queue}"}}
END

it 'puts together what two branches say of each number' '
	expect 0 "$VFLOW" run join.yaml
	seq 0 40 | sed "s/.*/(&, &)/" | cmp - out
	leaves_nothing
'

it 'does so as well when one branch comes after the other' '
	expect 0 "$VFLOW" run -s nodes.second.inputs=first join.yaml
	seq 0 40 | sed "s/.*/(&, &)/" | cmp - out
'

it 'adds numbers up' '
	expect 0 "$VFLOW" run sum.yaml
	seq 0 40 | awk "{ sum += \$1; print sum }" | cmp - out
	leaves_nothing
'

it 'reads a flow from standard input' '
	expect 0 "$VFLOW" run - <sum.yaml
	test "$(wc -l <out)" -eq 41
'

it 'writes nothing but what the flow prints to standard output' '
	expect 0 "$VFLOW" run print.yaml
	seq 0 40 | cmp - out
	grep -E "^task +in +out +dropped +fps +busy$" err
	grep -E "^numbers +- +41 +0 " err
	grep -E "^out +41 +- +- " err
	grep -E "^41 frames in " err
'

it 'says nothing at all when it is to be quiet' '
	expect 0 "$VFLOW" run -q print.yaml
	seq 0 40 | cmp - out
	test ! -s err
'

it 'runs a flow without a single message' '
	expect 0 "$VFLOW" run --var end=-1 print.yaml
	test ! -s out
	leaves_nothing
'

it 'runs many tasks in a row' '
	{
		echo "vflow: 1"
		echo "nodes:"
		echo "  n0: {type: int_source, end: 99}"
		for i in $(seq 1 24)
		do
			echo "  n$i: {type: identity, inputs: n$((i - 1))}"
		done
		echo "  out: {type: print, inputs: n24}"
	} >many.yaml
	expect 0 "$VFLOW" run many.yaml
	seq 0 99 | cmp - out
	leaves_nothing
'

# The first message is longer than what a pipe holds, so that `print` stands still with it in work.
# When the source is killed then, the table says how many messages it has sent: the one in work,
# and those that wait. The one for which it waits counts only when it is sent.
for queue in 1 3
do
	it "lets exactly $queue wait in a queue of $queue" '
		mkfifo pipe
		"$VFLOW" run --stall-report 1 --var end=9999 --var queue='$queue' \
			-s nodes.out.end="$(head -c 100000 /dev/zero | tr "\0" x)" print.yaml \
			>pipe 2>err &
		started $!
		exec 3<pipe
		test "$(head -c 1 <&3)" = 0
		settle
		kill -9 "$(worker numbers)"
		wait_for err "^vflow: numbers .* was killed"
		cat <&3 >/dev/null
		ends 1
		grep -E "^numbers +- +'$((queue + 1))' +0 " err
	'
	rm -f pipe
done

it 'drops in realtime what finds no room, and counts it' '
	cat >slow.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 20000}
	  slow: {type: identity, fps: 1000, inputs: {from: numbers, queue: 1}}
	  out: {type: print, inputs: slow}
	END
	expect 0 "$VFLOW" run --realtime slow.yaml
	printed=$(wc -l <out)
	test "$printed" -gt 0
	test "$printed" -lt 20001
	sort -n -u out | cmp - out
	dropped=$(awk "\$1 == \"numbers\" { print \$4 }" err)
	passed=$(awk "\$1 == \"slow\" { print \$2 }" err)
	test $((passed + dropped)) -eq 20001
'

it 'hands on the freshest when the oldest is to go' '
	expect 0 "$VFLOW" run --realtime -s nodes.slow.inputs.drop=oldest slow.yaml
	says out 20000
	sort -n -u out | cmp - out
	dropped=$(awk "\$1 == \"numbers\" { print \$4 }" err)
	passed=$(awk "\$1 == \"slow\" { print \$2 }" err)
	test "$dropped" -gt 0
	test $((passed + dropped)) -eq 20001
'

it 'drops nothing in batch' '
	expect 0 "$VFLOW" run --batch -s nodes.numbers.end=300 slow.yaml
	seq 0 300 | cmp - out
	grep -E "^numbers +- +301 +0 " err
	grep -E "^slow +301 +301 +0 " err
'

it 'fails when a node does, and says which and why' '
	expect 1 "$VFLOW" run -q -s nodes.numbers.start=9223372036854775806 \
		-s nodes.numbers.end=9223372036854775807 sum.yaml
	grep "^vflow: total: .*larger than 64 bits hold" err
	says out 9223372036854775806
	leaves_nothing
'

it 'ends with 74 when nobody reads its output any more' '
	rm -f status
	{
		status=0
		timeout "$limit" "$VFLOW" run --var end=9999999 print.yaml 2>err || status=$?
		echo $status >status
	} | head -n 1 >out
	says out 0
	says status 74
	grep -x "vflow: out: cannot write to standard output: Broken pipe" err
	leaves_nothing
'

it 'ends with 74 when its output is full' '
	expect 74 sh -c "\"$VFLOW\" run print.yaml >/dev/full"
	says err "vflow: out: cannot write to standard output: No space left on device"
'

it 'does not use a folder for its sockets that is not its own' '
	mkdir -m 700 other
	ln -s /nowhere other/vflow
	expect 0 env XDG_RUNTIME_DIR="$workdir/other" "$VFLOW" run --transport ipc print.yaml
	says err "vflow: warning: XDG_RUNTIME_DIR ($workdir/other) cannot be used: it is not a folder of yours alone; /tmp is"
	test -L other/vflow
'

it 'has no file of its own while messages travel in shared memory' '
	expect 0 env XDG_RUNTIME_DIR=/nowhere/at/all "$VFLOW" run -q --transport shm print.yaml
	test ! -s err
'

it 'says when the path of its sockets is too long' '
	deep=$workdir/$(printf %0100d 0)
	mkdir -m 700 "$deep"
	expect 70 env XDG_RUNTIME_DIR="$deep" "$VFLOW" run --transport ipc print.yaml
	grep "is too long for a socket; set XDG_RUNTIME_DIR to a shorter folder" err
	test ! -e "$deep/vflow"
'

it 'has a folder for dead letters before it begins' '
	expect 0 "$VFLOW" run -q --dead-letter letters sum.yaml
	test -d letters
	expect 0 "$VFLOW" run -q --dead-letter letters sum.yaml
	expect 73 "$VFLOW" run --dead-letter nowhere/letters sum.yaml
	says err "vflow: nowhere/letters cannot keep dead letters: No such file or directory"
	touch taken
	expect 73 "$VFLOW" run --dead-letter taken sum.yaml
	says err "vflow: taken cannot keep dead letters: Not a directory"
	test ! -s out
'

it 'runs a node that nobody reads, all the same' '
	cat >unread.yaml <<-END
	vflow: 1
	nodes:
	  pictures: {type: test_source, frames: 50, size: 320x180}
	  unread: {type: resize, inputs: pictures, width: 160}
	  out: {type: void, inputs: pictures}
	END
	expect 0 "$VFLOW" run -q unread.yaml
	says err "unread.yaml:4:3: warning: nobody reads what unread makes; connect it to a node, or remove it"
'

done_testing
