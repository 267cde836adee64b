#!/bin/sh
# SPDX-License-Identifier: MIT
# efficiency.sh [SECONDS] - by hand, in enter.sh: what Slurm and vflow submit cost, by a flow that sleeps.
#
#     tests/slurm/enter.sh tests/slurm/efficiency.sh 30
#
# 12 inputs, each of which takes so long, on 1, 2 and 3 nodes that do one at a time. Prints the time from
# submitting to the end of submit --wait, and the efficiency: the time of 12 runs, as one by itself
# takes, to the time of all nodes.
cd "${0%/*}/../.." || exit 1
VFLOW=${VFLOW:-$PWD/build/default/vflow}
. tests/slurm/../cli/harness.sh
. "$root/tests/slurm/cluster.sh"
seconds=${1:-30}

cat >flow.yaml <<END
vflow: 1
vars: {input: "", name: ""}
nodes:
  numbers: {type: int_source, end: $((seconds * 10))}
  slow: {type: identity, inputs: numbers, fps: 10}
  out: {type: file_append, inputs: slow, path: "\${name}.lines"}
END
mkdir in
for number in $(seq 12)
do
	echo "$number" >"in/$number"
done

# took COMMAND...: prints how many milliseconds it takes.
took () {
	since=$(date +%s%N)
	"$@" >out 2>err || cat err >&2
	echo $((($(date +%s%N) - since) / 1000000))
}

cluster_start 3 || exit 1
one=$(took "$VFLOW" batch flow.yaml in/1)
echo "one input: $one ms"
for count in 1 2 3
do
	rm -rf flow.slurm ./*.lines
	all=$(took "$VFLOW" submit --wait --shards "$count" --cpus-per-task 20 batch flow.yaml in)
	awk -v one="$one" -v all="$all" -v nodes="$count" 'BEGIN {
		printf("%d node%s: %d ms, efficiency %.3f\n", nodes, (nodes > 1 ? "s" : ""), all,
			12 * one / (nodes * all)) }'
done
cluster_stop
