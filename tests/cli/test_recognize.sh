#!/bin/sh
# SPDX-License-Identifier: MIT
# A second model, which looks at what a first one has found.
. "${0%/*}/harness.sh"
. "$root/tests/cli/models.sh"
take_runtime fake

# The second frame has a sign of 96 x 24: 4 bars of 24 columns, dark, gray, light and white. It is drawn
# as it is, and turned by 30 degrees around the middle of the frame; it begins at 16, 20.
ffmpeg -v error -nostdin -f lavfi -i color=black:s=192x192:r=5:d=0.4,format=gray -filter_complex \
	"geq=lum='if(N*between(X,48,143)*between(Y,84,107),85*floor((X-48)/24),0)'" \
	-c:v ffv1 upright.mkv || exit 1
ffmpeg -v error -nostdin -i upright.mkv -vf "rotate=PI/6:fillcolor=black" -c:v ffv1 turned.mkv || exit 1

echo 'a
b
c' >letters.txt
fake_model reads.onnx "input x float32 -1 3 8 -1" "output softmax float32 -1 -1 4" "tells bars"
fake_model steps.onnx "input x float32 -1 3 8 -1" "output softmax float32 -1 -1 4" "tells steps"
fake_model steps_wide.onnx "input x float32 -1 3 8 32" "output softmax float32 4 -1 4" "tells steps"
fake_model shades.onnx "input x float32 -1 3 64 64" "output scores float32 -1 2" "tells shades"
fake_model one.onnx "input x float32 1 3 64 64" "output scores float32 1 2" "tells shades"
fake_model cells.onnx "input x float32 -1 3 64 64" "output output0 float32 -1 6 64" "tells columns"

cat >flow.yaml <<'END'
vflow: 1
vars:
  input: upright.mkv
  found: "[[84, 48, 108, 144]]"
  model: reads.onnx
  card: '{"family": "reading", "dictionary": "letters.txt", "fill": 0, "mean": 0, "deviation": 1}'
nodes:
  reader: {type: video_reader, path: "${input}"}
  found:
    type: python
    python: "${python}"
    inputs: reader
    outputs: {boxes: value}
    code: |
      def process(frame):
          return {"boxes": ${found}}
  read: {type: recognize, inputs: {video: reader, boxes: found}, model: "${model}", card: "${card}"}
  out: {type: file_append, inputs: read.objects, path: objects.jsonl, append: false}
END

. "$root/tests/cli/find_python.sh"
test -n "$python" || { # what is found comes from a program
	echo "# no Python with numpy: only what needs none is tested"
	it 'needs Python' 'true'
	done_testing
}

# reads FLAG...: runs the flow, whose objects are `objects` of each frame for the Python on stdin.
reads () {
	expect 0 "$VFLOW" run -q --var "python=$python" "$@" flow.yaml
	{
		echo "import json"
		echo "objects = [json.loads(line)['value'] for line in open('objects.jsonl')]"
		cat
	} >test.py
	"$python" test.py
}

it 'reads a line' '
	reads <<-END
	assert objects[0] == [], objects  # nothing is there
	(one,) = objects[1]
	assert one["box"] == [84, 48, 108, 144] and one["text"] == "abc", one
	assert abs(one["text_score"] - 0.9) < 0.001, one
	END
'

it 'reads a line that lies at an angle, or goes up' '
	reads --var input=turned.mkv --var "found=[{\"box\": [0, 0, 192, 192], \"name\": \"sign\", \"corners\":
		[[61.61, 60.43], [109.61, 143.57], [130.39, 131.57], [82.39, 48.43]]}]" <<-END
	(one,) = objects[1]
	assert (one["text"], one["name"]) == ("abc", "sign"), one
	END
	ffmpeg -v error -y -nostdin -i upright.mkv -vf transpose=cclock -c:v ffv1 up.mkv
	reads --var input=up.mkv --var "found=[[48, 84, 144, 108]]" <<-END
	(one,) = objects[1]
	assert one["text"] == "abc", one
	END
'

it 'has several boxes in a batch, in their order, and leaves out what is not there' '
	export FAKE_ONNXRUNTIME_RUNS="$PWD/runs"
	reads --var "found=[[84, 72, 108, 120, 7, 0.5], [84, 48, 108, 48, 7, 0.5], [84, 120, 108, 144, 8, 0.5],
		[-50, -50, -10, -10, 9, 0.5], [84, 96, 108, 144, 10, 0.5]]" -s nodes.read.batch=2 -s nodes.read.sandbox=off <<-END
	assert objects[0] == [], objects
	assert [(one["class"], one["text"]) for one in objects[1]] == [(7, "ab"), (8, "c"), (10, "bc")], objects
	END
	test "$(tr "\n" " " <runs)" = "2 1 2 1 "
'

it 'reads lines of models that have the steps before the batch' '
	for batch in 1 2 4
	do
		reads --var model=steps.onnx --var "found=[[84, 72, 108, 120, 7, 0.5], [84, 120, 108, 144, 8, 0.5],
			[84, 96, 108, 144, 10, 0.5]]" -s nodes.read.batch=$batch <<-END
		assert [(one["class"], one["text"]) for one in objects[1]] == [(7, "ab"), (8, "c"), (10, "bc")], objects
		END
	done
	# As many steps as there are lines in the batch: the declared shape says which is which.
	reads --var model=steps_wide.onnx --var "found=[[84, 72, 108, 120, 7, 0.5], [84, 120, 108, 144, 8, 0.5],
		[84, 48, 108, 144, 9, 0.5], [84, 96, 108, 144, 10, 0.5]]" -s nodes.read.batch=4 <<-END
	assert [(one["class"], one["text"]) for one in objects[1]] == [(7, "ab"), (8, "c"), (9, "abc"), (10, "bc")], objects
	END
	card="{\"family\": \"reading\", \"dictionary\": \"letters.txt\", \"fill\": 0, \"mean\": 0, \"deviation\": 1"
	reads --var model=steps.onnx --var "card=$card, \"steps\": \"first\"}" <<-END
	assert [one["text"] for one in objects[1]] == ["abc"], objects
	END
	expect 1 "$VFLOW" run -q --var "python=$python" --var model=steps.onnx \
		--var "card=$card, \"steps\": \"second\"}" flow.yaml
	grep "output softmax does not begin with 1, the number of pictures" err
'

it 'classifies what it is given, of models that take several at a time or one' '
	for model in shades.onnx one.onnx
	do
		reads --var model=$model --var "found=[[84, 48, 108, 144], [84, 121, 108, 143]]" --var "card={
			\"family\": \"classification\", \"classes\": [\"bright\", \"dark\"], \"mean\": 0, \"deviation\": 1,
			\"activation\": \"none\", \"fit\": \"stretch\"}" <<-END
		whole, white = objects[1]
		assert [kind["name"] for kind in white["found"]] == ["bright", "dark"], white
		assert white["found"][0]["score"] > 0.98, white
		assert abs(whole["found"][0]["score"] - 0.5) < 0.02, whole
		END
	done
'

it 'finds objects within objects' '
	reads --var model=cells.onnx --var input=turned.mkv --var "card={\"family\": \"yolo\", \"fit\": \"stretch\"}" \
		--var "found=[{\"corners\": [[61.61, 60.43], [109.61, 143.57], [130.39, 131.57], [82.39, 48.43]]}]" <<-END
	(one,) = objects[1]
	cells = [part for part in one["found"] if part["score"] > 0.9]
	assert len(cells) >= 8, one["found"]  # the white bar
	for part in cells:
	    (y0, x0), (y1, x1), (y2, x2), (y3, x3) = part["corners"]
	    assert abs(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 - 12) < 0.05, part
	    assert abs((y1 - y0) / (x1 - x0) - 0.5774) < 0.02, part
	    assert part["box"][0] == min(y0, y1, y2, y3), part
	END
'

it 'hands on the numbers of each object' '
	cat >>flow.yaml <<-END
	  numbers: {type: file_append, inputs: read.tensor, path: numbers.jsonl, append: false}
	END
	reads --var model=shades.onnx --var "card={\"family\": \"embedding\"}" \
		--var "found=[[84, 48, 108, 144], [84, 84, 108, 96]] if frame.index else []" <<-END
	numbers = [json.loads(line)["value"] for line in open("numbers.jsonl")]
	assert numbers[0] == [], numbers
	for one in numbers[1]:
	    assert len(one) == 2 and abs(one[0] ** 2 + one[1] ** 2 - 1) < 1e-5, numbers
	END
	sed -i "/numbers:/d" flow.yaml
'

it 'answers null with null, and refuses what are no boxes' '
	cat >every.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: upright.mkv}
	  find: {type: detect, inputs: reader, model: cells.onnx, every: 2, card: {family: yolo}}
	  read: {type: recognize, inputs: {video: reader, boxes: find.boxes}, model: shades.onnx, card: {family: raw}}
	  out: {type: file_append, inputs: read.objects, path: objects.jsonl, append: false}
	END
	expect 0 "$VFLOW" run -q every.yaml
	test "$(grep -c "\"value\": null" objects.jsonl) $(grep -c "\"value\": \[\]" objects.jsonl)" = "1 1"
	expect 1 "$VFLOW" run -q --var "python=$python" --var "found=[{\"place\": 1}]" flow.yaml
	grep "read: object 1 of boxes has neither a box, \[ymin, xmin, ymax, xmax\], nor four corners" err
'

it 'says before the start what does not fit' '
	expect 78 "$VFLOW" check --var "python=$python" --var "card={\"family\": \"reading\"}" flow.yaml
	grep "recognize: card.dictionary: say which characters the model reads" err
	expect 78 "$VFLOW" check --var "python=$python" --var \
		"card={\"family\": \"reading\", \"dictionary\": \"none.txt\"}" flow.yaml
	grep "recognize: card.dictionary: none.txt: No such file or directory" err
	echo a >short.txt
	expect 78 "$VFLOW" check --var "python=$python" --var \
		"card={\"family\": \"reading\", \"dictionary\": \"short.txt\"}" flow.yaml
	grep "card.dictionary: there are 1 characters, but the model tells 4" err
	expect 78 "$VFLOW" check --var "python=$python" --var model=shades.onnx flow.yaml
	grep "card.family: reading models have one output of batch x steps x characters, or of steps x batch x characters; this one has scores" err
	sed "s/type: recognize, inputs: {video: reader, boxes: found}/type: detect, inputs: reader/" flow.yaml >whole.yaml
	expect 78 "$VFLOW" check --var "python=$python" whole.yaml
	grep "detect: card.family: a model that reads lines does so for the node recognize" err
'

if test -n "$real_runtime" && test -e "$text_model"
then
	it 'reads drawn words back (PP-OCR)' '
		take_runtime real
		ln -s "$text_model" lines.onnx
		ln -s "${text_model%/*}/ch_PP-OCRv4_rec_infer.onnx" characters.onnx
		ln -s "${text_model%/*}/ppocr_keys_v1.txt" keys.txt
		ffmpeg -v error -nostdin -f lavfi -i color=white:s=1280x720:r=1:d=1 -c:v ffv1 white.mkv
		cat >draw.yaml <<-END
		vflow: 1
		nodes:
		  reader: {type: video_reader, path: white.mkv}
		  word: {type: draw_text, inputs: reader, text: HELLO world 42, x: 300, y: 300, text_size: 60, colour: black, box: white}
		  more: {type: draw_text, inputs: word, text: "Invoice 2026-11/30", x: 200, y: 500, text_size: 36, colour: black, box: white}
		  turned: {type: filter, inputs: more, graph: "rotate=0.15:fillcolor=white"}
		  out: {type: video_writer, inputs: turned, path: words.mp4}
		END
		expect 0 "$VFLOW" run -q draw.yaml
		expect 0 "$VFLOW" run -q @read_text input=words.mp4 lines=lines.onnx characters=characters.onnx \
			dictionary=keys.txt
		test -s read.mp4
		"$python" -c "
import json
(line,) = [json.loads(line) for line in open(\"texts.jsonl\")]
assert sorted(one[\"text\"] for one in line[\"read\"]) == [\"HELLO world 42\", \"Invoice 2026-11/30\"], line
assert line[\"timestamp\"] == 0 and all(one[\"text_score\"] > 0.8 for one in line[\"read\"]), line
"
	'
else
	echo "# no ONNX Runtime, or no models of PP-OCR: make deps-test fetches them"
fi

done_testing
