#!/bin/sh
# SPDX-License-Identifier: MIT
# Pictures that are written without being decoded: codec: copy, from the packets port of a reader.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

ff () {
	ffmpeg -v error -nostdin -y "$@" </dev/null
}

ff -f lavfi -i testsrc2=s=160x120:r=25:d=6 -f lavfi -i sine=d=6 -c:v libx264 -preset ultrafast -g 25 \
	-bf 2 -c:a aac h264.mp4
ff -i h264.mp4 -c copy h264.ts
ff -i h264.mp4 -c copy h264.mkv
ff -f lavfi -i testsrc2=s=160x120:r=25:d=2 -c:v mpeg4 -bf 2 mpeg4.mp4
ff -i mpeg4.mp4 -c copy mpeg4.avi
ff -f lavfi -i testsrc2=s=160x120:r=25:d=2 -c:v mpeg2video mpeg2.mpg
ff -f lavfi -i testsrc2=s=160x120:r=25:d=2 -c:v mjpeg mjpeg.avi

# shown FILE: when its pictures are shown, in milliseconds.
shown () {
	ffprobe -v error -select_streams v -show_entries packet=pts_time -of csv=p=0 "$1" |
		awk -F, '/[0-9]/ { print $1 * 1000 }' | sort -n
}

# flow IN OUT: writes flow.yaml; only what has sound is asked for it.
flow () {
	case $1 in
	h264.*) inputs='[reader.packets, reader.audio]' ;;
	*) inputs=reader.packets ;;
	esac
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: $1}
	  out: {type: video_writer, inputs: $inputs, path: "$2", codec: copy}
	END
}

# run WORD...: runs flow.yaml.
# shellcheck disable=SC2120 # the tests, which are texts here, have words for it
run () {
	expect 0 "$VFLOW" run -q "$@" flow.yaml
}

# The hash of each picture, in the order in which they are shown.
pictures () {
	ff -i "$1" -map 0:v -f framemd5 - | grep -v '^#' | sed 's/.*, *//'
}

count () {
	pictures "$1" | grep -c .
}

# copies IN OUT: passes when all pictures are there, and in order in time.
copies () {
	flow "$1" "$2"
	# shellcheck disable=SC2119
	run
	pictures "$1" >wanted
	pictures "$2" >made
	test -s wanted
	cmp wanted made
}

for ending in mp4 mov mkv ts avi flv nut
do
	for from in h264.mp4 h264.ts h264.mkv
	do
		it "copies $from into .$ending" "copies $from out.$ending"
	done
done

for pair in 'mpeg4.mp4 ts' 'mpeg4.mp4 mkv' 'mpeg4.avi mkv' 'mpeg4.avi ts' 'mpeg4.avi mp4' \
	'mpeg2.mpg ts' 'mpeg2.mpg mkv' 'mpeg2.mpg mp4' 'mjpeg.avi mp4' 'mjpeg.avi mkv'
do
	it "copies ${pair% *} into .${pair#* }" "copies ${pair% *} out.${pair#* }"
done

it 'keeps picture and sound together' '
	copies h264.mkv out.mp4
	starts () {
		ffprobe -v error -show_entries stream=codec_type,start_time -of csv=p=0 "$1" | sort
	}
	starts h264.mkv | sed "s/000$//" >wanted
	starts out.mp4 | sed "s/000$//" >made
	cmp wanted made
'

it 'begins with the key frame before the start, and hides what is too early' '
	flow h264.mp4 part.mp4
	run -s nodes.reader.start=2.5s -s nodes.reader.duration=2s
	made=$(count part.mp4)
	test "$made" -ge 50
	test "$made" -le 53
	pictures part.mp4 >made
	pictures h264.mp4 | sed -n "62,64p" >wanted
	sed 1q made | grep -q -F -f - wanted
'

it 'writes segments that begin with key frames, and loses none' '
	flow h264.mp4 "part-{seq}.mp4"
	run -s nodes.out.segment_time=2s
	pictures h264.mp4 >wanted
	for part in part-1.mp4 part-2.mp4 part-3.mp4
	do
		pictures $part
	done >made
	cmp wanted made
	test ! -e part-4.mp4
'

it 'gives packets and frames of one reader at a time' '
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: h264.mp4}
	  frames: {type: count, inputs: reader}
	  out: {type: video_writer, inputs: reader.packets, path: both.mkv, codec: copy}
	END
	run
	pictures h264.mp4 >wanted
	pictures both.mkv >made
	cmp wanted made
'

it 'reads no more packets than there are frames asked for' '
	flow h264.mp4 few.mkv
	run -s nodes.reader.frames=30
	test "$(ffprobe -v error -select_streams v -count_packets -show_entries stream=nb_read_packets \
		-of csv=p=0 few.mkv)" -eq 30
'

it 'joins files of one kind' '
	mkdir folder
	cp mpeg2.mpg folder/1.mpg
	cp mpeg2.mpg folder/2.mpg
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: folder_reader, path: folder}
	  out: {type: video_writer, inputs: reader.packets, path: two.ts, codec: copy}
	END
	run
	test "$(count two.ts)" -eq 100
'

it 'refuses pictures that become others in mid-file' '
	rm -r folder
	mkdir folder
	cp mpeg4.mp4 folder/1.mp4
	cp h264.mp4 folder/2.mp4
	sed -i "s/two.ts/two.mp4/" flow.yaml
	expect 74 "$VFLOW" run flow.yaml
	grep -q "pictures become others (h264 160x120 after mpeg4 160x120)" err
	test ! -e two.mp4
'

it 'leaves out a picture that cannot be brought into form, and counts it as an error' '
	cp h264.mp4 damaged.mp4
	place=$(ffprobe -v error -select_streams v -show_entries packet=pos -of csv=p=0 h264.mp4 |
		sed -n "60s/,*$//p")
	printf "\\377\\377\\377\\377" | dd of=damaged.mp4 bs=1 seek="$place" conv=notrunc 2>/dev/null
	flow damaged.mp4 out.ts
	sed -i "s/reader.packets/[reader.packets, reader.audio]/" flow.yaml
	expect 65 "$VFLOW" run flow.yaml
	grep -q "the picture at [0-9.]* s is damaged (.*): it is left out" err
	test "$(count out.ts)" -ge 140
	ff -i out.ts -map 0:a -f md5 - >made
	ff -i h264.mp4 -c copy whole.ts
	ff -i whole.ts -map 0:a -f md5 - >wanted
	cmp wanted made
'

it 'counts the frames of a raw stream' '
	ff -f lavfi -i testsrc2=s=160x120:r=25:d=2 -c:v libx264 -preset ultrafast -bf 0 plain.h264
	for container in mp4 mkv
	do
		flow plain.h264 plain.$container
		expect 0 "$VFLOW" run flow.yaml
		! grep warning err
		shown plain.$container >made
		seq 0 40 1960 >wanted
		cmp wanted made
	done
'

# undated FIRST FILE...: copies files that do not say when pictures are shown, and passes when the
# pictures are shown in their order, one every 40 ms; the first at so many milliseconds.
undated () {
	from=$1
	shift
	for file
	do
		for container in mkv mp4 ts
		do
			echo "$file, $container"
			flow "$file" made.$container
			# shellcheck disable=SC2119
			run
			ff -i "$file" -map 0:v -fps_mode passthrough -f framehash - | sed "/^#/d; s/.*,//" >wanted
			ff -i made.$container -map 0:v -fps_mode passthrough -f framehash - | sed "/^#/d; s/.*,//" >got
			test "$(wc -l <wanted)" -eq 50
			cmp wanted got
			test $container != ts || continue # it has a zero of its own
			shown made.$container >got
			seq "$from" 40 $((from + 1960)) >wanted
			cmp wanted got
		done
	done
}

it 'finds out when pictures are shown where the source does not say' '
	ff -f lavfi -i testsrc2=s=160x120:r=25:d=2 -c:v libx264 -bf 3 -g 20 b.h264 \
		-c:v libx265 -x265-params log-level=none:bframes=3:keyint=20 b.hevc \
		-c:v mpeg2video -bf 2 -g 12 b.m2v -c:v mpeg4 -bf 2 c.avi
	ff -i b.h264 -c:v copy b.avi
	undated 0 b.h264 b.hevc
	undated 80 b.avi
	undated 40 b.m2v c.avi
'

it 'cuts a copy into files where the source does not say when pictures are shown' '
	ff -f lavfi -i testsrc2=s=160x120:r=25:d=2 -c:v libx264 -bf 3 -g 20 d.avi
	flow d.avi "part{seq}.mkv"
	run -s nodes.out.segment_time=0.8s
	for part in 1 2 3
	do
		ff -i part$part.mkv -map 0:v -fps_mode passthrough -f framehash - | sed "/^#/d; s/.*,//"
	done >got
	test ! -e part4.mkv
	test "$(shown part1.mkv | head -n 1)" = 0
	test "$(shown part2.mkv | wc -l)" -eq 20
	ff -i d.avi -map 0:v -fps_mode passthrough -f framehash - | sed "/^#/d; s/.*,//" >wanted
	cmp wanted got
'

it 'keeps the kind of ProRes' '
	ff -f lavfi -i testsrc2=s=160x120:r=25:d=0.2 -c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le \
		prores.mov
	flow prores.mov prores.mkv
	expect 0 "$VFLOW" run flow.yaml
	for file in prores.mov prores.mkv
	do
		ffprobe -v error -show_entries stream=codec_tag_string,pix_fmt -of csv=p=0 $file >$file.kind
	done
	cmp prores.mov.kind prores.mkv.kind
'

it 'says of copied pictures that they are transparent' '
	ff -f lavfi -i testsrc2=s=160x120:r=25:d=0.4,format=yuva420p,colorchannelmixer=aa=0.5 \
		-c:v libvpx-vp9 -deadline realtime -cpu-used 8 alpha.webm
	flow alpha.webm alpha.out.webm
	expect 0 "$VFLOW" run flow.yaml
	ff -c:v libvpx-vp9 -i alpha.webm -pix_fmt yuva420p -f md5 wanted
	ff -c:v libvpx-vp9 -i alpha.out.webm -pix_fmt yuva420p -f md5 made
	cmp wanted made
	alpha () {
		ffprobe -v error -show_entries stream_tags=alpha_mode -of csv=p=0 "$1"
	}
	test "$(alpha alpha.out.webm)" = 1
	sed -i "s/reader.packets/reader/; s/codec: copy/pixel_format: yuv420p/" flow.yaml
	expect 0 "$VFLOW" run -s nodes.out.path=opaque.webm flow.yaml
	test -z "$(alpha opaque.webm)"
'

it 'says what a container cannot hold' '
	flow h264.mp4 out.webm
	expect 74 "$VFLOW" run flow.yaml
	grep -q "WebM cannot hold h264" err
'

it 'says what copying does not go with' '
	flow h264.mp4 out.mp4
	expect 78 "$VFLOW" check -s nodes.out.preset=fast flow.yaml
	grep -q "leave preset out" err
	sed -i "s/reader.packets/reader/" flow.yaml
	expect 78 "$VFLOW" check flow.yaml
	grep -q "takes packet, but reader.video is video; did you mean \"reader.packets\"?" err
'

it 'says in the report that pictures were copied' '
	flow h264.mp4 out.mkv
	expect 0 "$VFLOW" run flow.yaml
	grep -q "150 frames, 160x120 h264, copied, with sound" err
	flow mpeg4.mp4 out.mkv
	expect 0 "$VFLOW" run flow.yaml
	grep "50 frames, 160x120 mpeg4, copied, [0-9.]* kB$" err
'

# interrupt WORD...: interrupts a copy, and passes when it says how much of how many frames there is
# as the first word has it.
interrupt () {
	told=$1
	shift
	flow h264.mp4 cut.mkv
	echo "  lines: {type: print, inputs: reader}" >>flow.yaml
	sed "s/lines:/out:/; s/out: {type: video_writer/copy: {type: video_writer/" flow.yaml >cut.yaml
	start_gated "$@" cut.yaml
	let_out "frame 2 *"
	kill -INT "$flow"
	let_all
	ends 130
	copied=$(shown cut.partial.mkv | wc -l)
	test "$copied" -lt 150
	says err "wrote cut.partial.mkv: $copied $told, interrupted"
}

it 'says of an interrupted copy how many frames there were to be, where that is known' '
	interrupt "of 300 frames" -s nodes.reader.loop=1
	interrupt "of 140 frames" -s nodes.reader.frames=140
	interrupt "frames" -s nodes.reader.start=0.1
	interrupt "frames" -s nodes.reader.duration=5.9
'

# What plays a stream may begin with any key frame, so each brings the parameter sets. The key frames of
# open groups are no IDR pictures.
for codec in h264 hevc
do
	it "copies $codec into MPEG-TS such that it can be decoded from each key frame" "
		open=open-gop=1:keyint=25:b-adapt=0:bframes=3
		if test $codec = h264
		then
			ff -f lavfi -i testsrc2=s=160x120:r=25:d=6 -c:v libx264 -preset veryfast \\
				-x264-params \$open:aud=1 open.mp4
		elif ! ff -f lavfi -i testsrc2=s=160x120:r=25:d=6 -c:v libx265 -preset ultrafast \\
			-x265-params \$open:log-level=error open.mp4 2>x265.log
		then
			exit 0
		fi
		ff -i open.mp4 -c copy open.mkv
		for from in open.mp4 open.mkv
		do
			flow \$from out.ts
			sed -i 's/path: open.m../&, start: 3s/' flow.yaml
			run
			ff -i out.ts -f null - 2>said
			test \$(grep -c 'referenced\|header error' said) -eq 0
			ff -i open.mp4 -f framemd5 - | sed -n '/^0/s/.*, *//p' | tail -n 60 >wanted
			pictures out.ts | tail -n 60 | cmp - wanted
			test \$(count out.ts) -ge 70
		done
	"
done

done_testing
