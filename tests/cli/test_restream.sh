#!/bin/sh
# SPDX-License-Identifier: MIT
# pipelines/restream.yaml, from a source that goes away to each kind of receiver.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/receiving.sh"

restream=$root/pipelines/restream.yaml
"$VFLOW" run -q --var output=clip.mp4 --var size=320x180 --var frames=25 \
	"$root/pipelines/testclip.yaml" || exit 1

# send STATUS URL: sends the clip, as long as it lasts.
send () {
	expect "$1" "$VFLOW" run --var input=clip.mp4 --var output="$2" "$restream"
}

# has_all FILE: passes when every frame has come, and the sound.
has_all () {
	gone "$receiver"
	test "$(pictures "$1")" -eq 25
	tracks "$1" | grep "^aac h264 "
}

it 'sends a clip to an RTMP server' '
	test -e "$rtmp" && command -v nginx || exit 0
	serve_rtmp
	send 0 "rtmp://127.0.0.1:$port/live/clip"
	test ! -s err || ! grep warning err
	stop_receiver
	has_all clip.flv
'

it 'sends a clip over UDP' '
	hear udp.ts
	send 0 "udp://127.0.0.1:$port?pkt_size=1316"
	heard
	has_all udp.ts
'

it 'sends a clip over RTSP' '
	port=$(free_port STREAM)
	receive ffmpeg -v error -y -rtsp_flags listen -i "rtsp://127.0.0.1:$port/live" -c copy rtsp.mkv
	listens "$port"
	send 0 "rtsp://127.0.0.1:$port/live"
	has_all rtsp.mkv
'

it 'goes on with a playlist when its writer is started again, and warns of nothing' '
	mkdir www
	start -s nodes.source.loop=-1 --var input=clip.mp4 \
		--var output=www/live.m3u8 -s nodes.out.options.hls_time=1 "$restream"
	await "test -s www/live.m3u8 && grep -q ^live1.ts www/live.m3u8"
	expect 0 "$VFLOW" restart "$flow" out
	await "grep -q -x \"#EXT-X-DISCONTINUITY\" www/live.m3u8"
	grep "^live1.ts" www/live.m3u8
	test "$(grep -c "^live1.ts" www/live.m3u8)" -eq 1
	kill -INT "$flow"
	ends 130
	! grep warning err
'

it 'says at once that nobody is there' '
	send 73 "rtmp://127.0.0.1:$(free_port STREAM)/live/clip"
	grep "cannot create rtmp://.*: Connection refused" err
'

it 'needs to be told where to send it' '
	expect 78 "$VFLOW" run --var input=clip.mp4 "$restream"
	grep "give a URL with output=URL" err
'

# Serves a file over HTTP again and again, one connection after the other; nobody can tell how long
# it is.
cat >source.py <<'END'
import os, socket

server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen()
with open("port.new", "w") as file:
    file.write(str(server.getsockname()[1]))
os.rename("port.new", "port")
while True:
    client, _ = server.accept()
    client.recv(65536)
    with open("clip.ts", "rb") as file:
        client.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + file.read())
    client.close()
END

it 'goes on when its source has come back' '
	ffmpeg -v error -nostdin -i clip.mp4 -c copy clip.ts
	timeout "$((2 * limit))" python3 source.py &
	source=$!
	await "test -e port"
	port=$(free_port DGRAM)
	receive ffmpeg -v error -y -i "udp://127.0.0.1:$port?timeout=${limit}000000" -c copy -f framecrc again
	listens "$port" udp
	start -s nodes.source.reconnect.initial=50ms --var input="http://127.0.0.1:$(cat port)/" \
		--var output="udp://127.0.0.1:$port?pkt_size=1316" "$restream"
	await "test \$(grep -c ^0, again) -ge 50" 2>/dev/null
	kill -INT "$flow"
	ends 130
	kill "$source"
	stop_receiver
	gone "$receiver"
	grep "^1," again
	grep "http://.* is back" err
'

done_testing
