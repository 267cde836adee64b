#!/bin/sh
# SPDX-License-Identifier: MIT
# Files that are written: what a kill leaves of them, and what is made of them at the end.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/frames.sh"

# boxes FILE: the names of what an MP4 file consists of, in their order, in one line.
boxes () {
	python3 - "$1" <<-'END'
	import struct, sys
	data, place, names = open(sys.argv[1], "rb").read(), 0, []
	while place < len(data):
	    size, name = struct.unpack(">I4s", data[place:place + 8])
	    if size == 1:
	        size, = struct.unpack(">Q", data[place + 8:place + 16])
	    names.append(name.decode())
	    place += size
	print(*names)
	END
}

# left FILE: prints under which name a file was left whose writer was killed.
left () {
	ls "${1%.*}".part-*."${1##*.}"
}

# partial FILE: prints under which name what there is of a file was kept.
partial () {
	echo "${1%.*}.partial.${1##*.}"
}

# survive MADE TENTHS RATE FILE...: passes when so many frames are in what is left of each file, but
# for the last tenths of a second. Writes LEFT.hashes of each.
survive () {
	made=$1 tenths=$2 rate=$3
	shift 3
	# shellcheck disable=SC2046 # a word for each file
	hash_each $(for name; do left "$name"; done)
	for name
	do
		found=$(wc -l <"$(left "$name").hashes")
		echo "$name: $found of $made"
		test $((made - found)) -le $((tenths * rate / 10))
		test ! -e "$name"
	done
}

# A picture that moves with its sound, and one that stands still and so needs hardly a byte.
cat >moving.yaml <<'END'
vflow: 1
nodes:
  camera: {type: test_source, size: 160x120, live: true}
  lines: {type: print, inputs: camera}
  first:
    type: video_writer
    inputs: {video: camera, audio: camera.audio}
    path: moving.mp4
  second:
    type: video_writer
    inputs: {video: camera, audio: camera.audio}
    path: moving.mkv
END
cat >still.yaml <<'END'
vflow: 1
nodes:
  camera: {type: video_reader, path: still.avi, pace: true}
  lines: {type: print, inputs: camera}
  first: {type: video_writer, inputs: camera, path: still.mp4}
  second: {type: video_writer, inputs: camera, path: still.mkv}
END
ffmpeg -v error -nostdin -f lavfi -i color=size=160x120:rate=25:duration=30 -c:v mpeg4 still.avi

it 'leaves all but the last second and a half when everything is killed' '
	rm -f out
	mkfifo pipe
	cat pipe >out & # into a pipe every line is printed at once
	"$VFLOW" run moving.yaml >pipe 2>err &
	started $!
	wait_for out "^frame 70 "
	workers=$(pgrep -P "$flow")
	kill -9 "$flow"
	for process in $workers
	do
		gone "$process"
	done
	survive "$(grep -c "^frame" out)" 15 25 moving.mp4 moving.mkv
	list_packets "$(left moving.mp4)" "$(left moving.mkv)"
	for file in moving.mp4 moving.mkv
	do
		file=$(left $file)
		test "$(grep -c "^audio " "$file.packets")" -ge "$(wc -l <"$file.hashes")"
	done
'
rm -rf pipe moving.part-* "$workdir/vflow"

it 'leaves as much of a picture that stands still, when a writer is killed' '
	rm -f out
	mkfifo pipe
	cat pipe >out &
	"$VFLOW" run still.yaml >pipe 2>err &
	started $!
	wait_for out "^frame 70 "
	camera=$(worker camera)
	kill -STOP "$camera" # however long it takes to find the writers
	kill -9 "$(worker first)" "$(worker second)"
	made=$(grep -c "^frame" out)
	kill -CONT "$camera"
	ends 1
	survive "$made" 15 25 still.mp4 still.mkv
'
rm -rf pipe still.part-*

it 'leaves a file that can be played when another task is killed, and says where' '
	rm -f out
	mkfifo pipe
	cat pipe >out &
	"$VFLOW" run -s nodes.camera.restart=no moving.yaml >pipe 2>err &
	started $!
	wait_for out "^frame 20 "
	kill -9 "$(worker camera)"
	ends 1
	hash_each "$(partial moving.mp4)" "$(partial moving.mkv)"
	for file in moving.mp4 moving.mkv
	do
		count=$(wc -l <"$(partial $file).hashes")
		grep "^wrote $(partial $file): $count frames, cut short by a failure\$" err
		test "$count" -ge 10
		test ! -e "$file"
	done
	test -z "$(find . -name "*part-*")"
'
rm -rf pipe moving.partial.*

# A codec that does not look ahead, so that it makes the same of the same frames.
cat >clip.yaml <<'END'
vflow: 1
vars: {path: clip.mp4, frames: 60}
nodes:
  camera: {type: test_source, size: 160x120, frames: "${frames}"}
  out:
    type: video_writer
    inputs: {video: camera, audio: camera.audio}
    path: "${path}"
    codec: mpeg4
END

# One flow writes all of them, each in both ways; one ffmpeg reads them.
endings='mp4 mov mkv ts avi'
it 'writes every kind of file in one flow, and leaves nothing else' '
	cat >kinds.yaml <<-END
	vflow: 1
	nodes:
	  camera: {type: test_source, size: 160x120, frames: 60}
	  fragments:
	    type: video_writer
	    inputs: camera
	    path: fragments.mp4
	    codec: mpeg4
	    options: {movflags: frag_keyframe+empty_moov}
	END
	for safe in true false
	do
		cat >>kinds.yaml <<-END
		  b-$safe:
		    type: video_writer
		    inputs: {video: camera, audio: camera.audio}
		    path: b-$safe.mp4
		    crash_safe: $safe
		    codec: libx264
		    preset: veryfast
		END
		for ending in $endings
		do
			cat >>kinds.yaml <<-END
			  $ending-$safe:
			    type: video_writer
			    inputs: {video: camera, audio: camera.audio}
			    path: $safe.$ending
			    crash_safe: $safe
			    codec: mpeg4
			END
		done
	done
	expect 0 "$VFLOW" run kinds.yaml
	ls >names
	test -z "$(grep part- names)"
	number=0
	set --
	for file in b-true.mp4 b-false.mp4 fragments.mp4
	do
		set -- "$@" -i $file
	done
	for ending in $endings
	do
		set -- "$@" -i true.$ending -i false.$ending
	done
	for file in b-true.mp4 b-false.mp4 fragments.mp4
	do
		set -- "$@" -map $number:v:0 -fps_mode passthrough -f framemd5 $file.md5
		number=$((number + 1))
	done
	for ending in $endings
	do
		for safe in true false
		do
			set -- "$@" -map $number:v -map $number:a -c:a copy -f framemd5 \
				$safe.$ending.md5
			number=$((number + 1))
		done
	done
	ff "$@"
'

# content FILE: the hash of each picture, then of each packet of sound, and the length of both.
content () {
	for track in 0 1
	do
		awk -F ', *' -v track=$track '$1 == track { print $1, $6 }' "$1.md5"
	done
	ffprobe -v error -show_entries stream=start_time,duration -of csv=p=0 "$1"
}

# same_as_plain ENDING: passes when a file that was written safely holds what it does otherwise.
same_as_plain () {
	content "false.$1" >wanted
	test "$(grep -c '^0 ' wanted)" -eq 60
	test "$(grep -c '^1 ' wanted)" -gt 60
	content "true.$1" | cmp wanted -
}

for ending in mp4 mov
do
	it "makes .$ending an ordinary file, its index in front" "
		same_as_plain $ending
		boxes true.$ending | grep -E '^ftyp moov (free|wide) mdat\$'
		test \"\$(boxes true.$ending)\" = \"\$(boxes false.$ending)\"
	"
done

it 'makes .mkv an ordinary file, with its cues' '
	same_as_plain mkv
	python3 -c "import sys; sys.exit(open(\"true.mkv\", \"rb\").read().count(
	    bytes.fromhex(\"1c53bb6b\")) < 2)" # in the list of contents, and where they are
'

for ending in ts avi
do
	it "writes the same into .$ending" "same_as_plain $ending"
done

it 'keeps time and order of B-frames' '
	for safe in true false
	do
		listed b-$safe.mp4.md5 >frames-$safe
		ffprobe -v error -select_streams v -show_entries packet=pts_time,dts_time,flags \
			-of csv=p=0 b-$safe.mp4 >times-$safe
	done
	test "$(wc -l <frames-true)" -eq 60
	cmp frames-true frames-false
	cmp times-true times-false
'

it 'writes fragments where it is asked for them' '
	boxes fragments.mp4 | grep "^ftyp moov moof mdat"
	test "$(listed fragments.mp4.md5 | wc -l)" -eq 60
'

it 'finishes what it is interrupted in' '
	rm -f out
	mkfifo pipe
	cat pipe >out &
	"$VFLOW" run moving.yaml >pipe 2>err &
	started $!
	wait_for out "^frame 10 "
	kill -INT "$flow"
	ends 130
	boxes moving.mp4 | grep "^ftyp moov free mdat\$"
	hash_each moving.mp4 moving.mkv
	test "$(wc -l <moving.mp4.hashes)" -eq "$(grep -c "^frame" out)"
	test "$(wc -l <moving.mkv.hashes)" -eq "$(grep -c "^frame" out)"
'
rm -f pipe

# A film that takes two minutes, and so is there when it is interrupted.
cat >film.yaml <<'END'
vflow: 1
nodes:
  camera: {type: test_source, size: 160x120, frames: 3000, live: true}
  every: {type: every, inputs: camera, nth: 2}
  lines: {type: print, inputs: camera}
  mp4: {type: video_writer, inputs: {video: camera, audio: camera.audio}, path: film.mp4}
  mkv: {type: video_writer, inputs: camera, path: film.mkv}
  half: {type: video_writer, inputs: every, path: half.mkv, fps: 25}
  thin: {type: video_writer, inputs: every, path: thin.nut, codec: mpeg4}
  parts: {type: video_writer, inputs: camera, path: "f{seq}.mkv", segment_time: 1s}
END

# begin_film FLAG...: runs it until its third second has begun. All but the series are there already.
begin_film () {
	rm -f f*.mkv ./*.partial.*
	for file in film.mp4 film.mkv half.mkv thin.nut
	do
		echo "the whole $file" >$file
	done
	echo "a part of yesterday" >film.partial.mp4
	rm -f out
	mkfifo pipe
	cat pipe >out &
	"$VFLOW" run "$@" film.yaml >pipe 2>err &
	started $!
	wait_for out "^frame 60 "
	rm pipe
}

it 'keeps the part that an interrupted run has made beside the whole file, which stays' '
	begin_film
	kill -INT "$flow"
	ends 130
	made=$(grep -c "^frame" out)
	half=$(((made + 1) / 2))
	for file in film.mp4 film.mkv half.mkv thin.nut
	do
		says $file "the whole $file"
	done
	told="3000 frames, interrupted"
	says err "wrote film.partial.mp4: $made of $told; film.mp4 is as it was"
	says err "wrote film.partial.mkv: $made of $told; film.mkv is as it was"
	says err "wrote thin.partial.nut: $half of 1500 frames, interrupted; thin.nut is as it was"
	grep "^wrote half.partial.mkv: [0-9]* frames, interrupted; half.mkv is as it was$" err
	boxes film.partial.mp4 | grep "^ftyp moov free mdat$"
	hash_each film.partial.mp4 film.partial.mkv thin.partial.nut
	test "$(wc -l <film.partial.mp4.hashes)" -eq "$made"
	test "$(wc -l <film.partial.mkv.hashes)" -eq "$made"
	test "$(wc -l <thin.partial.nut.hashes)" -eq "$half"
	test -z "$(find . -name "*part-*")"
'

it 'calls only the last file of an interrupted series a part' '
	made=$(grep -c "^frame" out)
	last=$(((made - 1) / 25 + 1))
	test "$(ls | grep -c "^f[0-9]*.mkv$")" -eq $((last - 1))
	test ! -e f$last.mkv
	hash_each f[0-9].mkv f$last.partial.mkv
	test "$(cat f[0-9].mkv.hashes f$last.partial.mkv.hashes | wc -l)" -eq "$made"
	grep "^wrote f1.mkv: 25 frames, " err
	grep "^wrote f$last.partial.mkv: [0-9]* frames, interrupted$" err
'

it 'lets a part take the place of the whole where it is told to' '
	begin_film --accept-partial
	kill -INT "$flow"
	ends 130
	made=$(grep -c "^frame" out)
	says film.partial.mp4 "a part of yesterday"
	test ! -e film.partial.mkv
	hash_each film.mp4 film.mkv
	test "$(wc -l <film.mp4.hashes)" -eq "$made"
	test "$(wc -l <film.mkv.hashes)" -eq "$made"
	grep "^wrote film.mp4: $made frames, " err
'

it 'keeps the parts of all outputs when the task of one of them dies' '
	begin_film
	kill -9 "$(worker thin)"
	ends 1
	says film.mp4 "the whole film.mp4"
	says thin.nut "the whole thin.nut"
	grep "^wrote film.partial.mp4: [0-9]* of 3000 frames, .*; film.mp4 is as it was$" err
	hash_each film.partial.mp4
	test "$(wc -l <film.partial.mp4.hashes)" -ge 50
'
rm -f ./*.part-*

# stop_twice FLAG...: the second stop, or the end of the grace, comes while the writers still have
# frames to take; passes when they left nothing under another name. Then `taken NODE` tells how many
# frames a writer took, all of which are to be in its file.
stop_twice () {
	rm -f slow.out report.json
	mkfifo pipe
	cat pipe >slow.out &
	# shellcheck disable=SC2094 # they are two files
	"$VFLOW" run --report report.json "$@" slow.yaml >pipe 2>err &
	started $!
	wait_for slow.out "^frame 10 "
	kill -INT "$flow"
	wait_for err "stopping"
	case $* in
	*--grace*) ;;
	*)
		sleep 0.2 # closer together they would count as one
		kill -INT "$flow"
		;;
	esac
	ends 130
	rm -f pipe
	python3 -c '
import json
for task in json.load(open("report.json"))["tasks"]:
    print(task["name"], task["answered"])' >answered
	cat answered
	test -z "$(find . -name "*part-*")"
}

taken () {
	awk -v name="$1" '$1 == name && $2 >= 10 { print $2 }' answered
}

cat >slow.yaml <<'END'
vflow: 1
nodes:
  camera: {type: test_source, size: 160x120}
  slow: {type: identity, inputs: {from: camera, queue: 30}, fps: 15}
  lines: {type: print, inputs: slow}
  mkv: {type: video_writer, inputs: slow, path: o.mkv}
END

it 'finishes a file with what it has when the grace runs out' '
	stop_twice --grace 3 -s nodes.slow.fps=5
	hash_each o.mkv
	test "$(wc -l <o.mkv.hashes)" -eq "$(taken mkv)"
'

it 'finishes every kind of file with what it has at the second stop' '
	cat >>slow.yaml <<-END
	  mp4: {type: video_writer, inputs: slow, path: o.mp4}
	  avi: {type: video_writer, inputs: slow, path: o.avi}
	  ts: {type: video_writer, inputs: slow, path: o.ts}
	  m3u8: {type: video_writer, inputs: slow, path: o.m3u8}
	  plain: {type: video_writer, inputs: slow, path: plain.mp4, crash_safe: false}
	  parts: {type: video_writer, inputs: slow, path: "s{seq}.mkv", segment_time: 0.5s}
	  pictures: {type: image_writer, inputs: slow, path: "s{seq}.png"}
	END
	stop_twice
	set -- s[0-9]*.mkv
	hash_each o.mkv o.mp4 o.avi o.ts o.m3u8 plain.mp4 "$@"
	for ending in mkv mp4 avi ts m3u8
	do
		test "$(wc -l <o.$ending.hashes)" -eq "$(taken $ending)"
	done
	test "$(wc -l <plain.mp4.hashes)" -eq "$(taken plain)"
	test "$(cat s[0-9]*.mkv.hashes | wc -l)" -eq "$(taken parts)"
	test "$(ls | grep -c "^s[0-9]*.png")" -eq "$(taken pictures)"
'

# on_small_disk STATUS FRAMES: writes so many frames to a disk of a megabyte.
on_small_disk () {
	mkdir -p disk
	mount -t tmpfs -o size=1M tmpfs disk 2>/dev/null || return 1
	told=true
	expect "$1" "$VFLOW" run --var path=disk/out.mp4 --var frames="$2" clip.yaml || told=false
	cp disk/* .
	umount disk
	$told
}

it 'leaves what fitted on a full disk, to be played' '
	on_small_disk 74 5000 || exit 0
	grep "cannot write disk/out.mp4: No space left on device" err
	grep "^wrote disk/out.partial.mp4: [0-9]* of 5000 frames, cut short by a failure$" err
	test "$(hashes -i out.partial.mp4 | wc -l)" -ge 100
	test ! -e out.mp4
'
rm -f out.*

it 'keeps the fragments, and says so, where the disk has no room for a copy' '
	on_small_disk 0 500 || exit 0
	grep "disk/out.mp4 can be played, but stays in fragments: .*: No space left on device" err
	boxes out.mp4 | grep "^ftyp moov moof mdat moof mdat"
	test "$(hashes -i out.mp4 | wc -l)" -eq 500
	ls out.* >names
	says names out.mp4
	test "$(wc -l <names)" -eq 1
'

it 'says what it costs' '
	expect 0 "$VFLOW" inspect video_writer
	tr -s " \n" "  " <out >line
	grep "crash_safe: boolean \[true\] Keep the file playable.* 6 % more bytes.*twice the disk space" line
'

it 'does not wait for the reader of a pipe when it is told to stop at once' '
	mkfifo unread.nut
	cat >unread.yaml <<-END
	vflow: 1
	nodes:
	  camera: {type: test_source, size: 64x64, live: true}
	  out: {type: video_writer, inputs: camera, path: unread.nut, codec: rawvideo}
	END
	start unread.yaml
	test -n "$(worker out)"
	kill -INT "$flow"
	wait_for err "stopping; what is in flight"
	stop_further INT
	ends 130
	test "$(ls "$XDG_RUNTIME_DIR"/vflow 2>&1 | wc -l)" -le 1
'
rm -f unread.nut

it 'writes to a pipe once somebody reads it' '
	mkfifo read.nut
	sed "s/unread/read/; s/live: true/frames: 5/" unread.yaml >read.yaml
	start read.yaml
	test -n "$(worker out)"
	cat read.nut >copy.nut
	ends 0
	test "$(hashes -i copy.nut | wc -l)" -eq 5
'
rm -f read.nut

done_testing
