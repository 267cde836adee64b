#!/bin/sh
# SPDX-License-Identifier: MIT
# Sound of which every sample counts: copied, or brought into a form that the container holds.
. "${0%/*}/harness.sh"
. "$root/tests/cli/frames.sh"

# Of up to 24 bits, and of more.
narrow="pcm_s8_planar.nut pcm_s16be.nut pcm_s24be.nut pcm_dvd.mpg pcm_bluray.m2ts s302m.ts"
wide="pcm_u32be.nut pcm_s64be.nut pcm_f32be.nut"

set --
for sound in $narrow $wide
do
	set -- "$@" -map 0 -map 1 -c:v mpeg2video -c:a "${sound%.*}" -strict experimental "in.$sound"
done
ff -f lavfi -i testsrc2=size=64x48:rate=25:duration=0.4 \
	-f lavfi -i "aevalsrc=0.5*sin(2*PI*440*t)+0.2*random(0)|0.7*sin(2*PI*660*t):s=48000:d=0.4" "$@"

# through SOUND HOW CONTAINER...: writes a file of each kind.
through () {
	sound=$1 how=$2
	shift 2
	printf "vflow: 1\nnodes:\n  r: {type: video_reader, path: %s}\n" "in.$sound" >flow.yaml
	for container
	do
		case $container in
		wav | aiff | flac) inputs="audio: r.audio" codec=auto ;;
		mxf | mpg | ts | m2ts) inputs="video: r, audio: r.audio" codec=mpeg2video ;;
		*) inputs="video: r, audio: r.audio" codec=mpeg4 ;;
		esac
		cat >>flow.yaml <<-END
		  $container: {type: video_writer, inputs: {$inputs}, path: $sound.$container, codec: $codec,
		    audio: $how}
		END
	done
	"$VFLOW" run flow.yaml 2>err
}

# same SOUND CONTAINER...: passes when each file has the samples of the source.
same () {
	sound=$1
	shift
	rm -f sum*
	for container
	do
		set -- "$@" -i "$sound.$container"
		shift
	done
	set -- -i "in.$sound" "$@"
	count=$(($# / 2)) number=0
	while test $number -lt $count
	do
		set -- "$@" -map "$number:a" -c:a pcm_f64le -f md5 "sum$number"
		number=$((number + 1))
	done
	ff "$@"
	grep . sum*
	test "$(sort -u sum* | wc -l)" = 1
}

for sound in $narrow
do
	# With the last packet of a disc's sound, it is longer than the picture, which MXF cuts off.
	rest=mxf
	test "$sound" = pcm_bluray.m2ts && rest=m2ts
	it "keeps every sample of ${sound%.*}" "
	through $sound auto mkv mov avi mpg wav flac $rest
	same $sound mkv mov avi mpg wav flac $rest
	"
done
for sound in $wide
do
	it "keeps every sample of ${sound%.*}" "
	through $sound auto mkv mov avi wav aiff
	same $sound mkv mov avi wav aiff
	"
done

# codec FILE: what its sound is.
codec () {
	ffprobe -v error -select_streams a -show_entries stream=codec_name -of csv=p=0 "$1" |
		grep . | sort -u
}

it 'copies what the container holds' '
	through pcm_s16be.nut auto mkv mov nut aiff
	for container in mkv mov nut aiff
	do
		test "$(codec pcm_s16be.nut.$container)" = pcm_s16be
	done
	through s302m.ts copy ts m2ts
	same s302m.ts ts m2ts
'
it 'writes the sound of discs so that it can be read' '
	through pcm_bluray.m2ts auto ts
	test "$(codec pcm_bluray.m2ts.ts)" = aac
	through pcm_dvd.mpg auto ts
	test "$(codec pcm_dvd.mpg.ts)" = aac
	ffmpeg -v error -nostdin -i pcm_bluray.m2ts.ts -map 0:a -ac 1 -f s16le sound -y </dev/null
	test "$(wc -c <sound)" -gt 30000
'
it 'says in Ogg where sound ends' '
	ff -f lavfi -i "aevalsrc=0.5*sin(2*PI*440*t)*lt(mod(t\\,0.4)\\,0.1):s=48000:d=2" \
		-c:a libvorbis in.vorbis.ogg -c:a libopus in.opus.ogg
	for sound in vorbis opus
	do
		cat >flow.yaml <<-END
		vflow: 1
		nodes:
		  r: {type: video_reader, path: in.$sound.ogg}
		  w: {type: video_writer, inputs: {audio: r.audio}, path: out.$sound.ogg}
		END
		expect 0 "$VFLOW" run flow.yaml
		ff -i in.$sound.ogg -f s16le wanted
		ff -i out.$sound.ogg -f s16le made
		cmp wanted made
	done
'
it 'copies into Matroska for sound alone what Matroska holds' '
	ff -i in.pcm_s16be.nut -map 0:a -c:a tta in.tta
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  r: {type: video_reader, path: in.tta}
	  w: {type: video_writer, inputs: {audio: r.audio}, path: out.mka, audio: copy}
	END
	expect 0 "$VFLOW" run flow.yaml
	test "$(codec out.mka)" = tta
'
it 'says what cannot be copied' '
	for pair in pcm_bluray.m2ts:mkv pcm_bluray.m2ts:ts pcm_f32be.nut:mkv s302m.ts:mov
	do
		sound=${pair%:*}
		! through $sound copy ${pair#*:}
		grep "cannot hold ${sound%.*} sound; say audio: auto, which encodes it" err
	done
'
it 'encodes to another codec where a bit rate is asked for' '
	through pcm_s16be.nut auto nut
	sed "s/audio: auto/audio_bitrate: 96k/" flow.yaml >rate.yaml
	"$VFLOW" run -s nodes.nut.path=rate.mp4 rate.yaml
	test "$(codec rate.mp4)" = aac
'

done_testing
