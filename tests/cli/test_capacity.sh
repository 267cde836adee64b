#!/bin/sh
# SPDX-License-Identifier: MIT
# vflow capacity. Nothing here depends on how fast the machine is: what has to fail is slow by
# sleeping, and what has to pass has seconds for next to nothing.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

export TMPDIR="$workdir/tmp"
mkdir "$TMPDIR"

# Its task slow takes 200 ms for a number.
cat >slow.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source}
  slow: {type: identity, inputs: numbers, fps: 5}
  out: {type: "${out:-void}", inputs: slow}
END

cat >light.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, end: 3}
  out: {type: void, inputs: numbers}
END

cat >film.yaml <<'END'
vflow: 1
nodes:
  film: {type: video_reader, path: "${path:-clip.mkv}"}
  small: {type: resize, inputs: film, width: 32, height: 24}
  out: {type: video_writer, inputs: small, path: out.mkv, codec: mjpeg}
  lines: {type: file_append, inputs: small, path: "lines.jsonl"}
  pictures: {type: image_writer, inputs: small, path: "shots/{folder}/{seq}.jpg"}
END
ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=64x48:rate=25 -frames:v 5 -c:v mjpeg clip.mkv || exit 1

# leaves_no_trace: passes when no copy runs any more, and nothing is left in the temporary folder.
leaves_no_trace () {
	ls -A "$TMPDIR" >left
	cmp left /dev/null
	leaves_nothing
}

# json EXPRESSION: passes when that is true of `result`, the object in the file `out`.
json () {
	python3 -c 'import json, sys
result = json.load(open("out"))
sys.exit(not eval(sys.argv[1]))' "$1" && return
	cat out
	return 1
}

it 'takes a stream that needs nothing, and ends well' '
	expect 0 "$VFLOW" capacity --time 1 --fps 1 --max 1 light.yaml
	says out "light.yaml: at least 1 stream at 1 fps"
	says out "More than 1 were not tried: --max sets how many are."
	says err "light.yaml: measuring it for 1 s"
	says err "1 stream at 1 fps: all kept up"
	leaves_no_trace
'

it 'says which task cannot keep up, and its highest rate' '
	expect 1 "$VFLOW" capacity --time 2 --fps 50 slow.yaml
	says out "slow.yaml: 0 streams at 50 fps"
	grep "^The task slow limits: alone it does [0-4]\.[0-9] fps at most\.\|^The task slow limits: alone it does 5\.0 fps" out
	grep "^1 stream at 50 fps: too many: slow did not keep up; messages to it that were dropped: [1-9]" err
	leaves_no_trace
'

it 'prints all of it as JSON' '
	expect 1 "$VFLOW" capacity --json --time 2 --fps 50 slow.yaml
	json "sorted(result) == [\"file\", \"foreseen\", \"fps\", \"gpus\", \"is_largest\", \"limit\", \"memory\",
		\"processors\", \"seconds\", \"streams\", \"tasks\", \"tries\"]"
	json "result[\"file\"] == \"slow.yaml\" and result[\"fps\"] == 50 and result[\"seconds\"] == 2"
	json "result[\"streams\"] == 0 and result[\"is_largest\"] and result[\"foreseen\"] == 0"
	json "result[\"limit\"] == {\"what\": \"task\", \"task\": \"slow\"}"
	json "[task[\"name\"] for task in result[\"tasks\"]] == [\"numbers\", \"slow\", \"out\"]"
	json "0 < result[\"tasks\"][1][\"highest_fps\"] <= 5.1"
	json "result[\"tasks\"][1][\"busy_seconds_per_frame\"] > 0.19"
	json "len(result[\"tries\"]) == 1 and result[\"tries\"][0][\"task\"] == \"slow\""
	json "result[\"tries\"][0][\"streams\"] == 1 and not result[\"tries\"][0][\"passed\"]"
	json "result[\"gpus\"] == {\"available\": 0, \"per_stream\": 0}"
	json "result[\"tries\"][0][\"dropped\"] > 0 and result[\"tries\"][0][\"failure\"] is None"
	json "result[\"processors\"][\"available\"] > 0 and result[\"processors\"][\"per_stream\"] > 0"
'

it 'tries several at a time' '
	expect 0 "$VFLOW" capacity --json --time 1 --fps 1 --max 3 light.yaml
	json "result[\"streams\"] == 3 and not result[\"is_largest\"] and result[\"limit\"] is None"
	json "[entry[\"streams\"] for entry in result[\"tries\"]] == [3]"
'

it 'counts the GPUs, and gives each copy the next ones' '
	cat >gpu.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source}
	  detect: {type: identity, inputs: numbers, fps: 4, gpu: any, gpu_fallback: fail}
	  out: {type: void, inputs: detect}
	END
	unset CUDA_VISIBLE_DEVICES
	mkdir -p bin no_library
	: >no_library/libnvidia-ml.so.1
	printf "%s\n" "#!/bin/sh" "echo \"GPU 0: NVIDIA H200 (UUID: GPU-0000-abcd)\"" \
		"echo \"GPU 1: NVIDIA H200 (UUID: GPU-1111-abcd)\"" >bin/nvidia-smi
	chmod +x bin/nvidia-smi
	export PATH="$workdir/bin:$PATH" LD_LIBRARY_PATH="$workdir/no_library"
	"$VFLOW" capacity --json --time 3 --fps 2 --max 4 gpu.yaml >out 2>err &
	started $!
	await "pgrep -f -P $flow -- \"--gpus 0,1\" && pgrep -f -P $flow -- \"--gpus 1,0\""
	ends 0
	json "result[\"gpus\"][\"available\"] == 2"
	json "0.4 < result[\"gpus\"][\"per_stream\"] < 0.6"
	json "result[\"foreseen\"] in (3, 4)"
	expect 69 "$VFLOW" capacity --time 1 --gpus none gpu.yaml
	grep "No GPU available to allocate detect" err
	expect 2 "$VFLOW" capacity --gpus 0,0 --time 1 --fps 1 --max 1 light.yaml
	leaves_no_trace
'

it 'reads a short file again and again, and keeps what it writes to itself' '
	printf "%s\n" mine >lines.jsonl
	expect 0 "$VFLOW" capacity --json --time 1 --fps 1 --max 2 film.yaml
	json "result[\"streams\"] == 2"
	json "[task[\"name\"] for task in result[\"tasks\"]] == [\"film\", \"small\", \"out\", \"lines\", \"pictures\"]"
	echo mine | cmp - lines.jsonl
	test ! -e out.mkv
	test ! -e shots
	leaves_no_trace
'

it 'reads what it is told in place of a camera, which it refuses' '
	cat >camera.yaml <<-END
	vflow: 1
	mode: realtime
	nodes:
	  camera: {type: device_reader, device: testsrc2, format: lavfi}
	  out: {type: void, inputs: camera}
	END
	expect 78 "$VFLOW" capacity --time 1 camera.yaml
	says err "vflow: camera: a live source has a rate of its own, so nothing can be measured with it; give a recording in its place: --source camera=FILE"
	expect 78 "$VFLOW" capacity --time 1 --var path=rtsp://127.0.0.1/a film.yaml
	grep "film: a live source has a rate of its own" err
	expect 0 "$VFLOW" capacity --time 1 --fps 1 --max 1 --source camera=clip.mkv camera.yaml
	expect 2 "$VFLOW" capacity --source cam=clip.mkv camera.yaml
	grep "the flow has no source \"cam\"" err
	expect 2 "$VFLOW" capacity --source camera=nothing.mkv camera.yaml
	grep "nothing.mkv: No such file" err
	leaves_no_trace
'

it 'refuses to send to others, unless it is allowed to' '
	cat >sends.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source}
	  hook: {type: webhook, inputs: numbers, url: "http://127.0.0.1:9/", retries: 0}
	END
	cat >streams.yaml <<-END
	vflow: 1
	nodes:
	  picture: {type: test_source}
	  out: {type: video_writer, inputs: picture, path: "udp://127.0.0.1:9", format: mpegts}
	  peer: {type: zmq_out, inputs: picture, endpoint: "tcp://127.0.0.1:9", mode: connect}
	END
	expect 78 "$VFLOW" capacity --time 1 sends.yaml
	grep "hook: it sends to another program or machine.*--send allows that" err
	expect 78 "$VFLOW" capacity --time 1 streams.yaml
	grep "^vflow: out: it sends" err
	grep "^vflow: peer: it sends" err
	cat >pub.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source}
	  peer: {type: zmq_out, inputs: numbers, endpoint: "ipc://$workdir/peer", socket: pub, form: json}
	END
	expect 0 "$VFLOW" capacity --time 1 --fps 1 --max 1 --send pub.yaml
	leaves_no_trace
'

it 'measures for longer when nothing has come yet, and takes a chain' '
	expect 0 "$VFLOW" capacity --time 0.1 --fps 10 --max 1 --chain "test_source size=64x48 ! void"
	says out "chain: at least 1 stream at 10 fps"
	leaves_no_trace
'

it 'answers a wrong flow and a wrong command line as run does' '
	echo "vflow: 1" >empty.yaml
	expect 78 "$VFLOW" capacity empty.yaml
	grep "^empty.yaml" err
	expect 2 "$VFLOW" capacity
	expect 2 "$VFLOW" capacity --realtime light.yaml
	expect 2 "$VFLOW" capacity --transport tcp light.yaml
	expect 2 "$VFLOW" capacity --fps 0 light.yaml
	leaves_no_trace
'

it 'says with the words of the run why that fails' '
	printf "not a film" >bad.mkv
	expect 69 "$VFLOW" capacity --time 1 --var path=bad.mkv film.yaml
	grep "film: .*bad.mkv" err
	leaves_no_trace
'

it 'refuses a flow without pictures' '
	ffmpeg -v error -nostdin -f lavfi -i sine -t 1 sound.wav
	cat >sound.yaml <<-END
	vflow: 1
	nodes:
	  sound: {type: video_reader, path: sound.wav}
	  out: {type: void, inputs: sound.audio}
	END
	expect 78 "$VFLOW" capacity --time 1 sound.yaml
	says err "vflow: sound.yaml: it reads no pictures, and streams are counted by their frames"
	leaves_no_trace
'

# interrupted SIGNAL STATUS WORD...: starts a long one, and stops it by a signal while copies run.
interrupted () {
	signal=$1 status=$2
	shift 2
	rm -f out err
	"$VFLOW" capacity --time 600 --fps 1 "$@" >out 2>err &
	started $!
	# A copy has its sockets once it runs.
	# shellcheck disable=SC2016 # that is for await
	await 'ls "$1"/vflow-capacity-*/0/log && test -e "$2/vflow"' "$TMPDIR" "$XDG_RUNTIME_DIR"
	copies=$(pgrep -P "$flow")
	kill "-$signal" "$flow"
	ends "$status"
	for copy in $copies
	do
		test ! -e "/proc/$copy"
	done
	leaves_no_trace
	cmp out /dev/null
}

it 'stops at once when it is asked to, and leaves nothing' '
	interrupted INT 130 film.yaml
	interrupted TERM 143 slow.yaml
'

done_testing
