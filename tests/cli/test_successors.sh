#!/bin/sh
# SPDX-License-Identifier: MIT
# Recordings whose picture and sound get other numbers in the middle: what follows is read, too.
. "${0%/*}/harness.sh"
. "$root/tests/cli/frames.sh"

# through FILE: takes picture and sound of a file through vflow.
through () {
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: $1}
	  out: {type: video_writer, inputs: [reader, reader.audio], path: out.mkv, preset: ultrafast}
	END
	expect 0 "$VFLOW" run flow.yaml
}

ff -f lavfi -i testsrc2=size=160x120:rate=25:duration=3 -f lavfi -i sine=d=3 \
	-c:v libx264 -preset ultrafast -bf 0 -c:a mp2 -streamid 0:256 -streamid 1:257 before.ts \
	-c:v libx264 -preset ultrafast -bf 0 -c:a mp2 -streamid 0:300 -streamid 1:301 again.ts \
	-c:v libx264 -preset ultrafast -bf 0 -c:a mp2 -streamid 0:300 -streamid 1:301 \
	-output_ts_offset 3 after.ts \
	-c:v mpeg2video -c:a mp2 -streamid 0:300 -streamid 1:301 -output_ts_offset 3 other.ts

# goes_on FILE...: passes when most of the 150 pictures and 6 s of sound are there. At the seam a
# packet of sound may overlap.
goes_on () {
	cat "$@" >joined.ts
	through joined.ts
	for stream in v a
	do
		ffprobe -v error -select_streams $stream -show_entries packet=pts_time -of csv=p=0 out.mkv |
			tr -d , | sort -n >"$stream.times"
		awk 'NR > 1 && $1 - last > 0.2 { print last " then " $1; bad = 1 }
			NR > 1 && $1 - last < 0.01 { squeezed++ }
			{ last = $1 }
			END { print NR " packets up to " last ", " squeezed + 0 " squeezed"
				exit bad || squeezed > 1 || NR < 145 || last < 5.8 || last > 6.2 }' "$stream.times"
	done
}

it 'goes on where picture and sound get other numbers' 'goes_on before.ts after.ts'
it 'goes on where they get other numbers and their time begins again' '
	goes_on before.ts again.ts
	grep "its time jumps" err
'
it 'goes on where the picture gets another codec, too' 'goes_on before.ts other.ts'
it 'says which stream it goes on with' '
	cat before.ts after.ts >joined.ts
	expect 0 "$VFLOW" run -v flow.yaml
	grep "joined.ts: its video goes on as stream [0-9]* (0x12c) at" err
'
it 'begins behind the change when asked to' '
	sed "s/path: joined.ts/path: joined.ts, start: 4s/" flow.yaml >start.yaml
	expect 0 "$VFLOW" run start.yaml
	test "$(ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets \
		-of csv=p=0 out.mkv)" = 50
'
it 'reads both parts again in a loop' '
	sed "s/path: joined.ts/path: joined.ts, loop: 1/" flow.yaml >loop.yaml
	expect 0 "$VFLOW" run loop.yaml
	test "$(ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets \
		-of csv=p=0 out.mkv)" -gt 290
'

done_testing
