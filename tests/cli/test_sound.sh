#!/bin/sh
# SPDX-License-Identifier: MIT
# Sound as samples: decoded by a reader, filtered, mixed, encoded by a writer; beside what ffmpeg
# makes of it.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

ff () {
	ffmpeg -v error -nostdin -y "$@" </dev/null
}

ff -f lavfi -i testsrc2=s=160x120:r=25:d=4 -f lavfi -i "sine=d=4,volume=0.7" -f lavfi -i sine=f=900:d=4 \
	-map 0 -map 1 -map 2 -c:v libx264 -preset ultrafast -g 25 -c:a flac \
	-metadata:s:a:0 language=ger -metadata:s:a:0 title=Ton -metadata:s:a:1 language=eng film.mkv
ff -i film.mkv -map 0:v -c copy silent.mkv

# flow LINE...: writes flow.yaml, of a reader `r` of film.mkv, and these nodes.
flow () {
	printf "vflow: 1\nnodes:\n  r: {type: video_reader, path: film.mkv}\n" >flow.yaml
	printf "  %s\n" "$@" >>flow.yaml
}

run () {
	expect 0 "$VFLOW" run -q flow.yaml
}

# samples ARGUMENTS...: the samples that ffmpeg makes, in 16 bits, hashed.
samples () {
	ff "$@" -f s16le - | md5sum
}

# same_as ARGUMENTS...: passes when out.wav has the samples that ffmpeg makes.
same_as () {
	test -s out.wav
	test "$(samples -i out.wav)" = "$(samples "$@")"
}

# seconds FILE: how long its sound is.
seconds () {
	ffprobe -v error -select_streams a -show_entries stream=duration -of csv=p=0 "$1"
}

# loudness FILE: the integrated loudness of its sound, in whole LUFS.
loudness () {
	ffmpeg -nostdin -i "$1" -af ebur128 -f null - 2>&1 </dev/null |
		awk "/^ *I:/ { value = \$2 } END { printf \"%d\", value }"
}

# parts_are_loud "FROM:TO YES"...: passes when out.wav is loud (1) or silent (0) within these seconds.
parts_are_loud () {
	for part
	do
		# shellcheck disable=SC2086 # it is two words
		set -- $part
		ffmpeg -nostdin -i out.wav -af "atrim=${1%:*}.1:${1#*:}.0,volumedetect" -f null - 2>&1 </dev/null |
			awk "/mean_volume/ { print (\$5 > -60) }" >loud
		test "$(cat loud)" = "$2" || return 1
	done
}

while read -r codec extension encoder
do
	it "decodes $codec as ffmpeg does" '
		ff -i film.mkv -map 0:a:0 -c:a $encoder -strict -2 in.$extension
		flow "out: {type: video_writer, inputs: {audio: r.audio_frames}, path: out.wav}"
		sed -i "s/film.mkv/in.$extension/" flow.yaml
		run
		same_as -i in.$extension
	'
done <<-END
	AAC m4a aac
	MP3 mp3 libmp3lame
	FLAC flac flac
	Opus opus libopus
	Vorbis ogg libvorbis
	AC-3 ac3 ac3
	PCM wav pcm_s16le
	ALAC mov alac
	MP2 mp2 mp2
END

it 'begins and ends with the range, to the sample' '
	flow "out: {type: video_writer, inputs: {audio: r.audio_frames}, path: out.wav}"
	ff -f lavfi -i sine=d=4 -c:a alac exact.m4a # its times count samples
	sed -i "s/film.mkv/exact.m4a, start: 1.5s, duration: 1s/" flow.yaml
	run
	same_as -i exact.m4a -af atrim=start=1.5:end=2.5
	test "$(seconds out.wav)" = 1.000000
'

it 'begins with the start, though a key frame is just there' '
	flow "out: {type: video_writer, inputs: {audio: r.audio_frames, video: r}, path: out.mkv, audio: flac}"
	sed -i "s/film.mkv/film.mkv, start: 1s, duration: 0.5s, loop: 2/" flow.yaml
	run
	ff -i out.mkv -map 0:a out.wav
	test "$(seconds out.wav)" = 1.500000
	ff -i film.mkv -map 0:a:0 -af atrim=start_sample=44100:end_sample=66150 -c:a pcm_s16le once.wav
	same_as -i once.wav -af aloop=2:22050
	test "$(ffprobe -v error -count_frames -show_entries stream=nb_read_frames -select_streams v -of csv=p=0 out.mkv)" = 39
'

it 'decodes the stream that audio names' '
	flow "out: {type: video_writer, inputs: {audio: r.audio_frames}, path: out.wav}"
	sed -i "s/film.mkv/film.mkv, audio: eng/" flow.yaml
	run
	same_as -i film.mkv -map 0:a:1
'

it 'encodes sound beside its pictures, with its language and title' '
	flow "out: {type: video_writer, inputs: {video: r, audio: r.audio_frames}, path: out.mkv}"
	expect 0 "$VFLOW" run flow.yaml
	grep "^wrote out.mkv: 100 frames, 160x120 h264 with aac sound" err
	ffprobe -v error -show_streams out.mkv >probe
	grep "^TAG:language=ger$" probe
	grep -i "^TAG:title=Ton$" probe
'

it 'encodes by the codec that audio names' '
	flow "out: {type: video_writer, inputs: {audio: r.audio_frames}, path: out.mka, audio: flac}"
	run
	test "$(samples -i out.mka)" = "$(samples -i film.mkv -map 0:a:0)"
'

it 'puts packets and samples into one file' '
	flow "out: {type: video_writer, inputs: {video: r, audio: [r.audio, r.audio_frames]}, path: out.mkv}"
	run
	test "$(ffprobe -v error -show_entries stream=codec_name -of csv=p=0 out.mkv | paste -sd " ")" = \
		"h264 flac aac"
'

it 'cannot copy what is decoded' '
	flow "out: {type: video_writer, inputs: {audio: r.audio_frames}, path: out.mka, audio: copy}"
	expect 73 "$VFLOW" run -q flow.yaml || expect 74 "$VFLOW" run -q flow.yaml
	grep "audio: copy is for packets, and this sound comes decoded; say audio: auto" err
'

it 'changes the volume' '
	flow "soft: {type: volume, inputs: r.audio_frames, gain: -6dB}" \
		"out: {type: video_writer, inputs: {audio: soft}, path: out.wav}"
	run
	same_as -i film.mkv -map 0:a:0 -af volume=-6dB
'

it 'filters as ffmpeg does' '
	graph="highpass=f=300,atempo=1.25,aresample=22050,pan=stereo|c0=c0|c1=-1*c0,aformat=s16"
	flow "f: {type: sound_filter, inputs: r.audio_frames, graph: \"$graph\"}" \
		"out: {type: video_writer, inputs: {audio: f}, path: out.wav}"
	run
	same_as -i film.mkv -map 0:a:0 -af "$graph"
'

it 'filters several inputs and outputs' '
	graph="[in0][in1]amerge,asplit[out0][b];[b]areverse[out1]"
	flow "s: {type: video_reader, path: film.mkv, audio: eng}" \
		"rest: {type: void, inputs: s}" \
		"f: {type: sound_filter, inputs: {in0: r.audio_frames, in1: s.audio_frames}, graph: \"$graph\"}" \
		"back: {type: video_writer, inputs: {audio: f.out1}, path: back.wav}" \
		"out: {type: video_writer, inputs: {audio: f.out0}, path: out.wav}"
	run
	same_as -i film.mkv -filter_complex "[0:a:0][0:a:1]amerge"
	mv back.wav out.wav
	same_as -i film.mkv -filter_complex "[0:a:0][0:a:1]amerge,areverse"
'

it 'keeps what the source says through filters that leave it behind' '
	flow "f: {type: sound_filter, inputs: r.audio_frames, graph: \"areverse,aresample=22050\"}" \
		"out: {type: video_writer, inputs: {audio: f}, path: out.mka}"
	run
	ffprobe -v error -show_streams out.mka | grep "^TAG:language=ger$"
'

it 'filters several inputs of which the first has no sound' '
	flow "s: {type: video_reader, path: silent.mkv}" \
		"f: {type: sound_filter, inputs: [s.audio_frames, r.audio_frames], graph: amix}" \
		"out: {type: video_writer, inputs: {video: s, audio: f}, path: out.mkv}"
	run
	ff -i out.mkv -map 0:a out.wav
	parts_are_loud "0:2 1" "2:4 1"
'

it 'lets nothing sound twice when an input changes after another has ended' '
	mkdir -p quiet
	for rate in 44100 32000
	do
		ff -i film.mkv -t 2 -map 0:v -map 0:a:0 -c:v copy -af volume=0 -ar $rate -c:a pcm_s16le \
			quiet/$rate.mkv
	done
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  q: {type: folder_reader, path: quiet}
	  r: {type: video_reader, path: film.mkv, duration: 1s}
	  f: {type: sound_filter, inputs: [q.audio_frames, r.audio_frames], graph: amix}
	  rest: {type: void, inputs: q}
	  out: {type: video_writer, inputs: {audio: f}, path: out.wav}
	END
	run
	parts_are_loud "0:1 1" "1:4 0"
'

it 'brings sound to a loudness' '
	flow "l: {type: loudness, inputs: r.audio_frames, target: -16}" \
		"out: {type: video_writer, inputs: {audio: l}, path: out.wav}"
	run
	test "$(loudness out.wav)" -ge -17 && test "$(loudness out.wav)" -le -15
	test "$(seconds out.wav)" = 4.000000
	test "$(ffprobe -v error -show_entries stream=sample_rate -of csv=p=0 out.wav)" = 44100
'

# mix OPTIONS [SECOND]: mixes the two sounds of the film; SECOND: options of the reader of the second.
mix () {
	flow "s: {type: video_reader, path: film.mkv, audio: eng${2-}}" \
		"rest: {type: void, inputs: s}" \
		"m: {type: mix, inputs: [r.audio_frames, s.audio_frames]${1-}}" \
		"out: {type: video_writer, inputs: {audio: m}, path: out.wav}"
	run
}

it 'adds sounds up' '
	mix
	same_as -i film.mkv -filter_complex "[0:a:0][0:a:1]amerge,aformat=fltp,pan=mono|c0=c0+c1"
'

it 'mixes sounds of different lengths up to the end that is asked for' '
	mix "" ", duration: 1.5s"
	test "$(seconds out.wav)" = 4.000000
	mix ", until: shortest" ", duration: 1.5s"
	test "$(seconds out.wav)" = 1.500000
	mix ", until: first" ", duration: 1.5s"
	test "$(seconds out.wav)" = 4.000000
'

it 'puts each sound of a mix where its timestamps say' '
	ff -i film.mkv -itsoffset 2 -t 1 -i film.mkv -map 0:v -map 1:a:1 -c copy late.mkv
	flow "s: {type: video_reader, path: late.mkv}" \
		"rest: {type: void, inputs: [r, s]}" \
		"m: {type: mix, inputs: [s.audio_frames, r.audio_frames]}" \
		"out: {type: video_writer, inputs: {audio: m}, path: out.wav}"
	run
	ff -i late.mkv -map 0:a -af adelay=88200S,apad=whole_dur=4 late.wav
	same_as -i film.mkv -i late.wav -filter_complex "[0:a:0][1:a]amerge,aformat=fltp,pan=mono|c0=c0+c1"
'

it 'mixes sounds of different rates and channels' '
	ff -i film.mkv -map 0:a:1 -ar 48000 -ac 2 -c:a flac other.flac
	flow "s: {type: video_reader, path: other.flac}" \
		"m: {type: mix, inputs: [r.audio_frames, s.audio_frames], rate: 32000, layout: stereo}" \
		"out: {type: video_writer, inputs: {audio: m}, path: out.wav}"
	run
	test "$(ffprobe -v error -show_entries stream=sample_rate,channels -of csv=p=0 out.wav)" = 32000,2
	test "$(seconds out.wav | cut -c 1-4)" = 4.00
'

it 'goes on in the sound when the reader has died' '
	flow "rest: {type: void, inputs: r}" \
		"out: {type: video_writer, inputs: {audio: r.audio_frames}, path: out.wav}"
	rm -f out.wav
	sed -i "s/film.mkv}/film.mkv, pace: true, restart: on-failure}/" flow.yaml
	start flow.yaml
	await "test -n \"\$(find . -name \"out.part-*\" -size +180k)\""
	kill -9 "$(worker r)"
	ends 0
	same_as -i film.mkv -map 0:a:0
'

it 'makes silent files of silent sources' '
	flow "soft: {type: volume, inputs: r.audio_frames, gain: 0.5}" \
		"m: {type: mix, inputs: [soft]}" \
		"out: {type: video_writer, inputs: {video: r, audio: m}, path: out.mkv}"
	sed -i s/film.mkv/silent.mkv/ flow.yaml
	expect 0 "$VFLOW" run flow.yaml
	grep "^wrote out.mkv: 100 frames, 160x120 h264, " err
'

it 'makes one sound of files with different sounds' '
	mkdir -p folder
	ff -i film.mkv -map 0:v -map 0:a:0 -c copy folder/a.mkv
	ff -i film.mkv -map 0:v -c copy folder/b.mkv
	ff -i film.mkv -map 0:v -map 0:a:1 -c:v copy -ar 32000 -ac 2 -c:a aac folder/c.mkv
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  r: {type: folder_reader, path: folder}
	  soft: {type: volume, inputs: r.audio_frames, gain: 0.5}
	  out: {type: video_writer, inputs: {video: r, audio: soft}, path: out.mkv}
	END
	run
	ff -i out.mkv -map 0:a -ac 1 -ar 8000 out.wav
	test "$(seconds out.wav | cut -d . -f 1)" -ge 11
	parts_are_loud "0:4 1" "4:8 0" "8:12 1"
'

it 'mixes the sound of all files, though one in the middle has none' '
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  r: {type: folder_reader, path: folder}
	  s: {type: video_reader, path: film.mkv, duration: 2s}
	  m: {type: mix, inputs: [r.audio_frames, s.audio_frames], until: first}
	  out: {type: video_writer, inputs: {video: r, audio: m}, path: out.mkv}
	  rest: {type: void, inputs: s}
	END
	run
	ff -i out.mkv -map 0:a -ac 1 -ar 8000 out.wav
	test "$(seconds out.wav | cut -d . -f 1)" -ge 11
	parts_are_loud "0:4 1" "4:8 0" "8:12 1"
'

it 'brings the sound of all files to a loudness where it belongs' '
	mkdir -p alike
	cp folder/a.mkv folder/b.mkv alike
	cp folder/a.mkv alike/c.mkv
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  r: {type: folder_reader, path: alike}
	  l: {type: loudness, inputs: r.audio_frames}
	  out: {type: video_writer, inputs: {video: r, audio: l}, path: out.mkv}
	END
	run
	ff -i out.mkv -map 0:a -ac 1 -ar 8000 out.wav
	parts_are_loud "0:4 1" "5:8 0" "8:12 1"
'

# On a machine that is too busy for the clock, something may be dropped: then that is said.
it 'loses no sound in realtime without saying so' '
	flow "soft: {type: volume, inputs: r.audio_frames, gain: 0.5}" \
		"m: {type: mix, inputs: [soft, r.audio_frames]}" \
		"out: {type: video_writer, inputs: {audio: m}, path: out.wav}" "rest: {type: void, inputs: r}"
	sed -i "s/film.mkv}/film.mkv, pace: true}/" flow.yaml
	expect 0 "$VFLOW" run --realtime flow.yaml
	awk "/^task / { is_table = 1; next } !is_table || NF != 6 { next }
		\$4 ~ /^[1-9]/ { print }" err >dropped
	grep "came too late for the mix" err >>dropped || true
	test -s dropped || same_as -i film.mkv -map 0:a:0 -af "aformat=fltp,volume=1.5"
'

# refused PATTERN LINE...: passes when `vflow check` refuses such nodes with such a line.
refused () {
	pattern=$1
	shift
	flow "$@"
	expect 65 "$VFLOW" check flow.yaml || expect 64 "$VFLOW" check flow.yaml || expect 78 "$VFLOW" check flow.yaml
	grep "$pattern" err
}

it 'refuses filters for pictures' '
	refused "this filter is for pictures; here are filters for sound only" \
		"f: {type: sound_filter, inputs: r.audio_frames, graph: hflip}" "o: {type: void, inputs: f}"
	refused "this filter is for sound; here are filters for pictures only" \
		"f: {type: filter, inputs: r, graph: volume=2}" "o: {type: void, inputs: f}"
	refused "an output of showwaves is pictures" \
		"f: {type: sound_filter, inputs: r.audio_frames, graph: showwaves}" "o: {type: void, inputs: f}" ||
		refused "this filter is for pictures" \
		"f: {type: sound_filter, inputs: r.audio_frames, graph: showwaves}" "o: {type: void, inputs: f}"
'

it 'refuses packets where sound is to be decoded, and says where that is' '
	refused "takes audio, but r.audio is packet; did you mean \"r.audio_frames\"" \
		"f: {type: volume, inputs: r.audio, gain: 2}" "o: {type: void, inputs: f}"
'

it 'refuses what is no gain and no layout' '
	refused "gain is \"loud\"; it is a factor from 0 to 1000" \
		"f: {type: volume, inputs: r.audio_frames, gain: loud}" "o: {type: void, inputs: f}"
	refused "gain is \"61dB\"" \
		"f: {type: volume, inputs: r.audio_frames, gain: 61dB}" "o: {type: void, inputs: f}"
	refused "layout is \"five\"" \
		"f: {type: mix, inputs: r.audio_frames, layout: five}" "o: {type: void, inputs: f}"
'

done_testing
