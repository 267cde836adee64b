#!/bin/sh
# SPDX-License-Identifier: MIT
# Nodes that draw, on whole videos, held against what ffmpeg decodes and draws.
. "${0%/*}/harness.sh"

ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=320x240:rate=25:duration=1 -c:v libx264 -bf 3 \
	clip.mp4 </dev/null || exit 1
ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=320x240:rate=25:duration=1 -vf scale=321:241 \
	-c:v ffv1 -pix_fmt yuv420p10le odd.mkv </dev/null || exit 1

# draw INPUT NODE: takes a video through a node, whose options are those words, into drawn.nut.
draw () {
	cat >draw.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: $1}
	  drawn: {inputs: reader, $2}
	  out: {type: video_writer, inputs: drawn, path: drawn.nut, codec: rawvideo}
	END
	expect 0 "$VFLOW" run -q draw.yaml
}

# hashes FILE FILTER: the hash of each picture, behind a filter of ffmpeg.
hashes () {
	ffmpeg -v error -nostdin -i "$1" -map 0:v:0 -vf "$2" -fps_mode passthrough -f framemd5 - |
		awk -F ', *' '/^0,/ { print $6 }'
}

# alike INPUT FILTER...: passes when drawn.nut is the input behind each of these filters.
alike () {
	input=$1
	shift
	for filter
	do
		hashes "$input" "$filter" >wanted
		hashes drawn.nut "$filter" >got
		test -s wanted
		cmp wanted got || return 1
	done
}

# differs INPUT FILTER: passes when it is not.
differs () {
	! alike "$@" >/dev/null
}

it 'draws boxes, and nothing around them' '
	draw clip.mp4 "type: draw_boxes, boxes: [[100, 120, 180, 200, 0, 0.875]], names: [person]"
	alike clip.mp4 crop=320:70:0:0 crop=320:60:0:180 crop=120:240:0:0 \
		crop=76:76:122:102:exact=1
	differs clip.mp4 crop=320:20:0:80:exact=1
	differs clip.mp4 crop=80:2:120:100:exact=1
'

it 'draws boxes as the drawbox filter of ffmpeg does' '
	draw clip.mp4 "type: draw_boxes, boxes: [100, 120, 180, 200], colours: [white], thickness: 4"
	hashes clip.mp4 drawbox=120:100:80:80:white:4 >wanted
	hashes drawn.nut null | cmp wanted -
'

it 'blurs boxes of frames with odd sides and ten bits, and nothing around them' '
	for how in blur pixelate fill
	do
		draw odd.mkv "type: blur_boxes, boxes: [[100, 120, 180, 200]], how: $how"
		alike odd.mkv crop=321:100:0:0:exact=1 crop=321:61:0:180:exact=1 \
			crop=120:241:0:0:exact=1 crop=121:241:200:0:exact=1
		differs odd.mkv crop=80:80:120:100:exact=1
	done
'

it 'hides what is in a box' '
	ffmpeg -v error -nostdin -f lavfi -i "color=gray:size=64x64:rate=25:duration=1,format=yuv420p" \
		-vf "geq=lum=if(mod(X+Y\,2)\,235\,16):cb=128:cr=128" -c:v ffv1 checks.mkv
	draw checks.mkv "type: blur_boxes, boxes: [[0, 0, 64, 64]]"
	ffmpeg -v error -nostdin -i drawn.nut -f rawvideo -frames:v 1 - | head -c 4096 |
		od -An -v -tu1 -w1 >values
	test "$(wc -l <values)" -eq 4096
	awk "\$1 < 110 || \$1 > 145 { exit 1 }" values
'

it 'writes text into its corner' '
	draw clip.mp4 "type: draw_text, text: \"{frame} {time}\", position: top_right"
	alike clip.mp4 crop=320:200:0:40 crop=100:240:0:0
	differs clip.mp4 crop=150:40:170:0
'

# Debian's packages belong to Debian's Python, which need not be the first in PATH.
python=
for candidate in python3 /usr/bin/python3
do
	test -n "$python" || ! "$candidate" -c 'import numpy, zmq' 2>/dev/null || python=$candidate
done

# find_and_draw KIND NODE: takes clip.mp4 and what a Python program has found in it through a node.
find_and_draw () {
	cat >find.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: clip.mp4}
	  finder: {type: zmq_in, endpoint: "ipc://$workdir/$1", end: end}
	  drawn: {inputs: {video: reader, $1: finder.array}, join: order, $2}
	  out: {type: video_writer, inputs: drawn, path: drawn.nut, codec: rawvideo}
	END
	PYTHONDONTWRITEBYTECODE=1 timeout "$limit" "$python" "$root/tests/python/send_findings.py" \
		"ipc://$workdir/$1" "$1" &
	finder=$!
	expect 0 timeout "$limit" "$VFLOW" run -q find.yaml
	wait "$finder"
}

it 'draws what another program has found, on the frame it was found in' '
	test -n "$python" || exit 0
	for kind in boxes tracks masks
	do
		node="type: draw_$kind"
		test "$kind" = masks || node="$node, text_size: 12"
		test "$kind" = tracks && node="$node, tail: 1"
		find_and_draw "$kind" "$node"
		hashes clip.mp4 null >wanted
		hashes drawn.nut null | diff wanted - >changed && exit 1
		test "$(grep -c "^<" changed)" -eq 1
		grep -x 6c6 changed
		alike clip.mp4 crop=320:190:0:50 crop=270:240:50:0
	done
'

it 'says what is wrong with a label file, and where' '
	printf "item {\n  id: 1\n}\n" >labels.pbtxt
	cat >labels.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: clip.mp4}
	  drawn: {type: draw_boxes, inputs: reader, boxes: [1, 2, 3, 4], labels: labels.pbtxt}
	  out: {type: void, inputs: drawn}
	END
	expect 78 "$VFLOW" check labels.yaml
	grep "labels.pbtxt:3: item 1 has neither a display_name nor a name" err
'

it 'says what is wrong with a colour, a font, a field and a box' '
	cat >wrong.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: clip.mp4}
	  one: {type: draw_boxes, inputs: reader, boxes: [1, 2, 3, 4], colours: [blau]}
	  two: {type: draw_text, inputs: reader, text: "{tiem}"}
	  three: {type: draw_text, inputs: reader, text: x, font: No Such Font}
	  four: {type: blur_boxes, inputs: reader, boxes: [[9, 2, 3, 4]]}
	  out: {type: joiner, inputs: [one, two, three, four]}
	  end: {type: void, inputs: out}
	END
	expect 78 "$VFLOW" check wrong.yaml
	grep "\"blau\" is no colour" err
	grep "did you mean {time}?" err
	grep "the font \"No Such Font\" is not installed; install it" err
	grep "ymin 9 above ymax 3" err
'

it 'refuses boxes that are none' '
	cat >none.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: clip.mp4}
	  drawn: {type: draw_boxes, inputs: reader}
	  out: {type: void, inputs: drawn}
	END
	expect 1 "$VFLOW" run -q none.yaml
	grep "no boxes, neither as an option nor as an input; give one of them" err
'

it 'says that a palette cannot be drawn on' '
	ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=64x48:rate=5:duration=1 -c:v png \
		-pix_fmt pal8 palette.mkv
	cat >palette.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: palette.mkv}
	  drawn: {type: blur_boxes, inputs: reader, boxes: [1, 2, 33, 34]}
	  out: {type: void, inputs: drawn}
	END
	"$VFLOW" run -q palette.yaml 2>err && exit 1
	grep "cannot draw on frames of format pal8; put a convert node before, with format: rgb24" err
'

it 'draws the same with several tasks' '
	draw clip.mp4 "type: blur_boxes, boxes: [[100, 120, 180, 200]]"
	hashes drawn.nut null >wanted
	draw clip.mp4 "type: blur_boxes, boxes: [[100, 120, 180, 200]], replicas: 3"
	hashes drawn.nut null | cmp wanted -
'

it 'draws on a real film, where there is one' '
	street=$root/../shared/media/street.avi
	test -e "$street" || exit 0
	draw "$street" "type: blur_boxes, boxes: [[100, 120, 180, 200]]"
	test "$(hashes drawn.nut null | wc -l)" -eq 795
	alike "$street" crop=768:100:0:0 crop=768:396:0:180 crop=120:576:0:0 crop=568:576:200:0
'

done_testing
