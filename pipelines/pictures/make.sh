#!/bin/sh
# SPDX-License-Identifier: MIT
# make.sh STREET [FLOW...] - makes the pictures of pipelines/README.md anew, or those of some flows.
#
# STREET is the video of people in a street that OpenCV comes with as samples/data/vtest.avi. VFLOW is
# the program, by default the one that was built here. A flow's picture is made by a function of its
# name: a new one needs no other line in this file.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
VFLOW=${VFLOW:-$here/../../build/default/vflow}
test $# -ge 1 || {
	echo "usage: $0 STREET [FLOW...]" >&2
	exit 2
}
street=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
limit=40960 # bytes of a picture

ff () {
	ffmpeg -v error -nostdin -y "$@" </dev/null
}

run () {
	"$VFLOW" run -q "$@" >&2
}

# keep WHERE FILTER INPUT...: makes the picture of the flow, 480 pixels wide: what FILTER makes of the
# frame at WHERE seconds, of the first one if that is empty. Of several qualities it is the best that is small enough.
keep () {
	where=$1 filter=$2
	shift 2
	for quality in 3 5 8 12 18
	do
		ff ${where:+-ss "$where"} "$@" -frames:v 1 -update 1 -map_metadata -1 -fflags +bitexact \
			-vf "$filter,scale=480:-2:flags=lanczos,format=yuvj420p" -q:v $quality "$here/$flow.jpg"
		test "$(wc -c <"$here/$flow.jpg")" -gt $limit || return 0
	done
	echo "$flow.jpg does not become smaller than $limit bytes" >&2
	return 1
}

# tile COLUMNS CELL FILE...: makes the picture of files, each in a CELL, "WIDTH:HEIGHT".
tile () {
	columns=$1 cell=$2 number=0
	shift 2
	for file
	do
		number=$((number + 1))
		ff -i "$file" -vf "scale=$cell:force_original_aspect_ratio=decrease,pad=$cell:-1:-1:white" \
			"$(printf cell-%03d.png $number)"
	done
	keep '' "tile=${columns}x$(((number + columns - 1) / columns)):padding=4:color=white" \
		-i cell-%03d.png
}

motion_boxes () {
	run @motion_boxes input="$street" output=marked.mp4 smallest=0.1
	keep 30 null -i marked.mp4
}

count_lines () {
	run @count_lines input="$street" line='[[300, 400], [300, 170]]' output=counted.mp4
	keep 50 null -i counted.mp4
}

best_pictures () {
	run @best_pictures input="$street"
	tile 8 100:150 best/00[1-9].jpg best/01[0-9].jpg best/02[0-4].jpg
}

dataset () {
	run @dataset input="$street" set=set names='[person]' nth=50
	frame=$(find set/frames/images -name '*.jpg' | sort | sed -n 7p)
	labels=$(awk '{ printf "drawbox=x=(%s-%s/2)*iw:y=(%s-%s/2)*ih:w=%s*iw:h=%s*ih:color=yellow:t=3,",
		$2, $4, $3, $5, $4, $5 }' "set/frames/labels/$(basename "$frame" .jpg).txt")
	keep '' "${labels}null" -i "$frame"
}

blur_boxes () {
	run @blur_boxes input="$street" output=hidden.mp4 how=pixelate strength=0.2 \
		boxes='[[120, 560, 205, 612], [205, 505, 298, 552], [195, 682, 306, 732]]'
	keep 12 null -i hidden.mp4
}

scene_list () {
	ff -i "$street" -filter_complex "[0]trim=0:4,setpts=PTS-STARTPTS,scale=640:480,setsar=1,fps=10[a];
		testsrc2=s=640x480:r=10:d=3,setsar=1[b]; mandelbrot=s=640x480:r=10,trim=0:3,setsar=1[c];
		smptehdbars=s=640x480:r=10:d=3,setsar=1[d]; [a][b][c][d]concat=n=4" film.mkv
	run @scene_list input=film.mkv
	tile 2 320:240 scene-*.jpg
}

watch_stream () {
	ff -i "$street" -f lavfi -i anullsrc=d=14 -filter_complex \
		"[0]trim=0:4,setpts=PTS-STARTPTS,setsar=1,fps=10,tpad=stop_duration=4:stop_mode=clone[a];
		color=black:s=768x576:r=10:d=4,setsar=1[b]; [a][b]concat=n=2,format=yuv420p[v]" \
		-map '[v]' -map 1:a -t 12 stream.mkv
	run @watch_stream input=stream.mkv list=alarms.jsonl frozen=2s
	python3 - alarms.jsonl >alarms.txt <<-'END'
	import json, sys
	for line in open(sys.argv[1]):
	    event = json.loads(line)["value"]
	    end = event["end"]
	    print("%-8s from %4.1f s  %s" % (event["what"], event["begin"]["timestamp"],
	                                   "to %4.1f s" % end["timestamp"] if end else "goes on"))
	END
	keep '' "drawtext=textfile=alarms.txt:font=monospace:fontsize=20:fontcolor=white:x=16:y=16:line_spacing=8" \
		-f lavfi -i "color=0x203040:s=480x$((28 * $(wc -l <alarms.txt) + 32)):d=1"
}

wall () {
	for name in a b c d
	do
		at=$((${at:-0} + 15))
		ff -ss $at -i "$street" -t 6 -c:v libx264 -preset ultrafast $name.mp4
	done
	run @wall a=a.mp4 b=b.mp4 c=c.mp4 d=d.mp4 width=384 output=wall.mkv
	keep 2 null -i wall.mkv
}

sed -n 's/^!\[\([a-z_0-9]*\)\](pictures.*/\1/p' "$here/../README.md" >"$scratch/shown"
test $# -eq 0 || printf '%s\n' "$@" >"$scratch/shown"
while read -r flow
do
	mkdir "$scratch/$flow"
	cd "$scratch/$flow"
	"$flow"
	echo "$flow.jpg: $(wc -c <"$here/$flow.jpg") bytes"
done <"$scratch/shown"
