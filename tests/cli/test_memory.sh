#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/reports.sh"
. "$root/tests/cli/running.sh"

ffmpeg -v error -f lavfi -i testsrc2=size=1920x1080:rate=25 -frames:v 30 -c:v libx264 \
	-preset ultrafast full.mp4
ffmpeg -v error -f lavfi -i testsrc2=size=3840x2160:rate=25 -frames:v 12 -c:v libx264 \
	-preset ultrafast large.mkv
ffmpeg -v error -f lavfi -i testsrc2=size=320x180:rate=25 -frames:v 20 -c:v mpeg2video a.m2v
ffmpeg -v error -f lavfi -i testsrc2=size=1280x720:rate=25 -frames:v 20 -c:v mpeg2video b.m2v
cat a.m2v b.m2v a.m2v >changing.m2v

cat >flow.yaml <<'END'
vflow: 1
memory: 2GB
nodes:
  reader: {type: video_reader, path: full.mp4, threads: 2}
  small:  {type: resize, inputs: reader, width: 640}
  slow:   {type: identity, inputs: small, fps: 200}
  out:    {type: void, inputs: slow}
END

cat >generated.yaml <<'END'
vflow: 1
nodes:
  eye:   {type: test_source, size: 640x360, frames: 60}
  small: {type: resize, inputs: eye, width: 320}
  slow:  {type: identity, inputs: small}
  out:   {type: print, inputs: slow}
END

it 'shows what each task needs, and the sum' '
	expect 0 "$VFLOW" explain --internals generated.yaml
	grep -E "^ *id +task +type .* payloads memory MB  join$" out
	grep -E "^ *1  eye +test_source .* 7 +2\.8  -$" out
	grep -E "^ *2  small +resize .* 12 +1\.6  -$" out
	grep -E "^ *3  slow +identity .* 0 +-  -$" out
	grep "^memory for frames and other payloads: 4.3 MB$" out
'

it 'knows the frames of a file without decoding it' '
	expect 0 "$VFLOW" explain --internals flow.yaml
	grep -E "^ *1  reader +video_reader .* [0-9]+ +[0-9]+\.[0-9]  -$" out
	grep -E "^memory for frames and other payloads: [0-9.]+ MB of 2000.0 MB that it may have$" out
	test ! -s err
'

it 'says that it cannot know what comes live' '
	cat >live.yaml <<-END
	vflow: 1
	nodes:
	  in:  {type: zmq_in, endpoint: "tcp://127.0.0.1:9"}
	  out: {type: void, inputs: in}
	END
	expect 0 "$VFLOW" explain --internals live.yaml
	grep -E "^ *1  in +zmq_in .* \?  -$" out
	grep "^memory for frames and other payloads: 0.0 MB, plus tasks marked ? " out
'

it 'touches no more memory than was planned, and behind a slow task all but the spare place' '
	start_gated --stall-report 1 --report report.json generated.yaml
	settle
	let_all
	ends 0
	finds "all(t[\"memory_bytes\"] <= t[\"planned_memory_bytes\"] for t in report[\"tasks\"])" \
		"tasks[\"eye\"][\"memory_bytes\"] >= tasks[\"eye\"][\"planned_memory_bytes\"] * 6 / 7" \
		"tasks[\"slow\"][\"memory_bytes\"] == 0"
'

it 'decodes 1080p and 4K within what was planned' '
	for file in full.mp4 large.mkv
	do
		"$VFLOW" run -q -s nodes.reader.path=$file --report report.json flow.yaml 2>err
		test ! -s err
		finds "all(t[\"memory_bytes\"] <= t[\"planned_memory_bytes\"] for t in report[\"tasks\"])" \
			"tasks[\"reader\"][\"memory_bytes\"] > 0" "report[\"status\"] == 0"
	done
'

it 'reads a stream whose frames change their size, and says that they need more' '
	cat >changing.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: changing.m2v}
	  small:  {type: resize, inputs: reader, width: 320}
	  out:    {type: void, inputs: small}
	END
	"$VFLOW" run -q --report report.json changing.yaml
	finds "58 <= tasks[\"out\"][\"inputs\"] <= 60" "report[\"is_balanced\"]" "report[\"status\"] == 0"
	"$VFLOW" run changing.yaml 2>err
	grep "^vflow: reader: warning: payloads take .* MB instead of the .* MB foreseen" err
'

it 'keeps to a limit also when frames become larger' '
	sed "1a memory: 12MB" changing.yaml >limited.yaml
	expect 1 "$VFLOW" run limited.yaml
	grep "reader: .* payloads of .* MB would take more than" err
	sed "1a memory: 100MB" changing.yaml >roomy.yaml
	expect 0 "$VFLOW" run roomy.yaml
'

it 'refuses a flow that needs more than it may have, before anything starts' '
	sed "s/2GB/20 MB/" flow.yaml >tight.yaml
	sed -i "s/type: void/type: video_writer, path: never.mkv/" tight.yaml
	expect 78 "$VFLOW" run --report report2.json tight.yaml
	grep "^tight.yaml:2:9: the frames of this flow need .* MB, more than the 20.0 MB" err
	grep "reader .* MB (.* of 3\.. MB), small .* MB (.* of 0\.. MB); smaller queues" err
	test ! -e never.mkv
	python3 - <<-END
	import json
	report = json.load(open("report2.json"))
	mistake, = report["mistakes"]
	assert report["status"] == 78 and mistake["line"] == 2, report
	assert "20.0 MB" in mistake["message"], report
	END
	expect 78 "$VFLOW" explain --internals tight.yaml
	grep "^memory for frames" out
	grep "^tight.yaml:2:9: " err
'

it 'takes the limit from the command line' '
	expect 78 "$VFLOW" run --memory 1MB flow.yaml
	grep "^--memory 1MB: the frames of this flow need" err
	expect 0 "$VFLOW" explain --internals --memory 3GiB flow.yaml
	grep "of 3221.2 MB that it may have$" out
'

it 'knows what an amount of memory is' '
	sed "s/2GB/plenty/" flow.yaml >wrong.yaml
	expect 78 "$VFLOW" check wrong.yaml
	grep "^wrong.yaml:2:9: memory of the flow cannot be \"plenty\"; it is an amount of memory, such as" err
	sed "s/2GB/0/" flow.yaml >wrong.yaml
	expect 78 "$VFLOW" check wrong.yaml
'

it 'refuses what the machine cannot hold' '
	expect 70 "$VFLOW" run --memory 900TB -s defaults.queue=4096 \
		-s nodes.eye.size=8192x8192 generated.yaml
	grep "^vflow: generated.yaml: its frames need .* has only .* MB of memory left: eye " err
'

done_testing
