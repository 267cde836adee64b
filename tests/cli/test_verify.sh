#!/bin/sh
# SPDX-License-Identifier: MIT
# Files that are looked at before they get their names.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

"${CC:-cc}" -shared -fPIC -D_GNU_SOURCE -o lying_disk.so "$root/tests/cli/lying_disk.c"
cat >film.yaml <<'END'
vflow: 1
nodes:
  camera: {type: test_source, size: 160x120, frames: 60}
  out:
    type: video_writer
    inputs: {video: camera, audio: camera.audio}
    path: o.mkv
    options: {g: 5}
END

# lying FROM SIZE COMMAND...: runs it with files in `disk` kept wrong.
lying () {
	lie_from=$1 lie_size=$2
	shift 2
	rm -rf disk
	mkdir disk
	env LYING_DISK="$workdir/disk" LIE_FROM="$lie_from" LIE_SIZE="$lie_size" \
		LD_PRELOAD="$workdir/lying_disk.so" \
		ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS:-}" "$@"
}

# verified FILE LEVEL FLAG...: passes when a file that is as it should be gets its name.
verified () {
	file=$1 level=$2
	shift 2
	rm -rf whole
	mkdir whole
	expect 0 "$VFLOW" run -s nodes.out.path="whole/$file" -s nodes.out.verify="$level" "$@" film.yaml
	test -z "$(find whole -name "*part*")"
	lacks err "what was written"
}

for level in counts decode
do
	it "passes what is whole, verify: $level" '
		for file in o.mp4 o.mov o.mkv o.ts o.flv o.nut
		do
			verified $file $level
		done
		verified o.avi $level -s nodes.out.codec=mpeg4 -s nodes.out.options="{}"
		verified o.webm $level -s nodes.out.codec=libvpx -s nodes.out.options.deadline=realtime \
			-s nodes.out.options.cpu-used=8
		verified o.mp4 $level -s nodes.out.crash_safe=false
		verified o.mkv $level -s nodes.out.audio=flac
		verified o.mov $level -s nodes.out.audio=pcm_s16le
		verified o.mkv $level -s nodes.out.fps=30
		verified o.mp4 $level -s nodes.out.fps=10
	'
	it "passes each file of a series, verify: $level" '
		verified "{seq}.mp4" $level -s nodes.out.segment_time=1s
		test "$(ls whole)" = "1.mp4
2.mp4
3.mp4"
	'
	it "passes playlists, verify: $level" '
		verified o.m3u8 $level -s nodes.out.options.hls_time=1 -s nodes.out.options.hls_list_size=0
		verified o.m3u8 $level -s nodes.out.options.hls_time=1 -s nodes.out.options.hls_list_size=1
		verified o.mpd $level -s nodes.out.options.seg_duration=1
	'
	it "passes packets that are copied, verify: $level" '
		"$VFLOW" run -q -s nodes.out.path=in.mp4 film.yaml
		cat >copy.yaml <<-END
		vflow: 1
		nodes:
		  reader: {type: video_reader, path: in.mp4, start: 0.3}
		  out:
		    type: video_writer
		    inputs: {video: reader.packets, audio: reader.audio}
		    path: copy.mp4
		    codec: copy
		END
		for file in copy.mp4 copy.mkv copy.ts
		do
			expect 0 "$VFLOW" run -s nodes.out.path=$file -s nodes.out.verify=$level copy.yaml
			test -e $file
		done
	'
done

# An encoder that leaves frames out.
dropping='-s nodes.camera.size=320x240 -s nodes.out.path=o.webm -s nodes.out.codec=libvpx
	-s nodes.out.bitrate=1k -s nodes.out.options.drop-threshold=95 -s nodes.out.options.deadline=good
	-s nodes.out.options.cpu-used=5 -s nodes.out.options.qmax=30'

# shellcheck disable=SC2086 # a list of words
it 'does not pass a file that lacks frames which came' '
	echo older >o.webm
	expect 74 "$VFLOW" run --report report.json $dropping film.yaml
	grep "^vflow: out: o.webm: of 60 frames the encoder has made [0-9]* packets; verify: none accepts" err
	grep "^wrote o.partial.webm: [0-9]* of 60 frames, not as it was written; o.webm is as it was\$" err
	says o.webm older
	grep "\"reason\": \"of 60 frames the encoder has made [0-9]* packets\"" report.json
	expect 0 "$VFLOW" run -s nodes.out.verify=none $dropping film.yaml
	ffprobe -v error o.webm
'

it 'does not pass a file whose disk keeps something else' '
	# What is wrong is in the middle of the pictures, which are without loss and have checksums.
	for from in 20000 40001 60003
	do
		expect 74 lying $from 64 "$VFLOW" run -s nodes.out.path=disk/o.avi -s nodes.out.audio=none \
			-s nodes.out.codec=png -s nodes.out.options="{}" -s nodes.out.verify=decode film.yaml
		grep "^vflow: out: disk/o.partial.avi is not what was written: " err
		test "$(ls disk)" = o.partial.avi
	done
'

# shellcheck disable=SC2086 # likewise
it 'does not pass an MP4 whose index is wrong, by counts alone' '
	whole="-s nodes.out.crash_safe=false -s nodes.out.options.movflags=-faststart -s nodes.out.audio=none"
	expect 0 lying 0 0 "$VFLOW" run -s nodes.out.path=disk/o.mp4 $whole film.yaml
	from=$(grep -abo stsz disk/o.mp4 | tail -n 1 | cut -d: -f1)
	export LIE_BY_PLACE=1
	expect 74 lying $((from + 12)) 4 "$VFLOW" run -s nodes.out.path=disk/o.mp4 $whole film.yaml
	grep "^vflow: out: disk/o.partial.mp4 is not what was written: " err
	expect 0 lying $((from + 12)) 4 "$VFLOW" run -s nodes.out.path=disk/o.mp4 -s nodes.out.verify=none \
		$whole film.yaml
'

it 'leaves the good files of a series, and the one that is not as a part' '
	expect 74 lying 60000 64 "$VFLOW" run -s "nodes.out.path=disk/{seq}.avi" \
		-s nodes.out.segment_time=1s -s nodes.out.codec=png -s nodes.out.options="{}" \
		-s nodes.out.audio=none -s nodes.out.verify=decode film.yaml
	test -e disk/1.avi
	test "$(ls disk | grep -c "[0-9].partial.avi")" -eq 1
	ffmpeg -v error -xerror -i disk/1.avi -f null - 2>errors
	test ! -s errors
'

it 'says before the start that a stream cannot be read again' '
	for path in - udp://127.0.0.1:9
	do
		for level in packets decode
		do
			expect 78 "$VFLOW" check -s nodes.out.path=$path -s nodes.out.format=mpegts \
				-s nodes.out.verify=$level film.yaml
			grep "\"$path\" is a stream, which cannot be read again; use counts or none" err
		done
		expect 0 "$VFLOW" check -s nodes.out.path=$path -s nodes.out.format=mpegts \
			-s nodes.out.verify=counts film.yaml
	done
'

it 'counts what goes into a pipe, and says that it is no more' '
	mkfifo pipe.ts
	cat pipe.ts >piped.ts &
	expect 0 "$VFLOW" run -s nodes.out.path=pipe.ts -s nodes.out.verify=decode film.yaml
	wait
	grep "pipe.ts cannot be read again: only its packets were counted" err
	test "$(ffprobe -v error -select_streams v -count_packets -show_entries stream=nb_read_packets \
		-of csv=p=0 piped.ts | head -n 1 | tr -d ,)" -eq 60
'

cat >shots.yaml <<'END'
vflow: 1
nodes:
  camera: {type: test_source, size: 64x48, frames: 3}
  out: {type: image_writer, inputs: camera, path: "disk/{seq}.png"}
END

it 'passes pictures of each format' '
	rm -rf disk
	mkdir disk
	for ending in jpg png webp tiff bmp jp2 jxl ppm pgm pam pfm tga dpx exr qoi pcx sgi ras
	do
		for level in counts decode
		do
			status=0
			"$VFLOW" run -q -s "nodes.out.path=disk/{seq}.$ending" -s nodes.out.verify=$level shots.yaml \
				2>err || status=$?
			test $status -eq 0 || grep "this libavcodec has no encoder" err
			test $status -ne 0 || test -e disk/3.$ending
		done
	done
'

it 'does not pass a picture whose disk keeps something else' '
	for level in packets decode
	do
		expect 74 lying 1000 2 "$VFLOW" run --report report.json -s nodes.out.verify=$level shots.yaml
		grep "^vflow: out: disk/[1-3].partial.png is not what was written: other bytes are in it" err
		test "$(ls disk | grep -c partial)" -eq 1
		grep "\"reason\": \"other bytes are in it between" report.json
	done
	expect 0 lying 1000 2 "$VFLOW" run shots.yaml
'

done_testing
