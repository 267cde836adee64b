#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

endless_flows

stopping='^vflow: stopping; what is in flight is finished'

for pair in INT:130 TERM:143 HUP:129
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
	rm -f out
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

cat >two.yaml <<'END'
vflow: 1
nodes:
  small: {type: int_source, fps: 500}
  large: {type: int_source, fps: 500, start: 1000000}
  first: {type: print, inputs: small}
  second: {type: print, inputs: large}
END

# It would go on by itself after an hour only.
for run in '--batch --transport shm' '--realtime --transport shm' '--batch --transport ipc'
do
	it "stops every producer of a flow: $run" "
		start --grace 3600 $run two.yaml
		wait_for out '^[0-9]{3,6}\$'
		wait_for out '^1[0-9]{6}\$'
		kill -INT \$flow
		ends 130
	"
done

it 'stops at once when it is asked twice' '
	mkfifo pipe
	cat pipe >out & # into a pipe every line is printed at once
	"$VFLOW" run slow.yaml >pipe 2>err &
	started $!
	wait_for out "^1\$"
	kill -INT "$flow"
	wait_for err "$stopping"
	stop_further INT
	wait_for err "^vflow: stopping at once; outputs are finalised"
	ends 130
'
rm -f pipe

it 'kills what does not stop when it is asked three times' '
	mkfifo pipe
	"$VFLOW" run --stall-report 1 \
		-s nodes.out.end="$(head -c 100000 /dev/zero | tr "\0" x)" endless.yaml \
		>pipe 2>err &
	started $!
	exec 3<pipe
	settle
	for line in "stopping;" "stopping at once;" killed
	do
		stop_further INT
		wait_for err "^vflow: $line"
	done
	ends 137
'
rm -f pipe

it 'goes on by itself when a step of stopping takes longer than --grace' '
	mkfifo pipe
	"$VFLOW" run --stall-report 1 --grace 1 -s nodes.out.end="$(head -c 100000 /dev/zero | tr "\0" x)" \
		endless.yaml >pipe 2>err &
	started $!
	exec 3<pipe
	head -c 1 <&3 >first # it has begun
	settle
	kill -TERM "$flow"
	ends 137
	grep "^vflow: warning: out has not stopped within 1.0 s" err
'
rm -f pipe

it 'takes a SIGTERM to the process and to its group for one' '
	start endless.yaml
	wait_for out "^5\$"
	kill -TERM "$flow" "$flow"
	ends 143
	says err "vflow: stopping; what is in flight is finished (again to stop at once)"
	! grep "stopping at once" err
'

for pair in INT:TERM TERM:HUP HUP:INT INT:INT
do
	first=${pair%:*} second=${pair#*:}
	it "takes SIG$first and SIG$second, one upon the other, for one stop" "
		start endless.yaml
		wait_for out '^5\$'
		kill -$first \$flow
		kill -$second \$flow || : # it may be quick
		wait_for err '$stopping'
		! grep 'stopping at once' err
		wait \$flow || test \$? -gt 128
		is_prefix out
		leaves_nothing
	"
done

for pair in HUP:TERM:143 INT:TERM:143 TERM:HUP:129
do
	signal=${pair%%:*} other=${pair#*:}
	it "goes on at SIG$signal if that was ignored from the start" "
		(trap '' $signal; exec python3 -c '
import os, signal, sys
signal.signal(signal.SIGQUIT, signal.SIG_DFL) # as nobody has put this in the background
os.execv(sys.argv[1], sys.argv[1:])' \"\$VFLOW\" run endless.yaml) >out 2>err &
		started \$!
		wait_for out '^20\$'
		kill -$signal \$flow
		goes_on
		kill -${other%:*} \$flow
		ends ${other#*:}
		is_prefix out
	"
done

it 'leaves the interrupts of the terminal to others when a shell has put it in the background' '
	cat >terminal.py <<-"END"
	import os, pty, sys
	pid, terminal = pty.fork()
	if pid == 0:
	    os.execvp("sh", ["sh", "-c", """
	        "$VFLOW" run -s nodes.numbers.end=400 endless.yaml >out 2>err &
	        trap : INT
	        until grep -qx 20 out; do sleep 0.02; done
	        echo ready
	        wait $! || wait $!
	        echo "status $?"
	    """])
	said = b""
	told = False
	while b"status" not in said:
	    said += os.read(terminal, 1000)
	    if b"ready" in said and not told:
	        told = os.write(terminal, b"\\3") == 1
	print(said)
	sys.exit(b"status 0" not in said)
	END
	VFLOW="$VFLOW" python3 terminal.py
	seq 0 400 | cmp - out
'

it 'dies of the signal that has stopped it, after all has been told' '
	cat >wait.py <<-"END"
	import os, signal, subprocess, sys
	number = getattr(signal, "SIG" + sys.argv[1])
	run = subprocess.Popen([os.environ["VFLOW"], "run", "--report", "r.json", "endless.yaml"],
	                       stdout=subprocess.PIPE, stderr=open("err", "w"))
	run.stdout.readline()
	run.send_signal(number)
	rest = run.stdout.read()
	sys.exit(run.wait() != -number)
	END
	for signal in INT TERM HUP
	do
		VFLOW="$VFLOW" python3 wait.py $signal
		grep -E "^numbers +- +" err
		grep "\"status\": 1" r.json
	done
'

it 'shows its state at SIGUSR1, and goes on' '
	mkfifo pipe
	"$VFLOW" run -q slow.yaml >pipe 2>err &
	started $!
	exec 3<pipe
	test -n "$(worker out)" # so its first line has been run
	await "kill -USR1 $flow
		grep -q \"numbers waits for room in the queue to slow\" err"
	grep -E "^task +in +out" err
	kill -INT "$flow"
	stop_further INT
	ends 130
	exec 3<&-
'
rm -f pipe

it 'outlives SIGUSR1 to its group from the start' '
	rm -f out
	setsid "$VFLOW" run endless.yaml >out 2>err &
	started $!
	until test $((0x$(sed -n "s/^SigIgn:.//p" "/proc/$flow/status") & 0x200)) -ne 0
	do
		: # until its first line is run
	done
	until test -s out || ! kill -0 "$flow"
	do
		env kill -USR1 -- "-$flow" || true
	done
	env kill -USR1 -- "-$flow"
	goes_on
	kill "$flow"
	ends 143
	is_prefix out
'

it 'hears how its workers end when the parent ignores SIGCHLD' '
	(trap "" CHLD; exec "$VFLOW" run -s nodes.numbers.end=20 endless.yaml) >out 2>err
	seq 0 20 | cmp - out
'

it 'is not killed by standard error that has been closed' '
	"$VFLOW" run -v -s nodes.numbers.end=200 endless.yaml 2>&1 >out | head -n 0
	seq 0 200 | cmp - out
'

it 'goes through the steps of stopping when nobody reads standard error' '
	cat >unread.py <<-"END"
	import fcntl, json, os, signal, subprocess, sys
	unread, err = os.pipe()
	os.write(err, b"x" * fcntl.fcntl(err, 1032)) # all that it holds
	run = subprocess.Popen([os.environ["VFLOW"], "run", "-vv", "--report", "r.json", "endless.yaml"],
	                       stdout=subprocess.PIPE, stderr=err)
	run.stdout.readline()
	run.send_signal(signal.SIGTERM)
	lines = run.stdout.read().count(b"\n")
	status = run.wait()
	report = json.load(open("r.json"))
	print(status, report)
	is_shared = os.get_blocking(err) # others write to it as they did
	sys.exit(status != -15 or report["dropped_lines"] < 1 or not is_shared)
	END
	VFLOW="$VFLOW" python3 unread.py
'

it 'goes on when its whole group has been stopped for long' '
	silent=$((300 * patience))
	setsid "$VFLOW" run -s defaults.stall_after=${silent}ms --stall-report $((patience / 2 + 1)) \
		--on-stall abort endless.yaml >out 2>err &
	started $!
	wait_for out "^20\$"
	env kill -STOP -- "-$flow"
	sleep $((2 * patience)) # six times as long as a task may be silent
	env kill -CONT -- "-$flow"
	goes_on
	kill "$flow"
	ends 143
	is_prefix out
	! grep -E "sign of life|nothing has moved" err
'

it 'does not take for its output what it opens when that is closed' '
	for closed in "<&-" ">&-" "2>&-" "<&- >&- 2>&-"
	do
		eval "\"$VFLOW\" run -s nodes.out.path=lines -s nodes.out.type=file_append \
			-s nodes.out.append=false -s nodes.numbers.end=20 endless.yaml $closed"
		test "$(wc -l <lines)" -eq 21
	done
	expect 74 sh -c "exec \"\$VFLOW\" run -s nodes.numbers.end=20 endless.yaml >&-"
	grep "Bad file descriptor" err
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

it 'writes the report of a run that has ended, whatever stop comes then' '
	python3 - <<-END
	import json, os, signal, subprocess
	reader, writer = os.pipe()
	filling = 0
	os.set_blocking(writer, False) # so full that the report has to wait
	for size in (4096, 1):
	    try:
	        while True:
	            filling += os.write(writer, b" " * size)
	    except BlockingIOError:
	        pass
	os.set_blocking(writer, True)
	run = subprocess.Popen([os.environ["VFLOW"], "run", "--report", "-", "--chain", "int_source end=40 ! void"],
	                       stdout=writer, stderr=subprocess.PIPE)
	os.close(writer)
	for line in run.stderr:
	    if b" in " in line and b" s" in line:
	        break
	for stop in (signal.SIGINT, signal.SIGTERM):
	    run.send_signal(stop)
	with open(reader, "rb") as pipe:
	    report = json.loads(pipe.read()[filling:])
	assert run.wait() == 0, run.returncode
	assert report["status"] == 0, report
	END
'

done_testing
