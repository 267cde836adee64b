#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
XDG_STATE_HOME=$workdir/state
export XDG_STATE_HOME
trap '"$VFLOW" ps --json | sed -n "s/^ *\"pid\": \([0-9]*\),/\1/p" | xargs -r kill -9; rm -rf "$workdir"' EXIT

cat >endless.yaml <<'END2'
vflow: 1
nodes:
  numbers: {type: int_source, fps: 500}
  out: {type: print, inputs: numbers}
END2

# over NAME: waits until a run in the background is over.
over () {
	# shellcheck disable=SC2016 # that is for await
	await '! "$VFLOW" ps | grep -q "^$1 "' "$1"
}

it 'returns when the run has begun, with its name and process id' '
	words=$("$VFLOW" run -d endless.yaml)
	set -- $words
	test $# -eq 2
	test "$1" = endless
	kill -0 "$2"
	"$VFLOW" ps >list
	grep "^endless  *$2 running " list
	test "$(ps -o sid= "$2" | tr -d " ")" = "$2" # in a session of its own
	"$VFLOW" stop >stopped
	says stopped "endless: stopped, outputs are finalised (exit status 143)"
	test ! -e "$XDG_RUNTIME_DIR/vflow"
'

it 'keeps what the run prints, and how it ended' '
	"$VFLOW" run -d -s nodes.numbers.end=40 --name forty endless.yaml >told
	over forty
	expect 0 "$VFLOW" logs forty
	seq 0 40 >wanted
	head -41 out | cmp - wanted
	grep "^41 frames in " out
	says err "vflow: forty: all was done (exit status 0)"
	expect 0 "$VFLOW" logs -n 3 forty
	test "$(wc -l <out)" -eq 3
	expect 0 "$VFLOW" logs -n 0 forty
	test ! -s out
	expect 0 "$VFLOW" ps --all
	grep -E "^forty +[0-9]+ exit 0 " out
	expect 0 "$VFLOW" ps
	! grep forty out
'

it 'follows a log until the run is over' '
	"$VFLOW" run -d --name long endless.yaml >told
	"$VFLOW" logs -f long >followed 2>err2 &
	wait_for followed "^20\$"
	"$VFLOW" stop long
	wait $!
	grep "frames in " followed
	says err2 "vflow: long: stopped, outputs are finalised (exit status 143)"
	head -21 followed >numbers
	seq 0 20 | cmp - numbers
'

it 'knows of a run that was killed' '
	set -- $("$VFLOW" run -d --name victim endless.yaml)
	kill -KILL "$2"
	await "\"\$VFLOW\" ps --all | grep \"^victim .* exit 137 \""
	expect 0 "$VFLOW" logs victim
	says err "vflow: victim: killed before outputs were finalised (exit status 137)"
'

it 'keeps the log of an older run of that name' '
	set -- $("$VFLOW" run -d -s nodes.numbers.end=3 --name again endless.yaml)
	over again
	first=$2
	"$VFLOW" run -d -s nodes.numbers.end=5 --name again endless.yaml
	over again
	"$VFLOW" logs again >latest
	"$VFLOW" logs "$first" >older
	test "$(grep -c "^[0-9]*\$" latest)" -eq 6
	test "$(grep -c "^[0-9]*\$" older)" -eq 4
'

it 'keeps so many logs, and no more' '
	for i in $(seq 25)
	do
		"$VFLOW" run -d -s nodes.numbers.end=1 --name many endless.yaml >told
		over many
	done
	test "$(find "$XDG_STATE_HOME/vflow" -name "*.log" | wc -l)" -eq 21
	test "$(find "$XDG_STATE_HOME/vflow" -type f | wc -l)" -eq 42
'

it 'fails as the run does where it cannot begin' '
	sed "s/int_source/int_sourc/" endless.yaml >wrong.yaml
	expect 78 "$VFLOW" run -d wrong.yaml
	test ! -s out
	grep "did you mean \"int_source\"" err
	printf "vflow: 1\nnodes:\n  r: {type: video_reader, path: rubbish.mp4}\n  o: {type: void, inputs: r}\n" >rubbish.yaml
	echo rubbish >rubbish.mp4
	expect 69 "$VFLOW" run -d rubbish.yaml
	test ! -s out
	test -s err
	expect 2 "$VFLOW" run -d --name=a/b endless.yaml
	"$VFLOW" run -d --name one endless.yaml
	expect 2 "$VFLOW" run -d --name one endless.yaml
	grep "a run called one is there already" err
	"$VFLOW" stop one
	! ls "$XDG_STATE_HOME"/vflow/starting-* 2>/dev/null
'

it 'takes a flow from standard input, and lets go of it' '
	mkfifo flow
	"$VFLOW" run -d --name piped - <flow >told &
	{ cat endless.yaml; } >flow
	wait $!
	grep "^piped " told
	"$VFLOW" stop piped
	printf "a\nb\n" | while read -r line
	do
		"$VFLOW" run -d --name "loop-$line" endless.yaml
	done >lines
	test "$(wc -l <lines)" -eq 2
	"$VFLOW" stop loop-a
	"$VFLOW" stop loop-b
'

it 'says where no log can be' '
	touch file
	XDG_STATE_HOME=$workdir/file expect 73 "$VFLOW" run -d endless.yaml
	grep "no log can be written to $workdir/file/vflow" err
	expect 1 "$VFLOW" logs nobody
	grep "there is no log of a run called \"nobody\"" err
	XDG_STATE_HOME=$workdir/nothing expect 1 "$VFLOW" logs
	grep "there is no log" err
'

it 'stops printing a log that nobody reads' '
	"$VFLOW" run -d --name full -s nodes.numbers.end=20000 -s nodes.numbers.fps=0 endless.yaml
	over full
	"$VFLOW" logs full | head -1 >first
	says first 0
'

done_testing
