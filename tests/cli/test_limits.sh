#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs under limits: of open files, address space, file sizes and processes, and without system calls
# that the profile of a container may refuse.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

cat >flow.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, end: 20}
  step: {type: identity, inputs: numbers}
  out: {type: print, inputs: step}
END

# A program that runs another without some system call: deny NUMBER ERRNO PROGRAM WORD...
cat >deny.c <<'END'
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)atoi(argv[1]), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)atoi(argv[2])),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {4, filter};
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (argc < 4 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		return 99;
	execvp(argv[3], argv + 3);
	return 98;
}
END
"${CC:-cc}" -o deny deny.c || exit 1

# number CALL: prints the number of a system call here.
number () {
	printf '#include <sys/syscall.h>\n__NR_%s\n' "$1" | "${CC:-cc}" -E -P - | tail -n 1
}

# wide TASKS: writes a flow of so many tasks.
wide () {
	printf 'vflow: 1\nnodes:\n  n: {type: int_source, end: 3}\n'
	seq $((($1 - 1) / 2)) | sed 's/.*/  b&: {type: identity, inputs: n}\n  v&: {type: void, inputs: b&}/'
}

# More than a word has bits: `many` sources, or branches of one, that one node reads.
many=65
names=$(seq -s , -f 'n%g' "$many")

it 'joins more sources than a word has bits' '
	{
		printf "vflow: 1\nnodes:\n"
		seq "$many" | sed "s/.*/  n&: {type: int_source, start: &000, end: &020}/"
		printf "  all: {type: joiner, inputs: [%s], join: order}\n" "$names"
		printf "  out: {type: print, inputs: all}\n"
	} >sources.yaml
	for i in $(seq 0 20)
	do
		seq -s ", " "$((1000 + i))" 1000 "$((many * 1000 + i))" | sed "s/.*/(&)/"
	done >expected
	expect 0 "$VFLOW" run -q sources.yaml
	cmp expected out
	expect 0 "$VFLOW" run -q -s nodes.all.replicas=2 sources.yaml
	cmp expected out
'

it 'joins more branches of one source than a word has bits' '
	{
		printf "vflow: 1\nnodes:\n  numbers: {type: int_source, end: 20}\n"
		seq "$many" | sed "s/.*/  n&: {type: identity, inputs: numbers}/"
		printf "  all: {type: joiner, inputs: [%s]}\n" "$names"
		printf "  out: {type: print, inputs: all}\n"
	} >branches.yaml
	for i in $(seq 0 20)
	do
		seq "$many" | sed "s/.*/$i/" | paste -s -d , - | sed "s/,/, /g; s/.*/(&)/"
	done >expected
	expect 0 "$VFLOW" run -q branches.yaml
	cmp expected out
'

it 'reads more sources than a word has bits, each by itself' '
	{
		printf "vflow: 1\nnodes:\n"
		seq "$many" | sed "s/.*/  n&: {type: int_source, start: &000, end: &020}/"
		printf "  out: {type: void, inputs: [%s]}\n" "$names"
	} >each.yaml
	expect 0 "$VFLOW" run each.yaml
	grep "^out *$((many * 21)) " err
'

it 'raises the soft limit of open files for itself' '
	wide 121 >wide.yaml
	expect 0 prlimit --nofile=256:4096 "$VFLOW" run -q wide.yaml
'

it 'leaves workers the limit that they had' '
	mkfifo pipe
	prlimit --nofile=1000:4096 "$VFLOW" run -s nodes.out.path=pipe -s nodes.out.type=file_append \
		flow.yaml >out 2>err &
	started $!
	process=$(worker step)
	grep -E "^Max open files +1000 +4096" "/proc/$process/limits" || cp "/proc/$process/limits" seen
	cat pipe >/dev/null
	ends 0
	test ! -e seen
'
rm -f pipe

it 'names the limit of open files, and how many there should be' '
	wide 121 >wide.yaml
	expect 70 prlimit --nofile=256:256 "$VFLOW" run -q wide.yaml
	grep -E "^vflow: cannot .*: Too many open files; at most 256 files may be open, and the run needs some [0-9]+: raise that limit .ulimit -n.$" err
	test "$(wc -l <err)" -eq 1
'

it 'says that it may open too few files, however few, also in the background' '
	wide 3 >narrow.yaml
	for most in 6 7 8 9 10
	do
		status=0
		prlimit --nofile=$most:$most "$VFLOW" run -d narrow.yaml >out 2>err || status=$?
		test "$status" -ne 0
		grep "Too many open files\|cannot open shared object file" err
		! grep "denied" err
	done
'

it 'makes do with the address space that it may have, and names a limit that is too low' '
	test -z "${SANITIZE:-}" || exit 0 # sanitizers take terabytes of it
	expect 0 sh -c "ulimit -v 4000000; exec \"\$VFLOW\" run -q flow.yaml"
	seq 0 20 | cmp - out
	cat >large.yaml <<-END
	vflow: 1
	nodes:
	  a: {type: test_source, size: 3840x2160, frames: 2}
	  o: {type: void, inputs: {from: a, queue: 60}}
	END
	expect 70 sh -c "ulimit -v 700000; exec \"\$VFLOW\" run -q large.yaml"
	grep -E "the address space is limited to [0-9]+ MB: raise that .ulimit -v." err
'

it 'names a limit of file sizes that keeps it from having memory' '
	expect 70 prlimit --fsize=1000 "$VFLOW" run -q flow.yaml
	grep -E "File too large; files, and shared memory with them, are limited to 1000 bytes: raise" err
	expect 0 prlimit --fsize=1000000 "$VFLOW" run -q flow.yaml
'

it 'goes on without descriptors of processes' '
	for errno in 38 1
	do
		expect 0 ./deny "$(number pidfd_open)" $errno "$VFLOW" run -q flow.yaml
		seq 0 20 | cmp - out
	done
	./deny "$(number pidfd_open)" 38 "$VFLOW" run -s nodes.numbers.end=1000 \
		-s nodes.numbers.fps=200 flow.yaml >out 2>err &
	started $!
	wait_for out "^20\$"
	kill -9 "$(worker step)"
	ends 0
	seq 0 1000 | cmp - out
'

for call in memfd_create eventfd2 signalfd4
do
	it "names $call when that is refused" "
		expect 70 ./deny \$(number $call) 1 \"\$VFLOW\" run -q flow.yaml
		grep -E '^vflow: cannot .*: Operation not permitted; the kernel does not have ${call%[24]}, or the seccomp profile of a container refuses it' err
		expect 70 ./deny \$(number $call) 38 \"\$VFLOW\" run -q flow.yaml
		grep -E 'Function not implemented; the kernel does not have ${call%[24]}' err
	"
done

it 'says that processes are short when they are' '
	chmod 755 .
	test "$(id -u)" -eq 0 || exit 0 # whoever is not may have other processes
	mkdir -p bin lib/vflow # others may not get to where it is
	cp "$VFLOW" bin/program
	cp "${VFLOW%/*}/modules/wire.so" lib/vflow/
	for limit in 12 10 8 7 6 5 4 3
	do
		setpriv --reuid=65531 --regid=65534 --clear-groups prlimit --nproc=$limit \
			bin/program run --transport ipc flow.yaml >out 2>err && continue
		cat err
		grep -E "processes or threads are short: see ulimit -u|threads or memory may be short .ulimit -u" err
	done
'

it 'runs where nothing can be locked' '
	expect 0 ./deny "$(number flock)" 38 "$VFLOW" run --transport ipc flow.yaml
	seq 0 20 | cmp - out
	grep "cannot be locked (flock: Function not implemented)" err
	leaves_nothing
'

it 'runs whatever the umask is' '
	for mask in 0177 0777
	do
		(umask $mask && exec "$VFLOW" run --transport ipc flow.yaml) >out 2>err
		seq 0 20 | cmp - out
		leaves_nothing
	done
'

it 'waits for orphans as process 1' '
	unshare -p -f --mount-proc true 2>/dev/null || exit 0 # this machine does not let anybody
	unshare -p -f --mount-proc "$VFLOW" run -s nodes.numbers.end=1000000 \
		-s nodes.numbers.fps=100 flow.yaml >out 2>err &
	outer=$!
	wait_for out "^20\$"
	one=$(pgrep -P $outer)
	nsenter -t "$one" -p -m sh -c "(true &)"
	await "! ps --ppid $one -o stat= | grep -q ^Z"
	kill "$one"
	status=0
	wait $outer || status=$?
	test $status -eq 143
	seq 0 $(($(wc -l <out) - 1)) | cmp - out
'

done_testing
