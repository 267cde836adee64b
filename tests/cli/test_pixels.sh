#!/bin/sh
# SPDX-License-Identifier: MIT
# The nodes that change pixels and times, held against what ffmpeg's filters make of the same files.
. "${0%/*}/harness.sh"
. "$root/tests/cli/frames.sh"

# make_media NAME SIZE FORMAT...: makes a second of pictures in raw bytes, in NAME for one format, or
# in NAME.FORMAT for each.
make_media () {
	name=$1 size=$2
	shift 2
	formats=$* ending=
	set --
	case $formats in *" "*) ending=yes ;; esac
	for format in $formats
	do
		set -- "$@" -vf "scale=$size,format=$format" -c:v rawvideo -f nut \
			"$name${ending:+.$format}"
	done
	ff -f lavfi -i "testsrc2=size=320x240:rate=25:duration=1" "$@"
}

# run_node INPUT NODE: gives the pictures of a file to a node, as `{NODE}` in a flow, and writes
# out.nut.
run_node () {
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: $1}
	  node: {inputs: reader, $2}
	  out: {type: video_writer, inputs: node, path: out.nut, codec: rawvideo}
	END
	rm -f out.nut
	"$VFLOW" run flow.yaml
}

formats='yuv420p yuv422p yuv444p yuv420p10le yuv422p10le nv12 yuva420p gray gray10le rgb24
bgra gbrp gbrp10le rgb48le'

it 'crops as ffmpeg does, in every format' '
	make_media in.nut 192:108 $formats
	for format in $formats
	do
		same_as in.nut.$format <<-END
		crop=50:40:30:20 | type: crop, x: 30, y: 20, width: 50, height: 40
		crop=51:41:31:21 | type: crop, x: 31, y: 21, width: 51, height: 41
		END
	done
'

it 'crops in the middle, and as far as the frame goes' '
	make_media in.nut 191:107 yuv420p
	same_as in.nut <<-END
	crop=50:40 | type: crop, width: 50, height: 40
	crop=53:47:10 | type: crop, width: 53, height: 47, x: 10
	END
	run_node in.nut "type: crop, x: 150, y: 100"
	test "$(hashes -i out.nut | cut -d " " -f 1,2 | uniq -c | xargs)" = "25 41x7 455"
'

it 'crops alike in replicas and in a group, and joins parts with their frames' '
	make_media in.nut 192:108 yuv420p
	same_as in.nut <<-END
	crop=50:108:30:0 | type: crop, x: 30, width: 50, replicas: 2
	END
	listed wanted.1 >wanted
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.nut}
	  first: {type: crop, inputs: reader, x: 10, group: both}
	  node: {type: crop, inputs: first, x: 20, width: 50, group: both}
	  pair: {type: joiner, inputs: [reader, node], join: origin}
	  list: {type: print, inputs: pair}
	  out: {type: video_writer, inputs: node, path: got, format: framemd5, codec: rawvideo}
	END
	"$VFLOW" run flow.yaml >list
	listed got | cmp wanted -
	test "$(grep -c "192.*50" list)" -eq 25
'

it 'cuts one frame out for each box' '
	make_media in.nut 192:108 yuv420p
	run_node in.nut "type: crop, boxes: [[0, 0, 40, 50], [20, 30, 60, 80]]"
	hashes -i in.nut -vf crop=50:40:0:0 >first
	hashes -i in.nut -vf crop=50:40:30:20 >second
	paste -d "\n" first second >wanted
	hashes -i out.nut >got
	cmp wanted got
'

it 'says what is wrong with a crop, and where' '
	make_media in.nut 192:108 yuv420p
	expect 1 run_node in.nut "type: crop, boxes: [[0, 0, 40, 50], [20, 30, 60, 800]]"
	grep "box 1, \[20, 30, 60, 800\], is not within a frame of 192x108; set outside" err
	expect 1 run_node in.nut "type: crop"
	grep "nothing says what is cut out" err
	expect 78 run_node in.nut "type: crop, boxes: [4, 4, 3, 8]"
	grep "flow.yaml:4:.*box 0 has ymin 4 above ymax 3" err
'

it 'converts every format to every other as ffmpeg does' '
	formats="yuv420p yuv444p10le nv12 yuyv422 yuva420p gray rgb24 bgra gbrp10le"
	make_media in.nut 190:107 $formats
	for from in $formats
	do
		for to in yuv420p yuv422p10le nv12 gray gray10le rgb24 bgra gbrp
		do
			echo "format=$to | type: convert, format: $to"
		done >table
		same_as in.nut.$from <table
	done
'

it 'converts ranges and matrices as ffmpeg does' '
	make_media in.nut 192:108 yuvj420p yuv420p10le yuv420p rgb24
	same_as in.nut.yuvj420p <<-END
	scale=out_range=limited | type: convert, range: limited
	END
	same_as in.nut.yuv420p10le <<-END
	scale=out_range=full | type: convert, range: full
	END
	same_as in.nut.yuv420p <<-END
	scale=out_range=full | type: convert, range: full
	scale=out_color_matrix=bt709 | type: convert, matrix: bt709
	scale=out_range=full:out_color_matrix=bt709,format=yuv444p | type: convert, format: yuv444p, range: full, matrix: bt709
	END
	same_as in.nut.rgb24 <<-END
	scale=out_color_matrix=bt709,format=yuv420p | type: convert, format: yuv420p, matrix: bt709
	END
'

# fitted WIDTH HEIGHT UNIT: what makes a picture fit, for ffmpeg.
fitted () {
	echo "scale=$1:$2:force_original_aspect_ratio=decrease:force_divisible_by=$3,pad=$1:$2"
}

it 'fits frames into a size as ffmpeg does' '
	make_media in.nut 192:108 yuv420p nv12 yuva420p yuv444p rgb24 gbrp10le
	for format in yuv420p nv12 yuva420p
	do
		same_as in.nut.$format <<-END
		$(fitted 128 128 2):(ow-iw)/2:(oh-ih)/2 | type: resize, width: 128, height: 128, pad: centre
		$(fitted 202 52 2):0:0:orange | type: resize, width: 202, height: 52, pad: top_left, colour: orange
		END
	done
	for format in yuv444p rgb24 gbrp10le
	do
		same_as in.nut.$format <<-END
		$(fitted 203 51 1):(ow-iw)/2:(oh-ih)/2:#204060 | type: resize, width: 203, height: 51, pad: centre, colour: "#204060"
		END
	done
'

it 'fits frames of formats whose black ffmpeg misses' '
	for format in yuv420p10le gray gray10le
	do
		make_media in.nut 192:108 "$format"
		run_node in.nut "type: resize, width: 128, height: 128, pad: centre"
		hashes -i out.nut -vf crop=128:72:0:28 >got
		hashes -i in.nut -vf scale=128:72 >wanted
		cmp wanted got
	done
'

it 'answers frames with those of before, held, copied or by time' '
	ffmpeg -v error -nostdin -y -f lavfi -i "testsrc2=size=96x64:rate=25:duration=8" \
		-c:v rawvideo -pix_fmt yuv420p in.nut
	hashes -i in.nut | head -n 130 >wanted
	for delay in "messages: 70" "time: 2.8s"
	do
		run_node in.nut "type: delay, $delay"
		hashes -i out.nut >got
		cmp wanted got
	done
	run_node in.nut "type: delay, messages: 3"
	hashes -i in.nut | head -n 197 >wanted
	hashes -i out.nut >got
	cmp wanted got
'

it 'joins frames with those before them' '
	make_media in.nut 96:64 yuv420p
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.nut}
	  before: {type: delay, inputs: reader, messages: 20}
	  both: {type: joiner, inputs: [reader, before]}
	  out: {type: print, inputs: both}
	END
	"$VFLOW" run flow.yaml >list
	test "$(wc -l <list)" -eq 5
'

it 'puts frames together as arrays, and values as lists' '
	make_media in.nut 96:64 yuv420p
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.nut}
	  clip: {type: window, inputs: reader, messages: 16, step: 8}
	  out: {type: print, inputs: clip}
	END
	"$VFLOW" run flow.yaml >list
	printf "array %s |u1 16x64x96x3\n" 16 24 >wanted
	diff wanted list
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 4}
	  few: {type: window, inputs: numbers, messages: 3}
	  out: {type: print, inputs: few.list}
	END
	"$VFLOW" run flow.yaml >list
	printf "(%s)\n" "0, 1, 2" "1, 2, 3" "2, 3, 4" >wanted
	diff wanted list
	sed -i s/few.list/few/ flow.yaml
	expect 1 "$VFLOW" run flow.yaml
	grep "values make lists; read few.list" err
'

# moments FILE: the timestamp of each picture in a file of `-f framemd5`, in seconds.
moments () {
	awk -F '[,/ ]+' '/^#tb 0:/ { second = $4 / $3 } /^0,/ { printf "%.7f\n", $3 / second }' "$1"
}

it 'plays faster, slower and evenly, with every picture as it was' '
	make_media in.nut 96:64 yuv420p
	hashes -i in.nut >pictures
	for node in "speed: 2 0.02" "speed: 0.5 0.08" "speed: 1.5 0.0266667" "fps: 10 0.1" \
		"fps: 29.97 0.0333667"
	do
		run_node in.nut "type: retime, ${node% *}"
		ff -i out.nut -f framemd5 got
		listed got | cmp pictures -
		moments got | awk -v step="${node##* }" \
			"{ off = \$1 - (NR - 1) * step } off > 0.0001 || off < -0.0001 { exit 1 }
			END { exit NR != 25 }"
	done
'

it 'refuses to retime sound' '
	ffmpeg -v error -y -f lavfi -i testsrc2=duration=1 -f lavfi -i sine=duration=1 -c:a aac in.mp4
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.mp4}
	  node: {type: retime, inputs: reader.audio, speed: 2}
	  out: {type: print, inputs: node}
	  rest: {type: void, inputs: reader}
	END
	expect 1 "$VFLOW" run flow.yaml
	grep "retime the pictures only" err
'

# The left of it is white, the right black.
make_mask () {
	ffmpeg -v error -y -f lavfi -i color=black:size="$1",format=rgb24 \
		-vf drawbox=w=iw/2:color=white:t=fill,format=gray -frames:v 1 mask.png
}

it 'shows what a mask shows, and nothing else' '
	formats="yuv420p yuv422p10le nv12 gray rgb24 gbrp10le"
	make_media in.nut 192:108 $formats
	make_mask 192x108
	for format in $formats
	do
		run_node in.nut.$format "type: mask, path: mask.png"
		ff -i in.nut.$format -i out.nut -map 0:v -vf crop=96:108:0:0 -f framemd5 wanted.1 \
			-map 1:v -vf crop=96:108:0:0 -f framemd5 got.1 \
			-map 1:v -vf crop=96:108:96:0,format=rgb24 -f rawvideo rest
		listed wanted.1 >wanted
		listed got.1 | cmp wanted -
		test -s wanted
		tr -d "\\000" <rest >bright
		test ! -s bright
	done
'

it 'takes a mask of another size, and one for each frame' '
	make_media in.nut 192:108 yuv420p
	make_mask 96x54
	run_node in.nut "type: mask, path: mask.png, invert: true"
	hashes -i in.nut -vf crop=88:108:104:0 >wanted
	hashes -i out.nut -vf crop=88:108:104:0 >got
	cmp wanted got
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.nut}
	  mask: {type: convert, inputs: reader, format: gray}
	  node: {type: mask, inputs: [reader, mask]}
	  out: {type: video_writer, inputs: node, path: out.nut, codec: rawvideo}
	END
	"$VFLOW" run flow.yaml
	test "$(hashes -i out.nut | wc -l)" -eq 25
'

it 'says what helps with frames that cannot be scaled as they are' '
	make_media in.nut 64:48 pal8
	expect 1 run_node in.nut "type: resize, width: 32"
	grep "cannot be made in the format pal8; put a convert node before, with format: rgb24" err
'

it 'needs no memory for frames as large as the mask' '
	ffmpeg -v error -y -f lavfi -i color=white:size=3000x2000 -frames:v 1 large.png
	cat >flow.yaml <<-END
	vflow: 1
	memory: 10MB
	nodes:
	  reader: {type: test_source, frames: 5, size: 64x48}
	  node: {type: mask, inputs: reader, path: large.png}
	  out: {type: void, inputs: node}
	END
	"$VFLOW" run flow.yaml 2>err
	if grep "payloads take" err; then false; fi
'

it 'says what is wrong with a mask' '
	make_media in.nut 192:108 yuv420p
	echo nothing >bad.png
	expect 1 run_node in.nut "type: mask, path: bad.png"
	grep "bad.png" err
	expect 69 run_node in.nut "type: mask, path: none.png"
	grep "none.png" err
	expect 1 run_node in.nut "type: mask"
	grep "there is no mask, neither path nor an input" err
'

done_testing
