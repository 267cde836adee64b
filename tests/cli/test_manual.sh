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

done_testing
