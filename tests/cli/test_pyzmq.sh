#!/bin/sh
# SPDX-License-Identifier: MIT
# Python programs, with the functions of PyZMQ's documentation, against ours and in flows.
. "${0%/*}/harness.sh"

echo=${VFLOW%/*}/example/echo
scripts=$root/tests/python
. "$root/tests/cli/find_python.sh"
if test -z "$python"
then
	echo 'ok 1 - speaks with PyZMQ # SKIP no Python with numpy and zmq'
	echo '1..1'
	exit 0
fi

# python SCRIPT ARGUMENT...: runs one of the scripts, with a limit.
python () {
	script=$1
	shift
	timeout "$limit" "$python" "$scripts/$script.py" "$@"
}

# through FORM FLOW: runs a flow whose messages go out to relay.py and come in again.
through () {
	python relay "$1" "ipc://$workdir/away" "ipc://$workdir/back" &
	relay=$!
	expect 0 timeout "$limit" "$VFLOW" run -q "$2"
	wait "$relay"
}

it 'gets and gives numpy arrays of every type and shape' '
	python echo_arrays "$echo" "$workdir" 1500
'

it 'gets and gives pickles of every protocol, byte by byte, and refuses what is not plain' '
	python echo_pickles "$echo" "$workdir" 100
'

cat >pictures.yaml <<END
vflow: 1
nodes:
  source: {type: test_source, size: 85x47, frames: 30}
  away: {type: zmq_out, inputs: source, endpoint: "ipc://$workdir/away", end: bye}
  back: {type: zmq_in, endpoint: "ipc://$workdir/back", end: bye, rate: 10}
  out: {type: video_writer, inputs: back, path: out.mkv, codec: ffv1, pixel_format: bgr0}
  lossless: {type: video_writer, inputs: source, path: source.mkv, codec: ffv1}
END

# pixels FILE FILTER: prints a hash of all pictures as rgb24.
pixels () {
	ffmpeg -v error -i "$1" -vf "$2" -fps_mode passthrough -pix_fmt rgb24 -f rawvideo - | md5sum
}

it 'sends pictures as arrays, the pixels those of ffmpeg, and takes them back' '
	through array pictures.yaml
	test "$(pixels source.mkv format=rgb24,negate)" = "$(pixels out.mkv null)"
	ffprobe -v error -show_entries stream=width,height,r_frame_rate -of csv=p=0 out.mkv |
		grep -x 85,47,10/1
'

# values FORM: writes a flow that sends integers away and prints what comes back.
values () {
	cat >values.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, start: -1, end: 98}
	  away: {type: zmq_out, inputs: numbers, endpoint: "ipc://$workdir/away", form: $1, end: bye}
	  back: {type: zmq_in, endpoint: "ipc://$workdir/back", form: $1, end: bye}
	  out: {type: print, inputs: back.value}
	END
}

it 'sends values as zipped pickles, and takes them' '
	values zipped
	through zipped values.yaml
	seq -1 98 | awk "{ print \"{\\\"twice\\\": [\" 2 * \$1 \"]}\" }" | cmp - out
'

it 'sends values as the very pickles that Python makes of them' '
	for protocol in 0 2 5
	do
		cat >exact.yaml <<-END
		vflow: 1
		nodes:
		  in: {type: zmq_in, form: json, endpoint: "ipc://$workdir/given", end: bye}
		  out: {type: zmq_out, inputs: in.value, form: zipped, protocol: $protocol,
		        endpoint: "ipc://$workdir/taken"}
		END
		timeout "$limit" "$VFLOW" run -q exact.yaml &
		python send_values "ipc://$workdir/given" "ipc://$workdir/taken" "$protocol"
		wait $!
	done
'

# sent NAME: runs NAME.yaml, which takes messages at the endpoint of that name up to `bye`; reads
# the Python that sends them by `socket`. Passes when the flow has left something out. What it
# printed is in the files `heard` and `err`.
sent () {
	timeout "$limit" "$VFLOW" run "$1.yaml" >heard 2>err &
	run=$!
	{
		cat <<-END
		import pickle, sys, zlib, zmq
		context = zmq.Context()
		socket = context.socket(zmq.PUSH)
		socket.connect(sys.argv[1])
		END
		cat
		cat <<-END
		socket.send(b"bye")
		socket.close()
		context.term()
		END
	} | timeout "$limit" "$python" - "ipc://$workdir/$1"
	status=0
	wait "$run" || status=$?
	test "$status" -eq 65
}

it 'says once what becomes of values that JSON has not, and leaves out what would take too much' '
	cat >changes.yaml <<-END
	vflow: 1
	nodes:
	  in: {type: zmq_in, form: zipped, endpoint: "ipc://$workdir/changes", end: bye}
	  out: {type: print, inputs: in.value}
	END
	sent changes <<-END
	for value in (1, 2), {3: [4]}, {5}, (6, 7), {8: 9}, {1: 2, "1": 3}:
	    socket.send(zlib.compress(pickle.dumps(value)))
	END
	grep -c "on the port value, since a flow carries values as JSON" err | grep -x 3
	grep -c "tuples become lists" err | grep -x 1
	grep -c "sets become lists" err | grep -x 1
	grep -c "keys of dicts that are no text become text" err | grep -x 1
	grep "left out: two keys of a dict would become the same text" err
	test "$(wc -l <heard)" -eq 5
	cat >large.yaml <<-END
	vflow: 1
	nodes:
	  in: {type: zmq_in, form: json, max_bytes: 1000000, endpoint: "ipc://$workdir/large", end: bye}
	  out: {type: print, inputs: in.value}
	END
	sent large <<-END
	for text in "[" + "[]," * 300000 + "[]]", "[1]":
	    socket.send_string(text)
	END
	grep "left out: its value would take more than 1000000 bytes of memory" err
	test "$(wc -l <heard)" -eq 1
'

it 'sends values as JSON, and takes them' '
	values json
	through json values.yaml
	seq -1 98 | sed "s/.*/(&, None)/" | cmp - out
'

cat >publish.yaml <<END
vflow: 1
nodes:
  numbers: {type: int_source, end: 999}
  out: {type: zmq_out, inputs: numbers, socket: pub, wait_for_subscriber: true, form: json,
        endpoint: "ipc://$workdir/news", topic: numbers, end: bye}
END

while read -r format dtype raw
do
	it "sends sound as an array of samples and channels, $format" '
		ffmpeg -v error -nostdin -y -f lavfi -i "sine=d=1,aeval=val(0)|-val(0)/2:c=stereo" \
			-c:a "pcm_$raw" in.mka </dev/null
		cat >sound.yaml <<-END
		vflow: 1
		nodes:
		  r: {type: video_reader, path: in.mka}
		  f: {type: sound_filter, inputs: r.audio_frames, graph: aformat=$format}
		  away: {type: zmq_out, inputs: f, endpoint: "ipc://$workdir/sound", mode: connect, end: bye}
		END
		python hear "ipc://$workdir/sound" heard >shapes &
		hearer=$!
		expect 0 timeout "$limit" "$VFLOW" run -q sound.yaml
		wait "$hearer"
		test "$(cat shapes)" = "$dtype 2 44100 stereo"
		ffmpeg -v error -nostdin -y -i in.mka -f "$raw" wanted </dev/null
		cmp heard wanted
	'
done <<-END
	u8 uint8 u8
	s16 int16 s16le
	s16p int16 s16le
	s32p int32 s32le
	fltp float32 f32le
	dbl float64 f64le
END

it 'publishes to a subscriber, who misses nothing in batch' '
	python subscribe "ipc://$workdir/news" numbers >heard &
	expect 0 timeout "$limit" "$VFLOW" run -q publish.yaml
	wait $!
	seq 0 999 | cmp - heard
'

it 'subscribes to what another flow publishes' '
	cat >subscribe.yaml <<-END
	vflow: 1
	nodes:
	  in: {type: zmq_in, socket: sub, mode: connect, form: json, endpoint: "ipc://$workdir/news",
	       topic: num, end: bye}
	  out: {type: print, inputs: in.value}
	END
	timeout "$limit" "$VFLOW" run -q subscribe.yaml >heard &
	expect 0 timeout "$limit" "$VFLOW" run -q publish.yaml
	wait $!
	seq 0 999 | cmp - heard
'

cat >mixed.yaml <<END
vflow: 1
nodes:
  in: {type: zmq_in, mode: connect, endpoint: "ipc://$workdir/mixed", end: bye}
  out: {type: print, inputs: in}
END

it 'leaves out what is no picture, says why, and counts it' '
	python send_mixed "ipc://$workdir/mixed" &
	expect 65 timeout "$limit" "$VFLOW" run mixed.yaml
	wait $!
	says out "frame 1 0.000000 4x2 rgb24 key"
	says out "frame 2 0.040000 4x2 gray key"
	says out "frame 3 0.080000 4x2 rgba key"
	test "$(grep -c "a message is left out" err)" -eq 4
	grep "left out: an array that is no picture: not uint8" err
	grep "left out: a message of 1 parts" err
	grep "left out: the array.s header is no JSON" err
	grep "left out: it has too many parts" err
'

# alone FORM: writes a flow whose messages nobody takes.
alone () {
	cat >alone.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 99}
	  out: {type: zmq_out, inputs: numbers, form: json, endpoint: "ipc://$workdir/nobody", $1}
	END
}

it 'never waits in realtime, and says what was dropped' '
	alone ""
	expect 0 timeout "$limit" "$VFLOW" run --realtime alone.yaml
	grep "nobody: 0 messages, [1-9][0-9]* dropped" err
'

it 'waits in batch for as long as it is told' '
	alone "timeout: 200ms"
	expect 74 timeout "$limit" "$VFLOW" run -q alone.yaml
	grep "no program has taken a message for 0.2 seconds" err
'

it 'stops waiting when it is asked to' '
	alone ""
	rm -f nobody
	"$VFLOW" run alone.yaml 2>err &
	run=$!
	await "test -S nobody"
	kill -TERM "$run"
	status=0
	wait "$run" || status=$?
	test "$status" -eq 143
	test ! -e nobody
'

it 'ends after so many messages, or when none come' '
	cat >ends.yaml <<-END
	vflow: 1
	nodes:
	  in: {type: zmq_in, form: json, endpoint: "ipc://$workdir/silence", timeout: 50ms}
	  out: {type: print, inputs: in.value}
	END
	expect 0 timeout "$limit" "$VFLOW" run -q ends.yaml
	test ! -s out
'

it 'checks endpoints and pixel formats before the run' '
	alone "pixel_format: yuv420p"
	expect 78 "$VFLOW" check alone.yaml
	grep "pixel_format yuv420p has not 8 bits a channel in one plane" err
	sed "s,ipc:,here:," mixed.yaml >nowhere.yaml
	expect 78 "$VFLOW" check nowhere.yaml
	grep "is no endpoint; tcp://127.0.0.1:5555" err
'

it 'refuses a port that the form never fills' '
	sed "s,inputs: in,&.value," mixed.yaml >unfilled.yaml
	expect 78 "$VFLOW" check unfilled.yaml
	grep "with its options in never has a message on its port value; did you mean .in.video.?" err
'

it 'says when an endpoint cannot be had' '
	cat >taken.yaml <<-END
	vflow: 1
	nodes:
	  in: {type: zmq_in, endpoint: "tcp://203.0.113.1:5"}
	  out: {type: print, inputs: in}
	END
	expect 69 timeout "$limit" "$VFLOW" run -q --insecure taken.yaml
	grep "cannot bind tcp://203.0.113.1:5: Cannot assign requested address" err
'

done_testing
