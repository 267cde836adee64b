#!/bin/sh
# SPDX-License-Identifier: MIT
# How fast objects move, in flows: on the timestamps of a video.
. "${0%/*}/harness.sh"
. "$root/tests/cli/find_python.sh"

# A square of 40 x 40 that moves down by 6 pixels a frame, of 20 a second.
ffmpeg -v error -nostdin -f lavfi -i "color=black:s=200x640:r=20:d=4" \
	-f lavfi -i "color=white:s=40x40:r=20:d=4" \
	-filter_complex "[0][1]overlay=x=80:y=10+6*n" -c:v ffv1 square.mkv || exit 1
cat >flow.yaml <<'END'
vflow: 1
nodes:
  reader: {type: video_reader, path: square.mkv}
  find:
    type: python
    inputs: reader
    format: gray
    outputs: {boxes: value}
    code: |
      import numpy

      def process(frame):
          rows, columns = numpy.nonzero(frame > 128)
          if not len(rows):
              return {"boxes": []}
          return {"boxes": [[int(rows.min()), int(columns.min()), int(rows.max()) + 1,
                             int(columns.max()) + 1, 0, 0.9]]}
  follow: {type: track, inputs: find}
  # Ten pixels are a metre: 12 m/s are 43.2 km/h.
  radar:
    type: speed
    inputs: follow.objects
    picture: [[0, 0], [200, 0], [200, 600], [0, 600]]
    ground: [[0, 0], [20, 0], [20, 60], [0, 60]]
    limit: 40
  events: {type: file_append, inputs: radar, path: events.jsonl, append: false}
  speeds: {type: file_append, inputs: radar.speeds, path: speeds.jsonl, append: false}
END

it 'measures the speed of a square that moves' '
	test -n "$python" || exit 0
	expect 0 "$VFLOW" run -q -s nodes.find.python="$python" flow.yaml
	python3 - <<-END
	import json
	events = [json.loads(line)["value"] for line in open("events.jsonl")]
	assert [event["what"] for event in events] == ["speeding"], events
	assert abs(events[0]["details"]["speed"] - 43.2) < 1, events
	speeds = [json.loads(line)["value"] for line in open("speeds.jsonl")]
	assert len(speeds) == 80, len(speeds)
	last = speeds[79][0]
	assert abs(last["speed"] - 43.2) < 0.2 and abs(last["place"][0] - 10) < 0.1, last
	END
'

it 'says what is wrong with the ground' '
	sed "s/ground: .*/ground: [[0, 0], [20, 0]]/" flow.yaml >bad.yaml
	expect 78 "$VFLOW" check bad.yaml
	grep "bad.yaml:24:13: speed: ground: it has 2 points, not 4" err
	sed "/picture:/d" flow.yaml >bad.yaml
	expect 78 "$VFLOW" check bad.yaml
	grep "picture of speed is missing" err
'

done_testing
