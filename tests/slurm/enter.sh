#!/bin/sh
# SPDX-License-Identifier: MIT
# enter.sh - runs a test in which a Slurm cluster may be started (cluster.sh).
#
#     tests/slurm/enter.sh tests/slurm/test_array.sh
#     tests/slurm/enter.sh --reason      says why that cannot be done here, or nothing
#
# The test has its own network, its own table of processes, and a temporary folder: however it ends,
# all that it has started ends with it, and the machine's own Slurm, if there is one, sees nothing of
# it. Where that cannot be had it is skipped, except in CI, where it fails.
set -u

# Prints what is missing; nothing: all is there.
reason () {
	for program in slurmctld slurmd sbatch munged unshare setpriv ip
	do
		command -v "$program" >/dev/null && continue
		echo "there is no $program; .ci/deps slurm installs what is missing"
		return
	done
	if test "$(id -u)" -ne 0
	then
		echo 'it takes root'
	elif ! unshare --pid --fork --mount-proc --net true 2>/dev/null
	then
		echo 'this system lets nobody have a network of his own'
	fi
}

PATH=$PATH:/usr/sbin:/sbin
export PATH
lacking=$(reason)
if test "$1" = --reason
then
	echo "$lacking"
	exit 0
fi
if test -n "$lacking"
then
	echo "skipped: $lacking"
	test -z "${CI:-}"
	exit
fi

TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/slurm-XXXXXX") || exit 1
export TMPDIR
inside=

# leave: ends what is inside. Its processes die one after the other, and may still write.
# shellcheck disable=SC2317 # the trap calls it
leave () {
	if test -n "$inside"
	then
		kill -9 "$inside"
		wait "$inside"
	fi 2>/dev/null
	for try in $(seq 100)
	do
		rm -rf "$TMPDIR" 2>/dev/null && return
		sleep 0.1
	done
	echo "$TMPDIR cannot be removed after $try attempts"
}

trap leave EXIT
trap 'exit 1' HUP INT PIPE TERM
setpriv --pdeathsig KILL unshare --pid --fork --kill-child=KILL --mount-proc --net sh "$@" &
inside=$!
wait "$inside"
status=$?
inside=
exit $status
