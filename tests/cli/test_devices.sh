#!/bin/sh
# SPDX-License-Identifier: MIT
# Cameras and screens. Filters stand in for a camera, and a server without a screen for a screen;
# what needs it is left out where there is none.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

trap 'close_screens; test ! -e "$workdir/flows" || end_all; rm -rf "$workdir"' EXIT

# open_screen WORD...: starts an X server, and sets `server`; fails where there is none.
open_screen () {
	command -v Xvfb >/dev/null || return 1
	Xvfb "$@" -screen 0 320x240x24 -nolisten tcp 5>number 2>/dev/null &
	server=$!
	echo "$server" >>"$workdir/servers"
}

# any_screen: the same, on a display that nobody has yet, and sets `display`.
any_screen () {
	rm -f number
	open_screen -displayfd 5 || return 1
	await 'test -s number' || return 1
	display=:$(cat number)
}

close_screens () {
	test -e "$workdir/servers" || return
	while read -r left
	do
		kill "$left" 2>/dev/null || true
	done <"$workdir/servers"
	rm "$workdir/servers"
}

# device_flow DEVICE WORD...: makes a flow that reads a device, with the reader's options WORD.
device_flow () {
	device=$1
	shift
	cat >device.yaml <<-END
	vflow: 1
	mode: realtime
	nodes:
	  camera: {type: device_reader, device: "$device" ${1:+, $*}}
	  out: {type: video_writer, inputs: camera, path: out.nut, codec: rawvideo}
	END
}

read_device () {
	device_flow "$@"
	"$VFLOW" run device.yaml
}

# wait_for_frames: passes once the writer has some.
wait_for_frames () {
	await 'test -s out.part*.nut' 2>/dev/null && return
	echo 'no frame was written'
	cat err
	return 1
}

# pictures FILE: the hash of each picture.
pictures () {
	ffmpeg -v error -nostdin "$@" -f framemd5 - | awk -F ', *' '/^0,/ { print $6 }'
}

it 'reads the frames of a device as ffmpeg does' '
	camera=testsrc2=size=160x120:rate=10:duration=0.8
	device_flow "$camera" format: lavfi
	sed -i "/^mode/d" device.yaml
	expect 0 "$VFLOW" run device.yaml
	pictures -f lavfi -i "$camera" >wanted
	test "$(wc -l <wanted)" -eq 8
	pictures -i out.nut | cmp - wanted
'

it 'reads a screen' '
	any_screen || exit 0
	expect 0 read_device "$display.0+20,10" size: 160x120, fps: 50, frames: 10
	close_screens
	ffprobe -v error -show_entries stream=width,height,pix_fmt,r_frame_rate -of csv=p=0 out.nut |
		grep -x 160,120,bgr0,50/1
	test "$(pictures -i out.nut | wc -l)" -gt 0
'

it 'opens a screen again that was lost' '
	any_screen || exit 0
	device_flow "$display" fps: 50, reconnect: "{initial: 20ms, max: 100ms}"
	rm -f out.nut
	start device.yaml
	wait_for_frames
	kill -9 "$server"
	wait_for err "camera: warning: $display was lost .*; opening it again"
	rm -f "/tmp/.X${display#:}-lock" "/tmp/.X11-unix/X${display#:}"
	open_screen "$display"
	wait_for err "camera: warning: $display is back after"
	kill -INT "$flow"
	ends 130
	close_screens
	test "$(pictures -i out.nut | wc -l)" -gt 1
'

it 'stops in between two frames' '
	device_flow "testsrc2=size=160x120:rate=5,realtime" format: lavfi
	rm -f out.nut
	start device.yaml
	wait_for_frames
	kill -INT "$flow"
	ends 130
'

it 'says what to do about a device that cannot be opened' '
	expect 69 read_device /dev/no_such_camera format: v4l2
	grep "^vflow: camera: /dev/no_such_camera cannot be opened: No such file or directory; .ls" err
	expect 69 read_device :7654321 size: 16x16
	grep "^vflow: camera: :7654321 cannot be opened: .*; no X server answers there" err
	expect 78 read_device nothing format: lavfi
	grep "device: \"nothing\" at character 1: there is no such filter; .ffmpeg -filters. lists" err
	printf nothing >file
	expect 69 read_device movie=file format: lavfi
	grep "^vflow: camera: movie=file cannot be opened: " err
'

it 'reports a device that may not be read' '
	test "$(id -u)" -ne 0 || exit 0
	: >camera
	chmod 0 camera
	expect 69 read_device camera format: v4l2
	grep "camera cannot be opened: Permission denied; the user must be in the group" err
'

it 'refuses what no device could have' '
	expect 78 read_device /dev/null
	grep "\"/dev/null\" does not tell what kind of device it is; give format" err
	expect 78 read_device rtsp://user:secret@127.0.0.1/live
	grep "127.0.0.1/live\" is a URL, and no device of this machine; read it with video_reader" err
	grep "vflow run @record input=URL" err
	expect 78 read_device x format: x11grap
	grep "this libavdevice reads no \"x11grap\"; did you mean \"x11grab\"?" err
	expect 78 read_device :0 "options: {draw_mose: 0}"
	grep "x11grab has no option \"draw_mose\"; did you mean \"draw_mouse\"?" err
'

done_testing
