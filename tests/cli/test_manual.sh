#!/bin/sh
# SPDX-License-Identifier: MIT
# The pages of the manual: what a reader sees of them.
. "${0%/*}/harness.sh"

export PYTHONDONTWRITEBYTECODE=1
"$VFLOW" man "$root/man/vflow-nodes.head.7" >vflow-nodes.7

# rendering FILE...: passes when these pages are seen as they are written.
rendering () {
	python3 "$root/tests/manual/rendering.py" "$@"
}

it 'shows every word and every example as it is written' '
	rendering "$root"/man/*.[1-8] vflow-nodes.7
'

# page LINE...: makes a small page that has these lines.
page () {
	printf "%s\n" ".Dd January 1, 2026" ".Dt P 1" ".Os" ".Sh NAME" ".Nm p" ".Nd a page" \
		".Sh DESCRIPTION" "$@" >p.1
}

# loses LINE...: passes when a page with these lines is found to lose some of them.
loses () {
	page "$@"
	if rendering p.1 >out 2>&1
	then
		echo "not found: $*"
		return 1
	fi
}

it 'finds words, quotes and lines that macros eat' '
	page "It is" ".Ql right ," "and" ".Li {\\(dqa\\(dq: 1} ." ".Bd -literal" "a  b" "\\&.c" ".Ed" \
		".Dl \\&No more" ".Cm x No y"
	rendering p.1
	loses ".Dl No GPU available"
	loses ".Dq No more"
	loses ".Dq a No or Dq b"
	loses ".Fn a , b"
	loses ".Li {\"a\": \"b\", \"c\": [2]} ."
	loses ".Cm At home"
	loses "'"'"'quoted"
	loses "a \\n b"
	loses ".Bd -literal" "a" ".b c" ".Ed"
	loses ".Bd -literal" "print(\"\\n\")" ".Ed"
'

# commands FILE...: passes when these pages have the commands, flags, statuses and variables there are.
commands () {
	python3 "$root/tests/manual/commands.py" "$VFLOW" "$root" "$@"
}

it 'has every command and flag, exit status and variable in vflow(1)' '
	commands "$root/man/vflow.1"
'

# What the page is found to have when a script of sed has changed it.
cat >changes <<'END'
SYNOPSIS: run has no --grace	/^\.Op Fl -grace/d
SYNOPSIS: run has no --grace	/^\.Op Fl -grace/s/SECONDS/N/
SYNOPSIS: run has no -x	s/^\.Op Fl dnqv/.Op Fl dnqvx/
SYNOPSIS: check takes FLOW	s/^\.Ar FLOW \.\.\./.Ar FILE .../
SYNOPSIS: it has not the commands	/^\.Cm schema/s/schema/scheme/
DESCRIPTION: run does not describe --grace	/^\.It Fl -grace/d
DESCRIPTION: run does not describe --set	/^\.It Fl s Ar/s/PATH/KEY/g
DESCRIPTION: check does not describe --json	/^\.It Fl -json/d
DESCRIPTION: check does not describe --memory	/^\.Fl -memory ,/d
DESCRIPTION: check has no --nothing	s/^\.It Fl -json/.It Fl -nothing/
EXIT STATUS: no 74	/^\.It 74/d
EXIT STATUS: 75 is not	s/^\.It 74/.It 75/
ENVIRONMENT: no TMPDIR	/^\.It Ev TMPDIR/d
ENVIRONMENT: nothing reads TEMP	s/^\.It Ev TMPDIR/.It Ev TEMP/
END

it 'finds what is missing in vflow(1), and what is too much' '
	number=0 tab=$(printf "\t")
	cp "$root"/man/vflow-*.1 .
	while IFS=$tab read -r wanted script
	do
		number=$((number + 1))
		sed "$script" "$root/man/vflow.1" >changed-$number.1
		! cmp -s changed-$number.1 "$root/man/vflow.1"
		echo "changed-$number.1: $wanted" >>wanted
	done <changes
	commands changed-*.1 >out 2>&1 || true
	while read -r line
	do
		grep -q "^$line" out || { echo "not found: $line"; cat out; exit 1; }
	done <wanted
	cp "$root/man/vflow.1" .
	sed "/^\.It Fl -fail-fast/d; /^\.Op Fl -resume/d" "$root/man/vflow-batch.1" >vflow-batch.1
	commands vflow.1 >out 2>&1 || true
	printf "%s\n" "vflow.1: SYNOPSIS: batch has no --resume as the program has it" \
		"vflow.1: DESCRIPTION: batch does not describe --fail-fast as the program has it" | cmp - out
	sed -i "/^\.Xr vflow-batch 1 \.$/d" vflow.1
	commands vflow.1 >out 2>&1 || true
	grep "DESCRIPTION: batch does not name its page" out
'

it 'names only functions that a header declares' '
	find "$root/engine" -name "*.h" -exec grep -ohE "vf_[a-z0-9_]+\(" {} + | tr -d "(" | sort -u >declared
	grep -ohE "F[no] vf_[a-z0-9_]+" "$root"/man/*.3 | cut -d " " -f 2 | sort -u >named
	test "$(wc -l <named)" -gt 60
	comm -23 named declared | cmp - /dev/null
'

it 'says in vflow-engine(3) what takes the place of each name of videoflow.engines' '
	for name in BatchExecutionEngine RealtimeExecutionEngine join_task_processes \
		signal_flow_termination BatchprocessingQueueMessenger RealtimeQueueMessenger \
		check_for_termination publish_message publish_termination_message passthrough_message \
		passthrough_termination_message receive_message receive_raw_message create_process_task \
		create_process_task_gpu task_executor_fn task_executor_gpu_fn send_array recv_array \
		send_zipped_pickle recv_zipped_pickle socket_from_task_id task_id_from_socket \
		termination_socket_from_task_id task_id_from_termination_socket
	do
		grep -qE "^\.It Li ([^,]*, )?(.*\) , )?$name(\(|$)" "$root/man/vflow-engine.3"
	done
'

done_testing
