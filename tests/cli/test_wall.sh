#!/bin/sh
# SPDX-License-Identifier: MIT
# Joins by latest: a wall of cameras of which some are late, have gone, or never come.
. "${0%/*}/harness.sh"
. "$root/tests/cli/reports.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/frames.sh"

# The cameras of a wall: what comes after `nodes:`. `late` never sends anything.
cat >wall.yaml <<'END'
vflow: 1
mode: realtime
nodes:
  door: {type: test_source, live: true, rate: 20, frames: 20, size: 64x48}
  yard: {type: test_source, live: true, rate: 50, frames: 10, size: 128x96}
  late: {type: zmq_in, endpoint: "ipc://late", timeout: 2s}
  wall: {type: tile, inputs: [door, yard, late], columns: 3, width: 64, height: 48}
  out: {type: video_writer, inputs: wall, path: wall.mkv, codec: ffv1}
END

# cell NUMBER FRAME: prints the hash of one cell of one picture of the wall.
cell () {
	ff -i wall.mkv -vf "select=eq(n\\,$2),crop=64:48:$((64 * $1)):0" -frames:v 1 -f framemd5 - |
		listed -
}

it 'shows a wall although a camera never comes, and its name' '
	expect 0 "$VFLOW" run --report report.json wall.yaml
	last=$(($(grep -o "[0-9]* frames, 192x48" err | cut -d" " -f1) - 1))
	test "$last" -ge 20 # it goes on when the cameras have ended
	never=$(cell 2 0)
	test "$(cell 2 10)" = "$never"
	test "$(cell 2 "$last")" = "$never"
	test "$(cell 0 "$last")" != "$never" # each has a name of its own
	test "$(cell 1 "$last")" != "$never"
	test "$(cell 0 "$last")" != "$(cell 1 "$last")"
	finds "report[\"is_balanced\"]"
'

it 'keeps a constant rate whoever comes and goes' '
	ffprobe -v error -show_entries packet=pts_time -of csv=p=0 wall.mkv >times
	awk "{ slot = int(\$1 * 20 + 0.5)
		if (slot - \$1 * 20 > 0.03 || \$1 * 20 - slot > 0.03 || NR > 1 && slot <= last) exit 1
		last = slot }" times
'

it 'goes on from where it was when its task is killed' '
	start --report report.json -s nodes.door.frames=60 wall.yaml
	kill -9 "$(worker wall)"
	ends 0
	finds "report[\"is_balanced\"] and tasks[\"wall\"][\"restarts\"] == 1"
	finds "tasks[\"out\"][\"in\"][\"video\"] > 30"
'

it 'keeps the last picture where it is asked to' '
	expect 0 "$VFLOW" run -q -s "nodes.wall.join.by=latest" -s "nodes.wall.join.missing=last" \
		wall.yaml
	last=$(ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 wall.mkv)
	shown=$(cell 1 $((last - 1)))
	ff -f rawvideo -s 64x48 -i /dev/zero -frames:v 1 -f framemd5 - | listed - >black
	test "$shown" = "$(cell 1 $((last - 2)))"
	test "$shown" != "$(cat black)"
	expect 0 "$VFLOW" run -q -s "nodes.wall.join.by=latest" -s "nodes.wall.join.missing=last" \
		-s nodes.yard.frames=1 wall.yaml
	test "$(cell 1 20)" = "$(cell 1 15)"
'

it 'says how it joins, and that it samples in batch' '
	expect 0 "$VFLOW" explain --internals wall.yaml
	grep -E "wall +tile .* latest at 20 fps$" out
	grep -E "door.video -> wall.video.1. +4 oldest" out
	expect 0 "$VFLOW" check wall.yaml
	cat >batch.yaml <<-END
	vflow: 1
	nodes:
	  numbers: {type: int_source, start: 1, end: 40}
	  others: {type: int_source, start: 1, end: 400}
	  both: {type: joiner, inputs: [numbers, others], join: latest}
	  out: {type: print, inputs: both}
	END
	expect 0 "$VFLOW" check batch.yaml
	grep -F "batch.yaml:5:57: warning: both joins by latest: whatever is not the newest" err
	expect 0 "$VFLOW" run --report report.json batch.yaml
	sed "s/^(//; s/,.*//" out | cmp - /dev/fd/3 3<<-END
	$(seq 1 40)
	END
	sed "s/.*, //; s/)//" out | sort -nc
	finds "report[\"is_balanced\"]"
	finds "edges[\"numbers.value\", \"both\"][\"taken\"] == 40"
	lost=$(sed -n "s/^both joins by latest, and left out what was not the newest: //p" err)
	finds "edges[\"others.value\", \"both\"][\"unmatched\"] == ${lost:-0}"
'

it 'lays a live picture over live frames without waiting for it' '
	cat >over.yaml <<-END
	vflow: 1
	mode: realtime
	nodes:
	  match: {type: test_source, live: true, rate: 50, frames: 20, size: 64x48}
	  late: {type: zmq_in, endpoint: "ipc://late"}
	  both: {type: overlay, inputs: [match, late]}
	  out: {type: video_writer, inputs: both, path: over, format: framemd5, codec: rawvideo}
	  seen: {type: video_writer, inputs: match, path: match, format: framemd5, codec: rawvideo}
	END
	expect 0 "$VFLOW" check over.yaml
	start --report report.json over.yaml
	ends 0
	listed over >over.hashes
	listed match | cmp - over.hashes
'

done_testing
