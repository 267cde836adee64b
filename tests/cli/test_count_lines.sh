#!/bin/sh
# SPDX-License-Identifier: MIT
# Objects that cross lines, in flows: the events, the counts, and the frames that they name.
. "${0%/*}/harness.sh"
. "$root/tests/cli/find_python.sh"

# Two objects that cross the line at x 200: one to the right, by 10 pixels a frame, one to the left.
awk 'BEGIN {
	for (n = 0; n < 40; n++)
		printf "[[100, %d, 160, %d, 0, 0.9], [20, %d, 80, %d, 2, 0.8]]\n",
			10 + 10 * n, 50 + 10 * n, 350 - 10 * n, 390 - 10 * n
}' >boxes.jsonl
cat >flow.yaml <<'END'
vflow: 1
nodes:
  boxes: {type: process, command: [cat, boxes.jsonl], form: jsonl, outputs: {boxes: value}}
  follow: {type: track, inputs: boxes}
  doors:
    type: count_lines
    inputs: follow.objects
    lines: {middle: [[200, 239], [200, 0]]}
  events: {type: file_append, inputs: doors, path: events.jsonl, append: false}
  counts: {type: file_append, inputs: doors.counts, path: counts.jsonl, append: false}
END

# told FILE EXPRESSION: prints a Python expression of each `value` in a file of lines.
told () {
	python3 -c '
import json, sys
for line in open(sys.argv[1]):
    value = json.loads(line)["value"]
    print(*eval("(%s)" % sys.argv[2]))' "$1" "$2"
}

it 'tells of each object once, in which direction, and counts by class' '
	expect 0 "$VFLOW" run -q flow.yaml
	told events.jsonl "value[\"where\"], value[\"details\"][\"direction\"], value[\"class\"],
		value[\"begin\"][\"number\"], value[\"end\"][\"number\"]" >got
	printf "%s\n" "middle in 0 19 19" "middle out 2 19 19" | diff - got
	test "$(wc -l <counts.jsonl)" -eq 40
	tail -n 1 counts.jsonl | grep "\"middle\": {\"in\": 1, \"out\": 1, \"classes\": {\"0\": {\"in\": 1, \"out\": 0}, \"2\": {\"in\": 0, \"out\": 1}}}"
'

it 'is the same with the events of a camera that has a name, and other lines' '
	expect 0 "$VFLOW" run -q -s nodes.doors.camera=yard -s nodes.doors.classes="[2]" flow.yaml
	told events.jsonl "value[\"camera\"], value[\"track\"], value[\"task\"]" >got
	echo "yard 2 doors" | diff - got
	expect 78 "$VFLOW" check -s nodes.doors.lines="{a: 1}" flow.yaml
'

it 'joins the counts with the frames, and not the events' '
	cat >draw.yaml <<-END
	vflow: 1
	nodes:
	  boxes: {type: process, command: [cat, boxes.jsonl], form: jsonl, outputs: {boxes: value}}
	  follow: {type: track, inputs: boxes}
	  doors: {type: count_lines, inputs: follow, lines: {middle: [[200, 239], [200, 0]]}}
	  both: {type: joiner, inputs: [follow, doors.counts]}
	  out: {type: print, inputs: both}
	END
	expect 0 "$VFLOW" check draw.yaml
	test ! -s err
	sed "s/doors.counts/doors/" draw.yaml >split.yaml
	expect 0 "$VFLOW" check split.yaml
	grep "both joins by order, since doors may make several messages of one" err
	expect 78 "$VFLOW" check -s nodes.both.join=origin split.yaml
	grep "both cannot join by origin, since doors may make several messages of one" err
'

it 'says where a line is wrong, and how it is right' '
	sed "s/\[200, 0\]\]/[200]]/" flow.yaml >bad.yaml
	expect 78 "$VFLOW" check bad.yaml
	grep "^bad.yaml:8:13: count_lines: lines.middle: a point has two numbers, x and y; a line is \[\[x, y\], \[x, y\]\], its two ends" err
	sed "/lines:/d" flow.yaml >bad.yaml
	expect 78 "$VFLOW" check bad.yaml
	grep "lines of count_lines is missing" err
	sed "s/lines:/line:/" flow.yaml >bad.yaml
	expect 78 "$VFLOW" check bad.yaml
	grep "unknown option \"line\" of count_lines; did you mean \"lines\"?" err
	expect 78 "$VFLOW" check -s nodes.doors.classes=person flow.yaml
	grep "classes: \"person\" is no number; the classes of a detector are numbers: \[0, 2\]" err
	expect 78 "$VFLOW" check -s nodes.doors.replicas=2 flow.yaml
	grep "doors has to see all messages, since count_lines remembers earlier ones" err
'

it 'says that classes have to come with the objects' '
	sed "s/follow.objects/follow/" flow.yaml >bare.yaml
	expect 0 "$VFLOW" run -q bare.yaml
	told events.jsonl "value[\"class\"], value[\"score\"]" | sort -u >got
	echo "None None" | diff - got
	expect 1 "$VFLOW" run -q -s nodes.doors.classes="[0]" bare.yaml
	grep "take the output objects of track, not tracks" err
'

done_testing
