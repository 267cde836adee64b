#!/bin/sh
# SPDX-License-Identifier: MIT
# Where zmq_in, zmq_out and the tasks of a run over TCP listen.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/ports.sh"

# sending ENDPOINT OPTION: writes a flow that sends numbers to whoever connects.
sending () {
	cat >sending.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 9}
	  away: {type: zmq_out, inputs: numbers, form: json, end: bye, endpoint: "$1"}
	END
}

# taking ENDPOINT: writes a flow that connects to it and prints what comes.
taking () {
	cat >taking.yaml <<-END
	vflow: 1
	nodes:
	  in: {type: zmq_in, mode: connect, form: json, end: bye, endpoint: "$1"}
	  out: {type: print, inputs: in.value}
	END
}

it 'leaves an endpoint of another run alone, and no file behind' '
	sending "ipc://$workdir/socket"
	taking "ipc://$workdir/socket"
	"$VFLOW" run -q sending.yaml &
	first=$!
	timeout "$limit" sh -c "until test -S socket; do sleep 0.02; done"
	expect 73 timeout "$limit" "$VFLOW" run -q sending.yaml
	grep "cannot bind ipc://$workdir/socket: Address already in use" err
	expect 0 timeout "$limit" "$VFLOW" run -q taking.yaml
	seq 0 9 | cmp - out
	wait "$first"
	test ! -e socket
	test ! -e socket.lock
'

it 'takes over what a run that was killed has left' '
	"$VFLOW" run -q sending.yaml &
	first=$!
	timeout "$limit" sh -c "until test -S socket; do sleep 0.02; done"
	kill -KILL "$first"
	wait "$first" || true
	test -S socket
	timeout "$limit" "$VFLOW" run -q taking.yaml >heard &
	expect 0 timeout "$limit" "$VFLOW" run -q sending.yaml
	wait $!
	seq 0 9 | cmp - heard
	test ! -e socket
'

it 'never removes a file that is no socket' '
	echo precious >file
	sending "ipc://$workdir/file"
	expect 73 timeout "$limit" "$VFLOW" run -q sending.yaml
	grep "cannot bind ipc://$workdir/file: File exists" err
	test "$(cat file)" = precious
'

it 'listens at names of this machine' '
	port=$base
	for host in localhost ::1 "[::1]"
	do
		case $host in
		*:*) grep -q "^00000000000000000000000000000001 " /proc/net/if_inet6 2>/dev/null || continue ;;
		esac
		port=$((port + 1))
		sending "tcp://$host:$port"
		taking "tcp://$host:$port"
		timeout "$limit" "$VFLOW" run -q taking.yaml >heard &
		expect 0 timeout "$limit" "$VFLOW" run -q sending.yaml
		wait $!
		seq 0 9 | cmp - heard
	done
'

it 'refuses endpoints that nothing can listen at, or connect to' '
	sending tcp://127.0.0.1
	expect 78 "$VFLOW" check sending.yaml
	grep "the endpoint \"tcp://127.0.0.1\" has no port" err
	taking "tcp://*:5555"
	expect 78 "$VFLOW" check --insecure taking.yaml
	grep "names no machine to connect to" err
'

# pair MODE ENDPOINT MODE ENDPOINT: writes a flow with two nodes for other programs.
pair () {
	cat >pair.yaml <<-END
	vflow: 1
	nodes:
	  in: {type: zmq_in, form: json, mode: $1, endpoint: "$2"}
	  out: {type: zmq_out, inputs: in.value, form: json, mode: $3, endpoint: "$4"}
	END
}

it 'refuses two nodes that would listen at one endpoint' '
	pair bind tcp://127.0.0.1:5555 bind tcp://127.0.0.1:5555
	expect 78 "$VFLOW" check --json pair.yaml
	grep "\"code\": *\"same-endpoint\"" out
	expect 78 "$VFLOW" check pair.yaml
	grep "^pair.yaml:4:76: out would listen at \"tcp://127.0.0.1:5555\", as in does.* mode: connect" err
	for pair in "tcp://localhost:5555 tcp://127.0.0.1:5555" "tcp://*:5555 tcp://127.0.0.1:5555" \
		"tcp://127.0.0.1:5555 tcp://0.0.0.0:5555" "tcp://[::1]:5555 tcp://0:0:0::1:5555" \
		"ipc://a ipc://a" "ipc://a ipc://./a" "ipc://$workdir/a ipc://a"
	do
		pair bind "${pair% *}" bind "${pair#* }"
		expect 78 "$VFLOW" check --insecure pair.yaml
		grep "would listen" err
		pair bind "${pair% *}" connect "${pair#* }"
		"$VFLOW" check --insecure pair.yaml >said 2>&1 || true
		test -z "$(grep "would listen" said)"
	done
	for pair in "tcp://127.0.0.1:5555 tcp://127.0.0.1:5556" "tcp://127.0.0.1:* tcp://127.0.0.1:*" \
		"tcp://127.0.0.1:5555 tcp://127.0.0.2:5555" "ipc://a ipc://b" "ipc:///a ipc://a"
	do
		pair bind "${pair% *}" bind "${pair#* }"
		expect 0 "$VFLOW" check --insecure pair.yaml
	done
'

it 'refuses sockets without keys that other machines reach, unless that is meant' '
	for host in 0.0.0.0 "*" "[::]" :: eth0 192.0.2.1 example.org 0x7f.1
	do
		sending "tcp://$host:5555"
		expect 78 "$VFLOW" check sending.yaml
		grep "is not only for this machine.* --insecure" err
		expect 0 "$VFLOW" check --insecure sending.yaml
	done
	for host in 127.0.0.1 127.1.2.3 localhost LOCALHOST ::1 "[::1]"
	do
		sending "tcp://$host:5555"
		expect 0 "$VFLOW" check sending.yaml
	done
'

# over HOST SECURITY: writes a flow whose tasks speak over TCP.
over () {
	cat >over.yaml <<-END
	vflow: 1
	transport: {tcp: {host: "$1", base: $base}}
	security: $2
	nodes:
	  numbers: {type: int_source, end: 9}
	  out: {type: print, inputs: numbers}
	END
}

it 'takes the tasks of a run to the address of a name or an interface' '
	for host in localhost 127.0.0.1 lo
	do
		over "$host" curve
		expect 0 timeout "$limit" "$VFLOW" run -q over.yaml
		seq 0 9 | cmp - out
	done
	over "*" curve
	expect 78 "$VFLOW" check over.yaml
	grep "host of tcp cannot be \"\\*\", since the tasks also connect to it" err
	over no-such-host.invalid curve
	expect 78 "$VFLOW" check over.yaml
	grep "which no address is known for" err
'

it 'refuses a run without keys that other machines reach, unless that is meant' '
	over 0.0.0.0 none
	expect 78 "$VFLOW" check over.yaml
	grep "error\\|whoever reaches the ports of 0.0.0.0 .* --insecure if you mean it" err
	expect 0 "$VFLOW" check --insecure over.yaml
	grep "warning: with security: none" err
	over localhost none
	expect 0 "$VFLOW" check over.yaml
	over 0.0.0.0 curve
	expect 0 "$VFLOW" check over.yaml
'

done_testing
