#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

if ! command -v python3 >/dev/null || ! command -v ffmpeg >/dev/null
then
	echo '1..0 # SKIP there is no python3, or no ffmpeg'
	exit 0
fi

for size in 64x48 96x80
do
	ffmpeg -v error -f lavfi -i testsrc2=size=$size:rate=25 -f lavfi -i sine -t 2 -g 10 \
		-c:v libx264 -preset ultrafast -c:a aac -f mpegts $size.ts || exit 1
done

cat >flow.yaml <<'END'
vflow: 1
nodes:
  camera:
    type: video_reader
    path: ${url}
    threads: 1
    reconnect: {initial: 50ms, max: 200ms, attempts: "${attempts:-0}"}
    timeout: "${silence:-1h}"
  out: {type: print, inputs: camera}
END

# serve FILE:END...: starts such a server (http_files.py); its address is in $url.
serve () {
	rm -f port go
	: >printed
	timeout "$((2 * limit))" python3 -B "$root/tests/python/http_files.py" "$@" &
	server=$!
	wait_for port .
	url=http://127.0.0.1:$(cat port)/
}

# serve_nothing: has in $url an address where nobody listens.
serve_nothing () {
	serve 64x48.ts:close
	kill "$server"
	wait "$server" || true
}

# watch WORD...: starts the flow on $url; what it prints goes to the file `printed` at once, and
# what it says to the file `err`.
watch () {
	rm -f pipe err
	mkfifo pipe
	cat pipe >printed &
	printer=$!
	"$VFLOW" run --var "url=$url" "$@" flow.yaml >pipe 2>err &
	started $!
}

# becomes STATUS [FRAMES]: passes when the flow ends so, and so many frames were printed.
becomes () {
	ends "$1"
	wait "$printer"
	test "$(wc -l <printed)" -eq "${2:-50}" && return
	wc -l printed
	return 1
}

# told COUNT PATTERN: passes when that many lines of the file `err` match.
told () {
	test "$(grep -cE -e "$2" err)" -eq "$1" && return
	echo "not $1 lines \"$2\":"
	cat err
	return 1
}

# rises GAPS: passes when the timestamps in `printed` rise, with so many steps of more than a
# frame; 'some' are one or more.
rises () {
	awk -v wanted="$1" '
		NR > 1 && $3 <= last { print "frame " $2 " goes back to " $3; bad = 1 }
		NR > 1 && $3 - last > 0.05 { gaps++ }
		{ last = $3 }
		END {
			print gaps + 0 " gaps"
			exit bad || (wanted == "some" ? gaps == 0 : gaps + 0 != wanted)
		}' printed
}

# lasts: passes when the gap behind frame 50 is as long as the outage that was told, and not much
# longer, as it would be if it were counted from another time.
lasts () {
	awk -v limit="$limit" -v said="$(sed -n 's/.* is back after \([0-9.]*\) s .*/\1/p' err)" '
		/^frame 50 / { last = $3 }
		/^frame 51 / { gap = $3 - last }
		END {
			print "gap of " gap " s, " said " s were told"
			exit !(gap > 0.05 && gap < said + limit)
		}' printed
}

it 'goes on after a connection that is lost, and says so once for each outage' '
	serve 64x48.ts:cut 64x48.ts:cut 64x48.ts:close
	watch -s nodes.camera.frames=140
	wait_for err "was lost .*; connecting again"
	touch go
	wait_for printed "^frame 90 "
	touch go
	becomes 0 140
	told 2 "connecting again"
	told 2 "is back after"
	told 0 "refused"
	rises 2
'

it 'loses no frame that came before a source fell silent' '
	serve 64x48.ts:silent 64x48.ts:close
	watch --var silence=1s -s nodes.camera.frames=100
	wait_for err "has been silent for 1.0 s; connecting again"
	wait_for printed "^frame 50 "
	touch go
	becomes 0 100
	told 1 "is back after"
	rises 1
	lasts
'

it 'goes on with another size' '
	serve 64x48.ts:close 96x80.ts:close
	watch -s nodes.camera.frames=100
	wait_for err "was closed by the other side; connecting again"
	touch go
	becomes 0 100
	grep -q "^frame 50 .* 64x48 " printed
	grep -q "^frame 51 .* 96x80 .* key" printed
	rises 1
	lasts
'

it 'writes a whole file, with the sound, of a stream that was away' '
	serve 64x48.ts:close 64x48.ts:close
	cat >sound.yaml <<-END
	vflow: 1
	nodes:
	  camera: {type: video_reader, path: "$url", frames: 100, reconnect: {initial: 50ms}}
	  file:
	    type: video_writer
	    path: whole.mkv
	    inputs: {video: camera, audio: camera.audio}
	END
	touch go
	start sound.yaml
	ends 0
	told 1 "is back after"
	for stream in v a
	do
		ffprobe -v error -select_streams $stream -show_entries frame=pts_time -of csv=p=0 \
			whole.mkv | awk "
			NF { bad += count++ && \$1 + 0 <= last; last = \$1 + 0 }
			END { exit bad || count < 100 || last < 3.9 }"
	done
'

it 'ends in batch when the other side ends the stream, unless it is told otherwise' '
	serve 64x48.ts:close
	watch -s nodes.camera.reconnect=auto
	becomes 0
	told 0 "connecting again"
'

it 'connects again in realtime when the other side ends the stream' '
	serve 64x48.ts:close 64x48.ts:close
	watch --realtime -s defaults.queue=100 -s nodes.camera.frames=100 \
		-s nodes.camera.reconnect=auto
	wait_for err "was closed by the other side; connecting again"
	touch go
	becomes 0 100
	told 1 "is back after"
	rises 1
'

it 'takes the end for the end where it is told so, and counts one that is too early' '
	serve 64x48.ts:silent
	watch --var silence=1s -s nodes.camera.reconnect=false
	becomes 65
	told 0 "connecting again"
	told 1 "cannot be read beyond frame 50: Connection timed out"
'

it 'stops at once during an outage' '
	serve 64x48.ts:close
	watch
	wait_for err "connecting again"
	kill -INT "$flow"
	becomes 130
'

it 'stops at once while the first connection is tried' '
	serve_nothing
	watch
	wait_for err "is not there .*; trying again"
	kill -INT "$flow"
	becomes 130 0
'

it 'gives up after the last attempt' '
	serve 64x48.ts:close
	watch --var attempts=2 -s nodes.camera.restart=no
	becomes 1
	told 1 "does not come back: 2 attempts in"
'

it 'gives up on a source that has never been there' '
	serve_nothing
	watch --var attempts=2
	becomes 69 0
	told 1 "is not there .*; trying again"
	told 1 "does not come back: 2 attempts in"
'

it 'does not try again at first unless it is told to' '
	serve_nothing
	watch -s nodes.camera.reconnect=auto
	becomes 69 0
	told 1 "cannot open http.*: .* refuses connections to port [0-9]*: nothing listens there"
	told 0 "trying again"
'

it 'waits for a source that comes later than its reader' '
	serve 64x48.ts:close 64x48.ts:close
	"$VFLOW" run --quiet --var "url=$url" -s nodes.camera.reconnect=false flow.yaml >first
	watch -s nodes.camera.frames=50
	wait_for err "is not there .*; trying again"
	touch go
	becomes 0
	told 1 "is back after"
'

it 'goes on after what a reader that was killed has made' '
	serve 64x48.ts:silent 64x48.ts:close
	watch -s nodes.camera.frames=80
	wait_for printed "^frame 40 "
	kill -9 "$(worker camera)"
	wait_for err "is not there .*; trying again"
	touch go
	ends 0
	rises 1
'

# send: sends pictures by UDP to $url, for 40 seconds or until it is killed.
send () {
	ffmpeg -v error -re -stream_loop 20 -i 64x48.ts -map 0:v -c copy -f mpegts \
		"$url?pkt_size=1316" &
	sender=$!
}

it 'takes up datagrams again that paused' '
	port=$(python3 -c "
import socket
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.bind((\"127.0.0.1\", 0))
print(one.getsockname()[1])")
	url=udp://127.0.0.1:$port
	send
	watch --var silence=2s
	wait_for printed "^frame 20 "
	kill -9 "$sender"
	wait_for err "has been silent for 2.0 s; connecting again"
	before=$(wc -l <printed)
	send
	wait_for err "is back after"
	# The line comes before the first frame does.
	await "test \"\$(wc -l <printed)\" -gt \$1" "$before"
	kill -INT "$flow"
	kill -9 "$sender"
	ends 130
	rises some
'

# refuses TEXT SENTENCE: passes when `reconnect` with TEXT is a mistake that is told so.
refuses () {
	sed "s/{initial.*}/$1/" flow.yaml >wrong.yaml
	expect 78 "$VFLOW" check --var url=http://host/ wrong.yaml
	grep -qF -e "$2" out err
}

it 'says what is wrong with how to connect again' '
	refuses "{maks: 1s}" "reconnect has no key \"maks\"; did you mean \"max\"?"
	refuses "{max: often}" "max of reconnect is \"often\"; it is a duration, such as 2.5, 40ms, 1m30s or 00:01:30 (1 ms to 24 hours)"
	refuses "{initial: 40s}" "initial of reconnect is longer than max; it must not be"
	refuses perhaps "it is one of auto, true, false"
'

done_testing
