#!/bin/sh
# SPDX-License-Identifier: MIT
# What a flow tells of the run itself, to the nodes that `events` names.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

if ! command -v python3 >/dev/null
then
	echo '1..0 # SKIP there is no python3'
	exit 0
fi

# told: prints what was told, in order, each as WHAT or WHAT:TASK.
cat >told.py <<'EOF'
import json
import sys
KEYS = ["what", "where", "task", "camera", "begin", "end", "track", "class", "score", "box", "details"]
FRAME = ["number", "timestamp", "source", "pts", "time_base", "source_time", "clock"]
events = [json.loads(line)["value"] for line in open("list.jsonl")]
for event in events:
    assert list(event) == KEYS, event
    assert list(event["begin"]) == FRAME, event
    assert event["begin"]["clock"].startswith("20"), event
    assert event["end"] is None or event["end"]["clock"] >= event["begin"]["clock"], event
if len(sys.argv) == 1:
    print(" ".join(event["what"] + (":" + event["task"] if event["task"] else "") for event in events))
else:
    details = [event["details"] for event in events]
    assert eval(sys.argv[1]), events
EOF

# tells WORDS: passes when just that was told.
tells () {
	test "$(python3 told.py)" = "$1" && return
	python3 told.py
	return 1
}

# finds EXPRESSION: passes when this is true of the list `events`, and of their `details`.
finds () {
	python3 told.py "$1"
}

cat >flow.yaml <<'END_OF_FLOW'
vflow: 1
vars: {end: 9223372036854775807}
events: list
nodes:
  numbers: {type: int_source, fps: 500, end: "${end}", backoff: 10ms}
  work: {type: identity, inputs: numbers, backoff: 10ms}
  out: {type: print, inputs: work}
  list: {type: file_append, path: list.jsonl, restart: on-failure, backoff: 10ms}
END_OF_FLOW

# begins WORD...: starts the flow, and waits until it has told that.
begins () {
	rm -f list.jsonl
	start "$@" flow.yaml
	wait_for list.jsonl run_started
}

it 'tells that a run has begun and ended, in batch and in realtime' '
	for mode in batch realtime
	do
		rm -f list.jsonl
		expect 0 "$VFLOW" run --$mode --var end=20 -s defaults.queue=64 flow.yaml
		tells "run_started run_ended"
		finds "details[0][\"mode\"] == \"$mode\" and details[0][\"flow\"] == \"flow.yaml\""
		finds "events[0][\"end\"] is None and events[1][\"end\"] is not None"
		finds "details[1][\"status\"] == 0"
		seq 0 20 | cmp - out
	done
'

it 'tells of a task that is killed and started again' '
	begins
	old=$(worker work)
	kill -9 "$old"
	wait_for list.jsonl task_restarted
	worker work "$old"
	kill "$flow"
	ends 143
	tells "run_started task_restarted:work run_ended"
	finds "details[1][\"cause\"] == \"was killed by SIGKILL\" and details[1][\"restarts\"] == 1"
	finds "details[2][\"status\"] == 143"
'

it 'tells of a task that fails for good, and ends as the flow would without' '
	begins -s nodes.work.restart=no
	kill -9 "$(worker work)"
	ends 1
	tells "run_started task_failed:work run_ended"
	finds "details[1][\"cause\"] == \"was killed by SIGKILL\" and details[1][\"status\"] is None"
	finds "details[2][\"status\"] == 1"
	rm list.jsonl
	sed "s|int_source, .*, backoff|video_reader, path: \"http://127.0.0.1:1/\", backoff|" \
		flow.yaml >lost.yaml
	expect 69 "$VFLOW" run lost.yaml
	tells "run_started task_failed:numbers run_ended"
	finds "\"127.0.0.1:1\" in details[1][\"cause\"] and details[1][\"status\"] == 69"
'

it 'tells of a task that hangs' '
	begins -s nodes.work.stall_after=1s
	old=$(worker work)
	kill -STOP "$old"
	wait_for list.jsonl task_restarted
	worker work "$old"
	kill "$flow"
	ends 143
	tells "run_started task_stalled:work task_restarted:work run_ended"
	finds "details[1][\"seconds\"] >= 1"
	finds "details[2][\"cause\"] == \"showed no sign of life for 1.0 s and was killed\""
'

it 'loses nothing and tells nothing twice when those who tell and read are killed' '
	begins
	for turn in 1 2 3
	do
		for task in events list
		do
			old=$(worker $task)
			kill -9 "$old"
			worker $task "$old"
		done
	done
	old=$(worker work)
	kill -9 "$old"
	wait_for list.jsonl "\"task\": \"work\""
	kill "$flow"
	ends 143
	finds "[event[\"what\"] for event in events].count(\"run_ended\") == 1"
	finds "sorted(event[\"task\"] for event in events if event[\"task\"]) == [\"events\"] * 3 + [\"list\"] * 3 + [\"work\"]"
	seq 1 9 | while read -r number
	do
		test "$(grep -c "^{\"number\": $number," list.jsonl)" -eq 1
	done
'

it 'tells how it ends also when it is stopped at once' '
	begins -s nodes.work.fps=0.05
	kill "$flow"
	wait_for err "vflow: stopping; what is in flight"
	stop_further TERM
	ends 143
	tells "run_started run_ended"
'

it 'goes on when nobody is left to be told' '
	begins -s nodes.list.restart=no
	kill -9 "$(worker list)"
	wait_for err "list .* was killed by SIGKILL"
	goes_on 20
	kill "$flow"
	ends 1
'

it 'is not held up by who is told' '
	mkfifo pipe
	sed "s/list.jsonl/pipe/" flow.yaml >slow.yaml
	start slow.yaml
	for turn in 1 2 3
	do
		old=$(worker work)
		kill -9 "$old"
		worker work "$old"
	done
	goes_on 50
	cat pipe >list.jsonl &
	wait_for list.jsonl run_started
	kill "$flow"
	ends 143
	wait
	tells "run_started task_restarted:work task_restarted:work task_restarted:work run_ended"
'

it 'still finds a dead-lock, and tells of it' '
	cat >dead.yaml <<-END
	vflow: 1
	events: list
	nodes:
	  numbers: {type: int_source, end: 100000}
	  few: {type: every, inputs: numbers, nth: 10}
	  both: {type: joiner, inputs: [few, numbers], join: order}
	  out: {type: void, inputs: both}
	  list: {type: file_append, path: list.jsonl}
	END
	rm -f list.jsonl
	start --stall-report 0 dead.yaml
	ends 70
	tells "run_started run_stalled run_ended"
	finds "details[1][\"is_dead_lock\"] and details[2][\"status\"] == 70"
'

it 'tells of messages that are dropped, and how many' '
	rm -f list.jsonl
	expect 0 "$VFLOW" run --realtime --var end=3000 -s nodes.numbers.fps=2000 \
		-s nodes.work.fps=50 flow.yaml
	tells "run_started dropping:numbers dropping:numbers run_ended"
	finds "events[1][\"end\"] is None and events[2][\"end\"] is not None"
	finds "0 < details[1][\"dropped\"] < details[2][\"dropped\"] == 3001 - $(wc -l <out)"
'

it 'tells of a disk that has too little room' '
	cat >disk.yaml <<-END
	vflow: 1
	events: list
	nodes:
	  reader: {type: test_source, frames: 50, size: 64x48}
	  out: {type: video_writer, inputs: reader, path: "seg/{seq}.mkv", segment_time: 1, min_free: 1000000TB}
	  list: {type: file_append, path: list.jsonl}
	END
	rm -f list.jsonl
	mkdir -p seg
	expect 73 "$VFLOW" run disk.yaml
	tells "run_started disk_low:out task_failed:out run_ended"
	finds "events[1][\"where\"] == \"seg/{seq}.mkv\" and details[1][\"is_stopped\"]"
	finds "0 < details[1][\"free_bytes\"] < details[1][\"min_free_bytes\"]"
	finds "\"less than min_free\" in details[2][\"cause\"]"
'

if command -v ffmpeg >/dev/null
then
	ffmpeg -v error -f lavfi -i testsrc2=size=64x48:rate=25 -t 2 -g 10 -c:v mpeg2video -f mpegts \
		camera.ts || exit 1
	it 'tells that a camera is gone and back' '
		cat >camera.yaml <<-END
		vflow: 1
		events: list
		nodes:
		  camera:
		    type: video_reader
		    path: \${url}
		    frames: 100
		    reconnect: {initial: 50ms, max: 200ms}
		  out: {type: print, inputs: camera}
		  list: {type: file_append, path: list.jsonl}
		END
		rm -f list.jsonl port go
		timeout "$((2 * limit))" python3 -B "$root/tests/python/http_files.py" \
			camera.ts:close camera.ts:close &
		wait_for port .
		start --var "url=http://user:secret@127.0.0.1:$(cat port)/" camera.yaml
		wait_for list.jsonl camera_gone
		touch go
		ends 0
		tells "run_started camera_gone:camera camera_back:camera run_ended"
		finds "details[1][\"cause\"] == \"was closed by the other side\" and details[2][\"attempts\"] >= 1"
		finds "events[1][\"end\"] is None and details[2][\"seconds\"] > 0"
		finds "all(event[\"camera\"] == event[\"begin\"][\"source\"] for event in events)"
		finds "events[1][\"camera\"] == \"http://***@127.0.0.1:$(cat port)/\""
		lacks list.jsonl secret
		wait
	'
fi

it 'is checked, explained, drawn and printed' '
	expect 0 "$VFLOW" check flow.yaml
	expect 0 "$VFLOW" explain flow.yaml
	grep "events *run_events" out
	expect 0 "$VFLOW" graph flow.yaml
	grep "events --> list: file_append" out
	expect 0 "$VFLOW" config flow.yaml
	grep "^events: list" out
	mv out printed.yaml
	expect 0 "$VFLOW" check printed.yaml
	expect 0 "$VFLOW" schema
	grep -q "Nodes that are told what happens to the run itself" out
'

# refuses PLACE_AND_MESSAGE EVENTS: passes when the check says so of `events: EVENTS`.
refuses () {
	sed "s/^events: .*/events: $2/" flow.yaml >wrong.yaml
	expect 78 "$VFLOW" check wrong.yaml
	grep -F "wrong.yaml:$1" err
}

it 'says what is wrong with events' '
	refuses "3:9: there is no node \"lsit\" to send events to; did you mean \"list\"?" lsit
	refuses "3:10: out has inputs already, and events come by themselves; name a node without inputs, such as another print" "[out]"
	refuses "3:9: numbers is a producer and takes no inputs" numbers
	refuses "3:9: this is a mapping; events takes names of nodes: events: [hook, list]" "{a: list}"
	sed "s/  list: /  events: /; s/^events: .*/events: events/" flow.yaml >wrong.yaml
	expect 78 "$VFLOW" check wrong.yaml
	grep "\"events\" is the name of the node that events adds; give this one another name" err
'

done_testing
