#!/bin/sh
# SPDX-License-Identifier: MIT
# Sound and subtitles that change in mid-stream, on their way into one file.
. "${0%/*}/harness.sh"

ff () {
	ffmpeg -v error -nostdin -y "$@" </dev/null
}

# film NAME RATE OPTION...: two seconds with a tone of 880 Hz, sampled at RATE.
film () {
	name=$1 rate=$2
	shift 2
	ff -f lavfi -i testsrc2=size=64x64:rate=25:duration=2 -f lavfi -i "sine=f=880:d=2:r=$rate" \
		-c:v mpeg2video -strict -2 "$@" "$name"
}

# tone FILE FROM TO: passes when the sound between these seconds is of 880 Hz.
tone () {
	ff -i "$1" -map 0:a -af "aresample=8000:async=1,atrim=$2:$3" -ac 1 -f s16le samples
	python3 - <<-END
	import array
	samples = array.array("h", open("samples", "rb").read())
	crossings = sum((a < 0) != (b < 0) for a, b in zip(samples, samples[1:]))
	assert len(samples) >= 8000 * ($3 - $2) * 0.97, "too short: %d" % len(samples)
	assert abs(crossings / 2 / (len(samples) / 8000) - 880) < 5, crossings
	END
}

# flow READER OUT OPTIONS: writes flow.yaml.
flow () {
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {$1}
	  out:
	    type: video_writer
	    inputs: {video: reader, audio: reader.audio}
	    path: $2
	    codec: mpeg2video
	    audio: $3
	END
}

# joins FIRST SECOND OUT STATUS [AUDIO]: writes both films into one file. FIRST and SECOND are
# "ENDING OPTION...".
joins () {
	rm -rf in "$3"
	mkdir in
	# shellcheck disable=SC2086 # these are words
	film "in/a.${1%% *}" 44100 ${1#* } && film "in/b.${2%% *}" 48000 ${2#* }
	flow 'type: folder_reader, path: in' "$3" "${5:-auto}"
	expect "$4" "$VFLOW" run flow.yaml
	tone "$3" 0.3 1.7
}

# passes FIRST SECOND OUT [AUDIO]: the tone of the second film is right, too.
passes () {
	joins "$1" "$2" "$3" 0 "$4"
	tone "$3" 2.3 3.7
	ff -i "$3" -map 0:a -f framemd5 decoded 2>complaints
	! test -s complaints
}

while IFS='|' read -r first second out audio
do
	it "goes on from $first to $second in $out${audio:+, audio: $audio}" "
		passes '$first' '$second' '$out' '$audio'
	"
done <<END
mp4 -c:a aac -ac 1|mp4 -c:a aac -ac 2|out.mp4
mp4 -c:a aac -ac 1|mkv -c:a ac3 -ac 2|out.mp4
mp4 -c:a aac -ac 1|mkv -c:a ac3 -ac 2|out.mkv|aac
mkv -c:a flac|ts -c:a aac -ac 2|out.mkv|libmp3lame
ts -c:a aac|mkv -c:a aac -ac 2|out.mkv
ts -c:a aac|mkv -c:a aac -ac 2|out.ts
mkv -c:a aac|ts -c:a aac -ac 2|out.ts
mkv -c:a aac|mkv -c:a aac -ac 2|out.ts
ts -c:a aac|mkv -c:a aac -ac 2|out.avi
ts -c:a mp2|ts -c:a ac3|out.ts
mkv -c:a libmp3lame|mkv -c:a libmp3lame|out.mkv
mkv -c:a flac -sample_fmt s32|mkv -c:a flac -ac 2|out.mkv
mkv -c:a libopus -ac 1|mkv -c:a libopus -ac 2|out.mkv
mkv -c:a alac|mkv -c:a alac|out.mov
mkv -c:a pcm_s16le|mkv -c:a pcm_s24le|out.mkv
avi -c:a pcm_s16le|mkv -c:a aac|out.avi
END

it 'says from where on copied sound is encoded' '
	joins "mp4 -c:a aac" "mkv -c:a ac3 -ac 2" out.mp4 0
	grep "warning: out.mp4: the sound changes at 2.0.. s to ac3, 48000 Hz, stereo; it is encoded" err
'

it 'copies what only says the same in another way' '
	rm -rf in
	mkdir in
	film in/a.mp4 44100 -c:a aac
	film in/b.ts 44100 -c:a aac
	flow "type: folder_reader, path: in" out.mp4 auto
	expect 0 "$VFLOW" run flow.yaml
	! grep "the sound changes" err
	tone out.mp4 0.3 1.7
	tone out.mp4 2.3 3.7
'

it 'leaves out what cannot follow, and says what helps' '
	joins "mkv -c:a libvorbis" "mkv -c:a libvorbis" out.mkv 65
	grep "out.mkv: the sound changes at 2.0.. s to vorbis, 48000 Hz, mono, which cannot follow" err
	grep "say audio: aac, which encodes all of it" err
	test "$(ffprobe -v error -select_streams v -show_entries packet=stream_index -of csv=p=0 \
		out.mkv | grep -c .)" -eq 100
'

it 'does not encode where a copy is asked for' '
	joins "mkv -c:a aac" "mkv -c:a ac3" out.mkv 65 copy
	grep "which cannot follow" err
'

# Sound whose packets say that its rate changes, in one file.
film a.ts 44100 -c:a aac
film b.ts 48000 -c:a aac -ac 2 -output_ts_offset 2
cat a.ts b.ts >spliced.ts

for ending in mp4 mkv mov ts
do
	it "notices in a packet of AAC that the rate changes, for .$ending" "
		flow 'type: video_reader, path: spliced.ts' out.$ending auto
		\"\$VFLOW\" run flow.yaml || test \$? -eq 65 # where they meet a packet may be corrupt
		tone out.$ending 0.3 1.7
		tone out.$ending 2.3 3.7
	"
done

# The same as FLV, whose demuxer says it.
film a.flv 44100 -c:v flv -c:a aac -ac 1
film b.flv 48000 -c:v flv -c:a aac -ac 2 -output_ts_offset 2
python3 -c 'import sys
sys.stdout.buffer.write(open("a.flv", "rb").read() + open("b.flv", "rb").read()[13:])' >spliced.flv

for audio in auto libmp3lame
do
	it "notices that the codec's own header changes, with audio: $audio" "
		flow 'type: video_reader, path: spliced.flv' out.mkv $audio
		expect 0 \"\$VFLOW\" run flow.yaml
		tone out.mkv 0.3 1.7
		tone out.mkv 2.3 3.7
	"
done

it 'takes one odd header for damage' '
	python3 - <<-END
	data = bytearray(open("a.ts", "rb").read())
	at = -1
	for _ in range(30):
	    at = data.index(b"\xff\xf1", at + 1)
	data[at + 2] ^= 4 # another rate
	open("damaged.ts", "wb").write(data)
	END
	flow "type: video_reader, path: damaged.ts" out.mp4 auto
	expect 65 "$VFLOW" run flow.yaml
	grep "the sound at 0.... s is damaged (its header is unlike all others): it is left out" err
	! grep "the sound changes" err
	tone out.mp4 0.9 1.7
'

it 'counts encoded sound that is damaged' '
	film good.mkv 44100 -c:a ac3
	python3 - <<-END
	data = bytearray(open("good.mkv", "rb").read())
	at = -1
	for _ in range(20):
	    at = data.index(b"\x0b\x77", at + 1)
	data[at:at + 2] = b"\0\0"
	open("damaged.mkv", "wb").write(data)
	END
	flow "type: video_reader, path: damaged.mkv" out.mkv libmp3lame
	expect 65 "$VFLOW" run flow.yaml
	grep "the sound at 0.... s cannot be decoded (.*): it is silent" err
	tone out.mkv 1 1.9
'

# subtitles FIRST SECOND OUT STATUS: joins two films with subtitles of these codecs.
subtitles () {
	rm -rf in "$3"
	mkdir in
	printf '1\n00:00:00,500 --> 00:00:01,000\nfirst\n\n' >a.srt
	printf '1\n00:00:00,500 --> 00:00:01,000\nsecond\n\n' >b.srt
	for part in "a $1" "b $2"
	do
		ff -f lavfi -i testsrc2=size=64x64:rate=25:duration=2 -i "${part%% *}.srt" -map 0 -map 1 \
			-c:v mpeg4 -c:s "${part#* }" "in/${part%% *}.mkv"
	done
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: folder_reader, path: in}
	  out:
	    type: video_writer
	    inputs: {video: reader, subtitles: reader.subtitles}
	    path: $3
	    codec: mpeg4
	END
	expect "$4" "$VFLOW" run flow.yaml
	ff -i "$3" -map 0:s -f srt - >text
	says text 00:00:00,500\ --\>\ 00:00:01,000
	says text first
}

for pair in 'srt ass out.mkv' 'ass srt out.mkv' 'ass ass out.mkv' 'srt ass out.mp4'
do
	it "goes on from subtitles of one kind to another: $pair" "
		subtitles $pair 0
		says text '00:00:02,500 --> 00:00:03,000'
		says text second
	"
done

done_testing
