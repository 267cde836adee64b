#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

it 'lists every node with one line that says what it does' '
	expect 0 "$VFLOW" list
	for file in "$root"/nodes/*/*.c
	do
		name=$(basename "$file" .c)
		grep -E "^ *$name +[A-Z].*\.$" out
	done
'

it 'takes no operands' '
	expect 2 "$VFLOW" list resize
	grep "\"resize\" is too much" err
'

done_testing
