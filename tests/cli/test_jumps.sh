#!/bin/sh
# SPDX-License-Identifier: MIT
# Files whose time jumps: what follows goes on at once, and picture and sound stay together.
. "${0%/*}/harness.sh"

ff () {
	ffmpeg -v error -nostdin -y "$@" </dev/null
}

pictures='testsrc2=size=96x64:rate=25:duration=2'

ff -f lavfi -i $pictures -f lavfi -i sine=440:d=2 -c:v mpeg2video -c:a mp2 part.vob
ff -f lavfi -i $pictures -f lavfi -i sine=440:d=2 -c:v libx264 -preset ultrafast -c:a aac part.ts
ff -itsoffset 5000 -i part.ts -c copy -muxdelay 0 later.ts
ff -f lavfi -i $pictures -c:v libx264 -preset ultrafast -bf 0 -g 10 part.mkv

cat part.vob part.vob part.vob >joined.vob
cat part.ts later.ts part.ts >joined.ts
ff -i part.mkv -c copy \
	-bsf:v 'setts=pts=PTS+gte(N\,25)*200000000/TB:dts=DTS+gte(N\,25)*200000000/TB' set.mkv
cat >joined.m3u8 <<END
#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:3
#EXTINF:2.0,
part.ts
#EXT-X-DISCONTINUITY
#EXTINF:2.0,
later.ts
#EXT-X-DISCONTINUITY
#EXTINF:2.0,
part.ts
#EXT-X-ENDLIST
END

cat >flow.yaml <<END
vflow: 1
nodes:
  reader: {type: video_reader, path: "\${input}"}
  out: {type: video_writer, inputs: [reader, reader.audio], path: out.mkv, codec: mpeg4, audio: aac}
END

# stamps STREAM: the timestamps of the packets of out.mkv, in seconds.
stamps () {
	ffprobe -v error -select_streams "$1" -show_entries packet=pts_time -of csv=p=0 out.mkv |
		tr -d , | sort -n
}

# is_even STREAM COUNT MOST: passes when there are COUNT packets at least, from 10 ms to MOST seconds apart.
is_even () {
	stamps "$1" | awk -v count="$2" -v most="$3" '
		NR > 1 && ($1 - last < 0.01 || $1 - last > most) { print last " then " $1; bad = 1 }
		{ last = $1 }
		END { if (NR < count) print NR " packets"; exit bad || NR < count }'
}

# goes_on INPUT: passes when three parts of two seconds make six, told of once.
goes_on () {
	expect 0 "$VFLOW" run --var input="$1" flow.yaml
	test "$(grep -c "its time jumps by" err)" = 1
	grep "warning: $1: its time jumps by .* s at [12][.0-9]* s; what follows goes on at once" err
	is_even v 150 0.15
	is_even a 250 0.15
	stamps v | tail -n 1 | awk '{ exit !($1 > 5.8 && $1 < 6.5) }'
	stamps a | tail -n 1 | awk '{ exit !($1 > 5.8 && $1 < 6.5) }'
}

it 'goes on where parts of a disc begin at 0 again' 'goes_on joined.vob'
it 'goes on in transport streams that were joined, backwards and forwards' 'goes_on joined.ts'
it 'goes on at the discontinuities of a playlist' '
	goes_on joined.m3u8
	! grep truncated err
'

it 'keeps the picture beside the sound' '
	expect 0 "$VFLOW" run -q --var input=joined.vob flow.yaml
	for second in 0 2 4
	do
		for stream in v a
		do
			stamps $stream | awk -v from=$second "\$1 >= from - 0.01 { print \$1; exit }"
		done | awk "NR == 1 { v = \$1 } END { exit !(v - \$1 < 0.1 && \$1 - v < 0.1) }"
	done
'

it 'ends when a clock was set in the middle, also at a constant rate' '
	sed "s/, reader.audio//; s/audio: aac/fps: 25/" flow.yaml >rate.yaml
	expect 0 timeout "$limit" "$VFLOW" run --var input=set.mkv rate.yaml
	grep "set.mkv: its time jumps by +200000000.* s at 1.000 s" err
	test "$(stamps v | wc -l)" = 50
	is_even v 50 0.05
'

it 'keeps a gap where the time of a format does not jump' '
	ff -i part.mkv -c copy \
		-bsf:v "setts=pts=PTS+gte(N\,25)*100/TB:dts=DTS+gte(N\,25)*100/TB" gap.mkv
	sed "s/, reader.audio//; s/, audio: aac//" flow.yaml >gap.yaml
	expect 0 "$VFLOW" run --var input=gap.mkv gap.yaml
	! grep "jumps" err
	stamps v | tail -n 1 | grep "^101\.9"
'

it 'takes up times that nobody can calculate with as none' '
	ff -i part.mkv -c copy -bsf:v "setts=pts=if(eq(N\,20)\,9e18\,PTS):dts=DTS" wild.nut || exit 0
	sed "s/, reader.audio//; s/, audio: aac//" flow.yaml >wild.yaml
	expect 0 timeout "$limit" "$VFLOW" run -q --var input=wild.nut wild.yaml
	is_even v 49 0.1
'

done_testing
