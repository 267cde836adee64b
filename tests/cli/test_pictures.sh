#!/bin/sh
# SPDX-License-Identifier: MIT
# Pictures as files, held against what ffmpeg makes of the same frames.
. "${0%/*}/harness.sh"
. "$root/tests/cli/frames.sh"

mkdir sized
ff -f lavfi -i testsrc2=size=320x180:rate=25:duration=1 \
	-f lavfi -i testsrc2=size=16x16:duration=0.04 -f lavfi -i testsrc2=size=32x32:duration=0.04 \
	-map 0 -c:v libx264 -preset ultrafast -bf 3 -pix_fmt yuv420p clip.mp4 \
	-map 1 -frames:v 1 sized/9.png -map 2 -frames:v 1 sized/10.png || exit 1
ff -i clip.mp4 -pix_fmt rgb24 -f framemd5 clip.md5 -q:v 2 j%d.jpg || exit 1

# pixels FILE: the hash of what a picture, or each of those that a pattern of ffmpeg's means, shows.
pixels () {
	ffmpeg -v error -nostdin -i "$1" -f framemd5 - | awk -F ', *' '/^0,/ { print $6 }'
}

# write PATH WORD...: writes the frames of clip.mp4 to pictures, with the writer's options WORD.
write () {
	written=$1
	shift
	cat >write.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: ${input:-clip.mp4}, frames: ${frames:-0}}
	  out: {type: image_writer, inputs: reader, path: "$written" ${1:+, $*}}
	END
	"$VFLOW" run "${flags:---max-errors=0}" write.yaml
}

# read_all PATH WORD...: prints a line for each picture, with the reader's options WORD.
read_all () {
	named=$1
	shift
	cat >read.yaml <<-END
	vflow: 1
	nodes:
	  pictures: {type: image_reader, path: "$named" ${1:+, $*}}
	  out: {type: print, inputs: pictures}
	END
	"$VFLOW" run "${flags:---max-errors=0}" read.yaml
}

it 'writes the pixels that ffmpeg does' '
	expect 0 write "got/{seq:04d}.png"
	grep -x "wrote 25 pictures, got/0001.png to got/0025.png, [0-9.]* [kM]B" err
	test "$(ls got | wc -l)" -eq 25
	listed clip.md5 >a
	test "$(wc -l <a)" -eq 25
	hashes -i got/%04d.png | cmp - a
'

it 'writes 10 bits into pictures of 16, as ffmpeg does' '
	ff -f lavfi -i testsrc2=size=321x181:duration=0.04,format=yuv422p10 \
		-c:v ffv1 deep.mkv wanted.png
	input=deep.mkv expect 0 write deep.png
	hash_each wanted.png deep.png
	cmp wanted.png.hashes deep.png.hashes
	test -s deep.png.hashes
	ffprobe -v error -show_entries stream=pix_fmt -of csv=p=0 deep.png | grep -x rgb48be
'

it 'reads the pixels that ffmpeg does' '
	cat >video.yaml <<-END
	vflow: 1
	nodes:
	  pictures: {type: image_reader, path: "j*.jpg", fps: 10}
	  out: {type: video_writer, inputs: pictures, path: j.nut, codec: rawvideo,
	    pixel_format: yuvj420p}
	END
	expect 0 "$VFLOW" run -q video.yaml
	hash_each j%d.jpg j.nut
	test "$(wc -l <j%d.jpg.hashes)" -eq 25
	cmp j%d.jpg.hashes j.nut.hashes
	rm j%d.jpg.hashes
	ffprobe -v error -show_entries stream=r_frame_rate -of csv=p=0 j.nut | grep -x 10/1
'

it 'reads numbers in order, or names' '
	expect 0 read_all "j?.jpg" fps: 1, frames: 3
	says out "frame 3 2.000000 320x180 yuvj420p key"
	expect 0 read_all sized
	grep -o "[0-9]*x[0-9]*" out | tr "\n" " " | grep -x "16x16 32x32 "
	expect 0 read_all sized order: name
	grep -o "[0-9]*x[0-9]*" out | tr "\n" " " | grep -x "32x32 16x16 "
'

it 'knows a file by its content, not its name' '
	mkdir mixed
	ff -i j1.jpg mixed/png.png mixed/jpg.jpg mixed/bmp.bmp mixed/tiff.tiff mixed/ppm.ppm
	ff -i j1.jpg mixed/webp.webp || rm -f mixed/webp.webp
	cp mixed/png.png mixed/no.jpg
	echo note >mixed/readme.txt
	expect 0 read_all mixed
	test "$(grep -c "^frame .* 320x180 " out)" -eq "$(ls mixed/*.[!t]* mixed/*.tiff | wc -l)"
'

it 'turns photographs as the camera was held, as ffmpeg does' '
	mkdir held upright
	inputs= outputs=
	for turn in 1 2 3 4 5 6 7 8
	do
		{
			head -c 2 j1.jpg
			printf "\377\341\0\042Exif\0\0II*\0\010\0\0\0\001\0\022\001\003\0\001\0\0\0"
			printf "\\$turn\0\0\0\0\0\0\0"
			tail -c +3 j1.jpg
		} >held/$turn.jpg
		inputs="$inputs -i held/$turn.jpg"
		outputs="$outputs -map $((turn - 1)) upright/$turn.png"
	done
	ff $inputs $outputs
	cat >turn.yaml <<-END
	vflow: 1
	nodes:
	  photographs: {type: image_reader, path: held}
	  out: {type: image_writer, inputs: photographs, path: "turned/{source}.png"}
	END
	expect 0 "$VFLOW" run -q turn.yaml
	hash_each upright/*.png turned/*.png
	for turn in 1 2 3 4 5 6 7 8
	do
		test -s upright/$turn.png.hashes
		cmp turned/$turn.png.hashes upright/$turn.png.hashes
	done
	grep "^180x320 " turned/6.png.hashes
'

it 'leaves out what is no picture, says so, and exits with 65' '
	mkdir bad
	cp j1.jpg bad/1.jpg
	head -c 3000 j2.jpg >bad/2.jpg
	echo "no picture" >bad/3.jpg
	cp j4.jpg bad/4.jpg
	expect 65 read_all bad
	grep "^vflow: pictures: warning: bad/2.jpg: cannot be decoded: " err
	grep "^vflow: pictures: warning: bad/3.jpg: cannot be " err
	grep -o "^frame [0-9]* [0-9.]*" out >lines
	printf "frame 1 0.000000\nframe 2 0.120000\n" | cmp - lines
	flags="--max-errors=2" expect 0 read_all bad
'

it 'fails at the first that is no picture, if it is to' '
	expect 1 read_all bad keep_going: false
	grep "^vflow: pictures: bad/2.jpg: cannot be decoded: " err
	test "$(grep -c ^frame out)" -eq 1
'

it 'says that there are no pictures' '
	expect 69 read_all nowhere
	grep "there is no file \"nowhere\"" err
	expect 69 read_all "j*.gif"
	grep "no file is called as \"j\*.gif\" asks" err
	mkdir empty
	expect 69 read_all empty
	says err "vflow: pictures: the folder empty has no file of the asked kind"
'

it 'names pictures by what they were read from, and where in it they stand' '
	frames=2 expect 0 write "by/{source}/{time}-{pts:06d}.jpg"
	ls by/clip | tr "\n" " " | grep -x "00-00-00.000-000000.jpg 00-00-00.040-000512.jpg "
	cat >convert.yaml <<-END
	vflow: 1
	nodes:
	  pictures: {type: image_reader, path: "j*.jpg"}
	  out: {type: image_writer, inputs: pictures, path: "png/{source}.png"}
	END
	expect 0 "$VFLOW" run -q convert.yaml
	ls j*.jpg | sed "s/jpg$/png/" >a
	ls png | cmp - a
'

it 'replaces one picture as a whole, again and again' '
	cat >live.yaml <<-END
	vflow: 1
	mode: realtime
	nodes:
	  camera: {type: test_source, size: 320x180, rate: 200, frames: 100, live: true}
	  out: {type: image_writer, inputs: camera, path: latest.jpg}
	END
	"$VFLOW" run -q live.yaml &
	seen=0
	while kill -0 $! 2>/dev/null
	do
		test -e latest.jpg || continue
		cat latest.jpg >seen.jpg # cp would complain that it is replaced meanwhile
		pixels seen.jpg >hash
		test -s hash
		seen=$((seen + 1))
	done
	wait $!
	test $seen -gt 0
	rm -f seen.jpg
	ls latest*.jpg | grep -x latest.jpg
'

it 'keeps what is there when it must, and says so before it starts' '
	echo mine >1.png
	flags=--no-replace expect 73 write "{seq}.png"
	grep "1.png exists already, and is not to be replaced" err
	says 1.png mine
	echo mine >0.png
	flags=--no-replace expect 73 write "{pts}.png"
	says 0.png mine
'

it 'says which folder cannot be made' '
	echo file >taken
	expect 73 write "taken/{seq}.png"
	grep "\"taken/{seq}.png\" cannot be created in \"taken\": Not a directory" err
	ls taken*
'

it 'keeps what it has written when the disk is full' '
	ln -s /dev/full full.jpg
	expect 74 write full.jpg
	grep "^vflow: out: full.jpg cannot be written: No space left on device" err
	rm full.jpg
	mkdir -p part/3.jpg
	expect 74 write "part/{seq}.jpg"
	grep "^wrote 2 pictures, part/1.jpg to part/2.jpg, " err
	ls part | tr "\n" " " | grep -x "1.jpg 2.jpg 3.jpg "
'

it 'refuses names that make no sense' '
	expect 78 write "{sec}.jpg"
	grep "{sec} is no field of a name; did you mean {seq}?" err
	expect 78 write "{seq}.gjp"
	grep "does not tell what kind of picture; end it in .jpg" err
	expect 78 write "{seq}.png" "options: {prd: mixed}"
	grep "png has no option \"prd\"; did you mean \"pred\"?" err
'

it 'writes and reads the pictures of a street' '
	street=$root/../shared/media/street.avi
	test -e "$street" || exit 0
	input=$street frames=5 expect 0 write "street/{seq}.png"
	ffmpeg -v error -nostdin -i "$street" -frames:v 5 -pix_fmt rgb24 -f framemd5 - |
		awk -F ", *" "/^0,/ { print \$6 }" >a
	test "$(wc -l <a)" -eq 5
	pixels street/%d.png | cmp - a
	expect 0 read_all street
	test "$(grep -c "^frame" out)" -eq 5
'

# over INPUT PATTERN: a flow that reads INPUT and writes pictures by PATTERN.
over () {
	printf "vflow: 1\nnodes:\n  a: {type: image_reader, path: \"%s\"}\n  b: {type: image_writer, inputs: a, path: \"%s\"}\n" "$1" "$2" >over.yaml
}

it 'does not write over what is read' '
	mkdir over
	ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=32x32 -frames:v 2 over/%d.png
	for pair in over:over/{source}.png over:over/{seq}.png over/*.png:./over/{source}.png \
		over/2.png:over/{source}.png
	do
		over "${pair%%:*}" "${pair#*:}"
		expect 78 "$VFLOW" check over.yaml
		grep "b would write over .*/over/[12].png, which a reads; write into another folder" err
	done
	mkdir -p deep/a/b
	cp over/1.png deep/a/b
	over deep "deep/{folder}/{source}.png"
	expect 0 "$VFLOW" check over.yaml
	sed -i "s/image_reader,/image_reader, recursive: true,/" over.yaml
	expect 78 "$VFLOW" check over.yaml
	grep "b would write over .*/deep/a/b/1.png, which a reads" err
	sed -i "s:deep/{folder}:made/{folder}:" over.yaml
	expect 0 "$VFLOW" check over.yaml
	for pair in over:over/{source}.jpg over:over/{seq:04d}-small.png over:{source}.png \
		over/2.png:over/{seq}x.png over:over/{source}{seq}.png
	do
		over "${pair%%:*}" "${pair#*:}"
		expect 0 "$VFLOW" check over.yaml
	done
'

done_testing
