#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

endless_flows

# json FILE EXPRESSION: passes when the expression holds for `it`, the JSON in the file.
. "$root/tests/cli/find_python.sh"
json () {
	"$python" -c 'import json, sys
it = json.load(open(sys.argv[1]))
ok = eval(sys.argv[2])
if not ok: print(it)
sys.exit(not ok)' "$@"
}

# ask LINE: sends a line to the socket of the run, and prints what comes back.
ask () {
	"$python" -c 'import socket, sys, glob
s = socket.socket(socket.AF_UNIX)
s.connect(glob.glob(sys.argv[1] + "/vflow/*/control")[0])
s.sendall(sys.argv[2].encode() + b"\n")
print("asked", file=sys.stderr, flush=True)
s.settimeout(float(sys.argv[3]))
print(s.makefile().readline(), end="")' "$XDG_RUNTIME_DIR" "$1" "$limit"
}

# answers STATUS COMMAND...: as expect, but that what a flow prints into `out` is left alone: what
# COMMAND printed is in the files `told` and `said`.
answers () {
	expect_in told said "$@"
}

it 'lists nothing when nothing runs' '
	expect 0 "$VFLOW" ps
	test "$(wc -l <out)" -eq 1
	expect 0 "$VFLOW" ps --json
	says out "[]"
'

it 'lists a run by the name of its file' '
	start endless.yaml
	wait_for out "^20\$"
	answers 0 "$VFLOW" ps
	grep -E "^endless +$flow +running +batch .*/endless.yaml\$" told
	answers 0 "$VFLOW" ps --json
	json told "len(it) == 1"
	json told "it[0][\"name\"] == \"endless\" and it[0][\"pid\"] == $flow"
	json told "it[0][\"frames\"] >= 20 and it[0][\"percent\"] is None"
	json told "it[0][\"mode\"] == \"batch\" and it[0][\"tasks\"] == 3"
	json told "it[0][\"since\"].endswith(\"Z\") and it[0][\"state\"] == \"running\""
	kill -TERM "$flow"
	ends 143
'

it 'stops a run, waits for its end, and says how it ended' '
	start endless.yaml
	wait_for out "^20\$"
	cp out before
	"$VFLOW" stop >stopped 2>err2
	! kill -0 "$flow" 2>/dev/null || test "$(ps -o stat= "$flow" | cut -c1)" = Z
	says stopped "endless: stopped, outputs are finalised (exit status 143)"
	test ! -s err2
	is_prefix out
	ends 143
'

it 'finds a run by name and by process id' '
	for how in name pid
	do
		start --name first-one endless.yaml
		wait_for out "^20\$"
		run=first-one
		test $how = name || run=$flow
		answers 1 "$VFLOW" stop first-two
		grep "no run called \"first-two\"; did you mean \"first-one\"?" said
		answers 1 "$VFLOW" stop 1
		grep "no run called \"1\"; these run: first-one" said
		"$VFLOW" stop $run
		ends 143
	done
'

it 'asks which run is meant when there are several' '
	start endless.yaml
	wait_for out "^20\$"
	"$VFLOW" run --name other endless.yaml >out2 2>err2 &
	started $!
	wait_for out2 "^20\$"
	answers 2 "$VFLOW" stop
	grep "name one run; these run: endless, other" said
	"$VFLOW" stop endless
	"$VFLOW" stop
	ends 143
'

it 'gives the second run of a file its process id' '
	start endless.yaml
	wait_for out "^20\$"
	"$VFLOW" run endless.yaml >out2 2>err2 &
	started $!
	wait_for out2 "^20\$"
	"$VFLOW" ps >list
	grep "^endless-$flow " list
	"$VFLOW" stop "endless-$flow"
	"$VFLOW" stop endless
	leaves_nothing
'

it 'refuses a name that is taken, or none' '
	start --name one endless.yaml
	wait_for out "^20\$"
	status=0; "$VFLOW" run --name one endless.yaml >out2 2>err2 || status=$?
	test $status -eq 2
	says err2 "vflow: a run called one is there already; see vflow ps"
	test ! -s out2
	for name in a/b 12 -x "a b" ""
	do
		status=0; "$VFLOW" run --name="$name" endless.yaml >out2 2>err2 || status=$?
		test $status -eq 2
		grep "a run cannot be called \"$name\"" err2
	done
	"$VFLOW" stop
	ends 143
'

it 'stops at once when that is asked for' '
	start slow.yaml
	wait_for out "^0\$"
	answers 124 "$VFLOW" stop --timeout=0.1
	grep "has not ended within 0.1 s" said
	"$VFLOW" ps >list
	grep "^slow .* stopping " list
	"$VFLOW" stop --now >stopped
	says stopped "slow: stopped, outputs are finalised (exit status 143)"
	ends 143
'

it 'does not wait with a timeout of 0' '
	start slow.yaml
	wait_for out "^0\$"
	answers 0 "$VFLOW" stop --timeout 0
	test ! -s told
	"$VFLOW" stop --now
	ends 143
'

it 'says of a run that was killed that it was' '
	start slow.yaml
	wait_for out "^0\$"
	"$VFLOW" stop >stopped &
	await "grep -q stopping err"
	kill -KILL "$flow"
	wait $!
	says stopped "slow: killed before outputs were finalised (exit status 137)"
	answers 0 "$VFLOW" ps
	test "$(wc -l <told)" -eq 1
	answers 1 "$VFLOW" stop
	says said "vflow: nothing runs"
	rm -f "$workdir/flows"
'

it 'shows a run that does not answer' '
	start endless.yaml
	wait_for out "^20\$"
	kill -STOP "$flow"
	"$VFLOW" ps >list
	kill -CONT "$flow"
	grep "^endless .* silent " list
	"$VFLOW" stop
	ends 143
'

it 'says by its status how a run is' '
	expect 1 "$VFLOW" ps endless
	grep "there is no run \"endless\"" err
	start endless.yaml
	wait_for out "^20\$"
	answers 0 "$VFLOW" ps endless "$flow"
	test "$(wc -l <told)" -eq 2
	answers 1 "$VFLOW" ps endless another
	kill -STOP "$flow"
	answers 1 "$VFLOW" ps endless
	kill -CONT "$flow"
	answers 0 "$VFLOW" ps --json endless
	kill -TERM "$flow"
	ends 143
'

it 'says who is waited for when a run is stopped by a signal, and what to do' '
	start endless.yaml
	wait_for out "^20\$"
	kill -STOP "$flow"
	for words in "tap endless numbers --limit 1" "top endless --once" "restart endless out" "stop endless"
	do
		# shellcheck disable=SC2086 # several words
		timeout "$limit" "$VFLOW" $words >said 2>asked &
		asker=$!
		wait_for asked "endless .process $flow. is stopped by a signal and does not answer; waiting"
		grep "continue it with kill -CONT $flow\$" asked
		case $words in
		stop*)
			kill -CONT "$flow"
			wait "$asker"
			;;
		restart*)
			kill "$asker"
			wait "$asker" || :
			;;
		*)
			status=0
			wait "$asker" || status=$?
			test "$status" -eq 1
			grep "endless (process $flow): it is stopped by a signal; continue it" asked
			;;
		esac
	done
	ends 143
'

it 'tells programs how it goes, and when it is over' '
	start endless.yaml
	wait_for out "^20\$"
	ask "{\"request\": \"status\"}" >answer
	json answer "it[\"ok\"] and it[\"state\"] == \"running\" and it[\"pid\"] == $flow"
	ask "{\"request\": \"stop\", \"level\": \"sideways\"}" >answer
	json answer "not it[\"ok\"] and \"sideways\" in it[\"error\"]"
	ask "rubbish" >answer
	json answer "not it[\"ok\"]"
	ask "{\"request\": \"wait\"}" >answer 2>asked &
	waiter=$!
	wait_for asked "^asked"
	ask "{\"request\": \"stop\", \"level\": \"halt\"}" >stopped
	json stopped "it[\"ok\"]"
	wait $waiter
	json answer "it[\"state\"] == \"ended\" and it[\"status\"] == 143"
	ends 143
'

cat >counting.yaml <<'END2'
vflow: 1
nodes:
  numbers: {type: int_source, end: 100000}
  step: {type: identity, inputs: numbers, replicas: 2}
  out: {type: print, inputs: step}
END2

it 'restarts tasks, and nothing is lost' '
	start_gated counting.yaml
	let_out 20
	old=$(worker step.1)
	for task in numbers step.2 step
	do
		"$VFLOW" restart $task >>restarted & # it may have to wait until there is room
		restart=$!
		let_out "*00"
		wait $restart || wait $restart
	done
	test "$(grep -c "^step.2: restarted (process [0-9]*)" restarted)" -eq 2
	test "$(grep -c "^step.1: restarted (process [0-9]*)" restarted)" -eq 1
	test "$(grep -c "^numbers: restarted" restarted)" -eq 1
	test "$(worker step.1)" -ne "$old"
	let_all
	ends 0
	seq 0 100000 | cmp - out
	grep "^step.2 was started again 2 times" err
'

ffmpeg -v error -f lavfi -i testsrc2=s=64x48:r=25:d=4 -f lavfi -i sine=d=4 -c:v mpeg4 -c:a aac clip.mp4
cat >film.yaml <<'END2'
vflow: 1
nodes:
  reader: {type: video_reader, path: clip.mp4}
  small: {type: resize, inputs: reader, width: 32, height: 24, replicas: 2}
  pace: {type: identity, inputs: small, fps: 30}
  out: {type: video_writer, inputs: {video: pace, audio: reader.audio}, path: out.mkv, codec: ffv1}
END2

# hashes FILE: prints the hash of each frame, and of the sound.
hashes () {
	ffmpeg -v error -i "$1" -map 0:v -f framemd5 - | grep -v '^#'
	ffmpeg -v error -i "$1" -map 0:a -f md5 -
}

it 'restarts what reads and changes a film, and each frame is the same' '
	expect 0 "$VFLOW" run -q -s nodes.pace.fps=0 film.yaml
	hashes out.mkv >whole
	test "$(wc -l <whole)" -eq 101
	start -n -s nodes.out.path=again.mkv film.yaml
	await "\"\$VFLOW\" restart reader >restarted 2>&1"
	"$VFLOW" restart small
	"$VFLOW" restart reader
	"$VFLOW" restart pace
	ends 0
	hashes again.mkv | cmp - whole
	grep "^reader was started again 2 times" err
'

it 'does not count a restart as a failure' '
	start -s nodes.numbers.fps=500 -s nodes.step.max_restarts=1 counting.yaml
	wait_for out "^20\$"
	for i in 1 2 3
	do
		"$VFLOW" restart counting step.1
	done
	kill -KILL "$(worker step.1)"
	wait_for err "step.1 is started again in .* \(1 of 1\)"
	goes_on 20
	"$VFLOW" stop
	ends 143
	is_prefix out
'

it 'kills a task that does not make way in time, and repeats its message' '
	start --grace 0.2 -s nodes.slow.restart=on-failure slow.yaml
	wait_for out "^0\$"
	"$VFLOW" restart slow
	grep "slow has not come to the end of a message within 0.2 s; killed" err
	"$VFLOW" stop --now
	ends 143
'

it 'does not restart what would lose something' '
	start endless.yaml
	wait_for out "^20\$"
	answers 1 "$VFLOW" restart out
	grep "out keeps what a new process would not have" said
	answers 1 "$VFLOW" restart endless sttep
	grep "there is no task \"sttep\"; did you mean \"step\"?" said
	answers 2 "$VFLOW" restart
	"$VFLOW" stop
	ends 143
'

it 'does not restart what is not there any more' '
	cat endless.yaml >few.yaml
	printf "  few: {type: int_source, end: 3}\n  rest: {type: void, inputs: few}\n" >>few.yaml
	start few.yaml
	wait_for out "^20\$"
	await "! \"\$VFLOW\" restart few >>said 2>&1"
	grep -E "few(: has ended| has ended, or is about to)" said
	"$VFLOW" stop
	ends 143
'

it 'says nothing of a folder that it can do without' '
	mkdir -p blocked
	touch blocked/vflow
	XDG_RUNTIME_DIR=$workdir/blocked expect 0 "$VFLOW" run -q "$root/pipelines/counting.yaml"
	test ! -s err
	test "$(wc -l <out)" -eq 41
'

it 'leaves standard input to others' '
	start endless.yaml
	wait_for out "^20\$"
	printf "1\n2\n3\n" | while read -r line
	do
		"$VFLOW" ps >>list
		echo "$line" >>lines
	done
	test "$(wc -l <lines)" -eq 3
	"$VFLOW" stop </dev/null
	ends 143
'

it 'completes the names of runs' '
	start endless.yaml
	wait_for out "^20\$"
	"$VFLOW" complete -- stop en >words
	grep "^endless	" words
	"$VFLOW" stop
	ends 143
'

done_testing
