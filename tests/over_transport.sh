#!/bin/sh
# SPDX-License-Identifier: MIT
# over_transport.sh - stands in for vflow in the CLI tests and runs every flow over one transport.
# PROGRAM is vflow itself, by its full path, and TRANSPORT ipc or tcp. Over tcp each run has ports of
# its own, and payloads travel compressed. What a test asks for itself on the command line holds.
if test "$1" != run
then
	exec "$PROGRAM" "$@"
fi
shift
case ${TRANSPORT:?ipc or tcp} in
tcp) set -- -s "transport.tcp.base=$((6010 + $$ % 799 * 20))" -s defaults.wire=lz4 "$@" ;;
*) set -- -s "transport=$TRANSPORT" "$@" ;;
esac
exec "$PROGRAM" run "$@"
