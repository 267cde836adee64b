#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/find_python.sh"

export TMPDIR="$workdir/tmp"
mkdir tmp films || exit 1
ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=64x48:rate=10:duration=1 films/in.mkv || exit 1
cat >flow.yaml <<-'END'
	vflow: 1
	vars: {width: 32}
	nodes:
	  camera: {type: video_reader, path: "${url:?name the camera}", reconnect: true}
	  small: {type: resize, inputs: camera, width: "${width}"}
	  number: {type: count, inputs: small}
	  out: {type: video_writer, inputs: small, path: out.mkv, codec: ffv1}
	  shots: {type: image_writer, inputs: small, path: "s-{seq}.png"}
	  say: {type: print, inputs: number}
	tests:
	  made pictures:
	    replace: {camera: {type: test_source, frames: 5, size: 128x96}}
	    expect:
	      counts: {small: 5, out.video: ">= 5", number: {in: 5, out: 4..6, dropped: 0}}
	      values: {number: {count: 5, first: 1, 3: 3, last: 5, all: [1, 2, 3, 4, 5]}}
	      frames: {small: {count: 5}}
	      files: {out.mkv: {frames: 5, size: 32x24, seconds: 0.2}, s-5.png: {size: 32x24}, s-6.png: false}
	  a given file:
	    vars: {url: films/in.mkv, width: 16}
	    set: {nodes.out.path: film.mkv}
	    mode: batch
	    expect:
	      counts: {small: 10}
	      files: {film.mkv: {frames: 10, size: 16x12}}
	      log: [wrote film.mkv, 10 frames]
	      output: "10"
	  no camera:
	    vars: {url: none.mkv}
	    expect: {status: 69, log: there is no file}
	  a mistake:
	    set: [nodes.small.widht=3, "nodes.camera.path=films/in.mkv"]
	    expect: {status: 78, log: "did you mean \"width\"?"}
END

# left: passes when no folder and no process of a test is left.
left () {
	test -z "$(ls tmp)"
}

it 'runs each test in a folder of its own, and tells which pass' '
	expect 0 "$VFLOW" test flow.yaml
	cat >expected <<-END
	1..4
	ok 1 - flow.yaml: made pictures
	ok 2 - flow.yaml: a given file
	ok 3 - flow.yaml: no camera
	ok 4 - flow.yaml: a mistake
	END
	diff expected out
	test ! -e out.mkv -a ! -e film.mkv
	left
'

it 'runs those whose names have a text, one or many at a time' '
	expect 0 "$VFLOW" test --filter given --jobs 1 flow.yaml
	says out "1..1"
	says out "ok 1 - flow.yaml: a given file"
	expect 0 "$VFLOW" test -j 8 flow.yaml flow.yaml
	says out "1..8"
	expect 2 "$VFLOW" test --filter nothing flow.yaml
	grep "none of 4 tests has \"nothing\" in its name" err
	left
'

it 'tells what was expected, what came, and how to run a test alone' '
	sed "s/small: 5,/small: 6,/; s/first: 1,/first: 2,/; s/s-6.png: false/s-6.png: true/
		s/seconds: 0.2/seconds: 3/; s/s-5.png: {size: 32x24}/s-5.png: {size: 1x1}/" flow.yaml >wrong.yaml
	expect 1 "$VFLOW" test --filter made wrong.yaml
	says out "not ok 1 - wrong.yaml: made pictures"
	says out "# messages of small: expected 6, got 5"
	says out "# first value of number: expected 2, got 1"
	says out "# s-6.png: expected a file, got no file"
	says out "# size of s-5.png: expected 1x1, got 32x24"
	grep "^# seconds of out.mkv: expected 3, got 0.2" out
	says out "# alone: vflow test --keep --filter '"'made pictures'"' wrong.yaml"
	left
'

it 'keeps the folder when asked to, with the flow and its log' '
	expect 0 "$VFLOW" test --keep --filter made flow.yaml
	folder=$(sed -n "s/^# folder: //p" out)
	test -s "$folder/out.mkv" -a -s "$folder/log" -a -s "$folder/report.json"
	expect 0 "$VFLOW" check "$folder/flow.yaml"
	rm -r "$folder"
'

it 'writes what came into the file with --update' '
	sed "s/count: 5}}\$/count: 7, hash: x, framemd5: [x]}}/; s/all: \[1, 2, 3, 4, 5\]/all: [0]/" \
		flow.yaml >update.yaml
	expect 1 "$VFLOW" test --filter made update.yaml
	grep "^# hash of small: expected x, got \"[0-9a-f]\{32\}\"" out
	expect 1 "$VFLOW" test --update update.yaml
	grep "frames: {small: {count: 5, hash: \"[0-9a-f]*\", framemd5: \[\"[0-9a-f]*\", " update.yaml
	grep "all: \[1, 2, 3, 4, 5\]" update.yaml
	expect 0 "$VFLOW" test update.yaml
	sed "s/frames: {small.*/frames: {small: {count: 5}}/" update.yaml | diff flow.yaml -
'

it 'has the hashes that ffmpeg has of the same frames' '
	cat >hash.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: films/in.mkv}
	  out: {type: void, inputs: reader}
	tests:
	  same: {expect: {frames: {reader.video: {hash: x, framemd5: [x]}}}}
	END
	"$VFLOW" test --update hash.yaml || true
	ffmpeg -v error -nostdin -i films/in.mkv -f framemd5 - | sed -n "s/.*, //p" | grep -v "^#" >hashes
	while read -r hash
	do
		grep -q "$hash" hash.yaml
	done <hashes
	test "$(wc -l <hashes)" -ge 10
'

it 'tests a part of other flows, with nodes for its inputs' '
	cat >part.yaml <<-END
	vflow: 1
	inputs: {frames: small}
	outputs: {frames: small}
	nodes: {small: {type: resize, width: 32}}
	tests:
	  scales:
	    inputs: {frames: {type: test_source, size: 64x48, frames: 3}}
	    expect: {counts: {input-frames.video: 3, small: 3}, frames: {small: {count: 3}}}
	  misspelt: {inputs: {frame: {type: test_source}}, expect: {status: 78, log: did you mean}}
	END
	expect 0 "$VFLOW" test part.yaml
	left
'

it 'hashes sound, too' '
	cat >sound.yaml <<-END
	vflow: 1
	nodes:
	  clip: {type: test_source, frames: 25}
	  out: {type: void, inputs: clip.audio}
	tests:
	  tone: {expect: {frames: {clip.audio: {count: ">= 40", hash: x}}}}
	END
	expect 1 "$VFLOW" test sound.yaml
	grep "^# hash of clip.audio: expected x, got \"[0-9a-f]\{32\}\"" out
	left
'

it 'stops a test that takes too long, and all that it has started' '
	cat >long.yaml <<-END
	vflow: 1
	nodes:
	  clip: {type: test_source, live: true}
	  out: {type: void, inputs: clip}
	tests:
	  endless: {time_limit: 300ms, expect: {counts: {clip: ">= 0"}}}
	END
	expect 1 "$VFLOW" test long.yaml
	says out "# time: expected an end within time_limit, got none; the flow was stopped"
	left
'

it 'stops at a signal, and leaves nothing' '
	sed "s/300ms/60s/" long.yaml >longer.yaml
	"$VFLOW" test longer.yaml >out 2>err &
	await "test -s tmp/*/flow.yaml && pgrep -P $! >pids"
	kill $!
	status=0
	wait $! || status=$?
	test "$status" -eq 143
	left
	test -z "$(pgrep -f "$workdir/tmp" || true)"
'

it 'prints XML for build servers' '
	test -n "$python" || exit 0
	sed "s/small: 5,/small: \"< 5\",/" flow.yaml >wrong.yaml
	expect 1 "$VFLOW" test --format junit wrong.yaml
	"$python" -c "
import xml.etree.ElementTree as tree
suite = tree.parse(\"out\").getroot()[0]
assert suite.get(\"tests\") == \"4\" and suite.get(\"failures\") == \"1\", suite.attrib
assert \"expected < 5, got 5\" in suite[0][0].text, suite[0][0].text
assert suite[1].get(\"name\") == \"a given file\" and not len(suite[1])"
'

it 'says what is wrong with tests' '
	printf "%s\n" "vflow: 1" "nodes: {a: {type: test_source}}" >none.yaml
	expect 78 "$VFLOW" test none.yaml
	grep "^none.yaml: the flow has no tests; add tests:" err
	sed "s/expect:\$/expct:/" flow.yaml >wrong.yaml
	expect 78 "$VFLOW" test wrong.yaml
	grep "^wrong.yaml:13:5: unknown key \"expct\" of a test; did you mean \"expect\"?" err
	sed "s/counts: {small: 5/count: {small: 5/" flow.yaml >wrong.yaml
	expect 78 "$VFLOW" test wrong.yaml
	grep "unknown key \"count\" of expect; did you mean \"counts\"?" err
	expect 78 "$VFLOW" test nothing.yaml
	sed "s/replace: {camera/replace: {camra/" flow.yaml >wrong.yaml
	expect 1 "$VFLOW" test --filter made wrong.yaml
	grep "there is no node \"camra\" to replace" out
'

it 'runs in the folder for temporary files, and says when there is none' '
	long=$workdir/$(printf "%0100d" 0)
	mkdir "$long"
	TMPDIR=$long expect 0 "$VFLOW" test --keep --filter made flow.yaml
	grep "^# folder: .*/0000*/vflow-case-" out
	TMPDIR=$workdir/none expect 70 "$VFLOW" test flow.yaml
	grep "^vflow: no temporary folder can be made in $workdir/none: .*; name another in TMPDIR" err
'

it 'runs the tests of the pipelines' '
	grep -l "^tests:" "$root"/pipelines/*.yaml >pipelines
	test "$(wc -l <pipelines)" -ge 4
	expect 0 xargs "$VFLOW" test <pipelines
'

done_testing
