#!/bin/sh
# SPDX-License-Identifier: MIT
# Names that are odd, URLs with passwords, and files that the run needs itself.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

cat >flow.yaml <<'END'
vflow: 1
nodes:
  reader: {type: video_reader, path: in.avi}
  out: {type: void, inputs: reader}
END
ffmpeg -v error -nostdin -f lavfi -i testsrc=s=64x48:d=0.2 -c:v mpeg4 in.avi
cp in.avi kept.avi
ln in.avi hard.avi
ln -s in.avi soft.avi
cp flow.yaml kept.yaml

it 'never replaces an input by a report' '
	for name in in.avi ./in.avi hard.avi soft.avi
	do
		expect 78 "$VFLOW" run --report "$name" flow.yaml
		grep "^--report: --report writes the file that reader reads" err
		cmp in.avi kept.avi
	done
'

it 'never replaces the flow file, neither by a report nor by an output' '
	expect 78 "$VFLOW" run --report flow.yaml flow.yaml
	grep "^--report: --report writes the file that the run reads" err
	cat >own.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, end: 2}
	  out: {type: file_append, inputs: numbers, path: own.yaml}
	END
	expect 78 "$VFLOW" run own.yaml
	grep "the run reads the file that out writes" err
	cmp flow.yaml kept.yaml
'

it 'never replaces an input, a flow file, an output or a report by a trace' '
	for name in in.avi ./in.avi hard.avi soft.avi
	do
		expect 78 "$VFLOW" run --trace "$name" flow.yaml
		grep "^--trace: --trace writes the file that reader reads" err
		cmp in.avi kept.avi
	done
	expect 78 "$VFLOW" run --trace flow.yaml flow.yaml
	grep "^--trace: --trace writes the file that the run reads" err
	cmp flow.yaml kept.yaml
	expect 78 "$VFLOW" run --trace list.csv -s nodes.out.type=file_append \
		-s nodes.out.path=list.csv flow.yaml
	grep "^--trace: --trace writes the same file as out" err
	expect 78 "$VFLOW" run --trace same --report same flow.yaml
	grep "^--trace: --trace writes the same file as --report" err
	expect 78 "$VFLOW" run --trace - --report - flow.yaml
'

it 'never replaces an output by a report, nor one link of a file by another' '
	cat >two.yaml <<-END
	vflow: 1
	nodes:
	  camera: {type: test_source, frames: 2}
	  out: {type: video_writer, inputs: camera, path: made.mkv}
	END
	expect 78 "$VFLOW" run --report made.mkv two.yaml
	grep "^--report: --report writes the same file as out" err
	expect 78 "$VFLOW" check -s nodes.out.path=hard.avi -s nodes.camera.type=video_reader \
		-s nodes.camera.path=in.avi two.yaml
'

# letters READ WRITTEN WORD...: runs a flow that reads pictures and writes some, and puts others aside
# in `low/kept`.
letters () {
	cat >letters.yaml <<-END
	vflow: 1
	nodes:
	  shots: {type: image_reader, path: "$1"}
	  step: {type: crop, inputs: shots, width: 16, height: 16, x: 90, on_error: skip}
	  out: {type: image_writer, inputs: shots, path: "$2"}
	  rest: {type: void, inputs: step}
	END
	shift 2
	"$VFLOW" run -q --dead-letter low/kept "$@" letters.yaml
}

it 'puts nothing aside where it would be read, or written over' '
	mkdir -p low/kept made
	ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=32x32 -frames:v 2 "low/kept/%d.png"
	ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=32x32 -frames:v 2 "low/%d.png"
	for read in low/kept ./low/../low/kept "low/kept/*" "low/kept/step*.png"
	do
		expect 78 letters "$read" "made/{seq}.png"
		grep "^--dead-letter: shots would read what is put aside in low/kept" err
	done
	expect 78 letters low "made/{seq}.png" -s nodes.shots.recursive=true
	expect 78 letters low "low/kept/step-{seq:04d}.png"
	grep "^--dead-letter: out would write over what is put aside in low/kept" err
	ls low/kept >names
	printf "1.png\n2.png\n" | cmp - names
'

it 'puts aside in any other folder' '
	for read in low low/kept/1.png "low/kept/[0-9].png"
	do
		expect 0 letters "$read" "low/kept/{source}-{seq}.png"
		test -s low/kept/step-1.1.png
		rm low/kept/*-*
	done
	expect 0 letters low/kept "made/{seq}.png" -s nodes.step.on_error=fail -s nodes.step.x=0
'

it 'refuses video and anything else on one standard output' '
	cat >both.yaml <<-END
	vflow: 1
	nodes:
	  camera: {type: test_source, frames: 2}
	  out: {type: video_writer, inputs: camera, path: "-", format: matroska}
	  lines: {type: print, inputs: camera}
	END
	expect 78 "$VFLOW" check both.yaml
	grep "lines writes to standard output, as out does" err
	sed -i "s/print, inputs: camera/video_writer, inputs: camera, path: \"-\", format: nut/" both.yaml
	expect 78 "$VFLOW" check both.yaml
	sed -i "/lines/d" both.yaml
	expect 78 "$VFLOW" run --report - both.yaml
	grep "^--report: --report writes to standard output, as out does" err
'

it 'writes the report to standard output when it is called -' '
	expect 0 "$VFLOW" run -q --report - flow.yaml
	python3 -c "import json; json.load(open(\"out\"))"
	test ! -e ./-
'

it 'prints JSON of names that are no UTF-8' '
	name=$(printf "f\351.yaml")
	printf "vflow: 1\n" >"$name"
	expect 78 "$VFLOW" check --json "$name"
	python3 -c "
import json
assert json.load(open(\"out\", encoding=\"utf-8\"))[0][\"file\"] == r\"f\xe9.yaml\""
	cp flow.yaml "$name"
	expect 0 "$VFLOW" graph --format json "$name"
	python3 -c "import json; json.load(open(\"out\", encoding=\"utf-8\"))"
	expect 0 "$VFLOW" run -q --report report.json "$name"
	python3 -c "
import json
assert json.load(open(\"report.json\", encoding=\"utf-8\"))[\"file\"] == r\"f\xe9.yaml\""
'

it 'reads and writes each name as it is spelled' '
	cat >spelled.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.avi}
	  out: {type: video_writer, inputs: reader, path: out.avi, codec: mpeg4}
	END
	for name in "100% %s" "50%" "a:b" "-dash" "a[1]*?" "file:x" "pipe:x" "http:x" "data:x" "#x" "~x" "a?b" "%%03d"
	do
		cp -- kept.avi "$name.avi"
		expect 0 "$VFLOW" run -s nodes.reader.path="$name.avi" -s nodes.out.path="$name-2.avi" \
			spelled.yaml
		ffprobe -v error "file:$name-2.avi"
	done
	expect 0 "$VFLOW" run -s nodes.out.path="{{x}}.avi" spelled.yaml
	test -s "{x}.avi"
	expect 0 "$VFLOW" run -s nodes.out.path="file://$PWD/whole.avi" spelled.yaml
	test -s whole.avi
'

it 'reads names with %d as they are spelled, and writes none' '
	for name in "100%d %s" "%03d"
	do
		cp kept.avi "$name.avi"
		expect 0 "$VFLOW" run -s nodes.reader.path="$name.avi" spelled.yaml
	done
	expect 78 "$VFLOW" check -s nodes.out.path="100%d %s.avi" spelled.yaml
	grep "would name a single file; write \"100{seq} %s.avi\"" err
'

it 'warns of pictures that all get one name' '
	cat >one.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.avi}
	  out: {type: image_writer, inputs: reader, path: now.jpg}
	END
	expect 0 "$VFLOW" check one.yaml
	grep "^one.yaml:4:51: warning: out writes every frame to \"now.jpg\", so that only the last" err
	expect 0 "$VFLOW" check -s nodes.reader.frames=1 one.yaml
	test ! -s err
	expect 0 "$VFLOW" check --realtime one.yaml
	test ! -s err
	expect 0 "$VFLOW" check -s "nodes.out.path={seq}.jpg" one.yaml
	test ! -s err
	expect 78 "$VFLOW" check -s nodes.out.path="a/frame-%04d.jpg" one.yaml
	grep "\"frame-%04d.jpg\" would name a single file; write \"frame-{seq:04d}.jpg\"" err
'

it 'writes playlists whose name means something to libavformat or in a URL' '
	mkdir "100%" "50%%d" "%d"
	for name in "live 50%" "a:b" "#x" "a?b" "%%03d" "100%/live" "100%/50% %s" "50%%d/live"
	do
		expect 0 "$VFLOW" run -s nodes.out.path="$name.m3u8" -s nodes.out.codec=h264 spelled.yaml
		expect 0 "$VFLOW" run -s nodes.reader.path="$name.m3u8" -s nodes.out.path=back.avi \
			spelled.yaml
		grep "^wrote back.avi: 5 frames" err
	done
	test -s "live 50~250.ts"
	expect 78 "$VFLOW" check -s nodes.out.path="a%v.m3u8" -s nodes.out.codec=h264 spelled.yaml
	grep "leave it out of the name" err
	expect 78 "$VFLOW" check -s nodes.out.path="%d/a.m3u8" -s nodes.out.codec=h264 spelled.yaml
	grep "rename the folder" err
'

it 'takes the name of a folder as it is spelled, and what follows as a pattern' '
	mkdir "in [1]*"
	ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=32x32 -frames:v 2 "in [1]*/%d.png"
	expect 0 "$VFLOW" check -s nodes.reader.type=image_reader \
		-s nodes.reader.path="in [1]*/[12].png" flow.yaml
	expect 0 "$VFLOW" run -s nodes.reader.type=image_reader \
		-s nodes.reader.path="in [1]*/[12].png" flow.yaml
	grep "^2 frames in" err
'

it 'shows no password of a URL' '
	cat >camera.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: "rtsp://admin:s3cret@127.0.0.1:9/live", reconnect: false}
	  out: {type: void, inputs: reader}
	END
	expect 69 "$VFLOW" run -v -v --report report.json camera.yaml
	grep "cannot open rtsp://\*\*\*@127.0.0.1:9/live" err
	test -z "$(cat err out report.json 2>/dev/null | grep s3cret)"
	expect 73 "$VFLOW" run -v -v \
		-s nodes.reader.path=in.avi -s nodes.reader.reconnect=auto -s nodes.out.type=video_writer \
		-s nodes.out.path="tcp://127.0.0.1:9?passphrase=s3cret" -s nodes.out.format=mpegts camera.yaml
	grep "passphrase=\*\*\*" err
	test -z "$(grep s3cret err)"
'

it 'prints all of it into a pipe that does not wait' '
	expect 0 "$VFLOW" schema
	cp out whole
	python3 - <<-END
	import fcntl, os, subprocess, sys
	end, start = os.pipe()
	fcntl.fcntl(start, fcntl.F_SETFL, fcntl.fcntl(start, fcntl.F_GETFL) | os.O_NONBLOCK)
	fcntl.fcntl(start, fcntl.F_SETPIPE_SZ, 4096)
	program = subprocess.Popen([os.environ["VFLOW"], "schema"], stdout=start)
	while fcntl.ioctl(end, 0x541B, bytes(4)) != (4096).to_bytes(4, sys.byteorder):
	    assert program.poll() is None
	os.close(start)
	got = open(end, "rb").read()
	assert program.wait() == 0
	assert got == open("whole", "rb").read()
	END
'

it 'says that standard output is full' '
	for command in schema list "inspect resize" --version --help
	do
		status=0
		# shellcheck disable=SC2086 # it may be two words
		"$VFLOW" $command >/dev/full 2>err || status=$?
		test "$status" -eq 74
		grep "standard output: No space left on device" err
	done
'

done_testing
