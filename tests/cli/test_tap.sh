#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/ports.sh"
. "$root/tests/cli/find_python.sh"

cat >flow.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, end: 1000000, wait: 2ms}
  twice: {type: joiner, inputs: [numbers, numbers]}
  out: {type: print, inputs: numbers}
  rest: {type: void, inputs: twice}
END
cat >video.yaml <<'END'
vflow: 1
nodes:
  camera: {type: test_source, size: 64x48, frames: 100000, live: true}
  small: {type: resize, inputs: camera, width: 32, height: 24}
  rest: {type: void, inputs: small}
END

# begun: waits until the flow has begun.
begun () {
	await '"$VFLOW" ps --json | grep -q "\"state\": *\"running\""'
}

# stopped: ends the flow.
stopped () {
	kill -INT "$flow"
	ends 130
}

# lines JSON-EXPRESSION...: passes when each is true of the objects in `out`, the list `l`.
lines () {
	python3 - "$@" <<-'END'
	import json, sys
	l = [json.loads(line) for line in open("seen")]
	for expression in sys.argv[1:]:
	    assert eval(expression), "%s: %s" % (expression, l[:3])
	END
}

it 'shows values as they come' '
	start flow.yaml
	begun
	"$VFLOW" tap --limit 5 numbers >seen
	lines "len(l) == 5" "all(o[\"value\"] == o[\"number\"] - 1 for o in l)" \
		"sorted(o[\"number\"] for o in l) == [o[\"number\"] for o in l]" \
		"all(o[\"task\"] == \"numbers\" and o[\"age\"] >= 0 for o in l)"
	"$VFLOW" tap --limit 2 flow twice >seen
	lines "len(l) == 2" "all(o[\"value\"][0] == o[\"value\"][1] for o in l)"
	"$VFLOW" tap --limit 2 out.in >seen
	lines "all(o[\"task\"] == \"numbers\" for o in l)"
	stopped
'

it 'looks through every transport, and at replicas' '
	for transport in ipc tcp
	do
		start --transport $transport -s transport.tcp.base=$base -s nodes.twice.replicas=2 flow.yaml
		begun
		"$VFLOW" tap --limit 20 twice >seen
		lines "len(l) == 20" "{o[\"task\"] for o in l} == {\"twice.1\", \"twice.2\"}"
		"$VFLOW" tap --limit 3 twice.2 >seen
		lines "{o[\"task\"] for o in l} == {\"twice.2\"}"
		stopped
	done
'

it 'gives frames in formats that others read' '
	start video.yaml
	begun
	"$VFLOW" tap -f y4m --limit 3 small >t.y4m
	test "$(head -c 9 t.y4m)" = YUV4MPEG2
	test "$(grep -ac FRAME t.y4m)" -eq 3
	"$VFLOW" tap -f jpeg small >t.jpg
	test "$(od -An -tx1 -N2 t.jpg | tr -d " ")" = ffd8
	test "$(od -An -v -tx1 t.jpg | tr -d " \n" | grep -o ffd8ffe0 | wc -l)" -eq 1
	"$VFLOW" tap -f mjpeg --limit 4 small >t.mjpeg
	test "$(od -An -v -tx1 t.mjpeg | tr -d " \n" | grep -o ffd8ffe0 | wc -l)" -eq 4
	"$VFLOW" tap -f raw --limit 2 small | wc -c >bytes
	test "$(cat bytes)" -eq $((2 * 32 * 24 * 3 / 2))
	if test -n "$python"
	then
		"$VFLOW" tap -f npy --limit 2 small >t.npy
		"$python" - <<-END
		import numpy
		file = open("t.npy", "rb")
		one, two = numpy.load(file), numpy.load(file)
		assert one.shape == two.shape == (24, 32, 3) and one.dtype == numpy.uint8
		assert not file.read()
		assert one.std() > 10
		END
	fi
	stopped
'

it 'repeats no frame of a run that is faster than its film' '
	start -s nodes.camera.live=false -s nodes.camera.frames=10000000 video.yaml
	begun
	"$VFLOW" tap -f y4m --limit 3 --interval 0.1 small >t.y4m
	test "$(grep -ac FRAME t.y4m)" -eq 3
	stopped
'

it 'gives the very frames that flow' '
	"$VFLOW" run -q --chain "test_source size=64x48 frames=5 ! video_writer all.mkv codec=ffv1" || exit 1
	start -s nodes.camera.frames=100000 video.yaml
	begun
	"$VFLOW" tap --limit 1 -f raw camera >one.raw
	"$VFLOW" tap --limit 1 camera >seen
	lines "l[0][\"width\"] == 64" "l[0][\"format\"] == \"yuv420p\""
	test "$(wc -c <one.raw)" -eq 4608
	stopped
'

it 'never holds a batch run up, be its reader stopped' '
	start -s nodes.numbers.wait=0 -s nodes.out.type=void flow.yaml
	begun
	"$VFLOW" tap numbers >seen &
	tap=$!
	await "test -s seen"
	kill -STOP $tap
	made () {
		"$VFLOW" ps --json | python3 -c "import json, sys; print(json.load(sys.stdin)[0][\"frames\"])"
	}
	before=$(made)
	await "test \"\$(\"\$VFLOW\" ps --json | python3 -c \"import json, sys; print(json.load(sys.stdin)[0][\\\"frames\\\"])\")\" -gt $((before + 100000))"
	kill -CONT $tap
	seen=$(wc -l <seen)
	await "test \"\$(wc -l <seen)\" -gt $((seen + 10))"
	kill $tap
	stopped
'

it 'goes on when a reader is killed, and when it closes its pipe' '
	start flow.yaml
	begun
	for i in 1 2 3 4 5 6
	do
		"$VFLOW" tap numbers >seen &
		tap=$!
		await "test -s seen"
		kill -KILL $tap
		wait $tap || true
		: >seen
	done
	"$VFLOW" tap numbers | head -n 2 >few
	test "$(wc -l <few)" -eq 2
	stopped
'

it 'shows what a new process of a task sends, after the old one died' '
	start -s nodes.numbers.restart=on-failure flow.yaml
	begun
	"$VFLOW" tap numbers >seen &
	tap=$!
	await "test -s seen"
	kill -KILL "$(worker numbers)"
	await "grep -q \"started again\" err"
	seen=$(wc -l <seen)
	await "test \"\$(wc -l <seen)\" -gt $((seen + 20))"
	kill $tap
	stopped
'

it 'lets four look at a task, and says so to the fifth' '
	start flow.yaml
	begun
	for i in 1 2 3 4
	do
		"$VFLOW" tap numbers >seen$i &
		eval "tap$i=$!"
	done
	for i in 1 2 3 4
	do
		await "test -s seen$i"
	done
	expect 1 "$VFLOW" tap --limit 1 numbers
	grep "^vflow: 4 programs look at numbers already$" err
	kill $tap1 $tap2 $tap3 $tap4
	wait $tap1 $tap2 $tap3 $tap4 || true
	expect 0 "$VFLOW" tap --limit 1 numbers
	stopped
'

it 'ends with the run' '
	start -s nodes.numbers.end=200 flow.yaml
	begun
	"$VFLOW" tap numbers >seen || test $? -eq 1
	ends 0
'

it 'keeps an interval' '
	start flow.yaml
	begun
	"$VFLOW" tap --limit 3 --interval 0.2 numbers >seen
	lines "all(b[\"number\"] - a[\"number\"] >= 20 for a, b in zip(l, l[1:]))"
	stopped
'

it 'says what cannot be looked at' '
	start video.yaml
	begun
	expect 1 "$VFLOW" tap video nosuch
	grep "there is no task \"nosuch\"; the tasks are camera, small, rest$" err
	expect 1 "$VFLOW" tap smal
	grep "did you mean \"small\"?" err
	expect 1 "$VFLOW" tap small.vdeo
	grep "small has no port \"vdeo\"; did you mean \"video\"?" err
	expect 1 "$VFLOW" tap camera.audio
	grep "nothing comes to camera.audio$" err
	expect 2 "$VFLOW" tap --show small
	grep "standard output is none" err
	stopped
	start flow.yaml
	begun
	expect 2 "$VFLOW" tap -f y4m numbers
	grep "value is no video; use -f json or -f raw" err
	stopped
'

it 'names the tasks that are meant by a node of a sub-flow, a loop or a group' '
	cat >part.yaml <<-END
	vflow: 1
	inputs: {in: inner}
	outputs: {out: inner}
	nodes:
	  inner: {type: identity}
	END
	cat >names.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, fps: 100}
	  left: {type: flow, file: part.yaml, inputs: numbers}
	  many:
	    for_each: {letter: [a, b]}
	    nodes:
	      step: {type: identity, inputs: numbers}
	      end: {type: void, inputs: step}
	  first: {type: identity, inputs: left, group: both}
	  second: {type: identity, inputs: first, group: both}
	  last: {type: void, inputs: second}
	END
	start names.yaml
	begun
	for word in inner inner.out left
	do
		expect 1 "$VFLOW" tap "$flow" "$word"
		grep "there is no task \"$word\"; this task is meant: left/inner$" err
	done
	expect 1 "$VFLOW" tap "$flow" step
	grep "there is no task \"step\"; name one of these: many/a/step, many/b/step$" err
	expect 1 "$VFLOW" tap "$flow" many
	grep "name one of these: many/a/step, many/a/end, many/b/step, many/b/end$" err
	expect 1 "$VFLOW" restart "$flow" first
	grep "there is no task \"first\"; this task is meant: both$" err
	stopped
'

done_testing
