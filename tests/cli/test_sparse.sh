#!/bin/sh
# SPDX-License-Identifier: MIT
# What is decoded where not all pictures are taken: less, and yet the same comes out.
. "${0%/*}/harness.sh"
# shellcheck source=tests/cli/frames.sh
. "$root/tests/cli/frames.sh"

# film OPTION... FILE: makes eight seconds of small pictures.
film () {
	ff -f lavfi -i testsrc2=size=96x64:rate=25:duration=8 -threads 1 "$@" || exit 1
}

x264='-c:v libx264 -preset ultrafast -bf 2'
# shellcheck disable=SC2086 # lists of words
{
	film $x264 -x264-params keyint=50:b-pyramid=none closed.mp4
	film -c:v libx264 -preset veryfast -x264-params keyint=50:open-gop=1:bframes=3:scenecut=0 open.mkv
	film $x264 -g 10 short.mp4
	film $x264 -g 999 long.mp4
	film $x264 -g 50 ts.ts
	film $x264 -g 50 -output_ts_offset 100 late.ts
	film $x264 -g 50 -f h264 raw.h264
	film -c:v mpeg4 -g 25 -bf 2 mpeg4.mp4
	film -c:v mpeg4 -g 25 -bf 2 mpeg4.avi
	film -c:v mpeg2video -g 12 -bf 2 mpeg2.ts
	film -c:v mpeg1video -g 15 -bf 2 mpeg1.mpg
	film -c:v mjpeg mjpeg.avi
	film -c:v ffv1 -g 10 ffv1.mkv
	film -vf "select=not(mod(floor(n*n/7)\\,3))" -fps_mode vfr $x264 -g 50 vfr.mkv
	film $x264 -g 50 -flags +ildct+ilme fields.mp4
}
ff -ss 3.3 -i closed.mp4 -c copy cut.mp4 || exit 1
cat ts.ts late.ts >jump.ts
files='closed.mp4 open.mkv short.mp4 long.mp4 ts.ts late.ts raw.h264 mpeg4.mp4 mpeg4.avi mpeg2.ts
	mpeg1.mpg mjpeg.avi ffv1.mkv vfr.mkv fields.mp4 cut.mp4 jump.ts'
for codec in libx265 libvpx libvpx-vp9 libaom-av1
do
	ffmpeg -v error -encoders | grep -q " $codec " || continue
	options='-g 50'
	test $codec = libx265 &&
		options='-preset ultrafast -x265-params log-level=none:keyint=50:open-gop=1:bframes=4'
	test $codec = libaom-av1 && options='-g 50 -cpu-used 8 -usage realtime'
	# shellcheck disable=SC2086 # lists of words
	film -c:v $codec $options $codec.mkv
	files="$files $codec.mkv"
done

# A node for each way to take some, each read from a reader of its own.
begin_flow () {
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	END
	number=0
	for file in $files
	do
		number=$((number + 1))
		cat >>flow.yaml <<-END
		  r$number: {type: video_reader, path: $file, threads: 2, decode: "\${decode:-needed}"${2:+, $2}}
		  e$number: {inputs: r$number, $1}
		  o$number: {type: video_writer, inputs: e$number, path: "\${decode:-needed}.$file",
		    format: framemd5, codec: rawvideo}
		  l$number: {type: metadata_log, inputs: [e$number], path: "\${decode:-needed}.$file.csv",
		    append: false}
		END
	done
}

# compare NODE [READER]: passes when the node makes of each of the $files what it makes where all is
# decoded, with the same times and numbers.
compare () {
	begin_flow "$@"
	expect 0 "$VFLOW" run -v flow.yaml || return 1
	grep "pictures were decoded" err >>decoded
	expect 0 "$VFLOW" run -q --var decode=all flow.yaml || return 1
	for file in $files
	do
		for way in all needed
		do
			cut -d , -f 1-4 "$way.$file.csv" >"$way.numbers"
		done
		if ! grep -q "^0," "all.$file" || ! cmp "all.$file" "needed.$file" ||
			! cmp all.numbers needed.numbers
		then
			echo "$file: $*"
			return 1
		fi
	done
}

# makes_the_same NODE [READER]: compares all $files, some at a time.
makes_the_same () {
	echo "$files" | xargs -n 8 >chunks
	: >decoded
	all=$files
	while read -r files
	do
		compare "$@" </dev/null || return 1
	done <chunks
	files=$all
}

it 'takes each nth frame, of every kind of file, as if all was decoded' '
	makes_the_same "type: every, nth: 60"
	cat decoded
	for file in closed.mp4 open.mkv short.mp4 ts.ts mpeg4.mp4 mpeg2.ts mjpeg.avi vfr.mkv cut.mp4
	do
		grep " $file: [0-9]* of [0-9]* pictures were decoded$" decoded
	done
	grep " mjpeg.avi: 5 of 200 " decoded
	grep " mpeg4.avi: .*all: pictures have no timestamps" decoded
	grep " fields.mp4: .*all: it is not known which pictures" decoded
'

it 'takes frames by their times as if all was decoded' '
	files="closed.mp4 open.mkv short.mp4 mpeg2.ts vfr.mkv cut.mp4 late.ts"
	makes_the_same "type: every, fps: 0.4"
'

it 'makes another rate as if all was decoded' '
	files="closed.mp4 open.mkv short.mp4 mpeg2.ts vfr.mkv mjpeg.avi"
	makes_the_same "type: rate, fps: 2"
'

it 'keeps every nth frame in the reader, in every round, as if all was decoded' '
	files="closed.mp4 open.mkv mjpeg.avi"
	makes_the_same "type: identity" "every: 30, loop: 1"
	files=open.mkv
	makes_the_same "type: every, nth: 30" "loop: 2, frames: 450"
	makes_the_same "type: every, nth: 30" "duration: 5s"
	makes_the_same "type: every, nth: 30" "start: 2.2s"
'

it 'serves several who take different frames' '
	cat >several.yaml <<-\END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: short.mp4, decode: "${decode:-needed}"}
	  a: {type: every, inputs: reader, nth: 70}
	  b: {type: rate, inputs: reader, fps: 1}
	  one: {type: video_writer, inputs: a, path: "one.${decode:-needed}", format: framemd5, codec: rawvideo}
	  two: {type: video_writer, inputs: b, path: "two.${decode:-needed}", format: framemd5, codec: rawvideo}
	END
	expect 0 "$VFLOW" run -v several.yaml
	grep "[0-9]* of 200 pictures were decoded$" err
	expect 0 "$VFLOW" run -q --var decode=all several.yaml
	cmp one.all one.needed
	cmp two.all two.needed
'

it 'finds that a file is cut off' '
	files=trunc.ts
	begin_flow "type: every, nth: 60"
	for size in 60000 70007 80003 90001 99991
	do
		head -c $size ts.ts >trunc.ts
		"$VFLOW" run -q --var decode=all flow.yaml || break
	done
	expect 65 "$VFLOW" run -q --var decode=all flow.yaml
	expect 65 "$VFLOW" run -q flow.yaml
	cmp all.trunc.ts needed.trunc.ts
'

it 'says what is decoded, and why' '
	files=closed.mp4
	begin_flow "type: every, nth: 60"
	expect 0 "$VFLOW" explain flow.yaml
	says out "  r1  video_reader; decodes only what is needed for the pictures that e1 takes"
	echo "  s: {type: resize, inputs: r1, width: 32}" >>flow.yaml
	echo "  v: {type: void, inputs: s}" >>flow.yaml
	expect 0 "$VFLOW" explain flow.yaml
	says out "  r1  video_reader; decodes all pictures, as s takes each"
	expect 0 "$VFLOW" explain --var decode=all flow.yaml
	says out "  r1  video_reader"
'

done_testing
