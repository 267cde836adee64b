#!/bin/sh
# SPDX-License-Identifier: MIT
# Receipts of what is written, and files that are compared with them.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

"$VFLOW" run -q --chain 'test_source size=64x48 frames=30 ! video_writer in.mp4' || exit 1
"$VFLOW" schema --receipt >receipt.schema.json || exit 1
"${CC:-cc}" -shared -fPIC -D_GNU_SOURCE -o full_disk.so "$root/tests/cli/full_disk.c"
cat >film.yaml <<'END'
vflow: 1
nodes:
  reader: {type: video_reader, path: in.mp4}
  out: {type: video_writer, inputs: reader, path: out.mp4, receipt: true}
END

# value FILE EXPRESSION: prints what Python makes of a receipt, r, once it fits the schema.
value () {
	python3 - "$@" <<-'END'
	import json, sys
	from jsonschema import Draft202012Validator
	with open(sys.argv[1]) as file:
	    r = json.load(file)
	with open("receipt.schema.json") as file:
	    schema = json.load(file)
	Draft202012Validator.check_schema(schema)
	Draft202012Validator(schema).validate(r)
	print(eval(sys.argv[2]))
	END
}

# sum FILE: prints the SHA-256 of a file.
sum () {
	sha256sum "$1" | cut -d" " -f1
}

# spoil FILE PLACE: changes a bit.
spoil () {
	python3 - "$@" <<-'END'
	import sys
	with open(sys.argv[1], "r+b") as file:
	    file.seek(int(sys.argv[2]))
	    byte = file.read(1)[0]
	    file.seek(int(sys.argv[2]))
	    file.write(bytes([byte ^ 16]))
	END
}

it 'writes beside a file what it was made of' '
	expect 0 "$VFLOW" run film.yaml
	receipt=out.mp4.receipt.json
	test "$(ls out.*)" = "out.mp4
$receipt"
	test "$(value $receipt "r[\"output\"][\"sha256\"]")" = "$(sum out.mp4)"
	test "$(value $receipt "r[\"output\"][\"bytes\"]")" = "$(wc -c <out.mp4)"
	test "$(value $receipt "r[\"inputs\"][0][\"sha256\"]")" = "$(sum in.mp4)"
	test "$(value $receipt "r[\"inputs\"][0][\"path\"], r[\"inputs\"][0][\"streams\"]")" = \
		"('\''in.mp4'\'', ['\''0 video h264'\''])"
	test "$(value $receipt "r[\"inputs\"][0][\"first\"], 1.16 <= r[\"inputs\"][0][\"last\"] <= 1.2")" = \
		"(0.0, True)"
	test "$(value $receipt "[r[\"output\"][k] for k in (\"taken\", \"encoded\", \"packets\", \"frames\")]")" = \
		"[30, 30, 30, 30]"
	test "$(value $receipt "r[\"output\"][\"verified\"], r[\"lost\"], r[\"run\"][\"status\"]")" = \
		"('\''counts'\'', [], 0)"
	test -n "$(value $receipt "r[\"versions\"][\"libavcodec\"]")"
	expect 0 "$VFLOW" verify out.mp4
	says out "out.mp4: ok"
'

it 'has the hash of what vflow config prints' '
	expect 0 "$VFLOW" run -s nodes.out.crf=30 film.yaml
	test "$(value out.mp4.receipt.json "r[\"flow\"][\"sha256\"]")" = \
		"$("$VFLOW" config --json -s nodes.out.crf=30 film.yaml | sha256sum | cut -d" " -f1)"
	"$VFLOW" run - <film.yaml
	test "$(value out.mp4.receipt.json "r[\"flow\"][\"sha256\"]")" = None
	expect 0 "$VFLOW" verify out.mp4
'

it 'finds a bit that has changed, and a file that was cut, at any place' '
	expect 0 "$VFLOW" run film.yaml
	size=$(wc -c <out.mp4)
	cp out.mp4 whole.mp4
	for part in 0 1 2 3 4 5 6 7 8 9
	do
		cp whole.mp4 out.mp4
		spoil out.mp4 $((size * part / 10))
		expect 65 "$VFLOW" verify out.mp4
		says out "out.mp4: FAILED: it has the right size, but other bytes than were written"
		head -c $((size * part / 10)) whole.mp4 >out.mp4
		expect 65 "$VFLOW" verify out.mp4
		says out "out.mp4: FAILED: it has $((size * part / 10)) bytes, and its receipt says $size"
	done
	cp whole.mp4 out.mp4
	expect 0 "$VFLOW" verify -q out.mp4
	test ! -s out
'

it 'finds files that were swapped, and a receipt that is missing or damaged' '
	expect 0 "$VFLOW" run film.yaml
	expect 0 "$VFLOW" run -s nodes.out.path=other.mp4 -s nodes.out.crf=40 film.yaml
	mv out.mp4 x
	mv other.mp4 out.mp4
	mv x other.mp4
	expect 65 "$VFLOW" verify out.mp4 other.mp4
	test "$(grep -c FAILED out)" -eq 2
	mv out.mp4.receipt.json x
	mv other.mp4.receipt.json out.mp4.receipt.json
	mv x other.mp4.receipt.json
	expect 65 "$VFLOW" verify --json out.mp4 other.mp4
	python3 -c "import json
a = json.load(open(\"out\"))
assert [x[\"ok\"] for x in a] == [False, False]
assert a[0][\"reason\"] == \"its receipt is that of other.mp4\"
assert a[1][\"file\"] == \"other.mp4\" and a[1][\"receipt\"] == \"other.mp4.receipt.json\""
	rm out.mp4.receipt.json
	expect 65 "$VFLOW" verify out.mp4
	says out "out.mp4: FAILED: it has no receipt: there is no out.mp4.receipt.json"
	spoil other.mp4.receipt.json 100
	expect 65 "$VFLOW" verify other.mp4
	grep "^other.mp4: FAILED: its receipt " out
	expect 2 "$VFLOW" verify
'

it 'finds an input that is not as it was' '
	cp in.mp4 copy.mp4
	expect 0 "$VFLOW" run -s nodes.reader.path=copy.mp4 film.yaml
	expect 0 "$VFLOW" verify --inputs out.mp4
	spoil copy.mp4 1000
	expect 0 "$VFLOW" verify out.mp4
	expect 65 "$VFLOW" verify --inputs out.mp4
	says out "out.mp4: FAILED: copy.mp4: it has the right size, but other bytes than were written"
'

it 'writes the receipts of all files into a folder' '
	cat >two.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.mp4}
	  other: {type: test_source, size: 64x48, frames: 5}
	  out: {type: video_writer, inputs: reader, path: two.mkv}
	  pictures: {type: image_writer, inputs: other, path: "shots/{seq}.png"}
	END
	expect 0 "$VFLOW" run --receipts receipts two.yaml
	test "$(ls receipts | wc -l)" -eq 6
	test -z "$(find two.mkv.receipt.json shots/*.json 2>/dev/null)"
	expect 0 "$VFLOW" verify --receipts receipts two.mkv shots/*.png
	test "$(grep -c ": ok" out)" -eq 6
	test "$(value receipts/3.png.receipt.json "r[\"inputs\"], r[\"output\"][\"pictures\"]")" = \
		"([], 1)" || test "$(value receipts/3.png.receipt.json "r[\"output\"][\"pictures\"]")" = 1
	spoil shots/3.png 50
	expect 65 "$VFLOW" verify --receipts receipts shots/*.png
	test "$(grep -c FAILED out)" -eq 1
	expect 73 "$VFLOW" run --receipts in.mp4 two.yaml
	grep "in.mp4 cannot keep receipts: Not a directory" err
'

it 'names files of one name whose receipts would be one' '
	mkdir -p a b
	cat >same.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.mp4}
	  a: {type: video_writer, inputs: reader, path: a/same.mkv}
	  b: {type: video_writer, inputs: reader, path: b/same.mkv}
	END
	expect 74 "$VFLOW" run --receipts collected same.yaml
	grep "no receipt of [ab]/same.mkv: another output of that name has one in the same folder" err
	test "$(ls collected)" = same.mkv.receipt.json
'

it 'has a receipt for each file of a series, and for a playlist with its segments' '
	expect 0 "$VFLOW" run -s "nodes.out.path=s{seq}.mp4" -s nodes.out.segment_time=0.4s \
		-s nodes.out.options.g=5 film.yaml
	expect 0 "$VFLOW" verify s?.mp4
	test "$(grep -c ": ok" out)" -eq 3
	mkdir -p list
	expect 0 "$VFLOW" run -s nodes.out.path=list/l.m3u8 -s nodes.out.options.g=5 \
		-s nodes.out.options.hls_time=0.4 -s nodes.out.options.hls_list_size=0 film.yaml
	expect 0 "$VFLOW" verify list/l.m3u8
	test "$(value list/l.m3u8.receipt.json "len(r[\"output\"][\"files\"])")" -ge 3
	segment=$(ls list/*.ts | tail -n 1)
	spoil "$segment" 500
	expect 65 "$VFLOW" verify list/l.m3u8
	says out "list/l.m3u8: FAILED: $segment: it has the right size, but other bytes than were written"
	rm "$segment"
	expect 65 "$VFLOW" verify list/l.m3u8
	says out "list/l.m3u8: FAILED: $segment: No such file or directory"
'

it 'lists of a series by source only what each file was made of' '
	rm -rf films each
	mkdir films films/low each
	cp in.mp4 films/a.mp4
	cp in.mp4 films/low/a.mp4
	cp in.mp4 films/b.mp4
	cat >series.yaml <<-\END2
	vflow: 1
	nodes:
	  reader: {type: folder_reader, path: films, recursive: true}
	  out: {type: video_writer, inputs: reader, path: "each/{folder}/{source}.mkv", codec: mjpeg, receipt: true}
	  shots: {type: image_writer, inputs: reader, path: "each/{folder}/{source}.png", receipt: true}
	  all: {type: video_writer, inputs: reader, path: all.mkv, codec: mjpeg, receipt: true}
	END2
	expect 0 "$VFLOW" run --report report.json series.yaml
	for file in each/a.mkv each/a.png each/b.mkv each/low/a.mkv each/low/a.png
	do
		from=${file#each}
		test "$(value $file.receipt.json "[i[\"path\"] for i in r[\"inputs\"]]")" = "['\''films${from%.*}.mp4'\'']"
	done
	test "$(value all.mkv.receipt.json "len(r[\"inputs\"])")" -eq 3
	"$VFLOW" schema --report >report.schema.json
	python3 -c "import json; from jsonschema import Draft202012Validator as V
V(json.load(open(\"report.schema.json\"))).validate(json.load(open(\"report.json\")))"
'

# shellcheck disable=SC2086 # a list of words
it 'removes receipts with their files' '
	mkdir -p few
	series="-s nodes.out.path=few/{seq}.mp4 -s nodes.out.segment_time=0.4s -s nodes.out.options.g=5"
	expect 0 "$VFLOW" run $series film.yaml
	test "$(ls few | xargs)" = "1.mp4 1.mp4.receipt.json 2.mp4 2.mp4.receipt.json 3.mp4 3.mp4.receipt.json"
	expect 0 "$VFLOW" run $series -s nodes.out.keep=1 film.yaml
	file=$(ls few/*.mp4)
	test "$(ls few/*)" = "$file
$file.receipt.json"
	expect 0 "$VFLOW" verify few/*.mp4
'

it 'says what was lost on the way' '
	cat >lossy.yaml <<-END
	vflow: 1
	nodes:
	  camera: {type: test_source, size: 64x48, frames: 20}
	  step: {type: crop, inputs: camera, x: 60, width: 64, height: 48, on_error: skip}
	  half: {type: every, inputs: camera, nth: 2}
	  out: {type: video_writer, inputs: half, path: lossy.mkv, receipt: true}
	  end: {type: void, inputs: step}
	END
	status=0
	"$VFLOW" run lossy.yaml 2>err || status=$?
	value lossy.mkv.receipt.json "r[\"lost\"]"
	test "$(value lossy.mkv.receipt.json "r[\"lost\"]")" = "[]" # the branch beside it is not its
	cat >broken.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: broken.ts}
	  out: {type: video_writer, inputs: reader, path: broken.mkv, receipt: true}
	END
	ffmpeg -v error -nostdin -y -i in.mp4 -c copy broken.ts
	spoil broken.ts 2000
	spoil broken.ts 4000
	status=0
	"$VFLOW" run --max-errors 100 broken.yaml 2>err || status=$?
	test "$status" -eq 0
	test "$(value broken.mkv.receipt.json "[x[\"reason\"] for x in r[\"lost\"]]")" = \
		"['\''corrupt or missing input'\'']"
'

it 'writes none of a file that is not whole' '
	rm -f out.mp4 out.mp4.receipt.json
	cat >endless.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.mp4, pace: true}
	  lines: {type: print, inputs: reader}
	  out: {type: video_writer, inputs: reader, path: out.mp4, receipt: true}
	END
	mkfifo pipe
	cat pipe >lines &
	"$VFLOW" run endless.yaml >pipe 2>err &
	started $!
	wait_for lines "^frame 3 "
	workers=$(pgrep -P "$flow")
	kill -9 "$flow"
	for process in $workers
	do
		gone "$process"
	done
	test ! -e out.mp4.receipt.json
	expect 65 "$VFLOW" verify out.mp4
	says out "out.mp4: FAILED: it has no receipt: there is no out.mp4.receipt.json"
'

it 'ends with 74 when the disk has no room for a receipt' '
	rm -rf disk
	mkdir disk
	status=0
	env FULL_DISK="$workdir/disk" LD_PRELOAD="$workdir/full_disk.so" \
		ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS:-}" \
		"$VFLOW" run --receipts disk \
		--chain "test_source size=64x48 frames=100 ! image_writer r{seq}.png" 2>err || status=$?
	test "$status" -eq 74
	grep "cannot write disk/r[0-9]*.png.receipt.json: No space left on device" err
	grep "no receipt of r[0-9]*.png: it cannot be written" err
	test -z "$(find disk -name "*part*")"
	value disk/r1.png.receipt.json 1
'

it 'lists of many pictures those that were read, and of one that becomes another that one' '
	mkdir drawn painted
	ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=64x48:rate=10 -frames:v 5 drawn/s%d.png
	cat >painted.yaml <<-\END2
	vflow: 1
	nodes:
	  in: {type: image_reader, path: "drawn/*.png", frames: 3}
	  out: {type: image_writer, inputs: in, path: "painted/{source}.png", receipt: true}
	  all: {type: video_writer, inputs: in, path: painted/all.mkv, receipt: true}
	END2
	expect 0 "$VFLOW" run painted.yaml
	for number in 1 2 3
	do
		test "$(value painted/s$number.png.receipt.json "[(i[\"path\"], i[\"sha256\"]) for i in r[\"inputs\"]]")" = \
			"[('\''drawn/s$number.png'\'', '\''$(sha256sum drawn/s$number.png | cut -d" " -f1)'\'')]"
	done
	test "$(value painted/all.mkv.receipt.json "[f[\"path\"] for f in r[\"inputs\"][0][\"files\"]]")" = \
		"['\''drawn/s1.png'\'', '\''drawn/s2.png'\'', '\''drawn/s3.png'\'']"
	expect 0 "$VFLOW" verify --inputs painted/s1.png painted/all.mkv
	echo >>drawn/s2.png
	expect 0 "$VFLOW" verify --inputs painted/s1.png
	expect 65 "$VFLOW" verify --inputs painted/s2.png
'

it 'ends at an interrupt while it reads large files for receipts, and leaves none' '
	ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=64x48:rate=10 -frames:v 20 -y large.mp4
	truncate -s 4T large.mp4 || truncate -s 300G large.mp4
	for signal in INT TERM
	do
		rm -f small.mkv
		start --report report.json --chain "video_reader large.mp4 ! video_writer small.mkv receipt=true"
		await "ls -l /proc/\$1/fd | grep -q large.mp4" "$flow"
		test -e small.mkv
		kill -$signal "$flow"
		if test $signal = INT
		then
			ends 130
		else
			ends 143
		fi
		grep "^vflow: warning: it was stopped before the receipts were written; there are none" err
		test "$(echo small.*)" = small.mkv
		grep "\"status\": 1[34][03]" report.json
	done
	rm large.mp4
'

it 'refuses a receipt of a stream, and warns of a playlist that others could follow' '
	expect 78 "$VFLOW" check -s nodes.out.path=udp://127.0.0.1:9 -s nodes.out.format=mpegts film.yaml
	grep "receipt: \"udp://127.0.0.1:9\" is a stream; receipts are for files" err
	expect 0 "$VFLOW" run -s nodes.reader.pace=true -s nodes.reader.frames=5 -s nodes.out.path=live.m3u8 \
		--realtime film.yaml
	grep "no receipt of live.m3u8: others could follow it while it grew" err
	test ! -e live.m3u8.receipt.json
'

done_testing
