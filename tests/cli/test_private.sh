#!/bin/sh
# SPDX-License-Identifier: MIT
# private: true: frames leave the flow only through blur_boxes or mask.
. "${0%/*}/harness.sh"
. "$root/tests/cli/find_python.sh"

ffmpeg -v error -nostdin -f lavfi -i testsrc2=s=64x48:r=10:d=2 -f lavfi -i sine=d=2 -c:v ffv1 \
	-c:a flac film.mkv || exit 1
ffmpeg -v error -nostdin -f lavfi -i color=white:s=64x48 -frames:v 1 mask.png || exit 1

# flow LINE...: writes flow.yaml, with a private reader and these nodes.
flow () {
	printf "%s\n" "vflow: 1" nodes: "  camera: {type: video_reader, path: film.mkv, private: true}" >flow.yaml
	for line
	do
		echo "  $line"
	done >>flow.yaml
}

# refuses MESSAGE LINE...: passes when `check` says MESSAGE of such a flow.
refuses () {
	message=$1
	shift
	flow "$@"
	expect 78 "$VFLOW" check flow.yaml
	grep -F -e "$message" err
}

# takes LINE...: passes when such a flow has no mistake, and nothing to warn of.
takes () {
	flow "$@"
	expect 0 "$VFLOW" check flow.yaml
	test ! -s err
}

find='find: {type: process, command: [./detect], inputs: camera, outputs: {boxes: value}}'
hidden='hidden: {type: blur_boxes, inputs: {video: camera, boxes: find}}'
out='out: {type: video_writer, inputs: {video: hidden, audio: camera.audio}, path: out.mkv}'

it 'takes a flow whose frames are redacted, with their sound and what was found' '
	takes "$find" "$hidden" "$out" \
		"list: {type: file_append, inputs: find, path: boxes.jsonl}"
	takes "hidden: {type: mask, inputs: camera, path: mask.png}" "$out"
	takes "small: {type: resize, inputs: camera, width: 32}" \
		"hidden: {type: blur_boxes, inputs: small, boxes: [[0, 0, 8, 8]]}" \
		"marked: {type: draw_text, inputs: hidden, text: there}" \
		"out: {type: image_writer, inputs: marked, path: \"shots/{seq}.png\"}"
	takes "$find" "follow: {type: track, inputs: find}" "$hidden" \
		"marked: {type: draw_tracks, inputs: {video: hidden, tracks: follow}}" \
		"out: {type: video_writer, inputs: marked, path: out.mkv}"
'

it 'names the way on which private frames get out' '
	refuses "flow.yaml:4:29: camera is private, and what it makes reaches out unredacted: camera -> out; put blur_boxes or mask on the way" \
		"out: {type: video_writer, inputs: camera, path: out.mkv}"
	refuses "camera -> small -> marked -> out;" "$find" "$hidden" \
		"small: {type: resize, inputs: camera, width: 32}" \
		"marked: {type: draw_text, inputs: small, text: there}" \
		"out: {type: video_writer, inputs: marked, path: out.mkv}" \
		"other: {type: video_writer, inputs: hidden, path: other.mkv}"
	refuses "what it makes reaches log unredacted: camera -> log;" \
		"log: {type: print, inputs: camera}"
	refuses "what it makes reaches away unredacted: camera -> away;" \
		"away: {type: zmq_out, inputs: camera, endpoint: \"tcp://127.0.0.1:5555\"}"
'

it 'knows ways through packets, arrays and frames that are put together' '
	refuses "what it makes reaches out unredacted: camera -> out;" \
		"out: {type: video_writer, inputs: camera.packets, path: out.mkv, codec: copy}"
	refuses "camera -> beside -> out;" "$find" "$hidden" \
		"beside: {type: tile, inputs: [hidden, camera]}" \
		"out: {type: video_writer, inputs: beside, path: out.mkv}"
	refuses "an array that may be made of its frames reaches list unredacted: camera -> find -> list; send what was found as a value instead, or put blur_boxes or mask on the way" \
		"find: {type: process, command: [./detect], inputs: camera, outputs: {boxes: array}}" \
		"$hidden" "$out" "list: {type: file_append, inputs: find, path: boxes.jsonl}"
	refuses "camera -> both -> out;" "both: {type: identity, inputs: camera}" \
		"out: {type: video_writer, inputs: both, path: out.mkv}"
'

it 'wants what is hidden to be that of the same frame' '
	refuses "flow.yaml:5:30: hidden gets private frames, and joins by order: what it hides may be that of another frame; have both inputs come from one reader, and join by origin" \
		"find: {type: process, command: [cat, boxes.jsonl], form: jsonl, outputs: {boxes: value}}" \
		"$hidden" "$out"
	refuses "hidden gets private frames, and joins by latest" "$find" \
		"hidden: {type: blur_boxes, inputs: {video: camera, boxes: find}, join: latest}" "$out"
'

it 'says where private stands wrong' '
	flow "hidden: {type: mask, inputs: camera, path: mask.png}" \
		"out: {type: video_writer, inputs: hidden, path: out.mkv, private: true}"
	expect 78 "$VFLOW" check flow.yaml
	grep -F "flow.yaml:5:69: out makes no frames; say private of the node whose frames nobody may see" err
	flow "out: {type: video_writer, inputs: camera, path: out.mkv}"
	expect 0 "$VFLOW" check -s nodes.camera.private=false flow.yaml
	expect 78 "$VFLOW" check -s nodes.camera.private=maybe flow.yaml
	expect 78 "$VFLOW" run -q flow.yaml
	test ! -e out.mkv
'

it 'leaves out frames whose detector has failed' '
	test -n "$python" || exit 0
	flow "find: {type: python, python: $python, inputs: camera, outputs: {boxes: value}, call: find.py, stateless: true, on_error: skip, max_restarts: 1, backoff: 0}" \
		"$hidden" "$out"
	cat >find.py <<-END
	def process(frame):
	    if frame.index == 7:
	        raise RuntimeError("no")
	    return {"boxes": [[0, 0, 8, 8]]}
	END
	expect 0 "$VFLOW" run -q flow.yaml
	test "$(ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets \
		-of csv=p=0 out.mkv)" -eq 19
'

done_testing
