#!/bin/sh
# SPDX-License-Identifier: MIT
# What a file carries beside its pictures and sound: tags, languages, chapters, attachments, side data.
. "${0%/*}/harness.sh"

ff () {
	ffmpeg -v error -nostdin -y "$@" </dev/null
}

cat >tags <<-END
	;FFMETADATA1
	title=Garden
	date=2024-05-01
	[CHAPTER]
	TIMEBASE=1/1000
	START=0
	END=1000
	title=One
	[CHAPTER]
	TIMEBASE=1/1000
	START=1000
	END=2500
	title=Two
	[CHAPTER]
	TIMEBASE=1/1000
	START=2500
	END=4000
	title=Three
	END
printf 'no real font' >font.ttf
ff -f lavfi -i testsrc2=s=160x120:r=25:d=4 -f lavfi -i sine=d=4 -i tags -map_metadata 2 \
	-c:v libx264 -preset ultrafast -c:a aac -metadata:s:a:0 language=ger -metadata:s:a:0 title=Ton \
	-disposition:a:0 comment -metadata creation_time=2020-02-02T02:02:02Z film.mp4
ff -i film.mp4 -f lavfi -i color=red:s=64x64:d=0.04 -map 0:v -map 0:a -map 1 -c copy -c:v:1 mjpeg \
	-disposition:v:1 attached_pic cover.mp4
ff -i film.mp4 -attach font.ttf -metadata:s:t mimetype=font/ttf -map 0:v -map 0:a -c copy font.mkv

# flow IN OUT: writes flow.yaml; what comes between makes new pictures.
flow () {
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: $1}
	  small: {type: resize, inputs: reader, width: 96, height: 64}
	  out: {type: video_writer, inputs: [small, reader.audio], path: "$2", preset: ultrafast}
	END
}

run () {
	expect 0 "$VFLOW" run -q "$@" flow.yaml
}

# What a file says of itself, a word a line.
tag () {
	ffprobe -v error -show_entries "format_tags=$2" -of csv=p=0 "$1"
}

sound () {
	ffprobe -v error -select_streams a -show_entries "$2" -of csv=p=0 "$1"
}

chapters () {
	ffprobe -v error -show_entries chapter=start_time,end_time:chapter_tags=title -of csv=p=0 "$1" |
		sed 's/0*,/,/g; s/\.,/,/g' | tr '\n' ' '
}

all=',1,One 1,2.5,Two 2.5,4,Three '

for name in out.mp4 out.mov out.mkv
do
	for safe in true false
	do
		it "keeps tags and chapters in $name, crash_safe $safe" "
		flow film.mp4 $name
		run -s nodes.out.crash_safe=$safe
		test \"\$(tag $name title)\" = Garden
		test \"\$(tag $name creation_time)\" = 2020-02-02T02:02:02.000000Z
		test \"\$(sound $name stream_tags=language)\" = ger
		test \"\$(sound $name stream_disposition=comment)\" = 1 ||
			test $name = out.mov
		chapters $name >made
		echo '$all' | diff - made || { sed 's/^0//' made; test \"\$(cat made)\" = '0$all'; }
		"
	done
done

it 'keeps what a track is there for' '
	flow film.mp4 out.mkv
	run
	test "$(sound out.mkv stream_disposition=comment)" = 1
'

it 'cuts chapters to what is read' '
	flow film.mp4 part.mkv
	run -s nodes.reader.start=1.5s -s nodes.reader.duration=2s
	test "$(chapters part.mkv | sed "s/^0//")" = ",1,Two 1,2,Three "
'

it 'gives each segment the tags, and its own chapters' '
	flow film.mp4 "part-{seq}.mkv"
	run -s nodes.out.segment_time=2s
	test "$(tag part-2.mkv title)" = Garden
	test "$(chapters part-2.mkv | sed "s/^0//")" = ",0.5,Two 0.5,2,Three "
'

it 'says nothing of it, or what it is told' '
	flow film.mp4 none.mp4
	run -s nodes.out.metadata=none
	test -z "$(tag none.mp4 title)"
	test -z "$(chapters none.mp4)"
	flow film.mp4 own.mp4
	cat >>flow.yaml <<-END
	    metadata: {title: Mine, audio.language: fre, date: ""}
	END
	sed -i "s/  out: {\(.*\)}/  out:\n    \1/; " flow.yaml
	sed -i "/^    type: video_writer/s/, \([a-z]*:\)/\n    \1/g" flow.yaml
	run
	test "$(tag own.mp4 title)" = Mine
	test -z "$(tag own.mp4 date)"
	test "$(sound own.mp4 stream_tags=language)" = fre
'

it 'refuses metadata that is neither a word of its own nor a mapping' '
	flow film.mp4 none.mp4
	expect 78 "$VFLOW" run -q -s nodes.out.metadata=all flow.yaml
	grep -q "unknown metadata" err
'

for name in cover.out.mp4 cover.out.mkv
do
	it "keeps the cover in $name" "
	flow cover.mp4 $name
	run
	ff -i cover.mp4 -map 0:v:1 -c copy -f md5 - >wanted
	ff -i $name -map 0:v:1 -c copy -f md5 - >made
	cmp wanted made
	"
done

it 'keeps what is attached' '
	flow font.mkv font.out.mkv
	run
	ffmpeg -v error -nostdin -y -dump_attachment:t:0 font.out -i font.out.mkv </dev/null 2>/dev/null || :
	cmp font.ttf font.out
'

it 'puts a timecode into the index, as a track of its own' '
	ff -i film.mp4 -c copy -timecode 01:02:03:04 timed.mp4
	flow timed.mp4 timed.out.mp4
	expect 0 "$VFLOW" run flow.yaml
	! grep warning err
	test "$(ffprobe -v error -select_streams d -show_entries stream_tags=timecode -of csv=p=0 \
		timed.out.mp4)" = 01:02:03:04
	! grep -q moof timed.out.mp4
	test "$(sound timed.out.mp4 stream=start_time)" = "$(sound timed.mp4 stream=start_time)"
'

it 'does not say of a file who wrote its source' '
	ff -i film.mp4 -c:v mpeg2video -c:a pcm_s16le -ar 48000 film.mxf
	test "$(tag film.mxf product_name)" = "OP1a Muxer"
	flow film.mxf film.mxf.mkv
	run
	test -z "$(tag film.mxf.mkv company_name,product_name,product_version)"
'

it 'keeps the cover of a song' '
	ff -i cover.mp4 -map 0:a -map 0:v:1 -c:v copy song.mp3 -map 0:a -map 0:v:1 -c:v copy song.flac
	for song in song.mp3 song.flac
	do
		cat >song.yaml <<-END
		vflow: 1
		nodes:
		  reader: {type: video_reader, path: $song}
		  out: {type: video_writer, inputs: {audio: reader.audio}, path: out.$song}
		END
		expect 0 "$VFLOW" run song.yaml
		ff -i $song -map 0:v -c copy -f md5 wanted
		ff -i out.$song -map 0:v -c copy -f md5 made
		cmp wanted made
		test "$(ffprobe -v error -select_streams a -count_packets -of csv=p=0 -show_entries \
			stream=nb_read_packets out.$song)" -gt 30
	done
'

# side FILE: what the stream, or else its first frame, says of its light, in fractions made equal.
side () {
	ffprobe -v error -select_streams v -show_streams -show_frames -read_intervals "%+#1" "$1" |
		sed -n 's/^max_content=/light /p; s/^max_luminance=/display /p' |
		sed 's,10000000/10000$,1000/1,' | sort -u
}

if ffmpeg -hide_banner -encoders 2>/dev/null | grep -q libx265
then
	ff -f lavfi -i testsrc2=s=160x120:r=25:d=0.4 -pix_fmt yuv420p10le -c:v libx265 -preset ultrafast \
		-x265-params "log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:\
master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400" \
		hdr.mp4
	# Only the container says it.
	flow hdr.mp4 plain.mp4
	"$VFLOW" run -q -s nodes.out.codec=mpeg4 -s nodes.out.preset= flow.yaml
	for to in "hevc hdr.mkv" "libx264 hdr.h264.mp4" "hevc hdr.out.ts"
	do
		it "keeps mastering display and light level: $to" "
		flow hdr.mp4 ${to#* }
		run -s nodes.out.codec=${to% *}
		side hdr.mp4 >wanted
		side ${to#* } >made
		test -s wanted
		cmp wanted made
		"
	done

	it 'keeps what only the container says of light' '
	side plain.mp4 >wanted
	test -s wanted
	for to in "hevc plain.ts" "mpeg4 plain.mkv"
	do
		flow plain.mp4 ${to#* }
		sed -i "s/, preset: ultrafast//" flow.yaml
		expect 0 "$VFLOW" run -s nodes.out.codec=${to% *} flow.yaml
		side ${to#* } | cmp wanted -
		! grep "of HDR10" err
	done
	'

	it 'says when light is lost, since neither encoder nor container keeps it' '
	for file in hdr.mp4 plain.mp4
	do
		flow $file lost.ts
		sed -i "s/, preset: ultrafast//" flow.yaml
		expect 0 "$VFLOW" run -s nodes.out.codec=mpeg2video flow.yaml
		grep "neither the encoder mpeg2video nor MPEG-TS.* keeps the mastering display of HDR10" err
		test "$(grep -c "keeps the light level of HDR10" err)" = 1
	done
	'
fi

it 'says once when the shape of pixels changes' '
	mkdir shapes
	ff -f lavfi -i testsrc2=s=64x48:r=25:d=0.2 -c:v ffv1 -vf setsar=1 shapes/1.mkv \
		-c:v ffv1 -vf setsar=4/3 shapes/2.mkv -c:v ffv1 -vf setsar=8/9 shapes/3.mkv
	printf "vflow: 1\nnodes:\n  r: {type: folder_reader, path: shapes}\n" >shapes.yaml
	printf "  out: {type: video_writer, inputs: r, path: shapes.mkv}\n" >>shapes.yaml
	expect 0 "$VFLOW" run shapes.yaml
	grep "warning: the shape of pixels changes from 1:1 to 4:3: the file has one, so that all are" err
	test "$(grep -c "the shape of pixels" err)" = 1
'

it 'keeps the matrix of a picture that it does not turn' '
	ff -i film.mp4 -c copy -metadata:s:v rotate=90 turned.mp4
	flow turned.mp4 turned.out.mp4
	run -s nodes.reader.autorotate=false
	ffprobe -v error -select_streams v -show_entries stream_side_data=rotation -of csv=p=0 turned.mp4 >wanted
	ffprobe -v error -select_streams v -show_entries stream_side_data=rotation -of csv=p=0 turned.out.mp4 >made
	test -s wanted
	cmp wanted made
	flow turned.mp4 upright.mp4
	run
	test -z "$(ffprobe -v error -select_streams v -show_entries stream_side_data=rotation -of csv=p=0 upright.mp4)"
'

it 'says in the file which field comes first' '
	ff -f lavfi -i testsrc2=s=160x120:r=25:d=0.4 -c:v mpeg2video -flags +ildct+ilme -top 1 fields.mpg
	flow fields.mpg fields.mkv
	sed -i "s/^  small.*//; s/\[small, reader.audio\]/reader/" flow.yaml
	run
	test "$(ffprobe -v error -show_entries stream=field_order -of csv=p=0 fields.mkv)" = tb
'

it 'takes the shape of pixels from the container, which knows it better' '
	ff -i film.mp4 -c copy -aspect 16:9 shape.mkv
	flow shape.mkv shape.out.mp4
	sed -i "s/^  small.*//; s/\[small, /[reader, /" flow.yaml
	run
	test "$(ffprobe -v error -select_streams v -show_entries stream=display_aspect_ratio -of csv=p=0 \
		shape.out.mp4)" = 16:9
'

# Captions as a broadcast has them: two bytes of text in each picture.
it 'keeps captions, and says when an encoder does not' '
	ff -f lavfi -i testsrc2=s=160x120:r=25:d=0.4 -c:v libx264 -preset ultrafast -bsf:v \
		"h264_metadata=sei_user_data=00000000000000000000000000000000+x" plain.h264
	python3 - <<-END
	import re
	data = open("plain.h264", "rb").read()
	caption = bytes([0xB5, 0, 0x31]) + b"GA94" + bytes([3, 0xC1, 0xFF, 0xFC, 0xC8, 0xE9, 0xFF])
	sei = b"\\0\\0\\0\\1\\6\\4" + bytes([len(caption)]) + caption + b"\\x80"
	parts = re.split(b"(?=\\0\\0\\0\\1\\x65|\\0\\0\\1\\x65|\\0\\0\\0\\1\\x41|\\0\\0\\1\\x41)", data)
	out = parts[0]
	for part in parts[1:]:
	    out += sei + part
	open("caption.h264", "wb").write(out)
	END
	captions () {
		ffprobe -v error -show_entries frame_side_data=side_data_type -of csv=p=0 "$1" | grep -c Caption
	}
	test "$(captions caption.h264)" -gt 5
	flow caption.h264 caption.mkv
	sed -i "s/, reader.audio//" flow.yaml
	run
	test "$(captions caption.mkv)" -eq "$(captions caption.h264)"
	sed -i "s/, preset: ultrafast//" flow.yaml
	expect 0 "$VFLOW" run -s nodes.out.codec=mpeg4 flow.yaml
	grep -q "mpeg4 does not keep closed captions" err
'

done_testing
