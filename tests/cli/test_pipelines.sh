#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

pipelines=$root/pipelines
"$VFLOW" run -q --var output=clip.mp4 --var size=320x180 --var frames=50 \
	"$pipelines/testclip.yaml" || exit 1

# Prints how many pictures and packets of sound a file has.
contents () {
	ffprobe -v error -count_packets -show_entries stream=codec_type,nb_read_packets \
		-of csv=p=0 "$1"
}

it 'has no flow with a mistake' '
	expect 0 env input=clip.mp4 inset=clip.mp4 left=clip.mp4 right=clip.mp4 \
		"$VFLOW" check "$pipelines"/*.yaml
	test "$(grep -c ": ok$" out)" -eq "$(ls "$pipelines"/*.yaml | wc -l)"
	test ! -s err
'

it 'has no flow that the schema for editors refuses' '
	python3 -c "import jsonschema, yaml" || exit 0
	"$VFLOW" schema >schema.json
	python3 - "$pipelines"/*.yaml <<-END
	import json, jsonschema, sys, yaml
	validator = jsonschema.Draft202012Validator(json.load(open("schema.json")))
	for path in sys.argv[1:]:
	    validator.validate(yaml.safe_load(open(path)))
	END
'

it 'makes a clip with picture and sound' '
	contents clip.mp4 | grep -x "video,50"
	contents clip.mp4 | grep "^audio,"
'

it 'counts on two ways that meet again' '
	expect 0 "$VFLOW" run -q "$pipelines/counting.yaml"
	seq 0 40 | sed "s/.*/(&, &)/" | cmp - out
'

it 'counts in order with several tasks for each step' '
	expect 0 "$VFLOW" run -q "$pipelines/replicas.yaml"
	seq 0 40 | sed "s/.*/(&, &)/" | cmp - out
'

it 'counts with all steps in one task' '
	expect 0 "$VFLOW" run -q "$pipelines/group.yaml"
	seq 0 40 | sed "s/.*/(&, &)/" | cmp - out
'

it 'makes a preview with every frame and the sound' '
	expect 0 "$VFLOW" run -q --var input=clip.mp4 --var output=small.mp4 --var width=160 \
		"$pipelines/preview.yaml"
	contents clip.mp4 >before
	contents small.mp4 | cmp - before
	ffprobe -v error -show_entries stream=width,height -of csv=p=0 small.mp4 | grep -x 160,90
'

it 'makes a time lapse that plays at the asked rate' '
	expect 0 "$VFLOW" run -q --var input=clip.mp4 --var output=lapse.mp4 --var taken=5 \
		--var fps=20 --var preset=ultrafast "$pipelines/timelapse.yaml"
	contents lapse.mp4 | grep -x "video,10"
	ffprobe -v error -show_entries stream=avg_frame_rate,duration -of csv=p=0 lapse.mp4 >got
	echo 20/1,0.500000 | diff - got
'

it 'transcodes every frame and the sound' '
	expect 0 "$VFLOW" run -q --var input=clip.mp4 --var output=again.mkv "$pipelines/transcode.yaml"
	contents clip.mp4 >before
	contents again.mkv | cmp - before
'

it 'lists every frame, and the time that each task took for it' '
	expect 0 "$VFLOW" run -q --var input=clip.mp4 "$pipelines/frames_to_csv.yaml"
	test "$(wc -l <frames.csv)" -eq 51
	tail -n 1 frames.csv | grep "^50,1.96,.*,video,320,180,"
	test "$(grep -c ^small, times.csv)" -eq 50
'

it 'keeps a picture up to date, or each of them' '
	expect 0 "$VFLOW" run -q --var input=clip.mp4 --var fps=5 --var width=160 \
		"$pipelines/snapshot.yaml"
	ffprobe -v error -show_entries stream=codec_name,width,height -of csv=p=0 latest.jpg |
		grep -x mjpeg,160,90
	expect 0 "$VFLOW" run -q --var input=clip.mp4 --var fps=5 --var "picture=shots/{seq}.png" \
		"$pipelines/snapshot.yaml"
	test "$(ls shots | wc -l)" -eq 10
'

it 'makes a video of pictures' '
	expect 0 "$VFLOW" run -q --var input=shots --var fps=5 --var width=320 --var preset=ultrafast \
		--var output=shots.mp4 "$pipelines/pictures_to_video.yaml"
	contents shots.mp4 | grep -x video,10
	ffprobe -v error -show_entries stream=r_frame_rate,height -of csv=p=0 shots.mp4 | grep -x 180,5/1
'

it 'blurs boxes in every frame, and keeps the sound' '
	expect 0 "$VFLOW" run -q --var input=clip.mp4 --var output=hidden.mp4 \
		--var boxes="[[10, 20, 60, 100], [90, 20, 170, 300]]" "$pipelines/blur_boxes.yaml"
	contents clip.mp4 >before
	contents hidden.mp4 | cmp - before
'

it 'records a camera in segments, and keeps the newest' '
	camera="testsrc2=size=160x120:rate=10:duration=1.5,realtime"
	expect 0 "$VFLOW" run -q --var "camera=$camera" --var format=lavfi --var time=0.5s --var keep=2 \
		--var "recordings=tapes/{seq}.mp4" "$pipelines/camera_segments.yaml"
	ls tapes | tr "\n" " " | grep -x "2.mp4 3.mp4 "
	contents tapes/2.mp4 | grep "^video,"
'

it 'lays a small picture over every frame, and keeps the sound' '
	expect 0 "$VFLOW" run -q --var input=clip.mp4 --var inset=clip.mp4 --var width=64 \
		"$pipelines/picture_in_picture.yaml"
	contents clip.mp4 >before
	contents picture_in_picture.mp4 | cmp - before
'

it 'puts two videos side by side' '
	expect 0 "$VFLOW" run -q --var left=clip.mp4 --var right=small.mp4 --var height=90 \
		"$pipelines/side_by_side.yaml"
	contents clip.mp4 >before
	contents side_by_side.mp4 | cmp - before
	ffprobe -v error -show_entries stream=width,height -of csv=p=0 side_by_side.mp4 |
		grep -x 324,90
'

it 'makes a contact sheet' '
	expect 0 "$VFLOW" run -q --var input=clip.mp4 --var seconds=0.5 --var width=80 \
		"$pipelines/contact_sheet.yaml"
	ffprobe -v error -show_entries stream=codec_name,width,height -of csv=p=0 sheet-01.jpg |
		grep -x mjpeg,360,278
	test ! -e sheet-02.jpg
'

it 'says which variable a flow needs' '
	expect 78 "$VFLOW" run "$pipelines/preview.yaml"
	grep "give a file with --var input=FILE" err
'

done_testing
