#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

endless_flows

it 'prints a unit with whole paths and the flags of the run' '
	mkdir "a folder"
	cp endless.yaml "a folder/the flow.yaml"
	expect 0 "$VFLOW" service --grace 20 -s "nodes.out.end=100%\$x" --realtime "a folder/the flow.yaml"
	says out "ExecStart=$VFLOW run --name the_flow --grace 20 -s \"nodes.out.end=100%%\$\$x\" --realtime -- \"$workdir/a folder/the flow.yaml\""
	says out "WorkingDirectory=$workdir"
	says out "RuntimeDirectory=vflow-the_flow"
	says out "TimeoutStopSec=55"
	says out "Type=notify"
	says out "RestartPreventExitStatus=2 65 73 78"
	says out "WantedBy=multi-user.target"
'

it 'prints what the manual shows' '
	python3 "$root/tests/manual/examples.py" write examples "$root/man/vflow-http.7"
	sed "s/^ *//" "examples/vflow-http.7/unit" >unit # vflow-http.7 unit
	cp endless.yaml gate.yaml
	expect 0 "$VFLOW" service --http 127.0.0.1:8080 gate.yaml
	sed "s,^ExecStart=$VFLOW run ,ExecStart=/usr/local/bin/vflow run ,; s,$workdir,/srv/gate," out >printed
	while read -r line
	do
		says printed "$line"
	done <unit
'

it 'prints a unit for a user' '
	expect 0 "$VFLOW" service --user --name=cam endless.yaml
	says out "ExecStart=$VFLOW run --name cam -- $workdir/endless.yaml"
	says out "WantedBy=default.target"
	! grep -E "^(RuntimeDirectory|User|Environment)" out
'

it 'refuses what cannot be a service' '
	expect 2 "$VFLOW" service nothing.yaml
	grep "nothing.yaml is no flow file" err
	expect 2 "$VFLOW" service -
	expect 2 "$VFLOW" service --nonsense endless.yaml
	grep "unknown flag \"--nonsense\"" err
	expect 2 "$VFLOW" service -d endless.yaml
	expect 2 "$VFLOW" service --name a/b endless.yaml
	expect 2 "$VFLOW" service
	test ! -s out
	expect 0 "$VFLOW" service --help
'

if command -v systemd-analyze >/dev/null
then
	it 'prints what systemd understands' '
		expect 0 "$VFLOW" service -s "nodes.out.end=100%\$x" endless.yaml
		cp out endless.service
		systemd-analyze verify --man=no ./endless.service >verified 2>&1
		! grep endless.service verified
	'
fi

for place in "$workdir/notify" "@vflow-test-$$"
do
	it "tells the service manager at ${place##*/} how it is" "
		WATCHDOG_USEC=400000 expect 143 python3 \"\$root/tests/python/notified.py\" \"$place\" \
			sh -c 'exec \"\$0\" \"\$@\" >printed' \"\$VFLOW\" run endless.yaml
		grep -E '^READY=1; MAINPID=[0-9]+\$' out
		grep '^STATUS=[0-9]* frames  ' out
		grep '^WATCHDOG=1\$' out
		grep '^STOPPING=1; STATUS=stopping\$' out
		test \"\$(grep -n '^READY' out | cut -d: -f1)\" -lt \"\$(grep -n '^STOPPING' out | cut -d: -f1)\"
	"
	rm -f "$place"
done

it 'does not say that it is ready where it fails' '
	printf "vflow: 1\nnodes:\n  r: {type: video_reader, path: rubbish.mp4}\n  o: {type: void, inputs: r}\n" >rubbish.yaml
	echo rubbish >rubbish.mp4
	expect 69 python3 "$root/tests/python/notified.py" "$workdir/socket" "$VFLOW" run rubbish.yaml
	! grep READY out
'

it 'does not mind a service manager that is not there' '
	NOTIFY_SOCKET=/nowhere/at/all WATCHDOG_USEC=1000 expect 0 "$VFLOW" run "$root/pipelines/counting.yaml"
	NOTIFY_SOCKET=rubbish WATCHDOG_USEC=rubbish expect 0 "$VFLOW" run "$root/pipelines/counting.yaml"
	NOTIFY_SOCKET= expect 0 "$VFLOW" run "$root/pipelines/counting.yaml"
'

done_testing
