#!/bin/sh
# SPDX-License-Identifier: MIT
# Flows that are run by their names, and what they want.
. "${0%/*}/harness.sh"
. "$root/tests/cli/cascades.sh"
. "$root/tests/cli/find_python.sh"

export HOME="$workdir/home" XDG_CONFIG_HOME=
unset VFLOW_FLOWS

"$VFLOW" run -q @testclip output=in.mp4 size=320x180 frames=10 || exit 1

# own FILE SUMMARY: writes a flow of one's own, which prints the value of `word`.
own () {
	mkdir -p "${1%/*}"
	cat >"$1" <<-END
	# $2
	vflow: 1
	vars: {end: 3}
	nodes:
	  numbers: {type: int_source, start: "\${start:?the first number}", end: "\${end}"}
	  out: {type: print, inputs: numbers, end: "\${tail:-!}"}
	END
}

it 'lists every flow that comes with the program, with a line and what it wants' '
	expect 0 "$VFLOW" flows
	for file in "$root"/pipelines/*.yaml
	do
		name=$(basename "$file" .yaml)
		grep -E "^@$name  [A-Z].{20,90}[^:.]$" out
		sed -n 2p "$file" | grep -x "# yaml-language-server: .schema=../flow.schema.json"
		sed -n 3p "$file" | grep -E "^# [A-Z].*:$"
	done
	grep -A 1 "^@transcode " out | grep "^      input=\.\.\.  crf=23  preset=veryfast  output=out.mp4$"
	grep -A 1 "^@counting " out | grep "^      end=40$"
'

it 'lists those that have a word' '
	expect 0 "$VFLOW" flows CSV
	grep "^@frames_to_csv " out
	! grep "^@transcode " out
	expect 2 "$VFLOW" flows nonsense
	says err "vflow: no flow has the word \"nonsense\"; vflow flows lists all"
'

it 'lists them for programs' '
	expect 0 "$VFLOW" flows --json
	python3 - <<-END
	import json
	flows = {flow["name"]: flow for flow in json.load(open("out"))}
	variables = {v["name"]: v for v in flows["transcode"]["variables"]}
	assert variables["input"] == {"name": "input", "default": None, "required": True}
	assert variables["crf"] == {"name": "crf", "default": "23", "required": False}
	open(flows["transcode"]["path"]).close()
	END
	expect 0 "$VFLOW" flows --json nonsense
	says out "[]"
'

it 'runs a flow by its name, checks, explains and draws it' '
	expect 0 "$VFLOW" run -q @transcode input=in.mp4 output=out.mp4 crf=40
	ffprobe -v error -show_entries stream=codec_name -of csv=p=0 out.mp4 | grep -x h264
	expect 0 "$VFLOW" check @transcode input=in.mp4
	grep "transcode.yaml: 2 nodes" out
	expect 0 "$VFLOW" explain input=in.mp4 @transcode
	expect 0 "$VFLOW" graph @transcode input=in.mp4
	grep "out.video: video_writer" out
'

# The face of faces.py is at 90 + 4 * n, 110 in frame n, and about 80 high; from the third frame on there
# are two in which no cascade finds it.
it 'hides faces before they are published, also where none was found' '
	test -n "$has_opencv" || exit 0
	test -n "$python" || exit 0
	test -e /usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml || exit 0
	"$python" "$root/tests/python/faces.py" face.y4m 10
	ffmpeg -v error -nostdin -i face.y4m -f lavfi -i sine=d=0.4 -vf "boxblur=40:2:enable=between(n\,3\,4)" \
		-c:v ffv1 face.mkv
	expect 0 "$VFLOW" run -q @faces input=face.mkv output=published.mkv how=fill cascade=frontalface \
		mirrored=[] smallest=0.2 hold=3 ahead=3 preset=ultrafast
	ffprobe -v error -show_entries stream=codec_type -of csv=p=0 published.mkv | sort | xargs >streams
	says streams "audio video"
	for file in face published
	do
		ffmpeg -v error -nostdin -i $file.mkv -pix_fmt gray -fps_mode passthrough -f rawvideo $file.raw
	done
	"$python" -c "
import numpy
before, after = (numpy.fromfile(name + \".raw\", numpy.uint8).reshape(-1, 240, 320).astype(int)
                 for name in (\"face\", \"published\"))
assert len(before) == len(after) == 10
for n in range(10):
    inside = numpy.s_[78:146, 58 + 4 * n:122 + 4 * n]
    assert after[n][inside].max() < 40, (n, after[n][inside].max())
    assert abs(after[n][:, 230:] - before[n][:, 230:]).mean() < 4, n
assert before[3][78:146, 70:130].std() < before[2][78:146, 66:126].std() / 2"
	expect 78 "$VFLOW" check -s nodes.out.inputs.video=reader @faces input=face.mkv
	grep "reader is private, and what it makes reaches out unredacted" err
'

# The stand-in for a model finds bright squares; in two frames this one is too dark for it.
it 'hides what a model finds before it is published, also where it was not found' '
	. "$root/tests/cli/models.sh"
	models_of_flows
	ffmpeg -v error -nostdin -f lavfi -i color=0x303030:s=128x64:r=10 -f lavfi -i color=white:s=16x16:r=10 \
		-f lavfi -i sine=d=1 -filter_complex \
		"[0][1]overlay=x=48:y=16:shortest=0,lutyuv=y=0.45*val:enable=between(n\,4\,5)" -frames:v 10 \
		-c:v ffv1 -t 1 square.mkv
	expect 0 "$VFLOW" run -q @faces_by_model model=any.onnx input=square.mkv output=hidden.mkv how=fill \
		hold=3 ahead=3 preset=ultrafast
	ffprobe -v error -show_entries stream=codec_type -of csv=p=0 hidden.mkv | sort | xargs >streams
	says streams "audio video"
	for file in square hidden
	do
		ffmpeg -v error -y -nostdin -i $file.mkv -pix_fmt gray -fps_mode passthrough -f rawvideo $file.raw
	done
	python3 - <<-END
	size = 128 * 64
	before, after = (open(name + ".raw", "rb").read() for name in ("square", "hidden"))
	assert len(before) == len(after) == 10 * size, (len(before), len(after))
	for n in range(10):
	    inside = [n * size + 128 * y + x for y in range(18, 30) for x in range(50, 62)]
	    beside = [n * size + 128 * y + x for y in range(64) for x in range(96, 128)]
	    assert min(before[i] for i in inside) > 60, n
	    assert max(after[i] for i in inside) < 30, (n, max(after[i] for i in inside))
	    assert max(abs(before[i] - after[i]) for i in beside) < 12, n
	END
	expect 78 "$VFLOW" check -s nodes.out.inputs.video=reader @faces_by_model model=any.onnx input=square.mkv
	grep "reader is private, and what it makes reaches out unredacted" err
	expect 78 "$VFLOW" check @faces_by_model input=square.mkv
	grep "variable \"model\" is not set: give a model with model=FILE" err
'

it 'says all that a flow wants when something is missing' '
	expect 78 "$VFLOW" run @transcode crf=40
	grep "variable \"input\" is not set: give a file with input=FILE" err
	says err "Usage: vflow run @transcode input=... [crf=23] [preset=veryfast] [output=out.mp4]"
	expect 78 "$VFLOW" check "$root/pipelines/transcode.yaml"
	grep "^Usage: vflow run $root/pipelines/transcode.yaml input=" err
'

it 'says which name is probably meant, and takes the beginning of one' '
	expect 2 "$VFLOW" run @trancode
	says err "vflow: there is no flow named \"trancode\"; did you mean \"transcode\"?"
	expect 2 "$VFLOW" check @
	grep "vflow flows lists them" err
	expect 0 "$VFLOW" check @counti
	expect 2 "$VFLOW" check @pi
'

it 'finds flows of a user, before those of the program' '
	own home/.config/vflow/flows/mine.yaml "Counts for me"
	own home/.config/vflow/flows/counting.yml "Counts better"
	expect 0 "$VFLOW" flows
	grep -x "@mine  Counts for me" out
	grep -x "@counting  Counts better" out
	grep -x "      start=...  end=3  tail=!" out
	expect 0 "$VFLOW" run -q @mine start=2 tail=.
	printf 2.3. | cmp - out
	expect 0 env XDG_CONFIG_HOME="$workdir/none" "$VFLOW" flows
	! grep "^@mine" out
	own conf/vflow/flows/other.yaml "Counts elsewhere"
	expect 0 env XDG_CONFIG_HOME="$workdir/conf" "$VFLOW" flows elsewhere
	grep "^@other" out
'

it 'finds flows in the folders of VFLOW_FLOWS, in their order' '
	own first/a.yaml "The first"
	own second/a.yaml "The second"
	own second/b.yml "Another"
	touch first/.hidden.yaml first/notes.txt
	expect 0 env VFLOW_FLOWS=first:none:second "$VFLOW" flows
	grep -x "@a  The first" out
	grep -x "@b  Another" out
	! grep -E "hidden|notes" out
	expect 0 env VFLOW_FLOWS=second "$VFLOW" run -q @b start=3 tail=,
	printf 3, | cmp - out
'

it 'lists a flow that is broken, without what it wants' '
	mkdir broken
	echo "nodes: [" >broken/broken.yaml
	expect 0 env VFLOW_FLOWS=broken "$VFLOW" flows
	grep -x "@broken  " out
	expect 78 env VFLOW_FLOWS=broken "$VFLOW" run @broken
'

it 'takes NAME=VALUE for every flow, and a file of such a name as a file' '
	own own/mine.yaml "Counts"
	expect 0 "$VFLOW" run -q own/mine.yaml start=3 tail=,
	printf 3, | cmp - out
	cp own/mine.yaml a=b
	expect 0 "$VFLOW" check a=b start=1 own/mine.yaml
	test "$(grep -c ": ok" out)" -eq 2
	expect 0 "$VFLOW" run -q - start=3 end=3 <own/mine.yaml
	printf "3!" | cmp - out
	expect 2 "$VFLOW" run own/mine.yaml other.yaml start=3
	grep "unexpected argument \"other.yaml\": run takes one flow" err
'

it 'finds and follows objects on four cameras with one model' '
	. "$root/tests/cli/models.sh"
	take_runtime fake
	for n in 1 2 3 4 # a square for the model, in frames of four sizes
	do
		ffmpeg -v error -nostdin -f lavfi -i color=black:s=$((128 * n))x$((64 * n)):r=10 \
			-f lavfi -i color=white:s=$((16 * n))x$((16 * n)):r=10 -frames:v 12 \
			-filter_complex "[0][1]overlay=x=$((16 * n)):y=$((32 * n)):shortest=1" -c:v ffv1 camera$n.mkv
	done
	fake_model any.onnx "input images float32 -1 3 64 64" "output output0 float32 -1 6 64" "tells columns"
	echo "{family: yolo, score: 0.5}" >any.onnx.yaml
	expect 0 "$VFLOW" run -q @four_cameras model=any.onnx a=camera1.mkv b=camera2.mkv c=camera3.mkv \
		d=camera4.mkv width=320 preset=ultrafast -s nodes.out.crf=0
	ffmpeg -v error -nostdin -i four.mkv -f rawvideo -pix_fmt yuv444p four.yuv
	python3 - <<-END
	width, height = 640, 320
	size = width * height
	film = open("four.yuv", "rb").read()
	marked = set()  # cells in which something that is not gray was drawn: the tracks
	for start in range(0, len(film), 3 * size):
	    chroma = film[start + size : start + 2 * size]
	    for place in range(0, size, 4):
	        if abs(chroma[place] - 128) > 20:
	            marked.add((place // width // 160, place % width // 320))
	assert len(marked) == 4, marked
	END
'

done_testing
