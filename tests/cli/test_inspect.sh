#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

it 'shows a node as a person reads it' '
	expect 0 "$VFLOW" inspect resize
	grep "resize" out
	grep "width " out
	grep "height " out
	grep -x "  width: integer, -1 to 16384 pixels \[-1\] (main option)" out
'

it 'shows several nodes, each as it is shown alone, and the common keys once' '
	expect 0 "$VFLOW" inspect resize
	sed "/^Every node also/,\$d" out | sed "\$d" >first
	expect 0 "$VFLOW" inspect print; mv out second
	expect 0 "$VFLOW" inspect resize print
	{ cat first; echo; cat second; } | cmp - out
'

it 'shows the keys that every node has' '
	expect 0 "$VFLOW" inspect resize
	for key in inputs replicas group gpu join restart max_restarts on_error stall_after queue drop delay
	do
		grep -E "^  $key  *[A-Z]" out
	done
	grep "^  on_error .*: fail, skip, stop_branch \[fail\]$" out
'

it 'names related nodes, which there are' '
	for name in $(node_names)
	do
		expect 0 "$VFLOW" inspect "$name"
		sed -n "s/^See also: //p" out | tr -d , | tr " " "\n" | grep . | while read -r other
		do
			test -e "$root"/nodes/*/"$other.c"
			test "$other" != "$name"
		done
	done
	expect 0 "$VFLOW" inspect resize
	says out "See also: crop, convert, rate"
'

it 'describes nodes to programs' '
	expect 0 "$VFLOW" inspect --json resize video_writer
	python3 - <<-END
	import json
	found = json.load(open("out"))
	resize, writer = found["types"]
	width = resize["options"][0]
	assert width == {"name": "width", "help": width["help"], "kind": "integer", "default": "-1",
	                 "minimum": -1.0, "maximum": 16384.0, "unit": "pixels", "main": True,
	                 "required": False}, width
	path = writer["options"][0]
	assert path["required"] and path["default"] is None and path["main"], path
	hw = next(option for option in writer["options"] if option["name"] == "hw")
	assert [choice["name"] for choice in hw["choices"]] == ["off", "prefer", "require"], hw
	audio = next(port for port in writer["inputs"] if port["name"] == "audio")
	assert audio["type"] == "packet" and audio["also"] == "audio" and audio["repeated"], audio
	assert resize["outputs"][0]["name"] == "video" and resize["kind"] == "processor"
	assert {"replicas", "gpu", "restart"} <= {key["name"] for key in found["keys"]}
	assert {"queue", "drop"} <= {key["name"] for key in found["input_keys"]}
	END
	# shellcheck disable=SC2046 # a list of words
	expect 0 "$VFLOW" inspect --json $(node_names)
	python3 -c "import json; json.load(open(\"out\"))"
	expect 2 "$VFLOW" inspect --json resise
'

it 'knows what others call a node' '
	expect 2 "$VFLOW" inspect scale
	says err "vflow: there is no node \"scale\"; did you mean \"resize\"?"
	expect 78 "$VFLOW" check --chain "video_reader in.mp4 ! scale 3"
	grep "there is no node type \"scale\"; did you mean \"resize\"?" err
'

it 'answers a misspelt node with the nearest one and shows the others' '
	expect 2 "$VFLOW" inspect resise print
	says err "vflow: there is no node \"resise\"; did you mean \"resize\"?"
	grep "print" out
'

it 'can show every node there is' '
	for name in $(node_names)
	do
		expect 0 "$VFLOW" inspect "$name"
		test -s out
	done
'

it 'describes every node in the manual, without a warning of mandoc' '
	"$VFLOW" man "$root/man/vflow-nodes.head.7" >vflow-nodes.7
	mandoc -T lint -W warning vflow-nodes.7
	mandoc -T ascii vflow-nodes.7 | col -b >page
	for name in $(node_names)
	do
		grep -E "^ +$name" page
	done
'

it 'lists the nodes at the beginning of the manual, and options that several have once' '
	"$VFLOW" man "$root/man/vflow-nodes.head.7" >vflow-nodes.7
	mandoc -T ascii vflow-nodes.7 | col -bx >page
	sed -n "/^LIST OF NODES/,/^LIVE SOURCES/p" page >list
	for name in $(node_names)
	do
		grep -E "^ +$name  *[A-Z]" list
	done
	sed -n "/^SHARED OPTIONS/,/^NODES/p" page >shared
	grep "^     autorotate: boolean" shared
	tr -s " \n" " " <shared | grep "The default is .true.\. Of video_reader, folder_reader\."
	test "$(grep -c "^     autorotate: boolean" page)" -eq 1
	grep -E "autorotate, .*" page
'

it 'prints a schema that is JSON and has every node' '
	expect 0 "$VFLOW" schema
	# shellcheck disable=SC2046 # a list of words
	python3 - $(node_names) <<-END
	import json, sys
	schema = json.load(open("out"))
	for name in sys.argv[1:]:
	    assert name in schema["\$defs"], name
	    assert name in schema["\$defs"]["flow-node"]["properties"]["type"]["enum"], name
	END
'

done_testing
