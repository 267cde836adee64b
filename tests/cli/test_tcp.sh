#!/bin/sh
# SPDX-License-Identifier: MIT
# Flows whose tasks exchange messages over TCP, with keys and without.
. "${0%/*}/harness.sh"
. "$root/tests/cli/ports.sh"
. "$root/tests/cli/reports.sh"
. "$root/tests/cli/running.sh"

cat >flow.yaml <<TXT
vflow: 1
transport: {tcp: {base: $base}}
nodes:
  numbers: {type: int_source, start: 0, end: "\${end:-40}", fps: "\${fps:-0}"}
  first: {type: identity, inputs: numbers}
  second: {type: identity, inputs: first, replicas: 3}
  both: {type: joiner, inputs: [first, second]}
  out: {type: print, inputs: both}
TXT
seq 0 40 | sed 's/.*/(&, &)/' >expected

it 'prints over TCP what it prints without' '
	"$VFLOW" run -q flow.yaml >actual
	cmp expected actual
	for other in shm ipc
	do
		"$VFLOW" run -q --transport $other flow.yaml >actual
		cmp expected actual
	done
'

it 'carries frames and sound, byte for byte' '
	cat >film.yaml <<-TXT
	vflow: 1
	transport: {tcp: {base: $base}}
	nodes:
	  picture: {type: test_source, size: 320x240, frames: 40}
	  pass: {type: identity, inputs: picture}
	  film: {type: video_writer, inputs: {video: pass, audio: picture.audio}, path: "\${path}"}
	TXT
	"$VFLOW" run -q --var path=tcp.mkv film.yaml
	ffmpeg -v error -i tcp.mkv -map 0 -c copy -f framemd5 tcp.md5
	for other in shm ipc
	do
		"$VFLOW" run -q --transport $other --var path=$other.mkv film.yaml
		ffmpeg -v error -i $other.mkv -map 0 -c copy -f framemd5 $other.md5
		cmp tcp.md5 $other.md5
	done
'

it 'carries the same compressed, each payload by itself' '
	"$VFLOW" run -q --var path=lz4.mkv -s defaults.wire=lz4 film.yaml
	"$VFLOW" run -q --transport ipc --var path=lz4_ipc.mkv -s defaults.wire=lz4 film.yaml
	for film in lz4 lz4_ipc
	do
		ffmpeg -v error -i $film.mkv -map 0 -c copy -f framemd5 $film.md5
		cmp tcp.md5 $film.md5
	done
	"$VFLOW" run -q -s defaults.wire=lz4 flow.yaml >actual
	cmp expected actual
'

# film_grows: passes once as much again has been written as has been.
film_grows () {
	# shellcheck disable=SC2016 # that is for await
	await 'test "$(stat -c %s killed.part-*)" -gt "$1"' $((1000000 + $(stat -c %s killed.part-*)))
}

it 'goes on after a restart with what is compressed' '
	cat >again.yaml <<-TXT
	vflow: 1
	transport: {tcp: {base: $base}}
	defaults: {wire: lz4, backoff: 0s}
	nodes:
	  picture: {type: test_source, size: 320x240, frames: "\${frames:-0}", live: "\${live:-true}"}
	  pass: {type: identity, inputs: picture}
	  film: {type: video_writer, codec: rawvideo, inputs: pass, path: "\${path}"}
	TXT
	start --report report.json --var path=killed.mkv again.yaml
	await "test -s killed.part-*"
	film_grows
	kill -KILL "$(worker pass)"
	wait_for err "^vflow: warning: pass is started again"
	film_grows
	kill -INT "$flow"
	ends 130
	ffmpeg -v error -i killed.mkv -c copy -f framemd5 killed.md5
	frames=$(grep -c "^0," killed.md5)
	"$VFLOW" run -q --transport shm --var frames="$frames" --var live=false --var path=whole.mkv again.yaml
	ffmpeg -v error -i whole.mkv -c copy -f framemd5 whole.md5
	cmp whole.md5 killed.md5
	finds "report[\"is_balanced\"] and tasks[\"pass\"][\"restarts\"] == 1"
'

# resembles FILM OTHER: passes when both have the same pictures at the same times, nearly: 38 dB.
resembles () {
	for film in "$1" "$2"
	do
		ffmpeg -v error -i "$film" -map 0:v -c copy -f framemd5 - |
			sed "/^#/d; s/,[^,]*\$//" >"$film.times"
	done
	cmp "$1.times" "$2.times" &&
		ffmpeg -hide_banner -nostats -i "$1" -i "$2" -lavfi "[0:v][1:v]psnr" -f null - 2>psnr &&
		sed -n "s/.* min:\([0-9.inf]*\).*/\1/p" psnr |
			awk "{ print \"the least PSNR is \" \$1; good = \$1 == \"inf\" || \$1 >= 38 } END { exit !good }"
}

it 'carries pictures by H.264, and nothing else with loss' '
	cat >loss.yaml <<-TXT
	vflow: 1
	transport: {tcp: {base: $base}}
	nodes:
	  picture: {type: test_source, size: 320x240, frames: 40}
	  pass: {type: identity, inputs: picture}
	  film: {type: video_writer, codec: rawvideo, inputs: {video: pass, audio: picture.audio}, path: "\${path}"}
	  same: {type: video_writer, codec: rawvideo, inputs: {from: picture, wire: raw}, path: "same-\${path}"}
	TXT
	"$VFLOW" run -q --var path=raw.mkv loss.yaml
	"$VFLOW" run -q --report report.json -s defaults.wire=h264 --var path=tcp.mkv loss.yaml
	finds "edges[\"picture.video\", \"pass\"][\"payload_bytes\"] > 40 * 320 * 240 * 1.5" \
		"8 * edges[\"picture.video\", \"pass\"][\"wire_bytes\"] < edges[\"picture.video\", \"pass\"][\"payload_bytes\"]" \
		"edges[\"picture.video\", \"same\"][\"wire_bytes\"] == edges[\"picture.video\", \"same\"][\"payload_bytes\"] > 0"
	"$VFLOW" run -q -s defaults.wire=h264 --transport ipc --var path=ipc.mkv loss.yaml
	"$VFLOW" run -q --report report.json -s defaults.wire=h264 --transport shm --var path=shm.mkv loss.yaml
	finds "all(edge[\"wire_bytes\"] == edge[\"payload_bytes\"] == 0 for edge in report[\"edges\"])"
	for film in raw tcp ipc shm
	do
		ffmpeg -v error -i $film.mkv -map 0:v -c copy -f md5 $film.video
		ffmpeg -v error -i $film.mkv -map 0:a -c copy -f framemd5 $film.sound
		ffmpeg -v error -i same-$film.mkv -map 0:v -c copy -f md5 same-$film.video
		cmp raw.sound $film.sound
		cmp raw.video same-$film.video
	done
	cmp raw.video shm.video
	for film in tcp ipc
	do
		! cmp -s raw.video $film.video
		resembles raw.mkv $film.mkv
	done
	"$VFLOW" run -q -s defaults.wire=h264 flow.yaml >actual
	cmp expected actual
'

it 'goes on after a restart with pictures by H.264, and none is lost' '
	start --report report.json -s defaults.wire=h264 --var path=killed.mkv again.yaml
	await "test -s killed.part-*"
	film_grows
	kill -KILL "$(worker pass)"
	wait_for err "^vflow: warning: pass is started again"
	film_grows
	kill -INT "$flow"
	ends 130
	frames=$(ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 killed.mkv)
	"$VFLOW" run -q --transport shm --var frames="$frames" --var live=false --var path=whole.mkv again.yaml
	resembles whole.mkv killed.mkv
	finds "report[\"is_balanced\"] and tasks[\"pass\"][\"restarts\"] == 1"
'

it 'drops pictures by H.264 in realtime, and those that come have their own numbers and times' '
	cat >drops.yaml <<-TXT
	vflow: 1
	transport: {tcp: {base: $base}}
	defaults: {wire: "\${wire:-h264}"}
	nodes:
	  picture: {type: test_source, size: 320x240, frames: 200}
	  slow: {type: identity, fps: 100, inputs: {from: picture, queue: 1, drop: oldest}}
	  film: {type: video_writer, codec: rawvideo, inputs: {from: slow, drop: never}, path: "\${path}"}
	TXT
	"$VFLOW" run -q --realtime --report report.json --var path=some.mkv drops.yaml
	"$VFLOW" run -q --var wire=raw --var path=all.mkv drops.yaml
	finds "report[\"is_balanced\"]" "0 < tasks[\"slow\"][\"inputs\"] < 200" \
		"edges[\"picture.video\", \"slow\"][\"dropped_oldest\"] > 0"
	times=$(ffprobe -v error -show_entries packet=pts_time -of csv=p=0 some.mkv | awk "{ print int(\$1 * 25 + .5) }")
	select=$(printf "%s\n" "$times" | sed "s/.*/eq(n\\\\,&)/" | paste -s -d + -)
	ffmpeg -v error -i all.mkv -map 0:v -vf "select=$select" -fps_mode passthrough -c:v rawvideo chosen.mkv
	resembles chosen.mkv some.mkv
'

it 'refuses H.264 where nothing can make it, and only where something travels' '
	cat >none.c <<-END
	#include <stddef.h>
	const void *avcodec_find_encoder_by_name(const char *name);
	const void *avcodec_find_encoder_by_name(const char *name)
	{
	    return name ? NULL : name;
	}
	END
	"$CC" -shared -fPIC -o none.so none.c
	expect_without () {
		expect "$1" env LD_PRELOAD="$PWD/none.so" \
			ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS:-}" "$VFLOW" "$2" flow.yaml -s "$3" --transport "$4"
	}
	for command in check explain run
	do
		expect_without 78 $command defaults.wire=h264 tcp
		grep "^flow.yaml:5:.*wire: h264 needs an encoder, and the libavcodec here is without libx264" err
		expect_without 0 $command defaults.wire=h264 shm
		expect_without 0 $command defaults.wire=lz4 tcp
	done
'

it 'waits in batch and drops in realtime, as without' '
	"$VFLOW" run --realtime --report report.json --var end=20000 flow.yaml >actual 2>err
	grep -c . actual
	sort -t "(" -k 2 -n -c actual
	python3 -c "
import json
report = json.load(open(\"report.json\"))
assert report[\"is_balanced\"]
assert sum(task[\"dropped\"] for task in report[\"tasks\"]) > 0
"
'

it 'hands on the freshest when the oldest is to go' '
	cat >slow.yaml <<-TXT
	vflow: 1
	transport: {tcp: {base: $base}}
	nodes:
	  numbers: {type: int_source, end: 20000}
	  slow: {type: identity, fps: 200, inputs: {from: numbers, queue: 1, drop: oldest}}
	  out: {type: print, inputs: slow}
	TXT
	"$VFLOW" run -q --realtime slow.yaml >actual
	sort -n -c actual
	test "$(tail -n 1 actual)" -eq 20000
	test "$(wc -l <actual)" -lt 20000
'

it 'names the port that is in use, and the task' '
	mkfifo hold
	python3 - $((base + 1)) 3<>hold >taken <<-TXT &
	import os, socket, sys
	taken = socket.socket()
	taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	taken.bind(("127.0.0.1", int(sys.argv[1])))
	taken.listen()
	print("ready", flush=True)
	os.read(3, 1)
	TXT
	wait_for taken ready
	status=0
	"$VFLOW" run -q flow.yaml 2>err || status=$?
	echo >hold
	wait
	test $status -eq 70
	grep "numbers: cannot bind tcp://127.0.0.1:$((base + 1)): Address already in use" err
'

it 'lets nobody in who has not the keys of the run' '
	/usr/bin/python3 -c "import zmq" || exit 0
	"$VFLOW" run -q --var end=100 --var fps=100 flow.yaml >actual 2>err &
	run=$!
	wait_for actual "(0, 0)"
	/usr/bin/python3 - $base <<-TXT
	import sys, time, zmq
	base = int(sys.argv[1])
	context = zmq.Context()
	context.linger = 0
	for number in (base + 2, base - 1):
	    intruder = context.socket(zmq.PUSH)
	    intruder.connect(f"tcp://127.0.0.1:{number}")
	    for _ in range(20):
	        try:
	            intruder.send(b"stop\2\0\0\0", zmq.DONTWAIT)
	        except zmq.Again:
	            pass
	        time.sleep(0.01)  # so that some come when the wire is up
	TXT
	wait $run
	seq 0 100 | sed "s/.*/(&, &)/" | cmp - actual
	test ! -s err
'

it 'says aloud that it has no keys when it is to have none' '
	{ cat flow.yaml; echo "security: none"; } >open.yaml
	"$VFLOW" run open.yaml >actual 2>err
	cmp expected actual
	grep "warning: with security: none whoever reaches the ports" err
'

it 'stops as asked and leaves nothing' '
	XDG_RUNTIME_DIR=$PWD "$VFLOW" run -q --var end=100000 --var fps=200 flow.yaml >actual 2>err &
	run=$!
	wait_for actual "(9, 9)"
	kill -INT $run
	status=0
	wait $run || status=$?
	test $status -eq 130
	head -n 10 expected >first
	head -n 10 actual | cmp - first
	test ! -e vflow
'

done_testing
