#!/bin/sh
# SPDX-License-Identifier: MIT
# Names of outputs that mirror their sources, and which files of a pattern stay.
. "${0%/*}/harness.sh"

mkdir -p films/a films/b
ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=64x48:rate=10:duration=1 -c:v mpeg4 films/a/cat.avi
cp films/a/cat.avi films/b/cat.avi
cp films/a/cat.avi films/dog.avi

cat >tree.yaml <<'END'
vflow: 1
nodes:
  films: {type: folder_reader, path: films, recursive: true}
  out: {type: video_writer, inputs: films, path: "made/{folder}/{source}.mkv", codec: ffv1}
END

it 'mirrors a tree of folders' '
	expect 0 "$VFLOW" run tree.yaml
	(cd made && find . -type f | sort) >names
	printf "%s\n" ./a/cat.mkv ./b/cat.mkv ./dog.mkv | cmp - names
	grep "^wrote made/b/cat.mkv: 10 frames" err
'

it 'keeps files of one name in two folders apart, in videos and in pictures' '
	cat >flat.yaml <<-END
	vflow: 1
	nodes:
	  films: {type: folder_reader, path: films, recursive: true}
	  some: {type: every, inputs: films, nth: 5}
	  out: {type: video_writer, inputs: films, path: "flat/{source}.mkv", codec: ffv1}
	  shots: {type: image_writer, inputs: some, path: "shots/{source}-{n}-{source_time}.png"}
	  index: {type: file_append, inputs: [some, shots.file], path: index.jsonl}
	  names: {type: file_append, inputs: shots.file, path: index.csv}
	END
	expect 0 "$VFLOW" run flat.yaml
	test "$(ls flat | xargs)" = "cat-2.mkv cat.mkv dog.mkv"
	test "$(ls shots | wc -l)" -eq 6
	head -n 2 index.csv | tail -n 1 | grep "^1,0.0,a/cat.avi,shots/cat-1-00-00-00.000.png$"
	tail -n 1 index.csv | grep "^26,2.5,dog.avi,shots/dog-2-00-00-00.500.png$"
	test -s shots/cat-2-00-00-00.500-2.png
	test -s shots/dog-1-00-00-00.000.png
'

it 'takes series with a path that is a URL of files' '
	cat >urls.yaml <<-END
	vflow: 1
	nodes:
	  films: {type: folder_reader, path: films, recursive: true}
	  out: {type: video_writer, inputs: films, path: "file://$workdir/urls/{folder}/{source}.mkv"}
	  shots: {type: image_writer, inputs: films, path: "file:$workdir/urls/{source}.png", keep: 9}
	END
	expect 0 "$VFLOW" run urls.yaml
	test ! -e file:
	(cd urls && find . -type f | sort | xargs) >names
	says names "./a/cat.mkv ./b/cat.mkv ./cat-2.png ./cat.png ./dog.mkv ./dog.png"
'

it 'tells an index which picture a row is' '
	python3 - <<-END
	import json, os
	rows = [json.loads(line) for line in open("index.jsonl")]
	assert [row["source"] for row in rows] == \
	    ["a/cat.avi"] * 2 + ["b/cat.avi"] * 2 + ["dog.avi"] * 2, rows
	assert all(os.path.getsize(row["shots"]) for row in rows)
	assert len({row["shots"] for row in rows}) == 6
	END
'

cat >series.yaml <<'END'
vflow: 1
nodes:
  camera: {type: test_source, size: 64x48, frames: 50}
  out:
    type: video_writer
    inputs: camera
    path: "seg/{date:%Y}/cam-{seq:03d}.mkv"
    segment_time: 400ms
    codec: ffv1
END

# series STATUS OPTION...: runs the flow with options of its writer.
series () {
	status=$1
	shift
	for option
	do
		shift
		set -- "$@" -s "nodes.out.$option"
	done
	expect "$status" "$VFLOW" run "$@" series.yaml
}

year=$(date +%Y)

it 'counts the files of earlier runs, and nothing else' '
	mkdir -p "seg/$year" seg/film
	series 0 path=seg/{date:%Y}/cam-1{seq:02d}.mkv
	for name in "seg/$year/cam-1.mkv" "seg/$year/cam-0001.mkv" "seg/$year/cam-101.mkv.bak" \
		seg/film/cam-101.mkv seg/cam-101.mkv "seg/$year/notes.txt"
	do
		echo precious >"$name"
	done
	ln -s ../film/cam-101.mkv "seg/$year/cam-099.mkv"
	series 0 keep=7
	(cd "seg/$year" && ls cam-???.mkv | xargs) >left
	says left "cam-001.mkv cam-002.mkv cam-003.mkv cam-004.mkv cam-005.mkv cam-099.mkv cam-104.mkv cam-105.mkv"
	grep "^wrote seg/{date:%Y}/cam-{seq:03d}.mkv: 7 files are there now, seg/$year/cam-104.mkv to seg/$year/cam-005.mkv, .*; 3 removed\$" err
	test "$(cat "seg/$year/cam-1.mkv" "seg/$year/cam-0001.mkv" "seg/$year/cam-101.mkv.bak" \
		seg/film/cam-101.mkv seg/cam-101.mkv "seg/$year/notes.txt" | uniq)" = precious
'

it 'reports the files that are still there, one by one' '
	series 0 keep=2
	test "$(grep -c "^wrote seg/$year/cam-00[45].mkv: 10 frames" err)" -eq 2
	test "$(grep -c "^wrote seg/$year/" err)" -eq 2
	expect 0 "$VFLOW" run -s nodes.out.keep=2 --report=report.json series.yaml
	python3 -c "import json
outputs = json.load(open(\"report.json\"))[\"outputs\"]
assert [o[\"path\"] for o in outputs] == [\"seg/$year/cam-00%d.mkv\" % i for i in (4, 5)], outputs"
'

it 'removes what is older, and what is too much' '
	touch -d "8 days ago" "seg/$year/cam-900.mkv"
	touch -d "6 days ago" "seg/$year/cam-901.mkv"
	series 0 keep_for=7d
	test ! -e "seg/$year/cam-900.mkv"
	test -e "seg/$year/cam-901.mkv"
	series 0 keep_size=1
	(cd "seg/$year" && ls cam-???.mkv | xargs) >left
	says left "cam-005.mkv cam-099.mkv"
'

it 'removes pictures in the same way' '
	cat >pictures.yaml <<-END
	vflow: 1
	nodes:
	  camera: {type: test_source, size: 64x48, frames: 8}
	  out: {type: image_writer, inputs: camera, path: "pictures/{seq:04d}.png", keep: 3}
	END
	mkdir pictures
	echo precious >pictures/9.png
	expect 0 "$VFLOW" run pictures.yaml
	test "$(ls pictures | xargs)" = "0006.png 0007.png 0008.png 9.png"
	grep "^wrote pictures/{seq:04d}.png: 3 files are there now, pictures/0006.png to pictures/0008.png" err
	expect 0 "$VFLOW" run -s nodes.out.keep=1 pictures.yaml
	grep "^wrote pictures/{seq:04d}.png: 1 file is there now, pictures/0008.png, [^;]*; [0-9]* removed\$" err
	says pictures/9.png precious
'

it 'fails before the disk is full' '
	series 73 min_free=1000000TB
	grep "the disk of seg/.* GB free, less than min_free" err
	test "$(ls "seg/$year" | grep -c part)" -eq 0
	series 0 min_free=1kB
'

it 'refuses to keep files that are none of a pattern' '
	series 78 path=one.mkv keep=2
	grep "\"one.mkv\" is one file; name them by a pattern" err
	series 78 path=live.m3u8 codec=auto segment_time=0 min_free=1GB
	grep "\"live.m3u8\" is a stream; keep, keep_for, keep_size and min_free are for files" err
	series 78 path=seg/{date}/../{seq}.mkv keep_for=1h
	grep "leave .. out" err
'

done_testing
