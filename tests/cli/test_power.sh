#!/bin/sh
# SPDX-License-Identifier: MIT
# Power cuts, as tests/power/ makes them: at none is anything reported done that is not.
. "${0%/*}/harness.sh"

# The shared objects of sanitizers have to come before what is preloaded.
"${CC:-cc}" -shared -fPIC -O1 -D_GNU_SOURCE -o record.so "$root/tests/power/record.c" || exit 1

# power WORK FLAG...: runs a work, and looks at what power cuts leave of it; on a disk that lies that has
# to be too little.
power () {
	rm -rf scratch
	python3 -B "$root/tests/power/outputs.py" "$@" --vflow "$VFLOW" --record record.so \
		--scratch scratch >found || { cat found; return 1; }
}

it 'has what a batch notes as done, and its receipts, on the disk' '
	power batch --resumes 3
	power plain
'

it 'gives no name to a verified file, and writes no receipt, before the bytes are on the disk' '
	power run
'

done_testing
