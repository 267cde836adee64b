#!/bin/sh
# SPDX-License-Identifier: MIT
# vflow submit without a cluster: what it hands on, and the scripts that it writes. A cluster is in
# tests/slurm.
. "${0%/*}/harness.sh"

# Programs with the names of Slurm's, which run jobs at once, one after the other. A job that is asked
# to be queued again, as often as the file `again` has lines, is started again.
mkdir bin in made
cat >bin/sbatch <<'END'
#!/bin/sh
echo "$*" >>"$SLURM/asked"
while script=$1 && shift
do
	case $script in */*.sh) break ;; esac
done
export SLURM_ARRAY_JOB_ID=7
case $script in
*/shard.sh)
	echo 7
	last=$(sed -n 's/^#SBATCH --array=1-\([0-9]*\).*/\1/p' "$script")
	for SLURM_ARRAY_TASK_ID in $(seq "$last")
	do
		export SLURM_ARRAY_TASK_ID SLURM_RESTART_COUNT=0
		while rm -f "$SLURM/requeued"
			sh "$script" >>"$SLURM/log" 2>&1 </dev/null
			echo $? >>"$SLURM/statuses"
			test -e "$SLURM/requeued"
		do
			SLURM_RESTART_COUNT=$((SLURM_RESTART_COUNT + 1))
		done
	done
	;;
*)
	echo '8;elsewhere'
	sh "$script" "$@" >>"$SLURM/log" 2>&1
	;;
esac
exit 0
END
cat >bin/squeue <<'END'
#!/bin/sh
case $* in
*%L*) cat "$SLURM/left" ;;
*%T*) cat "$SLURM/state" ;;
esac
END
cat >bin/scontrol <<'END'
#!/bin/sh
touch "$SLURM/requeued"
kill -9 "$PPID" # as Slurm ends a job that is queued again
END
chmod +x bin/*
SLURM=$workdir/slurm
export SLURM
mkdir "$SLURM"
echo RUNNING >"$SLURM/state"
echo 1-00:00:00 >"$SLURM/left"
usual_path=$PATH
PATH=$workdir/bin:$PATH

cat >flow.yaml <<'END'
vflow: 1
nodes:
  film: {type: video_reader, path: "${input}"}
  out: {type: video_writer, inputs: film, path: "made/${stem}.mkv", codec: mjpeg}
END
for number in 1 2 3
do
	ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=64x48:rate=25 -frames:v $((number * 5)) \
		-c:v mjpeg "in/c$number.mkv" || exit 1
done

# fresh: forgets what the jobs before did.
fresh () {
	rm -rf ./*.slurm "$SLURM/log" "$SLURM/statuses" "$SLURM/asked" made
	mkdir made
}

# A word that a shell has to be told exactly.
odd_value="a=it's \$b"

it 'prints the scripts, and writes nothing' '
	expect 0 "$VFLOW" submit --on slurm --dry-run --time 30 --partition films --at-most 2 \
		--sbatch=--account=film --sbatch=comment=x --name "my job" --folder "a folder" \
		batch --jobs 2 --var "$odd_value" -s nodes.out.codec=ffv1 flow.yaml in
	for line in "#SBATCH --array=1-3%2" "#SBATCH --time=30" "#SBATCH --signal=B:TERM@90" \
		"#SBATCH --requeue" "#SBATCH --partition=films" "#SBATCH --cpus-per-task=4" \
		"#SBATCH --job-name=\"my job\"" "#SBATCH --account=film" "#SBATCH --comment=x" \
		"#SBATCH --output=\"$workdir/a folder/shard-%a.log\""
	do
		says out "$line"
	done
	test "$(grep -c "^#SBATCH --account=film$" out)" -eq 2
	grep "shard/3\" --jobs 2 " out
	grep -e "-s nodes.out.codec=ffv1 -- flow.yaml &$" out
	test ! -e "a folder" && test ! -e "$SLURM/asked"
	sed -n "/^folder=/p; s/.*--var \\(.*\\) -s .*/value=\\1/p" out >words.sh
	. ./words.sh
	test "$folder" = "$workdir/a folder"
	test "$value" = "$odd_value"
'

it 'asks for cores, memory and GPUs as it is told, or as the plan says' '
	expect 0 "$VFLOW" submit --dry-run --cpus-per-task 7 --mem 3G --gres gpu:x:2 batch flow.yaml in
	says out "#SBATCH --cpus-per-task=7"
	says out "#SBATCH --mem=3G"
	says out "#SBATCH --gres=gpu:x:2"
	for gpus in any 1 shared
	do
		cat >gpu.yaml <<-END
		vflow: 1
		vars: {stem: ""}
		nodes:
		  numbers: {type: int_source, end: 3}
		  twice: {type: python, inputs: numbers, gpu: $gpus, code: "def process(x): return 2 * x"}
		  also: {type: python, inputs: twice, gpu: $gpus, code: "def process(x): return 2 * x"}
		  out: {type: file_append, inputs: also, path: "made/\${stem}"}
		END
		expect 0 "$VFLOW" submit --dry-run batch gpu.yaml in
		grep "^#SBATCH --gres=" out
	done >seen
	printf "#SBATCH --gres=gpu:%s\n" 2 2 1 | cmp - seen
	expect 0 "$VFLOW" submit --dry-run batch flow.yaml in
	lacks out "^#SBATCH --gres"
'

it 'submits, and waits for the end' '
	fresh
	expect 0 "$VFLOW" submit --wait batch flow.yaml in
	says out "job 7, 3 elements, and then job 8; they write into $workdir/flow.slurm"
	grep "^3 done; " err
	printf "%s\n" "--parsable $workdir/flow.slurm/shard.sh" \
		"--parsable --dependency=afterany:7 $workdir/flow.slurm/merge.sh 7" | cmp - "$SLURM/asked"
	ls made >names
	printf "%s\n" c1.mkv c2.mkv c3.mkv | cmp - names
	says flow.slurm/status 0
'

it 'hands variables of the flow on' '
	fresh
	expect 0 "$VFLOW" submit --wait batch -q @transcode "output=made/x-\${stem}.mp4" in
	ls made >names
	printf "%s\n" x-c1.mp4 x-c2.mp4 x-c3.mp4 | cmp - names
	test -d transcode.slurm
	expect 0 "$VFLOW" submit --dry-run batch --chain "video_reader \${input} ! void" in
	grep "#SBATCH --job-name=chain" out
	grep "{input} ! void.* -- &$" out
'

odd_name="a \$b \"c\" 'd' # e
f"

it 'takes names and values with blanks, quotes and line feeds as they are' '
	fresh
	mkdir odd
	cp in/c1.mkv "odd/$odd_name.mkv"
	expect 0 "$VFLOW" submit --wait --folder "in \$x" batch --var "output=made/$odd_name-\${stem}.mkv" \
		@transcode odd
	test -e "made/$odd_name-$odd_name.mkv"
	expect 2 "$VFLOW" submit --folder "in \"x" batch flow.yaml in
	grep "path of the folder has quotes" err
'

it 'runs what a batch lacks, and what has failed when it is told to' '
	fresh
	cp in/c1.mkv in/bad.mkv
	truncate -s 100 in/bad.mkv
	expect 1 "$VFLOW" submit --wait --shards 2 batch flow.yaml in
	grep "failed: in/bad.mkv: film: " err
	grep "^3 done, 1 failed; " err
	says flow.slurm/status 1
	test "$(cat "$SLURM/statuses" | tr "\n" " ")" = "0 1 " || test "$(cat "$SLURM/statuses" | tr "\n" " ")" = "1 0 "
	expect 73 "$VFLOW" submit --wait batch flow.yaml in
	grep "has a batch; go on with what it lacks by --resume behind \"batch\"" err
	cp in/c1.mkv in/new.mkv
	: >"$SLURM/log"
	expect 1 "$VFLOW" submit --wait --shards 3 batch --resume flow.yaml in
	test "$(grep -c "done: " "$SLURM/log")" -eq 1
	cp in/c1.mkv in/bad.mkv
	touch made/bad.part-abcdefgh.mkv # as a run leaves it that is killed
	expect 0 "$VFLOW" submit --wait batch --retry-failed flow.yaml in
	grep "^5 done; " err
	test ! -e made/bad.part-abcdefgh.mkv
	rm in/bad.mkv in/new.mkv
'

it 'does not queue again what is wrong in itself' '
	fresh
	sed s/codec:/codecs:/ flow.yaml >wrong.yaml
	expect 78 "$VFLOW" submit --wait batch wrong.yaml in
	test ! -e "$SLURM/asked" && test ! -e wrong.slurm
	expect 0 "$VFLOW" submit batch flow.yaml in
	rm -f flow.slurm/*.jsonl "$SLURM/statuses"
	cp flow.yaml right.yaml
	cp wrong.yaml flow.yaml
	SLURM_RESTART_COUNT=0
	sbatch flow.slurm/shard.sh
	sbatch flow.slurm/merge.sh
	says flow.slurm/status 78
	test "$(tr "\n" " " <"$SLURM/statuses")" = "78 78 78 "
	cp right.yaml flow.yaml
'

# once STATUS: makes a `vflow` that asks its own script to stop, as Slurm does before the time limit, and
# then ends with STATUS, as often as the file `times` has lines.
once () {
	cat >fake-vflow <<-END
	#!/bin/sh
	test "\$1 \$2" = "batch --from" || exec "$VFLOW" "\$@"
	sed -i 1d "$workdir/times"
	test -s "$workdir/times" || exec "$VFLOW" "\$@"
	$1
	END
	chmod +x fake-vflow
	sed -i "s|^vflow=.*|vflow=$workdir/fake-vflow|" flow.slurm/shard.sh
	rm -f flow.slurm/*.jsonl flow.slurm/*.status "$SLURM/statuses" "$SLURM/log"
}

it 'queues again what was stopped, and what cannot work on its node' '
	fresh
	expect 0 "$VFLOW" submit --shards 1 batch flow.yaml in
	printf "%s\n" x x x >times
	once "kill -TERM \$PPID; exit 143"
	sbatch flow.slurm/shard.sh
	test "$(tr "\n" " " <"$SLURM/statuses")" = "137 137 0 "
	says flow.slurm/shard-1.status 0
	says "$SLURM/log" "requeued: it was asked to stop"
	printf "%s\n" x x >times
	once "exit 74"
	sbatch flow.slurm/shard.sh
	test "$(tr "\n" " " <"$SLURM/statuses")" = "137 0 "
	says "$SLURM/log" "requeued: vflow ended with 74"
	seq 10 >times
	once "exit 70"
	sbatch flow.slurm/shard.sh
	test "$(tr "\n" " " <"$SLURM/statuses")" = "137 137 137 70 "
	says flow.slurm/shard-1.status 70
'

it 'gives up when no input ends within the time limit, and when it is cancelled' '
	echo 1:30 >"$SLURM/left"
	seq 10 >times
	once "kill -TERM \$PPID; exit 143"
	sbatch flow.slurm/shard.sh
	test "$(tr "\n" " " <"$SLURM/statuses")" = "124 "
	says flow.slurm/shard-1.status 124
	sbatch flow.slurm/merge.sh
	says flow.slurm/status 124
	echo COMPLETING >"$SLURM/state"
	echo 2:00:00 >"$SLURM/left"
	once "kill -TERM \$PPID; exit 143"
	sbatch flow.slurm/shard.sh
	test "$(tr "\n" " " <"$SLURM/statuses")" = "143 "
	echo RUNNING >"$SLURM/state"
	echo 1:30 >"$SLURM/left"
	printf "%s\n" x x x x >times
	once "echo \"{\\\"pieces\\\":\$((9 - (\$(wc -l <times) + 1) / 2))}\" >>flow.slurm/shard-1.jsonl
		kill -TERM \$PPID
		exit 143"
	sbatch flow.slurm/shard.sh
	test "$(tr "\n" " " <"$SLURM/statuses")" = "137 137 124 "
	echo RUNNING >"$SLURM/state"
	echo 1-00:00:00 >"$SLURM/left"
'

# frames FILE: prints a hash of each frame.
frames () {
	ffmpeg -v error -nostdin -i "$1" -f framemd5 - | grep '^0,'
}

it 'makes parts of long inputs in elements, and joins them in the last job' '
	fresh
	mkdir long
	for number in 1 2
	do
		ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=64x48:rate=10 -frames:v $((number * 40)) \
			-vf "hue=h=$((number * 90))" -c:v mjpeg "long/l$number.mkv"
	done
	sed "s/codec: mjpeg/codec: libx264, checkpoint: 1s, threads: 2/" flow.yaml >pieces.yaml
	"$VFLOW" batch -q pieces.yaml long
	mkdir wanted
	for number in 1 2
	do
		frames made/l$number.mkv >wanted/$number
	done
	fresh
	expect 0 "$VFLOW" submit --wait batch --split 2 pieces.yaml long
	says out "job 7, 6 elements, and then job 8; they write into $workdir/pieces.slurm"
	grep "^\[[1-8]/8\] done: long/l2.mkv, part 4/4" err
	grep "^8 done; " err
	ls made >names
	printf "%s\n" l1.mkv l2.mkv | cmp - names
	for number in 1 2
	do
		frames made/l$number.mkv | cmp wanted/$number -
	done
	says pieces.slurm/status 0
	expect 0 "$VFLOW" batch --status pieces.slurm/manifest.jsonl
	says out "2 done"
	: >"$SLURM/log"
	rm made/l1.mkv
	expect 0 "$VFLOW" submit --wait --shards 3 batch --resume --split 2 pieces.yaml long
	test "$(grep -c "done: long/l1.mkv, part" "$SLURM/log")" -eq 2
	lacks "$SLURM/log" "done: long/l2.mkv"
	frames made/l1.mkv | cmp wanted/1 -
'

it 'does not join what is not whole, and makes nothing in the last job' '
	fresh
	expect 0 "$VFLOW" submit --shards 2 batch --split 2 pieces.yaml long/l1.mkv
	rm -f pieces.slurm/*.jsonl pieces.slurm/*status made/*
	status=0
	sh pieces.slurm/merge.sh >log2 2>&1 || status=$?
	test $status -eq 1
	grep "skipped: long/l1.mkv: part [12]/2: it is not complete" log2
	test -z "$(ls made)"
	SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=1 sh pieces.slurm/shard.sh >log2 2>&1
	test ! -e made/l1.mkv
	SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=2 sh pieces.slurm/shard.sh >log2 2>&1
	rm pieces.slurm/manifest.jsonl
	sh pieces.slurm/merge.sh >log2 2>&1
	frames made/l1.mkv | cmp wanted/1 -
	sh pieces.slurm/merge.sh >log2 2>&1 # it was queued again at its end
	lacks log2 "done: long/l1.mkv ("
	says pieces.slurm/status 0
	expect 2 "$VFLOW" submit batch --join --split 2 pieces.yaml long
	grep "its last job joins" err
'

it 'says what is wrong with its command line' '
	expect 2 "$VFLOW" submit
	grep "what can is: batch FLOW INPUT..." err
	expect 2 "$VFLOW" submit run flow.yaml
	grep "\"run\" cannot be submitted" err
	expect 2 "$VFLOW" submit batch
	grep "FLOW is missing" err
	expect 2 "$VFLOW" submit batch --manifest x flow.yaml in
	grep "are not for a batch that is submitted" err
	expect 2 "$VFLOW" submit --time 1:00 batch flow.yaml in
	grep "leaves no time before the runs are asked to stop" err
	expect 0 "$VFLOW" submit --dry-run --time 1-0 batch flow.yaml in
	expect 2 "$VFLOW" submit --widht 3 batch flow.yaml in
	expect 0 "$VFLOW" submit --help
	expect 69 "$VFLOW" submit batch flow.yaml "nothing*"
	: >empty
	expect 69 "$VFLOW" submit batch --from empty flow.yaml
	grep "there is no input" err
	expect 73 "$VFLOW" submit batch -s nodes.out.path=nowhere/x.mkv flow.yaml in/c1.mkv
	grep "no run could start" err
'

it 'says why nothing could be submitted' '
	fresh
	PATH=$usual_path
	if command -v sbatch >/dev/null
	then
		PATH=/nowhere
	fi
	expect 69 "$VFLOW" submit batch flow.yaml in
	/bin/grep "there is no sbatch here" err
	PATH=$workdir/bin:$usual_path
	printf "%s\n" "#!/bin/sh" "echo sbatch: error: no such partition >&2" "exit 1" >bin/sbatch
	expect 69 "$VFLOW" submit --partition x batch flow.yaml in
	says err "vflow: sbatch: error: no such partition"
'

done_testing
