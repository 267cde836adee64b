#!/bin/sh
# SPDX-License-Identifier: MIT
# What filters, overlays, tiles and rates make, held against what ffmpeg makes of the same files.
. "${0%/*}/harness.sh"
. "$root/tests/cli/frames.sh"

# timed FILE: when each picture in a file of `-f framemd5` comes, from the first one on, and its
# hash.
timed () {
	awk -F '[,/ ]+' '
		/^#tb 0:/ { second = $4 / $3 }
		/^0,/ && !count++ { first = $3 }
		/^0,/ { printf "%.3f %s\n", ($3 - first) / second + 1e-5, $6 }' "$1"
}

# filters: reads graphs, one a line; passes when each makes of `small.mkv` what ffmpeg makes.
filters () {
	begin reader=small.mkv
	set --
	while read -r graph
	do
		add "type: filter, inputs: reader, graph: \"$graph\""
		set -- "$@" -vf "$graph" -fps_mode passthrough -f framemd5 wanted.$rows
	done
	ff -i small.mkv "$@"
	same timed
}

ff -f lavfi -i testsrc2=size=160x120:rate=25:duration=1 \
	-f lavfi -i testsrc2=size=161x121:rate=30:duration=2 \
	-f lavfi -i testsrc2=size=161x121:rate=25:duration=1 \
	-f lavfi -i mandelbrot=size=60x50:rate=10,trim=end_frame=10 \
	-map 0 -c:v ffv1 -pix_fmt yuv420p small.mkv -map 1 -c:v ffv1 -pix_fmt yuv420p odd.mkv \
	-map 2 -c:v ffv1 -pix_fmt yuv420p10le ten.mkv -map 3 -c:v ffv1 -pix_fmt yuva420p clear.mkv \
	-map 3 -c:v ffv1 -pix_fmt yuva420p -frames:v 1 still.mkv \
	-map 1 -vf "select=mod(n\,7)*mod(n\,3)" -fps_mode passthrough -c:v ffv1 -pix_fmt yuv420p \
	uneven.mkv

it 'makes what ffmpeg makes of filters that answer each frame' '
	filters <<-END
	hflip
	drawbox=x=10:y=10:w=50:h=30:color=red
	scale=100:-2:flags=lanczos,transpose
	END
'

it 'makes what ffmpeg makes of filters that change the rate' '
	filters <<-END
	fps=60
	tpad=stop=5
	trim=start_frame=5:end_frame=9
	select=n*n-9*n+14
	tinterlace
	END
'

it 'makes what ffmpeg makes of filters that keep frames' '
	filters <<-END
	reverse
	minterpolate=fps=50:mi_mode=blend
	thumbnail=n=10
	tile=3x3
	END
'

it 'makes what ffmpeg makes of several inputs' '
	begin one=small.mkv two=small.mkv
	add "type: filter, inputs: {in1: one, in0: two}, graph: \"[in1]vflip[x];[in0][x]hstack\""
	ff -i small.mkv -i small.mkv -filter_complex "[1]vflip[x];[0][x]hstack" \
		-fps_mode passthrough -f framemd5 wanted.1
	same timed
'

it 'shares the work of a filter, and joins what it makes by origin' '
	begin reader=small.mkv
	echo "  turned: {type: filter, inputs: reader, graph: hflip, replicas: 3}" >>flow.yaml
	add "type: tile, inputs: [reader, turned], join: origin"
	ff -i small.mkv -vf "split[a][b];[b]hflip[c];[a][c]hstack" -fps_mode passthrough \
		-f framemd5 wanted.1
	same timed
	sed -i "s/hflip,/fps=30,/" flow.yaml
	expect 78 "$VFLOW" check flow.yaml
	grep "filter remembers earlier ones" err
	sed -i "s/, replicas: 3//" flow.yaml
	expect 78 "$VFLOW" check flow.yaml
	grep "node1 cannot join by origin, since turned may make several messages of one" err
'

it 'says what is wrong with a graph, and where' '
	cat >mistakes.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: small.mkv}
	  name: {type: filter, inputs: reader, graph: "vflip,hflop"}
	  option: {type: filter, inputs: reader, graph: "scale=widht=4"}
	  input: {type: filter, inputs: reader, graph: "hstack"}
	  sound: {type: filter, inputs: reader, graph: "volume"}
	  output: {type: filter, inputs: reader, graph: "hflip"}
	  out: {type: joiner, inputs: [name, option, input, sound, output]}
	  end: {type: void, inputs: out}
	END
	expect 78 "$VFLOW" check mistakes.yaml
	says err "mistakes.yaml:4:47: filter: graph: \"hflop\" at character 7: there is no such filter; did you mean \"hflip\"?"
	grep "mistakes.yaml:5:.*did you mean \"width\"?" err
	grep "input \"in1\" of input is not connected" err
	grep "mistakes.yaml:7:.*this filter is for sound" err
	sed -i "/ \(name\|option\|input\|sound\):/d; s/\[name.*]/output.out1/" mistakes.yaml
	expect 78 "$VFLOW" check mistakes.yaml
	grep "output has no output \"out1\"; did you mean \"out0\"?" err
'

it 'fails on frames that do not fit its graph' '
	begin reader=small.mkv
	add "type: filter, inputs: reader, graph: \"crop=999:999\""
	expect 0 "$VFLOW" check flow.yaml
	expect 1 "$VFLOW" run -q flow.yaml
	grep "the graph \"crop=999:999\" does not work with these pictures" err
'

# overlays: reads a table of lines `MAIN, PICTURE OPTIONS | FILTERS`; passes when the node with the
# options makes what the filters make, for which these files are inputs 0 to 4.
overlays () {
	begin small=small.mkv odd=odd.mkv ten=ten.mkv clear=clear.mkv
	set --
	while IFS= read -r row
	do
		options=${row%% | *}
		add "type: overlay, inputs: [${options%%;*}]${options#*;}"
		set -- "$@" -filter_complex "${row#* | }[made$rows]" -map "[made$rows]" \
			-fps_mode passthrough -f framemd5 wanted.$rows
	done
	ff -i small.mkv -i odd.mkv -i ten.mkv -i clear.mkv -i still.mkv "$@"
	same timed
}

it 'lays pictures over frames as ffmpeg does' '
	overlays <<-END
	small, clear; | [0][3]overlay
	odd, clear;, x: W-w-5, y: t*9 | [1][3]overlay=W-w-5:t*9
	ten, clear;, x: 7 | [2][3]overlay=7:format=yuv420p10
	small, odd;, width: 40 | [1]scale=40:-1[p];[0][p]overlay=shortest=1
	small, ten;, opacity: 0.3, at: 0.2, until: 0.6 | [2]format=yuva420p,lut=c3=val*0.3[p];[0][p]overlay=enable=gte(t\\,0.2)*lt(t\\,0.6)
	END
'

it 'lays one picture over a whole video, however slowly its source ends' '
	begin odd=odd.mkv still=still.mkv one=small.mkv two=small.mkv three=small.mkv
	add "type: overlay, inputs: [odd, still], x: 9"
	ff -i odd.mkv -i still.mkv -i small.mkv \
		-filter_complex "[0][1]overlay=9[x];[0][2]overlay[y]" \
		-map "[x]" -fps_mode passthrough -f framemd5 wanted.1 \
		-map "[y]" -fps_mode passthrough -f framemd5 wanted.2
	for source in one two three
	do
		add "type: overlay, inputs: [odd, $source]"
		test $rows -eq 2 || cp wanted.2 wanted.$rows
	done
	same timed
'

it 'tiles as ffmpeg does' '
	begin one=small.mkv
	add "type: tile, inputs: [one, one, one]"
	ff -i small.mkv \
		-filter_complex "split=3[a][b][c];[a][b][c]xstack=3:0_0|w0_0|0_h0:fill=black" \
		-fps_mode passthrough -f framemd5 wanted.1 \
		-map 0 -vf tile=3x2:padding=4:margin=6 -fps_mode passthrough -f framemd5 pages
	cat >>flow.yaml <<-END
	  pages: {type: tile, inputs: one, frames: 6, columns: 3, gap: 4, margin: 6}
	  end: {type: video_writer, inputs: pages, path: got.pages, format: framemd5, codec: rawvideo}
	END
	same timed
	listed pages >wanted
	test -s wanted
	listed got.pages | cmp wanted -
'

it 'shows the last frame of a source that has ended beside one that has not' '
	begin long=odd.mkv short=small.mkv
	add "type: tile, inputs: [long, short], join: {by: time, missing: last}"
	expect 0 "$VFLOW" run -q flow.yaml
	test "$(listed got.1 | wc -l)" -eq 60
'

it 'makes rates as ffmpeg does' '
	begin reader=uneven.mkv
	set --
	for rate in 30 24000/1001 60 7 1
	do
		add "type: rate, inputs: reader, fps: $rate"
		set -- "$@" -vf "fps=$rate" -fps_mode passthrough -f framemd5 wanted.$rows
	done
	ff -i uneven.mkv "$@"
	same timed
'

it 'goes by timestamps in realtime, too' '
	cat >live.yaml <<-END
	vflow: 1
	mode: realtime
	nodes:
	  camera: {type: test_source, live: true, frames: 10, rate: 50, size: 64x48}
	  even: {type: rate, inputs: camera, fps: 25}
	  turned: {type: filter, inputs: even, graph: hflip}
	  both: {type: overlay, inputs: [camera, turned], opacity: 0.5}
	  all: {type: tile, inputs: [both, turned], join: {by: time, missing: last}}
	  out: {type: video_writer, inputs: all, path: live, format: framemd5, codec: rawvideo}
	END
	expect 0 "$VFLOW" run -q live.yaml
	test "$(listed live | wc -l)" -gt 0
'

done_testing
