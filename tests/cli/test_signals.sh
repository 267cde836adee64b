#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

cat >endless.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, fps: 500}
  step: {type: identity, inputs: numbers}
  out: {type: print, inputs: step}
END
# Finishing what is in flight would take a minute.
cat >slow.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source}
  slow: {type: identity, fps: 0.2, inputs: {from: numbers, queue: 12}}
  out: {type: print, inputs: slow}
  first: {type: print, inputs: numbers}
END

stopping='^vflow: stopping; what is in flight is finished'

for pair in INT:130 TERM:143 HUP:143
do
	signal=${pair%:*} status=${pair#*:}
	it "prints what is in flight and exits $status after SIG$signal" "
		start endless.yaml
		wait_for out '^20\$'
		kill -$signal \$flow
		ends $status
		is_prefix out
		grep -q '$stopping' err
		grep -E '^numbers +- +'\$(wc -l <out)' +0 ' err
		grep -E '^out +'\$(wc -l <out)' +- +- ' err
	"
done

it 'hears an interrupt of the whole group once' '
	setsid "$VFLOW" run endless.yaml >out 2>err &
	started $!
	wait_for out "^20\$"
	env kill -INT -- "-$flow" # a shell may know no groups
	ends 130
	is_prefix out
'

it 'stops as asked when the folder of its run has gone' '
	start endless.yaml
	wait_for out "^20\$"
	rm -rf "$XDG_RUNTIME_DIR/vflow"
	kill -TERM "$flow"
	ends 143
	is_prefix out
	! grep "has not stopped within" err
'

it 'stops as asked when the folder of its run has gone' '
	start endless.yaml
	wait_for out "^20\$"
	rm -rf "$XDG_RUNTIME_DIR/vflow"
	kill -TERM "$flow"
	ends 143
	is_prefix out
	! grep "has not stopped within" err
'

it 'stops at once when it is asked twice' '
	mkfifo pipe
	cat pipe >out & # into a pipe every line is printed at once
	"$VFLOW" run slow.yaml >pipe 2>err &
	started $!
	wait_for out "^1\$"
	kill -INT "$flow"
	wait_for err "$stopping"
	kill -INT "$flow"
	wait_for err "^vflow: stopping at once; outputs are finalised"
	ends 130
'
rm -f pipe

it 'kills what does not stop when it is asked three times' '
	mkfifo pipe
	"$VFLOW" run -s nodes.out.end="$(head -c 100000 /dev/zero | tr "\0" x)" endless.yaml \
		>pipe 2>err &
	started $!
	exec 3<pipe
	settle out
	for line in "stopping;" "stopping at once;" killed
	do
		kill -INT "$flow"
		wait_for err "^vflow: $line"
	done
	ends 137
'
rm -f pipe

it 'goes on by itself when a step of stopping takes longer than --grace' '
	mkfifo pipe
	"$VFLOW" run --grace 0.2 -s nodes.out.end="$(head -c 100000 /dev/zero | tr "\0" x)" \
		endless.yaml >pipe 2>err &
	started $!
	exec 3<pipe
	settle out
	kill -TERM "$flow"
	ends 137
	grep "^vflow: warning: out has not stopped within 0.2 s" err
'
rm -f pipe

it 'takes a SIGTERM to the process and to its group for one' '
	start endless.yaml
	wait_for out "^5\$"
	kill -TERM "$flow"
	kill -TERM "$flow"
	ends 143
	says err "vflow: stopping; what is in flight is finished (once more to stop at once)"
	! grep "stopping at once" err
'

it 'is quiet about it when it is to be quiet' '
	start -q endless.yaml
	wait_for out "^5\$"
	kill -INT "$flow"
	ends 130
	is_prefix out
	test ! -s err
'

it 'can be stopped while nothing has come yet' '
	start -s nodes.numbers.fps=0 -s nodes.numbers.wait=1h endless.yaml
	worker out >/dev/null
	wait_for out "^0\$"
	kill -INT "$flow"
	ends 130
	says out 0
	test "$(wc -l <out)" -eq 1
'

done_testing
