# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# running.sh - words for tests that look at a flow while it runs. Source it after harness.sh.
# Runs have their sockets in the test's own folder, so that it shows whether any are left.
XDG_RUNTIME_DIR=${workdir:?source harness.sh first}
: "${limit:?}"
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

# endless_flows: writes endless.yaml, a flow that does not end, and slow.yaml, one whose messages in
# flight take a minute.
endless_flows () {
	cat >endless.yaml <<-'END'
	vflow: 1
	nodes:
	  numbers: {type: int_source, fps: 500}
	  step: {type: identity, inputs: numbers}
	  out: {type: print, inputs: step}
	END
	cat >slow.yaml <<-'END'
	vflow: 1
	nodes:
	  numbers: {type: int_source}
	  slow: {type: identity, fps: 0.2, inputs: {from: numbers, queue: 12}}
	  out: {type: print, inputs: slow}
	  first: {type: print, inputs: numbers}
	END
}

# start WORD...: starts `vflow run WORD...`; its output goes to the files `out` and `err`.
start () {
	rm -f out err
	"${VFLOW:?}" run "$@" >out 2>err &
	started $!
}

# start_gated WORD...: starts `vflow run WORD...`, whose task `out` prints lines of 2 kB into a pipe.
# While nobody reads them, the flow stands still some fifty messages further on: let_out and let_all
# do.
start_gated () {
	rm -f pipe out err
	mkfifo pipe
	"${VFLOW:?}" run -s "nodes.out.end=$(printf "%2000s" "" | tr " " "~")
" "$@" >pipe 2>err &
	started $!
	exec 3<pipe
	: >out
}

# stop_further SIGNAL: asks the flow for the next step of stopping. Signals within a tenth of a second
# are one request.
stop_further () {
	sleep 0.2 # the time itself, after the flow has told of the step before
	kill "-$1" "$flow"
}

# let_out PATTERN: lets lines out, into the file `out`, up to the first one like PATTERN, as the
# shell has patterns.
let_out () {
	while IFS= read -r line <&3
	do
		line=${line%%~*}
		echo "$line" >>out
		# shellcheck disable=SC2254 # it is a pattern
		case $line in $1) return ;; esac
	done
	echo "no line \"$1\" was printed"
	return 1
}

# let_all: lets all the rest out, to the end of the flow.
let_all () {
	timeout "$limit" sed "s/~.*//" <&3 >>out
	exec 3<&-
}

# worker NAME [OLD]: prints the process of a task, once it is there and is not the process OLD.
worker () {
	# shellcheck disable=SC2016 # that is for await
	await 'for process in $(pgrep -P "$1")
		do
			test "$(cat "/proc/$process/comm")" = "vflow:$2" || continue
			test "$process" != "${3:-}" || continue
			echo "$process"
			exit
		done 2>/dev/null
		false' "$flow" "$@"
}

# goes_on [LINES]: passes when the flow prints so many lines more than it has printed, one at least.
goes_on () {
	# shellcheck disable=SC2016 # that is for await
	await 'test "$(wc -l <out)" -ge "$1"' $(($(wc -l <out) + ${1:-1}))
}

# settle: waits until nothing has moved in the flow for as long as its --stall-report says.
settle () {
	wait_for err "^vflow: warning: nothing has moved for"
}

# ends STATUS: waits for the end of the flow; passes when it exits so, and leaves nothing.
ends () {
	workers=$(pgrep -P "$flow" || true) status=0
	if ! gone "$flow"
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
