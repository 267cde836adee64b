#!/bin/sh
# SPDX-License-Identifier: MIT
# What becomes of pictures in a written file: their pixel format and their size.
. "${0%/*}/harness.sh"
. "$root/tests/cli/frames.sh"

# described FILE: the codec, the size and the pixel format of its pictures.
described () {
	ffprobe -v error -select_streams v -show_entries stream=codec_name,width,height,pix_fmt \
		-of csv=p=0 "$1"
}

# written FILE KEYS: writes odd.nut into it, with more keys of the writer.
written () {
	cat >odd.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: ${3:-odd.nut}}
	  out: {type: video_writer, inputs: reader, path: $1, $2}
	END
	rm -f "$1"
	expect "${4:-0}" "$VFLOW" run odd.yaml
}

ff -f lavfi -i testsrc=s=97x65:r=25:d=0.2 -map 0 -c:v rawvideo -pix_fmt rgb24 odd.nut \
	-map 0 -c:v rawvideo -pix_fmt yuv420p odd420.nut -map 0 -c:v ffv1 -pix_fmt yuv444p odd444.nut

formats='yuv420p yuv422p yuv444p yuv420p10le yuv422p10le yuva420p nv12 yuyv422 uyvy422 gray
	gray16le ya8 rgb24 bgr24 rgba bgra argb gbrp rgb48be rgb48le rgb555le bgr565le yuv410p'
{
	printf 'vflow: 1\nnodes:\n  source: {type: test_source, size: 64x48, frames: 2}\n'
	for format in $formats
	do
		printf '  %s: {type: convert, inputs: source, format: %s}\n' "$format" "$format"
		for file in avi mov mkv nut wmv
		do
			printf '  %s-%s: {type: video_writer, inputs: %s, path: %s, codec: rawvideo}\n' \
				"$format" $file "$format" "raw-$format.$file"
		done
	done
} >raw.yaml

it 'writes raw frames only such that they can be read again' '
	expect 0 "$VFLOW" run raw.yaml
	expect 0 "$VFLOW" run -q /dev/stdin <<-END
	vflow: 1
	nodes:
	  source: {type: test_source, size: 64x48, frames: 2}
	  out: {type: video_writer, inputs: source, path: wanted.nut, codec: rawvideo}
	END
	for file in raw-*.*
	do
		ffmpeg -v info -nostdin -i wanted.nut -i "$file" -lavfi \
			"[0]format=gray[a];[1]format=gray[b];[a][b]psnr" -f null - 2>&1 |
			awk -v file="$file" "/average:/ { sub(/.*average:/, \"\")
				seen = 1
				if (\$1 != \"inf\" && \$1 + 0 < 30) print file, \$1 }
				END { if (!seen) print file, \"cannot be read\" }"
	done >bad
	cat bad
	test ! -s bad'

it 'says which raw frames a container cannot hold' '
	written raw.mov "codec: rawvideo, pixel_format: yuv420p" odd.nut 78
	grep "raw frames of the pixel format yuv420p could not be read again from QuickTime" err
	written raw.mov "codec: rawvideo" odd420.nut
	grep "cannot hold raw frames as yuv420p: they are converted" err'

it 'makes RGB what players show, where they are to' '
	written a.mp4 "codec: libx264" && described a.mp4 >got
	written a.mkv "codec: libx264" && described a.mkv >>got
	written a.webm "codec: libvpx-vp9, options: {cpu-used: 8}" && described a.webm >>got
	printf "%s\n" h264,98,66,yuv420p h264,97,65,yuv444p vp9,97,65,yuv420p | diff - got
	written a.mp4 "codec: libx264" odd444.nut && described a.mp4 | diff - /dev/fd/3 3<<-END
	h264,97,65,yuv444p
	END
	grep "warning: many players cannot show h264 as yuv444p; with pixel_format: yuv420p all can" err'

it 'pads pictures that an encoder cannot have with what is at their edges' '
	written pad.mp4 "codec: libx264, crf: 1" odd420.nut
	grep "libx264 cannot have 97x65 in yuv420p: frames are padded to 98x66" err
	for column in 96 97
	do
		ff -i pad.mp4 -frames:v 1 -vf "format=gray,crop=1:66:$column:0" -f rawvideo column.$column
	done
	ff -i pad.mp4 -frames:v 1 -vf "format=gray,crop=98:1:0:64" -f rawvideo row.64
	ff -i pad.mp4 -frames:v 1 -vf "format=gray,crop=98:1:0:65" -f rawvideo row.65
	od -An -v -tu1 -w1 row.64 >row.a
	od -An -v -tu1 -w1 row.65 | paste row.a - | awk "(\$1 - \$2) ^ 2 > 400 { exit 1 }"
	od -An -v -tu1 -w1 column.96 >column.a
	od -An -v -tu1 -w1 column.97 | paste column.a - | awk "(\$1 - \$2) ^ 2 > 400 { exit 1 }"'

it 'crops them, or fails, if it is told to' '
	written crop.mp4 "codec: libx264, fit: crop" odd420.nut
	described crop.mp4 | grep -x h264,96,64,yuv420p
	grep "frames are cropped to 96x64" err
	written none.mp4 "codec: libx264, fit: none" odd420.nut 74
	grep "97x65: .*; even sides may do: fit: pad or crop makes them so" err
	written none.3gp "codec: h263" odd420.nut 74
	grep "97x65: .*; it takes 128x96, 176x144, 352x288: put a resize node before the writer" err'

# A red picture whose left half is opaque, and whose right half is a quarter of that.
veil="color=red:s=64x64:r=25:d=0.2,format=rgba,geq=r=255:g=0:b=0:a='if(lt(X,32),255,64)'"
ff -f lavfi -i "$veil" -map 0 -c:v libvpx-vp9 -pix_fmt yuva420p -cpu-used 8 veil9.webm \
	-map 0 -c:v libvpx -pix_fmt yuva420p -auto-alt-ref 0 veil8.webm \
	-map 0 -c:v png -pix_fmt rgba veil.mov

# transparency FILE [DECODER]: how opaque the halves of its first picture are: 255 64.
transparency () {
	ff ${2:+-c:v "$2"} -i "$1" -frames:v 1 -vf alphaextract,format=gray,scale=2:1:flags=area \
		-f rawvideo - | od -An -tu1 | awk '{ print $1, ($2 > 48 && $2 < 72) ? 64 : $2 }'
}

it 'keeps transparency that lies beside the packets of WebM' '
	for file in veil9.webm veil8.webm veil.mov
	do
		written veil.prores.mov "codec: prores_ks" $file && transparency veil.prores.mov
		written veil.9.webm "codec: libvpx-vp9, options: {cpu-used: 8}" $file &&
			transparency veil.9.webm libvpx-vp9
		written veil.8.webm "codec: libvpx" $file && transparency veil.8.webm libvpx
	done >got
	test "$(sort -u got)" = "255 64"
	test "$(wc -l <got)" -eq 9'

it 'says when transparency is lost' '
	written lost.mp4 "codec: libx264" veil9.webm
	grep "warning: libx264 in mp4: the transparency of the frames is lost" err
	written kept.mov "codec: prores_ks" veil9.webm
	! grep transparency err'

it 'decodes with the decoder that is named' '
	cat >named.yaml <<-END
	vflow: 1
	vars: {decoder: vp9, input: veil9.webm}
	nodes:
	  reader: {type: video_reader, path: "\${input}", decoder: "\${decoder}"}
	  out: {type: video_writer, inputs: reader, path: named.nut, codec: rawvideo}
	END
	"$VFLOW" run named.yaml
	described named.nut | grep -x rawvideo,64,64,yuv420p
	expect 0 "$VFLOW" run named.yaml --var decoder=libvpx-vp9
	described named.nut | grep -x rawvideo,64,64,yuva420p
	expect 0 "$VFLOW" run named.yaml --var decoder=libvpx-vp9 --var input=veil.mov
	grep "warning: the decoder libvpx-vp9 is not for png: the usual one is taken" err
	expect 78 "$VFLOW" run named.yaml --var decoder=libvpx-vp99
	grep "this libavcodec has no video decoder \"libvpx-vp99\"; did you mean \"libvpx-vp9\"?" err'

ff -f lavfi -i testsrc2=s=64x64:r=10:d=2 -vf "select='lt(n,5)+not(mod(n,3))'" -fps_mode vfr \
	-c:v ffv1 uneven.mkv
cat >animated.yaml <<'END'
vflow: 1
nodes:
  reader: {type: video_reader, path: uneven.mkv}
  gif: {type: video_writer, inputs: reader, path: a.gif, options: {loop: 3}}
  apng: {type: video_writer, inputs: reader, path: a.apng, options: {plays: 3}}
  webp: {type: video_writer, inputs: reader, path: a.webp, options: {loop: 3}}
END
"$VFLOW" run -q animated.yaml

# begun FILE: when each of its pictures begins, in hundredths of a second.
begun () {
	ffprobe -v error -show_entries packet=pts_time -of csv=p=0 "$1" |
		awk '{ printf "%.0f\n", $1 * 100 }'
}

it 'gives animated pictures the times of their frames' '
	begun uneven.mkv >wanted
	test "$(wc -l <wanted)" -eq 10
	begun a.gif | diff wanted -
	begun a.apng | diff wanted -
	python3 - <<-END >webp
	data, place, time = open("a.webp", "rb").read(), 12, 0
	while place < len(data):
	    size = int.from_bytes(data[place + 4:place + 8], "little")
	    if data[place:place + 4] == b"ANIM":
	        assert data[place + 12] == 3, "loops"
	    if data[place:place + 4] == b"ANMF":
	        print(time // 10)
	        time += int.from_bytes(data[place + 20:place + 23], "little")
	    place += 8 + size + size % 2
	END
	diff wanted webp
	python3 - <<-END
	gif, apng = open("a.gif", "rb").read(), open("a.apng", "rb").read()
	assert gif[gif.index(b"NETSCAPE2.0") + 13] == 3
	assert apng[apng.index(b"acTL") + 11] == 3
	END'

it 'reads them again with their times' '
	for file in gif apng
	do
		cat >again.yaml <<-END
		vflow: 1
		nodes:
		  reader: {type: video_reader, path: a.$file}
		  out: {type: video_writer, inputs: reader, path: again.mkv, codec: ffv1}
		END
		"$VFLOW" run -q again.yaml
		begun again.mkv | diff wanted -
	done'

it 'fails soon where an encoder takes no such size' '
	ffmpeg -v error -h encoder=libsvtav1 | grep -q "^Encoder" || exit 0
	written small.mkv "codec: libsvtav1" odd420.nut 0
	cat >small.yaml <<-END
	vflow: 1
	nodes:
	  source: {type: test_source, size: 32x32, frames: 2}
	  out: {type: video_writer, inputs: source, path: small.mkv, codec: libsvtav1}
	END
	expect 74 timeout "$limit" "$VFLOW" run small.yaml
	grep "cannot open the encoder libsvtav1 for yuv420p 32x32" err'

it 'lets no library of an encoder write more than the log has' '
	cat >quiet.yaml <<-END
	vflow: 1
	vars: {codec: none}
	nodes:
	  source: {type: test_source, size: 128x96, frames: 3}
	  out: {type: video_writer, inputs: source, path: quiet.mkv, codec: "\${codec}"}
	END
	for codec in libx265 libsvtav1
	do
		ffmpeg -v error -h encoder=$codec | grep -q "^Encoder" || continue
		expect 0 timeout "$limit" "$VFLOW" run -q --var codec=$codec quiet.yaml
		test ! -s err
		expect 0 timeout "$limit" "$VFLOW" run -v -v --var codec=$codec quiet.yaml
		grep "^x265 .info\|^Svt.info" err
	done
	ffmpeg -v error -h encoder=libx265 | grep -q "^Encoder" || exit 0
	expect 0 timeout "$limit" "$VFLOW" run -q --var codec=libx265 \
		-s "nodes.out.options={x265-params: log-level=info}" quiet.yaml
	grep "^x265 .info" err'

it 'says the rate of the frames in a file, be it a usual one or not' '
	for rate in 12 15 20 24 25 30000/1001 48
	do
		"$VFLOW" run -q --chain "test_source size=64x48 rate=$rate frames=9 ! video_writer rate.mkv codec=mjpeg"
		ffprobe -v error -select_streams v -show_entries stream=r_frame_rate,avg_frame_rate \
			-of csv=p=0 rate.mkv >rates
		case $rate in
		*/*) says rates "$rate,$rate" ;;
		*) says rates "$rate/1,$rate/1" ;;
		esac
	done
'

done_testing
