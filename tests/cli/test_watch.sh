#!/bin/sh
# SPDX-License-Identifier: MIT
# What is wrong with a picture or a sound, in flows with real files.
. "${0%/*}/harness.sh"

# 12 seconds. The picture is black from 2 to 5 and stands still from 7 to 11; key frames are at 0 and 8.
# The sound is silent from 3 to 7 and too loud from 9 to 11.
ffmpeg -v error -nostdin -f lavfi -i testsrc2=s=160x120:r=25:d=12 -f lavfi -i sine=440:r=48000:d=12 \
	-filter_complex "[0]drawbox=c=black:t=fill:enable=between(t\,2\,4.99),
	loop=loop=100:size=1:start=175,trim=end_frame=300,setpts=N/25/TB[v];
	[1]volume='if(between(t,3,7),0,if(between(t,9,11),9,1))':eval=frame[a]" -map "[v]" -map "[a]" \
	-c:v libx264 -g 200 -keyint_min 200 -sc_threshold 0 -bf 0 -preset ultrafast -qp 5 -c:a flac watched.mkv ||
	exit 1
cat >flow.yaml <<'END'
vflow: 1
nodes:
  reader: {type: video_reader, path: watched.mkv}
  alarm:
    type: watch
    inputs: [reader, reader.audio_frames]
    black: 1s
    frozen: 2s
    no_key_frame: 5s
    silent: 2s
    loud: 1s
  list: {type: file_append, inputs: alarm, path: events.jsonl, append: false}
  state: {type: file_append, inputs: alarm.state, path: states.jsonl, append: false}
END

# told WHAT: prints where a state begins and ends, in seconds, and its measure.
told () {
	python3 -c '
import json, sys
for line in open("events.jsonl"):
    event = json.loads(line)["value"]
    if event["what"] == sys.argv[1]:
        end = event["end"] and event["end"]["timestamp"]
        print(event["begin"]["timestamp"], end, *event["details"].values())' "$1"
}

# is_near FILE BEGIN END: passes when the state is told twice, and is there from BEGIN to END but for
# half a second.
is_near () {
	awk -v begin="$2" -v end="$3" '
		function near(a, b) { return a > b - 0.5 && a < b + 0.5 }
		NR == 1 && $2 != "None" || !near($1, begin) || NR == 2 && !near($2, end) { wrong = 1 }
		{ print }
		END { exit wrong || NR != 2 }' "$1"
}

it 'tells of what is wrong with picture and sound' '
	expect 0 "$VFLOW" run -q flow.yaml
	told black >black
	told frozen >frozen
	told silent >silent
	told loud >loud
	told no_key_frame >keys
	is_near black 2 5
	is_near frozen 7 11
	is_near silent 3.4 7
	is_near loud 9 11.3
	is_near keys 5 8
	tail -n 1 silent | awk "{ exit !(\$3 < -60) }"
	tail -n 1 loud | awk "{ exit !(\$3 > -8 && \$3 < 0) }"
	test "$(wc -l <events.jsonl)" -eq 10
'

it 'says of each frame in which state it is' '
	test "$(wc -l <states.jsonl)" -eq 300
	python3 - <<-END
	import json
	states = [json.loads(line)["value"] for line in open("states.jsonl")]
	assert [name for name, value in states[25].items() if value is True] == [], states[25]
	assert list(states[25].values()).count(False) == 5, states[25]
	assert -30 < states[25]["loudness"] < -15, states[25]
	assert states[110]["black"] and states[240]["frozen"] and states[190]["no_key_frame"]
	END
'

it 'watches sound alone' '
	expect 0 "$VFLOW" run -q -s "nodes.alarm.inputs={audio: reader.audio_frames}" flow.yaml
	told silent >silent
	told loud >loud
	is_near silent 3.4 7
	is_near loud 9 11.3
	test "$(wc -l <events.jsonl)" -eq 4
	test "$(wc -l <states.jsonl)" -gt 100
	head -n 1 states.jsonl | grep "\"black\": null"
'

it 'tells of timestamps that jump' '
	ffmpeg -v error -nostdin -f lavfi -i testsrc2=s=96x64:r=25:d=4 -c:v libx264 -preset ultrafast -bf 0 \
		-g 10 part.mkv
	ffmpeg -v error -nostdin -i part.mkv -c copy \
		-bsf:v "setts=pts=PTS+gte(N\,50)*3/TB:dts=DTS+gte(N\,50)*3/TB" gap.mkv
	expect 0 "$VFLOW" run -q -s nodes.reader.path=gap.mkv -s nodes.alarm.inputs=reader flow.yaml
	told jump >jumps
	test "$(cat jumps)" = "1.96 5.0 3.0 video"
'

it 'says what is wrong with its options, and where' '
	expect 78 "$VFLOW" check -s nodes.alarm.silence=-8 flow.yaml
	grep "silence: it is not below loudest, which is -8" err
	cat >wrong.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: watched.mkv}
	  alarm: {type: watch, inputs: reader, black: soon, freeze: 2s}
	  out: {type: void, inputs: alarm}
	END
	expect 78 "$VFLOW" check wrong.yaml
	grep "wrong.yaml:4:47: .*duration" err
	grep "unknown option \"freeze\" of watch; did you mean \"frozen\"?" err
	expect 78 "$VFLOW" check -s nodes.alarm.replicas=2 flow.yaml
	grep "alarm has to see all messages, since watch remembers earlier ones" err
'

done_testing
