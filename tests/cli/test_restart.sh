#!/bin/sh
# SPDX-License-Identifier: MIT
# Workers that are killed and stopped: others take their place, and the output stays the same.
. "${0%/*}/harness.sh"
. "$root/tests/cli/reports.sh"
. "$root/tests/cli/running.sh"

cat >join.yaml <<'END'
vflow: 1
vars: {end: 300}
nodes:
  numbers: {type: int_source, end: "${end}", backoff: 10ms}
  first: {type: identity, inputs: numbers, backoff: 10ms}
  second: {type: identity, inputs: numbers, backoff: 10ms}
  both: {type: joiner, inputs: [first, second], backoff: 10ms}
  out: {type: print, inputs: both}
END
cat >replicas.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, end: 300, backoff: 10ms}
  work: {type: identity, inputs: numbers, replicas: 3, backoff: 10ms}
  out: {type: print, inputs: work}
END

# has_all LAST: passes when the output has a pair of each number from 0 to LAST.
has_all () {
	seq 0 "$1" | sed 's/.*/(&, &)/' | cmp - out
}

for name in numbers first second both
do
	it "goes on without loss when $name is killed, and says so" "
		start_gated --report report.json join.yaml
		let_out '(20, 20)'
		victim=\$(worker $name)
		kill -9 \"\$victim\"
		let_all
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

it 'goes on when all that may be replaced are killed at once, and again' '
	start_gated --report report.json join.yaml
	let_out "(20, 20)"
	for task in numbers first second both
	do
		kill -9 "$(worker $task)"
	done
	let_out "(100, 100)"
	for task in both second first numbers
	do
		kill -9 "$(worker $task)"
	done
	let_all
	ends 0
	has_all 300
	finds "report[\"is_balanced\"]"
	finds "all(tasks[name][\"restarts\"] == 2 for name in (\"numbers\", \"both\"))"
'

it 'keeps the order of replicas of which some are killed' '
	start_gated --report report.json replicas.yaml
	let_out 20
	kill -9 "$(worker work.1)" "$(worker work.3)"
	let_out 100
	kill -9 "$(worker work.2)"
	let_all
	ends 0
	seq 0 300 | cmp - out
	finds "report[\"is_balanced\"]"
'

it 'replaces a task as often as it may' '
	start_gated -s nodes.first.max_restarts=1 --var end=100000 join.yaml
	let_out "(20, 20)"
	old=$(worker first)
	kill -9 "$old"
	new=$(worker first "$old")
	let_out "(100, 100)"
	kill -9 "$new"
	let_all
	ends 1
	has_all $(($(wc -l <out) - 1))
	says err "first was started again 1 time"
'

it 'replaces none where it is told so' '
	start_gated -s defaults.restart=no --var end=100000 join.yaml
	let_out "(20, 20)"
	kill -9 "$(worker first)"
	let_all
	ends 1
	has_all $(($(wc -l <out) - 1))
	! grep "started again" err
'

it 'waits before a start, twice as long each time' '
	start_gated -s nodes.both.backoff=60ms -s nodes.both.max_restarts=9 join.yaml
	let_out "(20, 20)"
	old=$(worker both)
	kill -9 "$old"
	old=$(worker both "$old")
	kill -9 "$old"
	kill -9 "$(worker both "$old")"
	let_all
	ends 0
	has_all 300
	sed -n "s/^vflow: warning: both is started again in//p" err >waits
	printf " 0.1 s (1 of 9)\n 0.1 s (2 of 9)\n 0.2 s (3 of 9)\n" | cmp - waits
'

it 'replaces a worker that has been stopped, which looks as if it hung' '
	start_gated -s nodes.second.stall_after=2s -s nodes.second.max_restarts=1000 join.yaml
	let_out "(20, 20)"
	kill -STOP "$(worker second)"
	let_all
	ends 0
	has_all 300
	grep "^vflow: second .* showed no sign of life for 2.0 s and was killed at frame" err
'

it 'does not take a reader for hung that waits, nor one that is blocked' '
	expect 0 "$VFLOW" run -s defaults.stall_after=3s -s nodes.numbers.wait=5 --var end=1 join.yaml
	! grep "sign of life" err
	start_gated -s defaults.stall_after=3s --stall-report 5 join.yaml
	wait_for err "nothing has moved for"
	let_all
	ends 0
	has_all 300
	! grep "sign of life" err
'

it 'stops what is drained while a worker is replaced' '
	start_gated -s nodes.both.backoff=2s --var end=100000 join.yaml
	let_out "(20, 20)"
	kill -9 "$(worker both)"
	wait_for err "is started again"
	kill -INT "$flow"
	let_all
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
  step: {type: identity, inputs: small}
  writer: {type: video_writer, path: out.mkv, codec: ffv1, inputs: [step, reader.audio]}
  out: {type: print, inputs: step}
END

# Sound, B-frames, groups of pictures that refer to the one before, and no index in the last.
ffmpeg -v error -nostdin -f lavfi -i testsrc2=s=96x64:r=25:d=12 -f lavfi -i sine=d=12 \
	-c:v libx264 -bf 3 -g 40 -x264-params open-gop=1:scenecut=0 -c:a aac in.mp4
ffmpeg -v error -nostdin -i in.mp4 -c copy in.mkv
ffmpeg -v error -nostdin -i in.mp4 -c copy in.ts

# is_same INPUT NAME...: kills each task NAME some frames after the one before; passes when the output is
# that of a run in which nobody is killed.
is_same () {
	input=$1
	shift
	expect 0 "$VFLOW" run -q --var input="$input" video.yaml
	frames out.mkv >wanted
	sound out.mkv >heard
	test "$(wc -l <wanted)" -eq 300
	start_gated --report report.json --var input="$input" video.yaml
	at=30
	for victim
	do
		let_out "frame $at *"
		kill -9 "$(worker "$victim")"
		at=$((at + 70))
	done
	let_all
	ends 0
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
done

it 'scales on where a killed worker stopped' '
	is_same in.mp4 small step reader
'

it 'makes pictures and a tone on where a killed source stopped' '
	cat >made.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: test_source, size: 64x48, frames: 150, backoff: 10ms}
	  writer: {type: video_writer, path: made.mkv, codec: ffv1, inputs: [source, source.audio]}
	  out: {type: print, inputs: source}
	END
	expect 0 "$VFLOW" run -q made.yaml
	frames made.mkv >wanted
	sound made.mkv >heard
	start_gated made.yaml
	let_out "frame 40 *"
	kill -9 "$(worker source)"
	let_all
	ends 0
	frames made.mkv | cmp wanted -
	sound made.mkv | cmp heard -
'

done_testing
