#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

read_trace () {
	python3 -B "$root/tests/python/pftrace.py" "$@"
}

cat >flow.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, end: 200, wait: 1ms}
  same: {type: identity, inputs: numbers, replicas: 2}
  out: {type: print, inputs: same}
END

it 'records each call, and the way of each message' '
	expect 0 "$VFLOW" run --trace t.pftrace flow.yaml
	read_trace t.pftrace
	read_trace t.pftrace summary >summary
	says summary "out print 202"
	says summary "numbers send 201"
	says summary "out process begins 1"
	grep "^numbers wait for\|^out wait for input" summary
	read_trace t.pftrace flows >flows
	awk "{sum[\$1 == \"numbers\"] += \$3} END {exit !(sum[1] == 201 && sum[0] == 201)}" flows
	grep -x "same.1 out [0-9]*" flows
'

it 'writes the trace to standard output when it is called -' '
	expect 0 "$VFLOW" run --trace - -s nodes.out.type=void flow.yaml
	read_trace out
	test ! -e ./-
	status=0; "$VFLOW" run --trace - -s nodes.out.type=void flow.yaml >/dev/full 2>err || status=$?
	test $status -eq 74
	grep "cannot write the trace to standard output: No space left" err
'

it 'says that the process which writes the trace was killed' '
	start --trace killed.pftrace -s nodes.numbers.end=100000 flow.yaml
	wait_for out "^20\$"
	kill -9 "$(worker trace)"
	wait_for err "^vflow: vflow:trace \(process [0-9]*\) was killed by SIGKILL\$"
	kill -TERM "$flow"
	ends 74
	test ! -e killed.pftrace
	rm killed.part-*.pftrace
'

# trace_writer: prints the process that writes the trace of $flow, once it is there.
trace_writer () {
	await 'pgrep -P "$1" -x vflow:trace' "$flow"
}

it 'says that the process which writes the trace is stopped, and waits until it is continued' '
	start --trace slow.pftrace -s nodes.numbers.end=100000 flow.yaml
	await "test -s out"
	writer=$(trace_writer)
	kill -STOP "$writer"
	kill -INT "$flow"
	wait_for err "vflow:trace \(process $writer\) is stopped by a signal, and has not written all"
	kill -CONT "$writer"
	ends 130
	test -s slow.pftrace
	! grep "was killed" err
'

it 'does not wait longer than some seconds for one that is stopped' '
	start --trace never.pftrace -s nodes.numbers.end=100000 flow.yaml
	await "test -s out"
	writer=$(trace_writer)
	kill -STOP "$writer"
	kill -INT "$flow"
	ends 74
	grep "vflow:trace (process $writer) is stopped by a signal" err
	grep "vflow:trace (process $writer) was killed by SIGKILL" err
	test ! -e never.pftrace
	rm never.part-*.pftrace
'

it 'records over sockets, too' '
	expect 0 "$VFLOW" run --transport ipc --trace i.pftrace flow.yaml
	read_trace i.pftrace
	read_trace i.pftrace flows >flows
	awk "{sum += \$3} END {exit sum != 402}" flows
'

it 'records joins: each input is an arrow' '
	cat >join.yaml <<-END
	vflow: 1
	nodes:
	  a: {type: int_source, end: 50, wait: 1ms}
	  b: {type: identity, inputs: a}
	  c: {type: joiner, inputs: [a, b]}
	  out: {type: void, inputs: c}
	END
	expect 0 "$VFLOW" run --trace j.pftrace join.yaml
	read_trace j.pftrace
	read_trace j.pftrace flows >flows
	says flows "a b 51"
	says flows "a c 51"
	says flows "b c 51"
	says flows "c out 51"
'

it 'reaches back some seconds where messages are many' '
	expect 0 "$VFLOW" run -q --trace f.pftrace -s nodes.numbers.wait=0 -s nodes.numbers.end=100000 \
		-s nodes.out.type=void flow.yaml
	read_trace f.pftrace
	read_trace f.pftrace summary >summary
	grep "^numbers burst" summary
	grep "^out process begins 1" summary
'

it 'goes on over a worker that dies' '
	rm -f out err
	start --trace k.pftrace -s nodes.numbers.wait=20ms -s nodes.out.restart=on-failure flow.yaml
	await "grep -x 20 out"
	kill -9 "$(worker out)"
	ends 0
	read_trace k.pftrace
	read_trace k.pftrace summary >summary
	says summary "out process begins 2"
'

it 'gives the trace its name when it is whole, and leaves no other' '
	echo old >t.pftrace
	start --trace t.pftrace -s nodes.numbers.wait=20ms flow.yaml
	await "grep -x 5 out"
	says t.pftrace old
	kill -INT "$flow"
	ends 130
	read_trace t.pftrace
	test "$(ls ./*.part-* 2>/dev/null)" = ""
'

it 'refuses a trace that cannot be written, before the start' '
	expect 73 "$VFLOW" run --trace nowhere/t.pftrace flow.yaml
	grep "^vflow: cannot write nowhere/t.pftrace: No such file or directory$" err
	test ! -s out
'

it 'ends with an error when the trace cannot be written on' '
	test -w /dev/full || exit 0
	expect 74 "$VFLOW" run --trace /dev/full flow.yaml
	grep "cannot write the trace /dev/full: No space left on device" err
	tail -n 1 out | grep -x 200
'

it 'writes down what a run did last, while it goes on' '
	start -s nodes.numbers.end=100000 -s nodes.numbers.wait=5ms flow.yaml
	await "grep -x 20 out"
	expect 0 "$VFLOW" trace -o live.pftrace
	grep "^live.pftrace: .* MB; open it at" out
	read_trace live.pftrace
	read_trace live.pftrace flows >flows
	grep "^same.1 out" flows
	expect 0 "$VFLOW" trace flow
	read_trace flow.pftrace
	"$VFLOW" trace -o - >piped.pftrace
	read_trace piped.pftrace
	kill -INT "$flow"
	ends 130
'

it 'looks back only as far as it is asked to' '
	start -s nodes.numbers.end=100000 -s nodes.numbers.wait=5ms flow.yaml
	await "grep -x 100 out"
	expect 0 "$VFLOW" trace --last 0.05 -o short.pftrace
	expect 0 "$VFLOW" trace -o long.pftrace
	count () {
		read_trace "$1" summary | sed -n "s/^numbers send //p"
	}
	test "$(count short.pftrace)" -lt "$(count long.pftrace)"
	kill -INT "$flow"
	ends 130
'

it 'shows the call that a task is in' '
	cat >hang.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 5}
	  out: {type: print, inputs: numbers, end: "$(head -c 100000 /dev/zero | tr "\\0" x)"}
	END
	mkfifo hanging
	"$VFLOW" run --name hang hang.yaml >hanging 2>err &
	started $!
	exec 4<hanging
	await "\"\$VFLOW\" trace -o hang.pftrace hang && python3 -B $root/tests/python/pftrace.py hang.pftrace summary | grep \"^out print\""
	read_trace hang.pftrace
	exec 4<&-
	gone "$flow"
	wait "$flow" || true
	rm -f "$workdir/flows"
'

it 'says when there is nothing to trace' '
	expect 1 "$VFLOW" trace nosuch
	grep "nosuch" err
'

kept () {
	ls state/vflow/traces
}

it 'keeps what led to a crash' '
	rm -rf state
	start -s nodes.numbers.wait=20ms -s nodes.out.restart=on-failure --name crashing flow.yaml
	await "grep -x 5 out"
	kill -9 "$(worker out)"
	ends 0
	file=state/vflow/traces/crashing-$flow.crash.pftrace
	test "$(kept)" = "${file##*/}"
	grep "^vflow: what the tasks did before it is in $workdir/$file, for ui.perfetto.dev$" err
	read_trace "$file"
	read_trace "$file" flows | grep "out"
'

it 'keeps what led to a stall, once' '
	rm -rf state
	start --stall-report 0.2 --name stalling -s nodes.numbers.wait=1h flow.yaml
	await "ls state/vflow/traces/*.stall.pftrace"
	kill -INT "$flow"
	ends 130
	read_trace state/vflow/traces/stalling-"$flow".stall.pftrace
	test "$(kept | wc -l)" -eq 1
'

it 'keeps it beside the dead letters where there are any' '
	rm -rf state
	start -s nodes.numbers.wait=20ms --dead-letter dead --name crashing flow.yaml
	await "grep -x 5 out"
	kill -9 "$(worker out)"
	ends 1
	read_trace dead/crashing-"$flow".crash.pftrace
	test ! -e state/vflow/traces
'

it 'keeps ten of them, and does without a home' '
	mkdir -p state/vflow/traces
	for i in 1 2 3 4 5 6 7 8 9 10 11 12
	do
		touch -d "2020-01-$i" state/vflow/traces/$i.pftrace
	done
	start -s nodes.numbers.wait=20ms flow.yaml
	await "grep -x 5 out"
	kill -9 "$(worker out)"
	ends 1
	test "$(kept | wc -l)" -eq 10
	test ! -e state/vflow/traces/3.pftrace
	test -e state/vflow/traces/4.pftrace
	(
		unset HOME XDG_STATE_HOME
		start -s nodes.numbers.wait=20ms flow.yaml
		await "grep -x 5 out"
		kill -9 "$(worker out)"
		ends 1
	)
'

done_testing
