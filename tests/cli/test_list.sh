#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

it 'lists every node with one line that says what it does' '
	expect 0 "$VFLOW" list
	for name in $(node_names)
	do
		grep -E "^ *$name +[A-Z].*\.$" out
	done
'

it 'takes no operands' '
	expect 2 "$VFLOW" list resize
	grep "unexpected argument \"resize\"" err
'

done_testing
