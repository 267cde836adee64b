#!/bin/sh
# SPDX-License-Identifier: MIT
# What blur_boxes hides: in the frames before and after those in which it was found, and where
# nobody has looked.
. "${0%/*}/harness.sh"
. "$root/tests/cli/frames.sh"
. "$root/tests/cli/find_python.sh"

# boxes LINE BOXES...: makes 30 lines of boxes, [] but for those given by their number, from 1.
boxes () {
	: >given
	while test $# -gt 0
	do
		echo "$1 $2" >>given
		shift 2
	done
	awk 'FILENAME == "given" { line = $1; $1 = ""; given[line] = $0; next }
		{ print ($1 in given ? given[$1] : "[]") }' given - <<-END >boxes.jsonl
	$(seq 30)
	END
}

cat >flow.yaml <<'END'
vflow: 1
nodes:
  source: {type: test_source, size: 64x48, frames: 30}
  find: {type: process, command: [cat, boxes.jsonl], form: jsonl, outputs: {boxes: value}}
  hidden: {type: blur_boxes, inputs: {video: source, boxes: find}, join: order, how: fill}
  plain: {type: video_writer, inputs: source, path: plain.nut, codec: rawvideo}
  out: {type: video_writer, inputs: hidden, path: hidden.nut, codec: rawvideo}
END

# changed FILTER: prints the numbers of the frames that are not as they were, as FILTER shows them.
changed () {
	hashes -i plain.nut -vf "$1" >plain
	hashes -i hidden.nut -vf "$1" >hidden
	test "$(wc -l <plain)" -eq 30
	test "$(wc -l <hidden)" -eq 30
	paste -d" " plain hidden | awk '$3 != $6 { printf "%s%d", between, NR; between = " " }'
}

it 'hides a box in the frame in which it was found' '
	boxes 10 "[[8, 8, 24, 24]]"
	expect 0 "$VFLOW" run -q flow.yaml
	test "$(changed null)" = 10
	test "$(changed crop=64:16:0:32)" = ""
'

it 'hides it in the frames before and after that, as the boxes of those, at both ends' '
	boxes 2 "[[8, 8, 24, 24]]" 10 "[[8, 8, 24, 24]]" 12 "[[32, 8, 48, 24]]" 29 "[[8, 8, 24, 24]]"
	expect 0 "$VFLOW" run -q -s nodes.hidden.hold=3 -s nodes.hidden.ahead=2 flow.yaml
	test "$(changed crop=64:24:0:0)" = "1 2 3 4 5 8 9 10 11 12 13 27 28 29 30"
	test "$(changed crop=64:16:0:32)" = "10 11 12 13 14 15"
	expect 0 "$VFLOW" run -q -s nodes.hidden.ahead=40 flow.yaml
	test "$(changed crop=64:24:0:0)" = "$(seq -s " " 29)"
	expect 0 "$VFLOW" run -q -s nodes.hidden.hold=40 flow.yaml
	test "$(changed crop=64:24:0:0)" = "$(seq -s " " 2 30)"
'

it 'hides all of a frame in which nobody has looked, and counts it' '
	boxes 10 "[[8, 8, 24, 24]]" 11 null 12 null
	expect 65 "$VFLOW" run -s nodes.hidden.missing=blur flow.yaml
	grep "hidden: warning: nobody has looked for boxes in frame 11: it is hidden whole; so are all such" err
	test "$(grep -c "nobody has looked" err)" -eq 1
	test "$(changed null)" = "10 11 12"
	test "$(changed crop=64:16:0:32)" = "11 12"
	expect 0 "$VFLOW" run -q --max-errors=2 -s nodes.hidden.missing=blur flow.yaml
'

it 'leaves it out otherwise' '
	expect 65 "$VFLOW" run flow.yaml
	grep "frame 11: it is left out" err
	hashes -i hidden.nut >hidden
	test "$(wc -l <hidden)" -eq 28
	hashes -i plain.nut | sed "10,12d" >plain
	sed 10d hidden | cmp - plain
'

it 'leaves out a frame whose boxes never come' '
	cat >skip.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: test_source, size: 64x48, frames: 30}
	  some: {type: every, inputs: source, nth: 2}
	  find: {type: python, inputs: some, outputs: {boxes: value}, python: "\${python}", code: "def process(frame): return {\"boxes\": []}"}
	  hidden: {type: blur_boxes, inputs: {video: source, boxes: find}}
	  out: {type: video_writer, inputs: hidden, path: hidden.nut, codec: rawvideo}
	END
	test -n "$python" || exit 0
	expect 0 "$VFLOW" run -q --var python="$python" --report=report.json skip.yaml
	hashes -i hidden.nut >hidden
	test "$(wc -l <hidden)" -eq 15
	grep "\"unmatched\": 15" report.json
'

it 'hides such a frame whole, if it is to' '
	test -n "$python" || exit 0
	expect 65 "$VFLOW" run --var python="$python" -s nodes.hidden.missing=blur \
		-s nodes.hidden.how=fill skip.yaml
	grep "nobody has looked for boxes in frame 2: it is hidden whole" err
	test "$(changed crop=64:16:0:32)" = "$(seq -s " " 2 2 30)"
	expect 78 "$VFLOW" check --var python="$python" -s nodes.hidden.missing=blur \
		-s nodes.hidden.replicas=2 skip.yaml
	grep "hidden works without inputs that are missing, which replicas cannot share" err
'

it 'goes on, and hides all, when the detector has failed for good' '
	test -n "$python" || exit 0
	sed "s/inputs: some,/inputs: source, call: find.py, stateless: true, on_error: stop_branch, max_restarts: 0,/
		s/, code: .*/}/; /some:/d" skip.yaml >dead.yaml
	cat >find.py <<-END
	def process(frame):
	    if frame.index == 20:
	        raise RuntimeError("no")
	    return {"boxes": []}
	END
	"$VFLOW" run --var python="$python" -s nodes.hidden.missing=blur -s nodes.hidden.how=fill \
		-s nodes.hidden.ahead=2 dead.yaml >out 2>err || status=$?
	cat out err
	ls hidden*
	test "${status:-0}" -ne 0
	mv hidden.partial.nut hidden.nut || :
	test "$(changed crop=64:16:0:32)" = "$(seq -s " " 21 30)"
'

it 'says what does not go together' '
	expect 78 "$VFLOW" check -s nodes.hidden.boxes="[1, 2, 3, 4]" -s nodes.hidden.hold=3 flow.yaml
	grep "hold: boxes are the same in all frames; connect an input boxes" err
	expect 78 "$VFLOW" check -s nodes.hidden.ahead=3 -s nodes.hidden.group=g flow.yaml
	grep "hidden looks at messages that are still to come; it needs a task of its own" err
	expect 78 "$VFLOW" check -s nodes.hidden.ahead=3 -s nodes.hidden.join=latest flow.yaml
	grep "hidden looks at messages that are still to come, which a join by latest does not keep" err
	expect 78 "$VFLOW" check -s nodes.hidden.hold=3 -s nodes.hidden.replicas=2 flow.yaml
	expect 0 "$VFLOW" check -s nodes.hidden.replicas=2 flow.yaml
'

done_testing
