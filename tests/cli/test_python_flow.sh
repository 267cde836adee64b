#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs of flows that a Python program starts.
. "${0%/*}/harness.sh"
. "$root/tests/cli/find_python.sh"
export PYTHONPATH="$root/python"

export TMPDIR="$workdir/tmp"
mkdir "$TMPDIR"

# python NAME [PYTHON]: does one of the works of run_flows.py, which leaves nothing.
python () {
	timeout "$limit" "${2:-python3}" "$root/tests/python/run_flows.py" "$1"
	test -z "$(ls "$TMPDIR")"
}

it 'iterates over the lines that a flow prints, and has its report' '
	python lines_of_a_file
	python reports_without_reading
'

it 'runs the example of the manual' '
	python3 "$root/tests/manual/examples.py" write examples "$root/man/vflow-python.7"
	printf "%s\n" "vflow: 1" "vars: {fps: 1}" "nodes:" \
		"  numbers: {type: int_source, fps: \"\${fps}\"}" "  out: {type: print, inputs: numbers}" \
		>count.yaml
	python3 -c "import sys, textwrap; print(textwrap.dedent(sys.stdin.read()))" \
		<examples/vflow-python.7/run >example.py # vflow-python.7 run
	timeout "$limit" python3 example.py >out
	grep -x "True {.value.: [0-9]*}" out
'

it 'takes the text of a flow, a dict, and settings' '
	python texts_dicts_and_settings
'

it 'raises what is wrong with a flow, and what a run has failed by' '
	python mistakes
	python failures
'

it 'stops a run, at the end of a block too' '
	python stops
	python errors_pass_the_block
'

it 'finds the program: VFLOW, PATH, the checkout' '
	test "$(python program)" = "$VFLOW"
	mkdir bin
	ln -s "$VFLOW" bin/vflow
	test "$(VFLOW="" PATH="$PWD/bin:$PATH" python program)" = "$PWD/bin/vflow"
	cp -r "$PYTHONPATH/vflow" .
	mkdir empty
	python3=$(python3 -c "import sys; print(sys.executable)")
	expect 1 env VFLOW= PATH="$PWD/empty" PYTHONPATH=. "$python3" "$root/tests/python/run_flows.py" program
	grep "there is no program vflow: it is not in PATH; set VFLOW to it" err
'

if test -n "$python"
then
	it 'iterates over what a zmq_out sends' '
		python messages "$python"
	'
fi

it 'needs nothing but the standard library to run flows' '
	python3 -S -c "import sys, vflow; vflow.Flow; sys.exit(\"numpy\" in sys.modules)"
'

done_testing
