#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/models.sh"
models_of_flows

pipelines=$root/pipelines
"$VFLOW" run -q --var output=clip.mp4 --var size=320x180 --var frames=50 \
	"$pipelines/testclip.yaml" || exit 1

# Debian's packages belong to Debian's Python, which need not be the first in PATH.
python=python3
python3 -c 'import numpy, zmq' 2>/dev/null || python=/usr/bin/python3

# Prints how many pictures and packets of sound a file has.
contents () {
	ffprobe -v error -count_packets -show_entries stream=codec_type,nb_read_packets \
		-of csv=p=0 "$1"
}

it 'has no flow with a mistake' '
	for file in "$pipelines"/*.yaml
	do
		input=clip.mp4 output=
		case ${file##*/} in
		transcode_folder.yaml) input=. ;;
		restream.yaml) output=udp://127.0.0.1:9 ;;
		esac
		expect 0 env input=$input output=$output inset=$input left=$input right=$input \
			a=$input b=$input c=$input d=$input model=any.onnx lines=det.onnx \
			characters=rec.onnx dictionary=keys.txt "$VFLOW" check "$file"
		grep ": ok$" out
		test ! -s err
	done
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

# A white square that goes down over the line, and a dark one that goes up.
it 'counts what crosses a line, in both directions' '
	ffmpeg -v error -nostdin -f lavfi \
		-i color=gray:s=320x240:r=10:d=12,noise=alls=6:allf=t:all_seed=1 \
		-f lavfi -i color=white:s=24x40:r=10:d=12 -f lavfi -i color=black:s=30x44:r=10:d=12 \
		-filter_complex "[0][1]overlay=x=60:y=-50+max(0\,4*(n-20)):eval=frame[one];
			[one][2]overlay=x=200:y=250-max(0\,4*(n-30)):eval=frame[both]" \
		-map "[both]" -c:v ffv1 walk.mkv
	expect 0 "$VFLOW" run -q --var input=walk.mkv --var "line=[[0, 120], [320, 120]]" \
		--var output=counted.mp4 --var events=crossings.jsonl --var preset=ultrafast \
		"$pipelines/count_lines.yaml"
	contents counted.mp4 | grep -x video,120
	python3 - <<-END
	import json
	events = [json.loads(line)["value"] for line in open("crossings.jsonl")]
	assert [event["details"]["direction"] for event in events] == ["in", "out"], events
	for event, number in zip(events, (54, 75)):
	    assert abs(event["begin"]["number"] - number) <= 3, (event, number)
	    assert event["what"] == "crossed" and event["camera"] == "walk.mkv", event
	END
'

it 'writes the best picture of each object that moves' '
	expect 0 "$VFLOW" run -q --var input=walk.mkv "$pipelines/best_pictures.yaml"
	test "$(ls best | wc -l)" -eq 2
	test "$(wc -l <best.jsonl)" -eq 2
	for picture in best/*.jpg
	do
		python3 -B - "$picture" <<-END
		import json, os, sys
		line = [json.loads(line)["value"] for line in open("best.jsonl")]
		told = next(one for one in line if one["path"] == sys.argv[1])
		ymin, xmin, ymax, xmax = told["box"]
		assert 20 <= xmax - xmin <= 40 and 34 <= ymax - ymin <= 56, told
		assert ymin > 1 and ymax < 239, told
		END
	done
'

it 'makes a data set of frames and crops' '
	expect 0 "$VFLOW" run -q --var input=walk.mkv --var set=walk "$pipelines/dataset.yaml"
	python3 -B - <<-END
	import json, os
	frames, crops = (json.load(open("walk/%s/annotations.json" % name)) for name in ("frames", "crops"))
	assert len(frames["annotations"]) == len(crops["images"]) >= 6, (frames, crops)
	assert {image["number"] % 10 for image in frames["images"]} == {1}, frames
	assert [category["name"] for category in frames["categories"]] == ["thing"], frames
	for name, data in ("frames", frames), ("crops", crops):
	    for image in data["images"]:
	        text = image["file_name"].replace(".jpg", ".txt")
	        assert os.path.exists("walk/%s/images/%s" % (name, image["file_name"])), image
	        assert os.path.exists("walk/%s/labels/%s" % (name, text)), image
	END
'

it 'records a camera in segments, and keeps the newest' '
	camera="testsrc2=size=160x120:rate=10:duration=1.5,realtime"
	expect 0 "$VFLOW" run -q --var "camera=$camera" --var format=lavfi --var time=0.5s --var keep=2 \
		--var "recordings=tapes/{seq}.mp4" "$pipelines/camera_segments.yaml"
	ls tapes | tr "\n" " " | grep -x "2.mp4 3.mp4 "
	contents tapes/2.mp4 | grep "^video,"
'

it 'records a network camera as it sends' '
	expect 0 "$VFLOW" run -q -s nodes.camera.pace=false --batch --var input=clip.mp4 --var time=1h \
		--var "recordings=taken/{seq}.mkv" "$pipelines/record.yaml"
	ls taken | grep -x 1.mkv
	contents clip.mp4 >before
	contents taken/1.mkv | cmp - before
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

# hashes FILE FILTER: the hash of each picture, after a filter of ffmpeg.
hashes () {
	ffmpeg -v error -nostdin -i "$1" -map 0:v:0 -vf "$2" -fps_mode passthrough -f framemd5 - |
		awk -F ", *" "/^0,/ { print \$6 }"
}

# has_pictures_of FILE FILE: passes when both have the same pictures, and there are some.
has_pictures_of () {
	hashes "$1" null >wanted
	test -s wanted
	hashes "$2" null | cmp wanted -
}

mkdir films
cp clip.mp4 films/first.mp4
echo "no film" >films/second.mp4
printf '1\n00:00:00,200 --> 00:00:01,000\nGood morning\n' >third.srt
ffmpeg -v error -nostdin -i clip.mp4 -i third.srt -t 1 -c:v copy -c:a copy films/third.mkv

it 'transcodes each film of a folder, and says which it could not' '
	expect 65 "$VFLOW" run --var input=films --var "output=done/{source}.mkv" --var crf=0 \
		--var preset=ultrafast "$pipelines/transcode_folder.yaml"
	ls done | tr "\n" " " | grep -x "first.mkv third.mkv "
	for film in first.mp4 third.mkv
	do
		has_pictures_of "films/$film" "done/${film%.*}.mkv"
	done
	contents done/third.mkv | cut -d , -f 1 | tr "\n" " " | grep -x "video audio subtitle "
	grep "films/second.mp4 is left out" err
'

it 'records every frame of a camera that is ahead for a while' '
	expect 0 "$VFLOW" run -q --var "camera=testsrc2=size=320x180:duration=2" --var format=lavfi \
		--var time=0.5s --var "recordings=all/{date:%Y%m%d}-{seq}.mp4" "$pipelines/camera_segments.yaml"
	ls all | grep -cE "^[0-9]{8}-[1-4]\.mp4$" | grep -x 4
	for file in all/*.mp4
	do
		hashes "$file" null
	done >got
	test "$(wc -l <got)" -eq 50
'

it 'makes playlists of two sizes, which a reader gets over HTTP' '
	mkdir www
	expect 0 "$VFLOW" run -q --var input=clip.mp4 --var folder=www --var large=180 --var small=90 \
		--var segment=1 --var preset=ultrafast "$pipelines/hls.yaml"
	sed -n "/^#   #EXTM3U/,/^#   small/s/^#   //p" "$pipelines/hls.yaml" >www/master.m3u8
	timeout "$((2 * limit))" python3 -u -m http.server --bind 127.0.0.1 --directory www 0 >served 2>&1 &
	server=$!
	wait_for served "^Serving"
	url=http://127.0.0.1:$(sed "s/.* port \([0-9]*\) .*/\1/" served)
	for size in large,320,180 small,160,90
	do
		expect 0 "$VFLOW" run -q --var input="$url/${size%%,*}.m3u8" "$pipelines/frames_to_csv.yaml"
		test "$(grep -c ",video,${size#*,}," frames.csv)" -eq 50
	done
	ffprobe -v error -show_entries stream=width -of csv=p=0 "$url/master.m3u8" >sizes
	kill $server
	grep -q ^320 sizes
	grep -q ^160 sizes
'

it 'writes frames as pictures' '
	expect 0 "$VFLOW" run -q @frames input=clip.mp4 nth=10 "pictures=stills/{source}-{seq:05d}.png"
	test "$(ls stills)" = "$(printf "clip-%05d.png\n" 1 2 3 4 5)"
'

it 'shows four videos in one picture' '
	expect 0 timeout "$limit" "$VFLOW" run -q @wall a=clip.mp4 b=clip.mp4 c=small.mp4 d=small.mp4 \
		width=80 preset=ultrafast
	ffprobe -v error -show_entries stream=width,height -of csv=p=0 wall.mkv | grep -E "^160,(88|90|92)$"
'

it 'sends each frame through a program, the one that its comment shows' '
	"$python" -c "import numpy, zmq" || exit 0
	sed -n "/^#   import/,/^#   context.destroy/s/^#   //p" "$pipelines/python.yaml" |
		sed "s|tcp://127.0.0.1:5555|ipc://$workdir/frames|; s|tcp://127.0.0.1:5556|ipc://$workdir/back|" \
			>program.py
	timeout "$limit" "$python" -B program.py &
	expect 0 timeout "$limit" "$VFLOW" run -q @python input=clip.mp4 output=negative.mkv \
		frames="ipc://$workdir/frames" answers="ipc://$workdir/back" -s nodes.out.crf=0
	wait
	contents clip.mp4 >before
	contents negative.mkv | cmp - before
	for file in clip.mp4 negative.mkv
	do
		ffmpeg -v error -nostdin -i $file -frames:v 1 -vf scale=1:1,format=gray -f rawvideo - | od -An -tu1
	done | awk "{ sum += \$1 } END { exit !(sum > 240 && sum < 270) }"
'

it 'sends each frame through an ffmpeg command, and keeps the sound' '
	expect 0 "$VFLOW" run -q @through_ffmpeg input=clip.mp4 output=mirrored.mkv -s nodes.out.crf=0
	contents clip.mp4 >before
	contents mirrored.mkv | cmp - before
	hashes clip.mp4 hflip >wanted
	hashes mirrored.mkv null | cmp wanted -
	expect 0 "$VFLOW" run -q @through_ffmpeg input=clip.mp4 output=fast.mkv filter=fps=50,scale=64:36 \
		ratio=any
	ffprobe -v error -count_packets -select_streams v -of csv=p=0 \
		-show_entries stream=width,height,nb_read_packets fast.mkv | grep -x "64,36,100"
'

it 'makes frames gray by a function in Python, in several tasks too' '
	"$python" -c "import numpy" || exit 0
	expect 0 timeout "$limit" "$VFLOW" run -q @python_gray input=clip.mp4 output=gray.mkv \
		python="$python" replicas=2 -s nodes.out.crf=0
	contents clip.mp4 >before
	contents gray.mkv | cmp - before
	for film in clip.mp4 gray.mkv
	do
		ffmpeg -v error -nostdin -y -i $film -fps_mode passthrough -pix_fmt rgb24 -f rawvideo $film.rgb
	done
	"$python" - <<-END
	import numpy
	one, two = (numpy.fromfile(name + ".rgb", "u1").reshape(50, 180, 320, 3).astype(float)
	            for name in ("clip.mp4", "gray.mkv"))
	assert (two[..., 0] == two[..., 2]).all()
	assert abs((one * [0.299, 0.587, 0.114]).sum(axis=3) - two[..., 0]).max() <= 1
	END
'

# A white square moves over a gray ground, by 8 pixels each frame.
it 'finds what moves with OpenCV, if it is there' '
	"$python" -c "import cv2" || exit 0
	ffmpeg -v error -nostdin -y -f lavfi -i color=gray:s=320x180:r=25:d=1 -f lavfi \
		-i color=white:s=40x40:r=25:d=1 -filter_complex "[0][1]overlay=x=n*8:y=60" moving.mp4
	expect 0 timeout "$limit" "$VFLOW" run -q @python_boxes input=moving.mp4 python="$python"
	contents marked.mp4 | grep -x video,25
	python3 - <<-END
	import json
	lines = [json.loads(line) for line in open("boxes.jsonl")]
	assert len(lines) == 25 and lines[0]["value"] == [], lines[0]
	for line in lines[3:]:
	    assert all(52 <= box["ymin"] <= 64 and 96 <= box["ymax"] <= 108 for box in line["value"])
	    right = max(box["xmax"] for box in line["value"])
	    assert 32 < right - (line["number"] - 1) * 8 < 56, line
	END
'

it 'draws and lists the boxes that a program finds' '
	"$python" -c "import numpy, zmq" || exit 0
	timeout "$limit" "$python" -B "$root/tests/python/find_boxes.py" "ipc://$workdir/frames" \
		"ipc://$workdir/boxes" &
	expect 0 timeout "$limit" "$VFLOW" run -q --var input=clip.mp4 --var output=marked.mp4 \
		--var frames="ipc://$workdir/frames" --var boxes="ipc://$workdir/boxes" \
		--var names=[bar] --var preset=ultrafast -s nodes.out.crf=0 \
		-s nodes.marked.colours=white -s nodes.marked.thickness=4 \
		-s nodes.marked.show_label=false -s nodes.marked.show_score=false \
		"$pipelines/detect.yaml"
	wait
	hashes clip.mp4 "drawbox=40:20:80:60:white:4:enable=mod(n\,2)" >wanted
	hashes marked.mp4 null | cmp wanted -
	contents clip.mp4 >before
	contents marked.mp4 | cmp - before
	test "$(wc -l <boxes.csv)" -eq 26
	tail -n 1 boxes.csv | grep -E "^50,1.96,.*,20(.0)?,40(.0)?,80(.0)?,120(.0)?,0(.0)?,0.5$"
'

it 'says that no program takes the frames' '
	expect 74 "$VFLOW" run --var input=clip.mp4 --var output=marked.mp4 --var patience=0.3s \
		--var frames="ipc://$workdir/frames" --var boxes="ipc://$workdir/boxes" \
		"$pipelines/detect.yaml"
	grep "frames: no program has taken a message for 0.3 seconds" err
'

it 'says which variable a flow needs' '
	expect 78 "$VFLOW" run "$pipelines/preview.yaml"
	grep "give a file with input=FILE" err
'

done_testing
