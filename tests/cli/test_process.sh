#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs as nodes, by a client that knows nothing but vflow-process(7): what they are given and give,
# and all that can go wrong with them.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/ports.sh"
client=${VFLOW%/*}/process/client

# step WORD...: writes step.yaml, in which a client does WORD... with numbers.
step () {
	work=$(echo "$*" | sed 's/ /, /g')
	cat >step.yaml <<-END
	vflow: 1
	vars: {end: 50}
	nodes:
	  numbers: {type: int_source, end: "\${end}"}
	  step: {type: process, command: [$client, $work], inputs: numbers, outputs: {out: value},
	         backoff: 10ms}
	  out: {type: print, inputs: step}
	END
}

# all_ended: passes when no program of these tests is left.
all_ended () {
	await 'test -z "$(grep -lsa "^$1" /proc/[0-9]*/cmdline)"' "$client"
}

# fails STATUS: runs step.yaml, which ends so, with a balanced ledger, and leaves nothing.
fails () {
	wanted_status=$1
	shift
	expect "$wanted_status" "$VFLOW" run --report report.json "$@" step.yaml
	all_ended
	python3 - <<-'END'
	import json
	report = json.load(open("report.json"))
	assert report["is_balanced"], report
	END
}

it 'gives each message to a program, and sends its answers on in order' '
	step pass
	fails 0
	seq 0 50 | cmp - out
'

it 'takes no answer, one, or a hundred for an input' '
	step filter
	fails 0
	seq 0 2 50 | cmp - out
	step many 100
	fails 1 --var end=2
	grep "sent two outputs of one port for an input; with .splits: true. it may" err
	sed -i "s/backoff: 10ms/&, splits: true/" step.yaml
	fails 0 --var end=2
	{ seq 1000 1099; seq 2000 2099; seq 3000 3099; } | cmp - out
'

it 'has its answers joined with what they were found in' '
	step filter
	sed -i "s/inputs: step/inputs: both/; /^nodes:/a\\  both: {type: joiner, inputs: [numbers, step]}" step.yaml
	fails 0
	test -z "$(grep warning err | grep -v backoff)"
	seq 0 2 50 | sed "s/.*/(&, &)/" | cmp - out
'

it 'tells the program what it is for' '
	cat >step.yaml <<-END
	vflow: 1
	vars: {limit: 0.25}
	nodes:
	  numbers: {type: int_source, end: 0}
	  others: {type: int_source, end: 0}
	  step:
	    type: process
	    command: [$client, welcome]
	    inputs: {first: numbers, second: others}
	    join: order
	    outputs: {out: value, boxes: array}
	    options: {threshold: "\${limit}", name: "7", list: [1, two, {three: 3}], on: true, none: }
	  out: {type: print, inputs: step}
	END
	expect 0 "$VFLOW" run -s nodes.step.options.extra=5 step.yaml
	python3 - <<-END
	import json
	told = json.loads(open("out").read())
	assert told["options"] == {"threshold": 0.25, "name": "7", "on": True, "none": None,
	                           "list": [1, "two", {"three": 3}], "extra": 5}, told
	assert told["task"] == "step", told
	assert told["inputs"] == [{"name": "first", "source": "numbers"},
	                          {"name": "second", "source": "others"}], told
	assert told["outputs"] == [{"name": "out", "type": "value", "is_read": True},
	                           {"name": "boxes", "type": "array", "is_read": False}], told
	END
'

# hashes FILE: the times and hash of each of its frames.
hashes () {
	ffmpeg -v error -nostdin -i "$1" -f framemd5 - | grep "^0,"
}

it 'has frames read and written where they are' '
	cat >video.yaml <<-END
	vflow: 1
	vars: {work: pass}
	nodes:
	  source: {type: test_source, size: 160x120, frames: 40}
	  step: {type: process, command: [$client, "\${work}"], inputs: source, outputs: {out: video}}
	  direct: {type: video_writer, path: direct.mkv, codec: ffv1, inputs: source}
	  writer: {type: video_writer, path: out.mkv, codec: ffv1, inputs: step}
	  twice: {type: process, command: [$client, "\${work}"], inputs: step, outputs: {out: video}}
	  again: {type: video_writer, path: again.mkv, codec: ffv1, inputs: twice}
	END
	expect 0 "$VFLOW" run -q video.yaml
	hashes direct.mkv >wanted
	test "$(wc -l <wanted)" -eq 40
	hashes out.mkv | cmp wanted -
	expect 0 "$VFLOW" run -q --var work=invert video.yaml
	hashes again.mkv | cmp wanted -
	hashes out.mkv >inverted
	test "$(wc -l <inverted)" -eq 40
	! cmp -s wanted inverted
	all_ended
'

it 'carries on what a picture has beside its pixels' '
	ffmpeg -v error -nostdin -f lavfi -i testsrc2=s=64x48:d=1 -metadata title=Rosebud in.mkv
	for work in pass invert
	do
		cat >tags.yaml <<-END
		vflow: 1
		nodes:
		  source: {type: video_reader, path: in.mkv}
		  step: {type: process, command: [$client, $work], inputs: source, outputs: {out: video}}
		  writer: {type: video_writer, path: tags.mkv, codec: ffv1, inputs: step}
		END
		rm -f tags.mkv
		expect 0 "$VFLOW" run -q tags.yaml
		test "$(ffprobe -v error -show_entries format_tags=title -of csv=p=0 tags.mkv)" = Rosebud
	done
'

it 'works between sockets as well' '
	for kind in ipc tcp
	do
		expect 0 "$VFLOW" run -q --transport "$kind" -s transport.tcp.base=$base --var work=invert video.yaml
		hashes again.mkv | cmp wanted -
	done
	all_ended
'

it 'lets programs produce and consume' '
	cat >ends.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: process, command: [$client, produce, 5], outputs: {out: value}}
	  out: {type: print, inputs: source}
	  sink: {type: process, command: [$client, consume], inputs: source}
	END
	expect 0 "$VFLOW" run ends.yaml
	seq 5 | cmp - out
	for number in $(seq 5)
	do
		says err "vflow: sink: got $number"
	done
	says err "vflow: sink: that is all"
	all_ended
'

it 'goes on with what a program keeps, up to a limit, and names what it keeps too long' '
	step behind
	fails 0
	seq 0 49 | cmp - out
	step keep
	fails 1
	grep "^vflow: step: .*client keeps 5 inputs, and may keep 4: frames 1, 2, 3, 4, 5; let go" err
	fails 0 -s nodes.step.keep=60
	seq 0 50 | cmp - out
	step late
	fails 0 -s nodes.step.keep=1
	seq 0 50 | cmp - out
'

it 'says of what a program has died, and keeps what was sent' '
	step crash 20
	fails 1
	grep "^vflow: step: .*client was killed by SIGSEGV$" err
	seq 0 18 | cmp - out
	step exit 20 3
	fails 1
	grep "^vflow: step: .*client exited with status 3$" err
	seq 0 18 | cmp - out
	step exit 20 0
	fails 1
	grep "^vflow: step: .*client exited with status 0 before it was told to end$" err
	step hang-up 20
	fails 1
	grep "^vflow: step: .*client has closed its socket and did not end$" err
	seq 0 18 | cmp - out
'

it 'says what cannot be started, and what does not want to' '
	step pass
	expect 1 "$VFLOW" run -s nodes.step.command=./nowhere step.yaml
	says err "vflow: step: cannot start ./nowhere: No such file or directory"
	step refuse
	fails 1
	says err "vflow: step: no model is there"
	step no-such-work
	fails 1
	says err "vflow: step: client: there is no such work"
	grep "client exited with status 9" err
	expect 78 "$VFLOW" check -s "nodes.step.outputs.out=picture" step.yaml
	grep "outputs.out: \"picture\" is no type; the types are video, audio" out err
'

for kind in 0 1 2 3 4
do
	it "refuses garbage of kind $kind" "
		step garbage 20 $kind
		fails 1
		grep -E '^vflow: step: .*client (sent (a message|an output|memory)|sends memory|passes on)' err
		seq 0 18 | cmp - out
	"
done

it 'refuses memory without end' '
	step hoard 20
	fails 1
	grep "client asks for memory for output number 5 before it has sent the first; set slots" err
'

it 'kills a program that hangs, or is stopped, when it stalls' '
	for work in hang stop
	do
		step $work 20
		fails 1 -s nodes.step.stall_after=1s
		grep "^vflow: step .* showed no sign of life for 1.0 s and was killed at frame 20$" err
		seq 0 18 | cmp - out
	done
'

it 'logs the error of a program, and fails by it' '
	step complain 20
	fails 1
	printf "vflow: step: %s\n" "Traceback:" "  line 1" "  line 2" "ValueError: no such thing" \
		"this was message 20" >wanted
	grep "^vflow: step: " err | grep -v frame | cmp wanted -
	seq 0 18 | cmp - out
'

it 'skips what a stateless program fails on, and notes why' '
	step complain 20
	mkdir -p letters
	fails 0 -s nodes.step.stateless=true -s nodes.step.on_error=skip --dead-letter letters
	seq 0 50 | grep -vx 19 | cmp - out
	python3 - <<-"END"
	import json
	note = json.load(open("letters/step-20.json"))
	assert note["cause"] == "returned an error: ValueError: no such thing", note
	assert note["details"] == "Traceback:\n  line 1\n  line 2\n", note
	END
	step give-up 20
	fails 0 -s nodes.step.stateless=true -s nodes.step.on_error=skip --dead-letter letters
	seq 0 50 | grep -vx 19 | cmp - out
	grep "frame 20 is put aside: step ended with status 1: MemoryError: no more" err
	step crash 20
	fails 0 -s nodes.step.stateless=true -s nodes.step.on_error=skip
	seq 0 50 | grep -vx 19 | cmp - out
	grep "frame 20 is put aside: step ended with status 1: .*client was killed by SIGSEGV" err
'

# program TASK: the process of its program.
program () {
	await 'pgrep -P "$1" >program' "$(worker "$1")"
	cat program
}

it 'starts a stateless program again that is killed, as if nothing had been' '
	step pass
	start_gated --report report.json -s nodes.step.stateless=true --var end=300 step.yaml
	let_out 20
	kill -9 "$(program step)"
	let_out 200
	kill -9 "$(worker step)"
	let_all
	ends 0
	seq 0 300 | cmp - out
	all_ended
	grep "^vflow: warning: step is started again" err
	grep "client was killed by SIGKILL$" err
'

it 'gives a stateless program replicas, and keeps the order' '
	step pass
	start_gated -s nodes.step.stateless=true -s nodes.step.replicas=3 --var end=300 step.yaml
	let_out 20
	kill -9 "$(program step.2)"
	let_all
	ends 0
	seq 0 300 | cmp - out
	all_ended
	step pass
	expect 78 "$VFLOW" check -s nodes.step.replicas=3 step.yaml
	grep "remembers earlier ones; set stateless: true if it does not, or leave replicas out" err
'

it 'ends a program with the flow, when that is interrupted' '
	step pass
	sed -i "s/end: .*}/fps: 200}/" step.yaml
	for pair in INT:130 TERM:143
	do
		start step.yaml
		wait_for out "^5$"
		kill "-${pair%:*}" "$flow"
		ends "${pair#*:}"
		all_ended
		! grep killed err
	done
'

it 'ends a producer that has no end' '
	step pass
	cat >endless.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: process, command: [$client, produce, 0], outputs: {out: value}}
	  out: {type: print, inputs: source}
	END
	start endless.yaml
	wait_for out "^50$"
	kill -INT "$flow"
	ends 130
	all_ended
	! grep killed err
'

it 'kills a program that does not heed the end of the flow' '
	step hang 20
	start step.yaml
	wait_for err "^vflow: step: hanging$"
	kill -INT "$flow"
	stop_further INT
	ends 130
	grep "client did not end within 1 s and was killed$" err
	all_ended
	cat >deaf.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: process, command: [sh, -c, "echo here; exec sleep 1234"], outputs: {out: value}}
	  out: {type: print, inputs: source}
	END
	start deaf.yaml
	wait_for err "^vflow: source: here$"
	kill -INT "$flow"
	ends 130
	grep "sh did not end within 1 s and was killed$" err
	await "test -z \"\$(grep -lsa ^sleep.1234 /proc/[0-9]*/cmdline)\""
'

it 'drops what has no room in realtime, and accounts for it' '
	cat >live.yaml <<-END
	vflow: 1
	mode: realtime
	nodes:
	  source: {type: test_source, size: 640x360, frames: 200}
	  step: {type: process, command: [$client, invert], inputs: source, outputs: {out: video}}
	  slow: {type: identity, fps: 100, inputs: {from: step, queue: 1}}
	  out: {type: print, inputs: slow}
	END
	expect 0 "$VFLOW" run -q --report report.json live.yaml
	python3 -c "import json; assert json.load(open(\"report.json\"))[\"is_balanced\"]"
	test -s out
	all_ended
'

it 'leaves nothing when the flow is killed, nor what a program has started' '
	step pass
	sed -i "s/end: .*}/fps: 200}/" step.yaml
	start step.yaml
	wait_for out "^5$"
	kill -9 "$flow"
	all_ended
	cat >shell.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, fps: 200}
	  step: {type: process, command: [sh, -c, "sleep 1234 & exec $client pass"], inputs: numbers,
	         outputs: {out: value}}
	  out: {type: print, inputs: step}
	END
	start shell.yaml
	wait_for out "^5$"
	kill -9 "$(worker step)"
	wait "$flow" || true
	all_ended
	await "test -z \"\$(grep -lsa ^sleep.1234 /proc/[0-9]*/cmdline)\""
'

done_testing
