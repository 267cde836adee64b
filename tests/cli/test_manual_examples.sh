#!/bin/sh
# SPDX-License-Identifier: MIT
# Every example of the manual as a reader pastes it from a terminal; those in C are in
# test_install.sh, those of the nodes in test_node_examples.sh.
. "${0%/*}/harness.sh"
. "$root/tests/cli/examples.sh"
. "$root/tests/cli/ports.sh"

# try PAGE NAME: runs an example of the shell, and passes when it exits with 0.
try () {
	paste "$1" "$2" >example.sh
	expect 0 timeout "$limit" bash -e example.sh </dev/null
}

# try_flow PAGE NAME FLAG...: runs an example of a flow.
try_flow () {
	paste "$1" "$2" >example.yaml
	shift 2
	expect 0 timeout "$limit" "$VFLOW" run -q "$@" example.yaml </dev/null
}

# frames FILE: prints how many frames a video has.
frames () {
	ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets \
		-of csv=p=0 "$1"
}

# width FILE: prints how wide its frames are.
width () {
	ffprobe -v error -select_streams v -show_entries stream=width -of csv=p=0 "$1"
}

it 'has a test, or a reason for none, for each example of the manual' '
	for page in "$root"/man/*.[1-8]
	do
		python3 "$root/tests/manual/examples.py" check "$page" \
			"$root/tests/cli/test_manual_examples.sh" "$root/tests/cli/test_install.sh" \
			"$root/tests/cli/test_plugin.sh" "$root/tests/cli/test_recipes.sh" \
			"$root/tests/cli/test_python_flow.sh" \
			"$root/tests/cli/test_python.sh" "$root/tests/cli/test_detect.sh" \
			"$root/tests/cli/test_python_process.sh" "$root/tests/cli/test_service.sh" \
			"$root/tests/slurm/test_manual.sh" \
			"$root/tests/slurm/test_parts.sh"
	done
'

it 'records all in segments, and tells where something moves' '
	try_flow vflow-events.7 segments
	test -e recorded.jsonl
'

it 'records clips of what moves' '
	try_flow vflow-events.7 clips
	test -e clips.jsonl
'

it 'vflow(1): chains, and flows by their names' '
	try vflow.1 chain
	test "$(frames out.mp4) $(width out.mp4)" = "24 640"
	try vflow.1 branches
	test "$(width out.mkv)" -eq 1920
	test "$(ls shots | wc -l)" -ge 12
	rm out.mp4 out.mkv shots/4.jpg
	try vflow.1 by-name
	grep "^@transcode " out
	test "$(frames out.mp4)" -eq 24
	rm out.mp4
'

# batch PAGE NAME: runs an example for many films, of which none is bad.
batch () {
	rm -rf small many films.jsonl
	mkdir small many
	ln in.mp4 many/a.mp4
	ln in.mp4 many/b.mp4
	paste "$1" "$2" | sed "s/ films\\( \\|$\\)/ many\\1/" >example.sh
	expect 0 timeout "$((2 * limit))" bash -e example.sh </dev/null
	test "$(frames small/a.mp4) $(frames small/b.mp4)" = "24 24"
}

it 'vflow-export(1): scripts and manifests' '
	rm -rf small units films.sbatch
	mkdir -p small units recordings
	try vflow-export.1 slurm
	grep -- "--shard .*SLURM_ARRAY_TASK_ID/3" films.sbatch
	try vflow-export.1 kubernetes
	grep "claimName: street-recordings" out
	grep "terminationGracePeriodSeconds: 135" out
	try vflow-export.1 systemd
	grep -- "--shard %i/2" "units/films@.service"
'

it 'vflow-batch(1): many files, and again what is missing' '
	batch vflow-batch.1 batch
	batch vflow-batch.1 batch-var
	batch vflow-batch.1 batch-resume
	grep "^2 done$" out
	batch vflow-batch.1 batch-split
	grep "^2 done; " err
	rm -r small many
'

it 'vflow(1): nodes, completion' '
	try vflow.1 nodes
	grep "^resize - " out
	paste vflow.1 completion >example.sh
	echo "complete -p vflow" >>example.sh
	expect 0 bash -e example.sh
	grep "vflow" out
'

it 'vflow(1): a small film, and a smaller one only where there is none' '
	try vflow.1 small
	test "$(frames small.mp4)" -eq 24
	paste vflow.1 smaller >example.sh
	expect 73 bash -e example.sh
	rm small.mp4
	try vflow.1 smaller
	test "$(width small.mp4)" -eq 320
'

it 'vflow(1): all films of a folder, although one is damaged' '
	try vflow.1 folder
	test "$(frames small/first.mkv)" -eq 24
	grep "films/second.mp4 is left out" err
'

it 'vflow(1): a camera, forwarded' '
	paste vflow.1 forward | sed "s|rtsp://camera/live|in.mp4|; s|rtmp://server[^ ]*|udp://127.0.0.1:9|" \
		>example.sh
	sed -i "s|@restream|-s nodes.source.pace=false &|" example.sh
	expect 0 timeout "$limit" bash -e example.sh
'

it 'vflow(1): a flow from standard input, and the flows of a folder' '
	paste vflow.1 standard-input >example.sh
	expect 0 bash -e example.sh
	seq 3 | cmp - out
	paste vflow-flow.5 count >flows/count.yaml
	paste vflow-flow.5 small >flows/small.yaml
	try vflow.1 check-all
	test "$(grep -c ": ok$" out)" -eq 2
'

it 'vflow(1): the words for a mistake, and for a GPU that is not there' '
	printf "vflow: 1\n\n\n\n\n\n\n\nnodes:\n  a: {type: test_source}\n  b: {type: resize, inputs: a,\n" \
		>flow.yaml
	echo "    widht: 3, width: 3}" >>flow.yaml
	printf "  c: {type: void, inputs: b}\n" >>flow.yaml
	expect 78 "$VFLOW" check flow.yaml
	paste vflow.1 mistake | dedent | cmp - err
	printf "%s\n" "vflow: 1" "nodes:" "  a: {type: test_source, frames: 1, gpu: any, gpu_fallback: fail}" \
		"  b: {type: void, inputs: a}" >gpu.yaml
	expect 69 "$VFLOW" run --gpus=none gpu.yaml
	grep "$(paste vflow.1 no-gpu | dedent | sed "s/NODE/a/")" err
'

it 'vflow-flow(5): the first flow, explained and run' '
	paste vflow-flow.5 small >flow.yaml
	try vflow-flow.5 explain
	grep small out
	try_flow vflow-flow.5 small
	test "$(width small.mp4) $(frames small.mp4)" = "640 24"
'

it 'vflow-flow(5): a flow on two hosts' '
	paste vflow-flow.5 hosts | sed "s|rtsp://[^}]*|in.mp4|; s|10.0.0.5|127.0.0.2, base: $base|
		s|gpu1.example.org|127.0.0.3, base: $base|" >example.yaml
	"$VFLOW" run -q --host cam1 --key-dir keys example.yaml &
	"$VFLOW" run -q --host gpu1 --key-dir keys example.yaml
	wait $!
	test "$(frames out.mkv) $(width out.mkv)" = "24 1280"
	rm out.mkv
'

it 'vflow-flow(5): settings' '
	cat >flow.yaml <<-EOF
	vflow: 1
	vars: {input: in.mp4}
	nodes:
	  reader: {type: video_reader, path: "\${input}", pace: false}
	  other: {type: identity, inputs: reader}
	  small: {type: resize, inputs: reader, width: 640}
	  list: {type: print, inputs: [small]}
	EOF
	try vflow-flow.5 settings
	grep " 320x180 " out
	grep " 960x540 " out
'

it 'vflow-flow(5): flows that count, scale and record' '
	try_flow vflow-flow.5 count
	seq 3 | sed "s/.*/(&, &)/" | cmp - out
	try_flow vflow-flow.5 replicas
	test "$(wc -l <out)" -eq 50
	mkdir -p door
	try_flow vflow-flow.5 events -s nodes.door.path=in.mp4 -s nodes.out.min_free=1kB \
		-s nodes.alarm.retries=0 --max-errors 9
	test "$(wc -l <events.jsonl)" -ge 2
	test -z "$python" || try_flow vflow-flow.5 private -s nodes.find.python="$python"
	try_flow vflow-flow.5 camera --var URL=in.mp4 -s nodes.camera.pace=false
	paste vflow-flow.5 wall | sed "s|rtsp://[^,]*|in.mp4|" >example.yaml
	expect 0 timeout "$limit" "$VFLOW" run -q -s nodes.door.pace=false -s nodes.yard.frames=9 example.yaml
	test "$(frames all.mkv)" -eq 24
	test "$(width preview.mkv)" -eq 320
'

it 'vflow-flow(5): mistakes, and the line for editors' '
	printf "%s\n" "vflow: 1" "nodes:" "  a: {type: test_source}" \
		"  big: {type: resize, inputs: a, widht: 3, width: 3}" "  c: {type: void, inputs: big}" \
		>flow.yaml
	expect 78 "$VFLOW" check flow.yaml
	cat err >seen
	printf "%s\n" "vflow: 1" "nodes:" "    a: {type: test_source}" \
		"    small: {type: resize, inputs: a, width: 3}" "    c: {type: void, inputs: small}" \
		"    mark: {type: resize, inputs: a, width: 3}" >flow.yaml
	expect 0 "$VFLOW" check flow.yaml
	cat err >>seen
	expect 78 "$VFLOW" check -s nodes.smal.width=320 flow.yaml
	cat err >>seen
	paste vflow-flow.5 mistakes | dedent | diff - seen
	"$VFLOW" schema >flow.schema.json
	python3 -c "import json; json.load(open(\"flow.schema.json\"))"
	{ paste vflow-flow.5 schema | dedent; paste vflow-flow.5 count; } >example.yaml
	expect 0 "$VFLOW" check example.yaml
'

it 'vflow-flow(5): sub-flows, and cameras in a loop' '
	paste vflow-flow.5 thumbnail >thumbnail.yaml
	try_flow vflow-flow.5 subflows
	test "$(frames out.mp4) $(width out.mp4)" = "12 320"
	rm out.mp4
	paste vflow-flow.5 loop >example.yaml
	expect 0 timeout "$limit" "$VFLOW" run -q --var "cameras={a: in.mp4, b: in.mp4}" \
		-s nodes.cams/a/reader.frames=3 -s nodes.cams/b/reader.frames=3 example.yaml
	test "$(ls a b | grep -c mkv)" -eq 2
	test -s wall.m3u8
	rm -r a b wall*
'

it 'vflow-flow(5): tests in a flow' '
	paste vflow-flow.5 tests >example.yaml
	expect 0 timeout "$limit" "$VFLOW" test example.yaml
	test "$(grep -c "^ok" out)" -eq 2
'

it 'vflow-flow(5): anchors' '
	try_flow vflow-flow.5 anchors
	test "$(frames out.mp4)" -eq 24
	test "$(width out.mp4)" -eq 640
	rm out.mp4
'

it 'vflow-nodes(7): music under the voice of a film' '
	try_flow vflow-nodes.7 music
	test "$(frames out.mp4)" -eq 24
	ffprobe -v error -show_entries stream=codec_name -of csv=p=0 out.mp4 | grep "^aac"
	rm out.mp4
'

it 'vflow-nodes(7): a camera in files, places to send to, a pipe to a player' '
	paste vflow-nodes.7 last-day | sed "s|rtsp://camera/stream|in.mp4|" >example.yaml
	expect 0 timeout "$limit" "$VFLOW" run -q -s nodes.camera.pace=false example.yaml
	test "$(ls street | wc -l)" -eq 1
	mkdir www
	paste vflow-nodes.7 places | dedent >places
	paste vflow-flow.5 small >flow.yaml
	while read -r _ place
	do
		expect 0 "$VFLOW" check -s "nodes.out.path=$place" flow.yaml
	done <places
	test "$(wc -l <places)" -eq 5
	mkdir bin
	printf "%s\n" "#!/bin/sh" "exec ffmpeg -v error -i - -c copy -f nut played.nut" >bin/ffplay
	chmod +x bin/ffplay
	PATH=$workdir/bin:$PATH
	try vflow-nodes.7 play
	test "$(frames played.nut)" -eq 24
'

# The right half of each frame is the negative of its left half; of another frame it has 28 dB at most.
it 'vflow-nodes(7): pictures through a Python program, one or two of them, each beside its own' '
	test -n "$python" || exit 0
	paste vflow-nodes.7 invert | dedent >program.py
	for programs in 1 2
	do
		timeout "$limit" "$python" program.py &
		first=$!
		test "$programs" = 1 || timeout "$limit" "$python" program.py &
		try_flow vflow-nodes.7 exchange
		test "$programs" = 1 || kill "$first" $! || true # one may have come after the end
		wait
		ffmpeg -v error -i out.mp4 -f null -filter_complex "
			[0]crop=iw/2:ih:0:0,format=rgb24,negate,format=yuv420p[left];
			[0]crop=iw/2:ih:iw/2:0[right];
			[left][right]psnr=stats_file=alike" -
		test "$(grep -cE "psnr_avg:([4-9][0-9]\.|inf)" alike)" -eq 24
		test "$(wc -l <alike)" -eq 24
	done
'

it 'vflow-nodes(7): values for a Python program' '
	test -n "$python" || exit 0
	paste vflow-nodes.7 subscribe | dedent >program.py
	timeout "$limit" "$python" program.py >heard &
	try_flow vflow-nodes.7 publish
	wait_for heard "^24$"
	kill $!
	seq 24 | cmp - heard
'

# readme KIND [NUMBER]: prints a block of a kind in the README, the first one without a number.
readme () {
	awk -v kind="$1" -v number="${2:-1}" '
		/^```/ && is_open { is_open = 0; next }
		/^```/ { is_open = 1; is_it = $0 == "```" kind && ++found == number; next }
		is_open && is_it' "$root/README.md"
}

it 'vflow-process(7): a program as a node' '
	printf "#!/bin/sh\nexec %s tell\n" "${VFLOW%/*}/process/client" >detect
	chmod +x detect
	try_flow vflow-process.7 detect
	test "$(wc -l <out)" -eq 100
'

it 'README: its three recipes run' '
	readme sh | sed "s|rtsp://[^ ]*|in.mp4|; s|@snapshot|-s nodes.reader.pace=false &|" >example.sh
	cp in.mkv film.mkv
	rm -f latest.jpg small.mp4
	expect 0 timeout "$limit" bash -e example.sh
	test -s latest.jpg
	test "$(width small.mp4)" -eq 640
	test "$(grep -c "^vflow" example.sh)" -eq 3
'

it 'README: its picture of a run has the form of one' '
	readme "" 1 >seen
	readme yaml >flow.yaml
	expect 0 timeout "$limit" "$VFLOW" run -s nodes.out.path=readme.mp4 flow.yaml
	sed -n "/^task/,\$s/[0-9][0-9.]*/0/gp" seen | tr -s " " | sed "s/small.mp0/F/" >form
	sed -n "/^task/,\$s/[0-9][0-9.]*/0/gp" err | tr -s " " | sed "s/readme.mp0/F/; s/kB/MB/" | diff form -
'

it 'README: its flow runs, and is drawn as it shows' '
	readme yaml >flow.yaml
	expect 0 timeout "$limit" "$VFLOW" run -q -s nodes.out.path=readme.mp4 flow.yaml
	test "$(width readme.mp4)" -eq 640
	"$VFLOW" graph flow.yaml >out
	readme "" 2 | diff - out
	readme sh 2 | grep "^make" | cut -d " " -f 2- | sed "s/#.*//" | while read -r targets
	do
		for target in $targets
		do
			grep -q "^$target:" "$root/Makefile" "$root"/tests/*.mk
		done
	done
	grep -oE "\]\([^)]*\)" "$root/README.md" | tr -d "]()" | while read -r path
	do
		test -e "$root/$path"
	done
'

it 'vflow-process(7): programs that read and write pipes' '
	try_flow vflow-process.7 pipe-filter
	test "$(frames out.mp4) $(width out.mp4)" = "24 960"
	rm out.mp4
	cat >detect <<-"END"
	#!/usr/bin/env python3
	import json, sys
	size = 3 * int(sys.argv[1]) * int(sys.argv[2])
	while len(sys.stdin.buffer.read(size)) == size:
	    print(json.dumps([[10, 20, 110, 220]]), flush=True)
	END
	chmod +x detect
	try_flow vflow-process.7 pipe-detector
	test "$(frames out.mp4)" -eq 24
	rm out.mp4
'

done_testing
