#!/bin/sh
# SPDX-License-Identifier: MIT
# What moves, in flows with real files.
. "${0%/*}/harness.sh"

# A ground with a texture and noise, on which a box of 40 x 30 goes from left to right, by 8 pixels a
# frame, in frames 20 to 49. From frame 60 on, the light is another.
ffmpeg -v error -nostdin -f lavfi -i "nullsrc=s=400x240:r=25:d=3.2,geq=lum='110+50*sin(X/9)*cos(Y/7)
	+4*random(1)-60*gte(N,60)*lt(Y,200)':cb=128:cr=128" -f lavfi -i "color=white:s=40x30:r=25:d=3.2" \
	-filter_complex "[0][1]overlay=x=round(t*25-20)*8+20:y=100:enable=between(n\,20\,49)" \
	-c:v libx264 -qp 12 -preset ultrafast street.mkv || exit 1
cat >flow.yaml <<'END'
vflow: 1
nodes:
  reader: {type: video_reader, path: street.mkv}
  found: {type: motion, inputs: reader, scale: 0.5}
  state: {type: file_append, inputs: found.state, path: state.jsonl, append: false}
  boxes: {type: file_append, inputs: found, path: boxes.jsonl, append: false}
  events: {type: file_append, inputs: found.events, path: events.jsonl, append: false}
END

it 'finds what moves, and says when' '
	expect 0 "$VFLOW" run -q flow.yaml
	python3 - <<-END
	import json
	states = [json.loads(line)["value"] for line in open("state.jsonl")]
	boxes = [json.loads(line)["value"] for line in open("boxes.jsonl")]
	assert len(states) == len(boxes) == 80
	for n, (state, found) in enumerate(zip(states, boxes)):
	    moves = 20 <= n <= 49
	    assert len(found) == state["boxes"] == moves, (n, found)
	    assert state["is_moving"] == (22 <= n < 59), (n, state)
	    assert state["is_learning"] == (n in (0, 60)), (n, state)
	    if moves:
	        ymin, xmin, ymax, xmax, kind, score = found[0].values()
	        left = (n - 20) * 8 + 20
	        assert abs(ymin - 100) <= 4 and abs(ymax - 130) <= 4, found
	        assert abs(xmin - left) <= 4 and abs(xmax - left - 40) <= 4, found
	        assert kind == 0 and 0.8 < score <= 1, found
	END
'

it 'tells when motion begins and ends' '
	python3 - <<-END
	import json
	begin, end = (json.loads(line)["value"] for line in open("events.jsonl"))
	for event in begin, end:
	    assert event["what"] == "motion" and event["camera"] == "street.mkv", event
	    assert event["task"] == "found" and event["begin"]["number"] == 21, event
	    assert event["begin"]["timestamp"] == 0.8, event
	assert begin["end"] is None and end["end"]["number"] == 50, end
	assert 1 < begin["details"]["share"] <= end["details"]["share"] < 1.6, end
	END
'

it 'looks at zones alone' '
	expect 0 "$VFLOW" run -q -s "nodes.found.zones={lane: [[200, 90], [400, 90], [400, 240], [200, 240]]}" \
		flow.yaml
	python3 - <<-END
	import json
	boxes = [len(json.loads(line)["value"]) for line in open("boxes.jsonl")]
	assert boxes == [20 + 8 * (n - 20) + 40 > 204 and 20 <= n <= 49 for n in range(80)], boxes
	END
'

it 'gives boxes to those who follow and hide them' '
	cat >follow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: street.mkv}
	  found: {type: motion, inputs: reader}
	  follow: {type: track, inputs: found}
	  hidden: {type: blur_boxes, inputs: {video: reader, boxes: found}, how: fill}
	  out: {type: video_writer, inputs: hidden, path: hidden.mkv, codec: ffv1}
	  objects: {type: file_append, inputs: follow.objects, path: objects.jsonl, append: false}
	END
	expect 0 "$VFLOW" run -q follow.yaml
	python3 - <<-END
	import json
	objects = [json.loads(line)["value"] for line in open("objects.jsonl")]
	assert {one["id"] for frame in objects for one in frame} == {1}
	assert all(len(frame) == 1 for frame in objects[22:49])
	assert all(abs(one["speed"][1] - 8) < 1 for one in objects[45])
	END
	ffmpeg -v error -nostdin -i hidden.mkv -vf "select=between(n\,20\,49),crop=20:10:30+n*8:110" \
		-f rawvideo -pix_fmt gray - | od -An -v -tu1 | tr -s " " "\n" | sort -n | tail -n 1 >brightest
	test "$(cat brightest)" -le 20
'

it 'shows in a small picture what moves' '
	cat >mask.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: street.mkv}
	  found: {type: motion, inputs: reader, scale: 0.25, clean: 0, gap: 2}
	  out: {type: video_writer, inputs: found.mask, path: mask.mkv, codec: ffv1}
	END
	expect 0 "$VFLOW" run -q mask.yaml
	ffprobe -v error -show_entries stream=width,height,pix_fmt -of csv=p=0 mask.mkv | grep -x 100,60,gray
	ffmpeg -v error -nostdin -i mask.mkv -vf "select=eq(n\,30)" -f rawvideo - | od -An -v -tu1 -w1 |
		sort | uniq -c >levels
	test "$(awk "\$2 != 0 { print \$2 }" levels)" -eq 255
'

it 'says what is wrong with its options, and where' '
	cat >wrong.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: street.mkv}
	  found: {type: motion, inputs: reader, sensitivity: 3, begin: 0}
	  out: {type: void, inputs: found}
	END
	expect 78 "$VFLOW" check wrong.yaml
	grep "wrong.yaml:4:41: unknown option \"sensitivity\" of motion" err
	grep "wrong.yaml:4:64: .*1 to 100000 frames" err
	expect 78 "$VFLOW" check -s nodes.found.threshold=101 flow.yaml
	grep "threshold.*0 to 100 percent" err
	expect 78 "$VFLOW" check -s "nodes.found.zones={yard: [[1, 1], [2, 2]]}" flow.yaml
	grep "zones.yard: it has 2 points, and needs 3; a zone is \[\[x, y\], \[x, y\], \[x, y\]\], its corners" err
	expect 1 "$VFLOW" run -q -s "nodes.found.zones={yard: [[500, 1], [600, 1], [500, 9]]}" flow.yaml
	grep "zones: nothing of them is in the frames, which are 400x240" err
	expect 78 "$VFLOW" check -s nodes.found.replicas=2 flow.yaml
	grep "found has to see all messages, since motion remembers earlier ones" err
'

done_testing
