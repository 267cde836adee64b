#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

"$VFLOW" run -q --var output=clip.mp4 --var size=64x48 --var frames=50 \
	"$root/pipelines/testclip.yaml" || exit 1

cat >flow.yaml <<'END'
vflow: 1
nodes:
  film: {type: video_reader, path: "${path:-clip.mp4}"}
  out:  {type: void, inputs: film}
END

# The same frames, but a minute apart.
ffmpeg -v error -nostdin -itsscale 1500 -i clip.mp4 -c copy -map 0:v slow.mkv || exit 1

# paces FLAG...: passes when a run takes the two seconds of the clip, and all 50 frames arrive.
paces () {
	expect 0 "$VFLOW" run -q --report report.json "$@" flow.yaml
	python3 - <<-'END'
	import json, sys
	report = json.load(open("report.json"))
	print(report["seconds"], report["tasks"][1]["inputs"])
	sys.exit(report["seconds"] < 1.9 or report["tasks"][1]["inputs"] != 50)
	END
}

# hurries FLAG...: passes when a run ends that would take 49 minutes if it kept to the clock.
hurries () {
	expect 0 timeout "$limit" "$VFLOW" run -q --report report.json "$@" --var path=slow.mkv flow.yaml
	grep "\"inputs\": 50" report.json
}

it 'reads a file at its own pace in realtime' '
	paces --realtime -s defaults.queue=50
'

it 'reads a file as fast as it can in batch' '
	hurries
'

it 'keeps to the clock, or does not, as it is told' '
	paces -s nodes.film.pace=true
	hurries --realtime -s nodes.film.pace=false -s defaults.queue=50
'

it 'sends frames at a rate of their own, whatever their timestamps say' '
	paces -s nodes.film.pace=true -s nodes.film.pace_fps=25 --var path=slow.mkv
'

it 'stops at once while it waits for a frame to be due' '
	"$VFLOW" run --realtime -s nodes.film.pace=true -s nodes.out.type=print --var path=slow.mkv flow.yaml >printed &
	run=$!
	wait_for printed "^frame 1 "
	kill -TERM $run
	wait $run || test $? -eq 143
	! grep "^frame 2 " printed
'

done_testing
