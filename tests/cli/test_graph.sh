#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

cat >flow.yaml <<-'END'
	vflow: 1
	nodes:
	  picture: {type: test_source, frames: 5}
	  small:   {type: resize, inputs: picture, width: 320}
	  look:    {type: print, inputs: [small, picture]}
	  out:     {type: video_writer, inputs: {video: small, audio: picture.audio}, path: out.mp4}
	  numbers: {type: int_source}
	  nothing: {type: void, inputs: numbers}
END

it 'draws a tree from each producer' '
	expect 0 "$VFLOW" graph flow.yaml
	cat >expected <<-END
	picture: test_source
	|-- video --> small: resize
	|   |-- video --> look: print
	|   \`-- video --> out.video: video_writer
	|-- video --> look
	\`-- audio --> out.audio
	numbers: int_source
	\`-- value --> nothing: void
	END
	diff expected out
'

it 'draws for Graphviz' '
	expect 0 "$VFLOW" graph --format dot flow.yaml
	says out "digraph \"flow.yaml\" {"
	says out "  t1 [label=\"picture\\ntest_source\"];"
	grep "^  t1 -> t[0-9] \[label=\"audio\"\];" out
	says out "}"
'

it 'draws for Mermaid' '
	expect 0 "$VFLOW" graph --format=mermaid flow.yaml
	says out "flowchart LR"
	says out "  t1[\"picture<br>test_source\"]"
	grep "^  t1 -- \"audio\" --> t[0-9]" out
'

it 'prints JSON for programs' '
	expect 0 "$VFLOW" graph --format=json --realtime -s nodes.small.inputs=picture.video flow.yaml
	python3 - <<-END
	import json
	graph = json.load(open("out"))
	assert graph["file"] == "flow.yaml" and graph["mode"] == "realtime", graph
	names = [task["name"] for task in graph["tasks"]]
	assert sorted(names) == sorted("picture small look out numbers nothing".split()), names
	assert {"from": "picture", "output": "audio", "to": "out", "input": "audio", "queue": 200,
	        "drop": "newest"} in graph["edges"], graph["edges"]
	END
'

it 'shows the mistakes of a flow that is wrong instead' '
	sed "s/resize/resise/" flow.yaml >wrong.yaml
	expect 78 "$VFLOW" graph wrong.yaml
	test ! -s out
	grep "^wrong.yaml:4:19: unknown type \"resise\"; did you mean \"resize\"?" err
'

done_testing
