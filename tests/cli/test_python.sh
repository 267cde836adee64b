#!/bin/sh
# SPDX-License-Identifier: MIT
# Functions and classes in Python as nodes.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/ports.sh"
. "$root/tests/cli/find_python.sh"
if test -z "$python"
then
	echo 'ok 1 - calls Python # SKIP no Python with numpy'
	echo '1..1'
	exit 0
fi

# numbers FILE [OPTION...]: writes flow.yaml, in which FILE.py gets 0 to 19; reads FILE.py.
numbers () {
	file=$1
	shift
	cat >"$file.py"
	cat >flow.yaml <<-END
	vflow: 1
	vars: {end: 19, fps: 0}
	nodes:
	  numbers: {type: int_source, end: "\${end}", fps: "\${fps}"}
	  step: {type: python, python: $python, call: "$file.py", inputs: numbers,
	         outputs: {out: value}, backoff: 10ms $*}
	  out: {type: print, inputs: step}
	END
}

# frames OPTION...: writes flow.yaml, in which work.py gets 10 frames; reads work.py.
frames () {
	cat >work.py
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: test_source, size: 64x48, frames: 10}
	  step: {type: python, python: $python, call: work.py, inputs: source, $*}
	  out: {type: print, inputs: step}
	END
}

# runs STATUS WORD...: runs flow.yaml.
runs () {
	wanted_status=$1
	shift
	expect "$wanted_status" timeout "$limit" "$VFLOW" run -q "$@" flow.yaml
}

# The examples of vflow-python(7), with the interpreter that has numpy as python3.
python3 "$root/tests/manual/examples.py" write examples "$root/man/vflow-python.7" || exit 1
mkdir interpreter
ln -s "$(command -v "$python")" interpreter/python3
"$VFLOW" run -q @testclip output=film.mp4 size=320x180 rate=10 frames=24 || exit 1
ffmpeg -v error -nostdin -i film.mp4 -map 0:v -vf negate small.mp4 || exit 1

# paste PAGE NAME: writes an example to the file NAME.
paste () {
	python3 -c "import sys, textwrap; print(textwrap.dedent(sys.stdin.read()))" \
		<"examples/$1/$2" >"$2"
}

# try PAGE NAME STATUS WORD...: runs an example.
try () {
	paste "$1" "$2"
	page_flow=$2 wanted_status=$3
	shift 3
	PATH=$PWD/interpreter:$PATH expect "$wanted_status" timeout "$limit" "$VFLOW" run -q "$@" \
		"$page_flow"
}

# frames_of FILE: prints how many frames a video has.
frames_of () {
	ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets \
		-of csv=p=0 "$1"
}

it 'vflow-python(7): the mean, pictures that are changed' '
	paste vflow-python.7 mean.py
	try vflow-python.7 mean 0
	test "$(grep -cE "^[0-9]+\.[0-9]$" out)" -eq 24
	try vflow-python.7 negative 0
	ffmpeg -v error -i film.mp4 -i negative.mp4 -filter_complex "
		[0]format=rgb24,split[a][b]; [1]format=rgb24,split[c][d];
		[a]trim=end_frame=10[e]; [c]trim=end_frame=10[f]; [e][f]psnr=stats_file=first[o1];
		[b]trim=start_frame=10,negate[g]; [d]trim=start_frame=10[h]; [g][h]psnr=stats_file=rest[o2]
		" -map "[o1]" -f null - -map "[o2]" -f null -
	test "$(grep -cE "psnr_avg:([3-9][0-9]\.|inf)" first)" -eq 10
	test "$(grep -cE "psnr_avg:([3-9][0-9]\.|inf)" rest)" -eq 14
'

it 'vflow-python(7): a class that finds things' '
	paste vflow-python.7 brightest.py
	try vflow-python.7 brightest 0
	test ! -s err
	says out "24 frames have a bright point"
	test "$(frames_of marked.mp4)" -eq 24
'

it 'vflow-python(7): two inputs' '
	try vflow-python.7 difference 0
	test "$(grep -cE "^[12][0-9][0-9]$" out)" -eq 24
'

it 'vflow-python(7): a function that fails' '
	try vflow-python.7 skip 0
	seq 0 23 | grep -vx 9 | cmp - out
	says err "vflow: numbers: this was message 10, at 0.90 s"
'

it 'vflow-python(7): several frames at once' '
	try vflow-python.7 batches 0
	mv out batches.out
	try vflow-python.7 mean 0
	cmp out batches.out
'

it 'vflow-python(7): a detector on two GPUs' '
	paste vflow-python.7 detector.py
	try vflow-python.7 gpus 0 --gpus=3,5
	test "$(wc -l <boxes.jsonl)" -eq 24
	grep -o "\"number\": [0-9]*" boxes.jsonl | tr -dc "0-9\n" >numbers
	seq 24 | cmp - numbers
	grep -o "detect.[12]: uses GPU .*" err | sort >gpus
	printf "%s\n" "detect.1: uses GPU 3" "detect.2: uses GPU 5" | cmp - gpus
'

it 'calls a function, and prints what it prints to the log' '
	numbers double <<-END
	def process(number):
	    print("got", number)
	    return number * 2
	END
	runs 0
	seq 0 2 38 | cmp - out
	says err "vflow: step: got 19"
'

it 'makes an object with the options, and flushes it' '
	numbers sums ", options: {start: 100, names: [a, b]}" <<-END
	class Sum:
	    def __init__(self, options):
	        self.total = options["start"]
	        self.names = options["names"]
	    def process(self, number):
	        self.total += number
	    def flush(self):
	        return [self.total, *self.names]
	END
	runs 0 -s nodes.step.call=sums.py:Sum
	printf "%s\n" 290 a b | cmp - out
'

it 'filters by None, splits lists, and sends texts, lists and objects' '
	numbers split ", splits: true" <<-END
	def process(number):
	    return {0: None, 1: [], 2: [20, 21], 3: (3, 4), 4: {"out": [5, 6]}, 5: {"four": 4},
	            6: "six", 7: [(1, 2), "x"], 8: (n for n in (80, 81)), 9: {}}.get(number)
	END
	runs 1 -s nodes.step.splits=false
	grep "ValueError: several messages for one input; for that, the node has to say splits: true" err
	runs 0
	printf "%s\n" 20 21 "(3, 4)" "(5, 6)" "{\"four\": 4}" six "(1, 2)" x 80 81 "{}" >wanted
	tr "\047" "\"" <out | cmp wanted -
'

it 'sends to the outputs that a dict names' '
	cat >sort.py <<-END
	def process(number):
	    if number == 7:
	        return [{"odd": "seven"}, {"odd": 7, "even": None}]
	    return {"even" if number % 2 == 0 else "odd": number}
	END
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 9}
	  step: {type: python, python: $python, call: sort.py, inputs: numbers, splits: true,
	         outputs: {even: value, odd: value}}
	  even: {type: file_append, inputs: step.even, path: even}
	  odd: {type: file_append, inputs: step.odd, path: odd}
	END
	runs 0
	printf "%s\n" 1 3 5 "\"seven\"" 7 9 >wanted
	sed "s/.*value.: //; s/}//" odd | cmp wanted -
	sed "s/.*value.: //; s/}//" even | tr "\n" " " | grep -x "0 2 4 6 8 "
'

it 'gives a function one of each input' '
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 9}
	  more: {type: identity, inputs: numbers}
	  step:
	    type: python
	    python: $python
	    inputs: {one: numbers, two: more}
	    code: "def process(one, two): return one + two"
	  out: {type: print, inputs: step}
	END
	runs 0
	seq 0 2 18 | cmp - out
'

it 'passes frames on, and makes new ones' '
	frames <<-END
	import vflow
	def process(frame):
	    assert [plane.shape for plane in frame] == [(48, 64), (24, 32), (24, 32)]
	    return frame
	def negative(frame):
	    out = vflow.new_frame()
	    for new, old in zip(out, frame):
	        new[:] = 255 - old
	    return out
	def blank(frame):
	    import numpy
	    return numpy.zeros((20, 30, 3), "u1")
	def planes(frame):
	    return tuple(255 - plane for plane in frame)
	END
	for work in process negative planes
	do
		runs 0 -s nodes.step.call=work.py:$work -s nodes.out.type=video_writer \
			-s nodes.out.path=$work.mkv -s nodes.out.codec=ffv1
		ffmpeg -v error -i $work.mkv -f framemd5 - | grep "^0," >$work.md5
		test "$(wc -l <$work.md5)" -eq 10
	done
	cmp negative.md5 planes.md5
	ffmpeg -v error -i process.mkv -vf negate -f framemd5 - | grep "^0," | cmp - negative.md5
	runs 0 -s nodes.step.call=work.py:blank
	test "$(grep -c " 30x20 bgr24" out)" -eq 10
'

it 'converts on the way in when a format is asked for' '
	frames "format: bgr24" <<-END
	def process(frame):
	    assert frame.shape == (48, 64, 3) and frame.dtype == "u1" and not frame.flags.writeable
	    assert frame.index == round(frame.time * 25) and frame.metadata["format"] == "bgr24"
	    return frame
	END
	runs 0 -s nodes.out.type=video_writer -s nodes.out.path=bgr.mkv -s nodes.out.codec=ffv1
	sed "s/type: python.*/type: convert, format: bgr24, inputs: source}/" flow.yaml >convert.yaml
	expect 0 "$VFLOW" run -q -s nodes.out.type=video_writer -s nodes.out.path=wanted.mkv \
		-s nodes.out.codec=ffv1 convert.yaml
	for film in bgr wanted
	do
		ffmpeg -v error -i $film.mkv -f framemd5 - | grep "^0," >$film.md5
	done
	cmp bgr.md5 wanted.md5
	for mode in --realtime --transport=ipc "--transport=tcp -s transport.tcp.base=$base"
	do
		runs 0 $mode # several words
		test -s out
	done
	expect 78 "$VFLOW" check -s nodes.step.format=pal8 flow.yaml
	grep "format: frames cannot be made in pal8" err
'

it 'names the line of an exception, and fails by it' '
	numbers fail <<-END
	def check(number):
	    if number == 5:
	        raise ValueError("no fives")
	    return number
	def process(number):
	    return check(number)
	END
	runs 1
	seq 0 4 | cmp - out
	says err "vflow: step: ValueError: no fives"
	says err "vflow: step:   File \"$PWD/fail.py\", line 3, in check"
	! grep "vflow/_" err
	mkdir letters
	runs 0 -s nodes.step.stateless=true -s nodes.step.on_error=skip --dead-letter letters
	seq 0 19 | grep -vx 5 | cmp - out
	grep "line 3, in check" letters/step-6.json
'

it 'says what cannot be called' '
	numbers broken <<-END
	def process(number):
	    return number +
	END
	runs 1
	says err "vflow: step: SyntaxError: invalid syntax (broken.py, line 2)"
	grep "return number +" err
	runs 1 -s nodes.step.call=json:nothing
	says err "vflow: step: AttributeError: json has no nothing"
	runs 1 -s nodes.step.call=nowhere.at.all
	says err "vflow: step: ModuleNotFoundError: No module named '"'nowhere'"'"
	runs 1 -s nodes.step.python=./python-of-nobody
	says err "vflow: step: cannot start ./python-of-nobody: No such file or directory"
	expect 78 "$VFLOW" check -s nodes.step.call=nowhere.py flow.yaml
	grep "call: nowhere.py: No such file or directory" err
	expect 78 "$VFLOW" check -s nodes.step.call= flow.yaml
	grep "nothing to call; give call: FILE.py:NAME, or code" err
	sed "s/ inputs: numbers,//" flow.yaml >alone.yaml
	expect 78 "$VFLOW" check alone.yaml
	grep "step.* inputs" err
'

it 'says when there is no numpy, and needs none for values' '
	"$python" -c "import venv; venv.create(\"bare\", symlinks=True)"
	numbers plain <<-END
	import sys
	def process(number):
	    return number if "numpy" not in sys.modules else "numpy"
	END
	runs 0 -s nodes.step.python=bare/bin/python
	seq 0 19 | cmp - out
	frames <<-END
	def process(frame):
	    return frame
	END
	runs 1 -s nodes.step.python=bare/bin/python
	grep "ImportError: pictures, sound and arrays need numpy, which .*bare/bin/python has not" err
'

it 'finds modules beside its file, behind those of Python' '
	echo "raise SystemExit(\"this is not the module numbers\")" >numbers.py
	echo "ANSWER = 42" >helping.py
	numbers plain <<-END
	import numbers, helping
	def process(number):
	    return helping.ANSWER if isinstance(number, numbers.Number) else None
	END
	runs 0 --var end=0
	test "$(cat out)" = 42
	sed "s/call: \"plain.py\"/code: \"import helping\\\\ndef process(n): return helping.ANSWER\"/" \
		flow.yaml >code.yaml
	expect 0 "$VFLOW" run -q --var end=0 code.yaml
	test "$(cat out)" = 42
	rm numbers.py helping.py
	printf "%s\n" "import nowhere_to_be_found" "def process(number): pass" >plain.py
	runs 1
	grep "vflow: step: this is .*python3*.*; the option python names another interpreter" err
'

it 'does not start the flow that it is in' '
	numbers both <<-END
	import vflow
	def process(number):
	    return number
	vflow.Flow("flow.yaml").run()
	END
	runs 1
	grep "RuntimeError: a flow is started while a node of another one is at work" err
	cat >deep.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 3}
	  step: {type: process, command: ["$VFLOW", run, -q, deep.yaml], form: jsonl,
	         inputs: numbers, outputs: {out: value}}
	  out: {type: void, inputs: step}
	END
	expect 1 timeout "$limit" "$VFLOW" run -q deep.yaml
	grep "this is a run in a run, 8 deep" err
'

it 'is not started again, nor has replicas, unless it is stateless' '
	numbers plain <<-END
	import os
	class Works:
	    def process(self, number):
	        return number
	class Free(Works):
	    """Says so."""
	    stateless = True
	END
	expect 78 "$VFLOW" check -s nodes.step.call=plain.py:Works -s nodes.step.replicas=3 flow.yaml
	runs 0 -s nodes.step.call=plain.py:Works -s nodes.step.replicas=3 -s nodes.step.stateless=true
	runs 0 -s nodes.step.call=plain.py:Free -s nodes.step.replicas=3 --var end=200
	seq 0 200 | cmp - out
'

it 'starts one again that is killed, and repeats and loses nothing' '
	numbers plain ", stateless: true, replicas: 2" <<-END
	def process(number):
	    return number
	END
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

it 'is started again when its file changes, without losing or repeating a message' '
	numbers word ", reload: true, splits: true" <<-END
	def process(number):
	    return [number, "one"]
	END
	start --report report.json --var end=1000000 --var fps=200 flow.yaml
	wait_for out "^9$"
	echo "def process(number): return (" >word.new
	mv word.new word.py
	wait_for err "word.py has changed and cannot be run; the one before goes on"
	grep "^vflow: step: SyntaxError: " err
	goes_on 10
	! grep two out
	printf "%s\n" "def process(number):" "    return [number, \"two\"]" >word.new
	mv word.new word.py
	wait_for out "two"
	says err "vflow: step: word.py has changed and was started again"
	goes_on 10
	kill -INT "$flow"
	ends 130
	python3 -c "import json
errors = json.load(open(\"report.json\"))[\"errors\"]
assert any(\"SyntaxError\" in error[\"text\"] for error in errors), errors
assert not any(error[\"fatal\"] for error in errors), errors"
	grep -x "[0-9]*" out >counted
	is_prefix counted
	test "$(grep -c "[a-z]" out)" -eq "$(wc -l <counted)"
	test "$(grep "[a-z]" out | uniq | tr "\n" " ")" = "one two "
	expect 78 "$VFLOW" check -s nodes.step.call=json:dumps flow.yaml
	grep "reload: there is no file to watch" err
'

it 'ends with the flow, and leaves nothing' '
	numbers slow <<-END
	import threading
	threading.Thread(target=threading.Event().wait, daemon=True).start()
	class Slow:
	    def process(self, number):
	        return number
	    def flush(self):
	        return "flushed"
	END
	start -s nodes.step.call=slow.py:Slow --var fps=100 --var end=100000 flow.yaml
	wait_for out "^9$"
	await "pgrep -P \"\$1\" >program" "$(worker step)"
	kill -INT "$flow"
	ends 130
	test "$(tail -n 1 out)" = flushed
	! kill -0 "$(cat program)"
	start -s nodes.step.call=slow.py:Slow --var fps=100 --var end=100000 flow.yaml
	wait_for out "^9$"
	await "pgrep -P \"\$1\" >program" "$(worker step)"
	kill -9 "$flow"
	gone "$(cat program)"
	wait "$flow" || true
'

done_testing
