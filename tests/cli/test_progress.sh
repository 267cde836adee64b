#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/find_python.sh"

# terminal COLUMNS WORD...: runs `vflow run WORD...` on a terminal of so many columns, and then of
# others; what it showed is in the file `screen`.
terminal () {
	columns=$1 status=0
	shift
	"$python" "$root/tests/python/terminal.py" "$columns" "$VFLOW" run "$@" >screen || status=$?
	test $status -eq 0 && return
	cat screen
	return 1
}

# last FILE EXPRESSION: prints what the expression says of `it`, the last JSON object in a file.
last () {
	"$python" -c 'import json, sys
last = None
for line in open(sys.argv[1]):
    if line.startswith("{"): last = json.loads(line)
print(eval(sys.argv[2], {"it": last}))' "$1" "$2"
}

cat >pace.yaml <<'END2'
vflow: 1
nodes:
  picture: {type: test_source, size: 64x48, frames: 40}
  pace: {type: identity, inputs: picture, fps: 30}
  out: {type: void, inputs: pace}
END2

it 'keeps one line up to date on a terminal, as wide as there is room' '
	terminal 200,60,20 -s nodes.picture.frames=150 pace.yaml
	! grep "too wide" screen
	sed -n "/^-- 200/,/^-- 60/p" screen >wide
	grep -E "^[0-9]+ %  [0-9]+/150 frames  [0-9.]+ fps  [0-9.]+x  [0-9]:[0-9][0-9]( left)?" wide
	sed -n "/^-- 60/,/^-- 20/p" screen >middle
	grep -E "^[0-9]+ %  [0-9]+/150 frames  [0-9.]+ fps" middle
	sed -n "/^-- 20/,\$p" screen >narrow
	grep "^150 frames in " narrow
'

it 'shows no line that wraps on a narrow terminal' '
	terminal 20,20,20 -q --progress tty pace.yaml
	! grep "too wide" screen
	grep -E "^[0-9]+ %  [0-9.]+ fps" screen
'

it 'is not in the way of what tasks log' '
	cat >logs.yaml <<END2
vflow: 1
nodes:
  picture: {type: test_source, size: 64x48, frames: 40}
  pace: {type: identity, inputs: picture, fps: 30, restart: on-failure, max_restarts: 50, backoff: 10ms}
  out: {type: void, inputs: pace}
END2
	"$python" "$root/tests/python/terminal.py" 70 sh -c "
		\"\$0\" run logs.yaml &
		run=\$!
		until pkill -KILL -P \$run -x vflow:pace
		do
			true
		done
		wait \$run" "$VFLOW" >screen
	test "$(grep -c "^vflow: .* was killed by SIGKILL" screen)" -eq 1
	! grep -E "fps.*vflow:|vflow:.* fps" screen
'

it 'shows the table on SIGUSR1, and goes on with the line' '
	"$python" "$root/tests/python/terminal.py" 70 sh -c "
		\"\$0\" run pace.yaml &
		until \"\$0\" ps | grep -q running
		do
			true
		done
		kill -USR1 \$!
		wait \$!" "$VFLOW" >screen
	test "$(grep -c "^task  *in  *out" screen)" -eq 2
'

it 'is not in the way of what tasks print on the terminal' '
	terminal 80 "$root/pipelines/counting.yaml"
	! grep "fps  " screen
	test "$(grep -cE "^\([0-9]+, [0-9]+\)\$" screen)" -eq 41
'

it 'prints nothing of it off a terminal, where a run is short' '
	expect 0 "$VFLOW" run pace.yaml
	! grep "fps  " err
	expect 0 "$VFLOW" run --progress none pace.yaml
	! grep "%  " err
'

it 'tells programs how far it is, and how it ended' '
	expect 0 "$VFLOW" run --progress json pace.yaml
	test "$(last err "it[\"state\"], it[\"status\"], it[\"percent\"], it[\"frames\"], it[\"expected\"]")" = \
		"('\''ended'\'', 0, 100.0, 40, 40)"
	grep "^{" err | head -1 >first
	test "$(last first "it[\"state\"], 0 < it[\"percent\"] < 100")" = "('\''running'\'', True)"
	expect 0 "$VFLOW" run -q --progress json pace.yaml
	! grep -v "^{" err
'

it 'tells programs of a run that failed' '
	printf "vflow: 1\nnodes:\n  r: {type: folder_reader, path: empty, pattern: \"*.mp4\"}\n  o: {type: void, inputs: r}\n" >none.yaml
	mkdir -p empty; echo rubbish >empty/a.mp4
	status=0; "$VFLOW" run --progress json none.yaml 2>err || status=$?
	test "$(last err "it[\"state\"], it[\"status\"]")" = "('\''ended'\'', $status)"
	test $status -ne 0
'

mkdir clips
for seconds in 1 2 3
do
	ffmpeg -v error -f lavfi -i "testsrc2=s=64x48:r=25:d=$seconds" -f lavfi -i "sine=d=$seconds" \
		-c:v mpeg4 -c:a aac "clips/$seconds.mp4"
done
ffmpeg -v error -i clips/3.mp4 -c:v mpeg2video -c:a copy long.ts
ffmpeg -v error -i clips/3.mp4 -c copy long.mkv
ffmpeg -v error -i clips/3.mp4 -vn -c copy sound.m4a

# reads OPTIONS: a flow that reads so, at sixty frames a second.
reads () {
	cat >reads.yaml <<END2
vflow: 1
nodes:
  r: $1
  pace: {type: identity, inputs: r, fps: 60}
  out: {type: void, inputs: pace}
END2
}

# is_even FRAMES [LEAST]: passes when the percents that a run told rose evenly: at each of them, so many
# frames had come out, of all that came in the end. While these are LEAST or less, they may be those of
# another branch.
is_even () {
	"$python" -c 'import json, sys
told = [json.loads(line) for line in open("err") if line.startswith("{")]
total = told[-1]["frames"]
assert told[-1]["percent"] == 100, told[-1]
assert total == int(sys.argv[1]), total
middle = [it for it in told[:-1] if it["percent"] is not None]
assert middle or len(told) == 1, told
least = int(sys.argv[2]) if len(sys.argv) > 2 else 0
for it in middle:
    if it["frames"] <= least: continue
    assert abs(it["percent"] - 100 * it["frames"] / total) < 3, it
' "$@"
}

for file in clips/3.mp4 long.ts long.mkv
do
	it "knows how far it is in $file" "
		reads '{type: video_reader, path: $file}'
		expect 0 \"\$VFLOW\" run --progress json reads.yaml
		is_even 75
	"
done

it 'knows how far it is in a part of a file' '
	reads "{type: video_reader, path: clips/3.mp4, start: 0.4, duration: 2}"
	expect 0 "$VFLOW" run --progress json reads.yaml
	is_even 50
	reads "{type: video_reader, path: clips/3.mp4, frames: 70}"
	expect 0 "$VFLOW" run --progress json reads.yaml
	is_even 70
'

it 'knows how far it is in a folder, and which file it reads' '
	reads "{type: folder_reader, path: clips}"
	expect 0 "$VFLOW" run --progress json reads.yaml
	is_even 150
	grep "\"file\":{\"number\":[123],\"count\":3,\"name\":\"[123].mp4\"}" err
'

it 'goes by the slowest of several producers' '
	cat >two.yaml <<END2
vflow: 1
nodes:
  a: {type: video_reader, path: clips/1.mp4}
  b: {type: video_reader, path: clips/3.mp4}
  pace: {type: identity, inputs: b, fps: 60}
  out: {type: void, inputs: pace}
  other: {type: void, inputs: a}
END2
	expect 0 "$VFLOW" run --progress json two.yaml
	is_even 75 25
'

it 'says how fast it goes against the clock' '
	reads "{type: video_reader, path: clips/3.mp4}"
	sed -i "s/fps: 60/fps: 25/" reads.yaml
	expect 0 "$VFLOW" run --progress json reads.yaml
	grep "^{" err | tail -2 | head -1 >late
	test "$(last late "it[\"speed\"] <= 1.2")" = True
'

it 'counts what realtime drops' '
	printf "vflow: 1\nnodes:\n  a: {type: int_source, end: 2000, fps: 1000}\n  slow: {type: identity, inputs: a, fps: 20}\n  o: {type: void, inputs: slow}\n" >drops.yaml
	expect 0 "$VFLOW" run --realtime --progress json drops.yaml
	test "$(last err "it[\"dropped\"] > 100")" = True
'

done_testing
