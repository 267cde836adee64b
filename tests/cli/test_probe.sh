#!/bin/sh
# SPDX-License-Identifier: MIT
# What is in a file, compared with what ffprobe says; folders; and sources that do not answer.
. "${0%/*}/harness.sh"

# make FILE OPTION...: makes a short film by ffmpeg.
make () {
	file=$1
	shift
	ffmpeg -v error -nostdin -f lavfi -i testsrc2=s=160x120:r=25:d=1.2 -f lavfi \
		-i sine=d=1.2:r=44100 "$@" -y "$file"
}

mkdir media || exit 1
cat >chapters <<END
;FFMETADATA1
title=My film
artist=Somebody, "and" so on
[CHAPTER]
TIMEBASE=1/1000
START=0
END=500
title=Opening
[CHAPTER]
TIMEBASE=1/1000
START=500
END=1200
title=The rest
END
printf '1\n00:00:00,000 --> 00:00:01,000\nhello\n' >words.srt
h264="-c:v libx264 -preset ultrafast -g 10 -sc_threshold 0"
# shellcheck disable=SC2086
{
	make media/plain.mp4 $h264 -c:a aac -shortest
	make media/frames.mkv $h264 -bf 2 -c:a libopus -shortest
	make media/stream.ts $h264 -c:a mp2 -ac 2 -metadata:s:a language=deu
	make media/old.avi -c:v mpeg4 -g 5 -c:a libmp3lame
	make media/web.webm -c:v libvpx-vp9 -cpu-used 8 -deadline realtime -c:a libopus -shortest
	make media/quick.mov -c:v mjpeg -pix_fmt yuvj422p -c:a pcm_s16le
	make media/tv.mpg -c:v mpeg2video -flags +ildct+ilme -top 1 -c:a mp2
	make media/deep.mkv $h264 -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 \
		-colorspace bt2020nc -color_range tv -an
	make media/wide.mp4 $h264 -vf setsar=4/3 -an
	make media/flash.flv $h264 -c:a aac
	make media/sound.flac -vn
	make media/sound.mp3 -vn -metadata title=Song
	make media/moving.gif -an -vf scale=80:60
	make media/still.png -an -frames:v 1 -update 1
	ffmpeg -v error -nostdin -i media/plain.mp4 -i chapters -i words.srt -map 0 -map 2 \
		-map_metadata 1 -c copy -c:s srt -metadata:s:a:0 language=fre \
		-metadata:s:a:0 title=Voice -disposition:a:0 default+original media/chapters.mkv
	ffmpeg -v error -nostdin -display_rotation 90 -i media/plain.mp4 -c copy media/turned.mp4 2>/dev/null ||
		ffmpeg -v error -nostdin -i media/plain.mp4 -c copy -metadata:s:v rotate=270 media/turned.mp4
} || exit 1

it 'says of every kind of file what ffprobe says' '
	test "$(ls media | wc -l)" -ge 16
	python3 -B "$root/tests/python/compare_probe.py" "$VFLOW" media/*
'

it 'finds what ffprobe has under other names' '
	expect 0 "$VFLOW" probe --json media/deep.mkv media/turned.mp4 media/plain.mp4
	python3 - <<-END
	import json
	deep, turned, plain = json.load(open("out"))
	assert deep["streams"][0]["hdr"] == "PQ", deep
	assert deep["streams"][0]["bit_depth"] == 10, deep
	assert turned["streams"][0]["rotation"] in (90, 270), turned
	video = plain["streams"][0]
	assert (video["key_frames"], video["key_distance"]) == (3, 0.4), video
	END
'

it 'shows a file on a page' '
	expect 0 "$VFLOW" probe media/chapters.mkv
	says out "media/chapters.mkv"
	grep -E "^  file     matroska, 1\.[0-9]* s, [0-9.]* kB, [0-9.]* kbit/s$" out
	grep -E "^  video    h264 \(.*\), 160x120, 25 fps, .*yuv420p \(8 bits\)" out
	grep -E "^  audio    aac \(LC\), 44100 Hz, mono, language fre, .*original.*, \"Voice\"$" out
	grep -E "^  subtitle subrip" out
	says out "  chapters 0.00 s  Opening"
	says out "           0.50 s  The rest"
	grep "title: My film" out
	expect 0 "$VFLOW" probe --keys media/frames.mkv
	grep "30 frames, 3 key frames (each 0.40 s)" out
'

it 'shows a folder in lines, in order, and its folders if asked' '
	mkdir -p tree/inner
	cp media/plain.mp4 tree/b.mp4
	cp media/sound.flac tree/a.flac
	cp media/still.png tree/inner/c.png
	echo "to be read" >tree/README.txt
	touch tree/.hidden.mp4
	expect 0 "$VFLOW" probe tree
	test "$(wc -l <out)" -eq 2
	head -n 1 out | grep "^tree/a.flac: flac, 1.20 s, .*flac, 44100 Hz, mono$"
	tail -n 1 out | grep "^tree/b.mp4: mp4, .*h264, 160x120, 25 fps, .*aac, 44100 Hz, mono$"
	expect 0 "$VFLOW" probe -r tree/
	tail -n 1 out | grep "^tree/inner/c.png: "
	expect 0 "$VFLOW" probe --json tree
	test "$(grep -c "\"path\"" out)" -eq 2
'

it 'shows what is broken with the reason, and says so by its status' '
	mkdir broken
	cp media/plain.mp4 broken/good.mp4
	head -c 2000 media/plain.mp4 >broken/cut.mp4
	touch broken/empty.mkv
	echo "no film" >broken/words.mp4
	expect 65 "$VFLOW" probe broken
	says out "broken/cut.mp4: it is no media file, or its beginning is damaged: moov atom not found"
	says out "broken/empty.mkv: the file is empty"
	grep "^broken/words.mp4: it is no media file" out
	grep "^broken/good.mp4: mp4, " out
	expect 0 "$VFLOW" probe - <media/frames.mkv
	grep "h264" out
	expect 69 "$VFLOW" probe nothing.mp4
	says err "nothing.mp4: No such file or directory"
	expect 69 "$VFLOW" probe /dev/null
	grep "it is a device; to see whether it sends: vflow run --chain .device_reader /dev/null" err
	expect 69 "$VFLOW" probe broken/cut.mp4 nothing.mp4
	cp media/stream.ts torn.ts
	dd if=/dev/urandom of=torn.ts bs=188 seek=40 count=20 conv=notrunc status=none
	expect 0 "$VFLOW" probe --keys torn.ts
	grep "^  faults " out
'

it 'makes a table that Python reads, one row a file' '
	mkdir odd
	cp media/plain.mp4 "odd/a, \"b\".mp4"
	touch odd/c.mp4
	expect 65 "$VFLOW" probe --csv odd media/deep.mkv
	python3 - <<-END
	import csv
	rows = list(csv.DictReader(open("out")))
	assert [row["path"] for row in rows] == ["odd/a, \"b\".mp4", "odd/c.mp4", "media/deep.mkv"], rows
	assert rows[0]["video"] == "h264" and rows[0]["width"] == "160" and rows[0]["channels"] == "1"
	assert rows[1]["error"] == "the file is empty"
	assert (rows[2]["hdr"], rows[2]["bit_depth"]) == ("PQ", "10")
	END
	expect 2 "$VFLOW" probe --csv --json media/deep.mkv
	grep "exclude each other" err
'

# serve: answers HTTP on a port of its own, named in the file `port`: /film.mp4 is there, /secret
# wants a password, /silent says nothing.
cat >serve.py <<END
import http.server, threading
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/silent":
            threading.Event().wait()
        data = open("media/plain.mp4", "rb").read() if self.path == "/film.mp4" else b"no film"
        status = {"/film.mp4": 200, "/secret": 401, "/text": 200}.get(self.path, 404)
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *words):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_port, flush=True)
server.serve_forever()
END

it 'says how long a source on the network takes, or why it does not answer' '
	timeout "$((4 * limit))" python3 serve.py >port &
	server=$!
	wait_for port "^[0-9]"
	url=http://127.0.0.1:$(cat port)
	expect 0 "$VFLOW" probe "$url/film.mp4"
	grep -E "^  network  connected after [0-9.]* s, first frame after [0-9.]* s$" out
	expect 69 "$VFLOW" probe "$url/nothing.mp4"
	says err "$url/nothing.mp4: 127.0.0.1 has no such path"
	expect 69 "$VFLOW" probe "$url/secret"
	grep "127.0.0.1 requires a user and password, or other ones" err
	expect 69 "$VFLOW" probe "$url/text"
	grep "127.0.0.1 answers, but sends no media" err
	expect 69 "$VFLOW" probe --timeout=0.3 "$url/silent"
	grep "127.0.0.1, port $(cat port), gave no answer within 0.3 seconds" err
	kill $server
	gone $server
	expect 69 "$VFLOW" probe "$url/film.mp4"
	says err "$url/film.mp4: 127.0.0.1 refuses connections to port $(cat port): nothing listens there"
	expect 69 "$VFLOW" probe rtsp://127.0.0.1:1/live rtsp://u:p@nothing.invalid/live
	says out "rtsp://127.0.0.1:1/live: 127.0.0.1 refuses connections to port 1: nothing listens there"
	grep "^rtsp://\*\*\*@nothing.invalid/live: there is no host nothing.invalid" out
'

# why URL: prints why probe, and then why a reader cannot open it.
why () {
	expect 69 "$VFLOW" probe "$1"
	sed -n "1s,^$1: ,,p" err
	expect 69 "$VFLOW" run -q --chain "video_reader $1 ! void"
	sed -n "s,^vflow: video_reader: cannot open $1: ,,p" err
}

it 'says in a flow, too, why a source cannot be opened' '
	echo text >words
	timeout "$((4 * limit))" python3 serve.py >port &
	server=$!
	wait_for port "^[0-9]"
	for url in "http://127.0.0.1:$(cat port)/nothing.mp4" "http://127.0.0.1:$(cat port)/secret" \
		rtsp://127.0.0.1:1/live http://nothing.invalid/live foo://bar words
	do
		why "$url" >reasons
		test "$(wc -l <reasons)" -eq 2
		test "$(sort -u reasons | wc -l)" -eq 1
	done
	kill $server
	gone $server
'

# Answers RTSP as a camera does that is locked, or has no such path.
cat >camera.py <<END
import socket, threading
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
def serve(connection):
    for line in connection.makefile("rb"):
        if line.startswith(b"CSeq:"):
            number = line.split()[1].decode()
        elif line.startswith((b"OPTIONS", b"DESCRIBE")):
            first = line.decode()
        elif line == b"\r\n":
            status = "200 OK"
            if first.startswith("DESCRIBE"):
                status = "401 Unauthorized" if "/locked" in first else "404 Not Found"
            answer = "RTSP/1.0 %s\r\nCSeq: %s\r\n" % (status, number)
            if status.startswith("401"):
                answer += "WWW-Authenticate: Basic realm=\"camera\"\r\n"
            connection.sendall((answer + "\r\n").encode())
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
END

it 'says why a camera does not send' '
	timeout "$((4 * limit))" python3 camera.py >camera &
	server=$!
	wait_for camera "^[0-9]"
	url=rtsp://127.0.0.1:$(cat camera)
	expect 69 "$VFLOW" probe "$url/locked"
	grep "127.0.0.1 requires a user and password, or other ones: write USER:PASSWORD@" err
	expect 69 "$VFLOW" probe "rtsp://me:wrong@127.0.0.1:$(cat camera)/locked"
	grep "127.0.0.1 requires a user and password" err
	! grep wrong err
	expect 69 "$VFLOW" probe "$url/nowhere"
	grep "127.0.0.1 has no such path" err
	kill $server
'

done_testing
