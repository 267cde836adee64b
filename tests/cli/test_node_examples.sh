#!/bin/sh
# SPDX-License-Identifier: MIT
# The example of each node in vflow-nodes(7), which `vflow inspect` prints too, as a reader takes it.
. "${0%/*}/harness.sh"
. "$root/tests/cli/examples.sh"
. "$root/tests/cli/ports.sh"
. "$root/tests/cli/models.sh"
. "$root/tests/cli/cascades.sh"
take_runtime fake
fake_model yolo.onnx 'input images float32 1 3 64 64' 'output output0 float32 1 6 64' 'tells columns'
fake_model pose.onnx 'input images float32 1 3 64 64' 'output output0 float32 1 6 64' 'tells columns' \
	'metadata task detect'
fake_model lines.onnx 'input x float32 -1 3 -1 -1' 'output maps float32 -1 1 -1 -1'
fake_model characters.onnx 'input x float32 -1 3 48 -1' 'output softmax float32 -1 -1 4' 'tells bars'
printf '%s\n' a b c >characters.txt

# take NODE FLAG...: runs the example of a node.
take () {
	node_example "$1" >example.yaml
	shift
	expect 0 timeout "$limit" "$VFLOW" run -q "$@" example.yaml </dev/null
}

# makes NODE FILE...: passes when the example of a node writes these files.
makes () {
	node=$1
	shift
	rm -f "$@"
	take "$node"
	for file
	do
		test -s "$file"
	done
}

# frames FILE: prints how many frames a video has.
frames () {
	ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets \
		-of csv=p=0 "$1"
}

# prints NODE LINES: passes when the example of a node prints so many lines.
prints () {
	take "$1"
	test "$(wc -l <out)" -eq "$2"
}

# beside NODE SCRIPT FLAG...: runs the example of a node beside a program in Python, which has a
# socket at the address of the example: `sender` or `taker`.
beside () {
	test -n "$python" || exit 0
	node=$1 script=$2
	shift 2
	PYTHONPATH=$root/tests/python timeout "$limit" "$python" -c "import numpy, zmq
from pyzmq_functions import *
context = zmq.Context()
sender, taker = context.socket(zmq.PUSH), context.socket(zmq.PULL)
sender.connect(\"ipc://$workdir/6000\")
taker.connect(\"ipc://$workdir/6001\")
$script
sender.close()
taker.close()
context.term()" >heard 2>&1 &
	program=$!
	take "$node" "$@"
	wait "$program"
}

# The nodes that a flow of their own runs here. Those left out are named with the reason.
tested='device_reader' # there is no camera: its flow is checked below

# node NODE COMMAND: describes the example of a node.
node () {
	tested="$tested $1"
	it "$1: its example does what it says" "$2"
}

node file_append 'makes file_append frames.csv; test "$(wc -l <frames.csv)" -eq 25'
node image_writer 'makes image_writer shots/in-0001.jpg shots/in-0012.jpg; rm shots/in-*'
node convert_boxes 'makes convert_boxes boxes.jsonl; test "$(wc -l <boxes.jsonl)" -eq 24; rm boxes.jsonl'
node dataset_writer 'makes dataset_writer set/annotations.json set/data.yaml; rm -r set'
node metadata_log 'makes metadata_log small.mp4 times.csv'
node print 'prints print 24'
node video_writer 'makes video_writer out.mp4'
node void 'take void'
node blur_boxes 'makes blur_boxes hidden.mp4'
node count 'prints count 24'
cascade_files frontalface_default profileface
node cascade 'test -n "$has_opencv" || exit 0; makes cascade marked.mp4
	test "$(frames marked.mp4)" -eq 24'
node crop 'makes crop plate.mp4; test "$(ffprobe -v error -select_streams v \
	-show_entries stream=width,height -of csv=p=0 plate.mp4)" = 640,360'
node delay 'prints delay 23'
node detect 'take detect; test "$(frames marked.mp4)" -eq 24'
node draw_boxes 'makes draw_boxes marked.mp4'
node draw_objects 'makes draw_objects marked.mp4'
node draw_shapes 'makes draw_shapes marked.mp4'
node draw_text 'makes draw_text titled.mp4'
node every 'prints every 12'
node filter 'makes filter out.mp4'
node identity 'prints identity 41'
node joiner 'prints joiner 41'
node mask 'makes mask street.mp4'
node max 'prints max 10'
node motion 'makes motion marked.mp4 motion.jsonl; test "$(wc -l <motion.jsonl)" -eq 24'
node min 'prints min 10'
node recognize 'prints recognize 24'
node overlay 'makes overlay out.mp4'
node product 'prints product 10'
node rate 'makes rate out.mp4'
node resize 'makes resize small.mp4'
node retime 'makes retime lapse.mp4'
node hold 'makes hold steady.mp4'
node sound_filter 'makes sound_filter out.mp4'
node volume 'makes volume out.mp4'
node loudness 'makes loudness out.mp4'
node mix 'makes mix out.mp4; ffprobe -v error -select_streams a \
	-show_entries stream=codec_name,duration -of csv=p=0 out.mp4 | grep "^aac,12.0"'
node scene 'makes scene scenes.jsonl scene-001.jpg'
node sum 'prints sum 10'
node tile 'makes tile sheet.jpg'
node folder_reader 'makes folder_reader all.mp4'
node image_reader 'makes image_reader shots.mp4'
node int_source 'prints int_source 10'
node run_events 'makes run_events out.mp4 events.jsonl; test "$(wc -l <events.jsonl)" -eq 2'
node test_source 'makes test_source test.mp4'
node video_reader 'makes video_reader minute.mp4'

node watch 'take watch; test -e alarms.jsonl'

takes_all='for i in range(24):
    print(recv_array(taker).shape, flush=True)'
node convert 'beside convert "$takes_all"; test "$(uniq heard)" = "(540, 960)"'
node zmq_out 'beside zmq_out "$takes_all"; test "$(uniq heard)" = "(180, 320, 3)"'
node window 'beside window "for i in range(2):
    print(recv_array(taker).shape)"; test "$(uniq heard)" = "(16, 112, 112, 3)"'
node zmq_in 'beside zmq_in "for i in range(5):
    send_array(sender, numpy.zeros((90, 160, 3), \"uint8\"))
sender.send(b\"bye\")" -s nodes.pictures.end=bye; test -s out.mp4'

# answering ARRAY: prints Python that answers each of 24 frames with an array.
answering () {
	cat <<-END
	array = $1
	for i in range(24):
	    number = taker.recv_json()["number"]
	    taker.recv()
	    header = {"number": number, "dtype": str(array.dtype), "shape": array.shape}
	    sender.send_json(header, zmq.SNDMORE)
	    sender.send(array)
	END
}

node draw_masks 'beside draw_masks "$(answering "numpy.zeros((1, 540, 960), \"uint8\")")"
	test "$(frames marked.mp4)" -eq 24'
node draw_tracks 'beside draw_tracks \
	"$(answering "numpy.array([[40, 60, 200, 320, 7]], \"float32\")")"
	test "$(frames marked.mp4)" -eq 24'

# A detector that finds one object, which moves on.
node track '
	test -n "$python" || exit 0
	cat >detect <<-END
	#!$(command -v "$python")
	import sys
	sys.path.insert(0, "$root/python")
	import vflow
	for number, (frame,) in enumerate(vflow.run()):
	    vflow.emit([[40, 60 + 4 * number, 200, 220 + 4 * number, 0, 0.9]])
	END
	chmod +x detect
	take track
	test "$(frames marked.mp4)" -eq 24
'

# The same one, which goes down over the line.
node count_lines '
	test -n "$python" || exit 0
	sed "s/40, 60 + 4 \* number, 200, 220 + 4 \* number/40 + 8 * number, 60, 200 + 8 * number, 220/" \
		detect >again
	chmod +x again
	mv again detect
	rm -f events.jsonl
	take count_lines
	test "$(frames titled.mp4)" -eq 24
	test "$(wc -l <events.jsonl)" -eq 1
	grep "\"where\": \"door\".*\"direction\": \"in\"" events.jsonl
'

node zones '
	test -n "$python" || exit 0
	rm -f stays.jsonl inside.jsonl
	take zones
	test "$(wc -l <inside.jsonl)" -eq 24
	grep -c "\"what\": \"entered\"" stays.jsonl | grep -x 1
	grep -c "\"what\": \"loitering\"" stays.jsonl | grep -x 1
'

node speed '
	test -n "$python" || exit 0
	rm -f fast.jsonl speeds.jsonl
	take speed
	test "$(wc -l <speeds.jsonl)" -eq 24
	grep "\"what\": \"speeding\"" fast.jsonl
'

node webhook '
	timeout "$limit" python3 "$root/tests/python/hook_server.py" "$workdir" &
	await "test -s port"
	node_example webhook | sed "s|127.0.0.1:8080/frames|127.0.0.1:$(cat port)/ok|" >example.yaml
	expect 0 timeout "$limit" "$VFLOW" run -q example.yaml
	kill $!
	test "$(wc -l <requests)" -eq 12
'

node mqtt_out '
	PATH=$PATH:/usr/sbin
	command -v mosquitto >/dev/null || exit 0
	node_example mqtt_out >example.yaml
	printf "%s\n" "log_dest file $PWD/broker.log" "listener $base 127.0.0.1" "user root" \
		"allow_anonymous true" >broker.conf
	mosquitto -c broker.conf >broker.out 2>&1 &
	broker=$!
	told=true
	wait_for broker.log "mosquitto version .* running" || told=false
	sed -i "s|127.0.0.1:1883|127.0.0.1:$base|" example.yaml
	expect 0 timeout "$limit" "$VFLOW" run -q example.yaml || told=false
	kill "$broker"
	gone "$broker"
	$told
	grep "New client connected from 127.0.0.1" broker.log
'

node nats_out '
	PATH=$PATH:/usr/sbin
	command -v nats-server >/dev/null || exit 0
	node_example nats_out | sed "s|127.0.0.1:4222|127.0.0.1:$base|" >example.yaml
	printf "%s\n" "listen: 127.0.0.1:$base" "log_file: \"$PWD/server.log\"" "debug: true" >server.conf
	nats-server -c server.conf >server.out 2>&1 &
	server=$!
	told=true
	wait_for server.log "Server is ready" || told=false
	expect 0 timeout "$limit" "$VFLOW" run -q example.yaml || told=false
	kill "$server"
	gone "$server"
	$told
	grep "Client connection created" server.log
'

# A program that tells what it gets.
node process '
	printf "%s\n" "#!/bin/sh" "exec \"${VFLOW%/*}/process/client\" tell" >detect
	chmod +x detect
	prints process 100
'

node python '
	test -n "$python" || exit 0
	mkdir interpreter
	ln -s "$(command -v "$python")" interpreter/python3
	PATH=$PWD/interpreter:$PATH
	prints python 10
'

it 'has a flow for each node, and all of them without a mistake' '
	mkdir checked
	for name in $(node_names)
	do
		case " $tested " in
		*" $name "*) ;;
		*)
			echo "no test takes the example of $name"
			exit 1
			;;
		esac
		node_example "$name" >"checked/$name.yaml"
	done
	expect 0 "$VFLOW" check checked/*.yaml
	test "$(grep -c ": ok$" out)" -eq "$(node_names | wc -l)"
'

done_testing
