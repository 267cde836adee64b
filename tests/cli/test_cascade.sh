#!/bin/sh
# SPDX-License-Identifier: MIT
# Cascades of OpenCV that find things in frames.
. "${0%/*}/harness.sh"
. "$root/tests/cli/find_python.sh"
. "$root/tests/cli/cascades.sh"
data=/usr/share/opencv4
test -d "$data/haarcascades" || data=
unset VFLOW_CASCADES

# A white square of 24 x 24 whose middle is at 62, 92, ... and 112, in frames of 320 x 240.
ffmpeg -v error -nostdin -f lavfi -i color=black:s=320x240:r=5:d=1 \
	-f lavfi -i color=white:s=24x24:r=5:d=1 \
	-filter_complex "[0][1]overlay=x=30*n+20:y=100:format=rgb,format=yuv420p" -c:v ffv1 in.mkv || exit 1
mkdir data
cascade haar >data/haarcascade_square_default.xml
cascade haar 1 >data/haarcascade_left.xml
cascade lbp >data/lbpcascade_square.xml

cat >flow.yaml <<'END'
vflow: 1
vars: {cascade: square, input: in.mkv}
nodes:
  reader: {type: video_reader, path: "${input}"}
  find: {type: cascade, inputs: reader, cascade: "${cascade}"}
  out: {type: file_append, inputs: find.objects, path: objects.jsonl, append: false}
END

# search FLAG...: runs the flow.
search () {
	expect 0 env VFLOW_CASCADES="$workdir/data" "$VFLOW" run -q "$@" flow.yaml
}

# finds X STEP Y HEIGHT [NAME...]: passes when each frame has one box of each name, in the order of their
# classes, about HEIGHT high, whose middle is near X, Y in the first, and STEP further to the right in each
# that follows.
finds () {
	python3 - "$@" <<-'END'
	import json, sys
	x, step, y, height = map(float, sys.argv[1:5])
	lines = [json.loads(line)["value"] for line in open("objects.jsonl")]
	assert lines
	for number, line in enumerate(lines):
	    line.sort(key=lambda one: one["class"])
	    assert [one["name"] for one in line] == sys.argv[5:], line
	    assert [one["class"] for one in line] == list(range(len(line))), line
	    for one in line:
	        ymin, xmin, ymax, xmax = one["box"]
	        away = max(abs((xmin + xmax) / 2 - x - step * number), abs((ymin + ymax) / 2 - y))
	        assert away <= 2 + height / 12 and abs(ymax - ymin - height) <= height / 4, (number, one)
	END
}

# finds_nothing: passes when there are answers, none of which has a box.
finds_nothing () {
	grep -c value objects.jsonl
	lacks objects.jsonl box
}

# with FOLDER: puts the program into FOLDER with all modules but opencv.so.
with () {
	mkdir -p "$1/modules"
	cp "$VFLOW" "$1/vflow"
	cp "${VFLOW%/*}"/modules/*.so "$1/modules/"
	rm -f "$1/modules/opencv.so"
}

it 'says what to install where OpenCV is not there, and describes itself all the same' '
	with without
	expect 78 without/vflow check flow.yaml
	grep "^flow.yaml:5:.*: cascade: cascade: this vflow was built without OpenCV, .* libopencv-objdetect-dev" err
	expect 0 without/vflow inspect cascade
	grep "cascade: list (required)" out
	expect 0 without/vflow list
	grep "^  cascade " out
	expect 0 without/vflow check --chain "video_reader in.mkv ! void"
	echo nothing >without/modules/opencv.so
	expect 78 without/vflow check flow.yaml
	grep "OpenCV, which finds by cascades, cannot be loaded; install .*opencv.so: file too short" err
'

# The rest of the node, by a stand-in that every machine can have.
with fake
"${CC:-cc}" -I"$root" -D_GNU_SOURCE -shared -fPIC -o fake/modules/opencv.so \
	"$root/tests/cli/fake_opencv.c" || exit 1
mkdir stand_in
echo fake 12 >stand_in/square.xml
echo fake 24 >stand_in/large.xml

it 'tells frames what was found, in pixels of theirs' '
	VFLOW_CASCADES=stand_in expect 0 fake/vflow run -q flow.yaml
	finds 62 30 112 24 square
	VFLOW_CASCADES=stand_in expect 0 fake/vflow run -q -s nodes.find.smallest=24 flow.yaml
	finds 62 30 112 24 square
	head -n 1 objects.jsonl | grep -F "\"box\": [100.0, 50.0, 124.0, 74.0], \"class\": 0, \"score\": 0.75,"
'

it 'reads no cascade of a flow that is only looked at but in a process that can do nothing else' '
	cp stand_in/square.xml own.xml
	mkfifo pipe.xml
	for command in check explain graph "run --dry-run"
	do
		FAKE_OPENCV_MAKES="$PWD/made" expect 0 fake/vflow $command flow.yaml cascade=./own.xml
		expect 0 timeout "$limit" fake/vflow $command flow.yaml cascade=./pipe.xml
	done
	test ! -e made
	echo broken >own.xml
	expect 78 fake/vflow check flow.yaml cascade=./own.xml
	expect 0 fake/vflow check --untrusted -s nodes.find.cascade=./own.xml flow.yaml
	grep "reads ./own.xml (find)" out
'

it 'names the frame on which OpenCV fails' '
	ffmpeg -v error -nostdin -f lavfi -i color=black:s=64x48:r=5:d=1,format=gray \
		-vf "geq=lum=if(eq(N\,2)\,255\,0)" -c:v ffv1 bad.mkv
	expect 1 env VFLOW_CASCADES=stand_in fake/vflow run -q flow.yaml input=bad.mkv
	grep "find: frame 3: OpenCV: it has had enough" err
'

it 'looks at every third frame, and goes on as one that is asked all the time' '
	cat >every.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.mkv}
	  find: {type: cascade, inputs: reader, cascade: square, every: 3}
	  follow: {type: track, inputs: find.boxes, confirm: 1, coast: 2}
	  hidden: {type: blur_boxes, inputs: {video: reader, boxes: find.boxes}, missing: blur, how: fill}
	  out: {type: video_writer, inputs: hidden, path: hidden.nut, codec: rawvideo}
	  boxes: {type: file_append, inputs: find.boxes, path: boxes.jsonl, append: false}
	  objects: {type: file_append, inputs: find.objects, path: objects.jsonl, append: false}
	  tracks: {type: file_append, inputs: follow.objects, path: tracks.jsonl, append: false}
	END
	VFLOW_CASCADES=stand_in expect 0 fake/vflow run --max-errors=3 every.yaml
	python3 -c "
import json
read = lambda name: [json.loads(line)[\"value\"] for line in open(name)]
boxes = read(\"boxes.jsonl\")
assert list(boxes[0][0].values()) == [100, 50, 124, 74, 0, 0.75], boxes
assert [row is None for row in boxes] == [False, True, True, False, True], boxes
assert [row is None for row in read(\"objects.jsonl\")] == [False, True, True, False, True]
assert [len(row) for row in read(\"tracks.jsonl\")] == [1] * 5"
	grep "hidden: warning: nobody has looked for boxes in frame 2: it is hidden whole" err
'

it 'finds cascades by their names, and says which there are' '
	VFLOW_CASCADES=none:stand_in expect 0 fake/vflow check flow.yaml
	for name in square.xml ./stand_in/square.xml haarcascade_square lbp_square
	do
		echo "$name" >>names
	done
	cp stand_in/square.xml square.xml
	cp stand_in/square.xml stand_in/lbpcascade_square.xml
	while read -r name
	do
		VFLOW_CASCADES=stand_in expect 0 fake/vflow check flow.yaml cascade="$name"
	done <names
	rm square.xml
	VFLOW_CASCADES=stand_in expect 78 fake/vflow check flow.yaml cascade=sqare
	grep "^flow.yaml:5:.*: cascade: there is no cascade \"sqare\"; did you mean \"square\"?; there are large, lbp_square, square" err
	VFLOW_CASCADES=stand_in expect 78 fake/vflow check flow.yaml cascade=./none.xml
	grep "cascade: ./none.xml: No such file or directory" err
	VFLOW_CASCADES=stand_in expect 78 fake/vflow check flow.yaml cascade=flow.yaml
	grep "there is no cascade \"flow.yaml\"" err
	VFLOW_CASCADES=stand_in expect 78 fake/vflow check flow.yaml cascade="$workdir/flow.yaml"
	grep "cascade: $workdir/flow.yaml: it is no fake" err
'

it 'says what is wrong with its options' '
	while IFS="|" read -r setting said
	do
		VFLOW_CASCADES=stand_in expect 78 fake/vflow check -s "nodes.find.$setting" flow.yaml
		grep -F "$said" err
	done <<-END
	cascade=[]|cascade: it is empty; name one, such as frontalface
	classes=[a, b]|classes: there are more names than cascades
	mirrored=[large]|mirrored: "large" is not one of \`cascade\`
	angles=[]|angles: one to 64 are needed; 0 is upright
	angles=[0, 20.5]|angles: "20.5" is no whole number from -360 to 360
	largest=0.01|largest: it is below smallest, which is 0.05
	step=1|step
	END
'

if test -z "$has_opencv"
then
	echo '# no opencv.so: what OpenCV finds is not tested; make deps-test all fetches it and builds that'
	done_testing
	exit
fi

it 'finds what a cascade knows, of either kind' '
	search
	finds 62 30 112 42 square
	search --var cascade=lbp_square -s nodes.find.largest=72
	finds 62 30 112 60 lbp_square
'

it 'finds the same in every pixel format' '
	for format in gray gray16le yuv420p10le yuv444p12le rgb24 bgra nv12 yuyv422
	do
		ffmpeg -v error -nostdin -y -i in.mkv -c:v rawvideo -pix_fmt $format format.nut
		search --var input=format.nut
		finds 62 30 112 42 square
	done
'

it 'finds the same with any number of threads' '
	search -s "nodes.find.cascade=[square, lbp_square, left]" -s "nodes.find.mirrored=[left]" \
		-s nodes.find.threads=1 -s nodes.find.overlap=1
	mv objects.jsonl wanted.jsonl
	for threads in 2 7
	do
		search -s "nodes.find.cascade=[square, lbp_square, left]" -s "nodes.find.mirrored=[left]" \
			-s nodes.find.threads=$threads -s nodes.find.overlap=1
		cmp objects.jsonl wanted.jsonl
	done
'

it 'looks at a smaller picture when small things are not wanted' '
	ffmpeg -v error -nostdin -i in.mkv -vf scale=iw*4:ih*4:flags=neighbor -c:v ffv1 large.mkv
	search --var input=large.mkv -s nodes.find.smallest=96 -s nodes.find.largest=200
	finds 248 120 448 172 square
	search --var input=large.mkv -s nodes.find.smallest=300
	finds_nothing
	search --var input=large.mkv -s nodes.find.largest=0.05
	finds_nothing
'

it 'joins what several cascades find of one class, and tells several classes apart' '
	search -s "nodes.find.cascade=[square, haarcascade_square_default]" -s "nodes.find.classes=[thing]"
	finds 62 30 112 42 thing
	search -s "nodes.find.cascade=[square, ./data/haarcascade_square_default.xml]" \
		-s "nodes.find.classes=[one, other]"
	finds 62 30 112 42 one other
'

it 'looks at the mirrored and at the turned picture' '
	search --var cascade=left -s nodes.find.neighbours=12
	finds 74 30 112 18 left
	search --var cascade=left -s nodes.find.neighbours=12 -s "nodes.find.mirrored=[left]"
	python3 - <<-END
	import json
	for number, line in enumerate(open("objects.jsonl")):
	    found = sorted(one["box"] for one in json.loads(line)["value"])
	    middles = sorted((xmin + xmax) / 2 - 62 - 30 * number for _, xmin, _, xmax in found)
	    assert len(middles) == 2 and abs(sum(middles)) <= 2 and 8 < middles[1] < 16, (found, middles)
	END
	while read -r angle x y
	do
		search --var cascade=left -s nodes.find.neighbours=12 -s nodes.find.angles="$angle"
		finds "$x" 30 "$y" 18 left
	done <<-END
	0 74 112
	90 62 124
	180 50 112
	-90 62 100
	END
'

it 'finds nothing in frames that are smaller than the window' '
	ffmpeg -v error -nostdin -i in.mkv -vf scale=10:8 -c:v ffv1 tiny.mkv
	search --var input=tiny.mkv -s nodes.find.smallest=0
	finds_nothing
'

# broken PATTERN: checks the flow with a cascade in which a pattern of sed has changed something.
broken () {
	sed "$1" "data/${2:-haarcascade_square_default.xml}" >broken.xml
	expect 78 "$VFLOW" check flow.yaml cascade=broken.xml
}

it 'takes nothing on trust that a file says' '
	while IFS="|" read -r change said
	do
		broken "$change"
		grep -F "cascade: broken.xml: $said" err
	done <<-END
	s/HAAR/HOG/|its features are "HOG"; only those that are HAAR or LBP can be used
	s/BOOST/TREE/|its stages are not of the type BOOST
	s/>0 0 12 12 -1/>0 0 13 12 -1/|a rectangle of a feature is not inside of the window
	s/>0 0 12 12 -1/>-1 0 12 12 -1/|a rectangle of a feature is not inside of the window
	s/<rects>/<tilted>1<\/tilted>&/|a rectangle of a feature is not inside of the window
	s/0 -1 0 1.6/0 -1 7 1.6/|a node of a tree has a feature that is not there
	s/0 -1 0 1.6/0 -2 0 1.6/|a node of a tree leads to nowhere
	s/0 -1 0 1.6/3 -1 0 1.6/|a node of a tree leads to nowhere
	s/0 -1 0 1.6/0 -1 0/|a tree has the wrong number of nodes or leaves
	s/<height>12/<height>2/|its window is too small or too large
	s/<width>12/<width>x/|width is missing or is no whole number
	s/maxCatCount>0/maxCatCount>256/|maxCatCount is not that of its features
	s/features>/others>/|its features are missing or are no list
	s/stageThreshold/other/g|stageThreshold is missing or is no number
	s/<featureType.*//|it is a cascade in the form that OpenCV wrote before release 2.4
	s/stages>/other>/|it is no cascade of OpenCV
	END
	broken "s/>0 0 4 4/>0 0 5 4/" lbpcascade_square.xml
	grep "a rectangle of a feature is not inside of the window" err
	broken "/<stages>/,\$d"
	grep "cascade: broken.xml: " err
	echo "<x>" >broken.xml
	expect 78 "$VFLOW" check flow.yaml cascade=broken.xml
	grep "cascade: broken.xml: " err
	mkdir folder.xml
	expect 78 "$VFLOW" check flow.yaml cascade=./folder.xml
	grep "cascade: ./folder.xml: " err
'

# same CASCADE VIDEO WIDTH HEIGHT STEP NEIGHBOURS SMALLEST: passes when the boxes are those of OpenCV for
# Python.
same () {
	search --var cascade="$1" --var input="$2" -s nodes.find.step="$5" -s nodes.find.neighbours="$6" \
		-s nodes.find.smallest="$7" -s nodes.find.overlap=1
	ffmpeg -v error -nostdin -y -i "$2" -vf extractplanes=y -fps_mode passthrough -f rawvideo \
		gray.raw
	status=0
	"${compared:-python3}" "$root/tests/python/compare_cascade.py" "$1" gray.raw "$3" "$4" "$5" \
		"$6" "$7" objects.jsonl >total || status=$?
	test "$status" -ne 77 || exit 0
	test "$status" -eq 0
}

compared=
for candidate in python3 /usr/bin/python3
do
	test -n "$compared" || ! "$candidate" -c 'import cv2, numpy' 2>/dev/null || compared=$candidate
done

it 'finds what OpenCV for Python does' '
	ffmpeg -v error -nostdin -f lavfi -i mandelbrot=s=320x240:r=5 -frames:v 3 -pix_fmt yuv420p \
		-c:v ffv1 fractal.mkv
	ffmpeg -v error -nostdin -f lavfi -i color=gray:s=160x120:r=5:d=1 -vf "noise=alls=100:allf=t" \
		-pix_fmt yuv420p -c:v ffv1 noise.mkv
	for cascade in haarcascade_square_default haarcascade_left lbpcascade_square
	do
		same "$workdir/data/$cascade.xml" in.mkv 320 240 1.1 3 0
		test "$(cat total)" -gt 0
		same "$workdir/data/$cascade.xml" fractal.mkv 320 240 1.3 1 23
		same "$workdir/data/$cascade.xml" noise.mkv 160 120 1.05 0 0
	done
	test -n "$data" || exit 0
	for cascade in haarcascades/haarcascade_frontalface_default haarcascades/haarcascade_frontalface_alt2 \
		lbpcascades/lbpcascade_frontalface haarcascades/haarcascade_upperbody
	do
		same "$data/$cascade.xml" fractal.mkv 320 240 1.1 0 0
	done
	street=$root/../shared/media/street.avi
	test -e "$street" || exit 0
	ffmpeg -v error -nostdin -i "$street" -frames:v 2 -c:v copy street.mkv
	same "$data/haarcascades/haarcascade_fullbody.xml" street.mkv 768 576 1.1 3 0
	test "$(cat total)" -gt 0
'

it 'finds a drawn face by every cascade for faces, upright and turned' '
	test -n "$data" || exit 0
	test -n "$python" || exit 0
	"$python" "$root/tests/python/faces.py" face.y4m 3
	"$python" "$root/tests/python/faces.py" lying.y4m 3 90
	"$python" "$root/tests/python/faces.py" tilted.y4m 3 -35
	for cascade in frontalface frontalface_alt2 lbp_frontalface
	do
		expect 0 "$VFLOW" run -q flow.yaml cascade=$cascade input=face.y4m
		finds 90 4 114 78 $cascade
	done
	expect 0 "$VFLOW" run -q flow.yaml cascade=frontalface input=lying.y4m
	finds_nothing
	expect 0 "$VFLOW" run -q -s "nodes.find.angles=[0, 90]" flow.yaml cascade=frontalface input=lying.y4m
	finds 87 4 110 80 frontalface
	expect 0 "$VFLOW" run -q -s "nodes.find.angles=[-30]" flow.yaml cascade=frontalface input=tilted.y4m
	finds 93 4 112 112 frontalface
'

done_testing
