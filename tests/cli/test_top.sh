#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/find_python.sh"

cat >pace.yaml <<'END2'
vflow: 1
nodes:
  numbers: {type: int_source}
  step: {type: identity, inputs: numbers, replicas: 2}
  pace: {type: identity, inputs: step, fps: 200}
  out: {type: print, inputs: pace}
END2

# tmux_on COLUMNS WORD...: runs a command in a terminal of so many columns. It waits for `go`.
terminal=$workdir/terminal
trap 'for left in "$workdir"/terminal*; do tmux -S "$left" kill-server 2>/dev/null; done; test ! -e "$workdir/flows" || end_all; rm -rf "$workdir"' EXIT
tmux_on () {
	columns=$1
	shift
	terminal=$workdir/terminal.$count # a server that ends takes no session any more
	tmux -S "$terminal" -f /dev/null new-session -d -x "$columns" -y 20 "$@"
}

# shows PATTERN: passes once the terminal shows a line like that.
shows () {
	# shellcheck disable=SC2016 # that is for await
	await 'tmux -S "$1" capture-pane -p 2>/dev/null >screen && grep -qE -e "$2" screen' "$terminal" "$1" && return
	cat screen
	return 1
}

keys () {
	tmux -S "$terminal" send-keys "$@"
}

it 'shows each task once' '
	start pace.yaml
	wait_for out "^20\$"
	"$VFLOW" top --once --interval 0.2 >table
	says table "$(head -1 table)"
	grep -E "^pace +running  [0-9]+ frames  [0-9.]+ fps" table
	grep -E "^TASK +STATE +FPS +BUSY +CPU +QUEUE +P50 +P95 +P99 +AGE50 " table
	for task in numbers step.1 step.2 pace out
	do
		grep -E "^$task +(busy|waiting|blocked) +[0-9.]+ +[0-9]+% " table
	done
	grep -E "^numbers +blocked .* for room before step.1, step.2\$" table
	"$VFLOW" stop
	ends 143
'

it 'prints an object for each interval, until the run is over' '
	start pace.yaml
	wait_for out "^20\$"
	"$VFLOW" top --json --interval 0.1 pace >objects &
	top=$!
	await "test \"\$(wc -l <objects)\" -ge 3"
	"$VFLOW" stop
	wait $top
	"$python" -c "import json
for number, line in enumerate(open(\"objects\")):
    it = json.loads(line)
    rows = {row[\"name\"]: row for row in it[\"rows\"]}
    assert set(rows) == {\"numbers\", \"step.1\", \"step.2\", \"pace\", \"out\"}, rows
    if number >= 3:
        continue # the tasks may have ended
    assert rows[\"pace\"][\"busy\"] is not None and rows[\"pace\"][\"pid\"] > 0
    assert rows[\"pace\"][\"rss_bytes\"] > 0
    assert rows[\"pace\"][\"queues\"][0][\"length\"] >= rows[\"pace\"][\"queues\"][0][\"waiting\"]
"
	ends 143
'

it 'says when there is nothing to show, or no terminal' '
	expect 1 "$VFLOW" top --once
	says err "vflow: nothing runs"
	start pace.yaml
	wait_for out "^20\$"
	status=0; "$VFLOW" top </dev/null >told 2>said || status=$?
	test $status -eq 2
	grep "needs a terminal; --once and --json do without" said
	"$VFLOW" stop
	ends 143
'

it 'shows what a task uses of its GPU, as NVML tells' '
	mkdir -p nvml
	"${CC:-cc}" -shared -fPIC -o nvml/libnvidia-ml.so.1 "$root/tests/cli/fake_nvml.c"
	LD_LIBRARY_PATH=$PWD/nvml${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
	export LD_LIBRARY_PATH
	sed "s/type: identity, inputs: step/type: identity, gpu: any, inputs: step/" pace.yaml >gpu.yaml
	start gpu.yaml
	wait_for out "^20\$"
	FAKE_NVML_PROCESS=$(worker pace)
	export FAKE_NVML_PROCESS
	"$VFLOW" top --once --interval 0.1 >table
	grep -E "^TASK .* GPU +GPUMEM" table
	grep -E "^pace .* 37% +512M" table
	"$VFLOW" top --once --json --interval 0.1 >object
	grep "\"gpu\":0.37,\"gpu_bytes\":536870912" object
	"$VFLOW" stop
	ends 143
'

if command -v tmux >/dev/null
then
	it 'fills a terminal as wide as it is, also when it changes' '
		start pace.yaml
		wait_for out "^20\$"
		tmux_on 200 "$VFLOW" top --interval 0.1
		shows "^pace +busy .* 20[0-9]|^pace +busy"
		shows "^TASK .*WAITS\$"
		tmux -S "$terminal" resize-window -x 60
		shows "^TASK .*DROPS( +RSS)?\$"
		! grep WAITS screen
		tmux -S "$terminal" resize-window -x 20
		shows "^TASK +STATE\$"
		shows "^numbers +[a-z]+\$"
		tmux -S "$terminal" resize-window -x 200
		shows "^TASK .*WAITS\$"
		keys q
		await "! tmux -S \"\$1\" has-session 2>/dev/null" "$terminal"
		"$VFLOW" stop
		ends 143
	'

	it 'sorts, filters, shows its keys and restarts a task' '
		start pace.yaml
		wait_for out "^20\$"
		tmux_on 120 "$VFLOW" top --interval 0.1
		shows "^numbers "
		keys s
		shows "sorted by TASK"
		sed -n "s/^\([a-z.0-9]*\) .*%.*/\1/p" screen >sorted
		printf "%s\n" numbers out pace step.1 step.2 | diff - sorted
		keys S
		shows "^TASK\\^"
		keys /
		keys step
		shows "^/step_"
		! grep "^numbers " screen
		keys Enter
		shows "only step"
		keys r
		shows "^restart step\.[12]\? \(y/n\)"
		keys y
		shows "^step\.[12] is (going to be )?restarted"
		keys t
		shows "\"task\":\"step\.[12]\""
		keys C-c
		shows "only step"
		keys h
		shows "^q +quit"
		keys h
		keys Escape
		shows "^numbers "
		keys q
		await "! tmux -S \"\$1\" has-session 2>/dev/null" "$terminal"
		"$VFLOW" stop
		ends 143
		grep -E "^step\.[12] was started again 1 time" err
	'

	it 'ends with the run, and gives the terminal back' '
		start pace.yaml
		wait_for out "^20\$"
		tmux_on 80 sh -c "stty -a >before; \"\$0\" top --interval 0.1; echo status \$?; stty -a >after; exec cat" "$VFLOW"
		shows "^numbers "
		"$VFLOW" stop
		shows "^status 0"
		grep "^vflow: pace is over" screen
		cmp before after
		ends 143
	'

	it 'ends with its terminal' '
		start pace.yaml
		wait_for out "^20\$"
		tmux_on 80 sh -c "echo \$\$ >process; exec \"\$0\" top --interval 0.1" "$VFLOW"
		shows "^numbers "
		tmux -S "$terminal" kill-server
		gone "$(cat process)"
		"$VFLOW" stop
		ends 143
	'
fi

done_testing
