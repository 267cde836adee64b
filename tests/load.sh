#!/bin/sh
# SPDX-License-Identifier: MIT
# load.sh - runs all tests under each kind of load, and prints a table: by hand, for it takes long.
#
#     tests/load.sh build/default [LOAD]...
#
# The loads are: plain (ten times in a row), one-core (taskset -c 0), busy (beside four endless
# loops), hog (beside a process that fills and empties memory), nice (beside four loops, each of which
# gets more than twice the time that a process of the tests gets) and slow-calls (strace stops each
# process at each system call). Each run must pass. What a run printed is kept in BUILD/load/.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${1:?usage: load.sh BUILD [plain] [one-core] [busy] [hog] [nice] [slow-calls]}
shift
test $# -gt 0 || set -- plain one-core busy hog nice slow-calls
kept=$build/load helpers='' failures=0
mkdir -p "$kept"
trap end_helpers EXIT
trap 'exit 1' HUP INT TERM

end_helpers () {
	# shellcheck disable=SC2086 # a list of processes
	test -z "$helpers" || kill $helpers 2>/dev/null
	helpers=''
}

# spin NICENESS: starts four endless loops.
spin () {
	for _ in 1 2 3 4
	do
		nice -n "$1" sh -c 'while :; do :; done' &
		helpers="$helpers $!"
	done
}

# Fills a quarter of the memory that is there, a page at a time, again and again.
hog () {
	megabytes=$(awk '/^MemAvailable/ { print int($2 / 4096) }' /proc/meminfo)
	python3 -c 'import mmap, sys
while True:
    memory = mmap.mmap(-1, int(sys.argv[1]) << 20)
    for at in range(0, len(memory), 4096):
        memory[at] = 1
    memory.close()' "$megabytes" &
	helpers="$helpers $!"
}

# under NAME COMMAND...: runs the tests by COMMAND, and adds a row to the table.
under () {
	name=$1 status=0
	shift
	since=$(date +%s)
	"$@" tests/check.sh "$build" unit cli fuzz stress chaos >"$kept/$name" 2>&1 || status=$?
	took=$(($(date +%s) - since))
	test $status -eq 0 || failures=$((failures + 1))
	printf '%-12s %4s s  %s\n' "$name" "$took" "$(tail -n 1 "$kept/$name")"
	grep -h '^ *not ok\|^ *[^ ]*:[0-9]*:[EF]:' "$kept/$name"
	end_helpers
}

for load
do
	case $load in
	plain)
		for time in 1 2 3 4 5 6 7 8 9 10
		do
			under "plain-$time" env
		done
		;;
	one-core)
		under one-core taskset -c 0
		;;
	busy)
		spin 0
		under busy env
		;;
	hog)
		hog
		under hog env
		;;
	nice)
		# At 0 the loops would take 68 times as much as a test: hours.
		spin 15
		under nice nice -n 19
		;;
	slow-calls)
		# Of the calls that it does not show, strace still sees each.
		command -v strace >/dev/null || echo 'slow-calls: there is no strace'
		under slow-calls env VFLOW_TEST_PATIENCE=40 strace -f -qq -e trace=none -e signal=none \
			-o /dev/null
		;;
	*)
		echo "load.sh: there is no load \"$load\""
		failures=$((failures + 1))
		;;
	esac
done
test $failures -eq 0
