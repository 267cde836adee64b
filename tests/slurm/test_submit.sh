#!/bin/sh
# SPDX-License-Identifier: MIT
# vflow submit: batches on a cluster of three nodes.
. "${0%/*}/../cli/harness.sh"
. "$root/tests/slurm/cluster.sh"
. "$root/tests/cli/find_python.sh"

# A flow that writes hashes. Inputs that are named in the file `held` do not get on; with a number
# behind them, in that start of their element, from 0.
# shellcheck disable=SC2154 # find_python.sh sets it
cat >gate.py <<'END'
import os, time

class Gate:
    def __init__(self, options):
        stem = options["stem"]
        self.names = {stem, stem + ":" + os.environ.get("SLURM_RESTART_COUNT", "0")}

    def process(self, frame):
        while self.names & set(open("held").read().split()):
            time.sleep(0.05)
        return frame
END
cat >flow.yaml <<END
vflow: 1
nodes:
  film: {type: video_reader, path: "\${input}"}
  gate: {type: python, python: $python, call: gate.py:Gate, options: {stem: "\${stem}"}, inputs: film,
         stall_after: 0}
  small: {type: resize, inputs: gate, width: 32, height: 24}
  out: {type: video_writer, inputs: small, path: "made/\${stem}.txt", format: framemd5,
        codec: rawvideo}
END
mkdir in
for number in $(seq 12)
do
	ffmpeg -v error -nostdin -f lavfi -i "testsrc2=size=64x48:rate=25" -vf "hue=h=$number" \
		-frames:v $((10 + number)) -c:v mjpeg "in/c$number.mkv" || exit 1
done
mkdir undisturbed
(cd undisturbed && mkdir made && : >held && ln -s ../gate.py ../in . &&
	"$VFLOW" batch -q ../flow.yaml in) || exit 1

# place NAME: makes a folder to submit from, in which the inputs named after it are held.
place () {
	mkdir -p "$1/made"
	ln -s "$workdir/in" "$workdir/gate.py" "$workdir/flow.yaml" "$1"
	cd "$1"
	shift
	echo "$*" >held
}

# same: passes when all outputs are those of a batch that nobody disturbed.
same () {
	diff -r "$workdir/undisturbed/made" made
}

# submitted: waits until `submit`, in the background, has submitted; sets $array and $last, the jobs.
submitted () {
	wait_for out '^job [0-9]+, [0-9]+ elements?, and then job [0-9]+;'
	array=$(sed -n 's/^job \([0-9]*\),.*/\1/p' out)
	last=$(sed -n 's/.* then job \([0-9]*\);.*/\1/p' out)
}

# states FILE: prints what each input is, by a manifest.
states () {
	"$VFLOW" batch --status "$1" --json | python3 -c 'import json, sys
for it in json.load(sys.stdin)["inputs"]:
    print(it["path"].rsplit("/", 1)[1], it["state"])' | sort
}

waiting=

# waits STATUS: waits for the end of `submit --wait`; passes when it exits so.
waits () {
	status=0
	over "$array" "$last"
	wait "$waiting" || status=$?
	test "$status" -eq "$1" && return
	echo "exit status $status, not $1"
	cat out err "$(ls -d ./*.slurm)"/*.log
	return 1
}

cluster_start 3 || exit 1

it 'prints the scripts' '
	place dry
	expect 0 "$VFLOW" submit --dry-run --time 30 --partition all --sbatch=--comment=film \
		--shards 3 batch --var "x=it'"'\\\\''"'s \$y" flow.yaml in
	says out "#SBATCH --array=1-3"
	says out "#SBATCH --time=30"
	says out "#SBATCH --signal=B:TERM@90"
	test "$(grep -c "^#SBATCH --comment=film$" out)" -eq 2
	says out "folder=$workdir/dry/flow.slurm"
	test ! -e flow.slurm
'

# It takes a minute, so it goes on beside the others.
mkdir limit
(cd limit && place . c1:0 && exec "$VFLOW" submit --wait --shards 1 --time $((1 + patience / 4)) \
	--notice 5 --cpus-per-task 1 --sbatch=--nodelist=n1 batch --grace 1 flow.yaml in/c1.mkv \
	in/c2.mkv >out 2>err) &
limited=$!

it 'runs 12 inputs on three nodes, and ends as they do' '
	place array
	expect 0 "$VFLOW" submit --wait batch flow.yaml in
	same
	grep "^12 done; " err
	states flow.slurm/manifest.jsonl >states
	test "$(grep -c " done$" states)" -eq 12
	for number in $(seq 12)
	do
		scontrol show job "$(sed -n "s/^job \([0-9]*\),.*/\1/p" out)_$number"
	done | sed -n "s/^ *NodeList=//p" | sort -u >nodes
	test "$(grep -c "^n[123]$" nodes)" -eq 3
'

it 'asks for what the plan says' '
	place plan
	expect 0 "$VFLOW" submit --sbatch=--hold batch --jobs 2 flow.yaml in
	submitted
	test "$(job_says "${array}_1" CPUs/Task)" -eq 8 || test "$(job_says "$array" NumCPUs)" -eq 8
	scancel "$array" "$last"
	expect 73 "$VFLOW" submit batch --resume --manifest x flow.yaml in || test $status -eq 2
'

it 'goes on elsewhere when a node is killed, and makes the same' '
	place killed $(seq -f c%g 12)
	"$VFLOW" submit --wait batch flow.yaml in >out 2>err &
	waiting=$!
	submitted
	await "grep -ls \"running\" flow.slurm/shard-*.jsonl | wc -l | grep -qx 12"
	squeue -h -r -j "$array" -t RUNNING -w n2 -o %K >lost
	test -s lost
	node_kill n2
	node_down n2
	: >held
	waits 0
	node_start n2
	node_is n2 idle
	same
	for element in $(cat lost)
	do
		test "$(job_says "${array}_$element" Restarts)" -eq 1
	done
	grep "^12 done; " err
'

it 'resumes a part whose inputs are half done' '
	place resumed c5
	"$VFLOW" submit --wait --shards 1 --sbatch=--exclude=n1 batch flow.yaml in >out 2>err &
	waiting=$!
	submitted
	await "grep -qs c5.mkv.*running flow.slurm/shard-1.jsonl"
	done=$(grep -c "\"done\"" flow.slurm/shard-1.jsonl)
	test "$done" -gt 0
	node=$(squeue -h -r -j "$array" -o %N)
	node_kill "$node"
	node_down "$node"
	: >held
	waits 0
	node_start "$node"
	node_is "$node" idle
	same
	test "$(grep -c "\"running\"" flow.slurm/shard-1.jsonl)" -eq 13
'

it 'does not run again what is wrong in itself: an input, the flow' '
	place wrong
	echo "no film" >bad.mkv
	expect 1 "$VFLOW" submit --wait batch flow.yaml in/c1.mkv bad.mkv in/nothing.mkv
	grep "failed: bad.mkv: film: cannot open bad.mkv: " err
	grep "^1 done, 2 failed; " err
	array=$(sed -n "s/^job \([0-9]*\),.*/\1/p" out)
	for element in 1 2 3
	do
		test "$(job_says "${array}_$element" Restarts)" -eq 0
	done
	sed "s/width: 32/widht: 32/" flow.yaml >wrong.yaml
	expect 78 "$VFLOW" submit --wait batch wrong.yaml in
	grep "unknown option \"widht\" of resize" err
	test ! -e wrong.slurm
	cp "$workdir/flow.yaml" changed.yaml
	"$VFLOW" submit --wait --sbatch=--hold batch changed.yaml in >out 2>err &
	waiting=$!
	submitted
	cp wrong.yaml changed.yaml
	scontrol release "$array" "$last"
	waits 78
	for element in $(seq 12)
	do
		test "$(job_says "${array}_$element" Restarts)" -eq 0
	done
	grep "unknown option \"widht\" of resize" changed.slurm/shard-1.log
'

it 'goes on with what a batch lacks, and runs again what has failed when it is told to' '
	cd wrong
	expect 73 "$VFLOW" submit --wait batch flow.yaml in/c1.mkv bad.mkv in/nothing.mkv
	grep "flow.slurm has a batch; go on with what it lacks by --resume behind \"batch\"" err
	cp in/c2.mkv bad.mkv
	expect 1 "$VFLOW" submit --wait --shards 2 batch --retry-failed flow.yaml in/c1.mkv bad.mkv \
		in/nothing.mkv in/c3.mkv
	states flow.slurm/manifest.jsonl >states
	printf "%s\n" "bad.mkv done" "c1.mkv done" "c3.mkv done" "nothing.mkv failed" | cmp - states
	test "$(cat flow.slurm/shard-*.jsonl | grep -c "c1.mkv.*running")" -eq 0
'

it 'ends when it is cancelled, and says what is lacking' '
	place cancelled $(seq -f c%g 12)
	"$VFLOW" submit --wait --at-most 3 batch --grace 1 flow.yaml in >out 2>err &
	waiting=$!
	submitted
	await "grep -ls running flow.slurm/shard-*.jsonl | wc -l | grep -qx 3"
	scancel "$array"
	waits 1
	test -z "$(ls made/*.txt 2>/dev/null)"
	states flow.slurm/manifest.jsonl >states
	test "$(grep -c " interrupted$" states)" -eq 3
	test "$(grep -c " waiting$" states)" -eq 9
'

it 'asks at Ctrl-C whether to cancel the jobs' '
	place asked $(seq -f c%g 12)
	expect 130 python3 "$root/tests/slurm/interrupt.py" "Cancel the jobs?" "n\n" \
		"Cancel the jobs?" "x\n" "Cancel the jobs?" "y\n" -- \
		"$VFLOW" submit --wait --name asked batch --grace 1 flow.yaml in
	test -z "$(squeue -h -n asked -o %i)"
	expect 130 python3 "$root/tests/slurm/interrupt.py" "Cancel the jobs?" "l\n" -- \
		"$VFLOW" submit --wait --name asked batch --resume --grace 1 flow.yaml in
	test -n "$(squeue -h -n asked -o %i)"
	scancel -n asked
'

it 'stops at the time limit, and goes on with the rest' '
	cd limit
	wait_for out "^job "
	submitted
	over "$array" "$last"
	wait_for err "^[0-9]+ done"
	cat err flow.slurm/shard-1.log
	grep "^2 done; " err
	says flow.slurm/shard-1.log "requeued: it was asked to stop"
	says flow.slurm/status 0
	test "$(job_says "${array}_1" Restarts)" -eq 1
	for output in made/*
	do
		cmp "$output" "../undisturbed/$output"
	done
'

cluster_stop
done_testing
