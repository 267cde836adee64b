#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

cat >values.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, end: 500}
  left:    {type: identity, inputs: numbers, replicas: 4}
  few:     {type: every, inputs: left, nth: 3}
  right:   {type: identity, inputs: few, replicas: 2}
  both:    {type: joiner, inputs: [left, right, numbers], replicas: 3}
  out:     {type: print, inputs: both}
END

# The numbers of even, which few leaves out, are not those that odd has.
cat >paired.yaml <<'END'
vflow: 1
nodes:
  even:    {type: int_source, end: 400}
  odd:     {type: int_source, start: 1000, end: 1100}
  few:     {type: every, inputs: {from: even, queue: 1}, nth: 7}
  pairs:   {type: joiner, inputs: [few, odd], join: order, replicas: 3}
  both:    {type: joiner, inputs: [pairs, {from: even, queue: 1}]}
  out:     {type: print, inputs: both}
END

cat >pictures.yaml <<'END'
vflow: 1
nodes:
  clip:  {type: test_source, frames: 60, size: 128x96}
  small: {type: resize, inputs: clip, width: 64, height: 48, replicas: 3}
  large: {type: resize, inputs: small, width: 96, height: 72, replicas: 2}
  out:   {type: video_writer, inputs: large, path: out.mkv, codec: ffv1}
END

it 'gives the same as one task for each node' '
	expect 0 "$VFLOW" run -q values.yaml
	mv out several
	sed "s/, replicas: .//" values.yaml >alone.yaml
	expect 0 "$VFLOW" run -q alone.yaml
	test "$(wc -l <out)" -eq 167
	cmp several out
'

it 'shares pairs of two producers, and reports to a join after them what was left out' '
	expect 0 timeout "$limit" "$VFLOW" run -q paired.yaml
	awk "BEGIN { for (i = 0; i <= 400; i += 7) print \"((\" i \", \" 1000 + i / 7 \"), \" i \")\" }" >right
	cmp right out
'

it 'gives the same pictures in the same order' '
	expect 0 "$VFLOW" run -q pictures.yaml
	ffmpeg -v error -i out.mkv -f framemd5 shared.md5
	sed "s/, replicas: .//" pictures.yaml >alone.yaml
	expect 0 "$VFLOW" run -q alone.yaml
	ffmpeg -v error -i out.mkv -f framemd5 alone.md5
	test "$(grep -c "^0," alone.md5)" -eq 60
	cmp shared.md5 alone.md5
'

it 'loses nothing without order either' '
	sed "s/replicas: 3}/replicas: 3, ordered: false}/" values.yaml >loose.yaml
	expect 0 "$VFLOW" run -q loose.yaml
	sort out >sorted
	sort several | cmp - sorted
'

it 'explains replicas, what gathers for them, and why queues are deeper' '
	expect 0 "$VFLOW" explain --internals --transport ipc values.yaml
	grep -E "^ +2-5  left\.1-4 +identity +5002-5005 +4998-4995 " out
	grep -E "both\.gather +gather .* origin$" out
	grep -E "both\.1-3 +joiner .* order$" out
	grep -E "numbers\.value -> left\.1-4\.in +4 +never .* 4 of these$" out
	grep -E "numbers.value -> both.gather.in\[3\] .* queue [0-9]+ instead of 4: the branch through left.1-4 holds [0-9]+$" out
'

it 'counts a node as a whole, too' '
	cat >counted.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, start: 1, end: 90}
	  work: {type: identity, inputs: numbers, replicas: 3}
	  out: {type: void, inputs: work, replicas: 3, ordered: false}
	END
	expect 0 "$VFLOW" run --report counted.json counted.yaml
	grep -E "^work +90 +90 +0 " err
	grep -E "^out +90 +- +- " err
	grep -E "^90 frames in " err
	python3 - <<-END
	import json
	report = json.load(open("counted.json"))
	nodes = {node["name"]: node for node in report["nodes"]}
	assert list(nodes) == ["numbers", "work", "out"], nodes
	assert nodes["work"]["tasks"] == [2, 3, 4] and nodes["work"]["in"] == 90
	assert nodes["work"]["out"] == 90 and nodes["out"]["out"] is None
	assert nodes["out"]["fps"] > 0 and 0 <= nodes["work"]["busy"] <= 1
	END
'

it 'refuses replicas of what remembers' '
	sed "s/type: every, inputs: left, nth: 3/type: sum, inputs: left, replicas: 2/" \
		values.yaml >wrong.yaml
	expect 78 "$VFLOW" check wrong.yaml
	grep "^wrong.yaml:5:48: few has to see all messages, since sum remembers earlier ones;" err
'

it 'draws all replicas as one' '
	expect 0 "$VFLOW" graph values.yaml
	grep -F -e "-- value --> left.1-4: identity" out
	test "$(grep -c "left" out)" -eq 1
'

done_testing
