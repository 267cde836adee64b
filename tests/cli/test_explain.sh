#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

cat >counting.yaml <<'END'
vflow: 1
vars: {last: 3}
defaults: {queue: 4}
nodes:
  numbers: {type: int_source, start: 1, end: "${last}"}
  left:    {type: identity, inputs: numbers}
  right:   {type: identity, inputs: {from: numbers, queue: 2}}
  both:    {type: joiner, inputs: [left, right]}
  out:     {type: print, inputs: both}
END

it 'says in words what runs, whether it fits, and where messages can be lost' '
	expect 0 "$VFLOW" explain counting.yaml
	says out "counting.yaml: batch, 5 tasks, 5 edges"
	says out "  numbers  int_source"
	says out "  left     identity, reads numbers"
	says out "  both     joiner, reads left and right; waits for what was made of the same message"
	grep -E "^  memory  [0-9.]+ MB for frames at most; [0-9]+ MB can be used here$" out
	grep -E "^  cores   5 tasks, [0-9]+ cores?" out
	says out "  nowhere: while a queue is full, its sender waits"
	! grep -E "5001|sockets" out
	expect 0 "$VFLOW" explain --realtime -s nodes.left.replicas=3 -s defaults.drop=oldest counting.yaml
	grep "^  left.1-3 *identity, reads numbers; 3 tasks share its work$" out
	grep -E "^  numbers.value -> right: when [0-9]+ are waiting, the oldest is dropped$" out
	! grep nowhere out
	expect 0 "$VFLOW" explain --realtime --transport tcp counting.yaml
	grep "^  sockets ports 4995 to 5005 of 127.0.0.1$" out
	grep -E "^  left.out -> both: when [0-9]+ are waiting, the next one is dropped$" out
	expect 0 "$VFLOW" explain --memory 1GB --gpus none -s nodes.left.gpu=any counting.yaml
	grep "the flow may have 1000.0 MB" out
	grep "^  gpu     left runs on the CPU: no GPU is left for it$" out
	expect 0 "$VFLOW" explain --gpus 1 -s nodes.left.gpu=any counting.yaml
	grep "^  gpu     left runs on 1, " out
	expect 0 "$VFLOW" explain -s nodes.left.group=g -s nodes.right.group=g -s nodes.both.group=g \
		counting.yaml
	grep "^  g .*left (identity).*, one after the other in one task, reads numbers; waits for " out
'

it 'numbers the tasks from 1, parents first, and names their sockets' '
	expect 0 "$VFLOW" explain --internals --transport ipc counting.yaml
	grep "^counting.yaml: batch, 5 tasks, 5 edges$" out
	grep -E "^ *1  numbers +int_source +5001 +4999 " out
	grep -E "^ *5  out +print +5005 +4995 " out
'

it 'shows how inputs are joined' '
	expect 0 "$VFLOW" explain --internals counting.yaml
	grep -E "^ *4  both +joiner .* origin$" out
	grep -E "^ *2  left +identity .* -$" out
'

it 'shows the queue of every edge and what it drops' '
	expect 0 "$VFLOW" explain --internals counting.yaml
	grep -E "numbers\.[a-z]+ -> left\.[a-z]+ +4 +never " out
	expect 0 "$VFLOW" explain --internals --realtime counting.yaml
	grep "^counting.yaml: realtime," out
	grep -E "numbers\.[a-z]+ -> left\.[a-z]+ +4 +newest " out
'

it 'takes values from the command line and reads standard input' '
	expect 0 "$VFLOW" explain --internals --var last=7 -s nodes.left.fps=5 - <counting.yaml
	grep "5 tasks" out
'

it 'shows the transport and its ports' '
	expect 0 "$VFLOW" explain --internals counting.yaml
	grep "^transport: shm; .* there are no sockets" out
	grep -E "^ *id +task +type +threads +payloads " out
	expect 0 "$VFLOW" explain --internals --transport ipc counting.yaml
	grep "^transport: ipc; a socket is a file in a private folder of the run, ipc://RUN/NUMBER" out
	grep -E "^ *5  out +print +5005 +4995 " out
	sed "2i transport: {tcp: {host: 127.0.0.2, base: 7000}}" counting.yaml >tcp.yaml
	expect 0 "$VFLOW" explain --internals tcp.yaml
	grep "^transport: tcp; a socket is a port of 127.0.0.2, for this run" out
	grep -E "^ *5  out +print +7005 +6995 " out
	expect 0 "$VFLOW" explain --internals --transport shm tcp.yaml
	grep "^transport: shm;" out
'

it 'says what is compressed, where something travels' '
	expect 0 "$VFLOW" explain --transport tcp -s defaults.wire=lz4 counting.yaml
	grep "^  wire    numbers.value -> left: by lz4, where that makes a payload smaller$" out
	test "$(grep -c "^  wire    " out)" = 5
	expect 0 "$VFLOW" explain --internals --transport ipc -s defaults.wire=lz4 counting.yaml
	grep -E "numbers\.[a-z]+ -> left\.[a-z]+ .*  by lz4$" out
	expect 0 "$VFLOW" explain --transport tcp counting.yaml
	! grep lz4 out
	expect 0 "$VFLOW" explain -s defaults.wire=lz4 counting.yaml
	! grep lz4 out
	sed "s/queue: 2}/queue: 2, wire: raw}/" counting.yaml >one.yaml
	expect 0 "$VFLOW" explain --transport tcp -s defaults.wire=lz4 one.yaml
	test "$(grep -c "^  wire    " out)" = 4
	! grep "^  wire .*right: " out
	expect 78 "$VFLOW" explain --transport tcp -s defaults.wire=zip counting.yaml
	grep "unknown wire \"zip\" of the defaults; it is one of raw, lz4, h264" err
	expect 0 "$VFLOW" explain --transport tcp -s defaults.wire=h264 counting.yaml
	grep "^  wire    numbers.value -> left: by lz4, where that makes a payload smaller$" out
	cat >pictures.yaml <<-END
	vflow: 1
	nodes:
	  picture: {type: test_source, frames: 1}
	  pass: {type: identity, inputs: picture}
	  film: {type: void, inputs: pass}
	  sound: {type: void, inputs: picture.audio}
	END
	expect 0 "$VFLOW" explain --transport tcp -s defaults.wire=h264 pictures.yaml
	grep "^  wire    picture.video -> pass: by h264, with loss; what it cannot carry by lz4$" out
	grep "^  wire    picture.audio -> sound: by lz4, where that makes a payload smaller$" out
	test "$(grep -c "^  wire    " out)" = 3
	expect 0 "$VFLOW" explain --internals --transport ipc -s defaults.wire=h264 pictures.yaml
	grep -E "picture\.video -> pass\.in .*  by h264, with loss$" out
	grep -E "picture\.audio -> sound\.in.*  by lz4$" out
	expect 0 "$VFLOW" explain -s defaults.wire=h264 pictures.yaml
	! grep h264 out
'

it 'has room for a time where it is asked for, and in realtime for two seconds of a recording' '
	cat >times.yaml <<-END
	vflow: 1
	mode: realtime
	nodes:
	  camera: {type: test_source, size: 160x120, rate: 50}
	  large: {type: test_source, size: 3840x2160, rate: 50}
	  small: {type: resize, inputs: {from: camera, queue: 500ms}, width: 80, height: 60}
	  out: {type: video_writer, inputs: {video: camera, audio: camera.audio}, path: o.mkv}
	  tall: {type: video_writer, inputs: large, path: l.mkv}
	  other: {type: video_writer, inputs: {video: {from: small, queue: 3}}, path: s.mkv}
	END
	expect 0 "$VFLOW" explain --internals times.yaml
	grep -E "camera.video -> small.video +25 +newest" out
	grep -E "camera.video -> out.video +100 +newest" out
	grep -E "camera.audio -> out.audio +200 +newest" out
	grep -E "large.video -> tall.video +21 +newest" out
	grep -E "small.video -> other.video +3 +newest" out
	expect 0 "$VFLOW" explain --internals --memory 2GB times.yaml
	grep -E "camera.video -> out.video +4 +newest" out
	expect 0 "$VFLOW" explain --internals --batch times.yaml
	grep -E "camera.video -> small.video +25 +never" out
	grep -E "camera.video -> out.video +4 +never" out
	grep -E "camera.audio -> out.audio +4 +never" out
'

it 'says why a queue is deeper than asked for' '
	expect 0 "$VFLOW" explain --internals counting.yaml
	grep -E "numbers.value -> right.in +4 .* queue 4 instead of 2: the branch through left holds 9$" out
'

it 'shows what a task does when it fails, where that is not as usual' '
	expect 0 "$VFLOW" explain --internals counting.yaml
	! grep -E "restart|on_error|stall_after" out
	expect 0 "$VFLOW" explain --internals -s nodes.left.restart=no -s nodes.right.on_error=skip \
		-s nodes.right.backoff=2 -s nodes.out.stall_after=0 counting.yaml
	grep -A 1 "^ *2  left " out | grep -x " *restart no"
	grep -A 1 "^ *3  right " out | grep -x " *backoff 2s, on_error skip"
	grep -A 1 "^ *5  out " out | grep -x " *stall_after 0s"
	expect 0 "$VFLOW" explain --internals -s defaults.restart=no counting.yaml
	test "$(grep -cx " *restart no" out)" -eq 4
'

it 'refuses two modes at once' '
	expect 2 "$VFLOW" explain --internals --batch --realtime counting.yaml
	grep "exclude each other" err
'

it 'says what is wrong with a flow that has mistakes, and where' '
	sed "s/type: joiner/type: joinr/" counting.yaml >wrong.yaml
	expect 78 "$VFLOW" explain --internals wrong.yaml
	grep "^wrong.yaml:8:.*joinr.*did you mean \"joiner\"" err
	test ! -s out
'

it 'says that a flow is not there' '
	expect 78 "$VFLOW" explain --internals nowhere.yaml
	grep "nowhere.yaml" err
'

done_testing
