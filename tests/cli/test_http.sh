#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

cat >numbers.yaml <<'END2'
vflow: 1
nodes:
  numbers: {type: int_source, fps: 200}
  step: {type: identity, inputs: numbers}
  out: {type: print, inputs: step}
END2
cat >video.yaml <<'END2'
vflow: 1
mode: realtime
nodes:
  camera: {type: test_source, size: 320x240, rate: 25, live: true}
  motion: {type: motion, inputs: camera}
  draw: {type: draw_boxes, inputs: {video: camera, boxes: motion.boxes}}
  out: {type: void, inputs: draw}
END2

# shown WORD...: starts a run that is shown at a free port, and learns its address.
shown () {
	start --http 127.0.0.1:0 "$@"
	learn err
}

# learn FILE: learns the address from a line of a file.
learn () {
	# shellcheck disable=SC2016 # that is for await
	await 'grep -q "https\?://" "$1"' "$1"
	address=$(sed -n 's/.*\(https\{0,1\}:[^ ]*\).*/\1/p' "$1" | head -1)
	echo "$address"
}

# asks CHECK WORD...: makes a check of http_checks.py.
asks () {
	check=$1
	shift
	timeout "$limit" python3 "$root/tests/cli/http_checks.py" "$check" "$address" "$@"
}

it 'shows a run in a browser' '
	shown numbers.yaml
	wait_for out "^20\$"
	asks page
	asks flow numbers step out
	asks numbers
	asks events
	asks values step
	asks no_place
	asks read_only
	asks names
	kill -TERM "$flow"
	ends 143
'

it 'shows pictures of an edge, with boxes on them' '
	shown video.yaml
	asks picture camera
	asks picture draw
	asks picture 0
	asks film camera
	asks values motion.boxes
	asks lazy camera
	kill -TERM "$flow"
	ends 143
'

it 'shows private frames to nobody before they are redacted' '
	cat >private.yaml <<-END2
	vflow: 1
	mode: realtime
	nodes:
	  camera: {type: test_source, size: 320x240, rate: 25, live: true, private: true}
	  small: {type: resize, inputs: camera, width: 160, height: -1}
	  hidden: {type: blur_boxes, inputs: small, boxes: [[0, 0, 60, 80]]}
	  out: {type: void, inputs: hidden}
	END2
	shown private.yaml
	asks picture hidden
	asks private camera small
	expect_in out2 err2 1 "$VFLOW" tap private small
	grep -q "the frames there are private; look behind blur_boxes or mask" err2
	kill -TERM "$flow"
	ends 143
'

it 'goes on whatever comes' '
	shown numbers.yaml
	wait_for out "^20\$"
	asks bad_requests
	kill -TERM "$flow"
	ends 143
'

it 'lets whoever has the token steer' '
	shown --http-control numbers.yaml
	wait_for out "^20\$"
	asks token control
	asks steer
	ends 143
'

it 'takes the token from a file, and more names' '
	echo 0123456789abcdef >token
	shown --http-token token --http-name camera.example numbers.yaml
	test "${address#*token=}" = 0123456789abcdef
	asks token
	asks names camera.example
	kill -TERM "$flow"
	ends 143
	echo short >token
	expect 2 "$VFLOW" run --http 127.0.0.1:0 --http-token token numbers.yaml
	grep -q "16 to 128 letters" err
	expect 2 "$VFLOW" run --http-control numbers.yaml
	says err "vflow: --http-control is of no use without --http"
'

it 'says why nobody can listen there' '
	shown numbers.yaml
	place=${address#http://}
	expect_in out2 err2 2 "$VFLOW" run --http "${place%/}" numbers.yaml
	grep -q "cannot listen at ${place%/}: Address already in use" err2
	expect_in out2 err2 2 "$VFLOW" run --http nonsense numbers.yaml
	grep -q "\"nonsense\" is no address to listen at" err2
	kill -TERM "$flow"
	ends 143
'

it 'starts the server again when it dies, and the flow goes on' '
	shown numbers.yaml
	wait_for out "^20\$"
	server=$(pgrep -P "$flow" -x vflow:http)
	kill -9 "$server"
	wait_for err "it is started again"
	asks flow numbers step out
	kill -TERM "$flow"
	ends 143
	! kill -0 "$server" 2>/dev/null
'

it 'shows a run that is going on already' '
	start numbers.yaml
	wait_for out "^20\$"
	"$VFLOW" view >where &
	viewer=$!
	learn where
	asks flow numbers step out
	asks read_only
	kill -TERM "$viewer"
	wait "$viewer"
	# shellcheck disable=SC2016 # that is for await
	await "! pgrep -P \"\$1\" -x vflow:http" "$flow"
	"$VFLOW" view >where &
	viewer=$!
	learn where
	kill -TERM "$flow"
	ends 143
	wait "$viewer"
'

it 'hands on the last numbers of a run' '
	shown -s nodes.numbers.fps=20 -s nodes.numbers.end=60 numbers.yaml
	asks end out >last
	ends 0
	test "$(tail -1 last)" -eq "$(wc -l <out)"
'

it 'shows a flow that was changed meanwhile' '
	shown numbers.yaml
	wait_for out "^20\$"
	{
		cat numbers.yaml
		echo "  more: {type: void, inputs: step}"
	} >longer.yaml
	"$VFLOW" apply numbers longer.yaml
	# shellcheck disable=SC2016 # that is for await
	await "python3 \"\$1\" flow \"\$2\" numbers step out more 2>/dev/null" \
		"$root/tests/cli/http_checks.py" "$address"
	kill -TERM "$flow"
	ends 143
'

it 'serves a Unix socket, and removes it' '
	start --http unix:run.sock numbers.yaml
	await "test -S run.sock"
	python3 -c "
import socket
plug = socket.socket(socket.AF_UNIX)
plug.connect(\"run.sock\")
plug.sendall(b\"GET /api/v1/stats HTTP/1.0\r\n\r\n\")
print(plug.makefile().read())
" >answer
	grep -q "^HTTP/1.* 200 " answer
	kill -TERM "$flow"
	ends 143
	test ! -e run.sock
'

it 'takes the address from the flow, and lists it for those who do not trust that' '
	sed "s/^nodes:/http: 127.0.0.1:0\nnodes:/" numbers.yaml >own.yaml
	start own.yaml
	learn err
	asks flow numbers step out
	kill -TERM "$flow"
	ends 143
	"$VFLOW" check --untrusted own.yaml >listed
	grep -q "shows the run to browsers at 127.0.0.1:0" listed
'

it 'pauses sources, and lets them go on' '
	start numbers.yaml
	wait_for out "^20\$"
	"$VFLOW" pause >paused
	says paused "numbers is paused"
	"$VFLOW" top --json --once --interval 0.05 >object
	grep -q "\"state\":\"paused\"" object
	"$VFLOW" resume numbers numbers >resumed
	says resumed "numbers goes on"
	before=$(wc -l <out)
	await "test \"\$(wc -l <out)\" -gt $((before + 20))"
	expect_in out2 err2 1 "$VFLOW" pause numbers step
	grep -q "step: only sources can be paused" err2
	expect_in out2 err2 1 "$VFLOW" pause numbers nobody
	grep -q "nobody" err2
	"$VFLOW" pause numbers
	kill -TERM "$flow"
	ends 143
	"$VFLOW" run -q -s nodes.numbers.end=10 numbers.yaml >out
'

it 'serves HTTPS' '
	command -v openssl >/dev/null || { echo "no openssl"; exit 0; }
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost 2>/dev/null
	shown --http-cert cert.pem --http-key key.pem numbers.yaml
	test "${address%%:*}" = https
	asks flow numbers step out
	asks events
	kill -TERM "$flow"
	ends 143
	expect 2 "$VFLOW" run --http 127.0.0.1:0 --http-cert nowhere.pem numbers.yaml
	grep -q "cannot read the certificate nowhere.pem" err
'

done_testing
