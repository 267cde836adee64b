# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# running.sh - words for tests that look at a flow while it runs. Source it behind harness.sh.
# Runs have their sockets in the test's own folder, so that it shows whether any are left.
XDG_RUNTIME_DIR=${workdir:?source harness.sh first}
export XDG_RUNTIME_DIR
flow='' # the process of the last `start`
trap 'test ! -e "$workdir/flows" || end_all; rm -rf "$workdir"' EXIT

# end_all: kills the flows that tests which failed have left.
end_all () {
	while read -r left
	do
		kill -9 "$left" 2>/dev/null
	done <"$workdir/flows"
}

# started PROCESS: says that this is the flow, if the test did not `start` it.
started () {
	flow=$1
	echo "$flow" >>"$workdir/flows"
}

# start WORD...: starts `vflow run WORD...`; its output goes to the files `out` and `err`.
start () {
	rm -f out err
	"${VFLOW:?}" run "$@" >out 2>err &
	started $!
}

# worker NAME: prints the process of a task, once it is there.
worker () {
	timeout 10 sh -c '
		while :
		do
			for process in $(pgrep -P "$1")
			do
				test "$(cat "/proc/$process/comm")" = "vflow:$2" || continue
				echo "$process"
				exit
			done
			sleep 0.01
		done' sh "$flow" "$1" 2>/dev/null
}

# stop_further SIGNAL: asks the flow for the next step of stopping. Signals within a tenth of a second
# are one request.
stop_further () {
	sleep 0.2
	kill "-$1" "$flow"
}

# settle NAME: waits until every worker sleeps, and has done so five times in a row. NAME is the
# task that starts last.
settle () {
	test -n "$(worker "$1")"
	timeout 10 sh -c '
		quiet=0
		until test $quiet -eq 20
		do
			quiet=$((quiet + 1))
			for process in $(pgrep -P "$1")
			do
				grep -q "^State:.S" "/proc/$process/status" || quiet=0
			done
			sleep 0.02
		done' sh "$flow"
}

# ends STATUS: waits for the end of the flow; passes when it exits so, and leaves nothing.
ends () {
	workers=$(pgrep -P "$flow" || true) status=0
	if ! timeout 20 tail -s 0.02 --pid="$flow" -f /dev/null
	then
		echo 'it does not end'
		return 1
	fi
	wait "$flow" || status=$?
	rm -f "$workdir/flows" # it is the only one
	if test "$status" -ne "$1"
	then
		echo "exit status $status, not $1"
		cat err
		return 1
	fi
	leaves_nothing
}

# leaves_nothing: passes when no worker of the flow runs, and no socket is left.
leaves_nothing () {
	for process in ${workers:-}
	do
		kill -0 "$process" 2>/dev/null || continue
		echo "process $process is left"
		return 1
	done
	test ! -e "$XDG_RUNTIME_DIR/vflow" && return
	find "$XDG_RUNTIME_DIR/vflow"
	return 1
}

# is_prefix FILE: passes when FILE has the whole numbers from 0 on, one a line, and at least one.
is_prefix () {
	count=$(wc -l <"$1")
	test "$count" -gt 0 && seq 0 $((count - 1)) | cmp - "$1"
}
