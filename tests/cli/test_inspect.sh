#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

it 'shows a node as a person reads it' '
	expect 0 "$VFLOW" inspect resize
	grep "resize" out
	grep "width " out
	grep "height " out
	grep -x "  width: integer, -1 to 16384 pixels \[-1\] (main option)" out
'

it 'shows several nodes, each as it is shown alone' '
	expect 0 "$VFLOW" inspect resize; mv out first
	expect 0 "$VFLOW" inspect print; mv out second
	expect 0 "$VFLOW" inspect resize print
	{ cat first; echo; cat second; } | cmp - out
'

it 'answers a misspelt node with the nearest one and shows the others' '
	expect 2 "$VFLOW" inspect resise print
	says err "vflow: there is no node \"resise\"; did you mean \"resize\"?"
	grep "print" out
'

it 'can show every node there is' '
	for name in $(node_names)
	do
		expect 0 "$VFLOW" inspect "$name"
		test -s out
	done
'

it 'describes every node in the manual, without a warning of mandoc' '
	{ cat "$root/man/vflow-nodes.head.7"; "$VFLOW" man; } >vflow-nodes.7
	mandoc -T lint -W warning vflow-nodes.7
	mandoc -T ascii vflow-nodes.7 | col -b >page
	for name in $(node_names)
	do
		grep -E "^ +$name" page
	done
'

it 'prints a schema that is JSON and has every node' '
	expect 0 "$VFLOW" schema
	# shellcheck disable=SC2046 # a list of words
	python3 - $(node_names) <<-END
	import json, sys
	schema = json.load(open("out"))
	for name in sys.argv[1:]:
	    assert name in schema["\$defs"], name
	    assert name in schema["\$defs"]["flow-node"]["properties"]["type"]["enum"], name
	END
'

done_testing
