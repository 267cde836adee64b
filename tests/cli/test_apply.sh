#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

cat >flow.yaml <<'END'
vflow: 1
vars: {nth: 2}
nodes:
  numbers: {type: int_source, wait: 2ms}
  same: {type: identity, inputs: numbers}
  some: {type: every, inputs: same, nth: "${nth}"}
  out: {type: print, inputs: some}
  all: {type: file_append, inputs: same, path: all.txt}
END

# changed SED-SCRIPT: writes flow.yaml, changed so, to the file new.yaml.
changed () {
	sed "$1" flow.yaml >new.yaml
}

# steps: prints the distances between the numbers that came out, each once.
steps () {
	awk 'NR > 1 && $1 - last != step {step = $1 - last; print step} {last = $1}' out
}

it 'changes options in a new process, leaves the others, and loses nothing' '
	rm -f all.txt
	"$VFLOW" run flow.yaml >printed 2>err &
	started $!
	await "grep -qx 20 printed"
	old=$(worker some) same=$(worker same)
	changed "s/nth: 2}/nth: 10}/"
	"$VFLOW" apply flow new.yaml >said
	says said "some: changed"
	test "$(wc -l <said)" -eq 1
	test "$(worker some)" -ne "$old"
	test "$(worker same)" -eq "$same"
	lines=$(wc -l <printed)
	await "test \$(wc -l <printed) -gt $((lines + 20))"
	kill -INT "$flow"
	ends 130
	cp printed out
	steps >distances
	head -n 1 distances | grep -x 2
	tail -n 1 distances | grep -x 10
	python3 - <<-END
	import json
	numbers = [json.loads(line) for line in open("all.txt")]
	numbers = [n["value"] if isinstance(n, dict) else n for n in numbers]
	assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), numbers[:50]
	assert numbers[0] == 0
	END
'

# whole: fails unless the file "printed" has all numbers from 0 in their order.
whole () {
	seq 0 $(($(wc -l <printed) - 1)) | cmp - printed
}

cat >chain.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, wait: 1ms}
  one: {type: identity, inputs: numbers}
  two: {type: identity, inputs: one}
  out: {type: print, inputs: two}
END

# run_chain: starts chain.yaml, which prints to the file "printed", and waits for its first numbers.
run_chain () {
	rm -f printed
	"$VFLOW" run chain.yaml >printed 2>err &
	started $!
	await "grep -qx 20 printed"
}

# goes_on: waits until more has been printed.
goes_on () {
	lines=$(wc -l <printed)
	await "test \$(wc -l <printed) -gt $((lines + 30))"
}

it 'adds a branch and takes it away, and leaves the others alone' '
	run_chain
	old=$(worker one) two=$(worker two)
	cp chain.yaml more.yaml
	printf "  %s\n" "side: {type: identity, inputs: one}" \
		"all: {type: file_append, inputs: side, path: side.txt}" >>more.yaml
	"$VFLOW" apply chain more.yaml >said
	printf "%s\n" "one: changed" "side: added" "all: added" | cmp - said
	test "$(worker one)" -ne "$old"
	test "$(worker two)" -eq "$two"
	await "test -s side.txt"
	goes_on
	"$VFLOW" apply chain chain.yaml >said
	printf "%s\n" "one: changed" "side: removed" "all: removed" | cmp - said
	goes_on
	test "$(worker two)" -eq "$two"
	kill -INT "$flow"
	ends 130
	whole
	python3 - <<-END
	import json
	numbers = [json.loads(line)["value"] for line in open("side.txt")]
	assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), numbers[:50]
	END
	grep "wrote side.txt: " err
	lacks err "does not balance"
'

it 'puts a node between two others, and takes it out' '
	run_chain
	sed "s/^  two.*/  more: {type: identity, inputs: one}\n  two: {type: identity, inputs: more}/" \
		chain.yaml >more.yaml
	"$VFLOW" apply chain more.yaml >said
	printf "%s\n" "one: changed" "two: changed" "more: added" | cmp - said
	goes_on
	"$VFLOW" apply chain chain.yaml >said
	printf "%s\n" "one: changed" "two: changed" "more: removed" | cmp - said
	goes_on
	kill -INT "$flow"
	ends 130
	whole
	lacks err "does not balance"
'

it 'changes replicas and queues' '
	run_chain
	sed "s/^  one.*/  one: {type: identity, inputs: numbers, replicas: 3}/" chain.yaml >more.yaml
	"$VFLOW" apply chain more.yaml >said
	grep -x "one.3: added" said
	grep -x "one: removed" said
	goes_on
	sed "s/^  one.*/  one: {type: identity, inputs: {from: numbers, queue: 9}, replicas: 2}/" \
		chain.yaml >more.yaml
	"$VFLOW" apply chain more.yaml >said
	grep -x "one.3: removed" said
	grep -x "one.2: added" said
	goes_on
	"$VFLOW" apply chain chain.yaml
	goes_on
	kill -INT "$flow"
	ends 130
	whole
	lacks err "does not balance"
'

it 'hands on frames that a task before the change cannot read' '
	cat >film.yaml <<-END
	vflow: 1
	nodes:
	  camera: {type: test_source, size: 64x48, live: true}
	  pass: {type: identity, inputs: camera}
	  same: {type: identity, inputs: pass}
	  log: {type: metadata_log, inputs: same, path: passed.jsonl}
	END
	start film.yaml
	await "test -s passed.jsonl"
	same=$(worker same)
	sed "s/^  pass.*/  pass: {type: identity, inputs: small}\n  small: {type: filter, inputs: camera, graph: \"scale=32:24\"}/" \
		film.yaml >new.yaml
	"$VFLOW" apply film new.yaml >said
	grep -x "small: added" said
	test "$(worker same)" -eq "$same"
	await "grep -q 32 passed.jsonl"
	kill -INT "$flow"
	ends 130
	lacks err "does not balance"
	python3 - <<-END
	import json
	lines = [json.loads(line) for line in open("passed.jsonl")]
	frames = [line["frame"] if "frame" in line else line.get("number") for line in lines]
	assert frames == list(range(frames[0], frames[0] + len(frames))), frames[:20]
	END
'

it 'finishes what a task that is taken away has written' '
	cat >film.yaml <<-END
	vflow: 1
	nodes:
	  camera: {type: test_source, size: 64x48, live: true}
	  log: {type: metadata_log, inputs: camera, path: camera.jsonl}
	  file: {type: video_writer, inputs: camera, path: taken.mkv, codec: ffv1}
	END
	start film.yaml
	await "grep -q . camera.jsonl"
	sed "/file:/d" film.yaml >new.yaml
	"$VFLOW" apply film new.yaml >said
	grep -x "file: removed" said
	await "test -s taken.mkv"
	kill -INT "$flow"
	ends 130
	grep "wrote taken.mkv: " err
'

it 'ends by itself after a change when its source does' '
	sed "s/wait: 1ms/end: 1500, wait: 1ms/" chain.yaml >short.yaml
	rm -f printed
	"$VFLOW" run --name chain short.yaml >printed 2>err &
	started $!
	await "grep -qx 20 printed"
	sed "s/^  two.*/  more: {type: identity, inputs: one}\n  two: {type: identity, inputs: more}/" \
		short.yaml >more.yaml
	"$VFLOW" apply chain more.yaml
	ends 0
	test "$(tail -n 1 printed)" -eq 1500
	whole
	lacks err "does not balance"
'

it 'says when nothing has changed' '
	start flow.yaml
	await "grep -qx 4 out"
	"$VFLOW" apply flow.yaml >said
	says said "nothing has changed"
	kill -INT "$flow"
	ends 130
'

it 'does not change what keeps pieces, which are of one flow' '
	cat >pieces.yaml <<-END2
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.mkv}
	  slow: {type: identity, inputs: reader, fps: 10}
	  out: {type: video_writer, inputs: slow, path: out.mkv, checkpoint: 1s}
	END2
	ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=64x48:rate=10 -t 600 -c:v mjpeg in.mkv
	start pieces.yaml
	await "test -s out.mkv.checkpoint"
	sed "s/fps: 10/fps: 11/" pieces.yaml >new.yaml
	status=0
	"$VFLOW" apply new.yaml 2>why || status=$?
	test $status -eq 1
	grep "a flow that keeps pieces (checkpoint) cannot be changed while it runs" why
	"$VFLOW" apply pieces.yaml >said
	says said "nothing has changed"
	kill -INT "$flow"
	ends 130
	rm -f out.*
'

it 'refuses what it cannot change, before anything is touched' '
	start flow.yaml
	await "grep -qx 4 out"
	workers=$(pgrep -P "$flow" | sort | tr "\n" " ")
	refuses () {
		status=0
		"$VFLOW" apply new.yaml >said 2>why || status=$?
		test $status -eq "$1"
		grep "$2" why
		test ! -s said
	}
	changed "s/^vflow: 1/&\nmode: realtime/"
	refuses 1 "the mode and the transport cannot be changed while the flow runs$"
	changed "s/inputs: same, path/inputs: numbers, path/"
	refuses 1 "all keeps what a new process would not have; under another name it would end"
	changed "s/path: all.txt/path: other.txt/"
	refuses 1 "all keeps what a new process would not have"
	changed "s/nth: \"/nnth: \"/"
	refuses 78 "^$workdir/new.yaml:6:37: unknown option \"nnth\" of every; did you mean \"nth\"?$"
	refuses 78 "unknown option" # again: it is asked anew
	status=0; "$VFLOW" apply nowhere.yaml 2>why || status=$?
	test $status -eq 78
	test "$(pgrep -P "$flow" | sort | tr "\n" " ")" = "$workers"
	kill -INT "$flow"
	ends 130
'

it 'applies a flow with the variables of its run' '
	start --var nth=3 flow.yaml
	await "grep -qx 9 out"
	"$VFLOW" apply flow.yaml >said
	says said "nothing has changed"
	kill -INT "$flow"
	ends 130
'

it 'changes frames in the middle of a film' '
	cat >film.yaml <<-END
	vflow: 1
	nodes:
	  camera: {type: test_source, size: 64x48, live: true}
	  turn: {type: filter, inputs: camera, graph: hflip}
	  log: {type: metadata_log, inputs: turn, path: film.jsonl}
	END
	start film.yaml
	await "test -s film.jsonl"
	sed "s/hflip/scale=32:24/" film.yaml >new.yaml
	"$VFLOW" apply film new.yaml
	await "grep -q 32 film.jsonl"
	kill -INT "$flow"
	ends 130
	python3 - <<-END
	import json
	lines = [json.loads(line) for line in open("film.jsonl")]
	frames = [line["frame"] if "frame" in line else line.get("number") for line in lines]
	assert frames == list(range(frames[0], frames[0] + len(frames))), frames[:20]
	END
'

it 'applies a flow each time that it is saved' '
	cp flow.yaml live.yaml
	start live.yaml
	await "grep -qx 4 out"
	"$VFLOW" apply --watch live live.yaml >said 2>why &
	watch=$!
	await "grep -q nothing said"
	sed "s/nth: 2}/nth: 5}/" live.yaml >other.yaml
	mv other.yaml live.yaml
	await "grep -q \"some: changed\" said"
	sed "s/nth: 5}/nnth: 5}/" live.yaml >other.yaml
	cp other.yaml live.yaml
	await "grep -q live.yaml why"
	kill -INT "$flow"
	ends 130
	wait $watch
	grep "live is over" why
'

done_testing
