#!/bin/sh
# SPDX-License-Identifier: MIT
# Workers that are killed and stopped: others take their place, and the output stays the same.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

cat >join.yaml <<'END'
vflow: 1
vars: {end: 300, fps: 200}
nodes:
  numbers: {type: int_source, end: "${end}", fps: "${fps}", backoff: 10ms}
  first: {type: identity, inputs: numbers, backoff: 10ms}
  second: {type: identity, inputs: numbers, backoff: 10ms}
  both: {type: joiner, inputs: [first, second], backoff: 10ms}
  out: {type: print, inputs: both}
END
cat >replicas.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, end: 300, fps: 200, backoff: 10ms}
  work: {type: identity, inputs: numbers, replicas: 3, backoff: 10ms}
  out: {type: print, inputs: work}
END

# has_all LAST: passes when the output has a pair of each number from 0 to LAST.
has_all () {
	seq 0 "$1" | sed 's/.*/(&, &)/' | cmp - out
}

# finds EXPRESSION: passes when a Python expression about the report is true; `tasks` by name.
finds () {
	python3 - "$1" <<-'END'
	import json, sys
	report = json.load(open("report.json"))
	tasks = {task["name"]: task for task in report["tasks"]}
	if not eval(sys.argv[1]):
	    sys.exit("not true: %s\n%s" % (sys.argv[1], json.dumps(report, indent=2)))
	END
}

# replaced NAME OLD: prints the process that took the place of another.
replaced () {
	timeout 10 sh -c '
		while new=$(pgrep -P "$1" -x "vflow:$2"); test -z "$new" || test "$new" = "$3"
		do
			sleep 0.01
		done
		echo "$new"' sh "$flow" "$1" "$2"
}

for name in numbers first second both
do
	it "goes on without loss when $name is killed, and tells" "
		start --report report.json join.yaml
		wait_for out '^\\(20, 20\\)\$'
		victim=\$(worker $name)
		kill -9 \"\$victim\"
		ends 0
		has_all 300
		grep -E \"^vflow: $name \\\\(process \$victim\\\\) was killed by SIGKILL at frame\" err
		says err 'vflow: warning: $name is started again in 0.0 s (1 of 3)'
		says err '$name was started again 1 time'
		finds 'report[\"is_balanced\"] and report[\"status\"] == 0'
		finds 'all(task[\"restarts\"] == (name == \"$name\") for name, task in tasks.items())'
		finds 'tasks[\"$name\"][\"exit_status\"] == 0 and tasks[\"$name\"][\"signal\"] is None'
	"
done

it 'goes on when all that may be replaced are killed at once, and once more' '
	start --report report.json join.yaml
	wait_for out "^\(20, 20\)$"
	for task in numbers first second both
	do
		kill -9 "$(worker $task)"
	done
	wait_for out "^\(100, 100\)$"
	for task in both second first numbers
	do
		kill -9 "$(worker $task)"
	done
	ends 0
	has_all 300
	finds "report[\"is_balanced\"]"
	finds "all(tasks[name][\"restarts\"] == 2 for name in (\"numbers\", \"both\"))"
'

it 'keeps the order of replicas of which some are killed' '
	start --report report.json replicas.yaml
	wait_for out "^20$"
	kill -9 "$(worker work.1)" "$(worker work.3)"
	wait_for out "^100$"
	kill -9 "$(worker work.2)"
	ends 0
	seq 0 300 | cmp - out
	finds "report[\"is_balanced\"]"
'

it 'replaces a task as often as it may' '
	start -s nodes.first.max_restarts=1 --var end=100000 join.yaml
	wait_for out "^\(20, 20\)$"
	old=$(worker first)
	kill -9 "$old"
	new=$(replaced first "$old")
	lines=$(wc -l <out)
	wait_for out "^\($((lines + 10)), "
	kill -9 "$new"
	ends 1
	has_all $(($(wc -l <out) - 1))
	says err "first was started again 1 time"
'

it 'replaces none where it is told so' '
	start -s defaults.restart=no --var end=100000 join.yaml
	wait_for out "^\(20, 20\)$"
	kill -9 "$(worker first)"
	ends 1
	has_all $(($(wc -l <out) - 1))
	! grep "started again" err
'

it 'waits before a start, twice as long each time' '
	start -s nodes.both.backoff=60ms -s nodes.both.max_restarts=9 join.yaml
	wait_for out "^\(20, 20\)$"
	old=$(worker both)
	kill -9 "$old"
	old=$(replaced both "$old")
	kill -9 "$old"
	kill -9 "$(replaced both "$old")"
	ends 0
	has_all 300
	sed -n "s/^vflow: warning: both is started again in//p" err >waits
	printf " 0.1 s (1 of 9)\n 0.1 s (2 of 9)\n 0.2 s (3 of 9)\n" | cmp - waits
'

it 'replaces a worker that has been stopped, which looks as if it hung' '
	start -s nodes.second.stall_after=300ms join.yaml
	wait_for out "^\(20, 20\)$"
	kill -STOP "$(worker second)"
	ends 0
	has_all 300
	grep "^vflow: second .* showed no sign of life for 0.3 s and was killed at frame" err
'

it 'does not take a reader for hung that waits, nor one that is blocked' '
	mkfifo pipe
	"$VFLOW" run -s defaults.stall_after=200ms -s nodes.numbers.wait=1 -s nodes.numbers.fps=0 \
		--var end=1 join.yaml >out 2>err &
	started $!
	ends 0
	! grep "sign of life" err
	"$VFLOW" run -s defaults.stall_after=200ms -s nodes.numbers.fps=0 --var end=20000 join.yaml \
		>pipe 2>err &
	started $!
	exec 3<pipe
	settle out
	cat <&3 >out
	ends 0
	has_all 20000
	! grep "sign of life" err
'
rm -f pipe

it 'stops what is drained while a worker is replaced' '
	start -s nodes.both.backoff=500ms --var end=100000 join.yaml
	wait_for out "^\(20, 20\)$"
	kill -9 "$(worker both)"
	wait_for err "is started again"
	kill -INT "$flow"
	ends 130
	has_all $(($(wc -l <out) - 1))
'

# frames FILE: the hash of each of its frames. sound FILE: of each of its packets of sound.
frames () {
	ffmpeg -v error -nostdin -i "$1" -map 0:v:0 -fps_mode passthrough -f framemd5 - |
		awk -F ', *' '/^0,/ { print $3, $6 }'
}
sound () {
	ffmpeg -v error -nostdin -i "$1" -map 0:a:0 -c copy -f framemd5 - |
		awk -F ', *' '/^0,/ { print $3, $6 }'
}

cat >video.yaml <<'END'
vflow: 1
vars: {input: in.mp4}
defaults: {backoff: 10ms}
nodes:
  reader: {type: video_reader, path: "${input}"}
  small: {type: resize, width: 48, height: 36, inputs: reader}
  slow: {type: identity, fps: 150, inputs: small}
  writer: {type: video_writer, path: out.mkv, codec: ffv1, inputs: [slow, reader.audio]}
  shown: {type: print, inputs: slow}
END

# Sound, B-frames, groups of pictures that refer to the one before, and no index in the last.
ffmpeg -v error -nostdin -f lavfi -i testsrc2=s=96x64:r=25:d=12 -f lavfi -i sine=d=12 \
	-c:v libx264 -bf 3 -g 40 -x264-params open-gop=1:scenecut=0 -c:a aac in.mp4
ffmpeg -v error -nostdin -i in.mp4 -c copy in.mkv
ffmpeg -v error -nostdin -i in.mp4 -c copy in.ts

# is_same INPUT NAME...: kills each task NAME a while after the one before; passes when the output is
# that of a run in which nobody is killed.
is_same () {
	input=$1
	shift
	expect 0 "$VFLOW" run -q --var input="$input" video.yaml
	frames out.mkv >wanted
	sound out.mkv >heard
	test "$(wc -l <wanted)" -eq 300
	mkfifo pipe
	cat pipe >out &
	"$VFLOW" run --report report.json --var input="$input" video.yaml >pipe 2>err &
	started $!
	at=30
	for victim
	do
		wait_for out "^frame $at "
		kill -9 "$(worker "$victim")"
		at=$((at + 50))
	done
	ends 0
	rm pipe
	frames out.mkv | cmp wanted -
	sound out.mkv | cmp heard -
	finds 'report["is_balanced"]'
	finds 'sum(task["restarts"] for task in tasks.values()) == '$#
}

for kind in mp4 mkv ts
do
	it "reads .$kind on where a killed reader stopped" "
		is_same in.$kind reader reader reader
	"
	rm -f pipe
done

it 'scales on where a killed worker stopped' '
	is_same in.mp4 small slow reader small
'

it 'makes pictures and a tone on where a killed source stopped' '
	cat >made.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: test_source, size: 64x48, frames: 150, backoff: 10ms}
	  slow: {type: identity, fps: 100, inputs: source}
	  writer: {type: video_writer, path: made.mkv, codec: ffv1, inputs: [slow, source.audio]}
	  shown: {type: print, inputs: slow}
	END
	expect 0 "$VFLOW" run -q made.yaml
	frames made.mkv >wanted
	sound made.mkv >heard
	rm -f pipe
	mkfifo pipe
	cat pipe >out &
	"$VFLOW" run made.yaml >pipe 2>err &
	started $!
	wait_for out "^frame 40 "
	kill -9 "$(worker source)"
	ends 0
	frames made.mkv | cmp wanted -
	sound made.mkv | cmp heard -
'

done_testing
