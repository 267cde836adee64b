#!/bin/sh
# SPDX-License-Identifier: MIT
# Boxes in the forms of other programs, there and back.
. "${0%/*}/harness.sh"

printf '%s\n' '[[10, 20, 30, 40]]' '[]' null '[[0, 0, 1, 2], [5, 6, 7, 8]]' >boxes.jsonl
cat >flow.yaml <<'END'
vflow: 1
nodes:
  boxes: {type: process, command: [cat, boxes.jsonl], form: jsonl, outputs: {boxes: value}}
  here: {type: convert_boxes, inputs: boxes}
  corners: {type: convert_boxes, inputs: here, from: [ymin, xmin, ymax, xmax, class, score], to: [xmin, xmax, cy, h]}
  yolo: {type: convert_boxes, inputs: corners, from: [xmin, xmax, cy, h], to: [class, cx, cy, w, h], to_relative: true, width: 200, height: 100}
  back: {type: convert_boxes, inputs: yolo, from: [class, cx, cy, w, h], to: [xmin, ymin, w, h], from_relative: true, width: 200, height: 100}
  here_out: {type: file_append, inputs: here, path: here.jsonl, boxes: false}
  yolo_out: {type: file_append, inputs: yolo, path: yolo.jsonl, boxes: false}
  back_out: {type: file_append, inputs: back, path: back.jsonl, boxes: false}
END

it 'turns places into rows of its own, into shares, and back' '
	expect 0 "$VFLOW" run -q flow.yaml
	python3 - <<-END
	import json
	def values(name):
	    return [json.loads(line)["value"] for line in open(name)]
	def near(a, b):
	    assert len(a) == len(b), (a, b)
	    for rows, wanted in zip(a, b):
	        assert (rows is None) == (wanted is None), (a, b)
	        for row, other in zip(rows or [], wanted or [], strict=True):
	            assert all(abs(x - y) < 1e-9 for x, y in zip(row, other, strict=True)), (a, b)
	near(values("here.jsonl"), [[[20, 10, 60, 40, 0, 1]], [], None,
	                            [[0, 0, 2, 1, 0, 1], [6, 5, 14, 12, 0, 1]]])
	near(values("yolo.jsonl")[:1], [[[0, 0.125, 0.4, 0.15, 0.4]]])
	near(values("back.jsonl"), [json.loads(line) for line in open("boxes.jsonl")])
	END
'

it 'takes the size of the frames from a video, and arrays as arrays' '
	cat >video.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: test_source, size: 64x48, rate: 10, frames: 30}
	  moving: {type: motion, inputs: source, scale: 1}
	  follow: {type: track, inputs: moving}
	  shares:
	    type: convert_boxes
	    inputs: {boxes: follow, video: source}
	    from: [ymin, xmin, ymax, xmax, track]
	    to: [track, xmax, ymax]
	    to_relative: true
	  out: {type: file_append, inputs: [follow, shares], path: both.jsonl, append: false, boxes: false}
	END
	expect 0 "$VFLOW" run -q video.yaml
	python3 - <<-END
	import json
	rows = 0
	for line in open("both.jsonl"):
	    both = json.loads(line)
	    for track, share in zip(both["follow"], both["shares"], strict=True):
	        rows += 1
	        assert share[0] == track[4], both
	        assert abs(share[1] - track[3] / 64) < 1e-9 and abs(share[2] - track[2] / 48) < 1e-9, both
	assert rows, "nothing moved"
	END
'

it 'says what is wrong' '
	expect 78 "$VFLOW" check -s "nodes.here.from=[xmin, ymin, w]" flow.yaml
	grep "from: a box has two of ymin, ymax, cy and h" err
	expect 78 "$VFLOW" check -s "nodes.here.to=[xmin, left]" flow.yaml
	grep "to: \"left\" is no column; there are ymin, xmin" err
	expect 78 "$VFLOW" check -s "nodes.here.to=[w, w]" flow.yaml
	grep "to: w comes twice" err
	expect 1 "$VFLOW" run -q -s nodes.here.to_relative=true flow.yaml
	grep "connect the input video, or set width and height" err
	expect 1 "$VFLOW" run -q -s "nodes.here.from=[xmin, ymin, w, h, score]" flow.yaml
	grep "boxes cannot be read: rows have 4 numbers, and from names 5" err
'

done_testing
