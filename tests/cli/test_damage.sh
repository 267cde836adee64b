#!/bin/sh
# SPDX-License-Identifier: MIT
# Damaged files, and awkward ones that are whole: the exit status tells them apart, each time, with
# any number of threads. tests/damage/ looks at many more.
. "${0%/*}/harness.sh"
. "$root/tests/cli/frames.sh"

pictures='testsrc2=size=160x120:rate=25:duration=4'

ff -f lavfi -i $pictures -c:v libx264 -preset veryfast -g 25 -bf 2 whole.mp4 \
	-c:v libx264 -preset veryfast -g 25 -bf 3 -x264-params open-gop=1 whole.ts \
	-c:v mpeg2video -g 12 -bf 2 -f vob whole.mpg -c:v libx264 -g 25 whole.flv \
	-r 10 whole.gif -c:v libtheora -g 25 whole.ogg -c:v mpeg4 -t 0 empty.avi

# hole FILE COPY PART...: copies a file, with 300 bytes of it zero behind each PART of a hundred.
hole () {
	cp "$1" "$2"
	size=$(wc -c <"$1") copied=$2
	shift 2
	for part
	do
		dd if=/dev/zero of="$copied" bs=1 seek=$((size * part / 100)) count=300 conv=notrunc 2>dd.log
	done
}

# reads FILE STATUS [THREADS...]: passes when a run gives this status with each number of threads.
reads () {
	input=$1 wanted_status=$2
	shift 2
	for threads in "${@:-4}"
	do
		printf "vflow: 1\nnodes:\n  reader: {type: video_reader, path: %s, threads: %s}\n" \
			"$input" "$threads" >read.yaml
		echo "  out: {type: void, inputs: reader}" >>read.yaml
		expect "$wanted_status" "$VFLOW" run read.yaml
	done
}

hole whole.mp4 hole.mp4 40
hole whole.flv hole.flv 60
hole whole.mpg hole.mpg 30 50 70
hole whole.ts hole.ts 50
hole whole.gif hole.gif 50
hole whole.ogg hole.ogg 50

it 'notices a damaged picture, whichever thread decodes it' '
	for file in hole.mp4 hole.flv hole.mpg
	do
		reads $file 65 1 2 3 8 4 4 4 4
	done
	reads hole.mp4 65
	grep "the frame at .* s is damaged" err
'
it 'notices what is damaged in a transport stream' 'reads hole.ts 65 1 2 4'
it 'notices pages that are no longer whole' 'reads hole.ogg 65 1 4'
it 'notices pictures of a GIF that were passed over' '
	reads hole.gif 65
	grep "hole.gif is damaged after picture" err
	head -c 20000 whole.gif >cut.gif
	reads cut.gif 65
	grep "cut.gif is damaged after picture" err
'

it 'has nothing to say of whole files' '
	for file in whole.mp4 whole.ts whole.mpg whole.flv whole.gif whole.ogg
	do
		reads $file 0
		! grep warning err
	done
'
it 'takes what stands behind the end of a GIF for no damage' '
	{ cat whole.gif; echo "made by hand"; } >signed.gif
	reads signed.gif 0
'
it 'has nothing to say of a recording that begins anywhere' '
	size=$(wc -c <whole.ts)
	tail -c +$((size * 3 / 8 / 188 * 188 + 1)) whole.ts >late.ts
	reads late.ts 0 1 2 4
	! grep warning err
'
it 'takes the seam of recordings for no damage' '
	cat whole.ts whole.ts >twice.ts
	reads twice.ts 0 1 2 4
	test "$(grep -c "its time jumps" err)" = 1
	! grep corrupt err
	cat hole.ts whole.ts >half.ts
	reads half.ts 65
'

it 'says what is wrong with a file that has no frame' '
	reads empty.avi 69
	grep "reader: empty.avi has a header, but no frame" err
	cat >write.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: empty.avi}
	  out: {type: video_writer, inputs: reader, path: out.mkv}
	END
	expect 69 "$VFLOW" run write.yaml
	test "$(grep -c "^vflow: " err)" = 1
	test ! -e out.mkv
	mkdir folder
	cp empty.avi folder/
	sed "s,video_reader.*empty.avi,folder_reader\, path: folder," write.yaml >folder.yaml
	expect 69 "$VFLOW" run folder.yaml
	grep "folder/empty.avi: no frame could be read" err
	cp whole.mpg folder/
	expect 65 "$VFLOW" run folder.yaml
'

done_testing
