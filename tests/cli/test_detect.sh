#!/bin/sh
# SPDX-License-Identifier: MIT
# Models that find things in frames.
. "${0%/*}/harness.sh"
. "$root/tests/cli/models.sh"

# A white square of 16 x 16 that moves from 48 on by 16 pixels a frame (overlay counts from 1), in frames of 128 x 64: for a model of
# 64 x 64 that is a cell of 8 x 8, in a letterbox.
ffmpeg -v error -nostdin -f lavfi -i color=black:s=128x64:r=5:d=1 \
	-f lavfi -i color=white:s=16x16:r=5:d=1 \
	-filter_complex "[0][1]overlay=x=16*n+32:y=16:format=rgb,format=yuv444p" -c:v ffv1 in.mkv || exit 1

cat >flow.yaml <<'END'
vflow: 1
vars: {model: yolo.onnx}
nodes:
  reader: {type: video_reader, path: in.mkv}
  find: {type: detect, inputs: reader, model: "${model}", card: {family: yolo, score: 0.5}}
  out: {type: file_append, inputs: find.objects, path: objects.jsonl, append: false}
END

dedent='import sys, textwrap; sys.stdout.write(textwrap.dedent(sys.stdin.read()))'

# found: prints the left and the upper edge, the class and the name of the surest object of each frame,
# and how many there are.
found () {
	python3 -c '
import json
for line in open("objects.jsonl"):
    all = json.loads(line)["value"]
    one = all[0] if all else {"box": ["none"]}
    ymin, xmin, ymax, xmax = one["box"]
    assert (ymax - ymin, xmax - xmin) == (16, 16), one
    print("%g,%g" % (xmin, ymin), one["class"], one.get("name", "-"), len(all))'
}

# expected CLASS NAME: prints what that is for the square.
expected () {
	for x in 48 64 80 96 112
	do
		echo "$x,16 $1 $2 1"
	done
}

# make_models fake|real: writes the models that either can have.
make_models () {
	names="{0: 'bright', 1: 'dim'}"
	if test "$1" = real
	then
		for name in yolo yolo_any yolo_free yolo_bytes yolo_named yolo_rows end_to_end paddle paddle_any plain sound
		do
			python3 -B "$root/tests/python/onnx_model.py" $name $name.onnx || return
		done
		return
	fi
	picture='input images float32 1 3 64 64'
	fake_model yolo.onnx "$picture" 'output output0 float32 1 6 64' 'tells columns'
	fake_model yolo_any.onnx 'input images float32 -1 3 64 64' 'output output0 float32 -1 6 64' \
		'tells columns'
	fake_model yolo_free.onnx 'input images float32 -1 3 -1 -1' 'output output0 float32 -1 6 64' \
		'tells columns'
	fake_model yolo_bytes.onnx 'input images uint8 1 3 64 64' 'output output0 float32 1 6 64' \
		'tells columns'
	fake_model yolo_named.onnx "$picture" 'output output0 float32 1 6 64' 'tells columns' \
		"metadata names $names" 'metadata task detect'
	fake_model yolo_rows.onnx "$picture" 'output output float32 1 64 7' 'tells rows'
	fake_model end_to_end.onnx "$picture" 'output output0 float32 1 8 6' 'tells ends'
	fake_model paddle.onnx 'input im_shape float32 1 2' 'input image float32 1 3 64 64' \
		'input scale_factor float32 1 2' 'output rows float32 -1 6' 'output counts int32 1' \
		'tells counted'
	fake_model paddle_any.onnx 'input im_shape float32 -1 2' 'input image float32 -1 3 64 64' \
		'input scale_factor float32 -1 2' 'output rows float32 -1 6' 'output counts int32 -1' \
		'tells counted'
	fake_model plain.onnx "$picture" 'output same float32 1 3 64 64' 'tells same'
	fake_model sound.onnx 'input sound float32 1 16000' 'output same float32 1 16000' 'tells same'
}

# finds CLASS NAME FLAG...: passes when a run finds the square in every frame.
finds () {
	expected "$1" "$2" >wanted
	shift 2
	expect 0 "$VFLOW" run -q "$@" flow.yaml
	found | cmp - wanted
}

# with fake|real: describes what models do that are run by it.
with () {
	kind=$1
	take_runtime "$kind"
	make_models "$kind" || exit 1

	it "finds a square in frames of another size and shape ($kind runtime)" '
		finds 0 -
		finds 0 - --var model=yolo_any.onnx
		finds 0 - --var model=yolo_free.onnx -s nodes.find.card.size=64x64
		finds 0 - --var model=yolo_bytes.onnx
		finds 1 - --var model=yolo_rows.onnx
		finds 0 bright -s "nodes.find.card={classes: [bright, dim], family: yolo, score: 0.5}"
	'

	it "knows models by what they say of themselves, and by their outputs ($kind runtime)" '
		finds 0 bright --var model=yolo_named.onnx -s "nodes.find.card={score: 0.5}"
		finds 0 - --var model=end_to_end.onnx -s "nodes.find.card={score: 0.5}"
		expect 78 "$VFLOW" check -s "nodes.find.card={}" flow.yaml
		grep "detect: card.family: say what the model tells, .*; it has output0 float32\[1, 6, 64\]" err
	'

	it "reads how many rows are of each picture of a batch ($kind runtime)" '
		finds 0 - --var model=paddle.onnx -s "nodes.find.card={score: 0.5, fit: letterbox}"
		finds 0 - --var model=paddle_any.onnx -s "nodes.find.card={family: paddle, fit: letterbox}" \
			-s "nodes.find.batch={max: 5, wait: 1h}"
		expect 78 "$VFLOW" check -s "nodes.find.card={family: paddle}" flow.yaml
		grep "card.family: paddle models have an output of objects x 6 numbers, and one of the number of objects in each picture; this one has output0 float32" err
	'

	it "takes a card beside the model, which the flow goes before ($kind runtime)" '
		printf "%s\n" "family: yolo" "score: 0.5" "classes: {0: square, 1: none}" >yolo.onnx.yaml
		finds 0 square -s "nodes.find.card={}"
		finds 0 other -s "nodes.find.card={classes: [other, none]}"
		printf "%s\n" "family: yolo" "  scores: 0.5" >yolo.onnx.yaml
		expect 78 "$VFLOW" check -s "nodes.find.card={}" flow.yaml
		grep "detect: yolo.onnx.yaml:2: " err
		rm yolo.onnx.yaml
	'

	it "says before the start what does not fit ($kind runtime)" '
		expect 78 "$VFLOW" check --var model=yolo_free.onnx flow.yaml
		grep "takes pictures of any size; say which, as in card: {size: 640x640}" err
		expect 78 "$VFLOW" check --var model=sound.onnx flow.yaml
		grep "float32\[1, 16000\] is no batch of pictures" err
		expect 78 "$VFLOW" check --var model=plain.onnx flow.yaml
		grep "flow.yaml:5:[0-9]*: detect: card.family: yolo models have one output" err
		expect 78 "$VFLOW" check -s "nodes.find.card.classes=[one, two, three]" flow.yaml
		grep "card.classes: there are 3 names, but 2 classes" err
		expect 78 "$VFLOW" check -s nodes.find.card.scale=much flow.yaml
		grep "detect: card.scale: it is a number, such as 1/255" err
		expect 78 "$VFLOW" check -s nodes.find.card.scole=0.5 flow.yaml
		grep "card.scole: a card has no such setting; did you mean" err
		expect 78 "$VFLOW" check -s nodes.find.tensor=output1 flow.yaml
		grep "tensor: the model has no output .output1.; did you mean \"output0\"?" err
		expect 78 "$VFLOW" check -s nodes.find.provider=cuda flow.yaml
		grep "provider: this ONNX Runtime, release .*, is built without cuda" err
		echo "no model" >text.onnx
		expect 78 "$VFLOW" check --var model=text.onnx flow.yaml
		grep "flow.yaml:5:.*: detect: model: ONNX Runtime cannot open it: " err
	'

	it "takes several frames at a time, and answers each of them ($kind runtime)" '
		finds 0 - --var model=yolo_any.onnx -s "nodes.find.batch={max: 3, wait: 1h}"
		finds 0 - --var model=yolo_any.onnx -s "nodes.find.batch={max: 8, wait: 1ms}"
		finds 0 - --var model=yolo_any.onnx -s "nodes.find.batch={max: 2, wait: 0}" \
			-s nodes.find.replicas=2
		expect 78 "$VFLOW" check -s "nodes.find.batch={max: 3}" flow.yaml
		grep "batch: the model takes 1 at a time; export it with a dynamic batch for more" err
		expect 78 "$VFLOW" check -s "nodes.find.batch={most: 3}" flow.yaml
		grep "batch: it has max and wait, not .most." err
	'

	it "hands on numbers as they are ($kind runtime)" '
		cat >raw.yaml <<-END
		vflow: 1
		nodes:
		  reader: {type: video_reader, path: in.mkv}
		  find: {type: detect, inputs: reader, model: plain.onnx, card: {family: raw}}
		  out: {type: file_append, inputs: find.tensor, path: tensor.jsonl, append: false}
		END
		expect 0 "$VFLOW" run -q raw.yaml
		python3 -c "
import json
lines = [json.loads(line)[\"value\"] for line in open(\"tensor.jsonl\")]
assert len(lines) == 5
planes = lines[0][\"data\"] if isinstance(lines[0], dict) else lines[0]
assert (len(planes), len(planes[0]), len(planes[0][0])) == (3, 64, 64)
assert abs(planes[0][0][0] - 114 / 255) < 0.001   # beside the frame
assert planes[1][28][28] > 0.99 and planes[2][28][40] < 0.01
"
	'

	it "tells the class of every pixel as masks of the frame ($kind runtime)" '
		cat >masks.yaml <<-END
		vflow: 1
		nodes:
		  reader: {type: video_reader, path: coloured.mkv}
		  find: {type: detect, inputs: reader, model: plain.onnx, card: {family: segmentation,
		    fit: letterbox, mean: 0, deviation: 1, classes: [red, green, blue]}}
		  masks: {type: file_append, inputs: find.masks, path: masks.jsonl, append: false}
		  objects: {type: file_append, inputs: find.objects, path: objects.jsonl, append: false}
		  drawn: {type: draw_masks, inputs: {video: reader, masks: find.masks}}
		  out: {type: void, inputs: drawn}
		END
		ffmpeg -v error -y -nostdin -f lavfi -i "color=red:s=128x64:r=1:d=1,format=rgb24,
			drawbox=x=32:y=16:w=64:h=32:color=blue:t=fill" -c:v ffv1 coloured.mkv
		expect 0 "$VFLOW" run -q masks.yaml
		python3 -c "
import json
objects = json.loads(open(\"objects.jsonl\").readline())[\"value\"]
masks = json.loads(open(\"masks.jsonl\").readline())[\"value\"]
by_name = {one[\"name\"]: mask for one, mask in zip(objects, masks)}
assert set(by_name) == {\"red\", \"blue\"}, by_name.keys()
blue = by_name[\"blue\"]
assert (len(blue), len(blue[0])) == (32, 64), (len(blue), len(blue[0]))
for y in range(32):
    for x in range(64):
        assert blue[y][x] == (8 <= y < 24 and 16 <= x < 48), (x, y)
        assert blue[y][x] + by_name[\"red\"][y][x] == 1, (x, y)
"
	'

	it "says what does the work ($kind runtime)" '
		expect 0 "$VFLOW" run -v --report report.json flow.yaml
		grep "find: yolo.onnx: a model of the family yolo, run by ONNX Runtime .* with the provider cpu" err
		python3 -c "
import json
tasks = {task[\"name\"]: task for task in json.load(open(\"report.json\"))[\"tasks\"]}
assert tasks[\"find\"][\"provider\"] == \"cpu\" and \"provider\" not in tasks[\"out\"], tasks
"
	'
}

with fake
if test -n "$real_runtime"
then
	with real
else
	echo "# no libonnxruntime.so: what the library itself does is not tested; make deps-test fetches it"
fi

# A word in large letters, at a place that is known.
if test -n "$real_runtime" && test -e "$text_model"
then
	it 'finds a word where it was drawn (PP-OCR)' '
		cat >text.yaml <<-END
		vflow: 1
		nodes:
		  reader: {type: video_reader, path: white.mkv}
		  word: {type: draw_text, inputs: reader, text: HELLO, x: 400, y: 300, text_size: 80, colour: black, box: white}
		  find: {type: detect, inputs: word, model: ocr.onnx, card: {family: text, size: 960x544}}
		  out: {type: file_append, inputs: find.objects, path: words.jsonl, append: false}
		  seen: {type: image_writer, inputs: word, path: "word-{seq}.png"}
		END
		ffmpeg -v error -nostdin -f lavfi -i color=white:s=1280x720:r=1:d=1 -c:v ffv1 white.mkv
		ln -s "$text_model" ocr.onnx
		expect 0 "$VFLOW" run -q text.yaml
		ffmpeg -v error -nostdin -i word-1.png -pix_fmt gray -f rawvideo word.gray
		python3 -c "
import json
pixels = open(\"word.gray\", \"rb\").read()
black = [divmod(i, 1280) for i, pixel in enumerate(pixels) if pixel < 128]
drawn = [min(y for y, x in black), min(x for y, x in black),
         max(y for y, x in black), max(x for y, x in black)]
(word,) = json.loads(open(\"words.jsonl\").readline())[\"value\"]
assert all(abs(one - other) < 25 for one, other in zip(word[\"box\"], drawn)), (word, drawn)
assert word[\"score\"] > 0.8 and len(word[\"corners\"]) == 4
"
	'
fi

take_runtime fake
make_models fake

it 'says when a GPU that it was given cannot be used' '
	mkdir -p gpu
	cat >gpu/nvidia-smi <<-END
	#!/bin/sh
	echo "GPU 0: NVIDIA H200 (UUID: GPU-1234-abcd)"
	END
	chmod +x gpu/nvidia-smi
	: >gpu/libnvidia-ml.so.1
	PATH=$PWD/gpu:$PATH LD_LIBRARY_PATH=$PWD/gpu
	export PATH LD_LIBRARY_PATH
	expect 0 "$VFLOW" run -s nodes.find.gpu=any flow.yaml
	grep "find: warning: yolo.onnx: the CPU does the work, not the GPU: .* built without cuda" err
'

# The stand-in notes its runs in a file, which no sandbox would let it.
it 'waits for as many frames as a batch has' '
	export FAKE_ONNXRUNTIME_RUNS="$PWD/runs"
	finds 0 - -s nodes.find.sandbox=off --var model=yolo_any.onnx -s "nodes.find.batch={max: 3, wait: 1h}"
	test "$(tr "\n" " " <runs)" = "3 2 "
	rm runs
	finds 0 - -s nodes.find.sandbox=off
	test "$(tr "\n" " " <runs)" = "1 1 1 1 1 "
'

it 'fills a batch up for a model that takes no fewer' '
	fake_model two.onnx "input images float32 2 3 64 64" "output output0 float32 2 6 64" \
		"tells columns"
	export FAKE_ONNXRUNTIME_RUNS="$PWD/runs_of_two"
	finds 0 - -s nodes.find.sandbox=off --var model=two.onnx
	finds 0 - -s nodes.find.sandbox=off --var model=two.onnx -s "nodes.find.batch={max: 2, wait: 1h}"
	test "$(tr "\n" " " <runs_of_two)" = "2 2 2 2 2 2 2 2 "
'

it 'looks at every third frame, and has tracks go on between' '
	cat >every.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.mkv}
	  find: {type: detect, inputs: reader, model: yolo_any.onnx, every: 3,
	         card: {family: yolo, score: 0.5}}
	  follow: {type: track, inputs: find.boxes, confirm: 1, overlap: 0, coast: 9}
	  boxes: {type: file_append, inputs: find.boxes, path: boxes.jsonl, append: false}
	  told: {type: file_append, inputs: follow.objects, path: tracks.jsonl, append: false}
	END
	export FAKE_ONNXRUNTIME_RUNS="$PWD/runs_of_every"
	for batch in "{}" "{max: 2, wait: 1h}"
	do
		expect 0 "$VFLOW" run -q -s nodes.find.sandbox=off -s "nodes.find.batch=$batch" every.yaml
		python3 -c "
import json
boxes = [json.loads(line)[\"value\"] for line in open(\"boxes.jsonl\")]
assert [box is None for box in boxes] == [False, True, True, False, True], boxes
assert (boxes[0][0][\"xmin\"], boxes[3][0][\"xmin\"]) == (48, 96), boxes
tracks = [json.loads(line)[\"value\"] for line in open(\"tracks.jsonl\")]
assert [len(each) > 0 for each in tracks] == [True] * 5, tracks
"
	done
	test "$(tr "\n" " " <runs_of_every)" = "1 1 2 "
	expect 78 "$VFLOW" check -s nodes.find.replicas=2 every.yaml
	grep "find has to see all messages" err
'

# Three cameras: white squares in frames of 128 x 64, twice and three times that, as many as 4, 9 and 14.
for n in 1 2 3
do
	ffmpeg -v error -nostdin -f lavfi -i color=black:s=$((128 * n))x$((64 * n)):r=5 \
		-f lavfi -i color=white:s=$((16 * n))x$((16 * n)):r=5 -frames:v $((5 * n - 1)) \
		-filter_complex "[0][1]overlay=x=16*$n*mod(n\,5)+32*$n:y=16*$n:format=rgb,format=yuv444p" \
		-c:v ffv1 cam$n.mkv || exit 1
done
cat >cameras.yaml <<'END'
vflow: 1
nodes:
  cam1: {type: video_reader, path: cam1.mkv}
  cam2: {type: video_reader, path: cam2.mkv}
  cam3: {type: video_reader, path: cam3.mkv}
  find: {type: detect, inputs: [cam1, cam2, cam3], model: yolo_any.onnx, batch: {max: 6, wait: 33ms},
         card: {family: yolo, score: 0.5}}
  objects1: {type: file_append, inputs: "find.objects[1]", path: objects1.jsonl, append: false}
  objects2: {type: file_append, inputs: "find.objects[2]", path: objects2.jsonl, append: false}
  objects3: {type: file_append, inputs: "find.objects[3]", path: objects3.jsonl, append: false}
  both1: {type: joiner, inputs: [cam1, "find.objects[1]"]}
  both2: {type: joiner, inputs: [cam2, "find.objects[2]"]}
  both3: {type: joiner, inputs: [cam3, "find.objects[3]"]}
  pairs: {type: joiner, inputs: [both1, both2, both3]}
  out: {type: file_append, inputs: pairs, path: pairs.jsonl, append: false}
END

# has_found: passes when each camera has its own objects, once and in order.
has_found () {
	python3 -c '
import json
for n in 1, 2, 3:
    found = [json.loads(line)["value"] for line in open("objects%d.jsonl" % n)]
    assert len(found) == 5 * n - 1, (n, len(found))
    for i, objects in enumerate(found):
        x, y, size = 16 * n * ((i + 1) % 5) + 32 * n, 16 * n, 16 * n
        assert [one["box"] for one in objects] == [[y, x, y + size, x + size]], (n, i, objects)'
}

it 'answers each of several cameras on an output of its own' '
	expect 0 "$VFLOW" explain --internals cameras.yaml
	grep -E "both2 +joiner .* origin$" out
	grep -E "pairs +joiner .* order$" out
	expect 0 "$VFLOW" run -q cameras.yaml
	has_found
	python3 -c "
import json
lines = [json.loads(line)[\"value\"] for line in open(\"pairs.jsonl\")]
assert len(lines) == 4, len(lines)
for number, pairs in enumerate(lines, 1):
    for n, (frame, objects) in enumerate(pairs, 1):
        assert (frame[\"width\"], frame[\"number\"]) == (128 * n, number), frame
        assert objects[0][\"box\"][1] == 16 * n * (number % 5) + 32 * n, (n, number, objects)
"
	expect 0 "$VFLOW" run -q -s "nodes.find.batch={}" cameras.yaml
	has_found
	expect 0 "$VFLOW" run -q --transport=ipc cameras.yaml
	has_found
'

it 'fills a batch with frames of several cameras' '
	export FAKE_ONNXRUNTIME_RUNS="$PWD/runs_of_cameras"
	sed "/both\|pairs/d" cameras.yaml >apart.yaml
	expect 0 "$VFLOW" run -q -s nodes.find.sandbox=off -s "nodes.find.batch={max: 27, wait: 1h}" apart.yaml
	has_found
	test "$(tr "\n" " " <runs_of_cameras)" = "27 "
	rm runs_of_cameras
	expect 0 "$VFLOW" run -q -s nodes.find.sandbox=off -s "nodes.find.batch={max: 3, wait: 1h}" -s nodes.find.every=5 apart.yaml
	test "$(awk "{ all += \$1 } END { print all }" runs_of_cameras)" -eq 6 # 1 + 2 + 3
	test "$(grep -c null objects1.jsonl) $(grep -c null objects3.jsonl)" = "3 11"
'

it 'answers each frame of several cameras once when its process has died' '
	export FAKE_ONNXRUNTIME_DEATH="$PWD/death"
	for batch in "{}" "{max: 6, wait: 33ms}"
	do
		: >death
		expect 0 "$VFLOW" run -s nodes.find.sandbox=off -s "nodes.find.batch=$batch" cameras.yaml
		grep "find (process [0-9]*) was killed by SIGKILL" err
		has_found
	done
'

it 'keeps no camera waiting for another' '
	. "$root/tests/cli/find_python.sh"
	test -n "$python" || exit 0
	cat >slow.py <<-END
	import os, time
	def process(frame):
	    while not os.path.exists("gate"):
	        time.sleep(0.01)
	    return frame
	END
	sed "s/inputs: \[cam1/inputs: [slow/; s/append: false/append: true/" apart.yaml >slow.yaml
	echo "  slow: {type: python, inputs: cam1, outputs: {frame: video}, call: \"slow.py:process\"," \
		"python: \"$python\"}" >>slow.yaml
	rm -f objects?.jsonl
	"$VFLOW" run -q slow.yaml &
	while test "$(cat objects3.jsonl 2>/dev/null | wc -l)" -lt 14 && kill -0 $! 2>/dev/null
	do
		sleep 0.05
	done
	test ! -s objects1.jsonl
	: >gate
	wait $!
	has_found
'

it 'says what of several cameras a reader can have' '
	expect 78 "$VFLOW" check -s "nodes.both1.inputs=[cam1, find]" -s nodes.objects2.inputs=find.objects \
		-s "nodes.objects3.inputs=find.boxes[4]" cameras.yaml
	! grep "both1" err # which takes several: all of them
	grep "find has no output \"boxes\[4\]\"; did you mean \"boxes\[[123]\]\"?" err
	sed "s/type: joiner, inputs: \[cam2, \"find.objects\[2\]\"\]/type: draw_boxes, inputs: [cam2, find.boxes]/" \
		cameras.yaml >several.yaml
	expect 78 "$VFLOW" check several.yaml
	grep "find.boxes is several, and input \"boxes\" of both2 takes one source; name one, such as find.boxes\[1\]" err
	expect 78 "$VFLOW" check -s nodes.find.replicas=2 cameras.yaml
	grep "find takes the messages of several inputs as they come, which replicas cannot share" err
'

it 'tells key points, and boxes at an angle' '
	names="metadata names {0: bright}"
	fake_model pose.onnx "input images float32 1 3 64 64" "output output0 float32 1 11 64" "tells points" \
		"metadata task pose" "metadata kpt_shape [2, 3]" "$names"
	expect 0 "$VFLOW" run -q --var model=pose.onnx -s "nodes.find.card={score: 0.5}" flow.yaml
	expected 0 bright >wanted
	found | cmp - wanted
	python3 -c "
import json
for line in open(\"objects.jsonl\"):
    (one,) = json.loads(line)[\"value\"]
    ymin, xmin, ymax, xmax = one[\"box\"]
    assert one[\"points\"] == [[ymin, xmin, 0.9], [ymax, xmax, 0.1]], one
"
	fake_model obb.onnx "input images float32 1 3 64 64" "output output0 float32 1 6 64" "tells angles" \
		"metadata task obb" "$names"
	expect 0 "$VFLOW" run -q --var model=obb.onnx -s "nodes.find.card={score: 0.5}" flow.yaml
	python3 -c "
import json, math
for number, line in enumerate(open(\"objects.jsonl\")):
    (one,) = json.loads(line)[\"value\"]
    middle = (24, 48 + 16 * number + 8)
    for (y, x), (down, across) in zip(one[\"corners\"], [(-8, -8), (-8, 8), (8, 8), (8, -8)]):
        assert abs(y - middle[0] - across * math.sin(0.5) - down * math.cos(0.5)) < 0.02, one
        assert abs(x - middle[1] - across * math.cos(0.5) + down * math.sin(0.5)) < 0.02, one
"
	expect 78 "$VFLOW" check --var model=pose.onnx -s "nodes.find.card={points: 17by3}" flow.yaml
	grep "card.points: they are a number and 2 or 3, such as 17x3" err
	expect 78 "$VFLOW" check --var model=pose.onnx -s "nodes.find.card={points: 17x3}" flow.yaml
	grep "detect: card.family: yolo models have one output" err
	sed "s/^  out:.*//" flow.yaml >draw.yaml
	cat >>draw.yaml <<-END
	  marked:
	    type: draw_objects
	    inputs: {video: reader, objects: find.objects}
	    bones: [0-1]
	    point_score: 0
	    show_label: false
	    thickness: 1
	    colours: [red]
	  out: {type: video_writer, inputs: marked, path: marked.mkv, codec: ffv1}
	END
	expect 0 "$VFLOW" run -q --var model=pose.onnx -s "nodes.find.card={score: 0.5}" draw.yaml
	ffmpeg -v error -y -nostdin -i marked.mkv -frames:v 1 -f rawvideo -pix_fmt rgb24 marked.rgb
	python3 -c "
pixels = open(\"marked.rgb\", \"rb\").read()
def is_red(x, y):
    r, g, b = pixels[3 * (128 * y + x):][:3]
    return r > 150 and g < 160 and b < 160
assert is_red(55, 23) and is_red(48, 16) and is_red(63, 24) and not is_red(60, 20)  # bone, point, box
"
'

it 'tells models of several inputs how large the pictures are' '
	export FAKE_ONNXRUNTIME_RUNS="$PWD/runs_of_sizes"
	fake_model sizes.onnx "input images float32 -1 3 64 64" "input orig_target_sizes int64 -1 2" \
		"input im_shape float32 -1 2" "input scale_factor float32 1 2" \
		"output output0 float32 -1 6 64" "tells columns"
	finds 0 - -s nodes.find.sandbox=off --var model=sizes.onnx -s "nodes.find.batch={max: 5, wait: 1h}"
	cat >wanted <<-END
	orig_target_sizes: 64 64 64 64 64 64 64 64 64 64
	im_shape: 64 64 64 64 64 64 64 64 64 64
	scale_factor: 1 1 1 1 1 1 1 1 1 1
	5
	END
	cmp runs_of_sizes wanted
	fake_model odd.onnx "input images float32 -1 3 64 64" "input words int64 -1 77" \
		"output output0 float32 -1 6 64" "tells columns"
	expect 78 "$VFLOW" check --var model=odd.onnx flow.yaml
	grep "model: its input words int64\[?, 77\] is neither pictures nor what is known of them" err
'

it 'says before a run what would do the work' '
	expect 0 "$VFLOW" explain flow.yaml
	says out "  model   find runs on the CPU, by ONNX Runtime 1.99.0-fake"
	expect 0 "$VFLOW" explain --gpus 1 -s nodes.find.gpu=any flow.yaml
	says out "  model   find runs on the CPU, by ONNX Runtime 1.99.0-fake, which is built without cuda: its GPU has nothing to do"
	export FAKE_ONNXRUNTIME_CUDA=yes
	expect 0 "$VFLOW" explain flow.yaml
	says out "  model   find runs on the CPU, by ONNX Runtime 1.99.0-fake, which can use a GPU, too: gpu: any gives the node one"
	expect 0 "$VFLOW" explain -s nodes.find.provider=cpu flow.yaml
	says out "  model   find runs on the CPU, by ONNX Runtime 1.99.0-fake"
	expect 0 "$VFLOW" explain --gpus 1 -s nodes.find.gpu=any flow.yaml
	says out "  model   find runs on its GPU (cuda), by ONNX Runtime 1.99.0-fake"
	expect 0 "$VFLOW" explain -s nodes.find.provider=cuda flow.yaml
	says out "  model   find runs on its GPU (cuda), by ONNX Runtime 1.99.0-fake, but the node has no GPU: gpu: any gives it one"
	expect 0 "$VFLOW" explain -s nodes.find.runtime="$fake_runtime" flow.yaml
	says out "  model   find runs on the CPU, by $fake_runtime, which was not loaded to look"
	unset FAKE_ONNXRUNTIME_CUDA
	expect 78 "$VFLOW" explain -s nodes.find.provider=cuda flow.yaml
	grep "provider: this ONNX Runtime, release 1.99.0-fake, is built without cuda" err
	VFLOW_ONNXRUNTIME=none.so expect 78 "$VFLOW" explain flow.yaml
	grep "detect: runtime: none.so cannot be used: there is no such file" err
	export VFLOW_ONNXRUNTIME="$fake_runtime"
	printf "%s\n" "vflow: 1" "nodes: {a: {type: int_source, end: 1}, b: {type: print, inputs: a}}" >none.yaml
	expect 0 "$VFLOW" explain none.yaml
	lacks out "^  model "
'

it 'says which library is missing, and which cannot be used' '
	unset VFLOW_ONNXRUNTIME
	expect 78 "$VFLOW" run -s nodes.find.runtime=none.so flow.yaml
	grep "detect: runtime: none.so cannot be used: there is no such file" err
	echo text >text.so
	expect 78 "$VFLOW" run -s nodes.find.runtime=./text.so flow.yaml
	grep "detect: runtime: ./text.so cannot be used: " err
	: | "${CC:-cc}" -shared -o other.so -x c -
	expect 78 "$VFLOW" run -s nodes.find.runtime=./other.so flow.yaml
	grep "runtime: ./other.so cannot be used: it is not ONNX Runtime" err
	export VFLOW_ONNXRUNTIME=none.so
	expect 78 "$VFLOW" check flow.yaml
	grep "detect: runtime: none.so cannot be used" err
	export VFLOW_ONNXRUNTIME="$fake_runtime" FAKE_ONNXRUNTIME_VERSION=11
	expect 78 "$VFLOW" check flow.yaml
	grep "cannot be used: it is release 1.99.0-fake; 1.12 or a later one is needed" err
'

it 'loads no library that a flow names when the flow is checked' '
	echo "#include <unistd.h>
	#include <fcntl.h>
	__attribute__((constructor)) static void load(void) { close(creat(\"loaded\", 0600)); }" |
		"${CC:-cc}" -shared -fPIC -o evil.so -x c -
	for command in check explain graph config
	do
		expect 0 "$VFLOW" $command -s nodes.find.runtime=./evil.so flow.yaml
		test ! -e loaded
	done
	expect 78 "$VFLOW" run -s nodes.find.runtime=./evil.so flow.yaml
	test -e loaded
'

it 'survives a library that dies of a model' '
	fake_model deadly.onnx "input images float32 1 3 64 64" "output output0 float32 1 6 64" "tells death"
	expect 78 "$VFLOW" check --var model=deadly.onnx flow.yaml
	grep "detect: model: ONNX Runtime died of signal 6 (Aborted) when it opened it" err
'

it 'has its boxes drawn and followed' '
	cat >draw.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.mkv}
	  find: {type: detect, inputs: reader, model: yolo.onnx, card: {family: yolo, score: 0.5}}
	  follow: {type: track, inputs: find.boxes, confirm: 1, overlap: 0}
	  marked: {type: draw_boxes, inputs: {video: reader, boxes: find.boxes}}
	  out: {type: video_writer, inputs: marked, path: out.mkv, codec: ffv1}
	  told: {type: file_append, inputs: follow.objects, path: followed.jsonl, append: false}
	END
	expect 0 "$VFLOW" run -q draw.yaml
	test "$(ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 out.mkv)" \
		-eq 5
	test "$(wc -l <followed.jsonl)" -eq 5
'

it 'vflow-models(7): one model for two cameras' '
	python3 "$root/tests/manual/examples.py" write examples "$root/man/vflow-models.7"
	python3 -c "$dedent" <examples/vflow-models.7/cameras >example.yaml # vflow-models.7 cameras
	ln cam1.mkv door.mp4
	ln cam2.mkv yard.mp4
	fake_model yolo.onnx "input images float32 -1 3 64 64" "output output0 float32 -1 6 64" "tells columns"
	expect 0 "$VFLOW" run -q example.yaml
	test "$(ffprobe -v error -show_entries stream=width,height -of csv=p=0 both.mp4)" = 1280,320
'

it 'vflow-models(7): a model for what another has found' '
	python3 "$root/tests/manual/examples.py" write examples "$root/man/vflow-models.7"
	python3 -c "$dedent" <examples/vflow-models.7/recognize >example.yaml # vflow-models.7 recognize
	test -e in.mp4 || ln in.mkv in.mp4
	fake_model yolo.onnx "input images float32 1 3 64 64" "output output0 float32 1 6 64" "tells columns"
	fake_model kinds.onnx "input x float32 -1 3 64 64" "output scores float32 -1 2" "tells shades"
	expect 0 "$VFLOW" run -q example.yaml
	test "$(grep -c "\"found\": .*\"name\": \"car\"" out)" -eq 5
'

it 'vflow-models(7): a flow, and a card beside the model' '
	python3 "$root/tests/manual/examples.py" write examples "$root/man/vflow-models.7"
	python3 -c "$dedent" <examples/vflow-models.7/detect >example.yaml # vflow-models.7 detect
	python3 -c "$dedent" <examples/vflow-models.7/card >yolo.onnx.yaml # vflow-models.7 card
	fake_model yolo.onnx "input images float32 1 3 64 64" "output output0 float32 1 7 64" \
		"tells columns"
	test -e in.mp4 || ln in.mkv in.mp4
	expect 0 "$VFLOW" run -q example.yaml
	test "$(grep -c "\"name\": \"person\"" out)" -eq 5
	sed -i "s/ car\]/ car, bus]/" yolo.onnx.yaml
	expect 78 "$VFLOW" check example.yaml
	grep "card.classes: there are 4 names, but 3 classes" err
'

done_testing
