#!/bin/sh
# SPDX-License-Identifier: MIT
# Sound and subtitles that begin long after the picture, or with a later file.
. "${0%/*}/harness.sh"

ff () {
	ffmpeg -v error -nostdin -y "$@" </dev/null
}

# late NAME OPTION...: six seconds of pictures, of which sound has the last three, and subtitles the
# last.
late () {
	name=$1
	shift
	printf '1\n00:00:05,000 --> 00:00:06,000\nhi\n\n' >late.srt
	ff -f lavfi -i testsrc2=size=64x64:rate=25:duration=6 -f lavfi -i 'sine=f=880:d=3:r=48000' \
		-c:v mpeg2video -g 5 "$@" both.mkv
	ff -i both.mkv -itsoffset 3 -i both.mkv -i late.srt -map 0:v -map 1:a -map 2 -c copy "$name"
}

# flow OUT [OPTION]: writes flow.yaml.
flow () {
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: late.mkv}
	  out:
	    type: video_writer
	    inputs: {video: reader, audio: reader.audio, subtitles: reader.subtitles}
	    path: $1
	    codec: mpeg2video
	    ${2:-}
	END
}

# tracks FILE: the codecs of its tracks, in a line.
tracks () {
	ffprobe -v error -show_entries stream=codec_name -of csv=p=0 "$1" | tr -s ',\n' ' '
}

# begins FILE SECONDS: passes when the sound begins then, to 5 ms.
begins () {
	ff -i "$1" -map 0:a -af aresample=48000:async=1:first_pts=0 -ac 1 -f s16le samples
	python3 - <<-END
	import array
	samples = array.array("h", open("samples", "rb").read())
	first = next(i for i, sample in enumerate(samples) if abs(sample) > 1000) / 48000
	assert abs(first - $2) < 0.005, first
	assert len(samples) > 48000 * 5.9, len(samples)
	END
}

late late.mkv -c:a aac

it 'announces what is late, once' '
	cat >print.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: late.mkv}
	  pictures: {type: void, inputs: reader}
	  sound: {type: print, inputs: reader.audio}
	  text: {type: file_append, inputs: reader.subtitles, path: text}
	END
	expect 0 "$VFLOW" run -q print.yaml
	test "$(grep -c " 0 bytes" out)" -eq 1
	grep "^packet 1 - aac 0 bytes" out
	grep "^packet 2 [23][.][0-9]* aac [1-9]" out
	test "$(wc -l <text)" -eq 2
'

while read -r out sound options
do
	it "has a track for what is late, though the end comes first: $out $options" "
		flow $out '$options'
		expect 0 \"\$VFLOW\" run -s nodes.reader.duration=2 flow.yaml
		test \"\$(tracks $out)\" = 'mpeg2video $sound subrip '
		test \"\$(ffprobe -v error -select_streams v -show_entries packet=stream_index \
			-of csv=p=0 $out | grep -c .)\" -eq 50
	"
	it "puts late sound where it belongs: $out $options" "
		flow $out '$options'
		expect 0 \"\$VFLOW\" run flow.yaml
		test \"\$(tracks $out)\" = 'mpeg2video $sound subrip '
		begins $out 3
		! grep 'too late' err
	"
done <<END
out.mkv aac
out.mkv mp3 audio: libmp3lame
out.mkv aac audio: aac
END

# As MP4 has it, where a track without a packet is none.
while read -r out options
do
	it "puts late sound where it belongs: $out $options" "
		flow $out '$options'
		sed -i 's/, subtitles: reader.subtitles//' flow.yaml
		expect 0 \"\$VFLOW\" run flow.yaml
		begins $out 3
	"
done <<END
out.mp4
out.mp4 crash_safe: false
out.mov audio: aac
END

for codec in ac3 eac3
do
	it "writes MP4 with late sound whose packets say what it is: $codec" "
		late late.mkv -c:a $codec
		flow out.mp4
		sed -i 's/, subtitles: reader.subtitles//' flow.yaml
		expect 0 \"\$VFLOW\" run flow.yaml
		test \"\$(tracks out.mp4)\" = 'mpeg2video $codec '
		begins out.mp4 3
	"
done

it 'waits for no packet of AAC with a header in each' '
	late late.mkv -c:a aac
	ff -i late.mkv -map 0:v -map 0:a -c copy late.ts
	flow out.mp4
	sed -i "s/late.mkv/late.ts/; s/, subtitles: reader.subtitles//" flow.yaml
	expect 0 "$VFLOW" run flow.yaml
	test "$(tracks out.mp4)" = "mpeg2video aac "
	begins out.mp4 3
'

# A folder whose first film has pictures only.
mkdir in
ff -f lavfi -i testsrc2=size=64x64:rate=25:duration=2 -c:v mpeg2video in/a.mkv
ff -f lavfi -i testsrc2=size=64x64:rate=25:duration=2 -f lavfi -i sine=f=880:d=2:r=48000 \
	-i late.srt -map 0 -map 1 -map 2 -c:v mpeg2video -c:a aac -c:s srt in/b.mkv

for audio in auto aac
do
	it "keeps sound that only a later file has, with audio: $audio" "
		flow out.mkv 'audio: $audio'
		sed -i 's/video_reader, path: late.mkv/folder_reader, path: in/' flow.yaml
		expect 0 \"\$VFLOW\" run flow.yaml
		test \"\$(tracks out.mkv)\" = 'mpeg2video aac subrip '
		test \"\$(ffprobe -v error -select_streams a -show_entries packet=stream_index \
			-of csv=p=0 out.mkv | grep -c .)\" -ge 90
	"
done

it 'gives a file of its own no sound of another' '
	flow "out-{source}.mkv"
	sed -i "s/video_reader, path: late.mkv/folder_reader, path: in/" flow.yaml
	expect 0 "$VFLOW" run flow.yaml
	test "$(tracks out-a.mkv)" = "mpeg2video "
	test "$(tracks out-b.mkv)" = "mpeg2video aac subrip "
'

done_testing
