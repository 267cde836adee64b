#!/bin/sh
# SPDX-License-Identifier: MIT
# The pages of the manual: what a reader sees of them.
. "${0%/*}/harness.sh"

export PYTHONDONTWRITEBYTECODE=1
{ cat "$root/man/vflow-nodes.head.7"; "$VFLOW" man; } >vflow-nodes.7

# rendering FILE...: passes when these pages are seen as they are written.
rendering () {
	python3 "$root/tests/manual/rendering.py" "$@"
}

it 'shows every word and every example as it is written' '
	rendering "$root"/man/*.[1-8] vflow-nodes.7
'

# page LINE...: makes a small page that has these lines.
page () {
	printf "%s\n" ".Dd January 1, 2026" ".Dt P 1" ".Os" ".Sh NAME" ".Nm p" ".Nd a page" \
		".Sh DESCRIPTION" "$@" >p.1
}

# loses LINE...: passes when a page with these lines is found to lose some of them.
loses () {
	page "$@"
	if rendering p.1 >out 2>&1
	then
		echo "not found: $*"
		return 1
	fi
}

it 'finds words, quotes and lines that macros eat' '
	page "It is" ".Ql right ," "and" ".Li {\\(dqa\\(dq: 1} ." ".Bd -literal" "a  b" "\\&.c" ".Ed" \
		".Dl \\&No more" ".Cm x No y"
	rendering p.1
	loses ".Dl No GPU available"
	loses ".Dq No more"
	loses ".Li {\"a\": \"b\", \"c\": [2]} ."
	loses ".Cm At home"
	loses "'"'"'quoted"
	loses "a \\n b"
	loses ".Bd -literal" "a" ".b c" ".Ed"
	loses ".Bd -literal" "print(\"\\n\")" ".Ed"
'

# commands FILE: passes when this page has the commands, flags, statuses and variables there are.
commands () {
	python3 "$root/tests/manual/commands.py" "$VFLOW" "$root" "$1"
}

it 'has every command and flag, exit status and variable in vflow(1)' '
	commands "$root/man/vflow.1"
'

# differs PATTERN SCRIPT: passes when vflow(1) is refused after SCRIPT of sed has changed it, by a
# line that matches PATTERN.
differs () {
	sed "$2" "$root/man/vflow.1" >changed.1
	! cmp -s changed.1 "$root/man/vflow.1" || return 1
	commands changed.1 >out 2>&1 || true
	grep -e "$1" out && return
	echo "not found: $2"
	return 1
}

it 'finds what is missing in vflow(1), and what is too much' '
	differs "SYNOPSIS: run has no --grace" "/^\.Op Fl -grace/d"
	differs "SYNOPSIS: run has no --grace" "/^\.Op Fl -grace/s/SECONDS/N/"
	differs "SYNOPSIS: run has no -x" "s/^\.Op Fl nqv/.Op Fl nqvx/"
	differs "SYNOPSIS: check takes FLOW" "s/^\.Ar FLOW \.\.\./.Ar FILE .../"
	differs "SYNOPSIS: it has not the commands" "/^\.Cm schema/s/schema/scheme/"
	differs "DESCRIPTION: run does not describe --grace" "/^\.It Fl -grace/d"
	differs "DESCRIPTION: run does not describe --set" "/^\.It Fl s Ar/s/PATH/KEY/g"
	differs "DESCRIPTION: check does not describe --json" "/^\.It Fl -json/d"
	differs "DESCRIPTION: check does not describe --memory" "/^\.Fl -memory ,/d"
	differs "DESCRIPTION: check has no --nothing" "s/^\.It Fl -json/.It Fl -nothing/"
	differs "EXIT STATUS: no 74" "/^\.It 74/d"
	differs "EXIT STATUS: 75 is not" "s/^\.It 74/.It 75/"
	differs "ENVIRONMENT: no TMPDIR" "/^\.It Ev TMPDIR/d"
	differs "ENVIRONMENT: nothing reads TEMP" "s/^\.It Ev TMPDIR/.It Ev TEMP/"
'

done_testing
