#!/bin/sh
# SPDX-License-Identifier: MIT
# What the process of a task is kept from, and what opens it.
# shellcheck disable=SC2016 # commands are evaluated later
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

"${CC:-cc}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wno-missing-field-initializers -Werror -shared \
	-fPIC -I"$root" -o hijack.so "$root/tests/hijack/hijack.c" || exit 1
mkdir in made away
echo x >in/own
cat >plain.yaml <<'END'
vflow: 1
nodes:
  source: {type: int_source, end: 3}
  step: {type: identity, inputs: source}
  sink: {type: file_append, inputs: step, path: made/lines.jsonl}
END
cat >attacked.yaml <<'END'
vflow: 1
plugins: hijack.so
nodes:
  source: {type: hijacked_source, path: in/own}
  step: {type: hijacked_step, inputs: source, attack: "${attack}", target: "${target:-}", restart: no}
  sink: {type: void, inputs: step}
END
cat >program.yaml <<'END'
vflow: 1
nodes:
  source: {type: int_source, end: 1}
  program:
    type: process
    inputs: source
    command: [sh, -c, "${command} && exec cat >/dev/null"]
    form: jsonl
END

# level KIND: prints how far tasks are kept from files, network, syscalls or signals here.
level () {
	"$VFLOW" explain plain.yaml | awk -v kind="$1" '
		$1 == "task" { for (i = 1; i <= NF; i++) column[$i] = i }
		$1 == "step" && column[kind] { level = $column[kind] }
		END { print level }'
}
files=$(level files) calls=$(level syscalls)

it 'says of each task what it is kept from, and what it may reach' '
	expect 0 "$VFLOW" explain plain.yaml
	grep "^  task    files     network   syscalls  signals   reaches$" out
	grep -E "^  source( +(enforced|partly|not)){4}  nothing$" out
	grep -E "^  sink( +(enforced|partly|not)){4}  write below made$" out
	expect 0 "$VFLOW" explain --sandbox off plain.yaml
	grep -E "^  step  ( +not){4}  +nothing$" out
	says out "  step, files not: sandbox: off"
	VFLOW_LANDLOCK_ABI=0 expect 0 "$VFLOW" explain plain.yaml
	grep -E "^  sink, files not: this kernel has no Landlock" out
'

it 'makes what it would make without' '
	expect 0 "$VFLOW" run plain.yaml
	mv made/lines.jsonl wanted
	expect 0 "$VFLOW" run --sandbox off plain.yaml
	cmp wanted made/lines.jsonl
	for version in 0 1 2 3 4 5 6
	do
		rm made/lines.jsonl
		VFLOW_LANDLOCK_ABI=$version expect 0 "$VFLOW" run plain.yaml
		cmp wanted made/lines.jsonl
	done
'

it 'starts nothing that has to be wholly in a sandbox and cannot be' '
	rm -f made/lines.jsonl
	VFLOW_LANDLOCK_ABI=0 expect 70 "$VFLOW" run --sandbox require plain.yaml
	grep -E "source asks for sandbox: require, which cannot be had here: files (partly|not): " err
	test ! -e made/lines.jsonl
	sed "s/sink: {/sink: {sandbox: require, /" plain.yaml >one.yaml
	VFLOW_LANDLOCK_ABI=0 expect 70 "$VFLOW" run one.yaml
	grep "sink asks for sandbox: require" err
	test "$files$calls" != enforcedenforced || expect 0 "$VFLOW" run --sandbox require plain.yaml
'

it 'refuses what the keys cannot be, and knows them' '
	sed "s/sink: {/sink: {sandbox: never, /" plain.yaml >bad.yaml
	expect 78 "$VFLOW" check bad.yaml
	grep "unknown sandbox \"never\" of sink; it is one of on, off, require" err
	sed "s/^vflow: 1/&\nsandbox: 3/" plain.yaml >bad.yaml
	expect 78 "$VFLOW" check bad.yaml
	grep "bad.yaml:2:10: " err
	sed "s/sink: {/sink: {sandbox: off, network: true, paths: [away], /" plain.yaml >good.yaml
	expect 0 "$VFLOW" check good.yaml
	expect 0 "$VFLOW" explain good.yaml
	grep -E "^  sink  ( +not){4}  +write below made, write below away, network$" out
	grep -E "^  step  ( +(enforced|partly)){4} " out || test "$calls" != enforced
'

it 'keeps an intruder from all that the manual says' '
	test "$calls" = enforced || { echo "calls are not filtered here"; exit 0; }
	expect 0 python3 -B "$root/tests/hijack/hijack.py" --vflow "$VFLOW" --plugin hijack.so
	says out "0 wrong"
	expect 0 python3 -B "$root/tests/hijack/hijack.py" --vflow "$VFLOW" --plugin hijack.so --abi 0
	says out "0 wrong"
'

it 'names the task and the system call that ended it' '
	test "$calls" = enforced || exit 0
	expect 1 "$VFLOW" run attacked.yaml attack=mount target=/
	grep "step (process [0-9]*) was stopped by its sandbox (SIGSYS): it made the system call mount, " err
	grep "say \"sandbox: off\" at the node" err
	expect 0 "$VFLOW" run attacked.yaml attack=read target=in/own
	grep "attack read: EACCES" err || test "$files" != enforced
	expect 0 "$VFLOW" run -s nodes.step.paths=in attacked.yaml attack=read target=in/own
	grep "attack read: done" err
	expect 0 "$VFLOW" run --sandbox off attacked.yaml attack=read target=in/own
	grep "attack read: done" err
'

it 'lets a program write where the flow says, and nowhere else' '
	test "$files" = enforced || exit 0
	away=$(mktemp -d)
	expect 74 "$VFLOW" run program.yaml command="echo x >$away/new"
	test ! -e "$away/new"
	expect 0 "$VFLOW" run program.yaml command="echo x >here"
	test -e here
	expect 0 "$VFLOW" run -s "nodes.program.paths=[$away]" program.yaml command="echo x >$away/new"
	test -e "$away/new"
	rm -r "$away"
'

cat >ask.py <<'END'
import socket
import sys
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])))
except PermissionError:
    sys.exit(3)
END

it 'lets a program connect where the flow says so' '
	test "$calls" = enforced || exit 0
	timeout "$limit" python3 -c "
import socket
listener = socket.create_server((\"127.0.0.1\", 0))
print(listener.getsockname()[1], flush=True)
listener.accept()" >port &
	server=$!
	await "test -s port"
	expect 74 "$VFLOW" run program.yaml command="python3 ask.py $(cat port)"
	grep "program exited with status 3\|exited with status 3" err
	expect 0 "$VFLOW" run -s nodes.program.network=true program.yaml \
		command="python3 ask.py $(cat port)"
	wait $server # it has been connected to
'

it 'says what a refusal may come from' '
	test "$files" = enforced || exit 0
	cat >refused.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: int_source, end: 1}
	  program: {type: python, inputs: source, call: f, code: "def f(x): open(\"/proc/self/cwd/../new\", \"w\")"}
	  sink: {type: void, inputs: program}
	END
	mkdir -p deep
	cd deep
	expect 1 "$VFLOW" run ../refused.yaml
	grep "PermissionError" err || test -z "$(command -v python3)"
	grep "its sandbox may be why: vflow explain shows what program may reach; paths: " err
'

# open_files PROCESS: prints what its descriptors from 3 on are open on.
open_files () {
	for number in /proc/"$1"/fd/*
	do
		test "${number##*/}" -lt 3 || readlink "$number" || true
	done
}

it 'gives a worker the descriptors that the plan says, and no others' '
	cat >waiting.yaml <<-END
	vflow: 1
	nodes:
	  a: {type: int_source, fps: 10}
	  b: {type: identity, inputs: a}
	  c: {type: identity, inputs: b}
	  d: {type: void, inputs: c}
	END
	exec 9<"$workdir/plain.yaml"
	"$VFLOW" run waiting.yaml >out 2>err &
	started $!
	exec 9<&-
	await "test \"\$(\"\$VFLOW\" ps | grep -c waiting)\" = 1"
	await "test \"\$(wc -w </proc/$flow/task/$flow/children)\" = 4"
	for worker in $(cat /proc/$flow/task/$flow/children)
	do
		name=$(cat /proc/$worker/comm)
		open_files $worker | sort >of
		lacks of "socket:|signalfd|pidfd|/lock$|plain.yaml|vflow-words"
		case $name in *:a) bells=2 ;; *:c) bells=4 ;; *) bells=3 ;; esac # a made what c and d read
		test "$(grep -c "anon_inode:\[eventfd\]" of)" -le $bells
		case $name in *:c) arenas=1 ;; *:d) arenas=2 ;; *) arenas=0 ;; esac # to read what is passed on
		test "$(grep -c "memfd:vflow-arena" of)" -le $arenas
		test "$(grep -c "memfd:" of)" -le $((2 + arenas))
	done
	kill -INT $flow
	wait $flow || true
'

it 'keeps what options of libav lead to from opening what is elsewhere' '
	command -v ffmpeg >/dev/null || exit 0
	mkdir -p lists apart
	ffmpeg -v error -nostdin -f lavfi -i testsrc2=s=64x48:r=10:d=0.5 -c:v ffv1 -y apart/clip.mkv
	cp apart/clip.mkv lists/
	printf "ffconcat version 1.0\nfile clip.mkv\n" >lists/near.ffconcat
	printf "ffconcat version 1.0\nfile ../apart/clip.mkv\n" >lists/far.ffconcat
	cat >listed.yaml <<-END
	vflow: 1
	nodes:
	  in: {type: video_reader, path: lists/near.ffconcat, options: {safe: 0}, restart: no}
	  out: {type: void, inputs: in}
	END
	expect 0 "$VFLOW" run -q listed.yaml
	expect 0 "$VFLOW" run -q --sandbox off -s nodes.in.path=lists/far.ffconcat listed.yaml
	expect 0 "$VFLOW" run -q -s nodes.in.path=lists/far.ffconcat -s nodes.in.paths=apart listed.yaml
	test "$files" = enforced || exit 0
	expect 69 "$VFLOW" run -q -s nodes.in.path=lists/far.ffconcat listed.yaml
	expect 0 "$VFLOW" explain -s "nodes.in.options={cert_file: apart/pem}" listed.yaml
	grep "read apart/pem" out
'

done_testing
