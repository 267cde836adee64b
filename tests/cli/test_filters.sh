#!/bin/sh
# SPDX-License-Identifier: MIT
# What filters, overlays, tiles and rates make, held against what ffmpeg makes of the same files.
. "${0%/*}/harness.sh"

# make_media NAME SOURCE FORMAT: makes a file that keeps its pictures as they are.
make_media () {
	ffmpeg -v error -nostdin -y -f lavfi -i "$2" -c:v ffv1 -pix_fmt "$3" "$1" </dev/null
}

# frames ARGUMENTS...: when each picture comes that ffmpeg makes of them, from the first one on, and
# its hash.
frames () {
	ffmpeg -v error -nostdin "$@" -fps_mode passthrough -f framemd5 - | awk -F '[,/ ]+' '
		/^#tb 0:/ { second = $4 / $3 }
		/^0,/ && !count++ { first = $3 }
		/^0,/ { printf "%.3f %s\n", ($3 - first) / second, $6 }'
}

# same FLOW ARGUMENTS...: passes when the flow writes what ffmpeg makes with these arguments.
same () {
	flow=$1
	shift
	expect 0 "$VFLOW" run -q "$flow"
	frames -i out.nut >got
	frames "$@" >wanted
	test -s wanted
	cmp wanted got
}

# filter GRAPH: passes when it makes of `small.mkv` what ffmpeg makes.
filter () {
	cat >filter.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: small.mkv}
	  filter: {type: filter, inputs: reader, graph: "$1"}
	  out: {type: video_writer, inputs: filter, path: out.nut, codec: rawvideo}
	END
	same filter.yaml -i small.mkv -vf "$1"
}

# mistake GRAPH: passes when the flow is invalid because of its graph; what is said is in `err`.
mistake () {
	cat >mistake.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: small.mkv}
	  filter: {type: filter, inputs: reader, graph: "$1"}
	  out: {type: void, inputs: filter}
	END
	expect 78 "$VFLOW" check mistake.yaml
}

make_media small.mkv testsrc2=size=160x120:rate=25:duration=1 yuv420p
make_media odd.mkv testsrc2=size=161x121:rate=30:duration=2 yuv420p
make_media ten.mkv testsrc2=size=161x121:rate=25:duration=1 yuv420p10le
make_media clear.mkv 'mandelbrot=size=60x50:rate=10,trim=end_frame=10' yuva420p

it 'makes what ffmpeg makes of filters that answer each frame' '
	filter hflip
	filter drawbox=x=10:y=10:w=50:h=30:color=red
	filter scale=100:-2:flags=lanczos,transpose
'

it 'makes what ffmpeg makes of filters that change the rate' '
	filter fps=60
	filter tpad=stop=5
	filter trim=start_frame=5:end_frame=9
	filter select=n*n-9*n+14
	filter tinterlace
'

it 'makes what ffmpeg makes of filters that keep frames' '
	filter reverse
	filter minterpolate=fps=50:mi_mode=blend
	filter thumbnail=n=10
	filter tile=3x3
'

it 'makes what ffmpeg makes of several inputs' '
	cat >stack.yaml <<-END
	vflow: 1
	nodes:
	  one: {type: video_reader, path: small.mkv}
	  two: {type: video_reader, path: small.mkv}
	  both: {type: filter, inputs: {in1: one, in0: two}, graph: "[in1]vflip[x];[in0][x]hstack"}
	  out: {type: video_writer, inputs: both, path: out.nut, codec: rawvideo}
	END
	same stack.yaml -i small.mkv -i small.mkv -filter_complex "[1]vflip[x];[0][x]hstack"
'

it 'shares the work of a filter, and joins what it makes by origin' '
	cat >replicas.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: small.mkv}
	  turned: {type: filter, inputs: reader, graph: hflip, replicas: 3}
	  both: {type: tile, inputs: [reader, turned], join: origin}
	  out: {type: video_writer, inputs: both, path: out.nut, codec: rawvideo}
	END
	same replicas.yaml -i small.mkv -vf "split[a][b];[b]hflip[c];[a][c]hstack"
	sed -i "s/hflip,/fps=30,/" replicas.yaml
	expect 78 "$VFLOW" check replicas.yaml
	grep "filter remembers earlier ones" err
	sed -i "s/, replicas: 3//" replicas.yaml
	expect 78 "$VFLOW" check replicas.yaml
	grep "both cannot join by origin, since turned may make several messages of one" err
'

it 'says what is wrong with a graph, and where' '
	mistake vflip,hflop
	says err "mistake.yaml:4:3: filter: graph: \"hflop\" at character 7: there is no such filter; did you mean \"hflip\"?"
	mistake scale=widht=4
	grep "did you mean \"width\"?" err
	mistake hstack
	grep "input \"in1\" of filter is not connected" err
	mistake volume
	grep "this filter is for sound" err
	sed -i "s/graph: .*}/graph: hflip}/; s/inputs: filter}/inputs: filter.out1}/" mistake.yaml
	expect 78 "$VFLOW" check mistake.yaml
	grep "filter has no output \"out1\"; did you mean \"out0\"?" err
'

it 'fails on frames that do not fit its graph' '
	sed "s/graph: .*}/graph: \"crop=999:999\"}/" filter.yaml >fails.yaml
	expect 0 "$VFLOW" check fails.yaml
	expect 1 "$VFLOW" run -q fails.yaml
	grep "the graph \"crop=999:999\" does not work with these pictures" err
'

# overlay MAIN PICTURE OPTIONS FILTERS: passes when the node with OPTIONS makes what FILTERS make.
overlay () {
	cat >overlay.yaml <<-END
	vflow: 1
	nodes:
	  main: {type: video_reader, path: $1}
	  picture: {type: video_reader, path: $2}
	  both: {type: overlay, inputs: [main, picture]$3}
	  out: {type: video_writer, inputs: both, path: out.nut, codec: rawvideo}
	END
	same overlay.yaml -i "$1" -i "$2" -filter_complex "$4"
}

it 'lays pictures over frames as ffmpeg does' '
	overlay small.mkv clear.mkv "" overlay
	overlay odd.mkv clear.mkv ", x: W-w-5, y: t*9" "overlay=W-w-5:t*9"
	overlay ten.mkv clear.mkv ", x: 7" "overlay=7:format=yuv420p10"
	overlay small.mkv odd.mkv ", width: 40" "[1]scale=40:-1[p];[0][p]overlay=shortest=1"
	overlay small.mkv ten.mkv ", opacity: 0.3, at: 0.2, until: 0.6" \
		"[1]format=yuva420p,lut=c3=val*0.3[p];[0][p]overlay=enable=gte(t\\,0.2)*lt(t\\,0.6)"
'

it 'lays one picture over a whole video, however slowly its source ends' '
	ffmpeg -v error -nostdin -y -i clear.mkv -frames:v 1 -c copy still.mkv </dev/null
	overlay odd.mkv still.mkv ", x: 9" overlay=9
	for run in 1 2 3
	do
		overlay odd.mkv small.mkv "" overlay
	done
'

it 'tiles as ffmpeg does' '
	cat >tile.yaml <<-END
	vflow: 1
	nodes:
	  one: {type: video_reader, path: small.mkv}
	  all: {type: tile, inputs: [one, one, one]}
	  out: {type: video_writer, inputs: all, path: out.nut, codec: rawvideo}
	END
	same tile.yaml -i small.mkv \
		-filter_complex "split=3[a][b][c];[a][b][c]xstack=3:0_0|w0_0|0_h0:fill=black"
	sed -i "s/\[one, one, one\]/one, frames: 6, columns: 3, gap: 4, margin: 6/" tile.yaml
	expect 0 "$VFLOW" run -q tile.yaml
	frames -i out.nut | cut -d " " -f 2 >got
	frames -i small.mkv -vf tile=3x2:padding=4:margin=6 | cut -d " " -f 2 | cmp - got
'

it 'shows the last frame of a source that has ended beside one that has not' '
	cat >last.yaml <<-END
	vflow: 1
	nodes:
	  long: {type: video_reader, path: odd.mkv}
	  short: {type: video_reader, path: small.mkv}
	  both: {type: tile, inputs: [long, short], join: {by: time, missing: last}}
	  out: {type: video_writer, inputs: both, path: out.nut, codec: rawvideo}
	END
	expect 0 "$VFLOW" run -q last.yaml
	frames -i out.nut >got
	test "$(wc -l <got)" -eq 60
'

it 'makes rates as ffmpeg does' '
	ffmpeg -v error -nostdin -y -i odd.mkv -vf "select=mod(n\,7)*mod(n\,3)" \
		-fps_mode passthrough -c:v ffv1 uneven.mkv </dev/null
	for rate in 30 24000/1001 60 7 1
	do
		cat >rate.yaml <<-END
		vflow: 1
		nodes:
		  reader: {type: video_reader, path: uneven.mkv}
		  even: {type: rate, inputs: reader, fps: $rate}
		  out: {type: video_writer, inputs: even, path: out.nut, codec: rawvideo}
		END
		same rate.yaml -i uneven.mkv -vf "fps=$rate"
	done
'

it 'goes by time stamps in realtime, too' '
	cat >live.yaml <<-END
	vflow: 1
	mode: realtime
	nodes:
	  camera: {type: test_source, live: true, frames: 10, rate: 50, size: 64x48}
	  even: {type: rate, inputs: camera, fps: 25}
	  turned: {type: filter, inputs: even, graph: hflip}
	  both: {type: overlay, inputs: [camera, turned], opacity: 0.5}
	  all: {type: tile, inputs: [both, turned], join: {by: time, missing: last}}
	  out: {type: video_writer, inputs: all, path: live.nut, codec: rawvideo}
	END
	expect 0 "$VFLOW" run -q live.yaml
	test "$(frames -i live.nut | wc -l)" -gt 0
'

done_testing
