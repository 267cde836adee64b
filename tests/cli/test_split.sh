#!/bin/sh
# SPDX-License-Identifier: MIT
# Groups of pictures that are encoded side by side: the same file, however many are at work.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/frames.sh"

ff -f lavfi -i testsrc2=s=160x90:r=25:d=2 -f lavfi -i sine=d=2 -c:v ffv1 -pix_fmt yuv420p \
	-c:a aac film.mkv

# split FILE KEYS: writes film.mkv, in groups of twelve frames, with more keys of the writer.
split () {
	cat >split.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: film.mkv}
	  out: {type: video_writer, inputs: {video: reader, audio: reader.audio}, path: "$1",
	    split: gop, gop: 12, $2}
	END
	expect 0 "$VFLOW" run -q split.yaml
}

# keys FILE: prints the numbers of the key frames, in the order in which packets come.
keys () {
	ffprobe -v error -select_streams v -show_entries packet=flags -of csv=p=0 "$1" |
		awk '/K/ { printf "%s%d", sep, NR - 1; sep = " " } END { print "" }'
}

# shown FILE: prints when each picture is shown.
shown () {
	ffprobe -v error -select_streams v -show_entries packet=pts_time -of csv=p=0 "$1" |
		tr -d , | sort -n
}

it 'writes the same bytes with any number of workers' '
	for workers in 1 2 3 8
	do
		split $workers.mp4 "codec: libx264, crf: 30, workers: $workers"
	done
	cmp 1.mp4 2.mp4
	cmp 1.mp4 3.mp4
	cmp 1.mp4 8.mp4
'

it 'begins each group with a key frame, and moves no picture' '
	split split.mp4 "codec: libx264, preset: medium, workers: 3"
	test "$(keys split.mp4)" = "0 12 24 36 48"
	sed "s/split: gop, gop: 12, //; s/split.mp4/one.mp4/; s/, workers: 3//" split.yaml >one.yaml
	expect 0 "$VFLOW" run -q one.yaml
	test "$(keys one.mp4)" = 0
	shown split.mp4 >split.times
	shown one.mp4 >one.times
	cmp split.times one.times
	test "$(ffprobe -v error -select_streams v -show_entries packet=dts_time -of csv=p=0 \
		split.mp4 | tr -d , | sort -nuc && echo rising)" = rising
	ff -xerror -i split.mp4 -f null -
'

it 'writes pictures without loss as they were' '
	split split.mkv "codec: libx264, crf: 0, workers: 3"
	hashes -i film.mkv >wanted
	hashes -i split.mkv >got
	cmp wanted got
'

it 'encodes by each codec that it may be asked for' '
	for codec in libx265 libvpx-vp9 libsvtav1 libaom-av1
	do
		ffmpeg -v error -h encoder=$codec | grep -q "^Encoder $codec" || continue
		fast=
		test $codec != libaom-av1 || fast="options: {cpu-used: 8},"
		test $codec != libvpx-vp9 || fast="options: {deadline: realtime, cpu-used: 8},"
		split $codec-1.mp4 "codec: $codec, $fast crf: 40, workers: 1"
		split $codec-3.mp4 "codec: $codec, $fast crf: 40, workers: 3"
		cmp $codec-1.mp4 $codec-3.mp4
		test "$(hashes -i $codec-3.mp4 | wc -l)" -eq 50
	done
	for codec in mpeg4 mpeg2video
	do
		quality="options: {flags: +qscale, global_quality: 472, bf: 2}"
		split $codec-1.ts "codec: $codec, $quality, workers: 1"
		split $codec-3.ts "codec: $codec, $quality, workers: 3"
		cmp $codec-1.ts $codec-3.ts
		test "$(hashes -i $codec-3.ts | wc -l)" -eq 50
	done
'

it 'begins each file of a series with a group' '
	split "part-{seq}.mp4" "codec: libx264, segment_time: 600ms, workers: 3"
	test "$(keys part-1.mp4)" = "0 12"
	test "$(keys part-4.mp4)" = "0"
	test ! -e part-5.mp4
	cat part-?.mp4 >three
	split "part-{seq}.mp4" "codec: libx264, segment_time: 600ms, workers: 1"
	cat part-?.mp4 >alone
	cmp three alone
'

it 'encodes in groups what is kept in pieces' '
	split pieces-1.mp4 "codec: libx264, checkpoint: 800ms, workers: 1"
	split pieces-3.mp4 "codec: libx264, checkpoint: 800ms, workers: 3"
	cmp pieces-1.mp4 pieces-3.mp4
	test "$(keys pieces-3.mp4)" = "0 12 20 32 40"
'

it 'encodes all that has come when it is stopped' '
	cat >endless.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: test_source, size: 64x48}
	  told: {type: print, inputs: numbers}
	  numbers: {type: int_source, fps: 50}
	  out: {type: video_writer, inputs: source, path: endless.mp4, codec: libx264, split: gop,
	    gop: 12, workers: 3}
	END
	start endless.yaml
	wait_for out "^[0-9]*20\$"
	kill -INT "$flow"
	ends 130
	file=$(ls endless*.mp4)
	said=$(sed -n "s/^wrote .*mp4: \([0-9]*\) .*/\1/p" out err | head -n 1)
	test "$(keys "$file" | cut -d " " -f 1-2)" = "0 12"
	test "$(shown "$file" | wc -l)" -eq "$said"
	ff -xerror -i "$file" -f null -
'

it 'says what it costs, and what does not go with it' '
	split plain.mp4 "codec: libx264, workers: 3"
	expect 0 "$VFLOW" explain split.yaml
	grep "^  encodes out: 3 groups of 12 frames at a time; up to 18 frames wait for that, " out
	grep "live, a frame is written up to 1.4 s later\$" out
	expect 78 "$VFLOW" check -s nodes.out.bitrate=2M split.yaml
	grep "bitrate: it is of a stream that one encoder makes" err
	expect 78 "$VFLOW" check -s nodes.out.workers=many split.yaml
	grep "workers" err
'

done_testing
