#!/bin/sh
# SPDX-License-Identifier: MIT
# What the benchmark makes of its figures. It measures nothing.
. "${0%/*}/harness.sh"

it 'tells what is slower from what is chance' '
	python3 -B "$root/tests/bench/test_history.py" >results || { cat results; exit 1; }
	grep "^ok .* names what became slower" results
'

done_testing
