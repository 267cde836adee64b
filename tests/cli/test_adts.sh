#!/bin/sh
# SPDX-License-Identifier: MIT
# AAC with a header in each packet, as MPEG-TS has it, into files that have one header in front.
. "${0%/*}/harness.sh"

ff () {
	ffmpeg -v error -nostdin -y "$@" </dev/null
}

ff -f lavfi -i testsrc2=size=96x64:rate=25:duration=2 -f lavfi -i sine=d=2 \
	-c:v libx264 -preset ultrafast -c:a aac -threads 1 in.ts

# The hash of all samples of sound; decoding it must not complain.
samples () {
	ffmpeg -v warning -nostdin -i "$1" -map 0:a:0 -f md5 - 2>complaints
	! test -s complaints
}

# packets STREAM FILE: how many there are.
packets () {
	ffprobe -v error -select_streams "$1" -show_entries packet=stream_index -of csv=p=0 "$2" |
		grep -c .
}

# copies ENDING OPTION...: passes when the sound is what ffmpeg makes of a copy.
copies () {
	ending=$1
	shift
	cat >flow.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.ts}
	  out: {type: video_writer, inputs: [reader, reader.audio], path: out.$ending}
	END
	expect 0 "$VFLOW" run -q "$@" flow.yaml
	ff -i in.ts -c copy "wanted.$ending"
	samples "wanted.$ending" >wanted
	samples "out.$ending" >made
	cmp wanted made
	test "$(packets v "out.$ending")" -eq 50
}

for ending in mp4 mov m4v mkv flv ts
do
	it "copies it into .$ending, whose writer may be killed" "copies $ending"
	it "copies it into .$ending, which is whole at its end" "
		copies $ending -s nodes.out.crash_safe=false
	"
done

it 'leaves a damaged packet out, and goes on' '
	python3 - <<-END
	data = bytearray(open("in.ts", "rb").read())
	at = -1
	for _ in range(30):
	    at = data.index(b"\\xff\\xf1", at + 1)
	data[at] = 0
	open("damaged.ts", "wb").write(data)
	END
	sed -i "s/in.ts/damaged.ts/; s/out\.ts/out.mkv/" flow.yaml
	expect 65 "$VFLOW" run flow.yaml
	grep "warning: the sound at 0.... s is damaged .*: it is left out" err
	test "$(packets v out.mkv)" -eq 50
	test "$(packets a out.mkv)" -ge 80
'

done_testing
