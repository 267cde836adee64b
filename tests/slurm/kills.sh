#!/bin/sh
# SPDX-License-Identifier: MIT
# kills.sh [COUNT] [SEED] - by hand, in enter.sh: kills something while a batch is on three nodes, so
# often; trial i has the seed SEED + i.
#
#     tests/slurm/enter.sh tests/slurm/kills.sh 50 1
#
# What is killed, and when, comes from the seed: a node; all processes of a job on its node; its script;
# vflow batch; vflow run; or a task. Then nothing may be noted as done that is not, and
# the batch ends, or ends after it was submitted again with --retry-failed, with the outputs of one that
# nobody disturbed.
cd "${0%/*}/../.." || exit 1
VFLOW=${VFLOW:-$PWD/build/default/vflow}
. tests/slurm/../cli/harness.sh
. "$root/tests/slurm/cluster.sh"
trials=${1:-50} seed=${2:-1}

cat >flow.yaml <<'END'
vflow: 1
nodes:
  film: {type: video_reader, path: "${input}"}
  slow: {type: identity, inputs: film, fps: 12}
  out: {type: video_writer, inputs: slow, path: "made/${stem}.txt", format: framemd5,
        codec: rawvideo}
END
mkdir in made
for number in $(seq 9)
do
	ffmpeg -v error -nostdin -f lavfi -i "testsrc2=size=64x48:rate=25" -vf "hue=h=$number" \
		-frames:v $((5 + number)) -c:v mjpeg "in/c$number.mkv" || exit 1
done
"$VFLOW" batch -q flow.yaml in && mv made undisturbed || exit 1

# one_of NODE PATTERN: prints a process of a node whose name, and command line behind it, match; `pick`
# says which.
one_of () {
	table=$(readlink "/proc/$(cat "$cluster/nodes/$1.first")/ns/pid" | tr -dc 0-9)
	ps -eo pid=,pidns=,comm=,args= | awk -v table="$table" -v pattern="$2" '
		$2 == table { pid = $1; sub(/^ *[0-9]+ +[0-9]+ +/, ""); if ($0 ~ pattern) print pid }
	' >"$workdir/found"
	test -s "$workdir/found" &&
		sed -n "$((pick % $(wc -l <"$workdir/found") + 1))p" "$workdir/found"
}

# kill_tree PROCESS: kills a process and all that it has started.
kill_tree () {
	kill -STOP "$1" 2>/dev/null # so that its children are still its own
	children=$(pgrep -P "$1")
	kill -9 "$1" 2>/dev/null
	for child in $children
	do
		kill_tree "$child"
	done
}

# strike KIND NODE: kills that; passes when there was something.
strike () {
	case $1 in
	node)
		node_kill "$2"
		node_down "$2"
		node_start "$2"
		return
		;;
	step) pattern=' slurmstepd: .*batch' ;;
	script) pattern='/slurm_script' ;;
	batch) pattern='^vflow +[^ ]*vflow batch ' ;;
	run) pattern='^vflow +vflow run ' ;;
	task) pattern='^vflow:' ;;
	esac
	victim=$(one_of "$2" "$pattern") || return
	if test "$1" = step
	then
		for process in $(pgrep -P "$victim")
		do
			kill_tree "$process"
		done
	else
		kill -9 "$victim"
	fi
}

# honest: passes when all that is noted as done is as it should be.
honest () {
	"$VFLOW" batch --status flow.slurm/manifest.jsonl --json >status.json
	python3 - <<-'END'
	import json, pathlib, sys
	for it in json.load(open("status.json"))["inputs"]:
	    name = it["path"].rsplit("/", 1)[1].replace(".mkv", ".txt")
	    made, wanted = pathlib.Path("made", name), pathlib.Path("undisturbed", name)
	    if it["state"] == "done" and (not made.exists() or made.read_bytes() != wanted.read_bytes()):
	        sys.exit("%s is noted as done, and is not" % name)
	END
}

# finish FLAG: submits, strikes where there is something to strike, and waits; sets $status.
finish () {
	"$VFLOW" submit --wait --shards 3 --cpus-per-task 20 batch --grace 2 "$1" flow.yaml in >out 2>err &
	waiting=$!
	wait_for out '^job ' || return
	array=$(sed -n 's/^job \([0-9]*\),.*/\1/p' out)
	last=$(sed -n 's/.* then job \([0-9]*\);.*/\1/p' out)
	if test "$1" != --retry-failed
	then
		sleep "$delay"
		strike "$kind" "$node" || kind="$kind (there was none)"
	fi
	over "$array" "$last"
	status=0
	wait "$waiting" || status=$?
}

cluster_start 3 || exit 1
bad=0
for trial in $(seq "$trials")
do
	rm -rf flow.slurm made
	mkdir made
	# shellcheck disable=SC2046 # four words
	set -- $(awk -v seed=$((seed + trial)) 'BEGIN { srand(seed)
		split("node node step script batch run task", kinds, " ")
		print kinds[int(rand() * 7) + 1], "n" int(rand() * 3) + 1, 1 + rand() * 4, int(rand() * 1000) }')
	kind=$1 node=$2 delay=$3 pick=$4 again=0
	finish --resume
	first=$status
	honest || bad=$((bad + 1))
	while test "$status" -ne 0 && test $again -lt 3
	do
		again=$((again + 1))
		finish --retry-failed
		honest || bad=$((bad + 1))
	done
	if test "$status" -ne 0 || ! diff -r undisturbed made >/dev/null
	then
		bad=$((bad + 1))
		diff -r undisturbed made
		cat err flow.slurm/*.log
	fi
	echo "seed $((seed + trial)): $kind on $node after $delay s: $first, then $status after $again more"
done
echo "$trials trials, $bad bad"
cluster_stop
test $bad -eq 0
