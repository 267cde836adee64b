#!/bin/sh
# SPDX-License-Identifier: MIT
# Nodes that draw, on whole videos, held against what ffmpeg decodes and draws.
. "${0%/*}/harness.sh"
. "$root/tests/cli/frames.sh"

ff -f lavfi -i testsrc2=size=320x240:rate=25:duration=1 \
	-f lavfi -i color=gray:size=64x64:rate=25:duration=1,format=yuv420p \
	-map 0 -c:v libx264 -bf 3 clip.mp4 \
	-map 0 -vf scale=321:241 -c:v ffv1 -pix_fmt yuv420p10le odd.mkv \
	-map 1 -vf "geq=lum=if(mod(X+Y\,2)\,235\,16):cb=128:cr=128" -c:v ffv1 checks.mkv \
	-map 0 -vf scale=64:48 -frames:v 5 -c:v png -pix_fmt pal8 palette.mkv || exit 1

# draw FILE...: takes videos through nodes, by a table of lines `READER NAME | NODE`, into NAME.nut.
# The readers are called as the files, without what follows the dot.
draw () {
	printf 'vflow: 1\nnodes:\n' >draw.yaml
	for file
	do
		reader=${file##*/}
		echo "  ${reader%.*}: {type: video_reader, path: $file}"
	done >>draw.yaml
	while read -r reader name bar node
	do
		test "$bar" = "|"
		cat <<-END
		  $name: {inputs: $reader, $node}
		  $name-out: {type: video_writer, inputs: $name, path: $name.nut, codec: rawvideo}
		END
	done >>draw.yaml
	expect 0 "$VFLOW" run -q draw.yaml
}

# compare INPUT DRAWN [!]FILTER...: passes when the two files have the same pictures after each
# filter of ffmpeg, and others after each one with an exclamation mark.
compare () {
	input=$1 drawn=$2 row=0
	shift 2
	filters=$*
	set --
	for filter in $filters
	do
		row=$((row + 1))
		set -- "$@" -map 0:v:0 -vf "${filter#!}" -fps_mode passthrough -f framemd5 wanted.$row \
			-map 1:v:0 -vf "${filter#!}" -fps_mode passthrough -f framemd5 got.$row
	done
	ff -i "$input" -i "$drawn" "$@"
	row=0
	for filter in $filters
	do
		row=$((row + 1))
		listed wanted.$row >wanted
		listed got.$row >got
		if test ! -s wanted || test ! -s got
		then
			echo "no pictures behind $filter"
			return 1
		fi
		case $filter in
		!*)
			cmp -s wanted got || continue
			echo "the same pictures behind ${filter#!}"
			return 1
			;;
		*) cmp wanted got || return 1 ;;
		esac
	done
}

it 'draws boxes, and nothing around them' '
	draw clip.mp4 odd.mkv checks.mkv <<-END
	clip boxes | type: draw_boxes, boxes: [[100, 120, 180, 200, 0, 0.875]], names: [person]
	clip white | type: draw_boxes, boxes: [100, 120, 180, 200], colours: [white], thickness: 4
	odd blur | type: blur_boxes, boxes: [[100, 120, 180, 200]], how: blur
	odd pixelate | type: blur_boxes, boxes: [[100, 120, 180, 200]], how: pixelate
	odd fill | type: blur_boxes, boxes: [[100, 120, 180, 200]], how: fill
	checks hidden | type: blur_boxes, boxes: [[0, 0, 64, 64]]
	clip text | type: draw_text, text: "{frame} {time}", position: top_right
	clip once | type: blur_boxes, boxes: [[100, 120, 180, 200]]
	clip shared | type: blur_boxes, boxes: [[100, 120, 180, 200]], replicas: 3
	END
	compare clip.mp4 boxes.nut crop=320:70:0:0 crop=320:60:0:180 crop=120:240:0:0 \
		crop=76:76:122:102:exact=1 !crop=320:20:0:80:exact=1 !crop=80:2:120:100:exact=1
'

it 'draws boxes as the drawbox filter of ffmpeg does' '
	ff -i clip.mp4 -i white.nut -map 0 -vf drawbox=120:100:80:80:white:4 -f framemd5 wanted.1 \
		-map 1 -f framemd5 got.1
	listed wanted.1 >wanted
	test -s wanted
	listed got.1 | cmp wanted -
'

it 'blurs boxes of frames with odd sides and ten bits, and nothing around them' '
	for how in blur pixelate fill
	do
		compare odd.mkv $how.nut crop=321:100:0:0:exact=1 crop=321:61:0:180:exact=1 \
			crop=120:241:0:0:exact=1 crop=121:241:200:0:exact=1 !crop=80:80:120:100:exact=1
	done
'

it 'hides what is in a box' '
	ff -i hidden.nut -f rawvideo -frames:v 1 - | head -c 4096 | od -An -v -tu1 -w1 >values
	test "$(wc -l <values)" -eq 4096
	awk "\$1 < 110 || \$1 > 145 { exit 1 }" values
'

it 'writes text into its corner' '
	compare clip.mp4 text.nut crop=320:200:0:40 crop=100:240:0:0 !crop=150:40:170:0
'

. "$root/tests/cli/find_python.sh"

it 'draws what another program has found, on the frame it was found in' '
	test -n "$python" || exit 0
	printf "vflow: 1\nnodes:\n  reader: {type: video_reader, path: clip.mp4}\n" >find.yaml
	set --
	for kind in boxes tracks masks
	do
		options=
		test $kind = masks || options=", text_size: 12"
		test $kind != tracks || options="$options, tail: 1"
		cat >>find.yaml <<-END
		  finder-$kind: {type: zmq_in, endpoint: "ipc://$workdir/$kind", end: end}
		  drawn-$kind: {inputs: {video: reader, $kind: finder-$kind.array}, join: order,
		    type: draw_$kind$options}
		  out-$kind: {type: video_writer, inputs: drawn-$kind, path: found-$kind.nut,
		    codec: rawvideo}
		END
		set -- "$@" "ipc://$workdir/$kind" $kind
	done
	PYTHONDONTWRITEBYTECODE=1 timeout "$limit" "$python" "$root/tests/python/send_findings.py" \
		"$@" &
	finder=$!
	expect 0 timeout "$limit" "$VFLOW" run -q find.yaml
	wait "$finder"
	for kind in boxes tracks masks
	do
		compare clip.mp4 found-$kind.nut !null crop=320:190:0:50 crop=270:240:50:0
		listed wanted.1 >wanted
		listed got.1 | diff wanted - >changed && exit 1
		test "$(grep -c "^<" changed)" -eq 1
		grep -x 6c6 changed
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
	compare once.nut shared.nut null
'

it 'draws on a real film, where there is one' '
	street=$root/../shared/media/street.avi
	test -e "$street" || exit 0
	echo "street hidden-street | type: blur_boxes, boxes: [[100, 120, 180, 200]]" | draw "$street"
	compare "$street" hidden-street.nut crop=768:100:0:0 crop=768:396:0:180 \
		crop=120:80:0:100 crop=568:80:200:100
	test "$(listed got.1 | wc -l)" -eq 795
'

done_testing
