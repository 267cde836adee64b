#!/bin/sh
# SPDX-License-Identifier: MIT
# Cuts and fades in flows with real files.
. "${0%/*}/harness.sh"

# Three scenes: a cut at frame 51, a flash at frame 71, a fade over black from frame 76 to 125.
ffmpeg -v error -nostdin -f lavfi -i testsrc2=s=320x180:r=25:d=2 -f lavfi -i mandelbrot=s=320x180:r=25 \
	-f lavfi -i smptehdbars=s=320x180:r=25:d=2 -filter_complex "[0]format=yuv420p[a];
	[1]trim=duration=2,setpts=PTS-STARTPTS,format=yuv420p,fade=out:s=25:n=25,
	drawbox=c=white:t=fill:enable=between(n\,20\,21)[b];
	[2]format=yuv420p,fade=in:s=0:n=25[c];[a][b][c]concat=n=3:v=1" \
	-c:v libx264 -crf 18 -preset ultrafast film.mkv || exit 1
cat >flow.yaml <<'END'
vflow: 1
nodes:
  reader: {type: video_reader, path: film.mkv}
  found: {type: scene, inputs: reader}
  events: {type: file_append, inputs: found.events, path: events.jsonl, append: false}
  scenes: {type: file_append, inputs: found.scenes, path: scenes.jsonl, append: false}
  scores: {type: file_append, inputs: found.scores, path: scores.jsonl, append: false}
  pictures: {type: file_append, inputs: found.pictures, path: pictures.jsonl, append: false}
END

it 'finds cuts and fades, and no flash' '
	expect 0 "$VFLOW" run -q flow.yaml
	python3 - <<-END
	import json
	events, scenes, scores = ([json.loads(line)["value"] for line in open(name + ".jsonl")]
	                          for name in ("events", "scenes", "scores"))
	assert [event["what"] for event in events] == ["cut", "fade"], events
	assert events[0]["begin"]["number"] == events[0]["end"]["number"] == 51, events
	assert events[0]["begin"]["timestamp"] == 2.0 and events[0]["camera"] == "film.mkv", events
	fade = events[1]
	assert abs(fade["begin"]["number"] - 77) <= 2 and abs(fade["end"]["number"] - 125) <= 2, fade
	assert fade["details"]["to"] == "black" and fade["details"]["is_in"] is True, fade
	assert [scene["details"]["begins"] for scene in scenes] == ["start", "cut", "fade"], scenes
	assert sum(scene["details"]["frames"] for scene in scenes) == 150
	pictures = [json.loads(line)["number"] for line in open("pictures.jsonl")]
	assert pictures[:2] == [11, 61] and 135 <= pictures[2] <= 139, pictures
	assert len(scores) == 150 and scores[50]["score"] == max(
	    one["score"] for n, one in enumerate(scores) if not 69 <= n <= 73), scores[50]
	END
'

it 'lists the scenes, and keeps a picture of each' '
	expect 0 "$VFLOW" run -q @scene_list input=film.mkv list=list.csv "picture=shots/{seq:02d}.png" width=160
	test "$(ls shots | tr "\n" " ")" = "01.png 02.png 03.png "
	test "$(wc -l <list.csv)" -eq 4
	head -n 1 list.csv | grep "what"
	ffmpeg -v error -nostdin -i shots/03.png -vf scale=1:1 -pix_fmt gray -f rawvideo - | od -An -tu1 >level
	test "$(cat level)" -gt 60
'

it 'judges what is left when a video ends early' '
	ffmpeg -v error -nostdin -i film.mkv -frames:v 53 -c copy short.mkv
	expect 0 "$VFLOW" run -q -s nodes.reader.path=short.mkv -s nodes.found.flash=20 flow.yaml
	test "$(wc -l <scores.jsonl)" -eq 53
	test "$(wc -l <events.jsonl)" -eq 1
	expect 0 "$VFLOW" run -q -s nodes.reader.frames=1 flow.yaml
	test "$(wc -l <scenes.jsonl) $(wc -l <scores.jsonl)" = "1 1"
'

it 'joins its scores with the frames that they are of' '
	cat >joined.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: film.mkv}
	  found: {type: scene, inputs: reader}
	  titled: {type: draw_text, inputs: {video: reader, values: found.scores}, text: "{value.score}"}
	  out: {type: void, inputs: titled}
	  rows: {type: file_append, inputs: titled, path: rows.jsonl, append: false}
	END
	expect 0 "$VFLOW" run -q joined.yaml
	test "$(wc -l <rows.jsonl)" -eq 150
'

it 'says what is wrong with its options, and where' '
	cat >wrong.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: film.mkv}
	  found: {type: scene, inputs: reader, flash: 25, treshold: 1}
	  out: {type: void, inputs: found}
	END
	expect 78 "$VFLOW" check wrong.yaml
	grep "wrong.yaml:4:47: .*0 to 24 frames" err
	grep "unknown option \"treshold\" of scene; did you mean \"threshold\"?" err
	expect 78 "$VFLOW" check -s nodes.found.replicas=2 flow.yaml
	grep "found has to see all messages, since scene remembers earlier ones" err
'

done_testing
