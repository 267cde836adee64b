#!/bin/sh
# SPDX-License-Identifier: MIT
# Python programs that answer what a flow asks them: each answer finds the frame that it is about.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/find_python.sh"
if test -z "$python"
then
	echo 'ok 1 - joins answers with their frames # SKIP no Python with zmq'
	echo '1..1'
	exit 0
fi

# program WAY...: starts a program that answers, as $program.
program () {
	rm -f said
	timeout "$limit" "$python" "$root/tests/python/answer.py" "ipc://$workdir/away" \
		"ipc://$workdir/back" "$@" >said &
	program=$!
}

# flow FRAMES [OPTION]: writes a flow whose frames are joined with the answers to them.
flow () {
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  eye: {type: test_source, size: 32x16, frames: $1}
	  away: {type: zmq_out, inputs: eye, endpoint: "ipc://$workdir/away", end: bye}
	  back: {type: zmq_in, answers: away, form: json, endpoint: "ipc://$workdir/back"${2:+, $2}}
	  out: {type: file_append, inputs: eye, path: frames}
	  pairs: {type: file_append, inputs: [eye, back.value], path: pairs}
	END
	rm -f frames pairs met-*
}

# answered: prints the numbers of the frames that have an answer; fails if one has that of another.
answered () {
	"$python" -c "import json
for line in open(\"pairs\"):
    pair = json.loads(line)
    assert pair[\"number\"] == pair[\"back.value\"], line
    print(pair[\"number\"])"
}

# is_stuck: passes once a program that gets stuck after five answers is, and they have come.
is_stuck () {
	wait_for said stuck
	await "test -s pairs && test \"\$(wc -l <pairs)\" -ge 5"
}

# fifths COUNT: prints the numbers up to COUNT, but for every fifth.
fifths () {
	seq "$1" | awk "\$1 % 5"
}

it 'joins answers with their frames' '
	flow 60
	program
	expect 0 timeout "$limit" "$VFLOW" run flow.yaml
	wait "$program"
	answered >got
	seq 60 | cmp - got
	grep "back: 60 answers$" err
	expect 0 "$VFLOW" check flow.yaml
	test ! -s err
'

it 'joins them in whatever order several programs answer' '
	flow 90
	program jumbled meet=2
	first=$program
	program jumbled meet=2
	expect 0 timeout "$limit" "$VFLOW" run -q flow.yaml
	wait "$first" "$program"
	answered >got
	seq 90 | cmp - got
'

it 'goes on without answers that a program leaves out, told or not' '
	flow 60
	program thinned
	expect 0 timeout "$limit" "$VFLOW" run flow.yaml
	wait "$program"
	answered >got
	fifths 60 | cmp - got
	grep "back: 48 answers, 12 questions without one$" err
	flow 20 "timeout: 1s"
	program silent
	expect 0 timeout "$limit" "$VFLOW" run flow.yaml
	wait "$program"
	answered >got
	fifths 20 | cmp - got
	test "$(grep -c "question 5 has had no answer for 1 s and" err)" -eq 1
	test "$(grep -c "has had no answer" err)" -eq 1
'

it 'leaves out answers that no question has, and says so once' '
	flow 30
	program twice
	expect 0 timeout "$limit" "$VFLOW" run flow.yaml
	wait "$program"
	answered >got
	seq 30 | cmp - got
	test "$(grep -c "is left out, since no such question is waiting" err)" -eq 1
	grep -E "back: 30 answers, [1-9][0-9]* answers to no question$" err
	flow 5
	program bare
	expect 65 timeout "$limit" "$VFLOW" run flow.yaml
	wait "$program"
	grep "an answer is left out: its header does not name the number of a question" err
	test "$(answered | wc -l)" -eq 5
'

it 'fails when no answer says to which question, and says so once' '
	flow 1000
	program nameless
	expect 1 timeout "$limit" "$VFLOW" run flow.yaml
	kill "$program"
	wait "$program" || :
	test "$(grep -c "does not name the number of a question; repeat there what the header" err)" -eq 1
	grep "answers without a number: none of its last 16 answers says to which question" err
'

it 'goes on without answers that have no number, as long as it is told to wait' '
	flow 20 "timeout: 200ms"
	program nameless
	expect 65 timeout "$limit" "$VFLOW" run flow.yaml
	wait "$program"
	test ! -s pairs
	test "$(wc -l <frames)" -eq 20
	test "$(grep -c "does not name the number of a question" err)" -eq 1
	grep "back: 0 answers, 20 questions without one, 20 answers without a number$" err
	flow 3
	program nameless
	expect 65 timeout "$limit" "$VFLOW" run -s nodes.away.end= flow.yaml
	kill "$program"
	wait "$program" || :
	test "$(wc -l <frames)" -eq 3
	grep "question 1 goes on without an answer: it may have been one of those without a number" err
'

it 'joins answers with their frames in realtime, whatever is dropped' '
	flow 1000000
	program jumbled meet=2
	first=$program
	program thinned meet=2
	start --realtime -s nodes.eye.live=true -s nodes.eye.rate=1000 flow.yaml
	await "test -s pairs && test \"\$(wc -l <pairs)\" -ge 200"
	kill -INT "$flow"
	ends 130
	kill "$first" "$program"
	wait
	answered >got
	sort -nu got | cmp - got
'

it 'goes on with another program when one was killed with its questions' '
	flow 60
	program stuck=5
	start flow.yaml
	is_stuck
	kill -9 "$(pgrep -P "$program")"
	wait_for err "question 6 has no answer: the program has gone"
	program
	ends 65
	wait "$program"
	answered >got
	test "$(head -n 5 got | tr "\n" " ")" = "1 2 3 4 5 "
	test "$(tail -n 1 got)" -eq 60
	lost=$(grep -c "has no answer: the program has gone" err)
	test "$(wc -l <got)" -eq $((60 - lost))
	test "$(wc -l <frames)" -eq 60
'

it 'goes on with the other program when one of two was killed' '
	flow 60
	program stuck=5
	stuck=$program
	start flow.yaml
	is_stuck
	program meet=1
	await "ls met-*"
	kill -9 "$(pgrep -P "$stuck")"
	ends 65
	wait "$program"
	grep "has no answer: the program has gone" err
	answered >got
	test "$(tail -n 1 got)" -eq 60
	test "$(wc -l <frames)" -eq 60
'

it 'ends at once when it is asked to, with a program that does not answer, or none' '
	for programs in stuck none
	do
		flow 1000
		test $programs = none || program stuck=5
		start flow.yaml
		await "test -S away && test -S back"
		test $programs = none || wait_for said stuck
		kill -INT "$flow"
		ends 130
		! grep "longer than" err
		test ! -e away
		test ! -e back
		test $programs = none || kill "$program"
		wait
	done
'

it 'fails when no program comes for as long as it is told' '
	flow 10
	expect 74 timeout "$limit" "$VFLOW" run -q -s nodes.away.timeout=200ms flow.yaml
	grep "no program has taken a message for 0.2 seconds" err
'

it 'has a header in front of values, too' '
	cat >values.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, start: 100, end: 119}
	  away: {type: zmq_out, inputs: numbers, form: json, endpoint: "ipc://$workdir/away", end: bye}
	  back: {type: zmq_in, answers: away, form: json, endpoint: "ipc://$workdir/back"}
	  out: {type: print, inputs: [numbers, back.value]}
	END
	program
	expect 0 timeout "$limit" "$VFLOW" run -q values.yaml
	wait "$program"
	seq 20 | awk "{ print \$1 + 99, \$1 }" | cmp - out
'

# mistake LINE:COLUMN TEXT: passes when a check of flow.yaml says just this.
mistake () {
	expect 78 "$VFLOW" check flow.yaml
	echo "flow.yaml:$1: $2" | diff - err
}

it 'says where answers are asked of what asks nothing' '
	flow 5
	sed -i "s/answers: away/answers: awau/" flow.yaml
	mistake 5:33 "there is no node \"awau\"; did you mean \"away\"?"
	flow 5
	sed -i "s/answers: away/answers: eye/" flow.yaml
	mistake 5:33 "answers of back names eye, a test_source; name a zmq_out"
	flow 5
	sed -i "s/inputs: eye, endpoint/inputs: back.value, endpoint/" flow.yaml
	expect 78 "$VFLOW" check flow.yaml
	grep -E "^flow.yaml:[45]:[0-9]+: the flow goes in a circle: (away -> back|back -> away)" err
	flow 5 "inputs: eye"
	expect 78 "$VFLOW" check flow.yaml
	grep "^flow.yaml:5:.*: back reads from the node that answers names; remove inputs" err
	flow 5 "end: bye"
	expect 78 "$VFLOW" check flow.yaml
	grep "^flow.yaml:5:.*: with answers, zmq_in ends after the last question" err
'

it 'warns of answers that are joined by order' '
	flow 5
	sed -i "s/answers: away, //; s/back.value\]/&, join: order/" flow.yaml
	expect 0 "$VFLOW" check flow.yaml
	grep "^flow.yaml:7:.*: warning: pairs joins by order, and if several programs send to back" err
	grep "say with answers in back which node.s messages these answer, and join by origin" err
'

it 'warns of several questions of one number' '
	flow 5
	sed -i "s/inputs: eye, endpoint/inputs: fast, endpoint/; 3a\  fast: {type: rate, inputs: eye, fps: 50}" \
		flow.yaml
	expect 0 "$VFLOW" check flow.yaml
	grep "^flow.yaml:6:33: warning: fast may make several messages of one, which away sends with" err
'

done_testing
