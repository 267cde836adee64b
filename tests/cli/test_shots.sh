#!/bin/sh
# SPDX-License-Identifier: MIT
# Pictures of events, and the best picture of each object.
. "${0%/*}/harness.sh"
. "$root/tests/cli/frames.sh"
. "$root/tests/cli/running.sh"

# Thirty frames with a pattern, of which frames 11 to 15 are blurred, and a white square that goes
# from left to right through a black picture.
ff -f lavfi -i testsrc2=s=320x240:r=10:d=3 -vf "gblur=sigma=6:enable=between(n\,10\,14)" \
	-c:v ffv1 -pix_fmt yuv420p clip.mkv || exit 1
ff -f lavfi -i color=black:s=320x240:r=10:d=5 -f lavfi -i color=white:s=40x40:r=10:d=5 \
	-filter_complex "[0][1]overlay=x=6*n-20:y=100" -c:v ffv1 square.mkv || exit 1

# tracks OBJECT...: makes a line for each of 30 frames; an OBJECT is ID=FRAME:YMIN,XMIN,YMAX,XMAX...
tracks () {
	python3 -B - "$@" >tracks.jsonl <<-'END'
	import json, sys
	rows = [[] for frame in range(31)]
	for item in sys.argv[1:]:
	    number, places = item.split("=")
	    for place in places.split("+"):
	        frames, box = place.split(":")
	        first, last = (frames.split("-") * 2)[:2]
	        for frame in range(int(first), int(last) + 1):
	            rows[frame].append([float(x) for x in box.split(",")] + [int(number)])
	for row in rows[1:]:
	    print(json.dumps(row))
	END
}

cat >best.yaml <<'END'
vflow: 1
nodes:
  reader: {type: video_reader, path: clip.mkv}
  tracks: {type: process, command: [cat, tracks.jsonl], form: jsonl, outputs: {tracks: value}}
  out:
    type: image_writer
    inputs: {video: reader, tracks: tracks}
    join: order
    path: "best/{track:03d}.png"
    gone: 500ms
  index: {type: file_append, inputs: out, path: index.jsonl, append: false}
END

# taken: prints the track and the frame of each picture that was written.
taken () {
	python3 -c "
import json
for line in open(\"index.jsonl\"):
    value = json.loads(line)[\"value\"]
    print(value[\"track\"], value[\"frame\"][\"number\"])"
}

it 'takes the largest picture of an object, away from the border and sharp' '
	tracks 1=1-5:50,50,90,90+6:40,40,120,120+7-9:50,50,90,90 \
		2=1-5:20,200,60,240+6:0,200,50,250+7-9:20,200,60,240 \
		3=8:120,100,160,140+11-15:120,100,164,144+16:120,100,150,130
	expect 0 "$VFLOW" run -q best.yaml
	taken | sort >got
	head -1 got | grep -x "1 6"
	grep -E "^2 [1-9]$" got
	! grep -x "2 6" got
	grep -x "3 8" got
	test "$(wc -l <got)" -eq 3
	test "$(ls best | tr "\n" " ")" = "001.png 002.png 003.png "
	rm -rf best
'

it 'writes a picture when its object has gone, and those in hand at the end' '
	tracks 1=1-5:50,50,90,90 2=20-30:50,50,90,90
	expect 0 "$VFLOW" run -q best.yaml
	python3 -c "
import json
lines = [json.loads(line) for line in open(\"index.jsonl\")]
assert [line[\"value\"][\"track\"] for line in lines] == [1, 2], lines
assert lines[0][\"number\"] == 11 and lines[1][\"number\"] == 30, lines
assert lines[0][\"value\"][\"crop\"] is None and lines[0][\"value\"][\"what\"] is None, lines
assert lines[0][\"value\"][\"box\"] == [50, 50, 90, 90], lines"
	rm -rf best
'

it 'cuts the box out with its margin, as ffmpeg does' '
	tracks 1=6:40,60,120,140 2=20:200,280,239,319
	expect 0 "$VFLOW" run -q -s nodes.out.crop=box -s nodes.out.margin=0.25 best.yaml
	ff -i clip.mkv -vf "select=eq(n\,5),crop=120:120:40:20" -frames:v 1 1.png
	ff -i clip.mkv -vf "select=eq(n\,19),crop=50:50:270:190" -frames:v 1 2.png
	hashes -i 1.png >1
	hashes -i best/001.png | cmp - 1
	hashes -i 2.png >2
	hashes -i best/002.png | cmp - 2
	test -s 1 -a -s 2
	rm -rf best
'

it 'keeps no more pictures in hand than it was told to, and says so once' '
	tracks 1=1-9:50,50,90,90 2=2-9:100,50,190,90 3=3-9:50,200,90,240 4=25-30:50,50,90,90
	expect 0 "$VFLOW" run -s nodes.out.held=1 best.yaml
	taken | sort >got
	test "$(cut -d" " -f1 got | tr "\n" " ")" = "1 2 3 4 "
	grep "^1 [12]$" got
	test "$(grep -c "out: warning: more objects are followed at once than the 1 of held" err)" -eq 1
	rm -rf best
'

it 'foretells the memory of what it holds' '
	tracks 1=1-9:50,50,90,90
	"$VFLOW" run -q --report few.json -s nodes.out.held=1 best.yaml
	"$VFLOW" run -q --report many.json -s nodes.out.held=200 best.yaml
	python3 -c "
import json
few, many = (json.load(open(name)) for name in (\"few.json\", \"many.json\"))
def planned(report):
    return sum(task[\"planned_memory_bytes\"] for task in report[\"tasks\"])
assert planned(many) - planned(few) >= 199 * 320 * 240 * 3 // 2, (planned(few), planned(many))"
	rm -rf best
'

cat >events.yaml <<'END'
vflow: 1
nodes:
  reader: {type: video_reader, path: square.mkv}
  moving: {type: motion, inputs: reader}
  follow: {type: track, inputs: moving}
  counter:
    type: count_lines
    inputs: follow.objects
    lines: {"a/b": [[160, 240], [160, 0]], near: [[162, 240], [162, 0]], far: [[300, 240], [300, 0]]}
  areas:
    type: zones
    inputs: follow.objects
    zones: {left: [[0, 0], [200, 0], [200, 240], [0, 240]]}
  each:
    type: image_writer
    inputs: {video: reader, when: [counter, areas]}
    path: "each/{what}-{where}-{seq}.png"
    crop: box
  told: {type: file_append, inputs: each, path: told.jsonl, append: false}
  counted: {type: file_append, inputs: counter, path: counted.jsonl, append: false}
  entered: {type: file_append, inputs: areas, path: entered.jsonl, append: false}
  best:
    type: image_writer
    inputs: {video: reader, tracks: follow.objects, when: counter}
    path: "best/{where}-{track}-{class}.png"
  never:
    type: image_writer
    inputs: {video: reader, tracks: follow.objects, when: speeding}
    path: "never/{track}.png"
  speeding:
    type: speed
    inputs: follow.objects
    picture: [[0, 0], [100, 0], [100, 100], [0, 100]]
    ground: [[0, 0], [1, 0], [1, 1], [0, 1]]
    limit: 500
END

it 'takes a picture of each event, in the frame in which it was told' '
	expect 0 "$VFLOW" run -q events.yaml
	python3 - <<-END
	import json, os
	def lines(name):
	    return [json.loads(line) for line in open(name)]
	events = lines("counted.jsonl") + lines("entered.jsonl")
	told = lines("told.jsonl")
	key = lambda line: (line["number"], line["value"]["what"], line["value"]["where"])
	assert len(events) >= 4, events
	assert sorted(map(key, told)) == sorted(map(key, events)), (told, events)
	both = [line["number"] for line in told if line["value"]["where"] in ("a/b", "near")]
	assert len(both) == 2 and both[0] == both[1], both
	for line in told:
	    assert line["value"]["frame"]["number"] == line["number"], line
	    assert os.path.exists(line["value"]["path"]), line
	END
	ls each | grep -x "crossed-a_b-[0-9]*.png"
'

it 'takes a picture of an event that is told when the video ends' '
	cat >motion.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: square.mkv}
	  moving: {type: motion, inputs: reader, end: 100}
	  out: {type: image_writer, inputs: {video: reader, when: moving.events}, path: "moves/{seq}.png"}
	  told: {type: file_append, inputs: out, path: moves.jsonl, append: false}
	END
	expect 0 "$VFLOW" run -q motion.yaml
	python3 -c "
import json
told = [json.loads(line)[\"value\"] for line in open(\"moves.jsonl\")]
assert [one[\"what\"] for one in told] == [\"motion\"] * 2, told
assert told[1][\"frame\"][\"number\"] == 50 and told[1][\"path\"] == \"moves/2.png\", told"
	test -s moves/2.png
'

it 'takes the best picture of each object that an event tells of' '
	ls best | grep -x "a_b-[0-9]*-0.png"
	test "$(ls best | wc -l)" -eq 1
	test ! -e never || test "$(ls never | wc -l)" -eq 0
'

it 'writes what is in hand when it is interrupted' '
	cat >live.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: test_source, size: 64x48, rate: 50, live: true}
	  tracks:
	    type: process
	    command: [sh, -c, "while echo \"[[8, 8, 24, 24, 7]]\"; do :; done"]
	    form: jsonl
	    outputs: {tracks: value}
	  out:
	    type: image_writer
	    inputs: {video: source, tracks: tracks}
	    join: order
	    path: "live/{track}.png"
	  seen: {type: print, inputs: source}
	END
	start live.yaml
	wait_for out "frame 40 "
	kill -INT "$flow"
	ends 130
	test "$(ls live)" = 7.png
'

it 'says what is wrong' '
	sed "s/inputs: {video: reader, tracks: tracks}/inputs: reader/; /join: order/d" best.yaml >bad.yaml
	expect 73 "$VFLOW" run -q bad.yaml
	grep "path has {track}, which pictures of objects and events have; connect the input tracks or" err
	expect 73 "$VFLOW" run -q -s nodes.out.path=a.png -s nodes.out.crop=box bad.yaml
	grep "crop: box asks for boxes, and nothing brings them" err
	sed "s/when: counter}/when: counter}, join: order/" events.yaml >bad.yaml
	sed -i "s/inputs: {video: reader, tracks: follow.objects, when: counter}, join: order/join: order\n    inputs: {video: reader, tracks: follow.objects, when: counter}/" bad.yaml
	expect 78 "$VFLOW" check bad.yaml
	grep "best takes what counter tells on its input when together with the frames that it tells of, by origin; leave join out" err
	sed "s/inputs: {video: reader, tracks: tracks}/inputs: {video: reader, when: tracks}/; /join: order/d" best.yaml >bad.yaml
	expect 78 "$VFLOW" check bad.yaml
	grep "out takes what tracks tells on its input when together with the frames that it tells of; all" err
	sed "s/when: speeding}/when: cuts.scenes}/; /^  speeding:/i\\
  cuts: {type: scene, inputs: reader}" events.yaml >bad.yaml
	expect 78 "$VFLOW" check bad.yaml
	grep "never needs what comes on its input when while the frame that it is of is there, and cuts tells" err
	expect 78 "$VFLOW" check -s nodes.best.replicas=2 events.yaml
	grep "best" err
	expect 78 "$VFLOW" check -s "nodes.reader.path=clip.mkv" \
		-s "nodes.best.path={tracks}.png" events.yaml
	grep "{tracks} is no field of a name; did you mean {track}" err
'

it 'refuses what is no event' '
	sed "s/when: counter}/when: follow.objects}/" events.yaml >bad.yaml
	expect 74 "$VFLOW" run -q bad.yaml
	grep "an event cannot be read: it has no \"what\"; events come from count_lines, zones" err
'

done_testing
