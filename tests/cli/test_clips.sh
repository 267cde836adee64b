#!/bin/sh
# SPDX-License-Identifier: MIT
# A file for each event: video_writer with `when`.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/find_python.sh"

if test -z "$python"
then
	echo "1..0 # SKIP there is no Python with numpy"
	exit 0
fi

clips () {
	"$python" "$root/tests/cli/clips.py" "$@"
}

# 1,000 events, 17 frames apart, and 10 s for all else. The numbers of the frames are burnt in.
clips make 17000 >long.raw && head -c $((64 * 32 * 1000)) long.raw >short.raw || exit 1
raw="-f rawvideo -pix_fmt gray -s 64x32 -r 25"
x264="-c:v libx264 -preset veryfast -bf 3"
# shellcheck disable=SC2086 # they are several words
ffmpeg -v error -nostdin $raw -i long.raw -pix_fmt yuv420p $x264 -g 33 long.mp4 || exit 1
# shellcheck disable=SC2086
ffmpeg -v error -nostdin $raw -i short.raw -f lavfi -i sine=440:r=48000:d=40 \
	-map 0 -map 1 -pix_fmt yuv420p $x264 -g 40 -c:a aac short.mp4 \
	-map 0 -map 1 -pix_fmt yuv420p $x264 -x264-params open-gop=1:keyint=33:b-adapt=0 -c:a mp2 open.ts \
	-map 0 -pix_fmt yuv420p $x264 -x264-params open-gop=1:keyint=33:b-adapt=0 open.mkv \
	-map 0 -pix_fmt yuv420p -c:v mpeg2video -q:v 3 -g 12 -bf 2 mpeg2.ts \
	-map 0 -vf "settb=1/1000,setpts=PTS+mod(N\,7)*5" -fps_mode passthrough -enc_time_base 1:1000 \
	-pix_fmt yuv420p $x264 -g 40 uneven.mkv || exit 1
sources="short.mp4 open.ts open.mkv mpeg2.ts uneven.mkv"
# shellcheck disable=SC2086
if ffmpeg -v error -nostdin $raw -i short.raw -pix_fmt yuv420p -c:v libx265 -preset ultrafast \
	-x265-params log-level=error:keyint=40:bframes=3:open-gop=1:b-adapt=0 hevc.mp4 2>x265.log
then
	sources="$sources hevc.mp4"
fi
rm long.raw short.raw

# flow SOURCE VIDEO PATH [LINE...]: writes flow.yaml, which makes a clip of every 137th frame.
flow () {
	cat >flow.yaml <<-END
	vflow: 1
	vars: {nth: 137, codec: copy, cut: key}
	nodes:
	  reader: {type: video_reader, path: $1}
	  hit: {type: every, inputs: reader, nth: "\${nth}"}
	  out:
	    type: video_writer
	    inputs: {video: $2, when: hit}
	    path: "$3"
	    codec: "\${codec}"
	    cut: "\${cut}"
	    pre_roll: 1s
	    post_roll: 1.3s
	  list: {type: file_append, inputs: out.events, path: events.jsonl, append: false}
	END
}

it 'finds each of 1,000 events at the frame that it tells, in files that follow without a gap' '
	flow long.mp4 reader.packets "long/{seq:04d}.mp4"
	expect 0 "$VFLOW" run -q --var nth=17 -s nodes.out.longest=5s flow.yaml
	test "$(wc -l <events.jsonl)" -eq 1000
	clips events events.jsonl >places
	grep "^2000 right, 0 wrong, in [1-9][0-9]* files$" places
	clips numbers long/*.mp4 | sed "s/-/ /" >ranges
	awk "\$1 != (NR == 1 ? 0 : last + 1) { exit 1 } { last = \$2 } END { exit last != 16999 }" ranges
'

# At key frames, 40 frames apart at most, a copied clip begins within 1 s and one GOP before its event,
# and it ends 1.3 s after it, or where the pictures do that are decoded together with that one.
for source in $sources
do
	it "makes clips of $source: packets into .mp4 and .ts, and frames that are encoded" "
		flow $source reader.packets $source-{seq}.mp4
		cat >>flow.yaml <<-END
		  ts:
		    type: video_writer
		    inputs: {video: reader.packets, when: hit}
		    path: $source-{seq}.ts
		    codec: copy
		    pre_roll: 1s
		    post_roll: 1.3s
		  encoded:
		    type: video_writer
		    inputs: {video: reader, when: hit}
		    path: $source-{seq}.mkv
		    preset: veryfast
		    pre_roll: 1s
		    post_roll: 1.3s
		  ts_list: {type: file_append, inputs: ts.events, path: ts.jsonl, append: false}
		  encoded_list: {type: file_append, inputs: encoded.events, path: encoded.jsonl, append: false}
		END
		expect 0 \"\$VFLOW\" run -q flow.yaml
		clips events events.jsonl ts.jsonl encoded.jsonl >places
		cat places
		test \$(grep -c '^16 right, 0 wrong, in 8 files$' places) -eq 3
		clips numbers $source-*.mp4 $source-*.ts $source-*.mkv >ranges
		awk -F - 'NF != 2 { exit 1 }
			{ event = int((\$1 + 66) / 137) * 137 }
			\$1 > event - 25 && \$1 || \$2 < event + 32 || \$2 > event + 36 { exit 1 }' ranges
	"
done

# exact SOURCE: writes flow.yaml, which makes clips of SOURCE that are cut exactly.
exact () {
	flow "$1" reader.packets "exact/$1-{seq}.mp4"
	for ending in ts mkv
	do
		cat >>flow.yaml <<-END
		  $ending:
		    type: video_writer
		    inputs: {video: reader.packets, when: hit}
		    path: exact/$1-{seq}.$ending
		    codec: copy
		    cut: exact
		    pre_roll: 1s
		    post_roll: 1.3s
		  ${ending}_list: {type: file_append, inputs: $ending.events, path: $ending.jsonl, append: false}
		END
	done
}

# In uneven.mkv a picture is up to 30 ms later than its number says.
for source in $sources
do
	test "$source" = mpeg2.ts && continue
	it "cuts clips of $source at just their times, and copies what is between" "
		exact $source
		expect 0 \"\$VFLOW\" run -q --var cut=exact flow.yaml
		test ! -s err
		clips events events.jsonl ts.jsonl mkv.jsonl >places
		test \$(grep -c '^16 right, 0 wrong, in 8 files$' places) -eq 3
		for ending in mp4 ts mkv
		do
			clips numbers exact/$source-[1-8].\$ending
		done >ranges
		\"\$python\" - >wanted <<-END
			shown = [40 * n + (n % 7 * 5 if '$source' == 'uneven.mkv' else 0) for n in range(1000)]
			for event in list(range(0, 1000, 137)) * 3:
			    clip = [n for n in range(1000) if -1000 <= shown[n] - shown[event] <= 1300]
			    print(f'{clip[0]}-{clip[-1]}')
		END
		cmp ranges wanted
		for file in exact/$source-*
		do
			ffmpeg -v error -nostdin -i \$file -map 0 -fps_mode passthrough \\
				-enc_time_base 1:1000 -f null -
		done >errors 2>&1
		test ! -s errors
		test $source = open.ts || clips copied $source exact/$source-*.m* >counts
	"
done

# A clip of 59 pictures, of groups of 40, is copied from its first key frame on.
it 'encodes no more than the edges of a clip' '
	clips copied short.mp4 exact/short.mp4-*.mp4 >counts
	awk "{ copied += \$2 } \$1 > 39 || \$3 > 3 { exit 1 } END { exit copied < 8 * 20 }" counts
'

it 'makes several exact clips of one group of pictures, and goes on exactly after the longest' '
	flow open.ts reader.packets "many/{seq}.mkv"
	expect 0 "$VFLOW" run -q --var cut=exact --var nth=7 -s nodes.out.pre_roll=40ms -s nodes.out.post_roll=80ms flow.yaml
	clips events events.jsonl
	for number in $(seq 143)
	do
		echo "$((number == 1 ? 0 : number * 7 - 8))-$((number * 7 - 5))"
	done >wanted
	# shellcheck disable=SC2046
	clips numbers $(seq -f "many/%g.mkv" 143) >ranges
	cmp ranges wanted
	flow open.ts reader.packets "long/{seq:04d}.mp4"
	rm -f long/*
	expect 0 "$VFLOW" run -q --var cut=exact -s nodes.out.pre_roll=9s -s nodes.out.longest=3s flow.yaml
	clips numbers long/*.mp4 | sed "s/-/ /" >ranges
	awk "\$1 != (NR == 1 ? 0 : last + 1) { exit 1 } { last = \$2 } END { exit NR < 8 || last != 991 }" ranges
'

it 'says of which packets exact clips cannot be made' '
	flow mpeg2.ts reader.packets "not/{seq}.mp4"
	expect 74 "$VFLOW" run --var cut=exact flow.yaml
	grep "cut: pictures of this source cannot be cut exactly: it is neither H.264 nor HEVC; leave cut: exact out, or encode all" err
'

it 'copies the packets as they are' '
	flow short.mp4 reader.packets "same/{seq}.mp4"
	expect 0 "$VFLOW" run -q flow.yaml
	ffmpeg -v error -nostdin -i short.mp4 -map 0:v -c copy -f framemd5 - | sed -n "s/^0.*, //p" >all
	for file in same/*.mp4
	do
		ffmpeg -v error -nostdin -i $file -map 0:v -c copy -f framemd5 - | sed -n "s/^0.*, //p" >some
		test -s some
		python3 -c "import sys; sys.exit(open(\"some\").read() not in open(\"all\").read())"
	done
'

it 'records sound with the pictures of its time' '
	flow short.mp4 reader.packets "sound/{seq}.mp4"
	sed -i "s/video: reader.packets,/& audio: reader.audio,/" flow.yaml
	expect 0 "$VFLOW" run -q flow.yaml
	"$python" - <<-END
	import subprocess
	def packets(path, stream):
	    said = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", "0:" + stream, "-c", "copy",
	                           "-f", "framemd5", "-"], stdout=subprocess.PIPE, check=True).stdout.decode()
	    base = [line for line in said.splitlines() if line.startswith("#tb")][0].split()[-1].split("/")
	    rows = [line.split(",") for line in said.splitlines() if line.startswith("0,")]
	    return [(int(row[2]) * int(base[0]) / int(base[1]), row[-1]) for row in rows]
	pictures, sound = packets("short.mp4", "v"), packets("short.mp4", "a")
	for number in range(1, 9):
	    path = f"sound/{number}.mp4"
	    some, heard = packets(path, "v"), packets(path, "a")
	    at = [hash for _, hash in pictures].index(some[0][1])
	    place = [hash for _, hash in sound].index(heard[0][1])
	    assert [hash for _, hash in heard] == [hash for _, hash in sound[place:place + len(heard)]]
	    shift = (pictures[at][0] - some[0][0]) - (sound[place][0] - heard[0][0])
	    assert abs(shift) < 0.001, shift
	    assert abs(heard[0][0]) < 0.03 and abs(heard[-1][0] - some[-1][0]) < 0.2, (heard, some)
	END
'

# told WORD: prints WORD, in Python, of each `event` in events.jsonl.
told () {
	"$python" -c "import json
for line in open(\"events.jsonl\"):
    event = json.loads(line)[\"value\"]
    print($1)"
}

# moving PATH: writes moving.yaml, which records when the picture of moving.mkv moves: it does so
# from 2 s to 5 s and from 7 s to 8 s.
moving () {
	test -e moving.mkv || ffmpeg -v error -nostdin -f lavfi -i color=gray:s=160x120:r=25:d=12 \
		-f lavfi -i color=white:s=40x40:r=25:d=12 -filter_complex \
		"[0][1]overlay=x='if(between(t,2,4.99)+between(t,7,7.99),20+mod(n*3,90),200)':y=30" \
		-c:v libx264 -g 10 -bf 2 -preset veryfast moving.mkv
	cat >moving.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: moving.mkv}
	  moves: {type: motion, inputs: reader, scale: 1}
	  out:
	    type: video_writer
	    inputs: {video: reader.packets, when: moves.events}
	    path: "$1"
	    codec: copy
	    pre_roll: 0.5s
	    post_roll: 0.4s
	  list: {type: file_append, inputs: out.events, path: events.jsonl, append: false}
	END
}

it 'goes on with an event until it ends, and calls the file after it' '
	moving "moved/{where}-{what}-{seq}.mkv"
	expect 0 "$VFLOW" run -q moving.yaml
	test "$(ls moved | xargs)" = "none-motion-1.mkv none-motion-2.mkv"
	told "event[\"end\"] is None, event[\"recording\"][\"begin\"][\"file\"][-5], event[\"recording\"][\"end\"] is None" >ends
	printf "%s\n" "True 1 True" "False 1 False" "True 2 True" "False 2 False" | cmp - ends
	ffprobe -v error -show_entries format=duration -of csv=p=0 moved/*1.mkv | awk "{ exit !(\$1 > 3.8 && \$1 < 4.6) }"
	ffprobe -v error -show_entries format=duration -of csv=p=0 moved/*2.mkv | awk "{ exit !(\$1 > 1.5 && \$1 < 2.2) }"
'

it 'makes one file of events that overlap' '
	moving "joined/{seq}.mkv"
	expect 0 "$VFLOW" run -q -s nodes.out.pre_roll=2.5s moving.yaml
	test "$(ls joined)" = 1.mkv
	told "event[\"recording\"][\"begin\"][\"file\"]" | sort | uniq -c | grep " 4 joined/1.mkv"
'

it 'makes the same clips however late the events come' '
	moving "early/{seq}.mkv"
	expect 0 "$VFLOW" run -q moving.yaml
	mv events.jsonl early.jsonl
	moving "late/{seq}.mkv"
	sed -i "s/when: moves.events/when: slow/; s/^  list:/  slow: {type: identity, inputs: moves.events, fps: 2}\n&/" moving.yaml
	expect 0 "$VFLOW" run -q moving.yaml
	sed "s/late/early/g" events.jsonl | cmp - early.jsonl
	for file in early/*
	do
		ffmpeg -v error -nostdin -i $file -c copy -f framemd5 one -i late/${file#*/} -map 1 -c copy -f framemd5 other -y
		cmp one other
	done
	test "$(ls early | xargs)" = "$(ls late | xargs)"
'

it 'waits for the events of frames that a detector drops in realtime' '
	moving "live/{seq}.mkv"
	sed -i "s/^vflow: 1/&\nmode: realtime/; s/path: moving.mkv/&, pace: true, loop: 1/
		s/inputs: reader,/inputs: thin,/; s/^  moves:/  thin: {type: every, inputs: reader, nth: 5}\n&/" moving.yaml
	expect 0 "$VFLOW" run -q moving.yaml
	test -s live/1.mkv
	"$python" - <<-END
	import json
	for line in open("events.jsonl"):
	    event = json.loads(line)["value"]
	    assert event["recording"]["begin"]["frame"] >= 12, event
	END
'

it 'tells where each event is in a recording in segments' '
	for case in short.mp4-packets-copy-mp4 open.ts-packets-copy-ts uneven.mkv-packets-copy-mkv \
		uneven.mkv-video-auto-mp4 short.mp4-video-auto-mkv
	do
		IFS=- read -r source port codec ending <<-END
			$case
		END
		rm -rf segments
		flow $source reader.$port "segments/{seq:03d}.$ending"
		expect 0 "$VFLOW" run -q --var nth=17 --var codec=$codec -s nodes.out.segment_time=3s \
			-s nodes.out.event_delay=10s flow.yaml
		clips events events.jsonl >places
		grep "^118 right, 0 wrong, in 1[1-4] files$" places
		clips numbers segments/* | sed "s/-/ /" >ranges
		awk "\$1 != (NR == 1 ? 0 : last + 1) { exit 1 } { last = \$2 } END { exit last != 999 }" ranges
	done
'

it 'tells of an event in several segments where it begins and where it ends, however late it comes' '
	moving "long/{seq}.mkv"
	rm -rf long
	expect 0 "$VFLOW" run -q -s nodes.out.segment_time=1s moving.yaml
	told "*[\"%s:%d\" % (place[\"file\"], place[\"frame\"]) if place else None for place in event[\"recording\"].values()]" >places
	printf "%s\n" "long/3.mkv:1 None" "long/3.mkv:1 long/5.mkv:16" "long/8.mkv:1 None" "long/8.mkv:1 long/8.mkv:18" |
		cmp - places
	test "$(ls long | wc -l)" -eq 12
	mv events.jsonl early.jsonl
	sed -i "s/when: moves.events/when: slow/; s/^  list:/  slow: {type: identity, inputs: moves.events, fps: 2}\n&/" moving.yaml
	expect 0 "$VFLOW" run -q -s nodes.out.segment_time=1s moving.yaml
	cmp events.jsonl early.jsonl
'

it 'says of which segments it cannot tell events' '
	flow short.mp4 reader.packets "no-{seq}-{what}.mp4"
	expect 78 "$VFLOW" check -s nodes.out.segment_time=3s flow.yaml
	grep "^flow.yaml:9:11: video_writer: path: {what}, {where}, {class} and {track} are of one event, and segments of none" err
	expect 78 "$VFLOW" check -s nodes.out.segment_time=3s -s "nodes.out.path={source}-{seq}.mp4" flow.yaml
	grep "path: segments with events are one recording" err
	expect 78 "$VFLOW" check -s nodes.out.segment_time=3s -s "nodes.out.path={seq}.mp4" --var cut=exact flow.yaml
	grep "cut: it is of clips; with segment_time all is recorded" err
	flow short.mp4 reader "no-{seq}.avi"
	expect 74 "$VFLOW" run -s nodes.out.segment_time=3s --var codec=auto flow.yaml
	grep "when: no-{seq}.avi has a constant frame rate, in which frames are counted again; write .mp4 or .mkv" err
'

it 'writes nothing, and says so, when nothing happens' '
	moving "none/{seq}.mkv"
	expect 0 "$VFLOW" run -s nodes.moves.threshold=99 moving.yaml
	says err "wrote none/{seq}.mkv: no file, since no event has come"
	test -z "$(ls none)"
'

it 'says before the start how much may wait in memory' '
	moving "foreseen/{seq}.mkv"
	expect 0 "$VFLOW" explain -s nodes.out.buffer_size=64MB moving.yaml
	says out "  waiting 64.0 MB of packets at most in out, until their events are known"
	sed -i "s/, when: moves.events//; /events.jsonl/d" moving.yaml
	expect 0 "$VFLOW" explain moving.yaml
	test "$(grep -c "^  waiting" out)" -eq 0
'

it 'keeps to that, and counts what was settled too early' '
	moving "small/{seq}.mkv"
	ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=640x480:r=25:d=12 -vf noise=alls=60:allf=t \
		-c:v libx264 -qp 20 -g 10 -preset ultrafast noisy.mkv
	sed -i "s/moving.mkv/noisy.mkv/" moving.yaml
	expect 65 "$VFLOW" run -s nodes.out.buffer_size=1MiB moving.yaml
	grep "more waits for events than buffer_size: what is older is settled before they are all known; make it larger" err
'

it 'says in a check what does not go with events, and where' '
	flow short.mp4 reader.packets "bad.mp4"
	expect 78 "$VFLOW" check flow.yaml
	grep "^flow.yaml:9:11: video_writer: path: all clips would have one name; put {seq}, {date} or {source_time} into it, as in clip-{seq:04d}.mp4" err
	expect 78 "$VFLOW" run flow.yaml
	flow short.mp4 reader.packets "bad-{seq}.mp4"
	for option in per_source=true checkpoint=5s fps=25
	do
		expect 78 "$VFLOW" check -s nodes.out.codec=auto -s "nodes.out.inputs.video=reader" \
			-s nodes.out.$option flow.yaml
		grep "^-s nodes.out.${option%%=*}=.*${option%%=*}: it " err
	done
	expect 78 "$VFLOW" check -s nodes.out.path=udp://127.0.0.1:9 \
		-s nodes.out.format=mpegts flow.yaml
	grep "path: a stream has no clips; when is for files such as clip-{seq:04d}.mp4" err
	expect 78 "$VFLOW" check --var cut=exact -s "nodes.out.path=bad-{seq}.avi" flow.yaml
	grep "flow.yaml:11:10: video_writer: cut: it is exact for .mp4, .mov, .mkv and .ts" err
	sed -i "s/video: reader.packets, //" flow.yaml
	expect 78 "$VFLOW" check flow.yaml
	grep "video_writer: there are no pictures to record; connect video" err
	flow short.mp4 reader.packets "bad-{what}.mp4"
	sed -i "s/, when: hit//; /events.jsonl/d" flow.yaml
	expect 78 "$VFLOW" check flow.yaml
	grep "^flow.yaml:9:11: video_writer: path: {what} is of events, and of the objects that they are of; connect an input when" err
	expect 78 "$VFLOW" check --var cut=exact -s "nodes.out.path=bad.mp4" flow.yaml
	grep "cut: it is of clips; connect an input when" err
	test -z "$(ls bad* 2>/dev/null)"
'

# The second part comes through the pipe when the worker has been killed.
it 'keeps complete clips when the worker is killed, and goes on' '
	moving "killed/{seq}.mkv"
	ffmpeg -v error -nostdin -i moving.mkv -c copy -f segment -segment_times 6.8 part%d.ts
	sed -i "s/path: moving.mkv/path: moving.pipe/
		s/pre_roll: 0.5s/pre_roll: 0.2s\n    event_delay: 0.3s\n    restart: on-failure\n    backoff: 10ms/" moving.yaml
	mkfifo moving.pipe
	start moving.yaml
	exec 4>moving.pipe
	cat part0.ts >&4
	await "test -e killed/1.mkv"
	kill -9 "$(worker out)"
	await "grep -q \"out is started again\" err"
	cat part1.ts >&4
	exec 4>&-
	ends 0
	test "$(ls killed | xargs)" = "1-2.mkv 1.mkv"
	for file in killed/*
	do
		ffprobe -v error -show_entries format=duration -of csv=p=0 $file
	done >lengths
	awk "NR == 1 && (\$1 < 1.3 || \$1 > 2.2) || NR == 2 && (\$1 < 3.5 || \$1 > 4.6) { exit 1 }" lengths
	leaves_nothing
'

it 'keeps complete clips when the run is stopped' '
	moving "stopped/{seq}.mkv"
	sed -i "s/path: moving.mkv/&, pace: true, loop: -1/; s/post_roll: 0.4s/&\n    event_delay: 0.5s/" moving.yaml
	start moving.yaml
	await "test -e stopped/1.mkv"
	kill -INT "$flow"
	ends 130
	ls stopped | grep -vx "[1-9]*.mkv" | grep -v "partial.mkv$" >others || true
	test ! -s others
	ffprobe -v error -show_entries format=duration -of csv=p=0 stopped/1.mkv | awk "{ exit !(\$1 > 3.8 && \$1 < 4.6) }"
	leaves_nothing
'

it 'removes the oldest clips, and writes receipts' '
	flow short.mp4 reader.packets "kept/{seq}.mp4"
	expect 0 "$VFLOW" run -q -s nodes.out.keep=3 -s nodes.out.receipt=true flow.yaml
	test "$(ls kept/*.mp4 | wc -l)" -eq 3
	expect 0 "$VFLOW" verify kept/8.mp4
'

# The names of the second run have another word, and from frame 330 on that of the first, too.
it 'counts clips of earlier runs whose names have a word of this one' '
	flow short.mp4 reader.packets "words/{what}-{seq}.mp4"
	sed "s/hit/other/" flow.yaml >first.yaml
	expect 0 "$VFLOW" run -q -s nodes.out.keep=99 first.yaml
	test "$(ls words/other-*.mp4 | wc -l)" -eq 8
	touch words/mine-1.mp4 words/other-one.mp4 words/other-08.mp4 words/other-8.mkv
	sed -i "s/when: hit/when: [hit, other]/; s/^  out:/  other: {type: every, inputs: reader, nth: 330}\n&/" flow.yaml
	expect 0 "$VFLOW" run -q --var nth=200 --var cut=exact -s nodes.out.pre_roll=0.2s \
		-s nodes.out.post_roll=0.2s -s nodes.out.keep=3 flow.yaml
	ls words | xargs >left
	echo "hit-7.mp4 mine-1.mp4 other-08.mp4 other-6.mp4 other-8.mkv other-8.mp4 other-one.mp4" | cmp - left
'

done_testing
