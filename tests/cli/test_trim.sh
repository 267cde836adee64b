#!/bin/sh
# SPDX-License-Identifier: MIT
# Files that an edit list trims: what was cut off is not heard again, whatever becomes of the sound.
. "${0%/*}/harness.sh"
. "$root/tests/cli/frames.sh"

# What is cut off has 3 kHz, the rest 440 Hz.
ff -f lavfi -i testsrc2=size=96x64:rate=25:duration=4 \
	-f lavfi -i "aevalsrc='0.5*sin(2*PI*if(lt(t,1.3),3000,440)*t)':s=48000:d=4" \
	-c:v libx264 -preset ultrafast -g 50 -bf 2 -c:a aac whole.mp4
ff -ss 1.3 -i whole.mp4 -c copy trimmed.mp4

# through INPUT OUTPUT AUDIO: takes a video with its sound through vflow.
through () {
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: $1}
	  out: {type: video_writer, inputs: [reader, reader.audio], path: $2, preset: ultrafast, audio: $3}
	END
	expect 0 "$VFLOW" run flow.yaml
}

# loudest FILE FILTER: how loud the loudest sample is that passes, in whole decibels below the most.
loudest () {
	ffmpeg -nostdin -hide_banner -i "$1" -map 0:a -af "$2,volumedetect" -f null - 2>&1 </dev/null |
		sed -n 's/.*max_volume: -*\([0-9]*\).*/\1/p'
}

# first STREAM FILE: when the first packet is shown, in milliseconds.
first () {
	ffprobe -v error -select_streams "$1" -show_entries packet=pts_time -of csv=p=0 "$2" | tr -d , |
		sort -n | awk 'NR == 1 { printf "%d\n", $1 * 1000 + 0.5 }'
}

# The sound begins within a packet of the picture, which is 22 ms.
is_trimmed () {
	test "$(loudest "$1" highpass=f=2000)" -ge $(($(loudest trimmed.mp4 highpass=f=2000) - 3))
	test "$(loudest "$1" lowpass=f=900)" -le 9
	late=$(($(first a "$1") - $(first v "$1")))
	test $late -le 25 && test $late -ge -25
}

it 'leaves out copied sound that was cut off' '
	through trimmed.mp4 copied.mkv copy
	is_trimmed copied.mkv
	through trimmed.mp4 copied.mp4 copy
	is_trimmed copied.mp4
'
it 'leaves out encoded sound that was cut off' '
	through trimmed.mp4 encoded.mkv flac
	is_trimmed encoded.mkv
'
it 'keeps what a codec begins with' '
	through whole.mp4 whole.mkv copy
	for file in whole.mp4 whole.mkv
	do
		ffprobe -v error -select_streams a -show_entries packet=size -of csv=p=0 $file | tr -d , | grep . >$file.sizes
	done
	cmp whole.mp4.sizes whole.mkv.sizes
'

# cut INPUT OUTPUT FROM: has all tracks of an MP4 show its first second, and one that begins at FROM.
cut () {
	python3 - "$@" <<-'END'
	import struct, sys


	def boxes(data, at, end):
	    while at < end:
	        size, name = struct.unpack(">I4s", data[at : at + 8])
	        yield name, data[at : at + size]
	        at += size


	def box(name, content):
	    return struct.pack(">I4s", len(content) + 8, name) + content


	def edited(name, data):
	    if name not in (b"moov", b"trak"):
	        return data
	    inside = [(n, edited(n, d)) for n, d in boxes(data, 8, len(data)) if n != b"edts"]
	    for media in [d for n, d in inside if n == b"mdia"]:
	        header = [d for n, d in boxes(media, 8, len(media)) if n == b"mdhd"][0]
	        start = int(sys.argv[3]) * struct.unpack(">I", header[20:24])[0]
	        parts = struct.pack(">8I", 0, 2, 1000, 0, 0x10000, 1000, start, 0x10000)
	        inside.insert(0, (b"edts", box(b"edts", box(b"elst", parts))))
	    return box(name, b"".join(d for n, d in inside))


	data = open(sys.argv[1], "rb").read()
	open(sys.argv[2], "wb").write(b"".join(edited(n, d) for n, d in boxes(data, 0, len(data))))
	END
}

# sums FILE...: what the samples of the files' sound are.
sums () {
	for file in "$@"
	do
		ffmpeg -nostdin -v error -i "$file" -map 0:a -c:a pcm_f32le -f md5 - </dev/null
	done
}

it 'decodes what lies before the cut, so that the first samples are whole' '
	through trimmed.mp4 exact.mkv pcm_f32le
	test "$(sums trimmed.mp4 exact.mkv | sort -u | wc -l)" = 1
'

ff -f lavfi -i testsrc2=size=96x64:rate=25:duration=17 \
	-f lavfi -i "aevalsrc='0.5*sin(2*PI*if(between(t,1.03,14.97),3000,440)*t)':s=48000:d=17" \
	-c:v libx264 -preset ultrafast -g 50 -bf 0 -c:a aac long.mp4
cut long.mp4 cut.mp4 15

it 'leaves out sound that was cut out of the middle' '
	for audio in copy pcm_s16le
	do
		through cut.mp4 middle.mkv $audio
		test "$(loudest middle.mkv highpass=f=2000)" -ge 20
		ffprobe -v error -select_streams a -show_entries packet=pts_time -of csv=p=0 middle.mkv |
			tr -d , | awk "NR > 1 && (\$1 - last > 0.05 || \$1 <= last) { bad = 1 } { last = \$1 }
				END { exit bad || last < 1.9 || last > 2.1 }"
	done
	! grep "its time jumps" err
'

done_testing
