# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# receiving.sh - words for tests that send video to somebody. Source it after running.sh.
: "${workdir:?source running.sh first}" "${limit:?}"
receiver=''
trap 'stop_receiver; test ! -e "$workdir/flows" || end_all; rm -rf "$workdir"' EXIT

# free_port KIND: prints a port of the loopback that nobody uses; KIND is STREAM or DGRAM.
free_port () {
	python3 -c "import socket; s = socket.socket(type=socket.SOCK_$1)
s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])"
}

# receive WORD...: starts a receiver, which is ended by the next test at the latest.
receive () {
	stop_receiver
	timeout "$((2 * limit))" "$@" >received.log 2>&1 </dev/null &
	receiver=$!
	echo "$receiver" >"$workdir/receiver"
}

# hear FILE: writes what comes over UDP to $port, which it chooses, into FILE, until `heard`.
hear () {
	port=$(free_port DGRAM)
	receive python3 -c "import socket, sys
hearer = socket.socket(type=socket.SOCK_DGRAM)
hearer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
hearer.bind((\"127.0.0.1\", $port))
with open(sys.argv[1], \"wb\") as file:
    while (data := hearer.recv(65536)) != b\"that was all\":
        file.write(data)" "$1"
	listens "$port" udp
}

# heard: says that nothing more will be sent, and waits until all has been written.
heard () {
	python3 -c "import socket
sender = socket.socket(type=socket.SOCK_DGRAM)
sender.sendto(b\"that was all\", (\"127.0.0.1\", $port))"
	gone "$receiver"
}

# stop_receiver: ends it, if there is one. ffmpeg leaves a read that waits only at the second signal.
# The two that timeout sends it may come as one, and more it does not hand on.
stop_receiver () {
	test -e "$workdir/receiver" || return 0
	stopped=$(cat "$workdir/receiver")
	rm -f "$workdir/receiver"
	for _ in $(seq "$limit")
	do
		# shellcheck disable=SC2046 # a list of processes
		kill "$stopped" $(pgrep -P "$stopped") 2>/dev/null || return 0
		timeout 1 tail -s 0.02 --pid="$stopped" -f /dev/null && return 0
	done
}

# listens PORT [tcp|udp]: passes once somebody has bound the port.
listens () {
	# shellcheck disable=SC2016 # that is for await
	await 'grep -qi ":$1 " "/proc/net/$2"' "$(printf "%04X" "$1")" "${2:-tcp}"
}

# tracks FILE: the codecs in it.
tracks () {
	ffprobe -v error -show_entries stream=codec_name -of csv=p=0 "$1" | grep . | sort -u | tr '\n' ' '
}

# pictures FILE: how many there are.
pictures () {
	ffmpeg -v error -nostdin -i "$1" -map 0:v:0 -fps_mode passthrough -f framemd5 - |
		grep -c '^0,'
}

rtmp=/usr/lib/nginx/modules/ngx_rtmp_module.so

# serve_rtmp: starts a server that records what is sent to rtmp://127.0.0.1:$port/live/NAME.
serve_rtmp () {
	port=$(free_port STREAM)
	cat >nginx.conf <<-END
	load_module $rtmp;
	daemon off;
	master_process off;
	pid $workdir/nginx.pid;
	error_log $workdir/nginx.log;
	events {}
	rtmp {
	  server {
	    listen 127.0.0.1:$port;
	    application live { live on; record all; record_path $workdir; }
	  }
	}
	END
	receive nginx -c "$workdir/nginx.conf" -e "$workdir/nginx.log"
	listens "$port"
}
