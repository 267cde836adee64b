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

it 'says when nothing has changed' '
	start flow.yaml
	await "grep -qx 4 out"
	"$VFLOW" apply flow.yaml >said
	says said "nothing has changed"
	kill -INT "$flow"
	ends 130
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
	changed "s/some/few/g"
	refuses 1 "few is new: nodes cannot be added while the flow runs$"
	changed "/all:/d"
	refuses 1 "all is missing: nodes cannot be taken away while the flow runs$"
	changed "s/inputs: same, nth/inputs: numbers, nth/"
	refuses 1 "cannot be changed while the flow runs$"
	changed "s/type: identity/type: identity, replicas: 2/"
	refuses 1 "cannot be \(added\|taken away\|changed\) while the flow runs$"
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
