#!/bin/sh
# SPDX-License-Identifier: MIT
# What is sent in place of a live source that is away, and when it has returned.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/frames.sh"

cat >hold.yaml <<'END'
vflow: 1
mode: realtime
nodes:
  camera: {type: video_reader, path: "${url}", frames: 20, reconnect: {initial: 50ms, max: 50ms}}
  steady: {type: hold, inputs: camera, rate: 20, after: 200ms}
  seen: {type: count, inputs: steady}
  show: {type: print, inputs: seen}
  out: {type: video_writer, inputs: steady, path: out.list, format: framemd5, codec: rawvideo}
END
ff -f lavfi -i testsrc=s=64x48:r=10:d=1 -c:v mpeg2video -f mpegts one.ts
ff -f lavfi -i testsrc2=s=64x48:r=10:d=1 -c:v mpeg2video -f mpegts two.ts

# away OPTION...: runs the flow with a source that goes away and returns.
away () {
	rm -f port go
	timeout "$((2 * limit))" python3 -B "$root/tests/python/http_files.py" one.ts:close two.ts:close &
	wait_for port .
	start --report report.json --var "url=http://127.0.0.1:$(cat port)/" "$@" hold.yaml
	wait_for err "camera: .*connecting again"
	goes_on 12 # at 20 a second more than 200 ms
	touch go
	ends 0
	listed out.list | sed "s/.* //" | uniq -c | sort -rn >shown
}

it 'shows a slate while the source is away, and frames when it has returned' '
	away -s nodes.steady.hold=slate -s "nodes.steady.text=no signal"
	ff -f lavfi -i color=black:s=64x48 -frames:v 1 -f framemd5 - | listed - | sed "s/.* //" >black
	grep -vf black shown
	listed out.list | sed "s/.* //" >all
	slate=$(uniq -c all | sort -rn | awk "NR == 1 { print \$2 }")
	first=$(grep -n "$slate" all | head -1 | cut -d: -f1)
	last=$(grep -n "$slate" all | tail -1 | cut -d: -f1)
	test "$first" -gt 1
	test "$last" -lt "$(wc -l <all)"
	test "$(sed -n "$first,${last}p" all | sort -u | wc -l)" -eq 1
	test "$((last - first))" -ge 5
'

it 'shows black frames when it is asked to' '
	away -s nodes.steady.hold=black
	ff -f lavfi -i color=black:s=64x48 -frames:v 1 -f framemd5 - | listed - | sed "s/.* //" >black
	grep -f black shown
'

it 'repeats the last frame by default' '
	away
	ff -f lavfi -i color=black:s=64x48 -frames:v 1 -f framemd5 - | listed - | sed "s/.* //" >black
	! grep -f black shown
	test "$(awk "NR == 1 { print \$1 }" shown)" -ge 10
'

it 'has timestamps that rise, and counts every message' '
	awk -F ", *" "/^0,/ { if (NR > 1 && \$3 + 0 <= last) exit 1; last = \$3 + 0 }
		BEGIN { last = -1 }" out.list
	python3 -c "
import json
report = json.load(open(\"report.json\"))
assert report[\"is_balanced\"]
"
'

it 'says that it samples in batch' '
	printf "%s\n" "vflow: 1" "nodes:" "  a: {type: test_source, frames: 3}" \
		"  h: {type: hold, inputs: a}" "  v: {type: void, inputs: h}" >batch.yaml
	expect 0 "$VFLOW" check batch.yaml
	grep -F "batch.yaml:4:3: warning: h joins by latest" err
	expect 0 "$VFLOW" run -q batch.yaml
'

done_testing
