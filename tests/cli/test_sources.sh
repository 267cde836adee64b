#!/bin/sh
# SPDX-License-Identifier: MIT
# What video_reader and folder_reader read beside plain files: pipes, folders, the network.
. "${0%/*}/harness.sh"
. "$root/tests/cli/frames.sh"
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

# gathers: reads a table of lines `FILE TYPE.OUTPUT OPTION...`; writes the flow flow.yaml, with a
# reader of the TYPE for each, whose OUTPUT goes to the FILE: as lines, if its name ends so, or as
# hashes of pictures.
gathers () {
	rows=0
	printf 'vflow: 1\nnodes:\n' >flow.yaml
	while read -r file from options
	do
		rows=$((rows + 1))
		writer='video_writer, format: framemd5, codec: rawvideo'
		test "$file" = "${file%.lines}" || writer=file_append
		cat >>flow.yaml <<-END_ROW
		  reader$rows: {type: ${from%.*}, $options}
		  out$rows: {inputs: reader$rows.${from#*.}, path: $file, type: $writer}
		END_ROW
	done
}

# counts LINES FILE: passes when the file has so many.
counts () {
	test "$(wc -l <"$2")" -eq "$1" && return
	echo "not $1 lines in $2:"
	cat "$2"
	return 1
}

# shows FILE WANTED: passes when a file of `format: framemd5` has the pictures that are listed.
shows () {
	listed "$1" >got
	test -s got && cmp got "$2"
}

# prints COUNT WORD...: passes when the flow flow.yaml runs, and prints so many lines.
prints () {
	lines=$1
	shift
	expect 0 "$VFLOW" run "$@" flow.yaml
	counts "$lines" out && return
	cat err
	return 1
}

# rises STEP [FILE]: passes when the timestamps of the lines in `out`, or in a file of JSON, rise,
# by STEP seconds at most.
rises () {
	awk -v step="$1" '
		{ time = /^{/ ? $4 + 0 : $3 }
		NR > 1 && (time <= last || time - last > step) { print "after " last ": " $0; bad = 1 }
		{ last = time }
		END { exit bad || NR == 0 }' "${2:-out}"
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

# One ffmpeg makes all films, and one copies them into other files. a.mp4 is small enough to be read
# over HTTP with its index at the end, from a server that cannot seek.
mkdir quick turned web
printf '1\n00:00:00,100 --> 00:00:00,500\nHello\n\n2\n00:00:01,000 --> 00:00:01,500\nWorld\n' >s.srt
ff -f lavfi -i testsrc2=size=160x120:rate=25:duration=2 -f lavfi -i sine=duration=2 \
	-f lavfi -i testsrc2=size=64x48:rate=25:duration=2 \
	-f lavfi -i testsrc=size=65x49:rate=10:duration=1 \
	-f lavfi -i testsrc=size=130x98:rate=25:duration=0.4 \
	-f lavfi -i testsrc=size=65x49:rate=25:duration=0.2 \
	-f lavfi -i testsrc2=size=64x48:rate=200:duration=0.5 \
	-map 0 -map 1 -c:v libx264 -preset ultrafast -crf 35 -bf 3 -g 12 -c:a aac a.mp4 \
	-map 0 -vf 'select=not(mod(n\,3)*mod(n\,5))' -fps_mode passthrough \
	-c:v libx264 -preset ultrafast -bf 3 vfr.mkv \
	-map 0 -c:v mjpeg -pix_fmt yuvj420p intra.avi \
	-map 0 -frames:v 5 -f rawvideo -pix_fmt rgb24 raw.rgb \
	-map 2 -map 1 -c:v libx264 -preset ultrafast -g 5 -c:a aac live.mkv \
	-map 3 -c:v ffv1 -pix_fmt yuv420p short.mkv \
	-map 4 -c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt yuv420p10le ten.mkv \
	-map 5 -c:v mpeg4 -pix_fmt yuv420p odd.mp4 \
	-map 6 -c:v libx264 -preset ultrafast -bf 2 quick/a.mp4
set -- # turned files
for degrees in 90 180 270
do
	set -- "$@" -map 1 -c copy -metadata:s:v rotate=$degrees turned/odd-$degrees.mp4 \
		-map 2 -c copy -metadata:s:v rotate=$degrees turned/ten-$degrees.mp4
done
ff -i a.mp4 -i odd.mp4 -i ten.mkv -i quick/a.mp4 -i s.srt \
	-f lavfi -i sine=frequency=440:duration=1 "$@" \
	-map 0 -c copy a.ts -map 0 -c copy -movflags +faststart front.mp4 \
	-map 3 -c copy quick/b.mkv \
	-map 0 -map 5 -map 4 -c copy -c:a:1 libmp3lame -metadata:s:a:0 language=eng \
	-metadata:s:a:1 language=deu both.mkv \
	-map 0 -c copy -f hls -hls_time 0.5 -hls_list_size 0 web/list.m3u8

mkdir -p in/more
cp a.mp4 in/b.mp4
cp ten.mkv in/B.mkv
cp short.mkv in/c.mkv
cp a.ts in/more/a.ts
echo text >in/notes.txt

# One flow reads all of it, and one ffmpeg says what it shows.
hash_each a.mp4 a.ts short.mkv ten.mkv vfr.mkv intra.avi turned/*.mp4
raw='{pixel_format: rgb24, video_size: 160x120}'
gathers <<END
got.a.mp4 video_reader.video path: a.mp4
got.a.ts video_reader.video path: a.ts
got.short.mkv video_reader.video path: short.mkv
got.ten.mkv video_reader.video path: ten.mkv
got.vfr.mkv video_reader.video path: vfr.mkv
$(for file in turned/*.mp4
do
	echo "got.${file#*/} video_reader.video path: $file, threads: 1"
done)
got.upright video_reader.video path: turned/ten-270.mp4, autorotate: false, threads: 1
got.every.a.mp4 video_reader.video path: a.mp4, every: 7, start: 0.2
got.every.intra.avi video_reader.video path: intra.avi, every: 7, start: 0.2
got.raw video_reader.video path: raw.rgb, format: rawvideo, options: $raw
keys.lines video_reader.video path: a.mp4, options: {skip_frame: nokey}
got.hw video_reader.video path: a.mp4, hw: prefer
stdin.lines video_reader.video path: "-"
thrice.lines video_reader.video path: a.mp4, loop: 2
part.lines video_reader.video path: a.mp4, loop: -1, start: 0.5, duration: 0.4, frames: 35
sound.lines video_reader.audio path: a.mp4, loop: 1
titles.lines video_reader.subtitles path: both.mkv
german.lines video_reader.audio path: both.mkv, audio: deu
second.lines video_reader.audio path: both.mkv, audio: 1
folder.lines folder_reader.video path: in
streams.lines folder_reader.video path: in, recursive: true, pattern: "*.ts"
again.lines folder_reader.video path: in, loop: 1, frames: 100
quick.lines folder_reader.video path: quick, loop: 1, threads: 1
END

it 'decodes what ffmpeg does' '
	CUDA_VISIBLE_DEVICES="" expect 0 "$VFLOW" run flow.yaml <a.mp4
	cp err gathered
	for file in a.mp4 a.ts short.mkv ten.mkv vfr.mkv
	do
		shows got.$file $file.hashes
	done
'

it 'reads standard input, whether its index is in front, at the end, or there is none' '
	reads "path: \"-\""
	for file in front.mp4 a.mp4
	do
		cat "$file" | prints 50
		rises 0.05
	done
	counts 50 stdin.lines
	rises 0.05 stdin.lines
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
	counts 50 out
	rises 0.05
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
	listed got.raw | grep -c "^160x120 57600 " | grep -x 5
	counts 5 keys.lines
'

it 'names the option that nobody has, and whom it asked' '
	gathers <<-END
	got video_reader.video path: a.mp4, options: {probesiz: 1M}
	got video_reader.video path: a.mp4, options: {probesize: many}
	got video_reader.video path: a.mp4, format: mpegtts
	END
	expect 78 "$VFLOW" check flow.yaml
	grep -q "has an option \"probesiz\"; did you mean \"probesize\"?" err
	grep -q "option \"probesize\" cannot be \"many\"" err
	grep -q "no demuxer \"mpegtts\"; did you mean \"mpegts\"?" err
	reads "path: a.mp4, options: {rtsp_transport: tcp}"
	expect 69 "$VFLOW" run flow.yaml
	grep -q "option \"rtsp_transport\": not the demuxer mov, not the protocol file, not the decoder" err
'

it 'says that no device decodes, and goes on or fails as it was asked' '
	shows got.hw a.mp4.hashes
	grep -q "warning: no device can decode; software does (" gathered
	reads "path: short.mkv, hw: require"
	expect 69 "$VFLOW" run flow.yaml
	grep -q "no device can decode, and hw is require (.*knows no device for ffv1" err
'

it 'turns pictures as ffmpeg does' '
	for file in turned/*.mp4
	do
		shows got.${file#*/} $file.hashes
	done
	shows got.upright ten.mkv.hashes
'

it 'reads a file several times, and time goes on' '
	counts 150 thrice.lines
	counts 35 part.lines
	for file in thrice part sound
	do
		rises 0.05 $file.lines
	done
	reads "path: \"-\", loop: 1"
	cat a.ts | expect 69 "$VFLOW" run flow.yaml
	grep -q "can be read only once" err
'

it 'sends each nth frame, the same whether the others are decoded or not' '
	for file in a.mp4 intra.avi
	do
		awk "NR > 5 && (NR - 6) % 7 == 0" $file.hashes >wanted
		shows got.every.$file wanted
	done
'

it 'reads subtitles, and the stream of sound in a language' '
	counts 2 titles.lines
	grep -q "{.number.: 2, .timestamp.: 1.02[0-9]*, .*subrip" titles.lines
	grep -q "{.number.: 1, .* .mp3.," german.lines
	cmp german.lines second.lines
	reads "path: both.mkv, audio: fre" .audio
	expect 69 "$VFLOW" run flow.yaml
	grep -q "has no audio \"fre\"; it has 0 (eng), 1 (deu)" err
'

it 'reads a folder in the order of names, also files of other sizes' '
	counts 70 folder.lines
	rises 0.11 folder.lines
	grep -o "\"width.*, \"format" folder.lines | uniq -c | tr -dc "0-9\n " | xargs -n 3 >sizes
	printf "%s\n" "10 130 98" "50 160 120" "10 65 49" | cmp - sizes
	counts 50 streams.lines
	counts 100 again.lines
	rises 0.11 again.lines
'

it 'leaves a bad file of a folder out, and counts it, or fails' '
	type=folder_reader
	echo text >in/bad.mp4
	reads "path: in"
	expect 65 "$VFLOW" run flow.yaml
	counts 70 out
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
	grep -q "there is no folder \"nowhere\"" err
	rm in/bad.mp4
'

it 'goes on in a folder, and in a loop, where a process died' '
	counts 400 quick.lines
	gathers <<-END
	slow.lines folder_reader.video path: quick, loop: 1, threads: 1, pace: true
	END
	start flow.yaml
	wait_for slow.lines "^{.number.: 1[0-9][0-9],"
	kill -9 "$(worker reader1)"
	ends 0
	grep -q "is started again" err
	cmp quick.lines slow.lines
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
	cp a.mp4 web
	helper python3 -B server.py web
	wait_for port .
	gathers <<-END
	file.lines video_reader.video path: "http://127.0.0.1:$(cat port)/a.mp4"
	list.lines video_reader.video path: "http://127.0.0.1:$(cat port)/list.m3u8"
	END
	expect 0 "$VFLOW" run flow.yaml
	for file in file list
	do
		counts 50 $file.lines
		rises 0.05 $file.lines
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
