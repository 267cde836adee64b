#!/bin/sh
# SPDX-License-Identifier: MIT
# Whole runs on media files, held against what ffmpeg says of the same files.
. "${0%/*}/harness.sh"
. "$root/tests/cli/frames.sh"

# make_media NAME OPTIONS...: makes a file with ffmpeg, from a second of pictures unless the
# options bring their own input.
make_media () {
	made=$1
	shift
	ffmpeg -v error -nostdin -y "$@" "$made" </dev/null
}

pictures () {
	echo "testsrc2=size=$1:rate=25:duration=${2:-1}"
}

# frames FILE: the hash of each of its pictures, as they are shown.
frames () {
	ffmpeg -v error -nostdin -i "$1" -map 0:v:0 -fps_mode passthrough -f framemd5 - |
		awk -F ', *' '/^0,/ { print $6 }'
}

# sound FILE: the hash of each of its packets of sound.
sound () {
	ffmpeg -v error -nostdin -i "$1" -map 0:a:0 -c copy -f framemd5 - |
		awk -F ', *' '/^0,/ { print $6 }'
}

# copy INPUT OUTPUT CODEC: takes a video through vflow.
copy () {
	cat >copy.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: $1}
	  out:
	    type: video_writer
	    inputs: {video: reader, audio: reader.audio}
	    path: $2
	    codec: $3
	END
	"$VFLOW" run copy.yaml
}

# One ffmpeg makes what is passed through, one flow passes it, and one ffmpeg reads all of it.
ff -f lavfi -i "$(pictures 320x240 2)" -f lavfi -i "$(pictures 320x240)" \
	-f lavfi -i "$(pictures 853x477)" -f lavfi -i "$(pictures 160x120)" \
	-map 0 -c:v libx264 -bf 3 -g 25 a.mp4 \
	-map 1 -c:v mpeg4 -bf 2 b.avi \
	-map 1 -c:v libx264 -bf 3 c.avi \
	-map 0 -vf "select=not(mod(n\,3)*mod(n\,5))" -fps_mode passthrough -c:v libx264 d.mkv \
	-map 2 -c:v ffv1 -pix_fmt yuv420p e.mkv \
	-map 2 -c:v mpeg4 e.avi \
	-map 1 -c:v libx264 -pix_fmt yuv420p10le f.mp4 \
	-map 3 g.gif
cat >through.yaml <<'END'
vflow: 1
nodes:
END
while read -r from coded raw
do
	node=$(echo "$from" | tr . -)
	echo "  $node: {type: video_reader, path: $from}"
	for to in $coded:ffv1 $raw:rawvideo
	do
		test "${to%:*}" = - || cat <<-END
		  $node-${to#*:}: {type: video_writer, path: ${to%:*}, codec: ${to#*:},
		    inputs: {video: $node, audio: $node.audio}}
		END
	done
done >>through.yaml <<'END'
a.mp4 a.mkv a.nut
b.avi b.mkv b2.avi
c.avi c.mkv -
d.mkv d2.mkv -
e.mkv - e.nut
e.avi e2.mkv -
f.mp4 f.mkv -
g.gif - g.nut
END

it 'takes every kind of file through in one flow' '
	"$VFLOW" run through.yaml
	hash_each a.mp4 a.mkv a.nut b.avi b.mkv b2.avi c.avi c.mkv d.mkv d2.mkv e.mkv e.nut \
		e.avi e2.mkv f.mp4 f.mkv g.gif g.nut
'

# same_frames FILE COPY...: passes when every picture came through bit by bit.
same_frames () {
	wanted=$1
	shift
	test -s "$wanted.hashes"
	for copied
	do
		cmp "$wanted.hashes" "$copied.hashes"
	done
}

it 'passes H.264 with B-frames through bit by bit' 'same_frames a.mp4 a.mkv a.nut'
it 'passes MPEG-4 in AVI through bit by bit' 'same_frames b.avi b.mkv b2.avi'
it 'passes H.264 in AVI through bit by bit' 'same_frames c.avi c.mkv'

it 'passes a variable frame rate through, with its timestamps' '
	same_frames d.mkv d2.mkv
	ffprobe -v error -show_entries packet=pts_time -of csv=p=0 d.mkv | sort -n >wanted
	ffprobe -v error -show_entries packet=pts_time -of csv=p=0 d2.mkv | sort -n | cmp wanted -
'

it 'passes odd sizes through bit by bit' '
	same_frames e.mkv e.nut
	same_frames e.avi e2.mkv
'

it 'passes ten bits through bit by bit' 'same_frames f.mp4 f.mkv'
it 'passes a palette through bit by bit' 'same_frames g.gif g.nut'

it 'copies every packet of sound' '
	pairs="mp4:aac mkv:libopus mkv:flac avi:libmp3lame mov:pcm_s16le"
	set --
	printf "vflow: 1\nnodes:\n" >sounds.yaml
	for pair in $pairs
	do
		codec=${pair#*:} from=$codec.${pair%:*}
		set -- "$@" -map 0 -map 1 -c:v mpeg4 -c:a $codec $from
		cat >>sounds.yaml <<-END
		  $codec: {type: video_reader, path: $from}
		  $codec-out: {type: video_writer, path: copied.$codec.mkv, codec: ffv1,
		    inputs: {video: $codec, audio: $codec.audio}}
		END
	done
	ff -f lavfi -i "$(pictures 64x64)" -f lavfi -i sine=duration=1 "$@"
	"$VFLOW" run sounds.yaml
	set --
	for pair in $pairs
	do
		set -- "$@" -i ${pair#*:}.${pair%:*} -i copied.${pair#*:}.mkv
	done
	number=0
	for pair in $pairs
	do
		set -- "$@" -map $number:a:0 -c copy -f framemd5 wanted.${pair#*:} \
			-map $((number + 1)):a:0 -c copy -f framemd5 got.${pair#*:}
		number=$((number + 2))
	done
	ff "$@"
	for pair in $pairs
	do
		listed wanted.${pair#*:} | sed "s/.* //" >wanted
		test -s wanted
		listed got.${pair#*:} | sed "s/.* //" | cmp wanted -
	done
'

it 'begins at the frame it is told, and ends there' '
	cat >part.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: a.mp4, start: 0.6, duration: 0.4}
	  out: {type: video_writer, inputs: reader, path: part.mkv, codec: ffv1}
	END
	expect 0 "$VFLOW" run part.yaml
	sed -n 16,25p a.mp4.hashes >wanted
	hashes -i part.mkv | cmp wanted -
'

it 'scales as ffmpeg does' '
	make_media i.mp4 -f lavfi -i "$(pictures 320x240)" -c:v libx264
	cat >scale.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: i.mp4}
	  small: {type: resize, inputs: reader, width: 128, height: -1, filter: bilinear}
	  out: {type: video_writer, inputs: small, path: small.nut, codec: rawvideo}
	END
	expect 0 "$VFLOW" run scale.yaml
	ffmpeg -v error -nostdin -i i.mp4 -vf scale=128:-1:flags=bilinear -f framemd5 - |
		awk -F ", *" "/^0,/ { print \$6 }" >wanted
	frames small.nut | cmp wanted -
'

it 'reads what is there of a truncated file, and finalises the output' '
	make_media whole.avi -f lavfi -i "$(pictures 320x240 2)" -c:v mpeg4
	head -c "$(($(wc -c <whole.avi) / 2))" whole.avi >cut.avi
	expect 65 copy cut.avi cut.mkv ffv1
	grep "cut.avi ends after [0-9]* of 50 frames: it is truncated" err
	test "$(frames cut.mkv | wc -l)" -gt 10
'

it 'takes a file that does not begin at zero for whole' '
	for name in late.mkv late.asf
	do
		make_media $name -f lavfi -i "$(pictures 64x64 1)" -c:v mpeg4 -output_ts_offset 10
		expect 0 copy $name late.nut ffv1
		test "$(frames late.nut | wc -l)" -eq 25
	done
'

# A film whose last subtitle ends long after it, with and without what libav says of each track.
printf '1\n00:00:01,000 --> 00:00:02,000\nhi\n\n2\n00:00:09,000 --> 00:00:12,000\nend\n' >s.srt
make_media told.mkv -f lavfi -i "$(pictures 160x120 4)" -f lavfi -i sine=d=4 -i s.srt \
	-map 0 -map 1 -map 2 -c:v mpeg4 -c:a aac -c:s srt
sed 's/DURATION/DURATIOX/g' told.mkv >untold.mkv

for name in told untold
do
	it "takes a film whose subtitles outlast it for whole: $name" "
		expect 0 copy $name.mkv ended.mkv ffv1
		sed -i 's/audio: reader.audio/&, subtitles: reader.subtitles/' copy.yaml
		expect 0 \"\$VFLOW\" run copy.yaml
		head -c 60000 $name.mkv >cut.mkv
		expect 65 copy cut.mkv ended.mkv ffv1
		grep 'cut.mkv ends after [0-9.]* of [0-9.]* s: it is truncated' err
	"
done

it 'takes a truncated file as it is where errors are allowed' '
	copy cut.avi cut2.mkv ffv1 && exit 1
	expect 0 "$VFLOW" run --max-errors 10 copy.yaml
'

it 'reads what is there of a corrupt file, and says which frames are damaged' '
	make_media good.avi -f lavfi -i "$(pictures 320x240 2)" -c:v mpeg4
	cp good.avi bad.avi
	size=$(wc -c <good.avi)
	for tenth in 3 4 5 6
	do
		printf "damage damage damage" | dd of=bad.avi bs=1 conv=notrunc \
			seek="$((size * tenth / 10))"
	done
	expect 65 copy bad.avi bad.mkv ffv1
	grep "the frame at [0-9.]* s is damaged" err
	test "$(frames bad.mkv | wc -l)" -eq 50
'

it 'refuses an empty file, one that is none, and one without pictures' '
	: >empty.mp4
	expect 69 copy empty.mp4 none.mkv ffv1
	grep "cannot open empty.mp4: the file is empty" err
	echo "a letter, not a film" >letter.mp4
	expect 69 copy letter.mp4 none.mkv ffv1
	grep "cannot open letter.mp4: it is no media file" err
	make_media tone.mp3 -f lavfi -i sine=duration=1
	expect 69 copy tone.mp3 none.mkv ffv1
	grep "tone.mp3 has no video stream" err
	test ! -e none.mkv
	test -z "$(ls | grep part-)"
'

it 'names an encoder that is not there' '
	expect 78 copy whole.avi none.mkv libx265x
	grep "no encoder \"libx265x\"; did you mean \"libx265\"?" err
'

it 'reports a full disk' '
	ln -s /dev/full full.mkv
	expect 74 copy whole.avi full.mkv rawvideo
	grep "cannot write full.mkv: No space left on device" err
'

it 'leaves the part that fitted on a small disk, under another name' '
	mkdir disk
	mount -t tmpfs -o size=1M tmpfs disk 2>/dev/null || exit 0
	told=true
	expect 74 copy whole.avi disk/out.nut rawvideo || told=false
	ls disk >left
	umount disk
	$told
	grep "^wrote disk/out.partial.nut: [0-9]* of 50 frames, cut short by a failure$" err
	grep "^out.partial.nut$" left
	! grep "^out.nut$" left
'

it 'replaces a file only by a whole one' '
	echo precious >kept.mkv
	expect 69 copy empty.mp4 kept.mkv ffv1
	says kept.mkv precious
	copy whole.avi kept.mkv ffv1
	test "$(frames kept.mkv | wc -l)" -eq 50
'

it 'gives HEVC the tag that all players of MP4 take, or the one that is asked for' '
	tag () {
		ffprobe -v error -select_streams v -show_entries stream=codec_tag_string \
			-of csv=p=0 "$1"
	}
	for name in tagged.mp4 tagged.mov
	do
		copy whole.avi $name libx265
		test "$(tag $name)" = hvc1
		echo "    options: {tag: hev1}" >>copy.yaml
		expect 0 "$VFLOW" run -s nodes.out.crash_safe=false copy.yaml
		test "$(tag $name)" = hev1
	done
	sed -i "s/hev1/avc1/" copy.yaml
	expect 78 "$VFLOW" run copy.yaml
	grep "QuickTime / MOV has no tag \"avc1\" for hevc; leave tag out" err
'

it 'does not replace a file with -n' '
	echo precious >kept.mkv
	copy whole.avi other.mkv ffv1
	sed "s/other.mkv/kept.mkv/" copy.yaml >keep.yaml
	expect 73 "$VFLOW" run -n keep.yaml
	says kept.mkv precious
'

it 'keeps what it was interrupted in, complete and playable' '
	cat >endless.yaml <<-END
	vflow: 1
	nodes:
	  camera: {type: test_source, size: 160x120, live: true, rate: 50}
	  lines: {type: print, inputs: camera}
	  out:
	    type: video_writer
	    inputs: {video: camera, audio: camera.audio}
	    path: endless.mp4
	    preset: ultrafast
	END
	"$VFLOW" run endless.yaml >lines 2>err &
	run=$!
	wait_for lines "^frame 10 "
	kill -INT "$run"
	status=0
	wait "$run" || status=$?
	test "$status" -eq 130
	test "$(frames endless.mp4 | wc -l)" -ge 10
	test "$(sound endless.mp4 | wc -l)" -ge 5
	test -z "$(ls | grep part-)"
'

it 'takes a real film through, where there is one' '
	street=$root/../shared/media/street.avi
	test -e "$street" || exit 0
	expect 0 "$VFLOW" run -q --var input="$street" --var output=street.mp4 --var width=320 \
		"$root/pipelines/preview.yaml"
	test "$(frames street.mp4 | wc -l)" -eq 795
'

it 'says with -v what it opens, and what it encodes with' '
	make_media said.mkv -f lavfi -i "$(pictures 64x48)" -f lavfi -i sine=d=1 -c:v ffv1 -c:a flac
	cat >said.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: said.mkv}
	  out: {type: video_writer, inputs: {video: reader, audio: reader.audio}, path: said.avi, codec: mjpeg}
	END
	expect 0 "$VFLOW" run -v said.yaml
	grep "^vflow: reader: said.mkv is open: ffv1 64x48 decoded by ffv1, flac; in matroska" err
	grep "^vflow: out: said.avi: 64x48 [a-z0-9]* encoded by mjpeg, into avi$" err
	expect 0 "$VFLOW" run said.yaml
	test -z "$(grep "is open\|encoded by" err)"
'

done_testing
