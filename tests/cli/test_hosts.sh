#!/bin/sh
# SPDX-License-Identifier: MIT
# Flows over several hosts, which here are addresses of the loopback.
# shellcheck disable=SC2034,SC2154 # what `parts` sets, tests read
. "${0%/*}/harness.sh"
. "$root/tests/cli/reports.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/ports.sh"

cat >flow.yaml <<TXT
vflow: 1
hosts:
  cam: {nodes: [numbers, first], address: 127.0.0.2, base: $base}
  gpu: {address: 127.0.0.3, base: $base}
peer_timeout: "\${timeout:-30s}"
nodes:
  numbers: {type: int_source, start: 0, end: "\${end:-40}", fps: "\${fps:-0}"}
  first: {type: identity, inputs: numbers}
  second: {type: identity, inputs: first, replicas: 3}
  both: {type: joiner, inputs: [first, second]}
  out: {type: print, inputs: both}
TXT
seq 0 40 | sed 's/.*/(&, &)/' >expected

# begin HOST WORD...: starts the part of a host; its output goes to HOST.out and HOST.err.
begin () {
	host=$1
	shift
	rm -f "$host.out" "$host.err"
	"$VFLOW" run -q --host "$host" --key-dir keys "$@" >"$host.out" 2>"$host.err" &
	started $!
	eval "$host=$flow"
}

# over HOST STATUS: passes when the part of a host ends with that status.
over () {
	status=0
	eval "wait \$$1" || status=$?
	test "$status" -eq "$2" && return
	echo "the part on $1 ended with $status, not $2:"
	cat "$1.err"
	return 1
}

it 'prints on two hosts what it prints on one' '
	begin cam flow.yaml --report cam.json
	begin gpu flow.yaml --report gpu.json
	over cam 0
	over gpu 0
	cmp expected gpu.out
	test ! -s cam.out
	test -z "$(ls -A keys)"
	test ! -s cam.err && test ! -s gpu.err
'

it 'has the account of the whole run on each' '
	for host in cam gpu
	do
		python3 -c "
import json, sys
report = json.load(open(sys.argv[1]))
assert report[\"is_balanced\"] and report[\"status\"] == 0, report
assert {task[\"name\"]: task[\"in\"] for task in report[\"nodes\"] if task[\"in\"]} == {
    name: 41 for name in (\"first\", \"second\", \"both\", \"out\")}, report
" $host.json
	done
'

it 'runs every part in one place when it is asked to' '
	"$VFLOW" run -q --host all flow.yaml >actual
	cmp expected actual
'

it 'does not run as a whole by mistake' '
	expect 2 "$VFLOW" run -q flow.yaml
	grep "the flow is for several hosts (cam, gpu); say which this is, with --host NAME" err
	expect 78 "$VFLOW" run -q --host gup flow.yaml
	grep "there is no host \"gup\"; did you mean \"gpu\"?" err
'

it 'takes the hosts from a file' '
	sed "/^hosts/,/gpu/d" flow.yaml >plain.yaml
	cat >hosts.yaml <<-TXT
	hosts:
	  left: {nodes: numbers, address: 127.0.0.4, base: $base}
	  right: {address: 127.0.0.5, base: $base}
	TXT
	begin left plain.yaml --hosts hosts.yaml
	begin right plain.yaml --hosts hosts.yaml
	over left 0
	over right 0
	cmp expected right.out
	echo "right: {}" >hosts.yaml
	expect 78 "$VFLOW" run -q --host right --hosts hosts.yaml plain.yaml
	grep "hosts.yaml:1:1: the file of the hosts has one key" err
'

it 'carries frames and sound between hosts, byte for byte' '
	cat >film.yaml <<-TXT
	vflow: 1
	hosts:
	  a: {nodes: picture, address: 127.0.0.2, base: $base}
	  b: {nodes: [pass, again], address: 127.0.0.3, base: $base}
	  c: {address: 127.0.0.4, base: $base}
	nodes:
	  picture: {type: test_source, size: 320x240, frames: 40}
	  pass: {type: identity, inputs: picture}
	  again: {type: identity, inputs: pass}
	  film: {type: video_writer, inputs: {video: again, audio: picture.audio}, path: "\${path}"}
	TXT
	"$VFLOW" run -q --host all --var path=one.mkv film.yaml
	sed "/^hosts/,/ c:/d" film.yaml >local.yaml
	"$VFLOW" run -q --var path=local.mkv local.yaml
	for form in raw lz4 h264
	do
		for host in a b c
		do
			begin $host film.yaml -s defaults.wire=$form --var path=$form.mkv
		done
		for host in a b c
		do
			over $host 0
		done
	done
	for film in one raw lz4 local
	do
		ffmpeg -v error -i $film.mkv -map 0 -c copy -f framemd5 $film.md5
		cmp one.md5 $film.md5
	done
	for film in raw h264
	do
		ffmpeg -v error -i $film.mkv -map 0:v -f framemd5 - | sed "s/,[^,]*\$//" >$film.times
		ffmpeg -v error -i $film.mkv -map 0:a -c copy -f framemd5 $film.sound
	done
	cmp raw.times h264.times
	cmp raw.sound h264.sound
	ffmpeg -v error -i h264.mkv -i raw.mkv -lavfi "[0:v][1:v]psnr=stats_file=psnr" -f null -
	awk "{ sub(/.*psnr_avg:/, \"\"); bad += \$1 != \"inf\" && \$1 < 35 } END { print NR; exit bad || NR != 40 }" psnr
'

it 'needs an encoder of H.264 where pictures are sent, and only there' '
	cat >none.c <<-END
	#include <stddef.h>
	const void *avcodec_find_encoder_by_name(const char *name);
	const void *avcodec_find_encoder_by_name(const char *name)
	{
	    return name ? NULL : name;
	}
	END
	"$CC" -shared -fPIC -o none.so none.c
	cat >without <<-END
	#!/bin/sh
	LD_PRELOAD=$PWD/none.so ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS:-} exec $VFLOW "\$@"
	END
	chmod +x without
	expect 78 ./without run -q --host cam --key-dir keys -s defaults.wire=h264 flow.yaml
	grep "flow.yaml:.*wire: h264 needs an encoder" err
	begin cam flow.yaml -s defaults.wire=h264
	with=$VFLOW
	VFLOW=./without
	begin gpu flow.yaml -s defaults.wire=h264
	VFLOW=$with
	over cam 0
	over gpu 0
	cmp expected gpu.out
'

it 'makes what is made in pieces in one place only' '
	ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=64x48:rate=10 -frames:v 40 -c:v mjpeg in.mkv
	cat >pieces.yaml <<-TXT
	vflow: 1
	hosts:
	  a: {nodes: film, address: 127.0.0.2, base: $base}
	  b: {address: 127.0.0.3, base: $base}
	nodes:
	  film: {type: video_reader, path: in.mkv}
	  out: {type: video_writer, inputs: film, path: pieces.mkv, checkpoint: 1s, threads: 2}
	TXT
	for host in a b
	do
		expect 78 "$VFLOW" run -q --host $host --key-dir keys pieces.yaml
		grep "made in pieces (checkpoint) is read and written on one host; .* --host all" err
		expect 78 "$VFLOW" run -q --host $host --shard 1/2 pieces.yaml
	done
	test -z "$(ls -A keys; ls pieces.mkv* 2>/dev/null)"
	expect 0 "$VFLOW" run -q --host all --shard 1/2 pieces.yaml
	expect 0 "$VFLOW" run -q --host all --shard 2/2 pieces.yaml
	expect 0 "$VFLOW" run -q --host all --resume pieces.yaml
	ffmpeg -v error -nostdin -i pieces.mkv -f framemd5 all.md5
	sed "/^hosts/,/ b:/d" pieces.yaml >local.yaml
	expect 0 "$VFLOW" run -q local.yaml
	ffmpeg -v error -nostdin -i pieces.mkv -f framemd5 - | cmp all.md5 -
'

it 'writes receipts, which say what was read elsewhere' '
	for host in a b
	do
		begin $host -s nodes.out.checkpoint=0 -s nodes.out.receipt=true pieces.yaml
	done
	for host in a b
	do
		over $host 0
	done
	expect 0 "$VFLOW" verify pieces.mkv
	python3 -c "
import hashlib, json
receipt = json.load(open(\"pieces.mkv.receipt.json\"))
print(json.dumps(receipt, indent=1))
assert not receipt[\"inputs\"] and receipt[\"elsewhere\"] == [\"film\"], receipt
assert receipt[\"output\"][\"sha256\"] == hashlib.sha256(open(\"pieces.mkv\", \"rb\").read()).hexdigest()
"
	expect 0 "$VFLOW" run -q --host all -s nodes.out.checkpoint=0 -s nodes.out.receipt=true pieces.yaml
	grep "\"path\": \"in.mkv\"" pieces.mkv.receipt.json
	lacks pieces.mkv.receipt.json elsewhere
	printf x >>pieces.mkv
	expect 65 "$VFLOW" verify pieces.mkv
	rm pieces.mkv*
'

it 'says who is missing' '
	expect 69 "$VFLOW" run -q --host cam --key-dir keys --host-wait 0.5 flow.yaml
	grep "these have not come within 0.5 s: gpu (127.0.0.3:$base; it has left no key in keys)" err
	test -z "$(ls -A keys)"
'

it 'takes no keys from where others can leave them' '
	mkdir open
	chmod 755 open
	expect 2 "$VFLOW" run -q --host cam --key-dir open flow.yaml
	grep "open cannot be the folder of the keys: others can enter it; make its mode 0700" err
	expect 2 env -u SLURM_JOB_ID "$VFLOW" run -q --host cam flow.yaml
	grep "name it with --key-dir" err
'

it 'leaves the keys in a folder of its own in a job of Slurm' '
	mkdir submitted
	for host in cam gpu
	do
		SLURM_SUBMIT_DIR=$PWD/submitted SLURM_HET_JOB_ID=7 SLURM_JOB_ID=$$ \
			"$VFLOW" run -q --host $host flow.yaml >$host.out 2>$host.err &
		started $!
		eval "$host=$flow"
	done
	over cam 0
	over gpu 0
	cmp expected gpu.out
	test -z "$(ls -A submitted)"
'

it 'refuses who has not the keys, and says so' '
	mkdir -m 700 -p keys
	"$VFLOW" run -q --host gpu --key-dir keys --host-wait 0.1 flow.yaml 2>/dev/null || true
	begin cam flow.yaml --host-wait 6
	await "test -e keys/cam.key"
	cp keys/cam.key keys/gpu.key
	mkdir -m 700 other
	cp keys/cam.key other/cam.key
	expect 69 "$VFLOW" run -q --host gpu --key-dir other --host-wait 6 flow.yaml
	over cam 69
	grep "gpu (127.0.0.3:$base; somebody was refused, who has not the key in keys)" cam.err
	rm keys/gpu.key
'

it 'tells two flows apart' '
	sed "s/inputs: first, replicas/inputs: {from: first, queue: 9}, replicas/" flow.yaml >other.yaml
	begin cam flow.yaml --host-wait 3
	begin gpu other.yaml --host-wait 3
	over cam 69
	over gpu 69
	grep "gpu (127.0.0.3:$base; another flow runs there, or with other queues)" cam.err
'

it 'starts a worker again whose neighbours are all on its host' '
	begin cam flow.yaml --var end=1000000 --var fps=200
	begin gpu flow.yaml --var end=1000000 --var fps=200
	wait_for gpu.out "(9, 9)"
	flow=$cam
	kill -KILL "$(worker numbers)"
	wait_for cam.err "numbers .* was killed by SIGKILL"
	lines=$(wc -l <gpu.out)
	await "test \$(wc -l <gpu.out) -gt $((lines + 100))"
	kill -INT $cam
	over cam 130
	over gpu 130
	seq 0 1000000 | sed "s/.*/(&, &)/" | head -n "$(wc -l <gpu.out)" | cmp - gpu.out
'

# kill_on HOST TASK: kills the worker of a task, on the host where it is.
kill_on () {
	eval "flow=\$$1"
	kill -KILL "$(worker "$2")"
}

it 'starts workers again that have neighbours elsewhere, and loses nothing' '
	begin cam flow.yaml --var end=1000 --var fps=300 --report report.json
	begin gpu flow.yaml --var end=1000 --var fps=300
	wait_for gpu.out "(9, 9)"
	kill_on cam first
	wait_for gpu.out "(150, 150)"
	kill_on gpu both
	kill_on gpu second.2
	wait_for gpu.out "(300, 300)"
	kill_on cam first
	kill_on gpu both
	over cam 0
	over gpu 0
	seq 0 1000 | sed "s/.*/(&, &)/" | cmp - gpu.out
	finds "report[\"is_balanced\"]" "tasks[\"second.2\"][\"restarts\"] == 1" \
		"tasks[\"first\"][\"restarts\"] == tasks[\"both\"][\"restarts\"] == 2"
'

it 'gives a task of the host another process when it is asked to' '
	begin cam flow.yaml --var end=2000 --var fps=300
	begin gpu flow.yaml --var end=2000 --var fps=300
	wait_for gpu.out "(9, 9)"
	"$VFLOW" restart $cam first
	"$VFLOW" restart $gpu both
	expect 1 "$VFLOW" restart $cam both
	grep "both runs on another host; restart it there" err
	over cam 0
	over gpu 0
	seq 0 2000 | sed "s/.*/(&, &)/" | cmp - gpu.out
'

it 'ends everywhere when a worker dies that is not started again' '
	begin cam flow.yaml --var end=100000 --var fps=200 -s defaults.restart=no
	begin gpu flow.yaml --var end=100000 --var fps=200 -s defaults.restart=no
	wait_for gpu.out "(9, 9)"
	kill_on cam first
	over cam 1
	over gpu 1
	grep "first (process .*) was killed by SIGKILL" cam.err
	grep "the part on cam ended with status 1" gpu.err
'

it 'stops everywhere when it is stopped anywhere' '
	begin cam flow.yaml --var end=100000 --var fps=200
	begin gpu flow.yaml --var end=100000 --var fps=200
	wait_for gpu.out "(9, 9)"
	kill -INT $gpu
	over gpu 130
	over cam 130
	head -n 10 expected >wanted
	head -n 10 gpu.out | cmp - wanted
'

it 'fails everywhere when it fails anywhere' '
	cat >bad.yaml <<-TXT
	vflow: 1
	hosts:
	  cam: {nodes: picture, address: 127.0.0.2, base: $base}
	  gpu: {address: 127.0.0.3, base: $base}
	nodes:
	  picture: {type: test_source, size: 64x64, frames: 40}
	  film: {type: video_writer, inputs: picture, path: bad.mkv}
	TXT
	echo old >bad.mkv
	begin cam bad.yaml
	begin gpu bad.yaml --no-replace
	over gpu 73
	over cam 1
	grep "the part on gpu ended with status 73" cam.err
	test "$(cat bad.mkv)" = old
'

it 'ends what needs a host that is lost' '
	begin cam flow.yaml --var end=100000 --var fps=200 --var timeout=3s
	begin gpu flow.yaml --var end=100000 --var fps=200 --var timeout=3s
	wait_for gpu.out "(9, 9)"
	kill -KILL $gpu
	over cam 1
	grep "the host gpu (127.0.0.3:$base) is lost: it showed no sign of life for 3 s" cam.err
	wait $gpu || true
	begin cam flow.yaml --var end=100000 --var fps=200 --var timeout=3s
	begin gpu flow.yaml --var end=100000 --var fps=200 --var timeout=3s
	wait_for gpu.out "(9, 9)"
	kill -KILL $cam
	over gpu 1
	grep "the host cam (127.0.0.2:$base) is lost" gpu.err
	wait $cam || true
	rm -f keys/*
'

it 'goes on without a host whose branch alone ends' '
	cat >branch.yaml <<-TXT
	vflow: 1
	hosts:
	  cam: {nodes: [numbers, here], address: 127.0.0.2, base: $base}
	  gpu: {address: 127.0.0.3, base: $base}
	peer_timeout: 3s
	nodes:
	  numbers: {type: int_source, start: 0, end: 2000, fps: 200}
	  here: {type: print, inputs: numbers}
	  there: {type: print, inputs: numbers, on_error: stop_branch}
	TXT
	begin cam branch.yaml
	begin gpu branch.yaml
	wait_for gpu.out 9
	kill -KILL $gpu
	over cam 1
	seq 0 2000 | cmp - cam.out
	grep "the host gpu (127.0.0.3:$base) is lost" cam.err
	wait $gpu || true
	rm -f keys/*
'

it 'leaves nothing, not even of those that were killed' '
	"$VFLOW" run -q --host all flow.yaml >actual
	cmp expected actual
	test -z "$(ls -A keys)"
	test ! -e vflow || test -z "$(ls vflow)"
'

done_testing
