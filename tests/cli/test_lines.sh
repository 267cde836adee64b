#!/bin/sh
# SPDX-License-Identifier: MIT
# Lines in files: file_append and metadata_log.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

cat >numbers.yaml <<'END'
vflow: 1
vars: {path: out.jsonl, end: 4}
nodes:
  numbers: {type: int_source, end: "${end}"}
  lines: {type: file_append, inputs: numbers, path: "${path}"}
END

# numbers PATH WORD...: runs the flow above, to write PATH.
numbers () {
	path=$1
	shift
	"$VFLOW" run -q --var path="$path" "$@" numbers.yaml
}

# values FILE: the values of its lines of JSON.
values () {
	python3 -c 'import json, sys
for line in open(sys.argv[1]):
    print(json.loads(line)["value"])' "$1"
}

it 'writes what each frame is, in both formats' '
	ffmpeg -v error -f lavfi -i testsrc2=size=160x120:rate=10:duration=2 -c:v mpeg4 -g 5 in.avi
	cat >frames.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.avi}
	  small: {type: resize, inputs: reader, width: 80}
	  table: {type: file_append, inputs: reader, path: frames.csv}
	  both: {type: file_append, inputs: [reader, small], path: frames.jsonl}
	  packets: {type: file_append, inputs: small, path: same.CSV}
	END
	expect 0 "$VFLOW" run frames.yaml
	says err "wrote frames.csv: 20 lines"
	head -n 1 frames.csv | grep "^number,timestamp,source,type,width,height,format,key\$"
	ffprobe -v error -show_entries frame=pts_time,width,height,pix_fmt -of csv=p=0 in.avi |
		awk -F , "{ printf \"%d,%s,%s,%s,%s\\n\", NR, \$1 + 0, \$2, \$3, \$4 }" >wanted
	tail -n +2 frames.csv | awk -F , "{ print \$1 \",\" \$2 + 0 \",\" \$5 \",\" \$6 \",\" \$7 }" |
		cmp - wanted
	test "$(cut -d, -f 8 frames.csv | grep -c true)" -eq 4
	python3 - <<-END
	import json
	for number, line in enumerate(open("frames.jsonl"), 1):
	    record = json.loads(line)
	    assert record["number"] == number, line
	    assert (record["reader"]["width"], record["small"]["width"]) == (160, 80), line
	END
	test "$(wc -l <same.CSV)" -eq 21
'

it 'says the time within each file of a folder, and the file below it' '
	mkdir -p films/a films/b
	cp in.avi films/a/cat.avi
	cp in.avi films/b/cat.avi
	cat >films.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: folder_reader, path: films, recursive: true, start: 1s}
	  table: {type: file_append, inputs: reader, path: films.csv, source_time: true}
	  times: {type: metadata_log, inputs: reader, path: films.jsonl, source_time: true}
	END
	expect 0 "$VFLOW" run films.yaml
	head -n 1 films.csv | grep ",key,source_time\$"
	sed -n 12p films.csv | grep "^11,1,b/cat.avi,.*,1.0\$\|^11,1.0,b/cat.avi,.*,1.0\$"
	tail -n 1 films.csv | grep "^20,1.9,b/cat.avi,.*,1.9\$"
	grep "\"source\": \"a/cat.avi\".*\"source_time\": 1.9" films.jsonl
'

it 'goes on with a file that is there' '
	numbers on.csv
	numbers on.csv --var end=1
	printf "%s\n" number,timestamp,source,value 1,,,0 2,,,1 3,,,2 4,,,3 5,,,4 1,,,0 2,,,1 |
		cmp - on.csv
'

it 'replaces the file if asked, but not for a flow that does not start' '
	echo precious >again.jsonl
	expect 0 numbers again.jsonl -s nodes.lines.append=false
	seq 0 4 >wanted
	values again.jsonl | cmp - wanted
	echo precious >kept.jsonl
	sed "s/int_source.*/video_reader, path: kept.yaml}/" numbers.yaml >kept.yaml
	expect 69 "$VFLOW" run --var path=kept.jsonl -s nodes.lines.append=false kept.yaml
	says kept.jsonl precious
'

it 'appends with -n, which keeps existing files, but does not replace' '
	echo "{\"value\": -1}" >more.jsonl
	expect 0 numbers more.jsonl -n
	seq -1 4 >wanted
	values more.jsonl | cmp - wanted
	expect 73 numbers more.jsonl -n -s nodes.lines.append=false
	grep "more.jsonl exists already, and is not to be replaced" err
	values more.jsonl | cmp - wanted
	: >nothing.jsonl
	expect 0 numbers nothing.jsonl -n -s nodes.lines.append=false
'

it 'ends a line that a crash left torn' '
	printf "{\"value\": 1}\n{\"val" >torn.jsonl
	expect 0 "$VFLOW" run --var path=torn.jsonl numbers.yaml
	grep "torn.jsonl: its last line was torn, and has been ended" err
	says torn.jsonl "{\"val"
	test "$(wc -l <torn.jsonl)" -eq 7
	printf "number,value\n1,\"a, b" >torn.csv
	numbers torn.csv
	python3 - <<-END
	import csv
	rows = list(csv.reader(open("torn.csv")))
	assert rows[1] == ["1", "a, b"] and rows[2] == ["1", "0"], rows
	END
'

it 'keeps the columns of a table, and refuses another one' '
	echo "value,number,more" >own.csv
	numbers own.csv
	says own.csv "4,5,"
	echo "x,y" >other.csv
	expect 74 numbers other.csv
	grep "other.csv has another table in it, or none; name another file, or" err
	test "$(wc -l <other.csv)" -eq 1
'

it 'writes whole lines into one file from several tasks' '
	cat >shared.yaml <<-END
	vflow: 1
	nodes:
	  a: {type: int_source, end: 2999}
	  b: {type: int_source, end: 2999}
	  c: {type: file_append, inputs: a, path: shared.csv}
	  d: {type: file_append, inputs: b, path: shared.csv}
	END
	expect 0 "$VFLOW" run shared.yaml
	test "$(grep -c number, shared.csv)" -eq 1
	tail -n +2 shared.csv | sort >got
	for number in $(seq 0 2999)
	do
		echo "$((number + 1)),,,$number"
		echo "$((number + 1)),,,$number"
	done | sort | cmp - got
'

it 'shares standard output with print' '
	cat >standard.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 9}
	  shown: {type: print, inputs: numbers}
	  lines: {type: file_append, inputs: numbers, path: "-", format: csv}
	END
	"$VFLOW" run standard.yaml 2>err | cat >out
	grep "^wrote standard output: 10 lines" err
	seq 0 9 >wanted
	grep -v , out | cmp - wanted
	test "$(grep -c "^[0-9]*,,,[0-9]\$" out)" -eq 10
	says out number,timestamp,source,value
'

it 'waits for the reader of a pipe' '
	mkfifo pipe
	numbers pipe &
	seq 0 4 >wanted
	cat pipe >got
	wait $!
	values got | cmp - wanted
'

it 'reports a full disk, and leaves whole lines' '
	expect 74 numbers /dev/full
	grep "cannot write to /dev/full: No space left on device" err
	mkdir disk
	mount -t tmpfs -o size=64k tmpfs disk 2>/dev/null || exit 0
	told=true
	expect 74 numbers disk/out.jsonl --var end=5000 || told=false
	cp disk/out.jsonl full.jsonl
	umount disk
	$told
	grep "cannot write to disk/out.jsonl: No space left on device" err
	values full.jsonl >got
	lines=$(wc -l <got)
	test "$lines" -gt 500
	seq 0 $((lines - 1)) | cmp - got
'

it 'makes the folders that are missing' '
	expect 0 numbers lines/of/the/day.jsonl
	test -s lines/of/the/day.jsonl
'

it 'says why a file cannot be opened' '
	expect 73 numbers /dev/null/more/out.jsonl
	grep "cannot be created in \"/dev/null/more\": Not a directory" err
	expect 73 numbers .
	grep "is a folder; name a file in it" err
	expect 78 numbers http://127.0.0.1/hook
	grep "path is a URL; webhook sends messages to one" err
	test "$(id -u)" -ne 0 || exit 0
	: >locked.jsonl
	chmod 400 locked.jsonl
	expect 73 numbers locked.jsonl
	grep "cannot open locked.jsonl: Permission denied" err
'

cat >endless.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, fps: 500}
  lines: {type: file_append, inputs: numbers, path: endless.jsonl, restart: on-failure}
END

it 'has every line when it is interrupted' '
	start endless.yaml
	wait_for endless.jsonl "\"number\": 20,"
	kill -INT "$flow"
	ends 130
	values endless.jsonl >got
	is_prefix got
	says err "wrote endless.jsonl: $(wc -l <got) lines"
'

it 'keeps the lines of an interrupted run beside the whole file, which stays' '
	cat >finite.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, fps: 500, end: 999999}
	  all: {type: file_append, inputs: numbers, path: all.jsonl}
	  lines: {type: file_append, inputs: numbers, path: anew.jsonl, append: false}
	  times: {type: metadata_log, inputs: numbers, path: anew.csv, append: false}
	END
	echo "the whole" >anew.jsonl
	start finite.yaml
	wait_for all.jsonl "\"number\": 20,"
	kill -INT "$flow"
	ends 130
	says anew.jsonl "the whole"
	cmp all.jsonl anew.partial.jsonl
	made=$(wc -l <all.jsonl)
	says err "wrote all.jsonl: $made lines"
	says err "wrote anew.partial.jsonl: $made of 1000000 lines, interrupted; anew.jsonl is as it was"
	says err "wrote anew.partial.csv: $made lines, interrupted"
	test ! -e anew.csv
	expect 0 "$VFLOW" run -s nodes.numbers.end=5 finite.yaml
	test "$(wc -l <anew.jsonl)" -eq 6
	test "$(ls | grep -c "partial")" -eq 0
'

it 'goes on where a killed writer was, with one line twice at most' '
	rm endless.jsonl
	start endless.yaml
	wait_for endless.jsonl "\"number\": 20,"
	kill -9 "$(worker lines)"
	wait_for err "killed"
	reached=$(tail -n 1 endless.jsonl | grep -o "\"number\": [0-9]*" | grep -o "[0-9]*\$")
	wait_for endless.jsonl "\"number\": $((reached + 20)),"
	kill -INT "$flow"
	ends 130
	values endless.jsonl >got
	test "$(uniq -d got | wc -l)" -le 1
	uniq got >single
	is_prefix single
	grep "^wrote endless.jsonl: [0-9]* lines since it was started again\$" err
'

it 'logs the times of all tasks it listens to' '
	cat >times.yaml <<-END
	vflow: 1
	nodes:
	  picture: {type: test_source, size: 160x120, frames: 30}
	  small: {type: resize, inputs: picture, width: 80}
	  out: {type: void, inputs: small}
	  times: {type: metadata_log, inputs: [picture, small], path: times.jsonl}
	  table: {type: metadata_log, inputs: [picture, small], path: times.csv}
	END
	expect 0 "$VFLOW" run times.yaml
	grep "^wrote times.csv: 60 lines\$" err
	head -n 1 times.csv |
		grep "^task,number,timestamp,source,proctime_ms,actual_proctime_ms,age_ms\$"
	python3 - <<-END
	import json
	records = [json.loads(line) for line in open("times.jsonl")]
	for task in "picture", "small":
	    mine = [r for r in records if r["task"] == task]
	    assert [r["number"] for r in mine] == list(range(1, 31))
	    assert all(0 < r["proctime_ms"] <= r["actual_proctime_ms"] for r in mine[1:])
	    assert all(r["age_ms"] > 0 for r in mine)
	assert records[-1]["timestamp"] == 29 / 25
	END
'

it 'says of what is handed on how long the task that did so took' '
	cat >handed.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 10}
	  slow: {type: identity, inputs: numbers, fps: 40}
	  quick: {type: identity, inputs: slow}
	  many: {type: identity, inputs: slow, fps: 40, replicas: 3}
	  first: {type: identity, inputs: quick, fps: 80, group: both}
	  second: {type: identity, inputs: first, fps: 80, group: both}
	  times: {type: metadata_log, inputs: [slow, quick, many, second], path: handed.jsonl}
	END
	expect 0 "$VFLOW" run -q handed.yaml
	python3 - <<-END
	import json, statistics
	records = [json.loads(line) for line in open("handed.jsonl")]
	def took(task, figure):
	    return statistics.median(r[figure] for r in records if r["task"].split(".")[0] == task)
	for task in "slow", "many", "both":
	    assert took(task, "proctime_ms") >= 25, task
	    assert took(task, "actual_proctime_ms") >= 25, task
	assert took("quick", "proctime_ms") < 12
	END
'

it 'takes a real film through, where there is one' '
	street=$root/../shared/media/street.avi
	test -e "$street" || exit 0
	expect 0 "$VFLOW" run -q -s nodes.reader.path="$street" frames.yaml
	test "$(grep -c "^795," frames.csv)" -eq 1
'

done_testing
