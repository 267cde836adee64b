#!/bin/sh
# SPDX-License-Identifier: MIT
# vflow batch --shard in an array of jobs that is submitted by hand.
. "${0%/*}/../cli/harness.sh"
. "$root/tests/slurm/cluster.sh"

cluster_start 3 || exit 1
mkdir in made
for number in $(seq 12)
do
	ffmpeg -v error -nostdin -f lavfi -i "testsrc2=size=64x48:rate=25" -frames:v "$number" \
		-c:v mjpeg "in/c$number.mkv" || exit 1
done
cat >flow.yaml <<'END'
vflow: 1
nodes:
  film: {type: video_reader, path: "${input}"}
  out: {type: video_writer, inputs: film, path: "made/${stem}.mkv", codec: mjpeg}
END

it 'does the parts of a batch on three nodes' '
	cat >job.sh <<-END
	#!/bin/sh
	echo "\$SLURMD_NODENAME" >node-\$SLURM_ARRAY_TASK_ID
	exec "$VFLOW" batch --shard "\$SLURM_ARRAY_TASK_ID/6" --manifest "part-\$SLURM_ARRAY_TASK_ID.jsonl" \
		--jobs 1 flow.yaml in
	END
	array=$(sbatch --parsable --array=1-6 --cpus-per-task=8 --output=log-%a job.sh)
	over "$array"
	cat log-*
	test "$(cat node-* | sort -u | wc -l)" -eq 3
	for number in $(seq 12)
	do
		test "$(ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 \
			"made/c$number.mkv")" -eq "$number"
	done
	printf "%s\n" in >all
	expect 0 "$VFLOW" batch --merge whole.jsonl --from all part-*.jsonl
	tail -n 1 out | grep -x "12 done"
'

it 'has lost a job with its node, and runs it again' '
	cat >job.sh <<-END
	#!/bin/sh
	test -z "\$SLURM_RESTART_COUNT" || exit 3
	touch begun
	exec sleep 10000
	END
	lost=$(sbatch --parsable --requeue --nodelist=n3 --output=lost.log job.sh)
	await "test -e begun"
	node_kill n3
	node_down n3
	scontrol update jobid="$lost" reqnodelist=n1
	over "$lost"
	test "$(job_says "$lost" ExitCode)" = 3:0
	test "$(job_says "$lost" Restarts)" -eq 1
	node_start n3
	node_is n3 idle
'

cluster_stop
done_testing
