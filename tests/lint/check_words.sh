#!/bin/sh
# SPDX-License-Identifier: MIT
# check_words.sh FILE... - prints each line that has words of the table below, with the usual ones, and
# exits 1 if there is one.
#
# INSTEAD OF | WRITE: extended regular expressions, matched as whole words.
table='
[Tt]ime[ -]stamps?        | timestamp
for ever                  | forever
in vain                   | without effect
once more                 | again
anew                      | again
memory is short           | out of memory
is too much               | unexpected
hangs? together            | connected
makes? no sense           | invalid
'
printf '%s\n' "$table" | {
	status=0
	while IFS='|' read -r words better
	do
		words=$(echo "$words" | sed 's/ *$//')
		test -n "$words" || continue
		found=$(grep -nwHE -e "$words" "$@") || continue
		printf '%s\n' "$found" | sed "s/\$/   <- write$better/"
		status=1
	done
	exit $status
}
