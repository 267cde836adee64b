#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/reports.sh"

cat >flow.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, start: 1, end: 60}
  some:    {type: every, inputs: numbers, nth: 3}
  all:     {type: identity, inputs: numbers}
  both:    {type: joiner, inputs: [some, all]}
  out:     {type: void, inputs: both}
END

# has_form [FILE]: passes when a report is as its schema says, where Python has jsonschema.
has_form () {
	"$VFLOW" schema --report >report.schema.json
	for candidate in python3 /usr/bin/python3
	do
		"$candidate" -c "import jsonschema" 2>/dev/null || continue
		"$candidate" -W ignore -m jsonschema -i "${1:-report.json}" report.schema.json
		return
	done
}

# Passes when every edge of the report adds up.
adds_up () {
	finds 'report["is_balanced"]' 'all(
	    edge["produced"] == edge["published"] + edge["dropped_newest"] + edge["refused"] and
	    edge["published"] == edge["taken"] + edge["unmatched"] + edge["dropped_oldest"] +
	    edge["unread"] for edge in report["edges"])' 'all(
	    task["inputs"] == task["answered"] + task["filtered"] + task["failed"]
	    for task in report["tasks"])'
}

# The join ends with its shorter input, at number 58, and then its other sender may as well.
it 'says what became of every message' '
	expect 0 "$VFLOW" run -q --report report.json flow.yaml
	adds_up
	finds "report[\"file\"] == \"flow.yaml\"" "report[\"mode\"] == \"batch\"" \
		"report[\"status\"] == 0" "report[\"seconds\"] > 0" \
		"report[\"started\"] < report[\"ended\"]" "report[\"ended\"].endswith(\"Z\")" \
		"[task[\"id\"] for task in report[\"tasks\"]] == [1, 2, 3, 4, 5]"
	finds "tasks[\"some\"][\"type\"] == \"every\"" "tasks[\"some\"][\"state\"] == \"ended\"" \
		"tasks[\"some\"][\"exit_status\"] == 0" "tasks[\"some\"][\"signal\"] is None" \
		"tasks[\"some\"][\"gpu\"] is None" "tasks[\"some\"][\"pid\"] > 1" \
		"tasks[\"some\"][\"in\"] == {\"in\": 60}" "tasks[\"some\"][\"out\"] == {\"out\": 20}" \
		"tasks[\"some\"][\"answered\"] == 20" "tasks[\"some\"][\"filtered\"] == 40" \
		"tasks[\"both\"][\"in\"] == {\"in[1]\": 20, \"in[2]\": 20}" \
		"tasks[\"out\"][\"answered\"] == 20" "tasks[\"out\"][\"out\"] == {}"
	finds "edges[\"all.out\", \"both\"][\"taken\"] == 20" \
		"edges[\"all.out\", \"both\"][\"produced\"] in (58, 59, 60)" \
		"edges[\"all.out\", \"both\"][\"unmatched\"] in (38, 39, 40)" \
		"edges[\"all.out\", \"both\"][\"drop\"] == \"never\"" \
		"edges[\"both.list\", \"out\"][\"queue\"] == 4"
'

for drop in newest oldest
do
	it "counts what a realtime flow drops, the $drop" '
		expect 0 "$VFLOW" run -q --realtime --report report.json -s "defaults.drop='$drop'" \
			-s nodes.numbers.end=5000 -s nodes.all.fps=5 flow.yaml
		adds_up
		finds "report[\"mode\"] == \"realtime\"" \
			"edges[\"numbers.value\", \"all\"][\"drop\"] == \"'$drop'\"" \
			"edges[\"numbers.value\", \"all\"][\"produced\"] == 5000" \
			"edges[\"numbers.value\", \"all\"][\"dropped_'$drop'\"] > 0" \
			"tasks[\"numbers\"][\"dropped\"] > 0"
	'
done

it 'counts what comes after a reader has ended' '
	cat >early.yaml <<-END
	vflow: 1
	nodes:
	  many: {type: int_source, end: 1000}
	  few:  {type: int_source, end: 9}
	  both: {type: joiner, inputs: [many, few]}
	  out:  {type: void, inputs: both}
	END
	expect 0 "$VFLOW" run -q --report report.json early.yaml
	adds_up
	finds "edges[\"few.value\", \"both\"][\"taken\"] == 10" \
		"edges[\"many.value\", \"both\"][\"refused\"] > 0" \
		"edges[\"many.value\", \"both\"][\"taken\"] == 10"
'

it 'reports a run that was stopped, whose ledger balances too' '
	rm -f printed
	"$VFLOW" run --report report.json -s nodes.numbers.end=1000000000 -s nodes.out.type=print \
		flow.yaml >printed 2>err &
	run=$!
	wait_for printed 100
	kill -TERM $run
	wait $run || test $? -eq 143
	adds_up
	finds "report[\"status\"] == 143" "tasks[\"numbers\"][\"exit_status\"] == 0"
'

it 'says which task was killed' '
	rm -f printed
	"$VFLOW" run --report report.json -s nodes.numbers.end=1000000000 -s nodes.out.type=print \
		-s nodes.all.restart=no flow.yaml >printed 2>err &
	run=$!
	wait_for printed 100
	kill -KILL "$(pgrep -P $run -x vflow:all)"
	wait $run || test $? -eq 1
	finds "report[\"status\"] == 1" "report[\"is_balanced\"]" "tasks[\"all\"][\"signal\"] == 9" \
		"tasks[\"all\"][\"exit_status\"] is None" "tasks[\"all\"][\"state\"] == \"ended\""
'

it 'says what was written' '
	"$VFLOW" run -q --var output=clip.mkv --var size=64x48 --var frames=5 --report report.json \
		"$root/pipelines/testclip.yaml"
	finds "[(o[\"path\"], o[\"frames\"], o[\"complete\"]) for o in report[\"outputs\"]] == [
		(\"clip.mkv\", 5, True)]" \
		"report[\"outputs\"][0][\"bytes\"] == __import__(\"os\").stat(\"clip.mkv\").st_size" \
		"any(task[\"memory_bytes\"] > 0 for task in report[\"tasks\"])"
'

it 'finds out before the run that no report can be written' '
	expect 73 "$VFLOW" run --report nowhere/report.json -s nodes.out.type=print flow.yaml
	grep "^vflow: cannot write nowhere/report.json: No such file or directory$" err
	test ! -s out
	mkdir -p folder
	expect 73 "$VFLOW" run --report folder flow.yaml
'

it 'replaces a report by a whole one, with nothing beside it' '
	mkdir -p place
	echo old >place/real.json
	ln -sf real.json place/link.json
	expect 0 "$VFLOW" run -q --report place/link.json flow.yaml
	cp place/real.json report.json
	adds_up
	test -L place/link.json
	test "$(ls place | wc -l)" -eq 2
'

it 'writes to a pipe, and to an open descriptor, as they are' '
	mkfifo -m 600 pipe
	cat pipe >report.json &
	expect 0 "$VFLOW" run -q --report pipe flow.yaml
	wait $!
	adds_up
	"$VFLOW" run -q --report /dev/fd/3 flow.yaml 3>report.json
	adds_up
'

it 'lists what was read and written, each as an object' '
	"$VFLOW" run -q --var output=a.mkv --var size=64x48 --var frames=30 "$root/pipelines/testclip.yaml"
	mkdir films
	cp a.mkv films/1.mkv
	head -c 3000 a.mkv >films/2.mkv
	echo nothing >films/3.mkv
	cat >folder.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: folder_reader, path: films}
	  out: {type: video_writer, inputs: reader, path: "made/{source}.mkv"}
	  pictures: {type: image_writer, inputs: reader, path: "p{seq}.png"}
	  lines: {type: metadata_log, inputs: reader, path: lines.jsonl}
	END
	mkdir made
	expect 65 "$VFLOW" run --report report.json folder.yaml
	has_form
	finds "[i[\"path\"] for i in report[\"inputs\"]] == [\"films/%d.mkv\" % n for n in (1, 2, 3)]" \
		"[i[\"complete\"] for i in report[\"inputs\"]] == [True, False, False]" \
		"report[\"inputs\"][0][\"frames\"] == 30" \
		"report[\"inputs\"][2][\"reason\"] == \"it cannot be opened\"" \
		"{o[\"path\"] for o in report[\"outputs\"]} >= {\"made/1.mkv\", \"p1.png\", \"lines.jsonl\"}" \
		"sum(o.get(\"pictures\", 0) for o in report[\"outputs\"]) == tasks[\"pictures\"][\"inputs\"]" \
		"any(\"3.mkv\" in e[\"text\"] and e[\"task\"] == \"reader\" for e in report[\"errors\"])"
'

it 'says which task failed, at which frame and with which words' '
	test -w /dev/full || exit 0
	status=0
	"$VFLOW" run --report report.json -s nodes.out.type=print flow.yaml >/dev/full || status=$?
	test $status -eq 74
	has_form
	finds "[(e[\"task\"], e[\"fatal\"]) for e in report[\"errors\"]] == [(\"out\", True)]" \
		"\"No space left on device\" in report[\"errors\"][0][\"text\"]" \
		"report[\"errors\"][0][\"frame\"] > 0"
'

it 'says what was cut short' '
	cat >slow.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 1000000, wait: 1ms}
	  lines: {type: metadata_log, inputs: numbers, path: n.jsonl}
	END
	"$VFLOW" run --report report.json slow.yaml 2>err &
	run=$!
	await "test -n \"\$(cat n.*part* n.jsonl 2>/dev/null)\""
	kill -INT $run
	wait $run || test $? -eq 130
	has_form
	finds "len(report[\"outputs\"]) == 1" "report[\"outputs\"][0][\"lines\"] > 0"
'

it 'writes reports of the form that its schema says' '
	"$VFLOW" run -q --report report.json flow.yaml
	has_form
	"$VFLOW" run -q --report report.json --realtime -s nodes.numbers.end=5 flow.yaml
	has_form
	finds "report[\"versions\"][\"vflow\"]" "\"libavcodec\" not in report[\"versions\"]"
	"$VFLOW" run -q --report report.json --transport ipc flow.yaml
	finds "report[\"versions\"][\"libzmq\"].count(\".\") == 2"
	cat >film.yaml <<-END
	vflow: 1
	nodes:
	  eye: {type: test_source, frames: 2}
	  film: {type: video_writer, inputs: eye, path: film.mkv}
	END
	"$VFLOW" run -q --report report.json film.yaml
	finds "report[\"versions\"][\"libavcodec\"].count(\".\") == 2"
	"$VFLOW" run -q --report report.json flow.yaml
	python3 - <<-END
	import json
	schema = json.load(open("report.schema.json"))
	report = json.load(open("report.json"))
	assert set(report) <= set(schema["properties"])
	assert set(schema["required"]) <= set(report)
	END
'

it 'reports what kept a run from being started' '
	sed "s/end: 60/ennd: 60/" flow.yaml >wrong.yaml
	expect 78 "$VFLOW" run --report report.json wrong.yaml
	has_form
	finds "report[\"status\"] == 78" "report[\"tasks\"] == []" "len(report[\"mistakes\"]) == 1" \
		"report[\"mistakes\"][0][\"line\"] == 3" \
		"report[\"mistakes\"][0][\"code\"] == \"unknown-option\""
	expect 78 "$VFLOW" run --report - nowhere.yaml
	cp out report.json
	has_form
	finds "len(report[\"mistakes\"]) == 1"
'

it 'replaces nothing but a report when a run cannot be started' '
	sed "s/end: 60/ennd: 60/" flow.yaml >wrong.yaml
	echo "{ wrong" >broken.yaml
	for name in wrong.yaml broken.yaml flow.yaml
	do
		for flow in wrong.yaml broken.yaml nowhere.yaml
		do
			cp "$name" kept
			expect 78 "$VFLOW" run --report "$name" "$flow"
			says err "vflow: no report is written: $name is there, and is no report"
			cmp "$name" kept
		done
	done
	expect 78 "$VFLOW" run --report report.json broken.yaml
	has_form
	expect 0 "$VFLOW" run -q --report report.json flow.yaml
	expect 78 "$VFLOW" run --report report.json broken.yaml
	finds "report[\"status\"] == 78"
'

done_testing
