#!/bin/sh
# SPDX-License-Identifier: MIT
# Data sets to train detectors with, read back as those who train them do.
. "${0%/*}/harness.sh"
. "$root/tests/cli/frames.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/models.sh"

ff -f lavfi -i testsrc2=s=320x240:r=10:d=2 -c:v ffv1 -pix_fmt yuv420p clip.mkv || exit 1

# Twenty frames: nobody has looked at frame 3, there is nothing in frame 4, and in all others there is
# one box that moves and one that reaches out of the picture.
python3 -B - >boxes.jsonl <<'END'
import json
for n in range(1, 21):
    row = [[10 * n % 100, 20.5, 10 * n % 100 + 40, 60.25, 0, 0.9], [200, 300, 260, 340, 2, 0.4]]
    print(json.dumps(None if n == 3 else [] if n == 4 else row))
END
cat >set.yaml <<'END'
vflow: 1
nodes:
  reader: {type: video_reader, path: clip.mkv}
  boxes: {type: process, command: [cat, boxes.jsonl], form: jsonl, outputs: {boxes: value}}
  out:
    type: dataset_writer
    inputs: {video: reader, boxes: boxes}
    join: order
    path: "set/images/{source}-{seq:03d}.png"
    names: [one, two]
END

# What is written is read with nothing but Python. `boxes` are those of boxes.jsonl that are labelled.
cat >read.py <<'END'
import glob, json, os, struct, sys

def size(path):
    with open(path, "rb") as file:
        return struct.unpack(">II", file.read(24)[16:])

def near(a, b, within=0.011):
    assert len(a) == len(b) and all(abs(x - y) <= within for x, y in zip(a, b)), (a, b)

def coco(folder):
    """Returns the annotations of each picture, after looking whether all is as COCO wants it."""
    data = json.load(open(folder + "/annotations.json"))
    images = {image["id"]: image for image in data["images"]}
    categories = {category["id"]: category["name"] for category in data["categories"]}
    assert len(images) == len(data["images"]) and len(categories) == len(data["categories"])
    assert len({item["id"] for item in data["annotations"]}) == len(data["annotations"])
    found = {}
    for image in images.values():
        path = folder + "/images/" + image["file_name"]
        assert size(path) == (image["width"], image["height"]), image
        found[image["file_name"]] = (image, [])
    for item in data["annotations"]:
        image, labels = found[images[item["image_id"]]["file_name"]]
        x, y, width, height = item["bbox"]
        assert 0 <= x and x + width <= image["width"] and width > 0, item
        assert 0 <= y and y + height <= image["height"] and height > 0, item
        assert abs(item["area"] - width * height) < 0.1 and item["iscrowd"] == 0, item
        assert item["category_id"] in categories, item
        labels.append(item)
    return found, categories

def yolo(folder):
    """Returns the labels of each picture in its pixels, and the names of the classes."""
    yaml = open(folder + "/data.yaml").read().splitlines()
    at = yaml.index("names:")
    assert "train: images" in yaml and "val: images" in yaml, yaml
    names = dict((int(key), json.loads(name)) for key, name in
                 (line.strip().split(": ", 1) for line in yaml[at + 1:]))
    assert "nc: %d" % len(names) in yaml and sorted(names) == list(range(len(names))), yaml
    found = {}
    for path in glob.glob(folder + "/labels/**/*.txt", recursive=True):
        name = os.path.relpath(path, folder + "/labels")[:-4] + ".png"
        width, height = size(folder + "/images/" + name)
        rows = [[float(x) for x in line.split()] for line in open(path)]
        for row in rows:
            assert row[0] in names and all(0 <= x <= 1 for x in row[1:]), row
        found[name] = [(int(c), [(x - w / 2) * width, (y - h / 2) * height, w * width, h * height])
                       for c, x, y, w, h in rows]
    return found, names
END

it 'labels frames, as COCO and as YOLO' '
	expect 0 "$VFLOW" run -q set.yaml
	python3 -B - <<-END
	from read import *
	pictures, categories = coco("set")
	texts, names = yolo("set")
	assert categories == {0: "one", 1: "two", 2: "class 2"}, categories
	assert names == categories, names
	assert set(pictures) == set(texts) and len(texts) == 18, (pictures, texts)
	for image, labels in pictures.values():
	    n = image["number"]
	    near(labels[0]["bbox"], [20.5, 10 * n % 100, 39.75, 40])
	    near(labels[1]["bbox"], [300, 200, 20, 40])
	    assert [label["category_id"] for label in labels] == [0, 2], labels
	    assert [label["score"] for label in labels] == [0.9, 0.4], labels
	    assert n not in (3, 4) and abs(image["timestamp"] - (n - 1) / 10) < 1e-6, image
	    for label, (number, box) in zip(labels, texts[image["file_name"]]):
	        assert number == label["category_id"]
	        near(box, label["bbox"])
	END
	test ! -e set/.annotations.jsonl
	ff -i clip.mkv -vf "select=eq(n\,4)" -frames:v 1 five.png
	hashes -i five.png >five
	hashes -i set/images/clip-003.png | cmp - five
	rm -rf set
'

it 'writes one form alone, what is sure, and frames with nothing in them' '
	expect 0 "$VFLOW" run -q -s nodes.out.format=yolo -s nodes.out.empty=true \
		-s nodes.out.min_score=0.5 set.yaml
	test ! -e set/annotations.json -a ! -e set/.annotations.jsonl
	python3 -B - <<-END
	from read import *
	texts, names = yolo("set")
	assert len(texts) == 19 and sorted(map(len, texts.values())) == [0] + [1] * 18, texts
	assert names == {0: "one", 1: "two"}, names
	END
	rm -rf set
	expect 0 "$VFLOW" run -q -s nodes.out.format=coco set.yaml
	test ! -e set/labels -a ! -e set/data.yaml
	python3 -B -c "from read import *; assert len(coco(\"set\")[0]) == 18"
	rm -rf set
'

it 'cuts each object out, with its label' '
	expect 0 "$VFLOW" run -q -s nodes.out.crop=box -s nodes.out.margin=0.5 \
		-s "nodes.out.path=set/images/{class}/{seq:03d}.png" set.yaml
	test "$(ls set/images | tr "\n" " ")" = "0 2 "
	python3 -B - <<-END
	from read import *
	pictures, categories = coco("set")
	texts, names = yolo("set")
	assert len(pictures) == len(texts) == 36 and set(pictures) == set(texts)
	for name, (image, labels) in pictures.items():
	    assert len(labels) == 1 and name.startswith("%d/" % labels[0]["category_id"])
	    near(texts[name][0][1], labels[0]["bbox"])
	    if labels[0]["category_id"] == 2:
	        near(labels[0]["bbox"], [20, 30, 20, 40])
	        assert (image["width"], image["height"]) == (40, 70), image
	END
	rm -rf set
'

it 'takes the objects of track, with their numbers' '
	sed "s/boxes: boxes}/boxes: follow.objects}/; /^  out:/i\\
  follow: {type: track, inputs: boxes, unsure: 0.3}" set.yaml >tracked.yaml
	expect 0 "$VFLOW" run -q tracked.yaml
	python3 -B - <<-END
	from read import *
	pictures, categories = coco("set")
	ids = {(label["category_id"], label["track_id"]) for image, labels in pictures.values()
	       for label in labels}
	assert {number for number, track in ids} <= {0, 2} and len(ids) >= 2, ids
	END
	rm -rf set
'

it 'takes what a model finds' '
	take_runtime fake
	fake_model yolo.onnx "input images float32 1 3 64 64" "output output0 float32 1 6 64" "tells columns"
	ff -f lavfi -i color=black:s=128x64:r=5:d=1 -f lavfi -i color=white:s=16x16:r=5:d=1 \
		-filter_complex "[0][1]overlay=x=16*n+32:y=16:format=rgb,format=yuv444p" -c:v ffv1 bright.mkv
	expect 0 "$VFLOW" run -q @dataset input=bright.mkv nth=1 -s nodes.found.type=detect \
		-s nodes.found.model=yolo.onnx -s "nodes.found.card={family: yolo, score: 0.5}" \
		-s nodes.follow.confirm=1 -s nodes.follow.overlap=0 -s nodes.follow.steady=false
	python3 -B - <<-END
	import json
	data = json.load(open("dataset/frames/annotations.json"))
	boxes = [item["bbox"] for item in data["annotations"]]
	assert boxes and all(size == [16, 16] for size in (box[2:] for box in boxes)), data
	assert len(json.load(open("dataset/crops/annotations.json"))["images"]) == len(boxes)
	END
	rm -rf dataset
'

it 'has valid labels for what is there when it is interrupted, and when it is killed' '
	cat >live.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: test_source, size: 64x48, rate: 100, live: true}
	  boxes:
	    type: process
	    command: [sh, -c, "while echo \"[[8, 8, 24, 24, 1, 0.5]]\"; do :; done"]
	    form: jsonl
	    outputs: {boxes: value}
	  out:
	    type: dataset_writer
	    inputs: {video: source, boxes: boxes}
	    join: order
	    path: "set/images/{seq:06d}.png"
	  seen: {type: print, inputs: source}
	END
	start live.yaml
	wait_for out "frame 40 "
	kill -INT "$flow"
	ends 130
	python3 -B - <<-END
	from read import *
	import os
	pictures, categories = coco("set")
	assert set(pictures) == set(os.listdir("set/images")) == set(yolo("set")[0]), len(pictures)
	assert len(pictures) > 10, len(pictures)
	END
	rm -rf set
	start live.yaml
	wait_for out "frame 40 "
	await "test \"\$(ls set/images | wc -l)\" -gt 8"
	kill -9 "$(worker out)"
	ends 1
	python3 -B - <<-END
	from read import *
	import os
	pictures, categories = coco("set")
	assert pictures and set(pictures) <= set(os.listdir("set/images"))
	END
	rm -rf set
'

it 'goes on where a process was killed' '
	start --report report.json -s nodes.out.restart=on-failure -s nodes.source.frames=120 \
		-s nodes.out.backoff=10ms live.yaml
	wait_for out "frame 20 "
	await "test -s set/annotations.json"
	kill -9 "$(worker out)"
	ends 0
	python3 -B - <<-END
	from read import *
	import os
	pictures, categories = coco("set")
	texts, names = yolo("set")
	assert len(pictures) >= 110, len(pictures)
	assert set(pictures) <= set(texts), (len(pictures), len(texts))
	assert set(pictures) <= set(os.listdir("set/images"))
	END
	rm -rf set
'

it 'says what is wrong' '
	expect 78 "$VFLOW" check -s "nodes.out.path=set/{seq}.png" set.yaml
	grep "dataset_writer: path: its pictures are not below a folder called images, beside which the labels are" err
	expect 78 "$VFLOW" check -s "nodes.out.path=set/images/a.png" set.yaml
	grep "it is one name for all pictures; put {seq:06d} into the name" err
	expect 78 "$VFLOW" check -s nodes.out.labels=gone.txt set.yaml
	grep "both labels and names" err
	mkdir -p set/images
	touch set/images/a.png
	expect 73 "$VFLOW" run -q set.yaml
	grep "set/images has files in it already: a data set begins with none; give another path, or remove it" err
	rm -r set
	echo "[[1, 1, 2, 2, -1, 0.5]]" >boxes.jsonl
	expect 74 "$VFLOW" run -q set.yaml
	grep "class -1 cannot be that of a label; those are 0, 1, 2 and so on" err
'

done_testing
