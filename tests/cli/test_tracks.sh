#!/bin/sh
# SPDX-License-Identifier: MIT
# Files with any number of tracks: several sounds and subtitles, and no pictures at all.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

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

# Of three inputs of sound the first brings none, so the second one leads.
for late in r s
do
	it "cuts a series of files of sound by the track that leads when $late comes late" '
	test -e silent.mkv || ff -i film.mkv -map 0:v -c copy silent.mkv
	rm -f late *late?.mka seen.mkv
	mkfifo late
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  none: {type: video_reader, path: silent.mkv}
	  r: {type: video_reader, path: film.mkv}
	  s: {type: video_reader, path: film.mkv, audio: eng}
	  rest: {type: void, inputs: [none, r, s]}
	  seen: {type: video_writer, inputs: $(test $late = r && echo s || echo r), path: seen.mkv}
	  out: {type: video_writer, inputs: {audio: [none.audio, r.audio, s.audio]},
	        path: "late{seq}.mka", segment_time: 1s}
	END
	sed -i "s/  $late: {type: video_reader, path: film.mkv/  $late: {type: video_reader, path: late/" flow.yaml
	start flow.yaml
	await "test -e seen.mkv"
	cat film.mkv >late
	wait $flow
	test "$(find . -name "late?.mka" | wc -l)" -eq 5
	grep "^wrote late2.mka: 1.0 s of 2 sounds, " err
	grep "^wrote late4.mka: 1.0 s of 2 sounds, " err
	test "$(sound late1.mka 0)" = "$(sound sound1.mka 0)"
	test "$(sound late3.mka 1)" = "$(sound sound3.mka 1)"
	'
done

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

# one READER WRITER: writes flow.yaml, of one reader and one writer.
one () {
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  r: {type: video_reader, $1}
	  out: {type: video_writer, $2}
	END
}

it 'reads and writes all tracks of a file' '
	one "path: film.mkv, audio: all, subtitles: all" \
		"inputs: {video: r, audio: r.audio, subtitles: r.subtitles}, path: out.mkv"
	run
	tracks film.mkv >wanted
	tracks out.mkv >made
	cmp wanted made
	same out.mkv 0 first.m4a
	same out.mkv 1 second.m4a
'

it 'copies all tracks of a file' '
	one "path: film.mkv, audio: all, subtitles: all" "inputs: {video: r.packets, audio: r.audio, \
		subtitles: r.subtitles}, path: out.mkv, codec: copy"
	run
	tracks film.mkv >wanted
	tracks out.mkv >made
	cmp wanted made
'

it 'reads a track by its number, beside the one that an option chooses' '
	one "path: film.mkv, audio: eng" \
		"inputs: {video: r, audio: [r.audio, \"r.audio[0]\", \"r.audio[1]\"]}, path: out.mkv"
	run
	ffprobe -v error -select_streams a -show_entries stream_tags=language -of csv=p=0 out.mkv >made
	printf "%s\n" eng ger eng >wanted
	cmp wanted made
	same out.mkv 0 second.m4a
	same out.mkv 1 first.m4a
	same out.mkv 2 second.m4a
'

it 'says which tracks there are when one is asked for that is not' '
	one "path: film.mkv" "inputs: {video: r, audio: \"r.audio[2]\"}, path: out.mkv"
	expect 69 "$VFLOW" run flow.yaml
	grep "film.mkv has no audio\[2\]; it has 0 (ger), 1 (eng)" err
	one "path: film.mkv" "inputs: {video: r, audio: \"r.audio[8]\"}, path: out.mkv"
	expect 78 "$VFLOW" check flow.yaml
	grep "r has no output \"audio\[8\]\"; did you mean \"audio\[[0-7]\]\"?" out err
'

it 'wants one track where there is room for one' '
	one "path: film.mkv, audio: all" "inputs: {video: r}, path: out.mkv"
	printf "  z: {type: count, inputs: r.audio}\n" >>flow.yaml
	expect 78 "$VFLOW" check flow.yaml
	grep "r.audio is several, and input .* of z takes one source; name one, such as r.audio\[0\]" \
		out err
'

it 'says how many tracks are left out of too many' '
	maps="-map 0:v"
	for n in 1 2 3 4 5 6 7 8 9
	do
		maps="$maps -map 0:a:0"
	done
	ff -i film.mkv $maps -c copy many.mkv
	one "path: many.mkv, audio: all" "inputs: {video: r.packets, audio: r.audio}, path: out.mkv, \
		codec: copy"
	expect 0 "$VFLOW" run flow.yaml
	grep "many.mkv has 9 audio streams; the first 8 are read" err
	test "$(tracks out.mkv | grep -c audio)" -eq 8
'

it 'makes one file of sources with different numbers of tracks' '
	mkdir mixed
	ff -i film.mkv -map 0:v -map 0:a:0 -c copy mixed/1.mkv
	ff -i film.mkv -map 0:v -map 0:a -c copy mixed/2.mkv
	one "path: mixed, audio: all" "inputs: {video: r, audio: r.audio}, path: out.mkv"
	sed -i "s/video_reader/folder_reader/" flow.yaml
	run
	test "$(tracks out.mkv | grep -c audio)" -eq 2
	ffprobe -v error -select_streams a:1 -show_entries packet=pts_time -of csv=p=0 out.mkv |
		head -n 1 >begin
	awk "{ exit !(\$1 > 3.9 && \$1 < 4.1) }" begin
'

ff -i first.m4a sound.wav
ff -i first.m4a sound.mp3
ff -i first.m4a sound.flac
ff -i first.m4a -c:a libopus sound.opus
ff -i first.m4a -f lavfi -i color=red:s=64x64:d=0.04 -map 0 -map 1 -c:a copy -c:v mjpeg \
	-disposition:v attached_pic cover.m4a
for file in first.m4a cover.m4a sound.mp3 sound.flac sound.opus sound.wav
do
	it "reads $file, which has no pictures" "
		one 'path: $file' 'inputs: {audio: r.audio}, path: out.mka'
		run
		ff -i $file -map 0:a -c copy wanted.mka
		ff -i wanted.mka -f s16le - >wanted
		ff -i out.mka -f s16le - >made
		cmp wanted made
	"
done

it 'reads a part of a file without pictures' '
	one "path: sound.wav, start: 1s, duration: 2s" "inputs: {audio: r.audio}, path: part.wav"
	run
	ff -ss 1 -t 2 -i sound.wav -f s16le - | wc -c >wanted
	ff -i part.wav -f s16le - | wc -c >made
	paste wanted made | awk "{ d = \$1 - \$2; exit d < -9000 || d > 9000 }"
'

it 'reads a file without pictures again and again' '
	one "path: sound.wav, loop: 2" "inputs: {audio: r.audio}, path: thrice.wav"
	run
	test "$(ff -i thrice.wav -f s16le - | wc -c)" -eq $(($(ff -i sound.wav -f s16le - | wc -c) * 3))
'

it 'reads nothing but subtitles' '
	one "path: one.srt" "inputs: {subtitles: r.subtitles}, path: sub.vtt"
	run
	grep "00:00.500 --> 00:01.500" sub.vtt
	grep "^Good night$" sub.vtt
'

it 'says that pictures are missing where they are wanted' '
	one "path: sound.wav" "inputs: {video: r, audio: r.audio}, path: out.mkv"
	expect 69 "$VFLOW" run flow.yaml
	grep "sound.wav has no video stream" err
'

it 'goes on in a file without pictures when the reader has died' '
	one "path: sound.wav, pace: true" "inputs: {audio: r.audio}, path: again.wav"
	sed -i "s/type: video_reader/type: video_reader, restart: on-failure/" flow.yaml
	start flow.yaml
	await "test -n \"\$(find . -name \"again.part-*\" -size +100k)\""
	kill -9 "$(worker r)"
	ends 0
	ff -i sound.wav -f s16le - >wanted
	ff -i again.wav -f s16le - >made
	cmp wanted made
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
