#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

it 'shows help on standard error and exits 2 when nothing is asked' '
	expect 2 "$VFLOW"
	test ! -s out
	grep "^Usage: vflow COMMAND" err
'

it 'shows the same help on standard output when it is asked for' '
	expect 2 "$VFLOW"; cp err short
	for words in help -h --help
	do
		expect 0 "$VFLOW" $words
		cmp out short
		test ! -s err
	done
'

it 'names every command that it has in its help' '
	expect 0 "$VFLOW" help
	for name in run check explain graph capacity ps top stop restart apply logs service tap trace probe new flows list inspect schema doctor completion
	do
		grep "^  $name " out
	done
'

it 'does not show the commands that only programs use' '
	expect 0 "$VFLOW" help
	! grep -E "^  (complete|man) " out
'

it 'prints its version' '
	for word in version --version -V
	do
		expect 0 "$VFLOW" "$word"
		grep -xE "vflow [0-9]+\.[0-9]+\.[0-9]+" out || exit 1
	done
'

it 'answers a misspelt command with the nearest one' '
	expect 2 "$VFLOW" rnu
	says err "vflow: there is no command \"rnu\"; did you mean \"run\"?"
	test ! -s out
'

it 'says how a flow is run that stands in the place of a command' '
	expect 2 "$VFLOW" @transcode
	says err "vflow: there is no command \"@transcode\"; to run it: vflow run @transcode"
	touch flow.yaml
	expect 2 "$VFLOW" flow.yaml
	grep "to run it: vflow run flow.yaml" err
'

it 'says how to find the commands when none is near' '
	expect 2 "$VFLOW" transmogrify
	grep "see vflow help" err
'

it 'shows the flags of every command from its table' '
	for name in run check explain graph capacity ps stop tap trace probe new flows list inspect schema doctor completion help
	do
		expect 0 "$VFLOW" $name --help
		grep "^Usage: vflow $name" out
		grep -- "-h, --help" out
		mv out long
		expect 0 "$VFLOW" help $name
		cmp out long
		expect 0 "$VFLOW" $name -h
		cmp out long
	done
'

it 'answers a misspelt flag with the nearest one' '
	expect 2 "$VFLOW" explain --realtme flow.yaml
	says err "vflow: explain: unknown flag \"--realtme\"; did you mean \"--realtime\"? (see vflow explain --help)"
'

it 'says which operand is missing and which is unexpected' '
	expect 2 "$VFLOW" explain
	grep "FLOW is missing" err
	expect 2 "$VFLOW" explain a.yaml b.yaml
	grep "unexpected argument \"b.yaml\"" err
'

it 'says that a flag needs its value' '
	expect 2 "$VFLOW" explain flow.yaml --var
	grep -- "--var needs NAME=VALUE" err
'

it 'fails when its output cannot be written' '
	expect 74 sh -c "\"$VFLOW\" list >/dev/full"
	grep "No space left on device" err
'

it 'ends quietly when nobody reads its output any more' '
	"$VFLOW" schema 2>err | true
	test ! -s err
'

done_testing
