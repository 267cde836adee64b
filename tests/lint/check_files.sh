#!/bin/sh
# SPDX-License-Identifier: MIT
# check_files.sh FILE... - every file names its licence, no file is longer than 800 lines, a
# header guards itself by its path, and nothing is left to do.
status=0

refuse () {
	echo "$1: $2"
	status=1
}

for file
do
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: MIT' || refuse "$file" 'no licence line'
	test "$(wc -l <"$file")" -le 800 || refuse "$file" 'longer than 800 lines'
	! grep -nwE '(TO''DO|FIX''ME|X''XX)' "$file" || refuse "$file" 'something is left to do'
	! grep -n '[[:space:]]$' "$file" || refuse "$file" 'spaces at the end of a line'
	case $file in
	tests/unit/suites.h) ;;
	*.h | *.hh)
		guard=VF_$(echo "$file" | tr 'a-z/.' 'A-Z__')
		grep -q "^#ifndef $guard\$" "$file" || refuse "$file" "its guard is not $guard"
		;;
	esac
done
exit $status
