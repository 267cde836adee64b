#!/bin/sh
# SPDX-License-Identifier: MIT
# Python functions and programs that are given several inputs at a time.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/ports.sh"
. "$root/tests/cli/find_python.sh"
if test -z "$python"
then
	echo 'ok 1 - gives Python batches # SKIP no Python with numpy'
	echo '1..1'
	exit 0
fi

# numbers OPTION...: writes flow.yaml, in which work.py gets 1 to 20, and no batch before it is full;
# reads work.py.
numbers () {
	cat >work.py
	cat >flow.yaml <<-END
	vflow: 1
	vars: {end: 20}
	nodes:
	  numbers: {type: int_source, start: 1, end: "\${end}"}
	  step: {type: python, python: $python, call: work.py, inputs: numbers,
	         outputs: {out: value}, batch: {max: 8, wait: 1h}, backoff: 10ms${*:+, $*}}
	  out: {type: print, inputs: step}
	END
}

# runs STATUS WORD...: runs flow.yaml, whose ledger is right.
runs () {
	wanted_status=$1
	shift
	expect "$wanted_status" timeout "$limit" "$VFLOW" run -q --report report.json "$@" flow.yaml
	python3 -c "import json; assert json.load(open(\"report.json\"))[\"is_balanced\"]"
}

it 'gives a function lists, and sends its answers on one for one' '
	numbers <<-END
	def process(numbers):
	    print("got", len(numbers))
	    return [number * 2 for number in numbers]
	END
	runs 0
	seq 2 2 40 | cmp - out
	grep -o "got .*" err | tr "\n" " " >sizes
	grep -x "got 8 got 8 got 4 " sizes
	for transport in ipc tcp
	do
		runs 0 --transport=$transport -s "transport.tcp.base=$base"
		seq 2 2 40 | cmp - out
	done
	runs 0 -s nodes.step.batch.wait=0 --realtime
	test -s out
'

it 'sends the next input while the function works on one, but in realtime and with reload' '
	numbers <<-END
	import select, time, vflow
	class process:
	    ahead = 0
	    def process(self, number):
	        time.sleep(0.01)
	        self.ahead += bool(select.select([vflow.node()._socket], [], [], 0)[0])
	    def flush(self):
	        return self.ahead
	END
	sed -i "s/, batch: {max: 8, wait: 1h}//" flow.yaml
	runs 0
	test "$(cat out)" -gt 0
	runs 0 -s nodes.step.reload=true
	test "$(cat out)" -eq 0
	runs 0 --realtime
	test "$(cat out)" -eq 0
'

it 'has what they are answered with joined with what they were given' '
	numbers <<-END
	def process(numbers):
	    return [number if number % 3 else None for number in numbers]
	END
	sed -i "/^  out:/d" flow.yaml
	cat >>flow.yaml <<-END
	  both: {type: joiner, inputs: [numbers, step]}
	  out: {type: print, inputs: both}
	END
	runs 0
	seq 20 | sed "/^[369]$/d; /^1[258]$/d; s/.*/(&, &)/" | cmp - out
'

it 'takes what a single input may be answered with' '
	numbers "splits: true" <<-END
	def process(numbers):
	    return ({1: None, 2: {"out": "two"}, 3: [30, 31], 4: {"four": 4}}.get(n, n) for n in numbers)
	END
	runs 0
	{ printf "%s\n" two 30 31 "{\"four\": 4}"; seq 5 20; } | cmp - out
'

it 'gives a function with several inputs a list of each' '
	numbers <<-END
	def process(numbers, more):
	    assert len(numbers) == len(more) and numbers == [n / 10 for n in more]
	    return [a + b for a, b in zip(numbers, more)]
	END
	sed -i "s/inputs: numbers,/inputs: {one: numbers, two: more},/" flow.yaml
	cat >>flow.yaml <<-END
	  more:
	    type: python
	    python: $python
	    inputs: numbers
	    code: "def process(number): return number * 10"
	END
	runs 0
	seq 11 11 220 | cmp - out
'

it 'passes frames on, and makes new ones' '
	cat >work.py <<-END
	import vflow
	def process(frames):
	    return list(frames)
	def negative(frames):
	    made = []
	    for frame in frames:
	        made.append(vflow.new_frame())
	        for new, old in zip(made[-1], frame):
	            new[:] = 255 - old
	    return made
	def plain(frames):
	    return [tuple(255 - plane for plane in frame) for frame in frames]
	def backwards(frames):
	    return frames[::-1]
	END
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: test_source, size: 64x48, frames: 30}
	  step: {type: python, python: $python, call: work.py, inputs: source, batch: {max: 8}}
	  out: {type: video_writer, inputs: step, path: out.mkv, codec: ffv1}
	END
	for work in process negative plain
	do
		runs 0 -s nodes.step.call=work.py:$work
		ffmpeg -v error -i out.mkv -f framemd5 - | grep "^0," >$work.md5
		test "$(wc -l <$work.md5)" -eq 30
		mv out.mkv $work.mkv
	done
	cmp negative.md5 plain.md5
	ffmpeg -v error -i process.mkv -vf negate -f framemd5 - | grep "^0," | cmp - negative.md5
	runs 1 -s nodes.step.call=work.py:backwards
	says err "vflow: step: ValueError: a frame of a later input is no answer to this one; copy it"
'

it 'wants one answer for each input' '
	numbers <<-END
	def process(numbers):
	    return numbers[1:]
	END
	runs 1
	grep "ValueError: 8 inputs in a batch, but 7 answers; return a list with one for each" err
'

it 'finds the input on which a function fails, unless it remembers others' '
	numbers <<-END
	def process(numbers):
	    if 5 in numbers:
	        raise ValueError("no fives")
	    return numbers
	END
	mkdir letters
	runs 0 -s nodes.step.stateless=true -s nodes.step.on_error=skip --dead-letter letters
	seq 20 | grep -vx 5 | cmp - out
	test "$(ls letters/*.json)" = letters/step-5.json
	says err "vflow: step: ValueError: no fives; each of these 8 inputs is tried alone"
	says err "vflow: step:   File \"$PWD/work.py\", line 3, in process"
	! grep "vflow/_" err
	runs 1
	test ! -s out
'

it 'finds the input that kills it, and repeats and loses nothing' '
	numbers "stateless: true, on_error: skip" <<-END
	import os
	def process(numbers):
	    if 5 in numbers:
	        os.kill(os.getpid(), 9)
	    return numbers
	END
	mkdir killing
	runs 0 --dead-letter killing
	seq 20 | grep -vx 5 | cmp - out
	test "$(ls killing/*.json)" = killing/step-5.json
'

it 'is killed with its worker in the middle, by replicas, and repeats and loses nothing' '
	numbers "stateless: true, replicas: 2" <<-END
	def process(numbers):
	    return numbers
	END
	sed -i "s/wait: 1h/wait: 5ms/; s/start: 1,/start: 0,/" flow.yaml
	start_gated --report report.json --var end=300 flow.yaml
	let_out 20
	await "pgrep -P \"\$1\" >program" "$(worker step.1)"
	kill -9 "$(cat program)"
	let_out 100
	kill -9 "$(worker step.2)"
	let_all
	ends 0
	seq 0 300 | cmp - out
	python3 -c "import json; assert json.load(open(\"report.json\"))[\"is_balanced\"]"
'

it 'goes on with what another file says, between two batches' '
	numbers "stateless: true, reload: true" <<-END
	def process(numbers):
	    return [[number, "one"] for number in numbers]
	END
	sed -i "s/wait: 1h/wait: 5ms/; s/type: int_source/&, fps: 200/" \
		flow.yaml
	sed -i "s/outputs: {out: value}/outputs: {out: value}, splits: true/" flow.yaml
	start --var end=1000000 flow.yaml
	wait_for out "^9$"
	sed "s/one/two/" work.py >work.new
	mv work.new work.py
	wait_for out two
	kill -INT "$flow"
	ends 130
	grep -x "[0-9]*" out >counted
	seq "$(wc -l <counted)" | cmp - counted
	test "$(grep "[a-z]" out | uniq | tr "\n" " ")" = "one two "
'

it 'sends inputs ahead to a program, which takes them one by one' '
	cat >program.py <<-END
	import vflow
	for number, in vflow.run():
	    vflow.emit(number * 2)
	    vflow.emit(vflow.node().batch) if number == 20 else None
	END
	for command in "$python, program.py" "${VFLOW%/*}/process/client, pass"
	do
		cat >flow.yaml <<-END
		vflow: 1
		nodes:
		  numbers: {type: int_source, start: 1, end: 20}
		  step: {type: process, command: [$command], inputs: numbers, outputs: {out: value},
		         batch: {max: 7}, splits: true}
		  out: {type: print, inputs: step}
		END
		PYTHONPATH=$root/python runs 0
		cp out "out.${command#*, }"
	done
	{ seq 2 2 40; echo 7; } | cmp - out.program.py
	seq 20 | cmp - out.pass
'

it 'sends pictures ahead to a program that asks for memory meanwhile' '
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: test_source, size: 64x48, frames: 30}
	  step: {type: process, command: ["${VFLOW%/*}/process/client", invert], inputs: source,
	         outputs: {out: video}, slots: 1}
	  out: {type: video_writer, inputs: step, path: out.mkv, codec: ffv1}
	END
	runs 0
	ffmpeg -v error -i out.mkv -f framemd5 - | grep "^0," >alone.md5
	runs 0 -s nodes.step.batch.max=8
	ffmpeg -v error -i out.mkv -f framemd5 - | grep "^0," | cmp alone.md5 -
	test "$(wc -l <alone.md5)" -eq 30
'

it 'says what is wrong with a batch' '
	numbers </dev/null
	expect 78 "$VFLOW" check -s nodes.step.batch.max=0 flow.yaml
	grep "batch: max is an integer.*1 to 256.*, not .0." err
	expect 78 "$VFLOW" check -s nodes.step.batch.size=3 flow.yaml
	grep "batch: it has max and wait, not .size." err
	expect 78 "$VFLOW" check -s nodes.step.batch.wait=soon flow.yaml
	grep "batch: wait is a duration" err
	cat >pipe.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, start: 1, end: 20}
	  step: {type: process, command: [cat], form: jsonl, inputs: numbers, outputs: {out: value},
	         batch: {max: 7}}
	  out: {type: print, inputs: step}
	END
	expect 78 "$VFLOW" check pipe.yaml
	grep "batch: a program with a form reads a stream" err
'

done_testing
