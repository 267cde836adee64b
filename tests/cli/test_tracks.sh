#!/bin/sh
# SPDX-License-Identifier: MIT
# Files with any number of tracks: several sounds and subtitles, and no pictures at all.
. "${0%/*}/harness.sh"

ff () {
	ffmpeg -v error -nostdin -y "$@" </dev/null
}

cat >one.srt <<-END
	1
	00:00:00,500 --> 00:00:01,500
	Good morning

	2
	00:00:02,500 --> 00:00:03,500
	Good night
	END
ff -f lavfi -i testsrc2=s=160x120:r=25:d=4 -f lavfi -i sine=d=4 -f lavfi -i sine=f=900:d=4 -i one.srt \
	-i one.srt -map 0 -map 1 -map 2 -map 3 -map 4 -c:v libx264 -preset ultrafast -g 25 -c:a aac \
	-c:s subrip -metadata:s:a:0 language=ger -metadata:s:a:1 language=eng \
	-metadata:s:s:0 language=ger -metadata:s:s:1 language=eng film.mkv
ff -i film.mkv -map 0:a:0 -c copy first.m4a
ff -i film.mkv -map 0:a:1 -c copy second.m4a

# flow INPUTS PATH [OPTIONS]: writes flow.yaml, with two readers of different tracks.
flow () {
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  r: {type: video_reader, path: film.mkv}
	  s: {type: video_reader, path: film.mkv, audio: eng, subtitles: eng}
	  rest: {type: void, inputs: [r, s]}
	  out: {type: video_writer, inputs: $1, path: "$2"${3:+, $3}}
	END
}

run () {
	expect 0 "$VFLOW" run -q "$@" flow.yaml
}

# tracks FILE: a line for each track: kind, codec, language.
tracks () {
	ffprobe -v error -show_streams "$1" | awk -F= '
		/^codec_name=/ { track = $2 }
		/^codec_type=/ { track = track "," $2 }
		/^TAG:language=/ { track = track "," $2 }
		/^.\/STREAM/ { print track }'
}

# sound FILE NUMBER: the samples of one of its sounds, hashed.
sound () {
	ff -i "$1" -map "0:a:$2" -f md5 -
}

# same FILE NUMBER WANTED: passes when that sound is the one of the file WANTED.
same () {
	test "$(sound "$1" "$2")" = "$(sound "$3" 0)"
}

it 'writes the sound and the subtitles of several sources, in the order of the inputs' '
	flow "{video: r, audio: [s.audio, r.audio], subtitles: [r.subtitles, s.subtitles]}" out.mkv
	run
	tracks out.mkv >made
	printf "%s\n" h264,video aac,audio,eng aac,audio,ger subrip,subtitle,ger \
		subrip,subtitle,eng >wanted
	cmp wanted made
	same out.mkv 0 second.m4a
	same out.mkv 1 first.m4a
'

for ending in mp4 mov mkv nut
do
	it "writes two sounds into .$ending" "
		flow '{video: r.packets, audio: [r.audio, s.audio]}' out.$ending 'codec: copy'
		run
		test \"\$(tracks out.$ending | grep -c ^aac,audio)\" -eq 2
		same out.$ending 1 second.m4a
	"
done

it 'keeps sounds apart whichever comes first' '
	flow "{video: r.packets, audio: [r.audio, s.audio]}" out.mp4 "codec: copy"
	sed -i "s/path: film.mkv}/path: film.mkv, pace: true, duration: 1s}/" flow.yaml
	run
	ff -i first.m4a -f s16le - | head -c 80000 >wanted
	ff -i out.mp4 -map 0:a:0 -f s16le - | head -c 80000 >made
	cmp wanted made
	same out.mp4 1 second.m4a
'

it 'writes two sounds into .ts' '
	flow "{video: r.packets, audio: [r.audio, s.audio]}" out.ts "codec: copy"
	run
	ff -i film.mkv -map 0:v -map 0:a -c copy wanted.ts
	tracks wanted.ts >wanted
	tracks out.ts >made
	cmp wanted made
	test "$(sound out.ts 0)" = "$(sound wanted.ts 0)"
	test "$(sound out.ts 1)" = "$(sound wanted.ts 1)"
'

it 'names the tracks of a kind by their number' '
	flow "{video: r, audio: [r.audio, s.audio]}" out.mkv \
		"metadata: {audio.language: fre, \"audio[1].title\": Comments, \"audio[1].language\": \"\"}"
	run
	ffprobe -v error -select_streams a -show_entries stream_tags=language,title -of csv=p=0 \
		out.mkv >made
	printf "%s\n" fre Comments >wanted
	cmp wanted made
'

it 'says in the report how many sounds there are' '
	flow "{video: r, audio: [r.audio, s.audio]}" out.mkv
	expect 0 "$VFLOW" run flow.yaml
	grep "^wrote out.mkv: 100 frames, 160x120 h264 with 2 sounds, " err
'

it 'cuts all tracks of a series at the same time' '
	flow "{video: r, audio: [r.audio, s.audio]}" "part{seq}.mkv" "segment_time: 1s, options: {g: 25}"
	run
	for n in 1 2 3 4
	do
		test "$(tracks part$n.mkv | wc -l)" -eq 3
		ff -i part$n.mkv -map 0:a:0 -c copy a$n.adts -map 0:a:1 -c copy b$n.adts
	done
	cat a?.adts >a.adts
	cat b?.adts >b.adts
	same a.adts 0 first.m4a
	same b.adts 0 second.m4a
'

for ending in m4a mka mp3 flac wav ogg opus ac3 ts
do
	it "writes nothing but sound into .$ending" "
		flow '{audio: r.audio}' sound.$ending
		run
		test \"\$(tracks sound.$ending | cut -d, -f2 | sort -u)\" = audio
		length=\$(ff -i sound.$ending -f s16le -ar 8000 -ac 1 - | wc -c)
		test \"\$length\" -ge 63000
		test \"\$length\" -le 66000
	"
done

it 'writes PCM into WAV, as it was decoded' '
	flow r.audio sound.wav
	run
	tracks sound.wav | grep ^pcm_s16le,audio
	test "$(sound sound.wav 0)" = "$(ff -i first.m4a -f s16le - | md5sum | sed "s/ .*//; s/^/MD5=/")"
'

it 'writes a series of files of sound' '
	flow "{audio: [r.audio, s.audio]}" "sound{seq}.mka" "segment_time: 1s"
	expect 0 "$VFLOW" run flow.yaml
	grep "^wrote sound2.mka: 1.0 s of 2 sounds, " err
	for n in 1 2 3 4
	do
		ff -i sound$n.mka -map 0:a:1 -c copy b$n.adts
	done
	cat b?.adts >b.adts
	ff -i second.m4a -f s16le - >wanted
	ff -i b.adts -f s16le - >made
	cmp -n 340000 wanted made
'

it 'writes nothing but subtitles' '
	flow "{subtitles: r.subtitles}" sub.srt
	run
	ff -i film.mkv -map 0:s:0 wanted.srt
	cmp wanted.srt sub.srt
'

it 'keeps what an interrupted run has made of a file of sound' '
	flow "{audio: r.audio}" sound.mka
	sed -i "s/film.mkv}/film.mkv, pace: true}/" flow.yaml
	echo whole >sound.mka
	"$VFLOW" run flow.yaml >out 2>err &
	pid=$!
	await "test -n \"\$(find . -name \"sound.part-*\" -size +1k)\""
	kill -INT $pid
	wait $pid || status=$?
	test "$status" -eq 130
	grep "^wrote sound.partial.mka: [0-9.]* s, interrupted; sound.mka is as it was$" err
	says sound.mka whole
	test "$(tracks sound.partial.mka)" = "aac,audio,ger"
'

it 'takes no pictures where a container holds none' '
	flow "{video: r, audio: r.audio}" sound.mp3
	expect 78 "$VFLOW" check flow.yaml
	grep "out has no input \"video\"" out err
	flow "{audio: r.audio}" sound.mp3 "codec: libx264"
	expect 78 "$VFLOW" check flow.yaml
	grep "MP3 (MPEG audio layer 3) holds no video; leave codec out" out err
'

it 'wants some input' '
	printf "vflow: 1\nnodes:\n  out: {type: video_writer, path: out.mkv}\n" >flow.yaml
	expect 78 "$VFLOW" check flow.yaml
	grep "nothing is connected to out; name a source under inputs" out err
'

done_testing
