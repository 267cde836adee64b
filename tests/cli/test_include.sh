#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

mkdir lib flows
cat >lib/camera.yaml <<-'END'
	vflow: 1
	vars: {frames: 5}
	nodes:
	  clip: {type: test_source, frames: "${frames}", size: 64x48}
END
cat >lib/thumbnail.yaml <<-'END'
	vflow: 1
	vars: {width: 32}
	inputs: {frames: small}
	outputs: {frames: same, big: small}
	nodes:
	  small: {type: resize, width: "${width}"}
	  same: {type: identity, inputs: small}
END
cat >flows/flow.yaml <<-'END'
	vflow: 1
	include: ../lib/camera.yaml
	nodes:
	  one: {type: flow, file: ../lib/thumbnail.yaml, inputs: clip}
	  two: {type: flow, file: ../lib/thumbnail.yaml, inputs: one.big, vars: {width: 16}}
	  show: {type: print, inputs: [one, two]}
END

it 'finds files from the folder of the file that names them' '
	expect 0 "$VFLOW" run -q flows/flow.yaml
	test "$(wc -l <out)" -eq 5
	grep " 32x24 " out
	cd flows
	expect 0 "$VFLOW" run -q --var frames=2 flow.yaml
	test "$(wc -l <out)" -eq 2
'

it 'reports by the names of nodes within others, and changes them' '
	expect 0 "$VFLOW" run -s nodes.two/small.width=20 --report report.json flows/flow.yaml
	grep "^one/small  *5  *5 " err
	grep "\"name\": \"two/same\"" report.json
	expect 0 "$VFLOW" explain flows/flow.yaml
	grep "two/small" out
	expect 0 "$VFLOW" graph --format dot flows/flow.yaml
	grep "subgraph \"cluster_two\" {" out
	expect 0 "$VFLOW" graph --format mermaid flows/flow.yaml
	grep "subgraph place_two\[\"two\"\]" out
'

it 'names the file of a mistake, in JSON, too' '
	sed "s/width: \"/widht: \"/" lib/thumbnail.yaml >lib/wrong.yaml
	sed "s/thumbnail/wrong/" flows/flow.yaml >flows/wrong.yaml
	expect 78 "$VFLOW" check flows/wrong.yaml
	grep "^flows/../lib/wrong.yaml:6:25: unknown option \"widht\" of resize; did you mean" err
	test "$(wc -l <err)" -eq 1
	expect 78 "$VFLOW" check --json flows/wrong.yaml
	grep "\"file\": \"flows/../lib/wrong.yaml\"" out
'

it 'writes over no file that the flow is made of' '
	expect 78 "$VFLOW" check -s nodes.show.type=file_append -s nodes.show.path=lib/camera.yaml \
		-s nodes.show.append=false flows/flow.yaml
	grep "the run reads the file that show writes" err
'

it 'checks a part by itself, and does not run it' '
	expect 0 "$VFLOW" check lib/thumbnail.yaml
	says out "lib/thumbnail.yaml: 2 nodes, 1 edge, batch: ok"
	expect 78 "$VFLOW" run lib/thumbnail.yaml
	grep "runs as a part of another one" err
'

it 'makes a branch for each element that the command line names' '
	cat >loop.yaml <<-END
	vflow: 1
	nodes:
	  clips:
	    for_each: {size: "\${sizes}"}
	    nodes:
	      clip: {type: test_source, frames: 2, size: "\${size}x16"}
	      out: {type: video_writer, inputs: clip, path: "\${size.name}-\${size.index}.nut", codec: rawvideo}
	  wall: {type: tile, inputs: clips/*/clip}
	  show: {type: print, inputs: wall}
	END
	expect 0 "$VFLOW" run -q --var sizes=16,32,64 loop.yaml
	test -s 16-1.nut -a -s 32-2.nut -a -s 64-3.nut
	expect 0 "$VFLOW" run -q --var "sizes={a: 48}" loop.yaml
	test -s a-1.nut
	expect 0 "$VFLOW" check -s "nodes.clips.for_each.size=[16, 24]" loop.yaml
	expect 78 "$VFLOW" check loop.yaml
	grep "^loop.yaml:4:22: variable \"sizes\" is not set" err
	test "$(wc -l <err)" -eq 2
'

it 'puts aside what a node within others fails on, under a flat name' '
	cat >letters.yaml <<-END
	vflow: 1
	nodes:
	  clip: {type: test_source, frames: 2, size: 32x32}
	  in:
	    nodes:
	      step: {type: crop, inputs: clip, width: 16, height: 16, x: 90, on_error: skip}
	      rest: {type: void, inputs: step}
	END
	"$VFLOW" run -q --dead-letter letters letters.yaml || true
	grep "\"task\": \"in/step\"" letters/in.step-1.json
'

it 'passes templates without values, and says what they want' '
	cat >template.yaml <<-END
	vflow: 1
	vars: {crf: 23}
	nodes:
	  reader: {type: video_reader, path: "\${input:?which film?}"}
	  out: {type: video_writer, inputs: reader, path: "\${output}", crf: "\${crf}", preset: "\${preset:-fast}"}
	END
	expect 0 "$VFLOW" check --no-vars template.yaml
	says out "template.yaml: 2 nodes, 1 edge, batch: ok"
	says out "  wants --var input, output"
	says out "  has crf=23, preset=fast"
	expect 0 "$VFLOW" check --no-vars "$root"/pipelines/*.yaml
	expect 78 "$VFLOW" check template.yaml
	ffmpeg -v error -f lavfi -i testsrc2=d=0.2 -y in.mp4
	expect 0 "$VFLOW" check --var input=in.mp4 --var output=a.mp4 --var inptu=x template.yaml
	grep "no variable \"inptu\"; did you mean \"input\"?" err
	expect 0 "$VFLOW" check --var input=in.mp4 --var output=a.mp4 --var zzzzzz=x template.yaml
	grep "it has input, output, preset, crf" err
'

it 'names the variable that a wrong value comes from' '
	expect 78 "$VFLOW" check --var input=in.mp4 --var output=a.mp4 --var crf=best template.yaml
	grep "^template.yaml:5:.*: crf of video_writer cannot be \"best\".* (--var crf=best)$" err
'

it 'reads a mapping that a setting gives, and says what in it is wrong' '
	expect 78 "$VFLOW" check --var input=in.mp4 --var output=a.mp4 \
		-s "nodes.out.options={crff: 3}" template.yaml
	grep "^-s nodes.out.options={crff: 3}: video_writer: options.crff: .* did you mean \"crf\"" err
	expect 0 "$VFLOW" check --var input=in.mp4 --var output=a.mp4 \
		-s "nodes.out.options={tune: film}" template.yaml
'

done_testing
