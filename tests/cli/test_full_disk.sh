#!/bin/sh
# SPDX-License-Identifier: MIT
# A disk that becomes full, for everything that writes: status 74, the name of the file, the cause,
# and what was whole before stays whole.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

# mounted COMMAND...: runs it with a small disk at `disk`, and keeps what is then in it in `left`.
mounted () {
	unshare -rm sh -c '
		mount -t tmpfs -o size=40k tmpfs disk || exit 1
		"$@"
		status=$?
		rm -rf left
		cp -a disk left
		exit $status' sh "$@"
}

# preloaded COMMAND...: the same, where no disk can be mounted.
preloaded () {
	rm -rf disk left
	mkdir disk
	status=0
	env FULL_DISK="$workdir/disk" LD_PRELOAD="$workdir/full_disk.so" \
		ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS:-}" "$@" || status=$?
	cp -a disk left
	return $status
}

# fill PATH FLAG...: writes video until the disk is full, in each way that there is, and passes when
# that is told as it should be.
fill () {
	path=$1
	shift
	for way in $ways
	do
		echo "$way $path $*"
		expect 74 "$way" "$VFLOW" run -s nodes.out.path="disk/$path" "$@" film.yaml
		grep "cannot write disk/.*: No space left on device" err
		test -z "$(grep "^wrote disk/$path: " err)"
		test ! -e "left/$path"
		test "$(ls left)" = "${path%.*}.partial.${path##*.}"
		grep "^wrote disk/$(ls left): [0-9]* of 200 frames, cut short by a failure\$" err
	done
}

mkdir disk
"${CC:-cc}" -shared -fPIC -D_GNU_SOURCE -o full_disk.so "$root/tests/cli/full_disk.c"
ways=preloaded
! mounted true 2>/dev/null || ways="mounted preloaded"

cat >film.yaml <<'END'
vflow: 1
nodes:
  camera: {type: test_source, size: 160x120, frames: 200}
  out: {type: video_writer, inputs: camera, path: o.mkv}
END

for ending in mkv mp4 mov flv ts
do
	it "reports a full disk for .$ending" 'fill "o.$ending" -s nodes.out.options.g=1'
done
for ending in avi mpg nut
do
	it "reports a full disk for .$ending" 'fill "o.$ending" -s nodes.out.bitrate=5M'
done
it 'reports a full disk for .gif' 'fill o.gif'
it 'reports a full disk for .webm' '
	fill o.webm -s nodes.out.codec=libvpx -s nodes.out.bitrate=5M \
		-s nodes.out.options.deadline=realtime -s nodes.out.options.cpu-used=8
'
it 'reports a full disk for .ogv' 'fill o.ogv -s nodes.out.codec=libtheora -s nodes.out.bitrate=5M'
it 'reports a full disk for MP4 that is written at the end' '
	fill o.mp4 -s nodes.out.crash_safe=false -s nodes.out.options.g=1
'

it 'reports a full disk for files of a series, of which the earlier ones are whole' '
	for way in $ways
	do
		expect 74 "$way" "$VFLOW" run -s "nodes.out.path=disk/{seq}.mkv" \
			-s nodes.out.segment_time=1s -s nodes.out.options.g=1 film.yaml
		grep "cannot write disk/[0-9].mkv: No space left on device" err
		says err "$(grep "^wrote disk/1.mkv: 25 frames" err)"
		test "$(ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 \
			left/1.mkv)" -eq 25
	done
'

# fill_list PATH FLAG...: the same for a playlist, which is not there, nor any of its segments.
fill_list () {
	path=$1
	shift
	for way in $ways
	do
		echo "$way $path $*"
		expect 74 "$way" "$VFLOW" run -s nodes.out.path="disk/$path" "$@" film.yaml
		grep "cannot write disk/$path.*: No space left on device" err
		test "$(ls left)" = "$path.partial"
		told="[0-9]* of 200 frames, cut short by a failure"
		grep "^wrote disk/$path.partial\(/$path\)\?: $told\$" err
	done
}

it 'reports a full disk for a playlist and its segments' '
	fill_list o.m3u8 -s nodes.out.options.hls_list_size=0 -s nodes.out.options.hls_time=1 -s nodes.out.options.g=1
'
it 'reports a full disk for a playlist with segments of MP4' '
	fill_list o.m3u8 \
		-s nodes.out.options.hls_list_size=0 -s nodes.out.options.hls_time=1 -s nodes.out.options.hls_segment_type=fmp4 -s nodes.out.options.g=1
'
it 'reports a full disk for DASH' 'fill_list o.mpd -s nodes.out.options.seg_duration=1 -s nodes.out.options.g=1'

it 'reports a full disk for pictures, of which the earlier ones are whole' '
	cat >pictures.yaml <<-END
	vflow: 1
	nodes:
	  camera: {type: test_source, size: 160x120, frames: 200}
	  out: {type: image_writer, inputs: camera, path: "disk/{seq:03d}.png"}
	END
	for way in $ways
	do
		expect 74 "$way" "$VFLOW" run pictures.yaml
		grep "^vflow: out: disk/[0-9]*.png cannot be written: No space left on device" err
		ffprobe -v error left/001.png
		test -z "$(find left -name "*part-*")"
		expect 74 "$way" "$VFLOW" run -s nodes.out.path=disk/latest.bmp pictures.yaml
		grep "^vflow: out: disk/latest.bmp cannot be written: No space left on device" err
	done
'

it 'reports a full disk for lines, of which all are whole' '
	cat >lines.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 5000}
	  out: {type: file_append, inputs: numbers, path: disk/lines.jsonl}
	END
	for way in $ways
	do
		for type in file_append metadata_log
		do
			expect 74 "$way" "$VFLOW" run -s nodes.out.type=$type lines.yaml
			grep "cannot write to disk/lines.jsonl: No space left on device" err
			test "$(tail -c 1 left/lines.jsonl | wc -l)" -eq 1
		done
	done
'

it 'reports a full disk for messages that are put aside, and goes on' '
	cat >letters.yaml <<-END
	vflow: 1
	nodes:
	  camera: {type: test_source, size: 160x120, frames: 40}
	  step: {type: crop, inputs: camera, x: 150, width: 64, height: 64, on_error: skip}
	  out: {type: void, inputs: step}
	END
	for way in $ways
	do
		expect 74 "$way" "$VFLOW" run --dead-letter disk --report letters.json letters.yaml
		grep "\"unkept\": [1-9]" letters.json
		grep "^vflow: step: disk/step-[0-9]*\.1\.png cannot be written: No space left on device" err
		grep "^step put 40 messages aside, and could not keep [0-9]*\$" err
		test -z "$(find left -name ".?*")"
		for picture in left/*.png
		do
			cmp -n 8 "$picture" left/step-1.1.png
			test "$(tail -c 8 "$picture" | head -c 4)" = IEND
		done
		for note in left/*.json
		do
			python3 -c "import json, os, sys
for item in json.load(open(sys.argv[1]))[\"inputs\"]:
    if item[\"file\"]:
        os.stat(\"left/\" + item[\"file\"])" "$note"
		done
	done
'

it 'reports a full disk for printed lines' '
	printf "vflow: 1\nnodes:\n  n: {type: int_source, end: 9}\n  p: {type: print, inputs: n}\n" \
		>print.yaml
	status=0
	"$VFLOW" run print.yaml >/dev/full 2>err || status=$?
	test "$status" -eq 74
	grep "cannot write to standard output: No space left on device" err
'

it 'reports a full disk for the report' '
	printf "vflow: 1\nnodes:\n" >many.yaml
	for i in $(seq 40)
	do
		printf "  n%s: {type: int_source, end: 1}\n  o%s: {type: void, inputs: n%s}\n" $i $i $i
	done >>many.yaml
	for way in $ways
	do
		expect 74 "$way" "$VFLOW" run --report disk/r.json many.yaml
		grep "cannot write the report disk/r.json: No space left on device" err
		test -z "$(ls left)"
	done
'

done_testing
