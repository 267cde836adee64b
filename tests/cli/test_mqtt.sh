#!/bin/sh
# SPDX-License-Identifier: MIT
# Messages to an MQTT broker: mosquitto, on a port of the loopback.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/ports.sh"

PATH=$PATH:/usr/sbin
if ! command -v mosquitto >/dev/null || ! command -v mosquitto_sub >/dev/null
then
	echo 'ok 1 - sends messages to an MQTT broker # SKIP no mosquitto and mosquitto_sub'
	echo 1..1
	exit 0
fi
port=$base
trap 'end_process KILL broker; end_process KILL listener
	test ! -e "$workdir/flows" || end_all
	rm -rf "$workdir"' EXIT

# end_process SIGNAL NAME: ends the process whose number is in the file NAME.pid, if there is one.
end_process () {
	test -e "$workdir/$2.pid" || return 0
	kill "-$1" "$(cat "$workdir/$2.pid")" 2>/dev/null
	gone "$(cat "$workdir/$2.pid")"
	rm -f "$workdir/$2.pid"
}

# serve [LINE...]: starts the broker, with these lines of configuration.
serve () {
	end_process KILL broker # a test that failed may have left one
	end_process KILL listener
	rm -f broker.log
	printf '%s\n' "log_dest file $PWD/broker.log" "listener $port 127.0.0.1" 'user root' "$@" \
		>broker.conf
	mosquitto -c broker.conf >broker.out 2>&1 &
	echo $! >broker.pid
	wait_for broker.log 'mosquitto version .* running'
}

# stop_broker: ends it as a crash does.
stop_broker () {
	end_process KILL broker
}

# halt_broker: ends it in good order, so that it writes down what it retains.
halt_broker () {
	end_process TERM broker
}

# reads TOPIC COUNT: prints what is retained there, once there are so many.
reads () {
	mosquitto_sub -h 127.0.0.1 -p "$port" -t "$1" -C "$2" -W "$limit"
}

# listen [WORD...]: writes all that is sent to the file `heard`, a topic and what it says a line.
listen () {
	rm -f heard
	stdbuf -oL mosquitto_sub -h 127.0.0.1 -p "$port" -v -d -q 2 -t '#' "$@" >heard 2>&1 &
	echo $! >listener.pid
	wait_for heard '^Subscribed'
}

# hears LINE: waits until that has been sent.
hears () {
	wait_for heard "^$1\$"
}

# stop_listening: leaves in `heard` what has been sent.
stop_listening () {
	end_process TERM listener
	sed -i '/^Client .* \(sending\|received\) /d; /^Subscribed /d' heard
}

cat >flow.yaml <<END
vflow: 1
vars: {end: 4}
nodes:
  numbers: {type: int_source, end: "\${end}"}
  out:
    type: mqtt_out
    inputs: numbers
    broker: mqtt://127.0.0.1:$port
    topic: test/{task}
END

# send WORD...: sends the numbers.
send () {
	timeout "$limit" "$VFLOW" run "$@" flow.yaml
}

it 'sends each message to its topic, in their order' '
	serve "allow_anonymous true"
	for qos in 0 1 2
	do
		for version in v5 v3.1.1
		do
			listen
			expect 0 send -s nodes.out.qos=$qos -s nodes.out.version=$version
			says err "wrote mqtt://127.0.0.1:$port: 5 messages"
			hears "test/numbers 4"
			stop_listening
			seq -f "test/numbers %g" 0 4 | cmp - heard
		done
	done
	stop_broker
'

it 'sends one message in a while of what is the same, and says how many are left out' '
	serve "allow_anonymous true"
	listen
	expect 0 send -s nodes.out.cooldown=1h -s nodes.out.payload=record -s nodes.out.camera=hall \
		-s nodes.out.topic="test/{camera}"
	says err "wrote mqtt://127.0.0.1:$port: 1 message, 4 suppressed"
	expect 0 send -s nodes.out.cooldown=1h -s nodes.out.cooldown_key="{value}"
	says err "wrote mqtt://127.0.0.1:$port: 5 messages"
	hears "test/numbers 4"
	stop_listening
	grep "^test/hall {.*\"camera\": \"hall\", \"suppressed\": 0}\$" heard
	test "$(wc -l <heard)" -eq 6
	stop_broker
'

it 'says what a record says, and puts its members into the topic' '
	serve "allow_anonymous true"
	listen
	sed "s,^  out:,  lines: {type: file_append\, inputs: numbers\, path: lines.jsonl}\n&," \
		flow.yaml >both.yaml
	expect 0 "$VFLOW" run both.yaml -s nodes.out.payload=record \
		-s "nodes.out.topic=test/{number}/{where}"
	hears "test/5/none {.*"
	stop_listening
	sed "s,^[^ ]* ,," heard | cmp - lines.jsonl
	sed "s, .*,," heard | cmp - - <<-END
	test/1/none
	test/2/none
	test/3/none
	test/4/none
	test/5/none
	END
	stop_broker
'

it 'sends text as it is, and several inputs as one' '
	serve "allow_anonymous true"
	listen
	cat >texts.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 1}
	  text:
	    type: process
	    command: [sed, -u, "s/.*/\"a word & \"/"]
	    form: jsonl
	    inputs: numbers
	    outputs: {out: value}
	  one: {type: mqtt_out, inputs: text, broker: "mqtt://127.0.0.1:$port", topic: one}
	  two:
	    type: mqtt_out
	    inputs: [numbers, text]
	    broker: mqtt://127.0.0.1:$port
	    topic: two/{numbers}
	END
	expect 0 timeout "$limit" "$VFLOW" run texts.yaml
	hears "one a word 1 "
	hears "two/1 {.*\"numbers\": 1, \"text\": \"a word 1 \"}"
	stop_listening
	stop_broker
'

it 'says that it is there, and that it has gone' '
	serve "allow_anonymous true"
	listen
	expect 0 send -s nodes.out.will=test/status -s nodes.out.online=here -s nodes.out.offline=gone
	hears "test/status gone"
	stop_listening
	head -n 1 heard | grep -x "test/status here"
	tail -n 1 heard | grep -x "test/status gone"
	# It is retained.
	reads test/status 1 | grep -x gone
	stop_broker
'

it 'has the broker say that it has gone when it is killed' '
	serve "allow_anonymous true"
	listen
	start -s nodes.out.will=test/status -s nodes.numbers.end=1000000 -s nodes.numbers.fps=100 flow.yaml
	hears "test/numbers 3"
	kill -9 "$(worker out)"
	hears "test/status offline"
	ends 1
	stop_listening
	stop_broker
'

it 'keeps the last message for those who come later, if it is to' '
	serve "allow_anonymous true"
	expect 0 send -s nodes.out.retain=true
	reads test/numbers 1 | grep -x 4
	stop_broker
'

# Each number has a topic of its own, where the broker retains it, and it is asked for all in the end.
it 'loses nothing when the broker goes away in the middle' '
	for qos in 1 2
	do
		rm -rf store
		mkdir store
		set -- "allow_anonymous true" "persistence true" "persistence_location $PWD/store/"
		serve "$@"
		start -s nodes.out.qos=$qos -s nodes.numbers.end=100000000 -s nodes.numbers.fps=500 \
			-s nodes.out.timeout=$limit -s nodes.out.topic=all/{number} \
			-s nodes.out.retain=true flow.yaml
		for round in 1 2 3
		do
			reads "all/${round}00" 1
			halt_broker
			await "test \$(grep -c \"; connecting again\" err) -eq $round"
			serve "$@"
		done
		reads all/450 1
		kill -INT "$flow"
		ends 130
		sent=$(sed -n "s/^wrote .*: \([0-9]*\) messages\$/\1/p" err)
		test "$sent" -ge 450
		reads "all/#" "$sent" | sort -n >all
		seq 0 $((sent - 1)) | cmp - all
		halt_broker
	done
'

it 'goes on when the broker has crashed' '
	serve "allow_anonymous true"
	start -s nodes.numbers.end=100000000 -s nodes.numbers.fps=500 -s nodes.out.timeout=$limit \
		-s nodes.out.retain=true flow.yaml
	reads test/numbers 1
	stop_broker
	wait_for err "warning: mqtt://127.0.0.1:$port: .*; connecting again"
	serve "allow_anonymous true"
	reads test/numbers 1
	kill -INT "$flow"
	ends 130
	stop_broker
'

it 'is told nothing of the tries after the first' '
	stop_broker
	start -s nodes.out.timeout=$limit -v flow.yaml
	wait_for err "warning: mqtt://127.0.0.1:$port: Connection refused; connecting again"
	serve "allow_anonymous true"
	ends 0
	grep "out: mqtt://127.0.0.1:$port: connected after [0-9.]* s" err
	grep -c "Connection refused" err | grep -x 1
	stop_broker
'

it 'fails when nobody is there for as long as it may take' '
	stop_broker
	expect 74 send -s nodes.out.timeout=500ms
	grep "out: mqtt://127.0.0.1:$port: Connection refused; nothing was sent for 0.5 s (timeout): start the broker, or set broker" err
	expect 74 send -s nodes.out.timeout=500ms -s nodes.out.broker=mqtt://no.such.host.invalid
	grep "out: mqtt://no.such.host.invalid:1883: .*; nothing was sent for 0.5 s" err
'

it 'fails when what listens there does not answer' '
	rm -f silent
	python3 -c "import signal, socket
listener = socket.create_server((\"127.0.0.1\", 0))
print(listener.getsockname()[1], flush=True)
signal.pause()" >silent &
	silent=$!
	wait_for silent "^[0-9]"
	told=true
	expect 74 send -s nodes.out.broker=mqtt://127.0.0.1:$(cat silent) -s nodes.out.timeout=500ms ||
		told=false
	kill "$silent"
	$told
	grep "out: mqtt://127.0.0.1:$(cat silent) does not answer for 0.5 s (timeout)" err
'

it 'says that what listens there is no broker' '
	rm -f other
	python3 -c "import socket
listener = socket.create_server((\"127.0.0.1\", 0))
print(listener.getsockname()[1], flush=True)
while True:
    client = listener.accept()[0]
    client.recv(1000)
    client.sendall(b\"HTTP/1.1 400 Bad Request\r\n\r\n\")
    client.close()" >other &
	other=$!
	wait_for other "^[0-9]"
	told=true
	expect 74 send -s nodes.out.broker=mqtt://127.0.0.1:$(cat other) -s nodes.out.timeout=1 ||
		told=false
	kill "$other"
	$told
	grep "out: mqtt://127.0.0.1:$(cat other): .*; nothing was sent for 1 s (timeout)" err
'

it 'says that the user or the password is wrong' '
	printf "" >passwords
	mosquitto_passwd -b passwords me geheim
	serve "allow_anonymous false" "password_file $PWD/passwords"
	expect 74 send
	grep "out: mqtt://127.0.0.1:$port: the broker refuses the connection: not authorized; set user" err
	for version in v5 v3.1.1
	do
		expect 74 send -v -v -s nodes.out.broker=mqtt://me:wrong-word@127.0.0.1:$port \
			-s nodes.out.version=$version --report report.json
		grep "the broker refuses the connection: .*; set user and password_env" err
		lacks err wrong-word
		lacks report.json wrong-word
	done
	expect 0 send -v -v -s nodes.out.broker=mqtt://me:geheim@127.0.0.1:$port
	lacks err geheim
	expect 0 "$VFLOW" explain -s nodes.out.broker=mqtt://me:geheim@127.0.0.1:$port flow.yaml
	grep "connect mqtt://.*@127.0.0.1:$port" out
	lacks out geheim
	stop_broker
'

it 'takes the password from the environment or a file' '
	printf "" >passwords
	mosquitto_passwd -b passwords me geheim
	serve "allow_anonymous false" "password_file $PWD/passwords"
	WORD=geheim expect 0 send -s nodes.out.user=me -s nodes.out.password_env=WORD
	unset WORD
	expect 73 send -s nodes.out.user=me -s nodes.out.password_env=WORD
	grep "password_env: the environment has no variable WORD; set it" err
	echo geheim >word
	expect 0 send -s nodes.out.user=me -s nodes.out.password_file=word
	"$VFLOW" config flow.yaml -s nodes.out.user=me -s nodes.out.password_file=word >shown
	lacks shown geheim
	: >word
	expect 73 send -s nodes.out.user=me -s nodes.out.password_file=word
	grep "password_file: cannot read a password from .*word: it is empty" err
	stop_broker
'

it 'says when the broker refuses a message' '
	echo "topic read #" >rights
	serve "allow_anonymous true" "acl_file $PWD/rights"
	expect 74 send
	grep "out: mqtt://127.0.0.1:$port refuses a message to test/numbers: Not authorized" err
	expect 65 send --realtime
	grep "out: warning: mqtt://127.0.0.1:$port refuses a message to test/numbers: Not authorized" err
	stop_broker
'

it 'shows Home Assistant what it sends, and again when the broker has forgotten' '
	serve "allow_anonymous true"
	start -s nodes.numbers.end=100000000 -s nodes.numbers.fps=500 -s nodes.out.timeout=$limit \
		-s nodes.out.will=test/status -s nodes.out.topic=test/numbers \
		-s "nodes.out.discovery={name: Numbers, icon: \"mdi:counter\"}" flow.yaml
	reads homeassistant/sensor/vflow_test_numbers/config 1 >config
	stop_broker
	wait_for err "; connecting again"
	serve "allow_anonymous true"
	reads homeassistant/sensor/vflow_test_numbers/config 1 | cmp - config
	kill -INT "$flow"
	ends 130
	python3 -c "import json
config = json.load(open(\"config\"))
assert config[\"name\"] == \"Numbers\" and config[\"icon\"] == \"mdi:counter\", config
assert config[\"state_topic\"] == \"test/numbers\", config
assert config[\"availability_topic\"] == \"test/status\", config
assert config[\"payload_not_available\"] == \"offline\", config"
	stop_broker
	expect 78 "$VFLOW" check flow.yaml -s "nodes.out.discovery={component: light}" \
		-s nodes.out.topic=test
	grep "component is sensor or binary_sensor" err
'

# certify NAME [FLAG...]: makes NAME.pem, a certificate for 127.0.0.1, and NAME.key.
certify () {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
		-keyout "$1.key" -out "$1.pem" -subj "/CN=$1" -addext subjectAltName="${2:-IP:127.0.0.1}"
}

it 'sends by TLS, to a broker that proves who it is' '
	command -v openssl >/dev/null || exit 0
	certify broker
	certify other
	certify client
	set -- -s nodes.out.broker=mqtts://127.0.0.1:$port
	serve "allow_anonymous true" "certfile $PWD/broker.pem" "keyfile $PWD/broker.key"
	expect 0 send "$@" -s nodes.out.ca=broker.pem
	says err "wrote mqtts://127.0.0.1:$port: 5 messages"
	expect 0 send "$@" -s nodes.out.insecure=true
	expect 74 send "$@"
	grep "out: mqtts://127.0.0.1:$port: TLS: certificate verify failed; see ca, cert, key and insecure" err
	expect 74 send "$@" -s nodes.out.ca=other.pem
	grep "TLS: certificate verify failed" err
	certify stranger DNS:other.host
	serve "allow_anonymous true" "certfile $PWD/stranger.pem" "keyfile $PWD/stranger.key"
	expect 74 send "$@" -s nodes.out.ca=stranger.pem
	grep "TLS: host name verification failed" err
	serve "allow_anonymous true" "certfile $PWD/broker.pem" "keyfile $PWD/broker.key" \
		"cafile $PWD/client.pem" "require_certificate true"
	expect 0 send "$@" -s nodes.out.ca=broker.pem -s nodes.out.cert=client.pem \
		-s nodes.out.key=client.key
	expect 74 send "$@" -s nodes.out.ca=broker.pem -s nodes.out.timeout=1
	serve "allow_anonymous true"
	expect 74 send "$@" -s nodes.out.ca=broker.pem -s nodes.out.timeout=1
	grep "out: mqtts://127.0.0.1:$port: " err
	stop_broker
'

it 'holds up no realtime flow, and counts what it drops' '
	cat >realtime.yaml <<-END
	vflow: 1
	mode: realtime
	nodes:
	  numbers: {type: int_source, end: 999}
	  shown: {type: print, inputs: {from: numbers, drop: never}}
	  out:
	    type: mqtt_out
	    inputs: {from: numbers, drop: never}
	    broker: mqtt://127.0.0.1:$port
	    topic: test
	    queue: 10
	    timeout: ${limit}s
	END
	stop_broker
	expect 0 timeout "$limit" "$VFLOW" run realtime.yaml -s nodes.out.timeout=100ms
	seq 0 999 | cmp - out
	says err "wrote mqtt://127.0.0.1:$port: 0 messages, 1000 dropped"
	start realtime.yaml
	wait_for out "^999\$"
	serve "allow_anonymous true"
	ends 0
	says err "wrote mqtt://127.0.0.1:$port: 10 messages, 990 dropped"
	stop_broker
'

it 'does not wait for a broker when it is stopped twice' '
	stop_broker
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
	broker=127.0.0.1 begins with neither mqtt:// nor mqtts://; mqtt://192.168.1.2:1883 does
	broker=mqtt://a:b@c:d the address has no port between 1 and 65535
	topic=test/# "+" and "#" are for those who subscribe
	will=test/{task} this topic has no fields
	password_env=WORD there is a password without a user; add user
	insecure=true begin the address with mqtts://
	END
'

done_testing
