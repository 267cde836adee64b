#!/bin/sh
# SPDX-License-Identifier: MIT
# vflow batch: one flow, many inputs.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/ports.sh"

export TMPDIR="$workdir/tmp"
mkdir "$TMPDIR" in made

cat >flow.yaml <<'END2'
vflow: 1
nodes:
  film: {type: video_reader, path: "${input}"}
  small: {type: resize, inputs: film, width: 32, height: 24}
  out: {type: video_writer, inputs: small, path: "made/${stem}.mkv", codec: mjpeg}
END2

# The same, into files that have the same bytes each time.
sed -e 's/mkv", codec: mjpeg/txt", format: framemd5, codec: rawvideo/' flow.yaml >hashed.yaml

# A flow that reads no input; it ends when it is stopped only, and shows that it has begun.
cat >endless.yaml <<'END2'
vflow: 1
vars: {input: "", name: ""}
nodes:
  numbers: {type: int_source, fps: 50}
  out: {type: file_append, inputs: numbers, path: "${name}.lines"}
END2

for number in 1 2 3
do
	ffmpeg -v error -nostdin -f lavfi -i "testsrc2=size=64x48:rate=25" -frames:v $((number * 5)) \
		-c:v mjpeg "in/c$number.mkv" || exit 1
done

# count FILE: prints how many frames a video has.
count () {
	ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 "$1"
}

# json FILE EXPRESSION: passes when that is true of `it`, the JSON of the file.
json () {
	python3 -c 'import json, sys
it = json.load(open(sys.argv[1]))
sys.exit(not eval(sys.argv[2]))' "$1" "$2" && return
	cat "$1"
	return 1
}

# ended MANIFEST: prints what each input is, by its name, as the manifest has it.
ended () {
	status=0
	"$VFLOW" batch --status "$1" --json >ended.json || status=$?
	test $status -le 1 || return
	python3 -c 'import json
for it in json.load(open("ended.json"))["inputs"]:
    print(it["path"].rsplit("/", 1)[1], it["state"])' | sort
}

# noted MANIFEST EXPRESSION: prints what Python makes of a manifest, of which `of` has the last line of
# each input by its name.
noted () {
	python3 -c 'import json, sys
lines = map(json.loads, open(sys.argv[1]))
of = {line["path"].rsplit("/", 1)[1]: line for line in lines if "path" in line}
print(eval(sys.argv[2]))' "$@"
}

# leaves_no_trace: passes when no run is left, and nothing in the temporary folder.
leaves_no_trace () {
	ls -A "$TMPDIR" >left
	cmp left /dev/null
	leaves_nothing
}

it 'runs a flow once for each file of a folder, and says how each ended' '
	expect 0 "$VFLOW" batch flow.yaml in
	for number in 1 2 3
	do
		test "$(count made/c$number.mkv)" -eq $((number * 5))
		grep "^\[[123]/3\] done: in/c$number.mkv (0:[0-9][0-9])$" err
	done
	grep "^3 done; [0-9:]*$" err
	leaves_no_trace
'

it 'takes files, patterns, and lists by line or by NUL, each input once' '
	rm -f made/*
	expect 0 "$VFLOW" batch flow.yaml in/c1.mkv "in/c[12].mkv" in/../in/c1.mkv
	says err "vflow: warning: 2 inputs are given more than once; each is read once"
	ls made >names
	printf "%s\n" c1.mkv c2.mkv | cmp - names
	rm -f made/*
	printf "%s\n" in/c3.mkv "" in/c2.mkv >list
	expect 0 "$VFLOW" batch --from list flow.yaml
	test -e made/c3.mkv && test -e made/c2.mkv && test ! -e made/c1.mkv
	rm -f made/*
	printf "in/c1.mkv\0in/c3.mkv\0" >nuls
	expect 0 "$VFLOW" batch flow.yaml - <nuls
	ls made >names
	printf "%s\n" c1.mkv c3.mkv | cmp - names
'

odd_name="a \$b \"c\" 'd' # e
f.mkv"

it 'takes names with blanks, quotes, dollars and line feeds as they are' '
	mkdir odd
	cp in/c1.mkv "odd/$odd_name"
	rm -f made/*
	expect 0 "$VFLOW" batch flow.yaml odd
	test -e "made/$odd_name"
	test "$(grep -c "^" err)" -eq 2
'

it 'sets the variables of the flow, and others for all runs' '
	cat >names.yaml <<-\END2
	vflow: 1
	vars: {end: 1}
	nodes:
	  numbers: {type: int_source, end: "${end}"}
	  text: {type: file_append, inputs: numbers, path: "${dir}/${stem}+${name}+${end}"}
	END2
	mkdir named
	: >named/a.b.mkv
	expect 0 "$VFLOW" batch --var end=2 names.yaml named/a.b.mkv
	test -e named/a.b+a.b.mkv+2
'

it 'puts these variables into the values of others' '
	expect 0 "$VFLOW" batch --var "output=made/x-\${stem}.mp4" @transcode in
	ls made/x-c1.mp4 made/x-c2.mp4 made/x-c3.mp4
'

it 'goes on when an input is bad, and says which and why' '
	mkdir bad
	echo "no film" >bad/b.mkv
	cp in/c1.mkv bad/a.mkv
	rm -f made/*
	expect 1 "$VFLOW" batch flow.yaml bad in/nothing.mkv
	grep "^\[[123]/3\] failed: bad/b.mkv: film: cannot open bad/b.mkv: " err
	grep "^\[[123]/3\] failed: in/nothing.mkv: there is no file \"in/nothing.mkv\"" err
	grep "^1 done, 2 failed; " err
	ls made >names
	echo a.mkv | cmp - names
	expect 69 "$VFLOW" batch flow.yaml "none*.mkv"
	says err "vflow: no file matches \"none*.mkv\""
'

it 'stops at the first failure when it is told to' '
	expect 1 "$VFLOW" batch --fail-fast --jobs 1 --manifest fast.jsonl flow.yaml bad/b.mkv in
	grep "failed: bad/b.mkv" err
	ended fast.jsonl >states
	grep -x "b.mkv failed" states
	grep " skipped$" states
	leaves_no_trace
'

it 'finds outputs that are in each other'"'"'s way before anything starts' '
	rm -rf made/* other
	mkdir other
	cp in/c1.mkv other/c1.mkv
	expect 73 "$VFLOW" batch flow.yaml in other
	grep "in/c1.mkv and other/c1.mkv would both write .*/made/c1.mkv; " err
	expect 73 "$VFLOW" batch -s "nodes.out.path=in/c2.mkv" flow.yaml in/c1.mkv in/c2.mkv
	grep "in/c1.mkv would write .*/in/c2.mkv, which is another input" err
	ls made >names
	cmp names /dev/null
'

it 'says once what is wrong with the flow, and refuses one that does not read the input' '
	printf "%s\n" "vflow: 1" "nodes:" "  film: {type: video_reader, pth: \"\${input}\"}" >wrong.yaml
	expect 78 "$VFLOW" batch wrong.yaml in
	test "$(grep -c "unknown option \"pth\"" err)" -eq 1
	printf "%s\n" "vflow: 1" "nodes:" "  numbers: {type: int_source}" "  out: {type: void, inputs: numbers}" >same.yaml
	expect 78 "$VFLOW" batch same.yaml in
	grep "same.yaml: it does the same for each input; write \${input}" err
'

it 'refuses a command line that cannot be meant' '
	expect 2 "$VFLOW" batch
	expect 2 "$VFLOW" batch flow.yaml
	grep "INPUT is missing" err
	expect 2 "$VFLOW" batch --jobs 0 flow.yaml in
	grep "jobs cannot be \"0\"; it is auto, or 1 to" err
	expect 2 "$VFLOW" batch --resume flow.yaml in
	expect 2 "$VFLOW" batch --keep-going --fail-fast flow.yaml in
	expect 2 "$VFLOW" batch - in
	expect 69 "$VFLOW" batch --from nothing.txt flow.yaml
'

it 'takes a chain in place of the flow' '
	rm -f made/*
	expect 0 "$VFLOW" batch --chain "video_reader \${input} ! video_writer made/\${stem}.mkv codec=mjpeg" in/c1.mkv in/c2.mkv
	test "$(count made/c2.mkv)" -eq 10
'

it 'keeps what runs print apart, one after the other' '
	cat >prints.yaml <<-\END2
	vflow: 1
	nodes:
	  film: {type: video_reader, path: "${input}"}
	  numbers: {type: int_source, end: 3}
	  out: {type: print, inputs: numbers}
	  end: {type: void, inputs: film}
	END2
	expect 0 "$VFLOW" batch -q prints.yaml in
	printf "%s\n" 0 1 2 3 0 1 2 3 0 1 2 3 | cmp - out
	cmp err /dev/null
'

it 'keeps the log of each run, or shows it' '
	expect 0 "$VFLOW" batch --logs logs flow.yaml in/c1.mkv in/c2.mkv
	grep "^wrote made/c1.mkv: 5 frames" logs/c1.mkv.log
	grep "^wrote made/c2.mkv: 10 frames" logs/c2.mkv.log
	expect 0 "$VFLOW" batch -v flow.yaml in/c1.mkv
	grep "^in/c1.mkv: wrote made/c1.mkv: 5 frames" err
'

it 'tells programs how far it is' '
	expect 1 "$VFLOW" batch --progress json flow.yaml in bad/b.mkv
	grep "^{" err | tail -n 1 >last.json
	json last.json "it[\"state\"] == \"ended\" and it[\"done\"] == 3 and it[\"failed\"] == 1"
	json last.json "it[\"percent\"] == 100 and it[\"inputs\"] == 4 and it[\"running\"] == 0"
	grep "\"state\":\"failed\"" err >failed.json
	json failed.json "it[\"input\"] == \"bad/b.mkv\" and it[\"status\"] == 69"
'

it 'keeps one line up to date on a terminal, with failures above it' '
	"$VFLOW" batch -q --progress none flow.yaml in
	python3 -B "$root/tests/python/terminal.py" 160,140 "$VFLOW" batch --jobs 1 flow.yaml in bad/b.mkv >screen ||
		test $? -eq 1
	lacks screen "too wide"
	grep "^\[1/4\] failed: bad/b.mkv: film: cannot open bad/b.mkv" screen
	grep "^3 done, 1 failed; [0-9:]*$" screen
	lacks screen "done: in"
'

# batch WORD...: starts a batch in the background.
batch () {
	"$VFLOW" batch "$@" >out.txt 2>err &
	started $!
}

it 'ends runs that stall, and takes what was stopped for the whole, where it is told to' '
	rm -rf ./*.lines stall.jsonl made/*
	expect 1 "$VFLOW" batch --manifest stall.jsonl --on-stall abort --stall-report 2 \
		-s nodes.numbers.wait=1h -s nodes.numbers.fps=0 endless.yaml a
	test "$(noted stall.jsonl "of[\"a\"][\"status\"]")" -eq 70
	cat >film.yaml <<-\END2
	vflow: 1
	nodes:
	  film: {type: test_source, size: 64x48, frames: 100000000}
	  out: {type: video_writer, inputs: film, path: "made/${input}.mkv", codec: mjpeg}
	  now: {type: image_writer, inputs: film, path: "made/${input}.png"}
	END2
	echo "the whole" >made/a.mkv
	echo "the whole" >made/b.mkv
	set --
	for input in a b
	do
		batch "$@" film.yaml $input
		await "test -e made/$input.png"
		kill -TERM "$flow"
		ends 143
		set -- --accept-partial
	done
	says made/a.mkv "the whole"
	test "$(count made/b.mkv)" -ge 1
'

# interrupted SIGNAL STATUS: stops a batch of two endless runs.
interrupted () {
	rm -f ./*.lines stopped.jsonl
	batch --manifest stopped.jsonl --jobs 2 endless.yaml a b c
	await 'test -s a.lines && test -s b.lines'
	runs=$(pgrep -P "$flow")
	kill "-$1" "$flow"
	ends "$2"
	for run in $runs
	do
		test ! -e "/proc/$run"
	done
	ended stopped.jsonl >states
	printf '%s\n' 'a interrupted' 'b interrupted' 'c skipped' | cmp - states
	grep '^0 done, 2 interrupted, 1 skipped; ' err
	leaves_no_trace
}

it 'drains all runs when it is asked to stop, and leaves nothing' '
	interrupted INT 130
	interrupted TERM 143
'

it 'asks its runs to stop when it is killed itself' '
	rm -f ./*.lines killed.jsonl
	batch --manifest killed.jsonl --jobs 2 endless.yaml a b c
	await "test -s a.lines && test -s b.lines"
	runs=$(pgrep -P "$flow")
	kill -9 "$flow"
	for run in $runs
	do
		gone "$run"
	done
	ends 137
	ended killed.jsonl >states
	printf "%s\n" "a interrupted" "b interrupted" "c waiting" | cmp - states
	leaves_no_trace
'

it 'runs as many at a time as it is told' '
	rm -f ./*.lines
	batch --jobs 3 endless.yaml a b c
	await "test -s a.lines && test -s b.lines && test -s c.lines"
	kill -TERM "$flow"
	ends 143
	leaves_no_trace
'

it 'runs a part of the inputs, and all parts together run all' '
	rm -rf made/* s1.jsonl s2.jsonl
	for part in 1 2
	do
		expect 0 "$VFLOW" batch --shard $part/2 --manifest s$part.jsonl flow.yaml in
	done
	ended s1.jsonl >names
	ended s2.jsonl >>names
	sort names >states
	printf "%s\n" "c1.mkv done" "c2.mkv done" "c3.mkv done" | cmp - states
	expect 0 "$VFLOW" batch --shard 1/2 flow.yaml in/c3.mkv in/c1.mkv in/c2.mkv
	grep "^\[1/1\] done: in/c3.mkv" err
	expect 0 "$VFLOW" batch --shard 5/5 flow.yaml in
	grep "^0 done; " err
	expect 2 "$VFLOW" batch --shard 3/2 flow.yaml in
	grep "shard is a part of a number of parts, such as 2/8" err
	expect 73 "$VFLOW" batch --shard 1/2 -s nodes.out.path=made/x.mkv flow.yaml in
'

it 'runs one at a time over tcp, where all have the same ports' '
	rm -f made/*
	expect 0 "$VFLOW" batch --jobs 3 -s "transport={tcp: {base: $base}}" flow.yaml in
	test "$(ls made | wc -l)" -eq 3
'

it 'does on resumption only what is missing, or has changed' '
	rm -rf made/* work m.jsonl
	cp -r in work
	echo "no film" >work/d.mkv
	expect 1 "$VFLOW" batch --manifest m.jsonl flow.yaml work
	"$VFLOW" batch --status m.jsonl >table || test $? -eq 1
	grep "^work/c1.mkv *done  .*/made/c1.mkv$" table
	grep "^work/d.mkv *failed .*film: cannot open" table
	grep "^3 done, 1 failed$" table
	expect 73 "$VFLOW" batch --manifest m.jsonl flow.yaml work
	grep "the manifest m.jsonl exists; go on with what it lacks by --resume" err
	ls -l --time-style=full-iso made >before
	expect 1 "$VFLOW" batch --manifest m.jsonl --resume flow.yaml work
	says err "failed before: work/d.mkv: film: cannot open work/d.mkv: it is no media file, or its beginning is damaged"
	grep "^3 done, 1 failed, 4 of them before; " err
	ls -l --time-style=full-iso made | cmp - before
	cp in/c2.mkv work/c1.mkv
	rm made/c2.mkv
	echo more >>made/c3.mkv
	expect 1 "$VFLOW" batch --manifest m.jsonl --resume flow.yaml work
	for number in 1 2 3
	do
		grep "done: work/c$number.mkv" err
	done
	test "$(count made/c1.mkv)" -eq 10
	test "$(count made/c3.mkv)" -eq 15
	cp in/c1.mkv work/d.mkv
	expect 0 "$VFLOW" batch --manifest m.jsonl --resume flow.yaml work
	grep "^\[4/4\] done: work/d.mkv" err
	expect 0 "$VFLOW" batch --status m.jsonl
	expect 0 "$VFLOW" batch --manifest m.jsonl --resume -s nodes.small.width=48 flow.yaml work/c1.mkv
	grep "done: work/c1.mkv" err
'

it 'takes variables among its operands, as run does' '
	mkdir -p eq
	cp in/c1.mkv eq/width=7
	cat >wide.yaml <<-\END2
	vflow: 1
	vars: {width: 32}
	nodes:
	  film: {type: video_reader, path: "${input}"}
	  small: {type: resize, inputs: film, width: "${width}", height: 24}
	  out: {type: video_writer, inputs: small, path: "made/${stem}-${width}.mkv", codec: mjpeg}
	END2
	rm -f made/*
	expect 0 "$VFLOW" batch width=48 wide.yaml in/c1.mkv
	expect 0 "$VFLOW" batch wide.yaml in/c2.mkv width=64
	expect 0 "$VFLOW" batch --chain "video_reader \${input} ! resize width=\${width} height=24 ! video_writer made/x\${width:-9}.mkv codec=mjpeg" width=16 in/c1.mkv
	ls made >names
	printf "%s\n" c1-48.mkv c2-64.mkv x16.mkv | cmp - names
	cd eq
	mkdir made
	expect 0 "$VFLOW" batch ../wide.yaml ./width=7
	test -e "made/width=7-32.mkv"
	expect 2 "$VFLOW" batch ../wide.yaml ./width=7 wdth=8
	grep "the flow has no variable \"wdth\"; it has input, stem, width; an input of that name is ./wdth=8" err
'

it 'says at once what flags of its runs are wrong' '
	expect 2 "$VFLOW" batch --grace soon flow.yaml in
	test "$(grep -c "grace" err)" -ge 1
	expect 2 "$VFLOW" batch --stall-report -1 flow.yaml in
	expect 2 "$VFLOW" batch --on-stall sleep flow.yaml in
	expect 2 "$VFLOW" batch --by-hash flow.yaml in
'

it 'keeps the dead letters of each run apart, and no empty folders' '
	rm -rf letters large
	mkdir large
	ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=256x48 -frames:v 2 -c:v mjpeg large/c1.mkv
	expect 0 "$VFLOW" batch --dead-letter letters --jobs 1 \
		-s "nodes.small={type: crop, inputs: film, width: 16, height: 16, x: 90, on_error: skip}" \
		-s "nodes.out={type: void, inputs: small}" flow.yaml in/c1.mkv in/c2.mkv large/c1.mkv
	ls letters >names
	printf "%s\n" c1.mkv c2.mkv | cmp - names
	test "$(ls letters/c1.mkv/small-*.json | wc -l)" -eq 5
	test "$(ls letters/c2.mkv/small-*.json | wc -l)" -eq 10
'

it 'knows inputs by their hash, when it is told to' '
	rm -rf made/* work h.jsonl
	cp -r in work
	expect 0 "$VFLOW" batch --manifest h.jsonl --by-hash flow.yaml work
	test "$(noted h.jsonl "of[\"c1.mkv\"][\"sha256\"]")" = "$(sha256sum work/c1.mkv | cut -d" " -f1)"
	touch -d 2020-01-01 work/c1.mkv work/c2.mkv
	expect 0 "$VFLOW" batch --manifest h.jsonl --by-hash --resume flow.yaml work
	grep "^3 done, 3 of them before; " err
	python3 -c "
import os
was = os.stat(\"work/c2.mkv\")
with open(\"work/c2.mkv\", \"r+b\") as file:
    file.seek(-1, 2)
    byte = file.read(1)[0]
    file.seek(-1, 2)
    file.write(bytes([byte ^ 1]))
os.utime(\"work/c2.mkv\", ns=(was.st_atime_ns, was.st_mtime_ns))"
	expect 0 "$VFLOW" batch --manifest h.jsonl --by-hash --resume flow.yaml work
	grep "^\[1/3\] done: work/c2.mkv\|^\[3/3\] done: work/c2.mkv" err
	grep "^3 done, 2 of them before; " err
	expect 0 "$VFLOW" batch --manifest h.jsonl --resume flow.yaml work
	grep "^3 done, 2 of them before; " err
'

it 'notes the receipt of each output, and misses one that has gone' '
	rm -rf made/* receipts r.jsonl
	expect 0 "$VFLOW" batch --manifest r.jsonl --receipts receipts flow.yaml in
	"$VFLOW" verify --receipts receipts made/c1.mkv made/c2.mkv made/c3.mkv
	test "$(noted r.jsonl "of[\"c2.mkv\"][\"outputs\"][0][\"receipt\"]")" = "$PWD/receipts/c2.mkv.receipt.json"
	rm receipts/c2.mkv.receipt.json
	expect 0 "$VFLOW" batch --manifest r.jsonl --receipts receipts --resume flow.yaml in
	grep "^3 done, 2 of them before; " err
	"$VFLOW" verify --receipts receipts made/c2.mkv
	expect 0 "$VFLOW" batch --manifest beside.jsonl -s nodes.out.receipt=true flow.yaml in/c1.mkv
	test "$(noted beside.jsonl "of[\"c1.mkv\"][\"outputs\"][0][\"receipt\"]")" = "$PWD/made/c1.mkv.receipt.json"
	"$VFLOW" verify made/c1.mkv
'

it 'finds receipts that are in each other'"'"'s way' '
	rm -rf made/* other receipts
	mkdir other made/in made/other
	cp in/c1.mkv other/c1.mkv
	expect 73 "$VFLOW" batch --receipts receipts -s "nodes.out.path=made/\${dir}/\${stem}.mkv" flow.yaml in other
	grep "in/c1.mkv and other/c1.mkv would both write .*receipts/c1.mkv.receipt.json; " err
	test ! -e receipts
'

it 'notes all files of a playlist, and misses one that has gone' '
	rm -rf made/* l.jsonl
	expect 0 "$VFLOW" batch --manifest l.jsonl -s "nodes.out={type: video_writer, inputs: film, path: \"made/\${stem}.m3u8\"}" \
		flow.yaml in/c1.mkv
	part=$(noted l.jsonl "of[\"c1.mkv\"][\"outputs\"][0][\"files\"][-1][\"path\"]")
	rm "$part"
	expect 0 "$VFLOW" batch --manifest l.jsonl --resume -s "nodes.out={type: video_writer, inputs: film, path: \"made/\${stem}.m3u8\"}" \
		flow.yaml in/c1.mkv
	grep "^1 done; " err
	test -e "$part"
'

it 'says what it would do, and touches nothing' '
	rm -rf made/* work d.jsonl
	cp -r in work
	echo "no film" >work/d.mkv
	find . | grep -v "/\(out\|err\|before\|after\)$" | sort >before
	expect 1 "$VFLOW" batch --dry-run --jobs 2 --manifest d.jsonl --logs logs.d --receipts receipts.d flow.yaml work work/nothing.mkv
	find . | grep -v "/\(out\|err\|before\|after\)$" | sort | cmp before -
	sed -n "/^would run/,/^would fail/p" out | grep -c "^  work/c[123].mkv, 0:0[01] -> $PWD/made/c[123].mkv, receipts.d/c[123].mkv.receipt.json$" >count
	test "$(cat count)" -eq 3
	sed -n "/^would fail/,/^would start/p" out | grep "^  work/nothing.mkv: status 69"
	says out "  up to 2 at a time"
	"$VFLOW" batch -q --progress none --manifest d.jsonl flow.yaml work || test $? -eq 1
	cp in/c1.mkv work/c2.mkv
	cp d.jsonl before
	expect 1 "$VFLOW" batch --dry-run --resume --manifest d.jsonl flow.yaml work
	cmp d.jsonl before
	sed -n "/^would run/,/^failed before/p" out | grep "^  work/c2.mkv"
	test "$(sed -n "/^done before/,\$p" out | grep -c "^  work/c[13].mkv")" -eq 2
	sed -n "/^failed before/,/^done before/p" out | grep "^  work/d.mkv"
	expect 73 "$VFLOW" batch --dry-run --manifest d.jsonl flow.yaml work
	grep "the manifest d.jsonl exists" err
'

it 'lets runs add lines to one file, which has not changed for that' '
	cat >shared.yaml <<-\END2
	vflow: 1
	nodes:
	  film: {type: video_reader, path: "${input}"}
	  numbers: {type: int_source, end: 1}
	  lines: {type: file_append, inputs: numbers, path: shared.txt}
	  end: {type: void, inputs: film}
	END2
	expect 0 "$VFLOW" batch --manifest lines.jsonl shared.yaml in
	test "$(wc -l <shared.txt)" -eq 6
	expect 0 "$VFLOW" batch --manifest lines.jsonl --resume shared.yaml in
	grep "^3 done, 3 of them before; " err
	test "$(wc -l <shared.txt)" -eq 6
'

it 'tries again what has failed, when it is told to' '
	rm -rf retry retry.jsonl made/*
	mkdir retry
	: >made/blocked
	cp in/c1.mkv retry/c1.mkv
	expect 1 "$VFLOW" batch --manifest retry.jsonl -s "nodes.out.path=made/blocked/\${stem}.mkv" flow.yaml retry
	rm made/blocked
	mkdir made/blocked
	expect 0 "$VFLOW" batch --manifest retry.jsonl --retry-failed -s "nodes.out.path=made/blocked/\${stem}.mkv" flow.yaml retry
	rm -r made/blocked
'

it 'does not share its manifest with another batch' '
	rm -f ./*.lines shared.jsonl
	batch --manifest shared.jsonl endless.yaml a
	await "test -s a.lines"
	expect_in out2 err2 73 "$VFLOW" batch --manifest shared.jsonl --resume endless.yaml a b
	grep "another batch is at work on the manifest shared.jsonl" err2
	status=0
	"$VFLOW" batch --status shared.jsonl >table || status=$?
	test $status -eq 1
	grep "^a *running" table
	kill -TERM "$flow"
	ends 143
'

it 'goes on after a torn line, and refuses a file that is no manifest, or damaged' '
	rm -rf made/* torn.jsonl
	expect 0 "$VFLOW" batch --manifest torn.jsonl flow.yaml in
	size=$(wc -c <torn.jsonl)
	cp torn.jsonl whole.jsonl
	for cut in 1 10 $((size / 2)) $((size - 57)) $size
	do
		head -c $((size - cut)) whole.jsonl >torn.jsonl
		expect 0 "$VFLOW" batch --manifest torn.jsonl --resume flow.yaml in
		ended torn.jsonl >states
		printf "%s\n" "c1.mkv done" "c2.mkv done" "c3.mkv done" | cmp - states
	done
	{ head -n 2 whole.jsonl; echo "{\"pat"; tail -n 2 whole.jsonl; } >torn.jsonl
	cp torn.jsonl before
	expect 73 "$VFLOW" batch --manifest torn.jsonl --resume flow.yaml in
	grep "torn.jsonl:3: this line is damaged" err
	cmp torn.jsonl before
	cp flow.yaml precious
	expect 73 "$VFLOW" batch --manifest precious --resume flow.yaml in
	grep "precious is no manifest of vflow batch" err
	cmp flow.yaml precious
	expect 69 "$VFLOW" batch --status nothing.jsonl
	expect 73 "$VFLOW" batch --manifest /dev/full flow.yaml in
	says err "vflow: the manifest /dev/full cannot be opened: it is no regular file"
'

it 'makes one manifest of those of shards' '
	rm -f made/* s1.jsonl s2.jsonl
	for part in 1 2
	do
		expect 0 "$VFLOW" batch --shard $part/2 --manifest s$part.jsonl flow.yaml in
	done
	expect 0 "$VFLOW" batch --merge whole.jsonl s1.jsonl s2.jsonl
	says out "3 done"
	ended whole.jsonl >states
	printf "%s\n" "c1.mkv done" "c2.mkv done" "c3.mkv done" | cmp - states
	expect 0 "$VFLOW" batch --manifest whole.jsonl --resume flow.yaml in
	grep "^3 done, 3 of them before; " err
	echo in >list
	expect 0 "$VFLOW" batch --merge whole.jsonl --from list s1.jsonl s2.jsonl
	expect 1 "$VFLOW" batch --merge whole.jsonl --from list --json s1.jsonl
	json out "sorted(i[\"state\"] for i in it[\"inputs\"])[-1] == \"waiting\" and not it[\"done\"]"
	expect 1 "$VFLOW" batch --merge whole.jsonl --from list
	says out "3 waiting"
	expect 2 "$VFLOW" batch --merge whole.jsonl
	expect 69 "$VFLOW" batch --merge whole.jsonl nothing.jsonl
'

it 'takes the newest line of an input that several manifests have, and knows one that was killed' '
	head -n 1 whole.jsonl >old.jsonl
	cp old.jsonl new.jsonl
	line () {
		printf "{\"input\":\"%s\",\"path\":\"/%s\",\"state\":\"%s\",\"time\":\"2026-01-01T00:00:%sZ\"}\n" "$1" "$1" "$2" "$3"
	}
	line a failed 01 >>old.jsonl
	line b done 03 >>old.jsonl
	line c running 01 >>old.jsonl
	line a done 02 >>new.jsonl
	line b failed 02 >>new.jsonl
	for order in "old.jsonl new.jsonl" "new.jsonl old.jsonl"
	do
		expect 1 "$VFLOW" batch --merge whole.jsonl $order
		ended whole.jsonl >states
		printf "%s\n" "a done" "b done" "c interrupted" | cmp - states
	done
'

it 'reports nothing as done that is not, whenever it is killed, and goes on to the same result' '
	rm -rf made cut.jsonl
	mkdir made
	"$VFLOW" batch -q hashed.yaml in
	mv made wanted
	mkdir made
	python3 -B "$root/tests/python/cut_batch.py" 15 cut.jsonl made wanted "$VFLOW" batch --jobs 2 \
		--manifest cut.jsonl --resume hashed.yaml in
	expect 0 "$VFLOW" batch --manifest cut.jsonl --resume hashed.yaml in
	ls made >names
	printf "%s\n" c1.txt c2.txt c3.txt | cmp - names
	for number in 1 2 3
	do
		cmp "made/c$number.txt" "wanted/c$number.txt"
	done
	ended cut.jsonl >states
	printf "%s\n" "c1.mkv done" "c2.mkv done" "c3.mkv done" | cmp - states
'

done_testing
