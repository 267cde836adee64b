#!/bin/sh
# SPDX-License-Identifier: MIT
# Objects in zones, in flows.
. "${0%/*}/harness.sh"

# One object that goes through the zone, and one that stays in it until it is not found any more.
awk 'BEGIN {
	for (n = 0; n < 100; n++) {
		one = sprintf("[100, %d, 160, %d, 0, 0.9]", 10 * n, 40 + 10 * n)
		two = "[20, 280, 80, 320, 2, 0.8]"
		print (n < 60 ? "[" one ", " two "]" : "[" one "]")
	}
}' >boxes.jsonl
cat >flow.yaml <<'END'
vflow: 1
nodes:
  boxes: {type: process, command: [cat, boxes.jsonl], form: jsonl, outputs: {boxes: value}}
  follow: {type: track, inputs: boxes}
  areas:
    type: zones
    inputs: follow.objects
    zones: {yard: [[200, 0], [400, 0], [400, 200], [200, 200]]}
    loiter: 3s
  events: {type: file_append, inputs: areas, path: events.jsonl, append: false}
  inside: {type: file_append, inputs: areas.occupancy, path: inside.jsonl, append: false}
END

it 'tells who enters, leaves and stays' '
	expect 0 "$VFLOW" run -q flow.yaml
	python3 -c "
import json
for line in open(\"events.jsonl\"):
    event = json.loads(line)[\"value\"]
    print(event[\"what\"], event[\"where\"], event[\"class\"])" >got
	cut -d" " -f2 got | sort -u | grep -x yard
	test "$(grep -c ^entered got)" -eq 2
	grep "^left yard 0" got
	test "$(wc -l <inside.jsonl)" -eq 100
'

it 'says where a zone is wrong' '
	sed "s/zones: {yard.*/zones: {yard: [[1, 2], [3, 4]]}/" flow.yaml >bad.yaml
	expect 78 "$VFLOW" check bad.yaml
	grep "^bad.yaml:8:13: zones: zones.yard: it has 2 points, and needs 3; a zone is" err
'

done_testing
