#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

"$VFLOW" run -q --var output=clip.mp4 --var size=64x48 --var frames=50 \
	"$root/pipelines/testclip.yaml" || exit 1

cat >flow.yaml <<'END'
vflow: 1
nodes:
  film: {type: video_reader, path: clip.mp4}
  out:  {type: void, inputs: film}
END

# took LEAST MOST FLAG...: passes when a run takes that many seconds and all 50 frames arrive.
took () {
	least=$1 most=$2
	shift 2
	expect 0 "$VFLOW" run -q --report report.json "$@" flow.yaml
	python3 - "$least" "$most" <<-'END'
	import json, sys
	report = json.load(open("report.json"))
	print(report["seconds"], report["tasks"][1]["inputs"])
	sys.exit(not (float(sys.argv[1]) <= report["seconds"] <= float(sys.argv[2]) and
	    report["tasks"][1]["inputs"] == 50))
	END
}

it 'reads a file at its own pace in realtime' '
	took 1.9 9 --realtime -s defaults.queue=50
'

it 'reads a file as fast as it can in batch' '
	took 0 1.8
'

it 'keeps to the clock, or does not, as it is told' '
	took 1.9 9 -s nodes.film.pace=true
	took 0 1.8 --realtime -s nodes.film.pace=false -s defaults.queue=50
'

it 'stops at once while it waits for a frame to be due' '
	"$VFLOW" run --realtime -s nodes.film.pace=true -s nodes.out.type=print flow.yaml >printed &
	run=$!
	wait_for printed "^frame 2 "
	kill -TERM $run
	wait $run || test $? -eq 143
	! grep "^frame 50 " printed
'

done_testing
