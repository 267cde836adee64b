#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh - runs the tests that were built in a folder, and counts them.
#
#     tests/check.sh build/default unit cli fuzz stress chaos
#
# CLI tests run side by side, and beside the unit tests, except those that say `# runs alone` in a
# line of their own.
# What a test printed is shown when it failed, and kept in BUILD/results/.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${1:?usage: check.sh BUILD [unit] [cli] [fuzz] [stress] [chaos]}
shift
results=$build/results
VFLOW=$(pwd)/$build/vflow
export VFLOW results

# Counts one test program that has ended: NAME STATUS, its output in $results/NAME.log.
# The numbers come from TAP lines, or from a last line "N passed, M failed".
conclude () {
	name=$1 status=$2 log=$results/$1.log
	counts=$(awk '
		/^ok / { passed++ }
		/^not ok / { failed++ }
		/^[0-9]+ passed, [0-9]+ failed$/ { passed = $1; failed = $3 }
		END { print passed + 0, failed + 0 }' "$log")
	passed=${counts% *} failed=${counts#* }
	if test "$status" -ne 0 && test "$failed" -eq 0
	then
		failed=1
	fi
	echo "$passed $failed" >"$results/$name.count"
	if test "$failed" -eq 0
	then
		echo "$name: $passed passed"
	else
		sed 's/^/    /' "$log"
		echo "$name: $passed passed, $failed failed (exit status $status)"
	fi
}

run_one () {
	name=$1
	shift
	"$@" >"$results/$name.log" 2>&1
	conclude "$name" $?
}

# Runs the CLI tests named on standard input, $1 at a time, each by a call of this script.
run_cli () {
	xargs -r -P "$1" -n 1 tests/check.sh "$build" --one
}

if test "${1:-}" = --one
then
	run_one "$(basename "$2" .sh)" sh "$2"
	exit 0
fi

rm -rf "$results"
mkdir -p "$results" || exit 1

for part
do
	case $part in
	unit)
		run_one unit "$build/unit" &
		;;
	cli)
		# Most of them wait for most of their time. The longest come first: one of them alone at
		# the end would leave all but one core idle.
		# shellcheck disable=SC2012,SC2046
		ls -S $(grep -L '^# runs alone$' tests/cli/test_*.sh) | run_cli $(($(nproc) + 2))
		wait
		grep -l '^# runs alone$' tests/cli/test_*.sh | run_cli 1
		;;
	fuzz)
		for target in tests/fuzz/fuzz_*.c
		do
			test -e "$target" || continue
			name=$(basename "$target" .c)
			run_one "$name" "$build/$name" tests/fuzz/corpus/"${name#fuzz_}"/*
		done
		;;
	stress)
		run_one stress "$build/stress" --from 1 --count 30
		run_one stress-hasty "$build/stress" --hasty --from 1 --count 20
		;;
	chaos)
		if command -v python3 >/dev/null
		then
			run_one chaos python3 -B tests/chaos/chaos.py --build "$build" --quick --runs 20 --seed 1
		else
			echo 'chaos: skipped, there is no python3'
		fi
		;;
	esac
done
wait
cat "$results"/*.count | awk '
	{ passed += $1; failed += $2 }
	END { print passed + 0 " passed, " failed + 0 " failed"; exit failed > 0 }'
