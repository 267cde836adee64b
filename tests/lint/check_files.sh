#!/bin/sh
# SPDX-License-Identifier: MIT
# check_files.sh FILE... - every file names its licence, no file is longer than 800 lines, a
# header guards itself by its path, and nothing is left to do.
exec awk '
function refuse(what) {
	print name ": " what
	status = 1
}

# What is known of a file once all of it has been read.
function judge() {
	if (name == "")
		return
	if (!has_licence)
		refuse("no licence line")
	if (lines > 800)
		refuse("longer than 800 lines")
	if (name ~ /\.hh?$/ && name != "tests/unit/suites.h" && !is_guarded)
		refuse("its guard is not " guard)
}

FNR == 1 {
	judge()
	name = FILENAME
	guard = toupper(name)
	gsub(/[\/.]/, "_", guard)
	guard = "VF_" guard
	has_licence = is_guarded = 0
}
{ lines = FNR }
FNR <= 3 && /SPDX-License-Identifier: MIT/ { has_licence = 1 }
/(^|[^[:alnum:]_])(TO''DO|FIX''ME|X''XX)([^[:alnum:]_]|$)/ { refuse("something is left to do: " $0) }
/[[:space:]]$/ { refuse("spaces at the end of line " FNR) }
/^#ifndef / { is_guarded = is_guarded || $0 == "#ifndef " guard }
END {
	judge()
	exit status
}' "$@"
