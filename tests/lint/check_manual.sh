#!/bin/sh
# SPDX-License-Identifier: MIT
# check_manual.sh VFLOW MANUAL - every subcommand and every flag is described in the manual, and
# nothing is described that is not there.
set -u
vflow=${1:?} manual=${2:?} status=0

refuse () {
	echo "$manual: $*"
	status=1
}

# Prints the words `vflow complete` offers for a command line.
offered () {
	"$vflow" complete -- "$@" | cut -f 1 | sed 's/=$//'
}

for command in $(offered '')
do
	grep -qE "^\.(Ic|It Xo Ic|It Ic|Ss) $command( |\$)" "$manual" || refuse "no $command"
	for flag in $(offered "$command" --)
	do
		test "$flag" = --help && continue # told once for all
		grep -qE "^\.It .*(Fl|,) -${flag#--}( |\$)" "$manual" || refuse "no $flag of $command"
	done
done

# shellcheck disable=SC2013 # words without spaces
for flag in $(sed -nE 's/^\.It .*(Fl|,) (-[a-z-]+).*/\2/p' "$manual" | sort -u)
do
	for command in $(offered '')
	do
		offered "$command" -- | grep -qx -e "-$flag" && continue 2
	done
	test "$flag" = -version || refuse "there is no -$flag"
done
exit $status
