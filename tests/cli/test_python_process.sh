#!/bin/sh
# SPDX-License-Identifier: MIT
# Python programs as nodes of the type process, with the module vflow.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/find_python.sh"
export PYTHONPATH="$root/python"
works=$root/tests/python/works_node.py
if test -z "$python"
then
	echo 'ok 1 - runs Python programs as nodes # SKIP no Python with numpy'
	echo '1..1'
	exit 0
fi

# numbers WORD...: writes flow.yaml, in which a program does WORD... with 0 to 9.
numbers () {
	work=$(echo "$*" | sed "s/ /, /g")
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 9}
	  step: {type: process, command: [$python, $works, $work], inputs: numbers, outputs: {out: value}}
	  out: {type: print, inputs: step}
	END
}

# frames TYPE WORD...: writes flow.yaml, in which a program does WORD... with 10 frames.
frames () {
	type=$1
	shift
	work=$(echo "$*" | sed "s/ /, /g")
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: test_source, size: 64x48, frames: 10}
	  step: {type: process, command: [$python, $works, $work], inputs: source, outputs: {out: $type}}
	  out: {type: print, inputs: step}
	END
}

it 'runs the example of the manual' '
	python3 "$root/tests/manual/examples.py" write examples "$root/man/vflow-python.7"
	dedent="import sys, textwrap; print(textwrap.dedent(sys.stdin.read()))"
	python3 -c "$dedent" <examples/vflow-python.7/program >program.py # vflow-python.7 program
	python3 -c "$dedent" <examples/vflow-python.7/process |            # vflow-python.7 process
		sed "s|python3|$python|" >mean.yaml
	ffmpeg -v error -nostdin -f lavfi -i color=gray:s=64x48:d=0.2 -pix_fmt yuv420p film.mp4
	expect 0 timeout "$limit" "$VFLOW" run -q mean.yaml
	printf "%s\n" 126.0 126.0 126.0 126.0 126.0 | cmp - out
'

it 'gives values and takes values, after the end too' '
	numbers double
	expect 0 timeout "$limit" "$VFLOW" run -q flow.yaml
	{ seq 0 2 18; echo "the end"; } | cmp - out
	numbers values
	sed -i "s/inputs: numbers/&, splits: true/" flow.yaml
	expect 0 timeout "$limit" "$VFLOW" run -q flow.yaml
	printf "%s\n" 3 3 "{\"n\": 3, \"none\": null}" >wanted
	sed -n "22,24p" out >seen
	tr "\047" "\"" <seen | sed "s/None/null/" | cmp wanted -
	grep -c "naïve 😀" out | grep -x 10
	grep "array.*0, 1, 2.*of.*0.5" out
'

it 'has what stands beside the pixels' '
	frames value describe
	expect 0 timeout "$limit" "$VFLOW" run -q flow.yaml
	sed -n 4p out | tr "\047" "\"" >seen
	says seen "(3, 0.12, 3, \"\", 64, \"yuv420p\", (1, 25))"
	ffmpeg -v error -nostdin -y -f lavfi -i color=gray:s=64x48:d=0.2 -metadata title="two lines" \
		tagged.mkv
	frames value tags
	sed "s/{type: test_source.*/{type: video_reader, path: tagged.mkv}/" flow.yaml >tagged.yaml
	expect 0 timeout "$limit" "$VFLOW" run -q tagged.yaml
	test "$(grep -c "two lines" out)" -eq 5
'

it 'gives and takes arrays, small ones and large ones' '
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 9}
	  first: {type: process, command: [$python, $works, arrays], inputs: numbers,
	          outputs: {array: array}}
	  second: {type: process, command: [$python, $works, arrays], inputs: first,
	           outputs: {text: value}}
	  out: {type: print, inputs: second}
	END
	expect 0 timeout "$limit" "$VFLOW" run -q flow.yaml
	head -n 1 out | grep "((0, 2), .float32., 0.0, 0)"
	tail -n 1 out | grep "((90000, 2), .float32., 179999.0, 9)"
'

# seen FORMAT SHAPE: passes when a program sees frames of a format in this shape, byte for byte, and
# another one after it what it has written.
seen () {
	cat >formats.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: test_source, size: 66x50, frames: 3}
	  convert: {type: convert, inputs: source, format: $1}
	  raw: {type: video_writer, inputs: convert, path: raw.nut, codec: rawvideo}
	  one: {type: process, command: [$python, $root/tests/python/frames_node.py], inputs: convert,
	        outputs: {out: video}, options: {file: one, shape: "$2"}}
	  two: {type: process, command: [$python, $root/tests/python/frames_node.py], inputs: one,
	        outputs: {out: video}, options: {file: two, shape: "$2"}}
	  out: {type: print, inputs: two}
	END
	expect 0 timeout "$limit" "$VFLOW" run -q formats.yaml
	ffmpeg -v error -nostdin -y -i raw.nut -pix_fmt "$1" -f rawvideo raw
	cmp raw one
	cmp one two
	test "$(grep -c " 66x50 $1 " out)" -eq 3
	rm -f raw one two
}

while read -r format shape
do
	it "sees $format as $shape" "
		seen $format '$shape'
	"
done <<-END
	gray uint8 50x66
	bgr24 uint8 50x66x3
	rgba uint8 50x66x4
	yuyv422 uint8 50x66x2
	gray16le uint16 50x66
	rgb48le uint16 50x66x3
	yuv420p uint8 50x66, uint8 25x33, uint8 25x33
	yuv422p10le uint16 50x66, uint16 50x33, uint16 50x33
	yuva444p uint8 50x66, uint8 50x66, uint8 50x66, uint8 50x66
	gbrp uint8 50x66, uint8 50x66, uint8 50x66
	nv12 uint8 50x66, uint8 25x33x2
	END

it 'hears sound as samples and channels, and makes some' '
	ffmpeg -v error -nostdin -y -f lavfi -i "sine=d=1,aeval=val(0)|-val(0)/2:c=stereo" \
		-c:a pcm_f32le in.mka
	for form in flt fltp
	do
		cat >sound.yaml <<-END
		vflow: 1
		nodes:
		  r: {type: video_reader, path: in.mka}
		  f: {type: sound_filter, inputs: r.audio_frames, graph: aformat=$form}
		  step: {type: process, command: [$python, $works, half], inputs: f, outputs: {out: audio}}
		  out: {type: video_writer, inputs: {audio: step}, path: out.mka, audio: pcm_f32le}
		END
		expect 0 timeout "$limit" "$VFLOW" run -q sound.yaml
		ffmpeg -v error -nostdin -y -i in.mka -af volume=0.5:precision=float -f f32le wanted
		ffmpeg -v error -nostdin -y -i out.mka -f f32le heard
		cmp wanted heard
	done
'

it 'lets frames be kept, up to a limit, and finds them in cycles' '
	frames value keep
	expect 0 timeout "$limit" "$VFLOW" run -q flow.yaml
	seq 0 8 | cmp - out
	for work in hoard views
	do
		frames value $work
		expect 1 timeout "$limit" "$VFLOW" run -q flow.yaml
		grep "keeps 5 inputs, and may keep 4: frames 1, 2, 3, 4, 5; let go" err
		expect 0 timeout "$limit" "$VFLOW" run -q -s nodes.step.keep=20 flow.yaml
	done
	frames video cycles
	expect 0 timeout "$limit" "$VFLOW" run -q flow.yaml
	test "$(wc -l <out)" -eq 10
'

it 'takes memory for outputs back that are never sent' '
	frames video waste
	expect 0 timeout "$limit" "$VFLOW" run -q -s nodes.source.frames=200 flow.yaml
	test "$(grep -c "64x64 gray" out)" -eq 200
'

it 'makes an exception the failure of the task, with its traceback in the log' '
	numbers fail
	expect 1 timeout "$limit" "$VFLOW" run -q flow.yaml
	seq 0 4 | cmp - out
	says err "vflow: step: ValueError: no such thing: 5"
	grep "^vflow: step: .*line.*in inner$" err
	test "$(grep -c Traceback err)" -eq 1
	numbers leave
	expect 1 timeout "$limit" "$VFLOW" run -q flow.yaml
	seq 0 4 | cmp - out
	grep "exited with status 3" err
'

it 'says what cannot be done' '
	frames video write
	expect 1 timeout "$limit" "$VFLOW" run -q flow.yaml
	says err "vflow: step: ValueError: assignment destination is read-only"
	frames video wrong
	expect 1 timeout "$limit" "$VFLOW" run -q flow.yaml
	says err "vflow: step: TypeError: the output out is video, and cannot have a dict"
	frames video twice
	expect 1 timeout "$limit" "$VFLOW" run -q flow.yaml
	says err "vflow: step: ValueError: this frame was emitted before; make a new one for each"
	expect 1 "$python" "$works" double
	grep "RuntimeError: this program is for a node of a flow" err
'

it 'may want no more, and may produce' '
	numbers tenth
	expect 0 timeout "$limit" "$VFLOW" run -q flow.yaml
	seq 0 8 | cmp - out
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: process, command: [$python, $works, produce, 20], outputs: {out: value}}
	  out: {type: print, inputs: source}
	END
	expect 0 timeout "$limit" "$VFLOW" run -q flow.yaml
	seq 0 20 | cmp - out
	start -s "nodes.source.command=[$python, $works, produce]" flow.yaml
	wait_for out "^50$"
	kill -INT "$flow"
	ends 130
	! grep killed err
'

it 'is not disturbed by what a program forks and starts' '
	numbers fork
	expect 0 timeout "$limit" "$VFLOW" run -q flow.yaml
	seq 0 9 | sed "s/$/ None False/" | cmp - out
'

it 'ends with the stream at Ctrl-C, also when the program itself gets the signal' '
	numbers wait
	start -s nodes.numbers.fps=100 -s nodes.numbers.end=100000 flow.yaml
	wait_for out "^5$"
	await "pgrep -P \"\$1\" >program" "$(worker step)"
	kill -INT "$(cat program)"
	wait_for out "^9$"
	kill -INT "$flow"
	ends 130
	says err "vflow: step: the end has come"
	! grep -E "KeyboardInterrupt|killed" err
'

done_testing
