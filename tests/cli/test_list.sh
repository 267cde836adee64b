#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

it 'lists every node with one line that says what it does' '
	expect 0 "$VFLOW" list
	for name in $(node_names)
	do
		grep -E "^ *$name +[A-Z].*\.$" out
	done
'

it 'lists those that have to do with a word, or with what others call them' '
	expect 0 "$VFLOW" list blur
	says out "Processors:"
	grep "^  blur_boxes " out
	test "$(wc -l <out)" -eq 2
	for word in scale scaler RESIZE
	do
		expect 0 "$VFLOW" list $word
		grep "^  resize " out
	done
	expect 0 "$VFLOW" list fps
	grep "^  rate " out
	expect 0 "$VFLOW" list sound
	grep "^  volume " out
	grep "^  video_reader " out
'

it 'looks at options and texts for what no name has' '
	expect 0 "$VFLOW" list crf
	grep "^  video_writer " out
	! grep "^  resize " out
'

it 'says that nothing has to do with a word' '
	expect 2 "$VFLOW" list qwertz
	says err "vflow: no node type has to do with \"qwertz\"; vflow list shows all"
	expect 2 "$VFLOW" list a b
	grep "unexpected argument \"b\"" err
'

it 'lists for programs' '
	expect 0 "$VFLOW" list --json
	# shellcheck disable=SC2046 # a list of words
	python3 - $(node_names) <<-END
	import json, sys
	nodes = {node["name"]: node for node in json.load(open("out"))}
	assert set(nodes) == set(sys.argv[1:]), set(nodes) ^ set(sys.argv[1:])
	assert nodes["resize"] == {"name": "resize", "kind": "processor",
	                           "summary": "Scale every frame to one size."}
	END
	expect 0 "$VFLOW" list --json blur
	test "$(grep -c "\"name\"" out)" -eq 1
'

done_testing
