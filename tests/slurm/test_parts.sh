#!/bin/sh
# SPDX-License-Identifier: MIT
# One file that is made in pieces on several nodes, and one flow that runs on two, as vflow-cluster(7)
# shows them.
. "${0%/*}/../cli/harness.sh"
. "$root/tests/slurm/cluster.sh"

python3 "$root/tests/manual/examples.py" write examples "$root/man/vflow-cluster.7" || exit 1
PATH=${VFLOW%/*}:$PATH
cluster_start 3 || exit 1
ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=1280x96:rate=25 -f lavfi -i sine=f=330:r=44100 \
	-t 24 -c:v mpeg4 -q:v 3 -c:a flac film.mkv || exit 1

# take PAGE NAME: writes an example to the file NAME.
take () {
	python3 -c 'import sys, textwrap; sys.stdout.write(textwrap.dedent(sys.stdin.read()))' \
		<"examples/$1/$2" >"$2"
}

# frames FILE: prints a hash of each frame and of the sound of a file.
frames () {
	ffmpeg -v error -nostdin -i "$1" -map 0:v -f framemd5 - | grep '^0,'
	ffmpeg -v error -nostdin -i "$1" -map 0:a -f md5 -
}

take vflow-cluster.7 film.yaml
take vflow-cluster.7 hosts.yaml
expect 0 "$VFLOW" batch -q film.yaml film.mkv || exit 1
mv film.mp4 alone.mp4
frames alone.mp4 >alone
test "$(grep -c '^0,' alone)" -eq 600 || exit 1

it 'makes one file in pieces on three nodes, and joins them' '
	take vflow-cluster.7 pieces
	sed -i "s/--wait/& --cpus-per-task 10/" pieces # two on a node
	expect 0 timeout "$limit" bash -e pieces
	grep "^7 done; " err
	frames film.mp4 | cmp alone -
	test -z "$(ls | grep checkpoint)"
	for number in $(seq 6)
	do
		scontrol show job "$(sed -n "s/^job \([0-9]*\),.*/\1/p" out)_$number"
	done | sed -n "s/^ *NodeList=//p" | sort -u >nodes
	test "$(grep -c "^n[123]$" nodes)" -eq 3
'

it 'does so when a node is lost in the middle' '
	rm -rf film.mp4 film.slurm
	sed "s/inputs: \[small,/inputs: [slow,/; /out:/i\\  slow: {type: identity, inputs: small, fps: 8}" \
		film.yaml >slow.yaml
	sed "s/film.yaml/slow.yaml/" pieces >slowly
	bash -e slowly >said 2>&1 &
	job=$!
	await "ls film.mp4.checkpoint-* 2>/dev/null && grep -ls running slow.slurm/shard-*.jsonl >begun"
	part=$(sed -n "1s/.*shard-\([0-9]*\).*/\1/p" begun)
	lost=$(squeue -h -r -t RUNNING -o "%K %N" | sed -n "s/^$part //p")
	node_kill "$lost"
	node_down "$lost"
	while kill -0 "$job" 2>/dev/null
	do
		hurry
		sleep 0.5
	done
	wait "$job" || { cat said slow.slurm/*.log; false; }
	frames film.mp4 | cmp alone -
	scontrol show job "$(sed -n "s/^job \([0-9]*\),.*/\1/p" said)_$part" | grep "Restarts=1"
'

it 'runs a flow on two nodes, by TCP' '
	take vflow-cluster.7 parts
	sed "s/^run ()/READING=10.77.0.\${READING#n} WRITING=10.77.0.\${WRITING#n} # there are no names here\n&/" \
		parts >parts.sh
	mv parts.sh parts
	timeout "$limit" bash -e parts || { cat slurm-*.out; false; }
	frames whole.mp4 >whole
	test "$(grep -c "^0," whole)" -eq 600
	sed "/^hosts:/,/writing:/d" hosts.yaml >alone.yaml
	expect 0 "$VFLOW" run -q -s nodes.out.path=local.mp4 alone.yaml
	frames local.mp4 | cmp whole -
'

cluster_stop
done_testing
