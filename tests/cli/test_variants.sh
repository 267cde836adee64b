#!/bin/sh
# SPDX-License-Identifier: MIT
# Of the variants of one video that a playlist offers, the best is read unless another is named.
. "${0%/*}/harness.sh"

for size in 96x64 160x120 128x96
do
	ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=$size:r=25:d=1 -f lavfi -i sine=d=1 \
		-c:v libx264 -preset ultrafast -c:a aac -f hls -hls_list_size 0 $size.m3u8 </dev/null
	printf '#EXT-X-STREAM-INF:BANDWIDTH=300000,RESOLUTION=%s\n%s.m3u8\n' $size $size
done >variants
{ printf '#EXTM3U\n'; cat variants; } >all.m3u8

cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: all.m3u8}
	  out: {type: video_writer, inputs: [reader, reader.audio], path: out.mkv, preset: ultrafast}
	END

width () {
	ffprobe -v error -select_streams v -show_entries stream=width -of csv=p=0 out.mkv
}

it 'reads the largest, wherever in the list it is' '
	expect 0 "$VFLOW" run -q flow.yaml
	test "$(width)" = 160
'

it 'reads the one that is named' '
	expect 0 "$VFLOW" run -q -s nodes.reader.video=0 flow.yaml
	test "$(width)" = 96
'

done_testing
