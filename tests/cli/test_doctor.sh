#!/bin/sh
# SPDX-License-Identifier: MIT
# What vflow doctor says of a machine that can run flows, and of one that cannot.
. "${0%/*}/harness.sh"

export XDG_RUNTIME_DIR="$workdir"

# found LEVEL TOPIC TEXT: passes when that is among the findings in `out`.
found () {
	grep -qE "^$1 +$2 +.*$3" out && return
	echo "no $1 of $2 with \"$3\":"
	cat out
	return 1
}

it 'finds out what flows need, and that one runs' '
	expect 0 "$VFLOW" doctor
	found ok modules "all [0-9]+ node types are there"
	found ok libraries "vflow [0-9.]+, libzmq [0-9.]+, .*libavcodec [0-9.]+"
	found ok encoders "libx264.*aac"
	found ok decoders "h264, hevc"
	found ok hardware "can be used"
	found "(ok|warning)" cascades "OpenCV"
	found ok memory "MB can be used.*/dev/shm is not needed"
	found ok limits "open files"
	found ok sandbox "no user namespaces"
	found "(ok|warning)" clock "cores"
	found "(ok|warning)" gpu ""
	found "(ok|warning)" cameras ""
	found ok terminal "no progress is shown"
	found ok "run folder" "$workdir"
	found "(ok|warning)" ports ""
	found ok run "a flow of three tasks ran, by transport shm"
	found ok run "a flow of three tasks ran, by transport ipc"
	grep -E "^0 problems, [0-9]+ warnings?: flows can run$" out
	test ! -s err
'

it 'says the same to programs' '
	expect 0 "$VFLOW" doctor --json
	python3 - <<-END
	import json
	found = json.load(open("out"))
	assert found["can_run"] is True and found["version"][0].isdigit()
	assert all(set(f) >= {"level", "topic", "text"} for f in found["findings"])
	assert {"ok"} <= {f["level"] for f in found["findings"]} <= {"ok", "warning"}
	END
'

it 'warns of what is missing, with what to do about it' '
	printf "<fontconfig><dir>/nowhere</dir><cachedir>%s</cachedir></fontconfig>" "$workdir" >fonts.conf
	expect 0 env FONTCONFIG_FILE="$workdir/fonts.conf" XDG_RUNTIME_DIR=/nowhere TMPDIR=/nothing \
		LC_ALL=xx_XX.UTF-8 "$VFLOW" doctor
	found warning fonts ""
	grep "^ *-> for draw_text and labels, install fonts" out
	found warning "run folder" "/nowhere is not a folder"
	found warning temporary "/nothing is not a folder"
	found warning locale "is not installed"
	expect 0 sh -c "ulimit -n 600; exec \"\$VFLOW\" doctor"
	found warning limits "only 600 files can be open"
'

it 'warns of a port that is in use' '
	timeout "$limit" python3 - >port <<-END &
	import socket, time
	listener = socket.socket()
	try:
	    listener.bind(("127.0.0.1", 4990))
	    listener.listen()
	except OSError:
	    pass  # somebody else has it
	print("bound", flush=True)
	time.sleep(600)
	END
	listener=$!
	wait_for port bound
	expect 0 "$VFLOW" doctor
	kill $listener
	found warning ports "in use: .*4990"
'

it 'lists the GPUs that the driver names' '
	mkdir driver
	$CC -shared -fPIC -o driver/libnvidia-ml.so.1 "$root/tests/cli/fake_nvml.c"
	expect 0 env LD_LIBRARY_PATH="$workdir/driver" "$VFLOW" doctor
	found ok gpu "0: "
'

it 'finds a problem where no flow can run, and says so by its status' '
	expect 70 sh -c "ulimit -n 12; ulimit -Hn 12; exec \"\$VFLOW\" doctor"
	found problem run "a flow of three tasks failed, by transport shm: vflow: .*files"
	grep -E "^[1-9] problems?, .*: flows cannot run$" out
'

it 'finds a module that is lost' '
	mkdir -p copy/modules
	cp "$VFLOW" copy/
	for module in "${VFLOW%/*}"/modules/*.so
	do
		ln -s "$module" copy/modules/
	done
	expect 0 copy/vflow doctor
	rm -f copy/modules/opencv.so
	expect 0 copy/vflow doctor
	found warning cascades "built without OpenCV"
	rm copy/modules/sound.so
	expect 70 copy/vflow doctor
	found problem modules "a module cannot be loaded"
	grep "is in the module sound, which cannot be loaded" err
'

done_testing
