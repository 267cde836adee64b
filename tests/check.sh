#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh - runs the tests that were built in a folder, and counts them.
#
#     tests/check.sh build/default unit cli fuzz stress chaos hostile instructions
#     tests/check.sh build/default ipc tcp
#     tests/check.sh build/default slurm
#
# ipc and tcp are the CLI tests that run flows, over that transport, one after the other: each of
# them starts as many tasks as a machine likes to run.
#
# Unit suites, CLI tests and the rest run side by side, except CLI tests that say `# runs alone` in
# a line of their own. The longest come first: one of them alone at the end would leave all but one
# core idle. How long each took the last time is in BUILD/times.
# What a test printed is shown when it failed, and kept in BUILD/results/.
# With CI set, up to three that failed run once more by themselves when the rest is done: on a machine
# that others use, too, a test may run out of time. Those that pass then are named as unsteady at the
# end, for somebody to mend, and their first output stays in BUILD/results/NAME.first.log.
# All limits of the tests are multiplied by VFLOW_TEST_PATIENCE, which is measured unless it is set.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${1:?usage: check.sh BUILD [unit] [cli] [fuzz] [stress] [chaos] [hostile] [instructions] [ipc] [tcp] [slurm]}
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
		case $name in unit_*) return ;; esac
		echo "$name: $passed passed"
	else
		sed 's/^/    /' "$log"
		echo "$name: $passed passed, $failed failed (exit status $status)"
	fi
}

# Runs NAME COMMAND...: one test program.
run_one () {
	name=$1
	shift
	since=$(date +%s%N)
	timeout -k 10 $((600 * VFLOW_TEST_PATIENCE)) "$@" >"$results/$name.log" 2>&1
	status=$?
	echo "$name $((($(date +%s%N) - since) / 1000000))" >"$results/$name.ms"
	conclude "$name" $status
}

# Says whether each test of a unit suite has a process of its own, as Check calls it. With a sanitizer
# all of a suite share one, as far as they can: it looks for leaks wherever a process ends, and reads
# all data of two hundred libraries for that.
forks () {
	if test -z "${SANITIZE:-}" || grep -q '^/\* Each test needs a process of its own' tests/unit/*/test_"$1".c
	then
		echo yes
	else
		echo no
	fi
}

# Runs a job by its name, as `list` prints it.
run_job () {
	case $1 in
	unit_*)
		CK_RUN_SUITE=${1#unit_} run_one "$1" env CK_FORK="$(forks "${1#unit_}")" "$build/unit"
		;;
	test_*)
		run_one "$1" sh "tests/cli/$1.sh"
		;;
	fuzz_*)
		run_one "$1" "$build/$1" tests/fuzz/corpus/"${1#fuzz_}"/*
		;;
	stress)
		few=${SANITIZE:+5} # which makes each take four times as long
		run_one stress "$build/stress" --from 1 --count "${few:-30}"
		run_one stress-ipc "$build/stress" --transport ipc --from 101 --count "${few:-10}"
		run_one stress-tcp "$build/stress" --transport tcp --from 201 --count "${few:-10}"
		run_one stress-hasty "$build/stress" --hasty --from 1 --count "${few:-20}"
		;;
	ipc_*|tcp_*)
		run_one "$1" env PROGRAM="$VFLOW" TRANSPORT="${1%%_*}" \
			VFLOW="$PWD/tests/over_transport.sh" sh "tests/cli/test_${1#*_}.sh"
		;;
	slurm_*)
		run_one "$1" tests/slurm/enter.sh "tests/slurm/test_${1#slurm_}.sh"
		;;
	chaos)
		run_one chaos python3 -B tests/chaos/chaos.py --build "$build" --quick --runs 20 --seed 1
		;;
	hostile)
		run_one hostile python3 -B tests/hostile/hostile.py --build "$build" --quick --runs 20 \
			--seed 1
		;;
	instructions)
		run_one instructions python3 -B tests/instructions/instructions.py "$build/counted"
		;;
	esac
}

# Prints the jobs of a part, one a line, the largest first as far as there is a file for each.
# shellcheck disable=SC2012 # names of tests are words
list () {
	case $1 in
	unit)
		# shellcheck disable=SC2046 # a list of suites, which are words
		ls -S $(sed -n 's,^SUITE(\(.*\))$,tests/unit/*/test_\1.c,p' tests/unit/suites.h) |
			sed 's,.*/test_\(.*\)\.c,unit_\1,'
		;;
	cli)
		# shellcheck disable=SC2046 # likewise of tests
		ls -S $(grep -L '^# runs alone$' tests/cli/test_*.sh) | sed 's,.*/\(.*\)\.sh,\1,'
		;;
	fuzz)
		ls -S tests/fuzz/fuzz_*.c | sed 's,.*/\(.*\)\.c,\1,'
		;;
	stress)
		echo stress
		;;
	ipc|tcp)
		for suite in run replicas groups media pipelines pace report restart
		do
			echo "$1_$suite"
		done
		;;
	slurm)
		lacking=$(tests/slurm/enter.sh --reason)
		if test -n "$lacking" && test -z "${CI:-}"
		then
			echo "slurm: skipped, $lacking" >&2
		else
			ls -S tests/slurm/test_*.sh | sed 's,.*/test_\(.*\)\.sh,slurm_\1,'
		fi
		;;
	chaos|hostile)
		if command -v python3 >/dev/null
		then
			echo "$1"
		else
			echo "$1: skipped, there is no python3" >&2
		fi
		;;
	instructions)
		lacking=$(python3 -B tests/instructions/instructions.py --reason "$build/counted") ||
			lacking='there is no python3'
		if test -n "$lacking"
		then
			echo "instructions: skipped, $lacking" >&2
		else
			echo instructions
		fi
		;;
	esac
}

# Sorts jobs by the time that they took when they last ran; those that never have come first.
longest_first () {
	awk -v times="$build/times" '
		BEGIN { while ((getline row <times) > 0) { split(row, word, " "); took[word[1]] = word[2] } }
		{ print $1 in took ? took[$1] : 1e9, $1 }' |
		sort -s -k 1,1 -rg | sed 's/.* //'
}

# Runs the jobs named on standard input, $1 at a time, each by a call of this script.
run_jobs () {
	xargs -r -P "$1" -n 1 tests/check.sh "$build" --one
}

# Prints the names of the test programs that have failed.
failed_ones () {
	grep -l ' [1-9][0-9]*$' "$results"/*.count 2>/dev/null | sed 's,.*/\(.*\)\.count,\1,'
}

# Runs those once more, unless they are too many for an accident.
try_again () {
	names=$(failed_ones)
	test "$(echo "$names" | wc -w)" -le 3 || return
	for name in $names
	do
		mv "$results/$name.log" "$results/$name.first.log"
		echo "$name: failed beside others, and runs once more by itself"
		run_job "${name%%-*}"
	done
}

# Names those that have passed only then.
name_unsteady () {
	for log in "$results"/*.first.log
	do
		name=${log##*/} name=${name%.first.log}
		test ! -e "$log" || grep -q ' [1-9][0-9]*$' "$results/$name.count" ||
			echo "unsteady: $name failed, and passed by itself"
	done
}

if test "${1:-}" = --one
then
	run_job "$2"
	exit 0
fi

# The Python itself: tools that choose one at each call take longer for that than a test does.
if python=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null)
then
	PATH=$(dirname "$python"):$PATH
	export PATH
fi
VFLOW_TEST_PATIENCE=$(tests/patience.sh)
export VFLOW_TEST_PATIENCE
# LeakSanitizer of gcc 12 crashes over what it takes for the thread-local storage of our modules.
test -z "${SANITIZE:-}" || export ASAN_OPTIONS="intercept_tls_get_addr=0:${ASAN_OPTIONS:-}"
rm -rf "$results"
mkdir -p "$results" || exit 1

# Many tests wait for most of their time: hence more at a time than there are cores.
for part in stress chaos hostile cli unit fuzz instructions
do
	case " $* " in *" $part "*) list $part ;; esac
done | longest_first | run_jobs $(($(nproc) + 2))
case " $* " in *" cli "*)
	grep -l '^# runs alone$' tests/cli/test_*.sh | sed 's,.*/\(.*\)\.sh,\1,' | run_jobs 1
	;;
esac
for part in ipc tcp slurm
do
	case " $* " in *" $part "*) list $part | run_jobs 1 ;; esac
done
test -z "${CI:-}" || try_again
case " $* " in *" unit "*)
	cat "$results"/unit_*.count | awk '{ passed += $1 } END { print "unit: " passed " passed" }'
	;;
esac
name_unsteady
touch "$build/times"
cat "$results"/*.ms "$build/times" | awk '!seen[$1]++' >"$results/times"
mv "$results/times" "$build/times"
cat "$results"/*.count | awk '
	{ passed += $1; failed += $2 }
	END { print passed + 0 " passed, " failed + 0 " failed"; exit failed > 0 }'
