#!/bin/sh
# SPDX-License-Identifier: MIT
# When the frames of a written file are shown: rates that change, and containers that count frames.
. "${0%/*}/harness.sh"
. "$root/tests/cli/ports.sh"
. "$root/tests/cli/frames.sh"

# shown FILE: when each of its frames is shown, in seconds, in order.
shown () {
	ff -i "$1" -map 0:v:0 -c copy -f framecrc - >shown.list
	packets shown.list | awk '{ print $2 }' | sort -n
}

# lasting FILE: how many frames it has, and when the last begins.
lasting () {
	shown "$1" | awk '{ last = $1 } END { printf "%d %.2f\n", NR, last }'
}

mkdir rates
ff -f lavfi -i testsrc2=s=96x64:r=25:d=1 -f lavfi -i testsrc2=s=96x64:r=30000/1001:d=1.001 \
	-f lavfi -i testsrc2=s=96x64:r=50:d=1 \
	-map 0 -c:v mjpeg rates/a.avi -map 1 -c:v mjpeg rates/b.avi -map 2 -c:v mjpeg rates/c.avi
ff -f lavfi -i testsrc2=s=96x64:r=60:d=4 -filter_complex \
	"split=3[a][b][c];[a]select='lt(mod(t,2),1)+gte(mod(t,2),1)*not(mod(n,12))'[v]" \
	-map '[v]' -fps_mode:0 vfr -c:v libx264 -bf 0 varying.mp4 \
	-map '[b]' -r 120 -t 1 -c:v libx264 fast.mp4 -map '[c]' -t 0.5 -c:v libx264 sixty.mp4

cat >rates.yaml <<'END'
vflow: 1
nodes:
  rates: {type: folder_reader, path: rates}
  mkv: {type: video_writer, inputs: rates, path: rates.mkv, codec: ffv1}
  mp4: {type: video_writer, inputs: rates, path: rates.mp4, preset: ultrafast}
  wmv: {type: video_writer, inputs: rates, path: rates.wmv}
  avi: {type: video_writer, inputs: rates, path: rates.avi}
  m2v: {type: video_writer, inputs: rates, path: rates.m2v}
  raw: {type: video_writer, inputs: rates, path: rates.yuv}
  y4m: {type: video_writer, inputs: rates, path: rates.y4m}
  varying: {type: video_reader, path: varying.mp4}
  v-avi: {type: video_writer, inputs: varying, path: varying.avi, codec: mjpeg}
  v-mkv: {type: video_writer, inputs: varying, path: varying.mkv, codec: mpeg4, options: {bf: 2}}
  v-wmv: {type: video_writer, inputs: varying, path: varying.wmv}
  v-mpg: {type: video_writer, inputs: varying, path: varying.mpg}
  fast: {type: video_reader, path: fast.mp4}
  mpg: {type: video_writer, inputs: fast, path: fast.mpg}
  gif: {type: video_writer, inputs: fast, path: fast.gif}
  sixty: {type: video_reader, path: sixty.mp4}
  s-mkv: {type: video_writer, inputs: sixty, path: sixty.mkv, codec: mjpeg, bitrate: 300k}
  s-avi: {type: video_writer, inputs: sixty, path: sixty.avi, codec: mjpeg, bitrate: 300k}
END
"$VFLOW" run rates.yaml >run.log 2>&1 || cat run.log

it 'plays files of several frame rates, one after the other, each at its own' '
	for file in mkv mp4 wmv
	do
		lasting rates.$file
	done >got
	printf "105 2.98\n105 2.98\n105 2.98\n" | diff - got
	shown rates.mkv | awk "NR > 1 && \$1 <= last { print } { last = \$1 }" >equal
	test ! -s equal'

it 'repeats and leaves out frames where a file counts them' '
	for file in m2v y4m
	do
		ff -i rates.$file -f framecrc - | grep -c "^0"
	done >got
	lasting rates.avi >>got
	printf "75\n75\n75 2.96\n" | diff - got
	test "$(wc -c <rates.yuv)" -eq $((75 * 96 * 64 * 3 / 2))
	grep -q "warning: rates.avi has a constant rate of 25 frames a second: .* left out" run.log'

it 'keeps the times of a varying rate, whatever the encoder is told' '
	shown varying.mp4 >wanted
	for file in mkv wmv
	do
		shown varying.$file | paste wanted - |
			awk "(\$1 - \$2) ^ 2 > 1e-6 { print \"$file\", \$0 } END { print NR }"
	done >got
	{ wc -l <wanted; wc -l <wanted; } | diff - got'

it 'makes a varying rate constant where it has to, as fast as it ever is' '
	{ lasting varying.avi; ff -i varying.mpg -f framecrc - | grep -c "^0"; } >got
	printf "229 3.80\n229\n" | diff - got
	! grep "warning: varying" run.log'

it 'takes the nearest rate that a codec or a container has, and says so' '
	{ ff -i fast.mpg -f framecrc - | grep -c "^0"; lasting fast.gif; } >got
	printf "60\n50 0.98\n" | diff - got
	grep -q "mpeg1video in mpeg cannot have 120 frames a second: 60 are written" run.log
	grep -q "gif in gif cannot have 120 frames a second: 50 are written" run.log'

it 'shares out the bits of a second whatever the ticks are' '
	mkv=$(wc -c <sixty.mkv) avi=$(wc -c <sixty.avi)
	test "$mkv" -gt $((avi * 8 / 10))'

it 'delays what comes by an input: frames, packets and samples' '
	ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=64x64:r=25:d=2 -f lavfi -i sine=d=2 -c:v mpeg4 \
		-c:a flac delayed.mkv
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  r: {type: video_reader, path: delayed.mkv}
	  out:
	    type: video_writer
	    inputs:
	      video: {from: r, delay: 200ms}
	      audio: [{from: r.audio, delay: 0.5s}, {from: r.audio_frames, delay: -1s}]
	    path: out.mkv
	    codec: mpeg4
	    audio: flac
	END
	for transport in shm ipc
	do
		expect 0 "$VFLOW" run -q --transport "$transport" -s transport.tcp.base=$base flow.yaml
		times=$(ffprobe -v error -show_entries stream=start_time -of csv=p=0 out.mkv | paste -sd " ")
		test "$times" = "1.200000 1.500000 0.000000"
	done
'

done_testing
