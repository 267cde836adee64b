#!/bin/sh
# SPDX-License-Identifier: MIT
# Objects that are followed, in flows.
. "${0%/*}/harness.sh"

# Two objects that cross, of which the lower one is not found in frames 12 to 15.
awk 'BEGIN {
	for (n = 0; n < 30; n++) {
		one = sprintf("[100, %d, 160, %d, 0, 0.9]", 10 + 10 * n, 50 + 10 * n)
		two = sprintf("[120, %d, 180, %d, 0, 0.8]", 310 - 10 * n, 350 - 10 * n)
		is_hidden = n >= 12 && n < 16
		print (is_hidden ? "[" one "]" : n % 2 ? "[" two ", " one "]" : "[" one ", " two "]")
	}
}' >boxes.jsonl
cat >flow.yaml <<'END'
vflow: 1
nodes:
  boxes: {type: process, command: [cat, boxes.jsonl], form: jsonl, outputs: {boxes: value}}
  follow: {type: track, inputs: boxes}
  out: {type: file_append, inputs: follow.objects, path: objects.jsonl, append: false}
END

# told: prints for each frame the numbers of the objects, and in which direction they go.
told () {
	python3 -c '
import json
for line in open("objects.jsonl"):
    print(*("%d%s" % (one["id"], "<>"[one["speed"][1] > 0]) for one in json.loads(line)["value"]))'
}

it 'numbers objects that cross, and knows them again' '
	expect 0 "$VFLOW" run -q flow.yaml
	test "$(wc -l <objects.jsonl)" -eq 30
	told >numbers
	sed -n 1p numbers | grep -x ""
	test "$(sed -n "3,12p" numbers | sort -u)" = "1> 2<"
	test "$(sed -n "13,16p" numbers | sort -u)" = "1>"
	test "$(sed -n "17,30p" numbers | sort -u)" = "1> 2<"
'

it 'draws their ways on the frames' '
	cat >draw.yaml <<-END
	vflow: 1
	nodes:
	  boxes: {type: process, command: [cat, boxes.jsonl], form: jsonl, outputs: {boxes: value}}
	  source: {type: test_source, size: 400x240, frames: 30}
	  follow: {type: track, inputs: boxes, coast: 5}
	  marked: {type: draw_tracks, inputs: {video: source, tracks: follow}, join: order}
	  out: {type: video_writer, inputs: marked, path: out.mkv, codec: ffv1}
	END
	expect 0 "$VFLOW" run -q draw.yaml
	test "$(ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 out.mkv)" \
		-eq 30
'

it 'says which settings do not go together' '
	expect 78 "$VFLOW" check -s nodes.follow.sure=0.05 flow.yaml
	grep "unsure: it is above sure, which is 0.05" err
	expect 78 "$VFLOW" check -s nodes.follow.begin=0.3 flow.yaml
	grep "begin: it is below sure, which is 0.5" err
	expect 78 "$VFLOW" check -s nodes.follow.replicas=2 flow.yaml
	grep "follow has to see all messages, since track remembers earlier ones" err
'

done_testing
