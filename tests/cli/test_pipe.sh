#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that know nothing of vflow as nodes: by standard input and output, in the forms they have.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/ports.sh"
. "$root/tests/cli/frames.sh"

# frames FILE: the times and the hash of each of its frames.
frames () {
	ff -i "$1" -fps_mode passthrough -f framemd5 - | grep "^0,"
}

# lines WORD...: writes lines.yaml, in which the command WORD... reads and writes numbers.
lines () {
	words=''
	for word
	do
		words="$words${words:+, }'$word'"
	done
	cat >lines.yaml <<-END
	vflow: 1
	vars: {end: 50}
	nodes:
	  numbers: {type: int_source, end: "\${end}"}
	  step: {type: process, form: jsonl, command: [$words], inputs: numbers, outputs: {out: value},
	         backoff: 10ms}
	  out: {type: print, inputs: step}
	END
}

# fails STATUS OPTION...: runs lines.yaml, which ends so, with a balanced ledger.
fails () {
	wanted_status=$1
	shift
	expect "$wanted_status" "$VFLOW" run --report report.json "$@" lines.yaml
	python3 - <<-'END'
	import json
	report = json.load(open("report.json"))
	assert report["is_balanced"], report
	END
}

# A program that does not stand where others do, so that it can be told whether it is left.
cat >program.py <<-'END'
import json, signal, sys, time
work, rest = sys.argv[1], sys.argv[2:]
lines = iter(sys.stdin.readline, "")
if work == "double":
    for line in lines:
        print(json.dumps(2 * json.loads(line)), flush=True)
elif work == "gulp":
    all = list(lines)
    sys.stdout.writelines(all)
elif work == "lag":
    before = []
    for line in lines:
        before.append(line)
        if len(before) > 3:
            print(before.pop(0), end="", flush=True)
    sys.stdout.writelines(before)
elif work == "hang":
    for line in lines:
        print(line, end="", flush=True)
        if int(line) == int(rest[0]):
            time.sleep(1000)
elif work == "stay":
    for line in lines:
        print(line, end="", flush=True)
    time.sleep(1000)
elif work == "ignore":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for number in range(1000000):
        print(number, flush=True)
        time.sleep(0.005)
elif work == "once":
    for line in lines:
        if int(line) == 20:
            try:
                open("once", "x").close()
                sys.exit(5)
            except FileExistsError:
                pass
        print(line, end="", flush=True)
END
program="$workdir/program.py"

# all_ended: passes when no program of these tests is left.
all_ended () {
	await 'test -z "$(grep -lsa "$1" /proc/[0-9]*/cmdline)"' "${program%.py}[.]py" # not itself
}

cat >through.yaml <<-'END'
vflow: 1
vars: {form: rawvideo, size: 160x120, pixels: yuv420p}
nodes:
  source: {type: test_source, size: "${size}", frames: 40, rate: 30000/1001, pixel_format: "${pixels}"}
  through: {type: process, form: "${form}", command: [cat], inputs: source, outputs: {out: video}}
  wanted: {type: video_writer, path: wanted.mkv, codec: ffv1, inputs: source}
  out: {type: video_writer, path: got.mkv, codec: ffv1, inputs: through}
END

# passes FRAMES: passes when got.mkv has as many frames, and has them as wanted.mkv has them.
passes () {
	frames wanted.mkv >wanted
	frames got.mkv >got
	test "$(wc -l <wanted)" -eq "$1"
	cmp wanted got
}

it 'takes frames to a program and back, in each form, without changing them' '
	for form in rawvideo y4m nut matroska
	do
		rm -f wanted.mkv got.mkv
		expect 0 "$VFLOW" run -q --var form=$form through.yaml
		passes 40
	done
'

it 'takes pictures of odd sizes and many pixel formats' '
	for pixels in gray rgb24 bgra yuv422p10 yuv444p
	do
		rm -f wanted.mkv got.mkv
		expect 0 "$VFLOW" run -q --var pixels=$pixels --var size=131x67 through.yaml
		passes 40
	done
	rm -f wanted.mkv got.mkv
	expect 0 "$VFLOW" run -q --var form=y4m --var pixels=yuv422p10 --var size=131x67 through.yaml
	passes 40
'

it 'works between sockets, and with a slow reader of a program that is ahead' '
	for kind in ipc tcp
	do
		rm -f wanted.mkv got.mkv
		expect 0 "$VFLOW" run -q --transport $kind -s transport.tcp.base=$base through.yaml
		passes 40
	done
'

it 'fills in what frames are, for a filter of ffmpeg' '
	ff -f lavfi -i testsrc2=s=128x96:r=10 -frames:v 20 -c:v ffv1 in.mkv
	ff -i in.mkv -vf hflip -c:v ffv1 wanted.mkv
	cat >filter.yaml <<-"END"
	vflow: 1
	vars: {format: ""}
	nodes:
	  reader: {type: video_reader, path: in.mkv}
	  through:
	    type: process
	    form: rawvideo
	    format: "${format}"
	    command: [ffmpeg, -v, error, -f, rawvideo, -video_size, "{width}x{height}",
	              -pixel_format, "{pixel_format}", -framerate, "{rate}", -i, -, -vf, hflip,
	              -f, rawvideo, -]
	    inputs: reader
	    outputs: {out: video}
	  out: {type: video_writer, path: got.mkv, codec: ffv1, inputs: through}
	END
	expect 0 "$VFLOW" run -q filter.yaml
	passes 20
	expect 0 "$VFLOW" run -q --var format=gray filter.yaml
	ffprobe -v error -show_entries stream=pix_fmt -of csv=p=0 got.mkv >out
	says out gray
'

it 'gives answers the times and the metadata of what they answer' '
	ff -f lavfi -i testsrc2=s=64x48:r=10 -frames:v 10 -vf "setpts=PTS*PTS*TB*10+5/TB/10" \
		-fps_mode passthrough -color_primaries bt709 -color_trc bt709 -colorspace bt709 \
		-c:v ffv1 wanted.mkv
	for form in rawvideo y4m nut
	do
		expect 0 "$VFLOW" run -q --chain "video_reader wanted.mkv !
			process form=$form command=[cat] outputs.out=video !
			video_writer got.mkv codec=ffv1"
		passes 10
		ffprobe -v error -show_entries stream=color_space,color_primaries -of csv=p=0 got.mkv >out
		says out bt709,bt709
	done
'

it 'reads other frames than it writes' '
	expect 0 "$VFLOW" run -q --chain "test_source 5 size=64x48 !
		process form=rawvideo pixel_format=gray size=64x24 outputs.out=video \
			command=\"[ffmpeg, -v, error, -f, rawvideo, -video_size, 64x48, -pixel_format, yuv420p,
				-i, -, -s, 64x24, -pix_fmt, gray, -f, rawvideo, -]\" format=yuv420p !
		video_writer got.mkv codec=ffv1"
	ffprobe -v error -count_frames -show_entries stream=width,height,pix_fmt,nb_read_frames \
		-of csv=p=0 got.mkv >out
	says out 64,24,gray,5
	expect 0 "$VFLOW" run -q --chain "test_source 5 size=64x48 !
		process form=y4m output_form=nut outputs.out=video \
			command=\"[ffmpeg, -v, error, -f, yuv4mpegpipe, -i, -, -s, 32x24, -c:v, rawvideo, -f, nut, -]\" !
		video_writer got.mkv codec=ffv1"
	ffprobe -v error -count_frames -show_entries stream=width,height,nb_read_frames \
		-of csv=p=0 got.mkv >out
	says out 32,24,5
'

it 'lets a detector read frames and print a JSON line for each, which is joined with its frame' '
	cat >mean.py <<-"END"
	import json, sys
	size = int(sys.argv[1]) * int(sys.argv[2])
	number = 0
	while len(frame := sys.stdin.buffer.read(size)) == size:
	    number += 1
	    print(json.dumps({"frame": number, "size": len(frame)}), flush=True)
	assert not frame, len(frame)
	END
	cat >detect.yaml <<-"END"
	vflow: 1
	nodes:
	  source: {type: test_source, size: 64x48, frames: 30, pixel_format: rgb24}
	  detect: {type: process, form: rawvideo, format: gray, inputs: source,
	           command: [python3, mean.py, "{width}", "{height}"], outputs: {sizes: value}}
	  both: {type: joiner, inputs: [source, detect]}
	  out: {type: print, inputs: detect}
	  log: {type: metadata_log, path: log.csv, inputs: both}
	END
	expect 0 "$VFLOW" run -q detect.yaml
	test "$(wc -l <out)" -eq 30
	head -n 1 out | grep -F "{\"frame\": 1, \"size\": 3072}"
	test "$(grep -c . log.csv)" -ge 30
	sed -i "1a import time; time.sleep(4) # as one that loads a model does" mean.py
	expect 0 "$VFLOW" run -q detect.yaml
	test "$(wc -l <out)" -eq 30
'

it 'writes values as lines, and reads lines as values' '
	lines python3 "$program" double
	fails 0
	seq 0 2 100 | cmp - out
	cat >values.yaml <<-"END"
	vflow: 1
	nodes:
	  lists: {type: process, form: jsonl, command: [printf, "[1,\t2]\n\n {\"a\": \"b\"} \n7"],
	          outputs: {out: value}}
	  step: {type: process, form: jsonl, command: [cat], inputs: lists, outputs: {out: value}}
	  out: {type: print, inputs: step}
	END
	expect 0 "$VFLOW" run -q values.yaml
	printf "%s\n" "(1, 2)" "{\"a\": \"b\"}" 7 | cmp - out
'

it 'does not mind when a program reads all first, lags behind, or is ahead' '
	lines python3 "$program" gulp
	fails 0 --var end=20000
	seq 0 20000 | cmp - out
	lines python3 "$program" lag
	fails 0
	seq 0 50 | cmp - out
	lines cat
	fails 0 --var end=20000
	seq 0 20000 | cmp - out
'

it 'sends an answer on when it comes, though no other input does' '
	lines python3 "$program" double
	mkfifo gate
	sed -i "s/numbers: .*/numbers: {type: process, form: jsonl, command: [cat, gate], outputs: {out: value}}/" lines.yaml
	start_gated lines.yaml
	exec 4>gate
	echo 1 >&4
	let_out 2
	echo 4 >&4
	let_out 8
	exec 4>&-
	let_all
	ends 0
	all_ended
'

it 'says when answers are missing or too many, unless any ratio will do' '
	lines head -n 3
	fails 1
	grep -E "^vflow: step: head (exited .* 0 with 3 of [0-9]* inputs answered|has given 3 answers)" err
	fails 0 -s nodes.step.ratio=any --var end=100000
	seq 0 2 | cmp - out
	lines wc -l
	fails 1
	says err "vflow: step: wc has given 1 answers to 51 inputs; with ratio: any it may"
	fails 0 -s nodes.step.ratio=any
	says out 51
	lines sed p
	fails 1
	says err "vflow: step: sed has given answer 52 to 51 inputs; with ratio: any it may"
	fails 0 -s nodes.step.ratio=any
	{ seq 0 50; seq 0 50; } | sort -n | cmp - out
'

it 'gives answers the times of their rate, where any ratio will do' '
	cat >twice.yaml <<-"END"
	vflow: 1
	nodes:
	  source: {type: test_source, size: 64x48, frames: 10, rate: 15}
	  twice: {type: process, form: y4m, ratio: any, inputs: source, outputs: {out: video},
	          command: [ffmpeg, -v, error, -f, yuv4mpegpipe, -i, -, -vf, fps=30, -f, yuv4mpegpipe, -]}
	  out: {type: video_writer, path: got.mkv, codec: ffv1, inputs: twice}
	END
	expect 0 "$VFLOW" run -q twice.yaml
	ffprobe -v error -count_frames -show_entries stream=avg_frame_rate,nb_read_frames -of csv=p=0 \
		got.mkv >out
	says out 30/1,20
'

it 'says of what a program has died, and sends on what it had given' '
	lines sh -c "head -n 20; kill -SEGV \$\$\$\$"
	fails 1
	grep -E "^vflow: step: sh was killed by SIGSEGV (with 20 of [0-9]* inputs answered|when it)" err
	seq 0 19 | cmp - out
	lines sh -c "cat; exit 3"
	fails 1
	says err "vflow: step: sh exited with status 3 when it had all its input"
	seq 0 50 | cmp - out
	lines ./nowhere
	fails 1
	says err "vflow: step: cannot start ./nowhere: No such file or directory"
	lines sh -c "echo this goes wrong >&2; exec cat"
	fails 0
	says err "vflow: step: this goes wrong"
'

it 'refuses garbage, and what is cut off' '
	lines sed "s/^20$/twenty/"
	fails 1
	grep "^vflow: step: sed has written line 21, which is no JSON: " err
	seq 0 19 | cmp - out
	expect 1 "$VFLOW" run --chain "test_source 3 size=64x48 !
		process form=rawvideo outputs.out=video command=\"[head, -c, 10000]\" format=yuv420p ! void"
	grep "head has written 784 bytes of a frame of 4608, and then nothing more" err
	echo "cat >/dev/null; yes 12345 | head -n 1000" >garbage.sh
	for form in y4m nut
	do
		expect 1 "$VFLOW" run --chain "test_source 3 size=64x48 ! process form=$form \
			outputs.out=video command=\"[sh, garbage.sh]\" ! void"
		grep -E "sh has written (no YUV4MPEG2 header|what cannot be read: )" err
	done
'

it 'kills a program that hangs, in the middle and at the end' '
	lines python3 "$program" hang 20
	fails 1 -s nodes.step.stall_after=4s --var end=1000000
	grep "^vflow: step .* showed no sign of life for 4.0 s and was killed" err
	seq 0 20 | cmp - out
	all_ended
	lines python3 "$program" stay
	fails 1 -s nodes.step.stall_after=4s
	grep "^vflow: step .* showed no sign of life for 4.0 s and was killed" err
	seq 0 50 | cmp - out
	all_ended
'

it 'does not take a program for hung that has nothing to do, or lags' '
	lines python3 "$program" lag
	sed -i "s/end: .*}/fps: 0.2, end: 1}/" lines.yaml
	fails 0 -s nodes.step.stall_after=3s
	seq 0 1 | cmp - out
'

it 'ends a program with the flow, when that is interrupted' '
	lines python3 "$program" lag
	sed -i "s/end: .*}/fps: 200}/" lines.yaml
	for pair in INT:130 TERM:143
	do
		start lines.yaml
		wait_for out "^5$"
		kill "-${pair%:*}" "$flow"
		ends "${pair#*:}"
		all_ended
		is_prefix out
	done
'

it 'ends one that does not want to, and what it has started' '
	cat >endless.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: process, form: jsonl, command: [python3, $program, ignore], outputs: {out: value}}
	  out: {type: print, inputs: source}
	END
	start endless.yaml
	wait_for out "^50$"
	kill -INT "$flow"
	ends 130
	all_ended
	lines sh -c "python3 $program ignore >/dev/null & exec cat"
	fails 0
	all_ended
	start endless.yaml
	wait_for out "^50$"
	kill -9 "$flow"
	wait "$flow" || true
	all_ended
'

it 'has programs produce and consume' '
	cat >ends.yaml <<-"END"
	vflow: 1
	nodes:
	  raw: {type: process, form: rawvideo, size: 64x48, pixel_format: rgb24, rate: 5,
	        command: [ffmpeg, -v, error, -f, lavfi, -i, "testsrc2=s={width}x{height}:r=5",
	                  -frames:v, 10, -pix_fmt, "{pixel_format}", -f, rawvideo, -], outputs: {out: video}}
	  nut: {type: process, form: nut, command: [ffmpeg, -v, error, -f, lavfi, -i,
	        "testsrc2=s=64x48:r=5", -frames:v, 10, -f, nut, -], outputs: {out: video}}
	  raw_out: {type: video_writer, path: raw.mkv, codec: ffv1, inputs: raw}
	  nut_out: {type: video_writer, path: nut.mkv, codec: ffv1, inputs: nut}
	  sink: {type: process, form: y4m, inputs: nut,
	         command: [ffmpeg, -v, error, -y, -f, yuv4mpegpipe, -i, -, -c:v, ffv1, sink.mkv]}
	END
	expect 0 "$VFLOW" run -q ends.yaml
	for file in raw nut sink
	do
		frames $file.mkv | cut -d, -f3 >$file
		test "$(wc -l <$file)" -eq 10
	done
	cmp nut sink
	frames raw.mkv | tail -n 1 | grep "^0,  *9,  *9,  *1,"
	expect 69 "$VFLOW" run -s nodes.raw.size= ends.yaml
	grep "raw: raw frames say nothing of themselves; set size and pixel_format" err
	cat >consumer.yaml <<-"END"
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 5}
	  sink: {type: process, form: jsonl, inputs: numbers,
	         command: [sh, -c, "cat; test -e fine || exit 4"]}
	END
	expect 74 "$VFLOW" run consumer.yaml
	says err "vflow: sink: sh exited with status 4 when it had all its input"
	expect 74 "$VFLOW" run -s nodes.numbers.end=1000000 -s nodes.sink.command="[head, -n, 1]" consumer.yaml
	says err "vflow: sink: head exited with status 0 before the end of its input"
	touch fine
	expect 0 "$VFLOW" run consumer.yaml
	says err "vflow: sink: 5"
'

it 'starts a program again when its frames become others, and says when it cannot' '
	mkdir -p parts
	ff -f lavfi -i testsrc2=s=64x48:r=5 -frames:v 5 -pix_fmt yuv420p -c:v ffv1 parts/1.mkv \
		-f lavfi -i testsrc2=s=32x24:r=5 -frames:v 5 -map 1 -pix_fmt yuv420p -c:v ffv1 parts/2.mkv
	cat >folder.yaml <<-"END"
	vflow: 1
	nodes:
	  reader: {type: folder_reader, path: parts}
	  through: {type: process, form: y4m, command: [cat], inputs: reader, outputs: {out: video}}
	  out: {type: image_writer, inputs: through, path: "got-{seq:02d}.png"}
	  wanted: {type: image_writer, inputs: reader, path: "wanted-{seq:02d}.png"}
	END
	expect 0 "$VFLOW" run -q folder.yaml
	for number in $(seq -w 10)
	do
		cmp wanted-$number.png got-$number.png
	done
	expect 1 "$VFLOW" run -q -s nodes.through.form=rawvideo folder.yaml
	grep "through: cat reads raw frames, which become 32x24 yuv420p, and would not know; use {width}" err
'

it 'repeats what a stateless program has not answered, and gives it replicas' '
	lines python3 "$program" once
	fails 0 -s nodes.step.stateless=true
	seq 0 50 | cmp - out
	grep "^vflow: warning: step is started again" err
	lines python3 "$program" double
	fails 0 -s nodes.step.stateless=true -s nodes.step.replicas=3 --var end=300
	seq 0 2 600 | cmp - out
	expect 78 "$VFLOW" check -s nodes.step.replicas=3 lines.yaml
	all_ended
'

it 'shows mistakes before the start' '
	lines cat
	while IFS="|" read -r change message
	do
		# shellcheck disable=SC2086 # words
		expect 78 "$VFLOW" check $change lines.yaml
		grep -F -e "$message" err
	done <<-END
	-s nodes.step.form=rawvide|form: "rawvide" is no form that is known; did you mean "rawvideo"?
	-s nodes.step.form= -s nodes.step.ratio=any|ratio: this is for a program with a form; set form
	-s nodes.step.outputs.more=value|outputs: 2 are named, and a program with a form has one standard output
	-s nodes.step.outputs.out=audio|outputs.out: with a form, a program writes video or, as jsonl, a value
	-s nodes.step.outputs.out=video|outputs.out: jsonl is no video; set output_form: rawvideo, y4m or nut
	-s nodes.step.output_form=y4m|outputs.out: y4m is no value; set output_form: jsonl
	-s nodes.step.format=gray|format: jsonl has no pixels; leave it out
	-s nodes.step.form=y4m -s nodes.step.format=rgb24 -s nodes.step.outputs.out=video|format: y4m has no rgb24; take yuv420p, yuv444p or gray
	-s nodes.step.size=64x48|size: only rawvideo needs to be told what it reads; leave it out
	-s nodes.step.command=[cat,{width}]|command: {width} and the like are those of frames, and jsonl has none
	-s nodes.step.form=y4m|input "in" of step takes video, but numbers.value is value
	-s nodes.step.stateless=true -s nodes.step.ratio=any|ratio: a stateless program gives one answer to each input
	END
'

done_testing
