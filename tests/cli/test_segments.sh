#!/bin/sh
# SPDX-License-Identifier: MIT
# What a writer makes of one stream: a series of files, a constant rate, sound of another codec;
# held against what ffmpeg makes of the same.
. "${0%/*}/harness.sh"

# make_media NAME OPTIONS...: makes a file with ffmpeg.
make_media () {
	made=$1
	shift
	ffmpeg -v error -nostdin -y "$@" "$made" </dev/null
}

# frames FILE...: the hash of each picture, as they are shown.
frames () {
	for file
	do
		ffmpeg -v error -nostdin -i "$file" -map 0:v:0 -fps_mode passthrough -f framemd5 - |
			awk -F ', *' '/^0,/ { print $6 }'
	done
}

# start_of FILE v|a: when the first picture, or the first sound, of a file is, in milliseconds.
start_of () {
	ffprobe -v error -select_streams "$2" -show_entries stream=start_time -of csv=p=0 "$1" |
		awk '{ print int($1 * 1000 + 0.5); exit }'
}

# write STATUS WORD...: runs the flow.
write () {
	status=$1
	shift
	expect "$status" "$VFLOW" run "$@" write.yaml
}

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
make_media in.mp4 -f lavfi -i testsrc2=size=160x120:rate=25:duration=4 \
	-f lavfi -i sine=beep_factor=4:duration=4:sample_rate=44100 \
	-c:v libx264 -preset veryfast -bf 2 -g 100 -c:a aac

it 'cuts a file every second, and loses nothing' '
	write 0 -s nodes.out.path="cut/{date:%Y}/part-{seq:02d}.mkv" -s nodes.out.segment_time=1s \
		-s nodes.out.codec=libx264 -s nodes.out.preset=veryfast -s nodes.out.crf=0
	frames in.mp4 >wanted
	frames cut/*/part-0?.mkv | cmp wanted -
	test "$(ls cut/*)" = "$(printf "part-%s.mkv\n" 01 02 03 04)"
	for part in cut/*/part-0[234].mkv
	do
		test "$(start_of "$part" v)" -eq 0
		test "$(start_of "$part" a)" -lt 25
		ffprobe -v error -select_streams v -show_entries packet=flags -of csv=p=0 "$part" |
			head -n 1 | grep ^K
	done
	grep "^wrote cut/20[0-9]*/part-02.mkv: 25 frames, 160x120 h264 with sound, " err
'

it 'copies each packet of sound into one of the files' '
	ffmpeg -v error -nostdin -i in.mp4 -map 0:a -c copy -f framemd5 - | grep -c "^0," >wanted
	for part in cut/*/part-0?.mkv
	do
		ffmpeg -v error -nostdin -i "$part" -map 0:a -c copy -f framemd5 - | grep "^0,"
	done | wc -l | cmp wanted -
'

it 'makes the key frames that files begin with, of each codec' '
	for codec in mpeg4 libvpx
	do
		ffmpeg -v error -encoders | grep -q " $codec " || continue
		rm -rf cut
		write 0 -s nodes.out.path="cut/{seq}.mkv" -s nodes.out.segment_time=1s \
			-s nodes.out.codec=$codec
		test "$(frames cut/2.mkv | wc -l)" -eq 25
	done
'

it 'makes MP4 files that are whole by themselves' '
	rm -rf cut
	write 0 -s nodes.out.path="cut/{seq}.mp4" -s nodes.out.segment_time=1s -s nodes.out.codec=h264
	for part in 1 2 3 4
	do
		test "$(ffprobe -v error -show_entries stream=nb_frames -select_streams v -of csv=p=0 \
			cut/$part.mp4)" -eq 25
	done
	test "$(find cut -type f | wc -l)" -eq 4
'

it 'begins a new file at a size, and keeps the newest' '
	rm -rf cut
	write 0 -s nodes.out.path="cut/{seq}.mkv" -s nodes.out.segment_size=200kB -s nodes.out.keep=2
	test "$(find cut -type f | wc -l)" -eq 2
	test ! -e cut/1.mkv
	grep "^wrote cut/{seq}.mkv: [0-9]* files, 100 frames in all, " err || grep "^wrote cut/1.mkv" err
'

it 'replaces no file of a series with -n' '
	rm -rf cut
	mkdir cut
	echo precious >cut/2.mkv
	expect 74 "$VFLOW" run -n -s nodes.out.path="cut/{seq}.mkv" -s nodes.out.segment_time=1s write.yaml
	says cut/2.mkv precious
	test "$(frames cut/1.mkv | wc -l)" -gt 20
'

for rate in 10 30000/1001
do
	it "keeps to $rate frames a second as ffmpeg does" "
		write 0 -s nodes.out.fps=$rate
		ffmpeg -v error -nostdin -i in.mp4 -map 0:v -vf fps=$rate -f framemd5 - |
			awk -F ', *' '/^0,/ { print \$6 }' >wanted
		frames out.mkv | cmp wanted -
	"
done

it 'makes a constant rate of a variable one, as ffmpeg does' '
	make_media vary.mkv -i in.mp4 -an -vf "select=not(mod(n\,3)*mod(n\,5))" \
		-fps_mode passthrough -c:v libx264
	write 0 -s nodes.reader.path=vary.mkv -s nodes.out.fps=25
	ffmpeg -v error -nostdin -i vary.mkv -vf fps=25 -f framemd5 - |
		awk -F ", *" "/^0,/ { print \$6 }" >wanted
	frames out.mkv | cmp wanted -
'

it 'keeps a variable rate in MP4, to the thousandth of a second' '
	write 0 -s nodes.reader.path=vary.mkv -s nodes.out.path=vary.mp4 -s nodes.out.codec=h264
	for file in vary.mkv vary.mp4
	do
		ffprobe -v error -select_streams v -show_entries packet=pts_time -of csv=p=0 $file |
			sort -n >$file.times
	done
	cmp vary.mkv.times vary.mp4.times
'

# samples FILE: the hash of all sound in it.
samples () {
	ffmpeg -v error -nostdin -i "$1" -map 0:a -f s16le - | md5sum
}

it 'decodes sound as ffmpeg does' '
	write 0 -s nodes.out.audio=pcm_s16le
	make_media wanted.mkv -i in.mp4 -c:v copy -c:a pcm_s16le
	test "$(samples out.mkv)" = "$(samples wanted.mkv)"
'

it 'keeps sound in step that begins late or early' '
	make_media late.mp4 -i in.mp4 -itsoffset 0.48 -i in.mp4 -map 0:v -map 1:a -c copy
	make_media early.mp4 -itsoffset 0.72 -i in.mp4 -i in.mp4 -map 0:v -map 1:a -c copy
	for input in late early
	do
		write 0 -s nodes.reader.path=$input.mp4 -s nodes.out.audio=aac
		make_media wanted.mkv -i $input.mp4 -c:v ffv1 -c:a aac
		wanted=$(($(start_of wanted.mkv a) - $(start_of wanted.mkv v)))
		got=$(($(start_of out.mkv a) - $(start_of out.mkv v)))
		echo "$input: $got, not $wanted"
		test $((got - wanted)) -ge -1
		test $((got - wanted)) -le 1
	done
'

it 'encodes sound that the container cannot hold' '
	write 0 -v -s nodes.out.path=out.webm -s nodes.out.codec=libvpx
	ffprobe -v error -show_entries stream=codec_name -of csv=p=0 out.webm | grep -x opus
	grep "sound is encoded by libopus, since it is aac" err
	grep "^wrote out.webm: 100 frames, 160x120 vp8 with opus sound" err
'

it 'encodes it, too, where a container would take it and nobody could read it' '
	for pair in aac:ogv aac:mpg aac:mxf pcm_s16le:ts flac:ts flac:avi flac:mp4 flac:mov
	do
		ffmpeg -v error -nostdin -y -i in.mp4 -c:v copy -c:a "${pair%:*}" sound.mkv
		write 0 -s nodes.out.codec=auto -s nodes.reader.path=sound.mkv -s nodes.out.path=held."${pair#*:}" -v
		grep "sound is encoded by .*, since it is ${pair%:*}" err
		ffmpeg -v warning -nostdin -i held."${pair#*:}" -map 0:a -f null - 2>problems
		test "$(grep -cv "Guessed Channel Layout" problems)" = 0
	done
'

it 'refuses to copy it where it is told to' '
	write 74 -s nodes.out.path=out2.webm -s nodes.out.codec=libvpx -s nodes.out.audio=copy
	grep "WebM cannot hold aac sound; say audio: auto" err
	test ! -e out2.webm
'

it 'falls back to software where there is no hardware, and says why' '
	write 0 -s nodes.out.codec=h264 -s nodes.out.hw=prefer -s nodes.out.preset=ultrafast
	grep "^wrote out.mkv: 100 frames, 160x120 h264 by " err
	grep " h264 by libx264" err || exit 0 # there is some
	grep "warning: no hardware here encodes h264 (.*): libx264 encodes instead" err
	write 73 -s nodes.out.codec=h264 -s nodes.out.hw=require
	grep "no hardware here encodes h264 (.*); leave hw out, or say hw: prefer" err
'

it 'makes a folder of files of a folder, each in its size, with its sound and its subtitles' '
	mkdir folder
	printf "1\n00:00:01,000 --> 00:00:02,000\nGood morning\n\n" >words.srt
	make_media folder/a.mp4 -i in.mp4 -t 2 -c copy
	make_media folder/b.mp4 -f lavfi -i testsrc2=size=64x48:rate=30:duration=1 -c:v libx264
	make_media folder/c.mkv -i in.mp4 -i words.srt -map 0 -map 1 -t 2 -c copy
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
	for name in a b c
	do
		frames folder/$name.m* >wanted
		frames made/$name.mp4 | cmp wanted -
		test "$(start_of made/$name.mp4 v)" -eq 0
	done
	grep "wrote made/a.mp4: .* 160x120 h264 with sound," err
	grep "wrote made/b.mp4: 30 frames, 64x48 h264," err
	ffmpeg -v error -nostdin -i made/c.mp4 -map 0:s -f srt - | grep "00:00:01,000 --> 00:00:02,000"
'

it 'writes what other containers and codecs there are' '
	for pair in prores:mov png:mkv mjpeg:avi gif:gif mpeg4:ts libx264:wmv libx264:mxf
	do
		write 0 -s nodes.out.path=some."${pair#*:}" -s nodes.out.codec="${pair%:*}"
		test "$(frames some."${pair#*:}" | wc -l)" -ge 100
	done
'

done_testing
