#!/bin/sh
# SPDX-License-Identifier: MIT
# vflow export: scripts and manifests. `make check-export` compares those in tests/golden/export with
# the published schemas.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/exporting.sh"

endless_flows

# reads FILE TEXT...: passes when FILE has each TEXT, which may be of several lines.
reads () {
	python3 -c 'import sys
text = open(sys.argv[1]).read()
sys.exit("\n".join("not there: " + wanted for wanted in sys.argv[2:] if wanted not in text) or 0)' "$@" && return
	cat "$1"
	return 1
}

while read -r file words
do
	it "prints $file as ever" "
		expect 0 \"\$VFLOW\" export $words
		lacks err .
		neutral out | diff \"\$root/tests/golden/export/$file\" -
	"
done <<END
$(exports)
END

if command -v systemd-analyze >/dev/null
then
	it 'prints units that systemd understands' '
		expect 0 "$VFLOW" export --to systemd --output units --cpus 2 --mem 1GB camera.yaml
		expect 0 "$VFLOW" export --to systemd --output units --shards 4 --name "films" film.yaml in
		says out units/films@.service
		expect 0 "$VFLOW" export --to systemd --output units --name once film.yaml in --user
		cp units/films@.service units/films@1.service
		for unit in camera films@1 once
		do
			systemd-analyze verify --man=no "./units/$unit.service" >verified 2>&1
			lacks verified "$unit"
		done
	'
fi

if command -v shellcheck >/dev/null
then
	it 'prints scripts that shellcheck has nothing against' '
		for words in camera.yaml "--shards 2 film.yaml in" "film.yaml in"
		do
			expect 0 "$VFLOW" export --to slurm $words
			shellcheck out
		done
	'
fi

it 'quotes what shells, systemd, Kubernetes and Compose would change' '
	cp camera.yaml "the flow.yaml"
	set -- --name cam --var "x=a b\$(HOME)'"'"'\"\$\$100%" "the flow.yaml"
	expect 0 "$VFLOW" export --to slurm "$@"
	sed -n "s|^.*vflow run|printf \"%s=\" run|p" out | sed "s/ &\$//" >words.sh
	test "$(sh words.sh)" = "run=--name=cam=--var=x=a b\$(HOME)'"'"'\"\$\$100%=--=$workdir/the flow.yaml="
	expect 0 "$VFLOW" export --to kubernetes "$@"
	reads out "- \"x=a b\$\$(HOME)'"'"'\\\"\$\$\$100%\""
	expect 0 "$VFLOW" export --to compose "$@"
	reads out "- \"x=a b\$\$(HOME)'"'"'\\\"\$\$\$\$100%\""
	expect 0 "$VFLOW" export --to systemd "$@"
	reads out "--var \"x=a b\$\$(HOME)'"'"'\\\"\$\$\$\$100%%\" -- \"$workdir/the flow.yaml\""
'

it 'prints a job of which each index does its part, and a flow that can be read' '
	rm -rf made/* pod
	expect 0 "$VFLOW" export --to kubernetes --shards 2 film.yaml in
	mkdir pod
	ln -s "$workdir/in" "$workdir/made" pod
	for index in 0 1
	do
		pod_command out pod >command.sh
		JOB_COMPLETION_INDEX=$index sh -e command.sh
	done
	test "$(ls made)" = "c1.mkv
c2.mkv
c3.mkv
film-1.jsonl
film-2.jsonl"
	test "$(cat made/film-?.jsonl | grep -c "\"state\": *\"done\"")" -eq 3
'

it 'prints a script whose elements do their parts' '
	rm -rf made/*
	expect 0 "$VFLOW" export --to slurm --shards 2 film.yaml in
	cp out script
	for element in 1 2
	do
		SLURM_ARRAY_TASK_ID=$element expect 0 bash script
	done
	test "$(ls made | grep -c mkv)" -eq 3
'

# under_slurm WORD...: starts the script of a flow in the background, with an scontrol that notes what
# it is asked, and waits until the run has started.
under_slurm () {
	rm -f out err requeued
	mkdir -p bin
	printf "#!/bin/sh\necho \"\$@\" >>%s/requeued\n" "$workdir" >bin/scontrol
	chmod +x bin/scontrol
	"$VFLOW" export --to slurm "$@" >script
	PATH=$workdir/bin:$PATH SLURM_JOB_ID=7 bash script >out 2>err &
	started $!
	wait_for out "^20\$"
}

it 'stops before the time is over, and is queued again where it goes on' '
	under_slurm endless.yaml
	kill -USR1 "$flow"
	ends 143
	says requeued "requeue 7"
'

it 'stops where it is cancelled, and does not come again' '
	under_slurm endless.yaml
	kill -TERM "$flow"
	ends 143
	test ! -e requeued
'

it 'does not begin again what has an end' '
	under_slurm --as job endless.yaml
	kill -USR1 "$flow"
	ends 143
	test ! -e requeued
'

it 'asks for what the plan needs, or what it is told' '
	expect 0 "$VFLOW" export --to slurm -s nodes.film.threads=3 film.yaml in/c1.mkv
	reads out "--cpus-per-task=5"
	expect 0 "$VFLOW" export --to slurm --cpus 5 --mem 3GiB --gpus 0 gpus.yaml
	reads out "--cpus-per-task=5" "--mem=3072M"
	lacks out gres
	expect 0 "$VFLOW" export --to slurm gpus.yaml
	reads out "--gres=gpu:3"
	expect 0 "$VFLOW" export --to slurm --jobs 2 film.yaml in
	reads out "--cpus-per-task=6" " --jobs 2 "
	expect 0 "$VFLOW" export --to slurm stream.yaml
	reads err "how much memory it needs is not known"
	lacks out "mem="
'

it 'takes a source without an end for a service, and anything else for a job' '
	for source in "test_source" "int_source" "video_reader, path: in/c1.mkv, loop: -1" \
		"video_reader, path: \"rtsp://localhost:1/x\"" "device_reader, device: testsrc2, format: lavfi" \
		"zmq_in, endpoint: \"ipc://$workdir/x\"" "image_reader, path: \"pictures/*.png\", loop: -1" \
		"folder_reader, path: in, loop: -1"
	do
		printf "vflow: 1\nnodes:\n  a: {type: %s}\n  b: {type: void, inputs: a}\n" "$source" >x.yaml
		expect 0 "$VFLOW" export --to kubernetes x.yaml
		reads out "kind: Deployment"
	done
	for source in "test_source, frames: 1" "int_source, end: 3" "video_reader, path: in/c1.mkv" \
		"video_reader, path: in/c1.mkv, loop: -1, frames: 9" \
		"video_reader, path: \"https://localhost:1/x.mp4\"" \
		"video_reader, path: \"rtsp://localhost:1/x\", duration: 1h" \
		"device_reader, device: testsrc2, format: lavfi, frames: 3" \
		"zmq_in, endpoint: \"ipc://$workdir/x\", count: 3" "image_reader, path: \"pictures/*.png\"" \
		"folder_reader, path: in"
	do
		printf "vflow: 1\nnodes:\n  a: {type: %s}\n  b: {type: void, inputs: a}\n" "$source" >x.yaml
		expect 0 "$VFLOW" export --to kubernetes x.yaml
		reads out "kind: Job"
	done
'

it 'mounts each folder once, where the flow looks for it' '
	mkdir -p "$workdir/deep/er" away
	cat >paths.yaml <<-END
	vflow: 1
	nodes:
	  a: {type: video_reader, path: in/c1.mkv}
	  b: {type: video_writer, inputs: a, path: "$workdir/deep/er/a.mkv", codec: mjpeg}
	  c: {type: file_append, inputs: a, path: "$workdir/deep/lines.txt"}
	  d: {type: image_writer, inputs: a, path: "./away/{seq}.png"}
	  e: {type: print, inputs: a}
	END
	expect 0 "$VFLOW" export --to compose --volume in=films --volume models=../models paths.yaml
	reads out "
    volumes:
      - type: bind
        source: $workdir/deep
        target: $workdir/deep
      - type: bind
        source: \"./away\"
        target: /work/away
      - type: volume
        source: films
        target: /work/in
        read_only: true
      - type: bind
        source: \"../models\"
        target: /work/models
        read_only: true
    configs:" "
volumes:
  films: {}
"
	expect 0 "$VFLOW" export --to kubernetes --volume in=films --volume models=/srv/models paths.yaml
	reads out "
        - name: in
          persistentVolumeClaim:
            claimName: films
            readOnly: true
        - name: models
          hostPath:
            path: /srv/models
"
'

it 'puts included files into the flow, and takes one that the image has' '
	printf "nodes:\n  out: {type: void, inputs: numbers}\n" >part.yaml
	printf "vflow: 1\ninclude: part.yaml\nnodes:\n  numbers: {type: int_source}\n" >whole.yaml
	expect 0 "$VFLOW" export --to compose whole.yaml
	lacks out include
	reads out "type: void"
	printf "vflow: 1\nnodes:\n  n: {type: int_source}\n  p: {type: flow, file: sub.yaml, inputs: n}\n" >parts.yaml
	printf "vflow: 1\ninputs: {n: out}\nnodes:\n  out: {type: void}\n" >sub.yaml
	expect 78 "$VFLOW" export --to compose parts.yaml
	reads err "its sub-flows are in other files"
	expect 0 "$VFLOW" export --to kubernetes --flow-path /flows/parts.yaml parts.yaml
	reads out "- /flows/parts.yaml"
	lacks out ConfigMap
'

it 'makes a name that Kubernetes takes, and a file' '
	cp endless.yaml "My Flow_2.yaml"
	expect 2 "$VFLOW" export --to kubernetes --output made/here "My Flow_2.yaml" --name -x
	expect 0 "$VFLOW" export --to kubernetes --output made/here "My Flow_2.yaml"
	says out made/here/my-flow-2.yaml
	reads made/here/my-flow-2.yaml "name: my-flow-2-flow"
	expect 73 "$VFLOW" export --to slurm --output endless.yaml/here endless.yaml
'

it 'refuses what does not go together, and says why' '
	while read -r status reason words
	do
		expect "$status" "$VFLOW" export $words </dev/null
		test ! -s out
		reads err "$(echo "$reason" | tr _ " ")"
	done <<-END
	2 --to_is_missing endless.yaml
	2 FLOW_is_missing --to slurm
	2 --shards_deals_out_inputs --to slurm --shards 2 endless.yaml
	2 Compose_has_no_shards --to compose --shards 2 film.yaml in
	2 --replicas_is_for_services --to kubernetes --replicas 2 film.yaml in
	2 a_service_has_no_inputs --to slurm --as service film.yaml in
	2 --user_is_for --to slurm --user endless.yaml
	2 --namespace_is_for --to slurm --namespace x endless.yaml
	2 --volume_and_--flow-path --to slurm --volume a=b endless.yaml
	2 --volume_is_a_folder --to compose --volume a endless.yaml
	2 unknown_flag_"--nonsense" --to slurm --pass=--nonsense endless.yaml
	2 has_to_be_a_file --to slurm --chain x
	2 give_the_name_of_a_file --to slurm -
	69 nothing --to slurm film.yaml nothing*.mkv
	78 no_node_reads_the_inputs --to slurm endless.yaml in
	78 input --to slurm film.yaml
	END
'

done_testing
