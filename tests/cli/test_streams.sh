#!/bin/sh
# SPDX-License-Identifier: MIT
# Video that goes to somebody at once: over the network, through a pipe, into a playlist.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/receiving.sh"
. "$root/tests/cli/frames.sh"

# look_at FILE: writes the pictures in the file into `shown`, and the codecs of its tracks into the
# file `codecs`, in a line.
look_at () {
	ff -i "$1" -map 0:v:0 -fps_mode passthrough -f framemd5 pictures.md5 \
		-map 0 -c copy -f framecrc packets.crc
	listed pictures.md5 >shown
	sed -n 's/^#codec_id [0-9]*: //p' packets.crc | sort -u | tr '\n' ' ' >codecs
}

cat >stream.yaml <<'END'
vflow: 1
vars: {path: "", format: "", frames: 60, live: false}
nodes:
  camera: {type: test_source, size: 160x120, frames: "${frames}", live: "${live}"}
  out:
    type: video_writer
    inputs: {video: camera, audio: camera.audio}
    path: "${path}"
    format: "${format}"
    preset: ultrafast
    timeout: 5s
END

# send STATUS PATH [WORD...]: runs the flow.
send () {
	status=$1 path=$2
	shift 2
	expect "$status" "$VFLOW" run --var "path=$path" "$@" stream.yaml
}

for format in matroska mpegts nut mp4
do
	it "writes $format to standard output, and nothing else" "
		send 0 - --var format=$format -s nodes.out.codec=h264
		look_at out
		test \"\$(wc -l <shown)\" -eq 60
		grep -q '^aac h264 ' codecs
		grep '^wrote -: 60 frames' err
	"
done

it 'writes pictures without compression to standard output' '
	send 0 - --var format=yuv4mpegpipe -s nodes.out.preset=""
	test "$(head -c 9 out)" = YUV4MPEG2
	test "$(pictures out)" -eq 60
	grep "holds no sound: it is left out" err
'

it 'is read by a program at the other end of a pipe' '
	mkfifo pipe
	ffmpeg -v error -nostdin -y -i pipe -c copy piped.mkv &
	reader=$!
	"$VFLOW" run --var path=- --var format=mpegts stream.yaml >pipe
	gone $reader
	test "$(pictures piped.mkv)" -eq 60
'

it 'says that the reader of a pipe has gone' '
	(status=0
	"$VFLOW" run --var path=- --var format=nut --var frames=2000 -s nodes.out.codec=rawvideo \
		-s nodes.out.preset="" stream.yaml 2>err || status=$?
	echo $status >status) | head -c 1000 >/dev/null
	says status 74
	grep "cannot write -: Broken pipe" err
'

it 'needs a format for standard output' '
	send 78 -
	grep "\"-\" does not tell a container; add a format, such as matroska" err
'

it 'sends MPEG-TS over UDP' '
	port=$(free_port DGRAM)
	hear udp.ts
	send 0 "udp://127.0.0.1:$port?pkt_size=1316" --var frames=20 --var live=true
	heard
	look_at udp.ts
	test "$(wc -l <shown)" -eq 20
	grep "^aac h264 " codecs
'

it 'sends RTSP over TCP to a server that records it' '
	port=$(free_port STREAM)
	receive ffmpeg -v error -y -rtsp_flags listen -i "rtsp://127.0.0.1:$port/live" -c copy rtsp.mkv
	listens "$port"
	send 0 "rtsp://127.0.0.1:$port/live" --var frames=20 --var live=true
	gone "$receiver"
	look_at rtsp.mkv
	test "$(wc -l <shown)" -ge 15
	grep "^aac h264 " codecs
'

it 'sends SRT, where libav has it' '
	ffmpeg -v error -protocols | grep -qx "  srt" || exit 0
	port=$(free_port DGRAM)
	receive ffmpeg -v error -y -i "srt://127.0.0.1:$port?mode=listener" -c copy srt.mkv
	listens "$port" udp
	send 0 "srt://127.0.0.1:$port" --var frames=20 --var live=true
	gone "$receiver"
	test "$(pictures srt.mkv)" -ge 10
'

it 'sends RTMP to a server that records it' '
	test -e $rtmp && command -v nginx || exit 0
	serve_rtmp
	send 0 "rtmp://127.0.0.1:$port/live/street"
	stop_receiver
	gone "$receiver"
	look_at street.flv
	test "$(wc -l <shown)" -eq 60
	grep "^aac h264 " codecs
'

it 'says that a server has died' '
	test -e $rtmp && command -v nginx || exit 0
	serve_rtmp
	start --var path="rtmp://127.0.0.1:$port/live/dies" --var frames=2000 --var live=true \
		stream.yaml
	await "test -s dies.flv"
	stop_receiver
	ends 74
	grep "cannot write rtmp://127.0.0.1:$port/live/dies: " err
'

it 'says that nobody is there' '
	port=$(free_port STREAM)
	send 73 "rtmp://127.0.0.1:$port/live/x"
	grep "cannot create rtmp://127.0.0.1:$port/live/x: Connection refused" err
	send 73 "tcp://127.0.0.1:$port" --var format=mpegts
	grep "cannot create tcp://127.0.0.1:$port: Connection refused" err
'

# Takes a little and hangs up; is away until two attempts have failed; then takes all there is.
cat >restless.py <<'END'
import os, socket, time

def listen(port):
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.listen()
    return server

first = listen(0)
port = first.getsockname()[1]
with open("port.new", "w") as file:
    file.write(str(port))
os.rename("port.new", "port")
client, _ = first.accept()
first.close()
client.recv(20000)
client.close()
while "(3 of 9)" not in open("err").read():
    time.sleep(0.02)  # the flow tells nobody but the file
client, _ = listen(port).accept()
with open("rest.ts", "wb") as file:
    while data := client.recv(65536):
        file.write(data)
END

it 'connects again to a receiver that is away for several attempts' '
	rm -f port
	receive python3 restless.py
	await "test -e port"
	start --var path="tcp://127.0.0.1:$(cat port)" --var format=mpegts --var frames=200 \
		-s nodes.out.restart=on-failure -s nodes.out.max_restarts=9 \
		-s nodes.out.backoff=50ms stream.yaml
	ends 0
	gone "$receiver"
	test "$(pictures rest.ts)" -gt 20
	grep "^vflow: out: cannot create tcp://.*: Connection refused" err
	grep "^out was started again [3-9] times" err
	! grep "overwrites its file" err
'

# deaf: starts a server that takes no byte; its port is in the file `port`.
cat >deaf.py <<'END'
import os, signal, socket
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen()
with open("port.new", "w") as file:
    file.write(str(server.getsockname()[1]))
os.rename("port.new", "port")
kept = server.accept()
signal.pause()
END
deaf () {
	rm -f port
	receive python3 deaf.py
	await "test -e port"
}

it 'gives up a receiver that takes nothing' '
	deaf
	url=tcp://127.0.0.1:$(cat port)
	send 74 "$url" --var format=nut --var frames=2000 -s nodes.out.codec=rawvideo \
		-s nodes.out.preset="" -s nodes.out.timeout=300ms
	grep "cannot write $url: nothing was taken for 0.3 s" err
'

it 'stops although the receiver takes nothing' '
	deaf
	start --stall-report 1 --grace 2 --var path="tcp://127.0.0.1:$(cat port)" --var format=nut \
		--var frames=2000 -s nodes.out.codec=rawvideo -s nodes.out.preset="" \
		-s nodes.out.timeout=0 -s nodes.camera.size=640x480 stream.yaml
	settle
	kill -INT "$flow"
	ends 130
'

it 'writes a playlist and its segments, to be read over HTTP' '
	mkdir hls
	send 0 hls/live.m3u8 --var frames=150
	ls hls | grep -c "live[0-9]*\.ts" | grep -x 3
	port=$(free_port STREAM)
	receive python3 -m http.server --bind 127.0.0.1 --directory hls "$port"
	listens "$port"
	look_at "http://127.0.0.1:$port/live.m3u8"
	test "$(wc -l <shown)" -eq 150
	grep "^aac h264 " codecs
'

it 'does not replace a playlist with -n' '
	expect 73 "$VFLOW" run -n --var path=hls/live.m3u8 stream.yaml
	grep "hls/live.m3u8 exists already, and is not to be replaced" err
'

cat >lists.yaml <<'END'
vflow: 1
vars: {pace: auto}
nodes:
  film: {type: video_reader, path: film.mkv, pace: "${pace}"}
  out: {type: print, inputs: film}
  hls: {type: video_writer, inputs: film, path: lists/a.m3u8, options: {hls_time: 0.2, g: 5}}
  fmp4:
    type: video_writer
    inputs: film
    path: lists/b.m3u8
    options: {hls_time: 0.2, g: 5, hls_list_size: 0, hls_segment_type: fmp4,
              hls_segment_filename: "lists/part%d.m4s"}
  dash: {type: video_writer, inputs: film, path: lists/c.mpd, options: {seg_duration: 0.2, g: 5}}
END
ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=64x48:rate=25:duration=40 -c:v ffv1 film.mkv

# interrupt_lists: runs it up to the middle, and passes when the lists and their segments stay as the
# file `whole` says, also while they are written.
interrupt_lists () {
	start_gated lists.yaml
	let_out "frame 200 *"
	md5sum -c --quiet whole
	kill -INT "$flow"
	let_all
	ends 130
	md5sum -c --quiet whole
	made=$(grep -c "^frame" out)
	for list in a.m3u8 b.m3u8 c.mpd
	do
		says err "wrote lists/$list.partial/$list: $made of 1000 frames, interrupted; lists/$list is as it was"
		grep "$list" others || echo "$list" >>others
	done
	find lists -mindepth 1 -maxdepth 1 -printf "%f\n" | grep -vx -f others | grep -v "\.partial$" |
		cmp - /dev/null
}

it 'replaces playlists, and their segments, only by whole ones' '
	mkdir lists
	expect 0 "$VFLOW" run -s nodes.film.frames=60 lists.yaml
	ls lists >others
	md5sum lists/* >whole
	test "$(wc -l <whole)" -ge 15
	interrupt_lists
	test "$(pictures lists/b.m3u8.partial/b.m3u8)" -eq "$made"
	test "$(pictures "$PWD/lists/c.mpd.partial/c.mpd")" -eq "$made"
	test "$(pictures lists/b.m3u8)" -eq 60
	expect 0 "$VFLOW" run -s nodes.film.frames=80 lists.yaml
	test "$(pictures lists/b.m3u8)" -eq 80
	test "$(pictures "$PWD/lists/c.mpd")" -eq 80
	test -z "$(find lists -name "*part-*")"
'

it 'replaces the part that an interrupted run has left of a playlist' '
	echo old >lists/a.m3u8.partial/old.ts
	md5sum lists/*.* >whole 2>/dev/null || test -s whole
	ls lists >others
	interrupt_lists
	test ! -e lists/a.m3u8.partial/old.ts
	grep -q "^a[0-9]*.ts" lists/a.m3u8.partial/a.m3u8
'

it 'shows a playlist as it grows where it is made at the pace of a clock' '
	rm -rf lists
	mkdir lists
	start_gated --var pace=true lists.yaml
	let_out "frame 40 *"
	await "grep -qs ^a lists/a.m3u8"
	await "grep -qs part lists/b.m3u8"
	await "grep -qs SegmentTemplate lists/c.mpd"
	kill -INT "$flow"
	let_all
	ends 130
	test -z "$(ls lists | grep "\.part")"
	grep "^wrote lists/b.m3u8: [0-9]* of 1000 frames, interrupted$" err
'

it 'replaces no segment with -n' '
	rm -rf lists
	mkdir lists
	echo mine >lists/part1.m4s
	expect 73 "$VFLOW" run -n -s nodes.film.frames=60 lists.yaml
	says lists/part1.m4s mine
	test ! -e lists/b.m3u8
	grep "cannot give lists/b.m3u8 and its files their names: File exists; it stays lists/b.m3u8.part-" err
'

it 'names an option that nobody has' '
	send 78 udp://127.0.0.1:9 -s nodes.out.options.pkt_sise=1316
	grep "has an option \"pkt_sise\"; did you mean \"pkt_size\"?" err
'

done_testing
