#!/bin/sh
# SPDX-License-Identifier: MIT
# Messages to a NATS server: nats-server, on a port of the loopback.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/ports.sh"

PATH=$PATH:/usr/sbin
if ! command -v nats-server >/dev/null
then
	echo 'ok 1 - publishes messages to a NATS server # SKIP no nats-server'
	echo 1..1
	exit 0
fi
port=$base relay_port=$((base + 1))
export PYTHONDONTWRITEBYTECODE=1
trap 'end_process KILL server; end_process KILL listener; end_process KILL relay
	test ! -e "$workdir/flows" || end_all
	rm -rf "$workdir"' EXIT

# end_process SIGNAL NAME: ends the process whose number is in the file NAME.pid, if there is one.
end_process () {
	test -e "$workdir/$2.pid" || return 0
	kill "-$1" "$(cat "$workdir/$2.pid")" 2>/dev/null
	gone "$(cat "$workdir/$2.pid")"
	rm -f "$workdir/$2.pid"
}

# serve [LINE...]: starts the server, with these lines of configuration.
serve () {
	end_process KILL server # a test that failed may have left one
	end_process KILL listener
	end_process KILL relay
	rm -f server.log
	printf '%s\n' "listen: 127.0.0.1:$port" "log_file: \"$PWD/server.log\"" "$@" >server.conf
	nats-server -c server.conf >server.out 2>&1 &
	echo $! >server.pid
	wait_for server.log 'Server is ready'
}

# stop_server: ends it as a crash does.
stop_server () {
	end_process KILL server
}

# client WORD...: speaks to the server.
client () {
	timeout "$limit" python3 "$root/tests/python/nats_client.py" "$port" "$@"
}

# listen [FILE]: writes all that is published to a file, `heard` if it is not said, a line each.
listen () {
	rm -f "${1:-heard}"
	python3 "$root/tests/python/nats_client.py" "$port" hear >"${1:-heard}" 2>&1 &
	echo $! >listener.pid
	wait_for "${1:-heard}" '^Subscribed'
}

# stop_listening [FILE]: waits for all that was published, and leaves it in the file.
stop_listening () {
	client say the.end .
	wait_for "${1:-heard}" '^the.end \.'
	end_process TERM listener
	sed -i '/^Subscribed/d; /^the.end /d' "${1:-heard}"
}

cat >flow.yaml <<END
vflow: 1
vars: {end: 4}
nodes:
  numbers: {type: int_source, end: "\${end}"}
  out:
    type: nats_out
    inputs: numbers
    server: nats://127.0.0.1:$port
    subject: test.{task}
END

# send WORD...: sends the numbers.
send () {
	timeout "$limit" "$VFLOW" run "$@" flow.yaml
}

it 'publishes each message to its subject, in their order' '
	serve
	listen
	expect 0 send -s vars.end=499
	says err "wrote nats://127.0.0.1:$port: 500 messages"
	stop_listening
	seq -f "test.numbers %g" 0 499 | cmp - heard
	stop_server
'

it 'publishes what a record says, with its members in subject and headers' '
	serve
	listen
	sed "s,^  out:,  lines: {type: file_append\, inputs: numbers\, path: lines.jsonl}\n&," \
		flow.yaml >both.yaml
	expect 0 "$VFLOW" run both.yaml -s nodes.out.payload=record \
		-s "nodes.out.subject=test.{number}.{where}" \
		-s "nodes.out.headers={Task: \"{task}\", Nothing: \"\"}"
	stop_listening
	sed "s,^[^{]*,," heard | cmp - lines.jsonl
	sed "s, {.*,," heard | cmp - - <<-END
	test.1.none Task=numbers Nothing=
	test.2.none Task=numbers Nothing=
	test.3.none Task=numbers Nothing=
	test.4.none Task=numbers Nothing=
	test.5.none Task=numbers Nothing=
	END
	stop_server
'

it 'lets no text of a message into the protocol' '
	serve
	listen
	cat >texts.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 0}
	  text:
	    type: process
	    command: [sed, -u, "s/.*/{\"what\": \"a.b *> c\\\\\\\\r\\\\\\\\nPUB x 0\", \"n\": 1}/"]
	    form: jsonl
	    inputs: numbers
	    outputs: {out: value}
	  out:
	    type: nats_out
	    inputs: text
	    server: nats://127.0.0.1:$port
	    subject: one.{what}.{n}
	    headers: {What: "{what}"}
	END
	expect 0 timeout "$limit" "$VFLOW" run texts.yaml
	stop_listening
	test "$(wc -l <heard)" -eq 1
	grep "^one\.a_b____c__PUB_x_0\.1 What=a\.b \*> c  PUB x 0 {\"what\": " heard
	stop_server
'

it 'sends one message in a while of what is the same, and says how many are left out' '
	serve
	listen
	expect 0 send -s nodes.out.cooldown=1h -s nodes.out.payload=record -s nodes.out.camera=hall \
		-s "nodes.out.subject=test.{camera}"
	says err "wrote nats://127.0.0.1:$port: 1 message, 4 suppressed"
	stop_listening
	grep "^test.hall {.*\"camera\": \"hall\", \"suppressed\": 0}\$" heard
	test "$(wc -l <heard)" -eq 1
	stop_server
'

# The relay is what the flow talks to: whoever listens is there again before the flow is.
relay () {
	rm -f relayed
	python3 "$root/tests/python/tcp_relay.py" "$relay_port" "$port" >relayed 2>&1 &
	echo $! >relay.pid
	wait_for relayed listening
}

it 'loses nothing when the server goes away in the middle' '
	serve
	relay
	listen heard.0
	start -s vars.end=100000000 -s nodes.numbers.fps=500 -s nodes.out.timeout=$limit \
		-s nodes.out.server=nats://127.0.0.1:$relay_port flow.yaml
	for round in 1 2 3
	do
		wait_for heard.$((round - 1)) "^test.numbers ${round}00\$"
		end_process KILL relay
		await "test \$(grep -c \"; connecting again\" err) -eq $round"
		stop_listening heard.$((round - 1))
		serve
		listen heard.$round
		relay
	done
	wait_for heard.3 "^test.numbers 450\$"
	kill -INT "$flow"
	ends 130
	stop_listening heard.3
	sent=$(sed -n "s/^wrote .*: \([0-9]*\) messages\$/\1/p" err)
	test "$sent" -ge 450
	cat heard.? | sed "s/^test.numbers //" | sort -n -u >all
	seq 0 $((sent - 1)) | cmp - all
	end_process KILL relay
	stop_server
'

it 'has a stream store each message once, also when the server crashes in the middle' '
	mkdir store
	set -- "jetstream {store_dir: \"$PWD/store\"}"
	serve "$@"
	client ask "\$JS.API.STREAM.CREATE.ALL" "{\"name\": \"ALL\", \"subjects\": [\"test.>\"]}" >answer
	lacks answer error
	stored="python3 \"$root/tests/python/nats_client.py\" $port stored ALL"
	start -s vars.end=100000000 -s nodes.numbers.fps=500 -s nodes.out.timeout=$limit \
		-s nodes.out.jetstream=true flow.yaml
	for round in 1 2
	do
		await "$stored | grep \"^test.numbers ${round}00\\\$\""
		stop_server
		await "test \$(grep -c \"; connecting again\" err) -eq $round"
		serve "$@"
	done
	await "$stored | grep \"^test.numbers 300\\\$\""
	kill -INT "$flow"
	ends 130
	sent=$(sed -n "s/^wrote .*: \([0-9]*\) messages\$/\1/p" err)
	client stored ALL >all
	seq -f "test.numbers %g" 0 $((sent - 1)) | cmp - all
	expect 74 send -s nodes.out.jetstream=true -s nodes.out.subject=other.numbers
	grep -F "out: nats://127.0.0.1:$port refuses a message to other.numbers: no stream takes its subject (jetstream); add one to the server" err
	stop_server
'

it 'is told nothing of the tries after the first' '
	stop_server
	start -s nodes.out.timeout=$limit -v flow.yaml
	wait_for err "warning: nats://127.0.0.1:$port: Connection refused; connecting again"
	serve
	ends 0
	grep "out: nats://127.0.0.1:$port: connected after [0-9.]* s" err
	grep -c "Connection refused" err | grep -x 1
	stop_server
'

it 'fails when nobody is there for as long as it may take' '
	stop_server
	expect 74 send -s nodes.out.timeout=500ms
	grep "out: nats://127.0.0.1:$port: Connection refused; nothing was sent for 0.5 s (timeout): start the server, or set server" err
	expect 74 send -s nodes.out.timeout=500ms -s nodes.out.server=nats://no.such.host.invalid
	grep "out: nats://no.such.host.invalid:4222: .*; nothing was sent for 0.5 s" err
'

it 'says that what listens there is no server, or does not answer' '
	for answer in "HTTP/1.1 400 Bad Request" ""
	do
		rm -f other
		python3 -c "import socket, sys
listener = socket.create_server((\"127.0.0.1\", 0))
print(listener.getsockname()[1], flush=True)
clients = []
while True:
    clients.append(listener.accept()[0])
    if sys.argv[1]:
        clients[-1].sendall(sys.argv[1].encode() + b\"\r\n\r\n\")" "$answer" >other &
		other=$!
		wait_for other "^[0-9]"
		told=true
		expect 74 send -s nodes.out.server=nats://127.0.0.1:$(cat other) -s nodes.out.timeout=1 ||
			told=false
		kill "$other"
		gone "$other"
		$told
		grep "out: nats://127.0.0.1:$(cat other)\(: .*; nothing was sent\| does not answer\) for 1 s (timeout)" err
	done
'

it 'says that the user, the password or the token is wrong, and tells nobody what it is' '
	serve "authorization {users: [{user: me, password: geheim}]}"
	expect 74 send
	grep "out: nats://127.0.0.1:$port: the server refuses the connection: not authorized; set user" err
	expect 74 send -v -v -s nodes.out.server=nats://me:wrong-word@127.0.0.1:$port --report report.json
	grep "the server refuses the connection: wrong user, password, token or creds; set user and password_env" err
	lacks err wrong-word
	lacks report.json wrong-word
	expect 0 send -v -v -s nodes.out.server=nats://me:geheim@127.0.0.1:$port
	lacks err geheim
	expect 0 "$VFLOW" explain -s nodes.out.server=nats://me:geheim@127.0.0.1:$port flow.yaml
	grep "connect nats://.*@127.0.0.1:$port" out
	lacks out geheim
	serve "authorization {token: geheim}"
	expect 0 send -v -v -s nodes.out.server=nats://geheim@127.0.0.1:$port --report report.json
	lacks err geheim
	lacks report.json geheim
	echo geheim >word
	expect 0 send -s nodes.out.password_file=word
	expect 74 send -s nodes.out.server=nats://other-word@127.0.0.1:$port
	grep "the server refuses the connection: wrong user, password, token" err
	lacks err other-word
	stop_server
'

it 'takes the password from the environment or a file' '
	serve "authorization {users: [{user: me, password: geheim}]}"
	WORD=geheim expect 0 send -s nodes.out.user=me -s nodes.out.password_env=WORD
	unset WORD
	expect 73 send -s nodes.out.user=me -s nodes.out.password_env=WORD
	grep "password_env: the environment has no variable WORD; set it" err
	echo geheim >word
	expect 0 send -s nodes.out.user=me -s nodes.out.password_file=word
	"$VFLOW" config flow.yaml -s nodes.out.user=me -s nodes.out.password_file=word >shown
	lacks shown geheim
	expect 74 send -s nodes.out.creds=word -s nodes.out.timeout=500ms
	lacks err geheim
	stop_server
'

it 'says when the server refuses a message' '
	serve "max_payload: 600" \
		"authorization {users: [{user: me, password: geheim, permissions: {publish: {deny: [\"test.*\"]}}}]}"
	set -- -s nodes.out.server=nats://me:geheim@127.0.0.1:$port
	expect 74 send "$@"
	grep "out: nats://127.0.0.1:$port refuses a message to test.numbers: this user may not publish there (permissions)" err
	expect 65 send "$@" --realtime -s "nodes.out.inputs={from: numbers, drop: never}"
	grep "out: warning: nats://127.0.0.1:$port refuses a message.*: this user may not publish there" err
	says err "wrote nats://127.0.0.1:$port: 0 messages, 5 failed"
	expect 0 send "$@" -s nodes.out.subject=other.numbers
	printf "s/.*/\"%700s\"/\n" >long.sed
	sed "s,^  out:,  long: {type: process\, inputs: numbers\, command: [sed\, -u\, -f\, long.sed]\, form: jsonl\, outputs: {out: value}}\n&,
		s,inputs: numbers\$,inputs: long," flow.yaml >long.yaml
	expect 74 timeout "$limit" "$VFLOW" run long.yaml "$@" -s nodes.out.subject=other.numbers
	grep -F "out: nats://127.0.0.1:$port refuses a message to other.numbers: it takes no more than 600 bytes (max_payload)" err
	stop_server
'

# certify NAME [FLAG...]: makes NAME.pem, a certificate for 127.0.0.1, and NAME.key.
certify () {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
		-keyout "$1.key" -out "$1.pem" -subj "/CN=$1" -addext subjectAltName="${2:-IP:127.0.0.1}"
}

it 'sends by TLS, to a server that proves who it is' '
	command -v openssl >/dev/null || exit 0
	certify server
	certify other
	certify client
	set -- -s nodes.out.server=tls://127.0.0.1:$port
	serve "tls {cert_file: \"$PWD/server.pem\", key_file: \"$PWD/server.key\"}"
	expect 0 send "$@" -s nodes.out.ca=server.pem
	says err "wrote tls://127.0.0.1:$port: 5 messages"
	expect 0 send "$@" -s nodes.out.insecure=true
	SSL_CERT_FILE=$PWD/server.pem expect 0 send "$@"
	unset SSL_CERT_FILE
	expect 74 send "$@"
	grep "out: tls://127.0.0.1:$port: TLS: .*self.signed certificate.*; see ca, cert, key and insecure" err
	expect 74 send "$@" -s nodes.out.ca=other.pem
	grep "TLS: .*self.signed certificate" err
	expect 73 send "$@" -s nodes.out.ca=flow.yaml
	grep "out: tls://127.0.0.1:$port: cannot prepare a connection: .*flow.yaml" err
	certify stranger DNS:other.host
	serve "tls {cert_file: \"$PWD/stranger.pem\", key_file: \"$PWD/stranger.key\"}"
	expect 74 send "$@" -s nodes.out.ca=stranger.pem
	grep "TLS: .*IP address mismatch" err
	serve "tls {cert_file: \"$PWD/server.pem\", key_file: \"$PWD/server.key\"
		ca_file: \"$PWD/client.pem\", verify: true}"
	expect 0 send "$@" -s nodes.out.ca=server.pem -s nodes.out.cert=client.pem \
		-s nodes.out.key=client.key
	expect 74 send "$@" -s nodes.out.ca=server.pem -s nodes.out.timeout=1
	serve
	expect 74 send "$@"
	grep "out: tls://127.0.0.1:$port: the server has no TLS; begin the address with nats://" err
	stop_server
'

it 'holds up no realtime flow, and counts what it drops' '
	cat >realtime.yaml <<-END
	vflow: 1
	mode: realtime
	nodes:
	  numbers: {type: int_source, end: 999}
	  shown: {type: print, inputs: {from: numbers, drop: never}}
	  out:
	    type: nats_out
	    inputs: {from: numbers, drop: never}
	    server: nats://127.0.0.1:$port
	    subject: test
	    queue: 10
	    timeout: ${limit}s
	END
	stop_server
	expect 0 timeout "$limit" "$VFLOW" run realtime.yaml -s nodes.out.timeout=100ms
	seq 0 999 | cmp - out
	says err "wrote nats://127.0.0.1:$port: 0 messages, 1000 dropped"
	start realtime.yaml
	wait_for out "^999\$"
	serve
	ends 0
	says err "wrote nats://127.0.0.1:$port: 10 messages, 990 dropped"
	listen
	expect 0 timeout "$limit" "$VFLOW" run realtime.yaml -s nodes.out.queue=1000
	says err "wrote nats://127.0.0.1:$port: 1000 messages"
	stop_listening
	seq -f "test %g" 0 999 | cmp - heard
	stop_server
'

it 'does not wait for a server when it is stopped twice' '
	stop_server
	start -s nodes.out.timeout=1h flow.yaml
	wait_for err "connecting again"
	kill -INT "$flow"
	wait_for err "again to stop at once"
	stop_further INT
	ends 130
'

it 'finds mistakes before the run' '
	while read -r setting said
	do
		expect 78 "$VFLOW" check flow.yaml -s "nodes.out.$setting"
		grep "$said" err
	done <<-END
	server=127.0.0.1 begins with neither nats:// nor tls://; nats://192.168.1.2:4222 does
	server=nats://a:b@c:d the address has no port between 1 and 65535
	subject=test.> "\*" and ">" are for those who subscribe
	subject=test..a a subject has no empty levels; street.counts is one
	subject={what}. a subject has no empty levels
	subject=.{what} a subject has no empty levels
	headers={"a:b":"c"} header "a:b" cannot be sent
	insecure=true begin the address with tls://
	END
	expect 78 "$VFLOW" check flow.yaml -s "nodes.out.subject=a b"
	grep "a subject has no spaces" err
	expect 78 "$VFLOW" check flow.yaml -s nodes.out.creds=flow.yaml -s nodes.out.user=me
	grep "creds says who this is; remove it, or the user, password and token" err
'

done_testing
