#!/bin/sh
# SPDX-License-Identifier: MIT
# over_tcp.sh - stands in for vflow in the CLI tests and runs every flow over TCP.
# PROGRAM is vflow itself, by its full path. Each run has ports of its own.
if test "$1" != run
then
	exec "$PROGRAM" "$@"
fi
shift
exec "$PROGRAM" run -s "transport.tcp.base=$((6000 + $$ % 20000))" "$@"
