#!/bin/sh
# SPDX-License-Identifier: MIT
# What a writer makes of one stream: a series of files, a constant rate, sound of another codec;
# held against what ffmpeg makes of the same.
. "${0%/*}/harness.sh"
. "$root/tests/cli/frames.sh"

# start_of FILE video|audio: when the first picture, or the first sound, of a file is, in
# milliseconds, by what list_packets has written.
start_of () {
	awk -v type="$2" '$1 == type && (!count++ || $2 < first) { first = $2 }
		END { if (count) print int(first * 1000 + 0.5) }' "$1.packets"
}

# keys FILE: which of its pictures are key frames, counted from 1, by what list_packets has written.
keys () {
	awk '$1 == "video" && ++count && $3 == "key" { print count }' "$1.packets" | xargs
}

# write STATUS WORD...: runs the flow.
write () {
	status=$1
	shift
	expect "$status" "$VFLOW" run "$@" write.yaml
}

# write_all WORD...: reads a table of lines `FILE | OPTIONS`, and runs a flow with a writer for each
# line, which has these options and is given the pictures and the sound of the file. The writers are
# out1, out2 and so on.
write_all () {
	cat >table
	{
		printf "vflow: 1\nnodes:\n"
		sed "s/ .*//" table | sort -u |
			sed "s/\(.*\)[.].*/  \1: {type: video_reader, path: &}/"
		sed "s/^\([^.]*\)[^|]*| /inputs: {video: \1, audio: \1.audio}, /" table |
			awk '{ printf "  out%d: {type: video_writer, %s}\n", NR, $0 }'
	} >all.yaml
	expect 0 "$VFLOW" run "$@" all.yaml
}

# encodes NAME: whether there is this encoder.
encodes () {
	grep -q " $1 " encoders
}

lossless="preset: veryfast, crf: 0, options: {g: 1000}" # of itself it makes no second key frame
quick="options: {threads: 1, cpu-used: 8}" # the threads of libvpx wait by turning round and round

cat >write.yaml <<'END'
vflow: 1
nodes:
  reader: {type: video_reader, path: in.mp4}
  out:
    type: video_writer
    inputs: {video: reader, audio: reader.audio}
    path: out.mkv
    codec: ffv1
END
ffmpeg -v error -encoders >encoders
ff -f lavfi -i testsrc2=size=160x120:rate=25:duration=4 \
	-f lavfi -i sine=beep_factor=4:duration=4:sample_rate=44100 \
	-map 0 -map 1 -c:v libx264 -preset veryfast -bf 2 -g 100 -c:a aac in.mp4 \
	-map 0 -vf "select=not(mod(n\,3)*mod(n\,5))" -fps_mode passthrough -c:v libx264 vary.mkv

it 'cuts a file every second, and loses nothing' '
	cat >series <<-END
	in.mp4 | path: "cut/{date:%Y}/part-{seq:02d}.mkv", segment_time: 1s, codec: libx264, $lossless
	in.mp4 | path: "mp4/{seq}.mp4", segment_time: 1s, codec: h264, preset: veryfast
	in.mp4 | path: "size/{seq}.mkv", segment_size: 200kB, keep: 2, codec: ffv1
	END
	for codec in mpeg4 "libvpx, $quick"
	do
		name=${codec%%,*}
		! encodes "$name" ||
			echo "in.mp4 | path: \"$name/{seq}.mkv\", segment_time: 1s, codec: $codec"
	done >>series
	write_all <series
	cp err series.err
	test "$(ls cut/*)" = "$(printf "part-%s.mkv\n" 01 02 03 04)"
	grep "^wrote cut/20[0-9]*/part-02.mkv: 25 frames, 160x120 h264 with sound, " err
	hash_each in.mp4 cut/*/part-0?.mkv
	test -s in.mp4.hashes
	cat cut/*/part-0?.mkv.hashes | cmp in.mp4.hashes -
	list_packets in.mp4 cut/*/part-0?.mkv
	for part in cut/*/part-0[234].mkv
	do
		test "$(start_of "$part" video)" -eq 0
		test "$(start_of "$part" audio)" -lt 25
		test "$(keys "$part")" = 1
	done
'

it 'copies each packet of sound into one of the files' '
	grep -c audio in.mp4.packets >wanted
	cat cut/*/part-0?.mkv.packets | grep -c audio | cmp wanted -
'

it 'makes the key frames that files begin with, of each codec' '
	for codec in mpeg4 libvpx
	do
		encodes $codec || continue
		hash_each $codec/2.mkv
		test "$(wc -l <$codec/2.mkv.hashes)" -eq 25
		list_packets $codec/2.mkv
		keys $codec/2.mkv | grep -x "1\( .*\)\{0,1\}"
	done
'

it 'makes MP4 files that are whole by themselves' '
	test "$(find mp4 -type f | wc -l)" -eq 4
	hash_each mp4/1.mp4 mp4/2.mp4 mp4/3.mp4 mp4/4.mp4
	for part in 1 2 3 4
	do
		test "$(wc -l <mp4/$part.mp4.hashes)" -eq 25
	done
'

it 'begins a new file at a size, and keeps the newest' '
	test "$(find size -type f | wc -l)" -eq 2
	test ! -e size/1.mkv
	grep "^wrote size/{seq}.mkv: [0-9]* files, 100 frames in all, " series.err ||
		grep "^wrote size/1.mkv" series.err
'

it 'replaces no file of a series with -n' '
	mkdir kept
	echo precious >kept/2.mkv
	echo mine >kept/1.mkv
	write 73 -n -s nodes.out.path="kept/{seq}.mkv" -s nodes.out.segment_time=1s
	says kept/1.mkv mine
	grep "kept/1.mkv exists already" err
	grep "^reader *- *0 " err
	rm kept/1.mkv
	write 73 -n -s nodes.out.path="kept/{seq}.mkv" -s nodes.out.segment_time=1s
	says kept/2.mkv precious
	hash_each kept/1.mkv
	test "$(wc -l <kept/1.mkv.hashes)" -gt 20
'

# like_ffmpeg INPUT FILTER OUTPUT: passes when the output has the pictures that ffmpeg makes of the
# input.
like_ffmpeg () {
	ff -i "$1" -i "$3" -map 0:v -vf "$2" -f framemd5 wanted.md5 \
		-map 1:v -fps_mode passthrough -f framemd5 got.md5
	listed wanted.md5 >wanted
	test -s wanted
	listed got.md5 | cmp wanted -
}

it 'keeps to 10 frames a second as ffmpeg does' '
	write_all -v <<-END
	in.mp4 | path: ten.mkv, codec: ffv1, fps: 10
	in.mp4 | path: ntsc.mkv, codec: ffv1, fps: 30000/1001
	vary.mkv | path: even.mkv, codec: ffv1, fps: 25
	vary.mkv | path: vary.mp4, codec: h264, preset: veryfast
	in.mp4 | path: pcm.mkv, codec: ffv1, audio: pcm_s16le
	in.mp4 | path: out.webm, codec: libvpx, $quick
	in.mp4 | path: soft.mkv, codec: h264, hw: prefer, preset: ultrafast
	END
	cp err made.err
	like_ffmpeg in.mp4 fps=10 ten.mkv
'

it 'keeps to 30000/1001 frames a second as ffmpeg does' '
	like_ffmpeg in.mp4 fps=30000/1001 ntsc.mkv
'

it 'makes a constant rate of a variable one, as ffmpeg does' '
	like_ffmpeg vary.mkv fps=25 even.mkv
'

it 'keeps a variable rate in MP4, to the thousandth of a second' '
	list_packets vary.mkv vary.mp4
	for file in vary.mkv vary.mp4
	do
		awk "{ print \$2 }" $file.packets | sort -n >$file.times
	done
	test -s vary.mkv.times
	cmp vary.mkv.times vary.mp4.times
'

it 'decodes sound as ffmpeg does' '
	ff -i in.mp4 -i pcm.mkv -map 0:a -f s16le wanted -map 1:a -f s16le got
	test -s wanted
	cmp wanted got
'

it 'keeps sound in step that begins late or early' '
	ff -i in.mp4 -itsoffset 0.48 -i in.mp4 -itsoffset 0.72 -i in.mp4 \
		-map 0:v -map 1:a -c copy late.mp4 -map 2:v -map 0:a -c copy early.mp4
	write_all <<-END
	late.mp4 | path: late.mkv, codec: ffv1, audio: aac
	early.mp4 | path: early.mkv, codec: ffv1, audio: aac
	END
	ff -i late.mp4 -i early.mp4 -map 0 -c:v ffv1 -c:a aac late.wanted.mkv \
		-map 1 -c:v ffv1 -c:a aac early.wanted.mkv
	list_packets late.mkv early.mkv late.wanted.mkv early.wanted.mkv
	for input in late early
	do
		wanted=$(($(start_of $input.wanted.mkv audio) - $(start_of $input.wanted.mkv video)))
		got=$(($(start_of $input.mkv audio) - $(start_of $input.mkv video)))
		echo "$input: $got, not $wanted"
		test $((got - wanted)) -ge -1
		test $((got - wanted)) -le 1
	done
'

it 'encodes sound that the container cannot hold' '
	ffprobe -v error -show_entries stream=codec_name -of csv=p=0 out.webm | grep -x opus
	grep "^vflow: out6: sound is encoded by libopus, since it is aac" made.err
	grep "^wrote out.webm: 100 frames, 160x120 vp8 with opus sound" made.err
'

it 'encodes it, too, where a container would take it and nobody could read it' '
	ff -i in.mp4 -c:v copy -c:a aac aac.mkv -c:v copy -c:a pcm_s16le pcm_s16le.mkv \
		-c:v copy -c:a flac flac.mkv
	set --
	for pair in aac:ogv aac:mpg aac:mxf pcm_s16le:ts flac:ts flac:avi flac:mp4 flac:mov
	do
		file=held.${pair%:*}.${pair#*:}
		echo "${pair%:*}.mkv | path: $file, codec: auto"
		set -- "$@" -i $file
	done >held
	write_all -v <held
	row=0
	while read -r input rest
	do
		row=$((row + 1))
		grep "^vflow: out$row: sound is encoded by .*, since it is ${input%.mkv}" err
		set -- "$@" -map $((row - 1)):a -f null -
	done <held
	test $row -eq 8
	ffmpeg -v warning -nostdin "$@" 2>problems
	test "$(grep -cv "Guessed Channel Layout" problems)" = 0
'

it 'refuses to copy it where it is told to' '
	write 74 -s nodes.out.path=out2.webm -s nodes.out.codec=libvpx -s nodes.out.audio=copy
	grep "WebM cannot hold aac sound; say audio: auto" err
	test ! -e out2.webm
'

it 'falls back to software where there is no hardware, and says why' '
	grep "^wrote soft.mkv: 100 frames, 160x120 h264 by " made.err
	grep "wrote soft.mkv: .* h264 by libx264" made.err || exit 0 # there is some
	grep "warning: no hardware here encodes h264 (.*): libx264 encodes instead" made.err
	write 73 -s nodes.out.codec=h264 -s nodes.out.hw=require
	grep "no hardware here encodes h264 (.*); leave hw out, or say hw: prefer" err
'

it 'makes a folder of files of a folder, each in its size, with its sound and its subtitles' '
	mkdir folder
	printf "1\n00:00:01,000 --> 00:00:02,000\nGood morning\n\n" >words.srt
	ff -i in.mp4 -i words.srt -f lavfi -i testsrc2=size=64x48:rate=30:duration=1 \
		-map 0 -t 2 -c copy folder/a.mp4 -map 2 -c:v libx264 folder/b.mp4 \
		-map 0 -map 1 -t 2 -c copy folder/c.mkv
	cat >folder.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: folder_reader, path: folder}
	  out:
	    type: video_writer
	    inputs: {video: reader, audio: reader.audio, subtitles: reader.subtitles}
	    path: "made/{source}.mp4"
	    preset: ultrafast
	    crf: 0
	END
	expect 0 "$VFLOW" run folder.yaml
	ls made | tr "\n" " " | grep "^a.mp4 b.mp4 c.mp4 "
	hash_each folder/a.mp4 folder/b.mp4 folder/c.mkv made/a.mp4 made/b.mp4 made/c.mp4
	list_packets made/a.mp4 made/b.mp4 made/c.mp4
	for name in a b c
	do
		cmp folder/$name.m*.hashes made/$name.mp4.hashes
		test -s made/$name.mp4.hashes
		test "$(start_of made/$name.mp4 video)" -eq 0
	done
	grep "wrote made/a.mp4: .* 160x120 h264 with sound," err
	grep "wrote made/b.mp4: 30 frames, 64x48 h264," err
	ff -i made/c.mp4 -map 0:s -f srt - | grep "00:00:01,000 --> 00:00:02,000"
'

it 'writes what other containers and codecs there are' '
	set --
	for pair in prores:mov png:mkv mjpeg:avi gif:gif mpeg4:ts libx264:wmv libx264:mxf
	do
		echo "in.mp4 | path: some.${pair#*:}, codec: ${pair%:*}"
		set -- "$@" some.${pair#*:}
	done >some
	write_all <some
	hash_each "$@"
	for file
	do
		test "$(wc -l <"$file.hashes")" -ge 100
	done
'

done_testing
