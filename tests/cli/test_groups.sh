#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

# Each flow runs with groups and without: what comes out is the same.
same_without_groups () {
	sed "s/, group: [a-z]*//" "$1.yaml" >"$1-apart.yaml"
	expect 0 "$VFLOW" run -q "$1.yaml"
	mv out together
	expect 0 "$VFLOW" run -q "$1-apart.yaml"
	test -s out
	cmp together out
}

cat >values.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, start: -50, end: 300}
  same:    {type: identity, inputs: numbers, group: g}
  few:     {type: every, inputs: same, nth: 3, group: g}
  total:   {type: sum, inputs: few, group: g}
  both:    {type: joiner, inputs: [total, same, few], group: g}
  out:     {type: print, inputs: [both, total]}
  side:    {type: void, inputs: same}
END

cat >sources.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, end: 300}
  slow:    {type: identity, inputs: numbers}
  few:     {type: every, inputs: numbers, nth: 2}
  same:    {type: identity, inputs: slow, group: g}
  both:    {type: joiner, inputs: [same, few], group: g}
  again:   {type: joiner, inputs: [both, same], group: g}
  out:     {type: print, inputs: again}
END

cat >order.yaml <<'END'
vflow: 1
nodes:
  up:    {type: int_source, end: 99}
  down:  {type: int_source, start: 100, end: 250}
  both:  {type: joiner, inputs: [up, down], join: order, group: g}
  same:  {type: identity, inputs: both, group: g}
  out:   {type: print, inputs: same}
END

cat >shared.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, end: 300}
  same:    {type: identity, inputs: numbers, replicas: 3, group: g}
  both:    {type: joiner, inputs: [numbers, same], replicas: 3, group: g}
  out:     {type: print, inputs: both}
END

cat >pictures.yaml <<'END'
vflow: 1
nodes:
  clip:  {type: test_source, frames: 40, size: 128x96}
  small: {type: resize, inputs: clip, width: 64, height: 48, group: g}
  same:  {type: identity, inputs: small, group: g}
  large: {type: resize, inputs: same, width: 96, height: 72, group: g}
  one:   {type: video_writer, inputs: same, path: one.mkv, codec: ffv1}
  two:   {type: video_writer, inputs: large, path: two.mkv, codec: ffv1}
END

# A list cannot be added to anything.
cat >lists.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, end: 300}
  list:    {type: joiner, inputs: numbers, group: g}
  total:   {type: sum, inputs: list, group: g}
  out:     {type: print, inputs: total}
END

for flow in values sources order shared
do
	it "gives the same with and without groups: $flow" "same_without_groups $flow"
done

it 'gives the same pictures with and without groups' '
	expect 0 "$VFLOW" run -q pictures.yaml
	for name in one two
	do
		ffmpeg -v error -i "$name.mkv" -f framemd5 "$name-together"
	done
	sed "s/, group: g//" pictures.yaml >apart.yaml
	expect 0 "$VFLOW" run -q apart.yaml
	for name in one two
	do
		ffmpeg -v error -i "$name.mkv" -f framemd5 "$name-apart"
		test "$(grep -c "^0," "$name-apart")" -eq 40
		cmp "$name-together" "$name-apart"
	done
'

it 'runs as fewer tasks and says who its members are' '
	expect 0 "$VFLOW" explain --internals values.yaml
	grep "^values.yaml: batch, 4 tasks, " out
	grep "runs same (identity), few (every), total (sum), both (joiner)" out
'

it 'shows the failure of a member with its name' '
	expect 1 "$VFLOW" run -q lists.yaml
	grep "vflow: g.total: " err
'

it 'stops when asked to' '
	sed "s/end: 300/end: 1000000000/" values.yaml >long.yaml
	"$VFLOW" run -q long.yaml >out 2>err &
	wait_for out .
	kill -INT $!
	status=0
	wait $! || status=$?
	test "$status" -eq 130
'

done_testing
