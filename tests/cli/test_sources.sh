#!/bin/sh
# SPDX-License-Identifier: MIT
# What video_reader and folder_reader read beside plain files: pipes, folders, the network.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
trap 'test ! -e "$workdir/flows" || end_all; end_helpers; rm -rf "$workdir"' EXIT

# helper COMMAND...: starts a server, or what sends to one, that ends with the test, if not before.
helper () {
	timeout "$((2 * limit))" "$@" </dev/null >helper.log 2>&1 &
	echo $! >>"$workdir/helpers"
}

end_helpers () {
	test -e "$workdir/helpers" || return 0
	while read -r left
	do
		kill "$left" 2>/dev/null
	done <"$workdir/helpers"
	rm -f "$workdir/helpers"
}

# free_port: prints the number of a port that nobody uses.
free_port () {
	python3 -B -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# reads OPTIONS [OUTPUT]: writes the flow flow.yaml, a video_reader whose frames are printed.
reads () {
	cat >flow.yaml <<-END_FLOW
	vflow: 1
	nodes:
	  reader: {type: ${type:-video_reader}, $1}
	  out: {type: print, inputs: reader${2:-}}
	END_FLOW
}

# copies OPTIONS: writes the flow copy.yaml, which writes all frames to the file copy.nut.
copies () {
	cat >copy.yaml <<-END_FLOW
	vflow: 1
	nodes:
	  reader: {type: ${type:-video_reader}, $1}
	  out: {type: video_writer, inputs: reader, path: copy.nut, codec: rawvideo}
	END_FLOW
}

# frames FILE OPTION...: the hash of each of its pictures, as they are shown.
frames () {
	shown=$1
	shift
	ffmpeg -v error -nostdin -i "$shown" "$@" -map 0:v:0 -fps_mode passthrough -f framemd5 - |
		awk -F ', *' '/^0,/ { print $6 }'
}

# prints COUNT WORD...: passes when the flow flow.yaml runs, and prints so many lines.
prints () {
	lines=$1
	shift
	expect 0 "$VFLOW" run "$@" flow.yaml
	test "$(wc -l <out)" -eq "$lines" && return
	echo "not $lines lines:"
	cat out err
	return 1
}

# rises STEP: passes when the time stamps of the lines in `out` rise, by STEP seconds at most.
rises () {
	awk -v step="$1" '
		NR > 1 && ($3 <= last || $3 - last > step) { print "after " last ": " $0; bad = 1 }
		{ last = $3 }
		END { exit bad || NR == 0 }' out
}

make () {
	made=$1
	shift
	ffmpeg -v error -nostdin -y "$@" "$made" </dev/null
}

# live OPTION... URL: sends a clip at the pace of a camera, again and again, once somebody takes it.
live () {
	helper sh -c 'trap "kill \$!; exit" TERM
		while :
		do
			ffmpeg -v error -nostdin -re -stream_loop -1 -i live.mkv -c copy "$@" &
			wait $!
			sleep 0.1 # nobody listens yet: try again, but not all the time
		done' sh "$@"
}

make a.mp4 -f lavfi -i testsrc2=size=160x120:rate=25:duration=2 -f lavfi -i sine=duration=2 \
	-c:v libx264 -bf 3 -g 12 -c:a aac
make a.ts -i a.mp4 -c copy
make live.mkv -f lavfi -i testsrc2=size=64x48:rate=25:duration=2 -f lavfi -i sine=duration=2 \
	-c:v libx264 -preset ultrafast -g 5 -c:a aac
make short.mkv -f lavfi -i testsrc=size=65x49:rate=10:duration=1 -c:v ffv1 -pix_fmt yuv420p
make ten.mkv -f lavfi -i testsrc=size=130x98:rate=25:duration=0.4 -c:v libx265 \
	-x265-params log-level=none -pix_fmt yuv420p10le
make vfr.mkv -i a.mp4 -vf 'select=not(mod(n\,3)*mod(n\,5))' -fps_mode passthrough -c:v libx264 -an

it 'decodes what ffmpeg does' '
	for file in a.mp4 a.ts short.mkv ten.mkv vfr.mkv
	do
		copies "path: $file"
		"$VFLOW" run copy.yaml
		frames "$file" >wanted
		frames copy.nut | cmp wanted -
	done
'

it 'reads standard input, whether its index is in front, at the end, or there is none' '
	make front.mp4 -i a.mp4 -c copy -movflags +faststart
	reads "path: \"-\""
	for file in front.mp4 a.mp4 a.ts
	do
		cat "$file" | prints 50
		rises 0.05
	done
	prints 50 <a.mp4
'

it 'keeps standard input for the task that reads it' '
	cat >two.yaml <<-END_FLOW
	vflow: 1
	nodes:
	  file: {type: video_reader, path: short.mkv, loop: 20}
	  pipe: {type: video_reader, path: "-"}
	  out: {type: void, inputs: file}
	  out2: {type: print, inputs: pipe}
	END_FLOW
	cat a.ts | expect 0 "$VFLOW" run two.yaml
	test "$(wc -l <out)" -eq 50
	sed "s/path: short.mkv/path: \"-\"/" two.yaml >both.yaml
	expect 78 "$VFLOW" check both.yaml
	grep -q "reads standard input, as file does" err
'

it 'runs when standard input is closed' '
	reads "path: a.ts"
	prints 50 <&-
	reads "path: \"-\""
	expect 69 "$VFLOW" run flow.yaml <&-
'

it 'waits for the writer of a named pipe, and can be stopped meanwhile' '
	mkfifo pipe
	reads "path: pipe"
	start flow.yaml
	cat a.mp4 >pipe
	ends 0
	test "$(wc -l <out)" -eq 50
	start flow.yaml
	test -n "$(worker reader)"
	kill -INT "$flow"
	ends 130
'

it 'takes the demuxer by its name, and options by theirs' '
	make raw.rgb -i a.mp4 -frames:v 5 -f rawvideo -pix_fmt rgb24
	reads "path: raw.rgb, format: rawvideo, options: {pixel_format: rgb24, video_size: 160x120}"
	prints 5
	reads "path: a.mp4, options: {skip_frame: nokey}"
	prints 5
'

it 'names the option that nobody has, and whom it asked' '
	reads "path: a.mp4, options: {probesiz: 1M}"
	expect 78 "$VFLOW" check flow.yaml
	grep -q "has an option \"probesiz\"; did you mean \"probesize\"?" err
	reads "path: a.mp4, options: {probesize: many}"
	expect 78 "$VFLOW" check flow.yaml
	grep -q "option \"probesize\" cannot be \"many\"" err
	reads "path: a.mp4, format: mpegtts"
	expect 78 "$VFLOW" check flow.yaml
	grep -q "no demuxer \"mpegtts\"; did you mean \"mpegts\"?" err
	reads "path: a.mp4, options: {rtsp_transport: tcp}"
	expect 69 "$VFLOW" run flow.yaml
	grep -q "option \"rtsp_transport\": not the demuxer mov, not the protocol file, not the decoder" err
'

it 'says that no device decodes, and goes on or fails as it was asked' '
	reads "path: a.mp4, hw: prefer"
	CUDA_VISIBLE_DEVICES="" prints 50
	grep -q "warning: no device can decode; software does (" err
	reads "path: short.mkv, hw: require"
	expect 69 "$VFLOW" run flow.yaml
	grep -q "no device can decode, and hw is require (.*knows no device for ffv1" err
'

it 'turns pictures as ffmpeg does' '
	make odd.mp4 -f lavfi -i testsrc=size=65x49:rate=25:duration=0.2 -c:v mpeg4 -pix_fmt yuv420p
	for file in odd.mp4 ten.mkv
	do
		for degrees in 90 180 270
		do
			make turned.mp4 -i "$file" -c copy -metadata:s:v rotate=$degrees
			copies "path: turned.mp4"
			expect 0 "$VFLOW" run copy.yaml
			frames turned.mp4 >wanted
			frames copy.nut | cmp wanted -
		done
	done
	copies "path: turned.mp4, autorotate: false"
	"$VFLOW" run copy.yaml
	frames ten.mkv >wanted
	frames copy.nut | cmp wanted -
'

it 'reads a file several times, and time goes on' '
	reads "path: a.mp4, loop: 2"
	prints 150
	rises 0.05
	reads "path: a.mp4, loop: -1, start: 0.5, duration: 0.4, frames: 35"
	prints 35
	rises 0.05
	reads "path: a.mp4, loop: 1" .audio
	expect 0 "$VFLOW" run flow.yaml
	rises 0.05
	cat a.ts | {
		reads "path: \"-\", loop: 1"
		expect 69 "$VFLOW" run flow.yaml
	}
	grep -q "can be read only once" err
'

it 'sends each nth frame, the same whether the others are decoded or not' '
	make intra.avi -i a.mp4 -c:v mjpeg -an
	for file in a.mp4 intra.avi
	do
		copies "path: $file, every: 7, start: 0.2"
		"$VFLOW" run copy.yaml
		frames "$file" | awk "NR > 5 && (NR - 6) % 7 == 0" >wanted
		test -s wanted
		frames copy.nut | cmp wanted -
	done
'

printf '1\n00:00:00,100 --> 00:00:00,500\nHello\n\n2\n00:00:01,000 --> 00:00:01,500\nWorld\n' >s.srt

it 'reads subtitles, and the stream of sound in a language' '
	make both.mkv -i a.mp4 -i s.srt -f lavfi -i sine=440:duration=1 -map 0 -map 2:a -map 1 \
		-c copy -c:a:1 libmp3lame -metadata:s:a:0 language=eng -metadata:s:a:1 language=deu
	reads "path: both.mkv" .subtitles
	prints 2
	grep -q "packet 2 1.02[0-9]* subrip" out
	reads "path: both.mkv, audio: deu" .audio
	expect 0 "$VFLOW" run flow.yaml
	grep -q "packet 1 .* mp3" out
	reads "path: both.mkv, audio: 1" .audio
	expect 0 "$VFLOW" run flow.yaml
	grep -q "packet 1 .* mp3" out
	reads "path: both.mkv, audio: fre" .audio
	expect 69 "$VFLOW" run flow.yaml
	grep -q "has no audio \"fre\"; it has 0 (eng), 1 (deu)" err
'

it 'reads a folder in the order of names, also files of other sizes' '
	mkdir -p in/more
	cp a.mp4 in/b.mp4
	cp ten.mkv in/B.mkv
	cp short.mkv in/c.mkv
	cp a.ts in/more/a.ts
	echo text >in/notes.txt
	type=folder_reader
	reads "path: in"
	prints 70
	rises 0.11
	awk "{ print \$4 }" out | uniq -c | awk "{ print \$1, \$2 }" >sizes
	printf "%s\n" "10 130x98" "50 160x120" "10 65x49" | cmp - sizes
	reads "path: in, recursive: true, pattern: \"*.ts\""
	prints 50
	reads "path: in, loop: 1, frames: 100"
	prints 100
	rises 0.11
'

it 'leaves a bad file of a folder out, and counts it, or fails' '
	type=folder_reader
	echo text >in/bad.mp4
	reads "path: in"
	expect 65 "$VFLOW" run flow.yaml
	test "$(wc -l <out)" -eq 70
	grep -q "in/bad.mp4 is left out" err
	expect 0 "$VFLOW" run --max-errors 1 flow.yaml
	reads "path: in, keep_going: false"
	expect 1 "$VFLOW" run flow.yaml
	reads "path: in, pattern: bad*"
	expect 69 "$VFLOW" run flow.yaml
	grep -q "nothing that can be read" err
	reads "path: in, pattern: x*"
	expect 69 "$VFLOW" run flow.yaml
	reads "path: nowhere"
	expect 69 "$VFLOW" run flow.yaml
	grep -q "\"nowhere\" cannot be read: No such file or directory" err
	rm in/bad.mp4
'

it 'goes on in a folder, and in a loop, where a process died' '
	mkdir quick
	make quick/a.mp4 -f lavfi -i testsrc2=size=64x48:rate=200:duration=0.5 -c:v libx264 -bf 2
	make quick/b.mkv -i quick/a.mp4 -c copy
	type=folder_reader
	reads "path: quick, loop: 1, threads: 1"
	"$VFLOW" run flow.yaml >wanted
	test "$(wc -l <wanted)" -eq 400
	reads "path: quick, loop: 1, threads: 1, pace: true"
	start flow.yaml
	wait_for out "^frame 1[0-9][0-9] "
	kill -9 "$(worker reader)"
	ends 0
	grep -q "is started again" err
	cmp wanted out
'

command -v python3 >/dev/null || {
	done_testing
	exit
}

cat >server.py <<'END'
import functools, http.server, os, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
with open("port.new", "w") as file:
    file.write("%d\n" % server.server_address[1])
os.rename("port.new", "port")
server.serve_forever()
END

it 'reads a file and an HLS folder over HTTP' '
	mkdir web
	cp a.mp4 web
	ffmpeg -v error -nostdin -i a.mp4 -c copy -f hls -hls_time 0.5 -hls_list_size 0 web/list.m3u8
	helper python3 -B server.py web
	wait_for port .
	for name in a.mp4 list.m3u8
	do
		reads "path: \"http://127.0.0.1:$(cat port)/$name\""
		prints 50
		rises 0.05
	done
	end_helpers
'

it 'reads MPEG-TS over UDP' '
	port=$(free_port)
	live -f mpegts "udp://127.0.0.1:$port?pkt_size=1316"
	reads "path: \"udp://127.0.0.1:$port\", frames: 10, options: {analyzeduration: 200000}"
	prints 10
	end_helpers
'

it 'is a server that is sent a stream by RTSP' '
	port=$(free_port)
	live -f rtsp -rtsp_transport tcp "rtsp://127.0.0.1:$port/x"
	reads "path: \"rtsp://127.0.0.1:$port/x\", frames: 10, options: {rtsp_flags: listen}"
	prints 10
	end_helpers
'

if ffmpeg -v error -protocols | grep -q '^ *srt$'
then
	it 'reads a stream by SRT' '
		port=$(free_port)
		live -f mpegts "srt://127.0.0.1:$port?mode=listener"
		reads "path: \"srt://127.0.0.1:$port\", frames: 10,
			options: {analyzeduration: 200000}, reconnect: {initial: 50ms, max: 100ms}"
		prints 10
		end_helpers
	'
fi

rtmp_module=/usr/lib/nginx/modules/ngx_rtmp_module.so
if command -v nginx >/dev/null && test -e "$rtmp_module"
then
	it 'reads a stream by RTMP' '
		port=$(free_port)
		cat >nginx.conf <<-END_CONF
		daemon off;
		master_process off;
		pid $workdir/nginx.pid;
		error_log $workdir/nginx.log;
		load_module $rtmp_module;
		events { worker_connections 64; }
		rtmp { server { listen 127.0.0.1:$port; application live { live on; } } }
		END_CONF
		helper nginx -p "$workdir" -e "$workdir/nginx.log" -c "$workdir/nginx.conf"
		live -f flv "rtmp://127.0.0.1:$port/live/x"
		reads "path: \"rtmp://127.0.0.1:$port/live/x\", frames: 10,
			options: {analyzeduration: 200000}, reconnect: {initial: 50ms, max: 100ms}"
		prints 10
		end_helpers
	'
fi

done_testing
