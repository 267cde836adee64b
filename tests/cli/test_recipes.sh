#!/bin/sh
# SPDX-License-Identifier: MIT
# Every recipe of vflow-recipes(7), as a reader pastes it. Cameras and servers become files and what
# this machine has.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/examples.sh"
. "$root/tests/cli/cascades.sh"
cascade_files frontalface_default profileface
. "$root/tests/cli/models.sh"
take_runtime fake
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY no_proxy NO_PROXY

ln in.mp4 film.mp4
mkdir parts
"$VFLOW" run -q @testclip output=live.mp4 size=320x180 rate=25 frames=25 || exit 1
ln live.mp4 parts/1.mp4
ln live.mp4 parts/2.mp4
ffmpeg -v error -nostdin -f lavfi -i color=red:s=64x32:d=1 -frames:v 1 -update 1 logo.png || exit 1
printf '1\n00:00:00,000 --> 00:00:02,000\nhello\n' >film.srt
ffmpeg -v error -nostdin -y -i in.mp4 -i film.srt -map 0 -map 1 -c copy -c:s srt film.mkv || exit 1

# cook PAGE NAME: runs a recipe in the shell, where all that it names is at hand.
cook () {
	paste "$1" "$2" |
		sed "s|rtsp://[a-z]*/live|live.mp4|g; s|rtmp://[^ ]*|udp://127.0.0.1:9|" >recipe.sh
	expect 0 timeout "$((2 * limit))" bash -e recipe.sh </dev/null
}

# frames FILE, size FILE, sounds FILE: print what a film has.
frames () {
	ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets \
		-of csv=p=0 "$1"
}
size () {
	ffprobe -v error -select_streams v -show_entries stream=width,height -of csv=p=0 "$1"
}
sounds () {
	ffprobe -v error -select_streams a -show_entries stream=codec_name -of csv=p=0 "$1"
}

# packets FILE TYPE: prints a hash of the packets of a stream, which a copy keeps.
packets () {
	ffmpeg -v error -nostdin -i "$1" -map "0:$2" -c copy -f data - | md5sum
}

# brightness FILE: prints how bright the first frame is, 0 to 255.
brightness () {
	ffmpeg -v error -nostdin -i "$1" -frames:v 1 -vf scale=1:1,format=gray -f rawvideo - |
		od -An -tu1 | tr -d ' '
}

it 'has at least thirty recipes, each with a test' '
	test "$(grep -c "^\.Bd" "$root/man/vflow-recipes.7")" -ge 30
	python3 "$root/tests/manual/examples.py" check "$root/man/vflow-recipes.7" \
		"$root/tests/cli/test_recipes.sh"
	mandoc -T lint -W warning "$root/man/vflow-recipes.7"
'

it 'converts' '
	cook vflow-recipes.7 transcode
	test "$(frames out.mp4) $(sounds out.mp4)" = "24 aac"
	cook vflow-recipes.7 transcode-folder
	test "$(frames small/first.mkv)" -eq 24
	grep "films/second.mp4 is left out" err
	mv films/second.mp4 second.mp4
	cook vflow-recipes.7 batch
	test "$(frames small/first.mp4)" -eq 24
	grep "^\[1/1\] done: films/first.mp4 (" err
	cook vflow-recipes.7 batch
	grep "^1 done, 1 of them before; " err
	mv second.mp4 films/second.mp4
	cook vflow-recipes.7 resize
	test "$(size small.mp4) $(sounds small.mp4)" = "640,360 aac"
	cook vflow-recipes.7 remux
	test "$(packets film.mkv v)" = "$(packets film-copy.mp4 v)" || test "$(frames film-copy.mp4)" -eq 24
	cook vflow-recipes.7 hardware
	test "$(frames out.mp4)" -eq 24
	cook vflow-recipes.7 groups
	test "$(frames small.mp4)" -eq 24
	cook vflow-recipes.7 gif
	test "$(frames film.gif) $(size film.gif)" = "20 320,180"
	cook vflow-recipes.7 hls
	test "$(size www/large.m3u8 | head -n 1) $(size www/small.m3u8 | head -n 1)" = "1280,720 640,360"
	rm -r www small
'

it 'cuts and joins' '
	cook vflow-recipes.7 trim
	test "$(frames part.mp4)" -eq 8
	cook vflow-recipes.7 trim-copy
	test "$(frames part-copy.mp4)" -ge 8
	cook vflow-recipes.7 concat
	test "$(frames all.mp4) $(sounds all.mp4)" = "50 aac"
	cook vflow-recipes.7 segments
	test "$(ls pieces | wc -l)" -ge 3
	test -s pieces/001.mp4
'

it 'changes the picture' '
	cook vflow-recipes.7 crop
	test "$(size cropped.mp4)" = 640,360
	cook vflow-recipes.7 rotate
	test "$(size turned.mp4) $(sounds turned.mp4)" = "540,960 aac"
	cook vflow-recipes.7 text
	test "$(frames timed.mp4)" -eq 24
	cook vflow-recipes.7 watermark
	test "$(frames marked.mp4) $(sounds marked.mp4)" = "24 aac"
	ffmpeg -v error -nostdin -i marked.mp4 -frames:v 1 -vf crop=32:16:896:24,scale=1:1,format=rgb24 \
		-f rawvideo - | od -An -tu1 | awk "{ exit !(\$1 > 200 && \$2 < 60) }"
	cook vflow-recipes.7 picture-in-picture
	test "$(frames both.mp4)" -eq 24
	cook vflow-recipes.7 side-by-side
	test "$(frames compare.mp4)" -eq 24
	cook vflow-recipes.7 blur
	test "$(frames hidden.mp4)" -eq 24
	if test -n "$has_opencv"
	then
		cook vflow-recipes.7 faces
		test "$(frames published.mp4)" -eq 24
	fi
	cook vflow-recipes.7 motion
	test "$(frames marked.mp4) $(wc -l <motion.csv)" = "24 25"
	cook vflow-recipes.7 count-lines
	test "$(frames counted.mp4)" -eq 24
	test -f crossings.jsonl
	cook vflow-recipes.7 best-pictures
	test -f best.jsonl
	cook vflow-recipes.7 dataset
	grep -x "  0: \"person\"" street/crops/data.yaml
	cook vflow-recipes.7 burn-in
	test "$(frames titled.mp4)" -eq 24
	cook vflow-recipes.7 subtitles
	ffprobe -v error -show_entries stream=codec_type -of csv=p=0 with-titles.mkv | grep -x subtitle
'

it 'changes the time' '
	cook vflow-recipes.7 timelapse
	test "$(frames lapse.mp4)" -eq 24
	ffprobe -v error -show_entries format=duration -of csv=p=0 lapse.mp4 | grep "^0.96"
	cook vflow-recipes.7 speed
	ffprobe -v error -show_entries format=duration -of csv=p=0 fast.mp4 | grep "^3.0"
	test -z "$(sounds fast.mp4)"
	cook vflow-recipes.7 rate
	test "$(frames steady.mp4)" -eq 360
'

it 'makes pictures, and videos of them' '
	cook vflow-recipes.7 one-picture
	expect 0 "$VFLOW" run -q --chain "video_reader film.mp4 ! image_writer all/{time}.png"
	cmp all/00-00-02.500.png at.png
	cook vflow-recipes.7 frames
	test "$(ls stills)" = "$(printf "%04d.jpg\n" 1 2 3)"
	cook vflow-recipes.7 one-a-second
	test "$(ls seconds | wc -l)" -eq 12
	paste vflow-recipes.7 indexed | sed "s/vflow run/& --max-errors=1/" >recipe.sh
	expect 0 timeout "$limit" bash -e recipe.sh
	test "$(ls pictures | wc -l)" -eq 12
	python3 -c "import json
rows = [json.loads(line) for line in open(\"pictures.jsonl\")]
assert [row[\"value\"] for row in rows] == [\"pictures/first-%d.jpg\" % (i + 1) for i in range(12)]
assert all(row[\"source\"] == \"first.mp4\" and row[\"timestamp\"] == i for i, row in enumerate(rows))"
	cook vflow-recipes.7 pictures-to-video
	test "$(frames shots.mp4)" -eq 3
	cook vflow-recipes.7 contact-sheet
	test -s sheet.jpg
	cook vflow-recipes.7 scenes
	test "$(wc -l <scenes.csv)" -eq "$((1 + $(ls scenes | wc -l)))"
	test -s scenes/0001.jpg
	cook vflow-recipes.7 snapshot
	test "$(size latest.jpg)" = 640,360
'

it 'shows a camera in the terminal' '
	paste vflow-recipes.7 watch |
		sed "s|rtsp://camera/live|live.mp4 loop=-1|; s|reconnect=true||; s|tap|& --limit=3|" >recipe.sh
	echo "vflow stop street" >>recipe.sh
	expect 0 timeout "$((2 * limit))" python3 "$root/tests/python/terminal.py" 100 bash -e recipe.sh
	grep "▀▀▀▀▀▀▀▀" out
	leaves_nothing
'

it 'works on the sound' '
	cook vflow-recipes.7 extract-sound
	test -z "$(size sound.m4a)"
	test "$(packets film.mp4 a)" = "$(packets sound.m4a a)"
	cook vflow-recipes.7 silent
	test -z "$(sounds silent.mp4)"
	test "$(packets film.mp4 v)" = "$(packets silent.mp4 v)"
	cook vflow-recipes.7 loudness
	test "$(packets film.mp4 v)" = "$(packets even.mp4 v)"
	cook vflow-recipes.7 music
	test "$(frames with-music.mp4) $(sounds with-music.mp4)" = "24 aac"
'

it 'records cameras, sends them on, and shows several' '
	rmdir recordings 2>/dev/null || rm -r recordings
	cook vflow-recipes.7 nvr
	test "$(frames recordings/*-00001.mkv)" -ge 1
	paste vflow-recipes.7 webcam | sed "s|camera=/dev/video0|camera=testsrc2=d=1,realtime format=lavfi|" >recipe.sh
	expect 0 timeout "$((2 * limit))" bash -e recipe.sh
	test "$(ls recordings | wc -l)" -eq 2
	fake_model det.onnx "input x float32 -1 3 -1 -1" "output maps float32 -1 1 -1 -1"
	fake_model rec.onnx "input x float32 -1 3 48 -1" "output softmax float32 -1 -1 4" "tells bars"
	printf "%s\n" a b c >keys.txt
	cook vflow-recipes.7 read-text
	test "$(wc -l <texts.jsonl)" -ge 2
	cook vflow-recipes.7 motion-clips
	test -e clips.jsonl
	cook vflow-recipes.7 evidence
	test -e evidence.jsonl
	cook vflow-recipes.7 watch-stream
	test -e alarms.jsonl
	cook vflow-recipes.7 restream
	cook vflow-recipes.7 wall
	test "$(size wall.mkv)" = 1280,720
	fake_model yolo.onnx "input images float32 -1 3 64 64" "output output0 float32 -1 6 64" \
		"tells columns" "metadata task detect"
	cook vflow-recipes.7 four-cameras
	test "$(size four.mkv)" = 1280,720
	cook vflow-recipes.7 two-cameras
	test "$(size pair.mkv)" = 640,180
	cook vflow-recipes.7 camera-facts
	grep "h264" out
	cook vflow-recipes.7 live-drop
	test -s now.jpg
	mkdir -p bin
	printf "%s\n" "#!/bin/sh" "exec ffmpeg -v error -i - -c copy -f nut played.nut" >bin/ffplay
	chmod +x bin/ffplay
	PATH=$workdir/bin:$PATH
	cook vflow-recipes.7 pipe
	test "$(frames played.nut)" -eq 24
'

it 'tells people with a picture when something moves' '
	rm -f port requests
	ffmpeg -v error -nostdin -f lavfi -i color=gray:s=160x120:r=25:d=4 -f lavfi \
		-i color=white:s=40x40:r=25:d=4 -filter_complex "overlay=x=t*30:y=40:enable=gte(t\\,2)" -y moves.mp4
	timeout "$((2 * limit))" python3 "$root/tests/python/hook_server.py" "$workdir" &
	server=$!
	wait_for port .
	paste vflow-recipes.7 alarm | sed "s|rtsp://camera/live|moves.mp4|
		s|https*://[^/]*/|http://127.0.0.1:$(cat port)/ok/|" >alarm.yaml
	status=0
	expect 0 timeout "$limit" "$VFLOW" run -q --batch alarm.yaml || status=$?
	kill "$server"
	test "$status" -eq 0
	for place in our-yard api/webhooks/1/key api/webhook/yard
	do
		test "$(grep -c "/ok/$place\"" requests)" -eq 1
	done
	grep "\"Title\": \"motion in the yard\"" requests
	grep "content.*motion in the yard, 0 before" requests
	grep "times motion in the yard" requests
'

it 'gives facts to people and programs' '
	cook vflow-recipes.7 probe-folder
	grep "^films/second.mp4,.*no media file" films.csv
	grep "^films/first.mp4,.*,h264,960,540,2," films.csv
	cook vflow-recipes.7 csv
	test "$(wc -l <frames.csv)" -eq 25
	cook vflow-recipes.7 index
	python3 -c "import json
rows = [json.loads(line) for line in open(\"index.jsonl\")]
assert [(row[\"number\"], row[\"timestamp\"]) for row in rows] == [(i + 1, i / 2) for i in range(24)]
assert rows[0][\"value\"][\"key\"] is True"
	mkdir server
	timeout "$((4 * limit))" python3 -B "$root/tests/python/hook_server.py" server &
	server=$!
	wait_for server/port "^[0-9]"
	paste vflow-recipes.7 webhook | sed "s|127.0.0.1:8000/frames|127.0.0.1:$(cat server/port)/ok|" >recipe.sh
	expect 0 timeout "$limit" bash -e recipe.sh
	kill $server
	test "$(wc -l <server/requests)" -eq 12
	cook vflow-recipes.7 receipt
	says out "archive.mkv: ok"
	cook vflow-recipes.7 report
	python3 -c "import json; assert json.load(open(\"run.json\"))[\"status\"] == 0"
'

it 'calls a function in Python' '
	test -n "$python" || exit 0
	mkdir interpreter
	ln -s "$(command -v "$python")" interpreter/python3
	PATH=$PWD/interpreter:$PATH cook vflow-recipes.7 function
	test "$(grep -cE "^[0-9]+\.[0-9]$" out)" -eq 24
'

it 'changes frames in a Python program' '
	test -n "$python" || exit 0
	paste vflow-recipes.7 python | sed "s|python3 program|$python program|" >recipe.sh
	sed -i "s|output=negative.mp4|& frames=ipc://$workdir/there answers=ipc://$workdir/back|" recipe.sh
	sed -i "2i sed -i \"s,tcp://127.0.0.1:5555,ipc://$workdir/there,; s,tcp://127.0.0.1:5556,ipc://$workdir/back,; s,ipc://$workdir/5555,ipc://$workdir/there,; s,ipc://$workdir/5556,ipc://$workdir/back,\" program.py" recipe.sh
	expect 0 timeout "$((2 * limit))" bash -e recipe.sh
	test "$(frames negative.mp4)" -eq 24
	sum=$(($(brightness film.mp4) + $(brightness negative.mp4)))
	test $sum -gt 235
	test $sum -lt 275
'

it 'changes frames in an ffmpeg command' '
	cook vflow-recipes.7 through-ffmpeg
	test "$(frames old.mp4) $(sounds old.mp4)" = "24 aac"
	test "$(brightness old.mp4)" -lt "$(brightness film.mp4)"
'

it 'gives frames to a Python program in batches' '
	test -n "$python" || exit 0
	paste vflow-recipes.7 batches-program | dedent >batches.py
	paste vflow-recipes.7 batches | sed "s|python3 batches|$python batches|" >recipe.sh
	expect 0 timeout "$((2 * limit))" bash -e recipe.sh
	grep "(8, 224, 224, 3)" out >got
	sed "s/ .*//" got | xargs >numbers
	says numbers "8 16 24"
'

it 'shares work, and measures it' '
	cook vflow-recipes.7 replicas
	test "$(frames soft.mp4)" -eq 24
	cook vflow-recipes.7 groups
	test "$(frames out.mp4) $(size out.mp4)" = "24 640,360"
	cook vflow-recipes.7 gpu
	test "$(frames out.mp4)" -eq 24
	cook vflow-recipes.7 test-source
	test "$(frames test.mp4)" -eq 100
	cook vflow-recipes.7 benchmark
	grep "^video_reader " err
	cook vflow-recipes.7 doctor
	grep "flows can run$" out
'

# Ports may be taken: the flow is as it stands, at others.
it 'lets tasks talk through TCP ports' '
	paste vflow-recipes.7 tcp >recipe.sh
	for base in 6000 16000 26000 36000
	do
		sed "s|base=6000|base=$base|" recipe.sh >other.sh
		status=0
		timeout "$limit" bash -e other.sh >out 2>err </dev/null || status=$?
		test $status -ne 0 || break
	done
	test "$status" -eq 0
	test "$(frames out.mp4)" -eq 24
'

done_testing
