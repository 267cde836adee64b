#!/bin/sh
# SPDX-License-Identifier: MIT
# Messages to a web server. tests/python/hook_server.py tells what its paths do.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY no_proxy NO_PROXY
python3 -B "$root/tests/python/hook_server.py" "$workdir" &
server=$!
trap 'kill "$server"; test ! -e "$workdir/flows" || end_all; rm -rf "$workdir"' EXIT
wait_for port '^[0-9]' || exit 1
base=http://127.0.0.1:$(cat port)

cat >hook.yaml <<END
vflow: 1
vars: {path: ok, end: 4}
nodes:
  numbers: {type: int_source, end: "\${end}"}
  hook:
    type: webhook
    inputs: numbers
    url: "$base/\${path}"
    headers: {Authorization: "Bearer \${TOKEN:-none}", X-Empty: ""}
    retry_pause: 10ms
    timeout: 5s
END

# hook PATH WORD...: sends five numbers to PATH.
hook () {
	path=$1
	shift
	rm -f requests
	TOKEN=secret timeout "$limit" "$VFLOW" run --var path="$path" "$@" hook.yaml
}

# requests EXPRESSION: prints it for each request that has come; r is the request.
requests () {
	python3 -c 'import json, sys
for line in open("requests"):
    r = json.loads(line)
    print(eval(sys.argv[1]))' "$1"
}

it 'sends each message as the line that file_append writes' '
	sed "s,^  hook:,  lines: {type: file_append\, inputs: numbers\, path: lines.jsonl}\n&," \
		hook.yaml >both.yaml
	rm -f requests
	expect 0 "$VFLOW" run both.yaml
	says err "wrote $base/ok: 5 messages"
	requests "r[\"body\"]" | cmp - lines.jsonl
'

it 'sends its headers, and says what it is' '
	hook ok 2>err
	test "$(requests "r[\"method\"]" | sort | uniq -c | tr -d " ")" = 5POST
	test "$(requests "r[\"headers\"][\"Authorization\"]" | uniq)" = "Bearer secret"
	test "$(requests "r[\"headers\"][\"Content-Type\"]" | uniq)" = application/json
	test -z "$(requests "r[\"headers\"][\"X-Empty\"]" | uniq)"
	requests "r[\"headers\"][\"User-Agent\"]" | grep "^vflow/[0-9]"
	test "$(requests "r[\"peer\"]" | uniq | wc -l)" -eq 1
	hook ok -s nodes.hook.headers.Content-Type=text/plain 2>err
	test "$(requests "r[\"headers\"][\"Content-Type\"]" | uniq)" = text/plain
'

it 'uses the method that is asked for' '
	for method in put patch
	do
		hook ok -s nodes.hook.method=$method 2>err
		test "$(requests "r[\"method\"]" | uniq | tr A-Z a-z)" = $method
		test "$(requests "json.loads(r[\"body\"])[\"value\"]" | tr "\n" " ")" = "0 1 2 3 4 "
	done
	hook ok -s nodes.hook.method=get 2>err
	test "$(requests "r[\"method\"] + r[\"body\"]" | uniq)" = GET
'

it 'sends several messages in one request' '
	expect 0 hook ok -s nodes.hook.batch=2
	says err "wrote $base/ok: 5 messages"
	test "$(requests "[m[\"value\"] for m in json.loads(r[\"body\"])]" | tr "\n" " ")" = \
		"[0, 1] [2, 3] [4] "
'

it 'tries again what may do better, and sends nothing twice that was taken' '
	expect 0 hook fails/2 -v -v
	grep "$base/fails/2 answers 503: not yet; retrying in 0.0[01] s" err
	test "$(requests "json.loads(r[\"body\"])[\"value\"]" | tr "\n" " ")" = "0 0 0 1 2 3 4 "
	expect 0 hook hangs/1
	test "$(requests "json.loads(r[\"body\"])[\"value\"]" | sort -u | wc -l)" -eq 5
'

it 'waits as long as the server asks' '
	expect 0 hook busy -v
	grep "$base/busy answers 429; retrying in 1.00 s" err
	test "$(requests "json.loads(r[\"body\"])[\"value\"]" | tr "\n" " ")" = "0 0 1 2 3 4 "
'

it 'gives up after its retries, and says what the answer was' '
	expect 74 hook fails/9 -s nodes.hook.retries=2
	grep "hook: $base/fails/9 answers 503: not yet\$" err
	test "$(wc -l <requests)" -eq 3
'

it 'does not repeat what can only fail again' '
	expect 74 hook status/404
	grep "hook: $base/status/404 answers 404: the answer\$" err
	test "$(wc -l <requests)" -eq 1
	expect 74 hook moved
	grep "$base/moved answers 301: it is now http://127.0.0.1/new\$" err
	test "$(wc -l <requests)" -eq 1
'

it 'shows nobody what is secret' '
	sed "s,http://,http://me:secret@,; s,{path},{path}?key=secret," hook.yaml >hidden.yaml
	rm -f requests
	TOKEN=secret expect 74 "$VFLOW" run -v -v --var path=echo --report report.json hidden.yaml
	grep "$base/echo answers 400\$" err
	test "$(requests "r[\"path\"]")" = "/echo?key=secret"
	! grep -r secret err out report.json
'

it 'says that nobody is there' '
	expect 74 timeout "$limit" "$VFLOW" run -s nodes.hook.url=http://127.0.0.1:1/hook hook.yaml \
		-s nodes.hook.retries=1
	grep "hook: http://127.0.0.1:1/hook: Failed to connect to 127.0.0.1 port 1" err
'

it 'says that an answer takes too long' '
	expect 74 hook slow -s nodes.hook.timeout=100ms -s nodes.hook.retries=0
	grep "hook: $base/slow: Operation timed out after" err
'

it 'does not send to a server that cannot prove who it is' '
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
		-keyout key.pem -out cert.pem -days 2 \
		-subj /CN=127.0.0.1 2>/dev/null || exit 0
	python3 - <<-END &
	import http.server, ssl
	context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	context.load_cert_chain("cert.pem", "key.pem")
	server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
	server.socket = context.wrap_socket(server.socket, server_side=True)
	print(server.server_address[1], file=open("tls_port", "w"))
	server.serve_forever()
	END
	tls=$!
	told=true
	wait_for tls_port "^[0-9]" || told=false
	expect 74 timeout "$limit" "$VFLOW" run hook.yaml \
		-s nodes.hook.url="https://127.0.0.1:$(cat tls_port)/" || told=false
	kill "$tls"
	$told
	grep -i "certificate" err
'

it 'finds mistakes before the run' '
	expect 78 "$VFLOW" check hook.yaml -s nodes.hook.url=ftp://127.0.0.1/
	grep "url is none of http or https; http://127.0.0.1:8080/hook is one" err
	expect 78 "$VFLOW" check hook.yaml -s "nodes.hook.headers.Two Words=1"
	grep "header \"Two Words\" cannot be sent" err
	expect 78 "$VFLOW" check hook.yaml -s nodes.hook.batch=200
	grep "a batch of 200 needs a queue of so many" err
	expect 78 "$VFLOW" check hook.yaml -s nodes.hook.batch=2 -s nodes.hook.method=get
	grep "method: get sends no messages" err
'

# Nothing is dropped between the tasks: a hook that waited would make the flow wait.
cat >realtime.yaml <<END
vflow: 1
mode: realtime
vars: {path: slow}
nodes:
  numbers: {type: int_source, end: 999}
  shown: {type: print, inputs: {from: numbers, drop: never}}
  hook:
    type: webhook
    inputs: {from: numbers, drop: never}
    url: "$base/\${path}"
    queue: 10
    retry_pause: 0s
    retries: 1
END

it 'holds up no realtime flow, and counts what it drops' '
	rm -f requests go
	start realtime.yaml
	wait_for out "^999\$" # and the server has not answered once
	: >go
	ends 0
	rm go
	seq 0 999 | cmp - out
	sent=$(wc -l <requests)
	test "$sent" -ge 10
	test "$sent" -le 1000
	grep "^wrote $base/slow: $sent messages, $((1000 - sent)) dropped\$" err
'

it 'sends what waits in one request, in realtime' '
	rm -f requests go
	start -s nodes.hook.batch=10 realtime.yaml
	wait_for out "^999\$"
	: >go
	ends 0
	rm go
	sent=$(requests "len(json.loads(r[\"body\"]))" | awk "{ n += \$1 } END { print n }")
	grep "^wrote $base/slow: $sent messages, $((1000 - sent)) dropped\$" err
	test "$(requests "len(json.loads(r[\"body\"]))" | sort -n | tail -n 1)" -gt 1
'

it 'goes on in realtime when messages are lost, and says so' '
	expect 65 timeout "$limit" "$VFLOW" run --var path=status/404 realtime.yaml
	seq 0 999 | cmp - out
	grep "hook: warning: $base/status/404 answers 404: the answer; .* lost\$" err
	grep "^wrote $base/status/404: 0 messages.* failed\$" err
	expect 0 timeout "$limit" "$VFLOW" run --max-errors 100000 --var path=status/404 realtime.yaml
'

it 'does not wait for a server at its end when it is stopped twice' '
	rm -f requests
	start -s nodes.hook.timeout=1h realtime.yaml
	wait_for out "^999\$"
	wait_for requests .
	kill -INT "$flow"
	wait_for err "again to stop at once"
	stop_further INT
	ends 130
	grep "^wrote $base/slow: 0 messages, 1000 dropped\$" err
'

it 'stops in the middle of a request when it is told twice' '
	rm -f requests
	start -s nodes.hook.timeout=1h --var path=slow hook.yaml
	wait_for requests .
	kill -INT "$flow"
	wait_for err "again to stop at once"
	stop_further INT
	ends 130
'

it 'sends again what was in work when its process was killed, and all that follows' '
	rm -f requests go
	start -s nodes.hook.restart=on-failure --var path=slow hook.yaml
	wait_for requests .
	kill -9 "$(worker hook)"
	wait_for err "killed"
	: >go
	ends 0
	rm go
	test "$(requests "json.loads(r[\"body\"])[\"value\"]" | tr "\n" " ")" = "0 0 1 2 3 4 "
'

# picture.py: prints what there is in the requests: each field of a form, and the size of each JPEG.
cat >picture.py <<'END'
import base64, email, json, subprocess
def size(data):
    assert data[:2] == b"\xff\xd8", data[:20]
    answer = subprocess.run(["ffprobe", "-v", "error", "-f", "mjpeg", "-show_entries",
                             "stream=codec_name,width,height", "-of", "csv=p=0", "-"], input=data,
                            capture_output=True)
    return answer.stdout.decode().strip()
for line in open("requests"):
    r = json.loads(line)
    body, kind = base64.b64decode(r["bytes"]), r["headers"]["Content-Type"]
    if kind == "image/jpeg":
        print("body:", size(body))
    elif kind == "application/json":
        value = json.loads(body)
        print("json:", ",".join(value), size(base64.b64decode(value["picture"])))
    else:
        form = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\n\n" + body)
        assert form.get_content_type() == "multipart/form-data", kind
        for part in form.get_payload():
            name, data = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
            if part.get_filename():
                print(name + ":", part.get_filename(), part.get_content_type(), size(data))
            else:
                print(name + ":", data.decode())
END

cat >picture.yaml <<END
vflow: 1
nodes:
  reader: {type: test_source, frames: 50, size: 64x48, rate: 25}
  few: {type: every, inputs: reader, nth: 25}
  hook: {type: webhook, inputs: {in: few, video: reader}, url: "$base/ok"}
END

# pictures WORD...: sends two frames with their pictures, and prints what has come.
pictures () {
	rm -f requests
	timeout "$limit" "$VFLOW" run "$@" picture.yaml 2>err
	python3 picture.py
}

it 'sends a picture in a form, in the JSON, or alone' '
	pictures -s nodes.hook.picture=form >come
	test "$(grep -c "^picture: picture.jpg image/jpeg mjpeg,64,48\$" come)" -eq 2
	test "$(grep -c "^event: {.number.: " come)" -eq 2
	pictures -s nodes.hook.picture=form -s nodes.hook.picture_name=files[0] \
		-s nodes.hook.body.content="frame {number} at {camera}" -s nodes.hook.camera=door >come
	printf "content: frame %s at door\nfiles[0]: picture.jpg image/jpeg mjpeg,64,48\n" 1 26 |
		cmp - come
	pictures -s nodes.hook.picture=base64 >come
	test "$(uniq come)" = "json: number,timestamp,source,value,picture mjpeg,64,48"
	pictures -s nodes.hook.picture=body -s nodes.hook.method=put \
		-s nodes.hook.headers.Title="frame {number}" >come
	test "$(uniq come)" = "body: mjpeg,64,48"
	test "$(requests "r[\"headers\"][\"Title\"]" | tr "\n" " ")" = "frame 1 frame 26 "
	test "$(requests "r[\"method\"]" | uniq)" = PUT
'

it 'tries again with the whole form' '
	pictures -s nodes.hook.picture=form -s nodes.hook.url="$base/fails/1" \
		-s nodes.hook.retry_pause=10ms >come
	test "$(grep -c "^picture: picture.jpg image/jpeg mjpeg,64,48\$" come)" -eq 3
'

# Of frames at 25 a second, and by their time: it counts in batch.
cat >often.yaml <<END
vflow: 1
nodes:
  reader: {type: test_source, frames: 50, size: 64x48, rate: 25}
  hook: {type: webhook, inputs: reader, url: "$base/ok", queue: 20}
END

# often WORD...: sends what is left of 50 frames in two seconds.
often () {
	rm -f requests
	expect 0 timeout "$limit" "$VFLOW" run --report report.json "$@" often.yaml
}

it 'sends one message in a while of what is the same, and counts the others' '
	often -s nodes.hook.cooldown=1s -s nodes.hook.cooldown_key="{camera}"
	test "$(requests "(json.loads(r[\"body\"])[\"number\"], json.loads(r[\"body\"])[\"value\"][\"suppressed\"])" |
		tr "\n" " ")" = "(1, 0) (26, 24) "
	says err "wrote $base/ok: 2 messages, 48 suppressed"
	grep -E "\"suppressed\": ?48" report.json
	often -s nodes.hook.cooldown=1h -s nodes.hook.cooldown_key="{timestamp}"
	test "$(wc -l <requests)" -eq 50
	often -s nodes.hook.cooldown=1s -s nodes.hook.cooldown_key="{number}" -s nodes.hook.camera=door
	test "$(requests "json.loads(r[\"body\"])[\"value\"][\"camera\"]" | uniq)" = door
'

it 'collects what comes within a while in one request' '
	often -s nodes.hook.collect=1s -s nodes.hook.queue=100
	test "$(requests "(json.loads(r[\"body\"])[\"count\"], len(json.loads(r[\"body\"])[\"messages\"]))" |
		tr "\n" " ")" = "(25, 25) (25, 25) "
	says err "wrote $base/ok: 50 messages"
	often -s nodes.hook.collect=1h
	test "$(requests "json.loads(r[\"body\"])[\"count\"]" | sort -n | tail -n 1)" -eq 20
	test "$(requests "json.loads(r[\"body\"])[\"count\"]" | awk "{ n += \$1 } END { print n }")" -eq 50
	often -s nodes.hook.collect=1h -s nodes.hook.queue=100 \
		-s nodes.hook.body.text="{count} frames, the first is {number}"
	test "$(requests "r[\"body\"]")" = "{\"text\": \"50 frames, the first is 1\"}"
	expect 74 timeout "$limit" "$VFLOW" run -s nodes.hook.collect=1s \
		-s nodes.hook.url="$base/status/404" often.yaml
'

it 'collects by the clock where it goes on, and fails as it would' '
	rm -f requests
	start -s nodes.numbers.end=9223372036854775807 -s nodes.numbers.fps=100 \
		-s nodes.hook.collect=100ms --var path=ok realtime.yaml
	wait_for requests "messages.*messages" || wait_for requests "count"
	kill -INT "$flow"
	ends 130
	test "$(requests "json.loads(r[\"body\"])[\"count\"]" | sort -n | tail -n 1)" -gt 1
'

it 'tells of the run itself' '
	printf "%s\n" "vflow: 1" "events: hook" nodes: \
		"  numbers: {type: int_source, end: 5}" "  out: {type: void, inputs: numbers}" \
		"  hook: {type: webhook, url: \"$base/ok\", camera: hall, body: {message: \"{what} in {camera}: {details.flow}\"}}" \
		>run.yaml
	rm -f requests
	expect 0 "$VFLOW" run run.yaml
	test "$(requests "json.loads(r[\"body\"])[\"message\"]" | tr "\n" " ")" = \
		"run_started in hall: run.yaml run_ended in hall: run.yaml "
'

it 'finds mistakes in what is to be sent' '
	check () {
		expect 78 "$VFLOW" check "$@"
	}
	check often.yaml -s nodes.hook.body.text="{what"
	grep "body: .*{what.* is not closed" err
	check often.yaml -s nodes.hook.headers.Title="{a b}"
	grep "headers: a field is named by letters" err
	check often.yaml -s nodes.hook.cooldown_key="{number:3}"
	grep "cooldown_key: a field has no format here" err
	check often.yaml -s nodes.hook.collect=1s -s nodes.hook.batch=2
	grep "collect: batch makes lists already" err
	check picture.yaml -s nodes.hook.picture=form -s nodes.hook.batch=2
	grep "batch: a list has no picture" err
	check picture.yaml -s nodes.hook.picture=form -s nodes.hook.method=get
	grep "method: get sends no body and no picture" err
	check often.yaml -s nodes.hook.picture=form
	grep "input .in. of hook is not connected" err
'

done_testing
