#!/bin/sh
# SPDX-License-Identifier: MIT
# check_suites.sh - each unit suite has a file of its name, and a line in tests/unit/suites.h.
status=0

refuse () {
	echo "$1: $2"
	status=1
}

suites=$(sed -n 's,^SUITE(\(.*\))$,\1,p' tests/unit/suites.h)
for suite in $suites
do
	test "$(find tests/unit -name "test_$suite.c" | wc -l)" -eq 1 ||
		refuse tests/unit/suites.h "there is no tests/unit/*/test_$suite.c, or more than one"
done
for file in tests/unit/*/test_*.c
do
	suite=$(basename "$file" .c)
	grep -qx "SUITE(${suite#test_})" tests/unit/suites.h ||
		refuse "$file" 'not listed in tests/unit/suites.h'
done
exit $status
