#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/find_python.sh"

cat >part.yaml <<-'END'
	vflow: 1
	vars: {width: 64}
	inputs: {frames: small}
	outputs: {frames: small}
	nodes:
	  small: {type: resize, width: "${width}"}
END
cat >flow.yaml <<-'END'
	vflow: 1
	vars: {sizes: [32, 48], text: "5$$"}
	nodes:
	  clip: {type: test_source, frames: "${count:-3}"}
	  parts: {for_each: {size: "${sizes}"}, type: flow, file: part.yaml, inputs: clip,
	          vars: {width: "${size}"}}
	  wall: {type: tile, inputs: parts/*}
	  label: {type: draw_text, inputs: wall, text: "${text}"}
	  out: {type: void, inputs: label}
END

# same FLOW FLAG...: passes when what config makes of FLOW has the same plan, also with all options.
same () {
	flow=$1
	expect 0 "$VFLOW" graph --format json "$@"
	sed "s/\"file\": .*/\"file\"/" out >plan
	shift
	for form in "" --all --json
	do
		# shellcheck disable=SC2086 # none, or one
		expect 0 "$VFLOW" config $form "$flow" "$@"
		cp out made.yaml
		expect 0 "$VFLOW" graph --format json made.yaml
		sed "s/\"file\": .*/\"file\"/" out | cmp plan -
	done
}

it 'prints the nodes that sub-flows and loops become, and values in place of variables' '
	expect 0 "$VFLOW" config flow.yaml
	cat >expected <<-END
	vflow: 1
	nodes:
	  clip:
	    type: test_source
	    frames: 3
	  parts/32/small:
	    type: resize
	    width: 32
	    inputs: clip
	  parts/48/small:
	    type: resize
	    width: 48
	    inputs: clip
	  wall:
	    type: tile
	    inputs: [parts/32/small, parts/48/small]
	  label:
	    type: draw_text
	    inputs: wall
	    text: 5\$\$
	  out:
	    type: void
	    inputs: label
	END
	diff expected out
'

it 'prints what the command line changes' '
	expect 0 "$VFLOW" config --var count=7 -s nodes.parts/48/small.width=50 -s nodes.wall.gap=2 \
		--realtime --memory 1GB --transport ipc flow.yaml
	grep "frames: 7" out
	grep "width: 50" out
	grep "gap: 2" out
	grep "^mode: realtime" out
	grep "^memory: 1GB" out
	grep "^transport: ipc" out
'

it 'keeps what is to be filled in, when asked to' '
	expect 0 "$VFLOW" config --no-interpolate -s nodes.out.inputs=wall flow.yaml
	grep "frames: \${count:-3}" out
	grep "for_each:" out
	grep "file: part.yaml" out
	grep "inputs: wall" out
	cp out made.yaml
	expect 0 "$VFLOW" check made.yaml
'

it 'prints every option with --all' '
	expect 0 "$VFLOW" config --all flow.yaml
	grep "^mode: batch" out
	test "$(grep -c "^    filter: bicubic$" out)" -eq 3
'

it 'prints empty mappings and lists as such, with --all' '
	cat >empty.yaml <<-END
	vflow: 1
	nodes:
	  a: {type: test_source, frames: 1}
	  b: {type: draw_boxes, inputs: a}
	  c: {type: python, inputs: b, call: "x:y"}
	  d: {type: video_writer, inputs: c, path: x.mp4}
	END
	expect 0 "$VFLOW" config --all --json empty.yaml
	python3 -c "import json
nodes = json.load(open(\"out\"))[\"nodes\"]
assert nodes[\"b\"][\"names\"] == [] and nodes[\"b\"][\"boxes\"] == [], nodes[\"b\"]
assert nodes[\"c\"][\"options\"] == {} and nodes[\"c\"][\"outputs\"] == {}, nodes[\"c\"]
assert nodes[\"d\"][\"options\"] == {}, nodes[\"d\"]"
	expect 0 "$VFLOW" config --all empty.yaml
	says out "    outputs: {}"
	says out "    names: []"
	lacks out "[\"\x27]([{]}|\[\])"
'

it 'prints what runs the same' '
	same flow.yaml
	same flow.yaml --realtime -s nodes.clip.frames=2
	"$VFLOW" config flow.yaml | "$VFLOW" run -q -
'

it 'prints what runs the same of every pipeline' '
	ffmpeg -v error -f lavfi -i testsrc2=d=0.2 -y in.mp4
	mkdir recordings shots
	cp in.mp4 shots
	. "$root/tests/cli/models.sh"
	models_of_flows
	for flow in "$root"/pipelines/*.yaml
	do
		input=in.mp4 pictures=shots
		test "${flow##*/}" = frames.yaml && pictures="shots/{seq}.png"
		test "${flow##*/}" = transcode_folder.yaml && input=shots
		same "$flow" --var input="$input" --var output=out.mp4 --var face=in.mp4 --var folder=shots \
			--var left=in.mp4 --var right=in.mp4 --var "pictures=$pictures" --var inset=in.mp4 \
			--var a=in.mp4 --var b=in.mp4 --var c=in.mp4 --var d=in.mp4 --var model=any.onnx \
			--var lines=det.onnx --var characters=rec.onnx --var dictionary=keys.txt
	done
'

it 'prints passwords, so that the flow is the same' '
	expect 0 "$VFLOW" config -s nodes.label.text=rtsp://me:secret@host/ flow.yaml
	grep "text: rtsp://me:secret@host/" out
'

it 'says what is wrong instead, and with which status' '
	expect 78 "$VFLOW" config -s nodes.nobody.x=1 flow.yaml
	grep "there is no node \"nobody\"" err
	test ! -s out
	expect 2 "$VFLOW" config --batch --realtime flow.yaml
	expect 78 "$VFLOW" config nothing.yaml
'

it 'prints JSON that other programs read' '
	test -n "$python" || exit 0
	expect 0 "$VFLOW" config --json flow.yaml
	"$python" -c "
import json
flow = json.load(open(\"out\"))
assert flow[\"nodes\"][\"parts/48/small\"][\"width\"] == 48
assert flow[\"nodes\"][\"label\"][\"text\"] == \"5\$\$\""
'

done_testing
