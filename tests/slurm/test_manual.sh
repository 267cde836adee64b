#!/bin/sh
# SPDX-License-Identifier: MIT
# The examples of vflow-cluster(7) and vflow-submit(1), as far as they are for a cluster.
. "${0%/*}/../cli/harness.sh"
. "$root/tests/slurm/cluster.sh"
. "$root/tests/cli/examples.sh"

python3 "$root/tests/manual/examples.py" write examples "$root/man/vflow-submit.1" \
	"$root/man/vflow-cluster.7" || exit 1

cluster_start 3 || exit 1
mkdir small boxes
cp in.mkv films/second.mp4 # which was no film

# try PAGE NAME: runs an example, and passes when it exits with 0.
try () {
	paste "$1" "$2" >example.sh
	expect 0 timeout "$limit" bash -e example.sh </dev/null
}

it 'one machine, a folder' '
	try vflow-cluster.7 folder
	test -e small/first.mp4 && test -e small/second.mp4
	try vflow-cluster.7 days
	try vflow-cluster.7 days # once more: it goes on
	grep "2 of them before" err
	try vflow-cluster.7 days-status
	says out "2 done"
'

it 'several machines by hand' '
	rm -f films.jsonl small/*
	try vflow-cluster.7 first
	try vflow-cluster.7 second
	test -e small/first.mp4 && test -e small/second.mp4
	try vflow-cluster.7 whole
	says out "2 done"
'

it 'a batch on a cluster, and again what has failed' '
	try vflow-cluster.7 scripts
	says out "#SBATCH --time=4:00:00"
	rm -f small/*
	try vflow-cluster.7 submit
	test -e small/first.mp4 && test -e small/second.mp4
	try vflow-cluster.7 slurm-status
	says out "2 done"
	cp in.mkv films/third.mkv
	try vflow-cluster.7 again
	says out "$(grep "^job " out)"
	grep "^3 done" err
	test -e small/third.mp4
'

it 'elements with GPUs, many at a time' '
	cat >detector.py <<-END
	def process(frame):
	    return frame.shape[1]
	END
	paste vflow-cluster.7 detect.yaml | dedent >detect.yaml
	sed -i "s,call: detector.py,& , ; s,gpu: any,python: $python\, gpu: any," detect.yaml
	paste vflow-cluster.7 gpus | sed "s/--partition/--dry-run &/" >example.sh
	expect 0 bash -e example.sh
	says out "#SBATCH --gres=gpu:1"
	says out "#SBATCH --array=1-3%40"
	paste vflow-cluster.7 gpus | sed "s/--partition/--wait &/" >example.sh
	expect 0 bash -e example.sh
	scontrol show job "$(sed -n "s/^job \([0-9]*\),.*/\1/p" out)_1" | grep "gres.*gpu:1"
	test "$(head -n 1 boxes/first.json | grep -c 640)" -eq 1
'

it 'vflow-submit(1): the scripts, how far it is, going on' '
	rm -rf small/* transcode.slurm
	try vflow-submit.1 dry-run
	grep "^# $workdir/transcode.slurm/merge.sh$" out
	try vflow-submit.1 submit
	try vflow-submit.1 status
	says out "3 done"
	try vflow-submit.1 resume
	grep "^3 done" err
	paste vflow-cluster.7 film.yaml | dedent >film.yaml
	paste vflow-submit.1 split | sed "s/10m/0.2/; s/film.yaml/-s nodes.out.checkpoint=0.1 &/" >example.sh
	expect 0 bash -e example.sh
	grep "films/first.mp4, part 2/[2-9]" err
	test -e first.mp4 && test -e third.mp4
'

cluster_stop
done_testing
