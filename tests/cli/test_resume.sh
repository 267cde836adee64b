#!/bin/sh
# SPDX-License-Identifier: MIT
# A run that goes on after the last piece of one that was cut off.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

"${CC:-cc}" -shared -fPIC -D_GNU_SOURCE -o power_cut.so "$root/tests/cli/power_cut.c"
ffmpeg -v error -f lavfi -i testsrc2=size=160x120:rate=10:duration=8 \
	-f lavfi -i sine=440:duration=8 -c:v libx264 -preset veryfast -g 16 -bf 3 -c:a aac in.mp4
cat >film.yaml <<'END'
vflow: 1
nodes:
  reader: {type: video_reader, path: in.mp4}
  small: {type: resize, inputs: reader, width: 96}
  out:
    type: video_writer
    inputs: {video: small, audio: reader.audio}
    path: out.mp4
    audio: aac
    checkpoint: 1s
    preset: veryfast
END

# hashes FILE: prints what each frame of picture and sound is, and when.
hashes () {
	ffmpeg -v error -i "$1" -map 0 -f framemd5 - | grep -v "^#"
}

# The machine goes off in a worker, which no sandbox would let end the supervisor as well.
# cut_off NUMBER FLAG...: runs the flow until the machine goes off at that flush of a piece or a note.
cut_off () {
	number=$1 status=0
	shift
	env POWER_CUT="$number" LD_PRELOAD="$workdir/power_cut.so" \
		ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS:-}" \
		"$VFLOW" run --sandbox off "$@" >told 2>err || status=$?
	test "$status" = 137
	test ! -e out.mp4
	gone_all
}

# gone_all: passes when no process of the flow is left: they have the lock.
gone_all () {
	await 'flock -n out.mp4.checkpoint true'
}

# is_as_undisturbed: passes when the file is that of an undisturbed run, and nothing else is there.
is_as_undisturbed () {
	hashes out.mp4 | cmp hashes -
	test "$(echo out.*)" = out.mp4
}

clear () {
	rm -f out.*
}

it 'makes the same of the same, with checkpoint' '
	expect 0 "$VFLOW" run film.yaml
	test "$(echo out.*)" = out.mp4
	hashes out.mp4 >hashes
	test "$(grep -c "^0," hashes)" = 80
	expect 0 "$VFLOW" run film.yaml
	is_as_undisturbed
'

it 'begins each piece with a key frame that nothing after it looks behind' '
	ffprobe -v error -select_streams v -show_entries packet=pts_time,flags -of csv=p=0 out.mp4 |
		sed -n "s/0*,K.*//p" | sed "s/\.$//" >keys
	for second in 0 1 2 3 4 5 6 7
	do
		grep -x "$second" keys
		ffmpeg -v error -ss "$second" -i out.mp4 -map 0:v -frames:v 10 -f framemd5 - |
			sed -n "s/.*, *//p" | tail -n 10 >one
		grep "^0," hashes | sed "s/.*, *//" | sed -n "$((second * 10 + 1)),$((second * 10 + 10))p" |
			cmp - one
	done
'

it 'keeps the sound as it is without pieces' '
	expect 0 "$VFLOW" run -s nodes.out.checkpoint=0 -s nodes.out.path=plain.mp4 film.yaml
	hashes plain.mp4 | grep "^1," >sound
	grep "^1," hashes | cmp sound -
'

for number in 1 2 3 4 9 18
do
	it "goes on when the machine went off at flush $number" "
		clear
		cut_off $number film.yaml
		test $number -gt 2 || rm -f out.part-* # it has not been noted yet
		expect 0 \"\$VFLOW\" run --resume film.yaml
		is_as_undisturbed
	"
	it "goes on when it went off after flush $number" "
		clear
		POWER_CUT_AFTER=1
		export POWER_CUT_AFTER
		cut_off $number film.yaml
		test $number -gt 1 || rm -f out.part-*
		expect 0 \"\$VFLOW\" run --resume film.yaml
		is_as_undisturbed
	"
done

it 'goes on as often as it is cut off' '
	clear
	cut_off 6 film.yaml
	cut_off 2 --resume film.yaml
	cut_off 7 --resume film.yaml
	cut_off 3 --resume film.yaml
	expect 0 "$VFLOW" run --resume film.yaml
	is_as_undisturbed
'

it 'does not make again what is there' '
	clear
	cut_off 14 film.yaml
	pieces=$(grep -c "piece\".*}\$" out.mp4.checkpoint)
	test "$pieces" -ge 3
	expect 0 "$VFLOW" run -v --resume film.yaml
	grep "is gone on with at 0:00:0$pieces" err
	grep -E "^small +$((80 - 10 * pieces + 1)) " err
'

it 'refuses to begin over pieces that are there, and says what to do' '
	clear
	cut_off 9 film.yaml
	expect 73 "$VFLOW" run film.yaml
	grep "^vflow: out.mp4.checkpoint: an earlier run has made those up to 0:00:03; vflow run --resume" err
	rm out.mp4.checkpoint out.part-*
	expect 0 "$VFLOW" run film.yaml
	is_as_undisturbed
'

it 'begins where nothing is to be resumed' '
	clear
	expect 0 "$VFLOW" run --resume film.yaml
	is_as_undisturbed
'

it 'refuses to go on with another flow' '
	clear
	cut_off 9 film.yaml
	expect 73 "$VFLOW" run --resume -s nodes.small.width=98 film.yaml
	grep "^vflow: out.mp4.checkpoint: the flow, or what it was given, has changed since" err
	test -e out.mp4.checkpoint-000000
	expect 0 "$VFLOW" run --resume film.yaml
	is_as_undisturbed
'

it 'refuses to go on with another input' '
	clear
	cut_off 9 film.yaml
	touch -d "2001-02-03" in.mp4
	expect 73 "$VFLOW" run --resume film.yaml
	grep "^vflow: out.mp4.checkpoint: the input in.mp4 has changed since" err
	rm out.mp4.checkpoint out.part-*
	expect 0 "$VFLOW" run --resume film.yaml
	is_as_undisturbed
'

it 'makes again what is damaged, and all that follows' '
	clear
	cut_off 14 film.yaml
	printf x | dd of=out.mp4.checkpoint-000001 bs=1 seek=500 conv=notrunc 2>/dev/null
	expect 0 "$VFLOW" run -v --resume film.yaml
	grep "^vflow: warning: out.mp4.checkpoint-000001 is not as it was written: it, and what follows" err
	grep "is gone on with at 0:00:01" err
	is_as_undisturbed
'

it 'takes a line of notes that is not whole for none' '
	clear
	cut_off 14 film.yaml
	printf "{\"piece\":7,\"fra" >>out.mp4.checkpoint
	expect 0 "$VFLOW" run --resume film.yaml
	is_as_undisturbed
'

it 'lets only one run make the pieces' '
	clear
	cut_off 9 film.yaml
	exec 4<out.mp4.checkpoint
	flock -n 4
	expect 73 "$VFLOW" run --resume film.yaml
	exec 4<&-
	grep "^vflow: out.mp4.checkpoint: another run is making these pieces" err
'

it 'goes on after an interrupt' '
	clear
	status=0
	POWER_CUT=5 POWER_CUT_SIGNAL=2 LD_PRELOAD="$workdir/power_cut.so" \
		ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS:-}" \
		"$VFLOW" run --sandbox off -s defaults.queue=2 film.yaml >told 2>err || status=$?
	test "$status" = 130
	grep "complete; vflow run --resume goes on after" err
	test -e out.partial.mp4
	expect 0 "$VFLOW" run -s defaults.queue=2 --resume film.yaml
	is_as_undisturbed
'

it 'writes receipts for what was joined' '
	clear
	cut_off 9 -s nodes.out.receipt=true -s nodes.out.verify=decode film.yaml
	expect 0 "$VFLOW" run --resume -s nodes.out.receipt=true -s nodes.out.verify=decode film.yaml
	expect 0 "$VFLOW" verify out.mp4
	grep "\"encoded\": 80" out.mp4.receipt.json
	rm out.mp4.receipt.json
	is_as_undisturbed
'

it 'goes on with several writers at what all of them have' '
	clear
	sed "s/path: out.mp4/path: other.mkv/; /^  reader\|^  small\|^nodes\|^vflow/d; s/^  out:/  other:/" \
		film.yaml >>film.yaml.more
	cat film.yaml film.yaml.more >two.yaml
	expect 0 "$VFLOW" run two.yaml
	hashes other.mkv >other
	hashes out.mp4 | cmp hashes -
	for number in 3 8 11
	do
		clear
		rm -f other.mkv*
		cut_off $number two.yaml
		expect 0 "$VFLOW" run --resume two.yaml
		hashes other.mkv | cmp other -
		is_as_undisturbed
		test "$(echo other.*)" = other.mkv
	done
'

# refused TEXT FLOW_LINE...: passes when a flow with these nodes is refused with that reason.
refused () {
	reason=$1
	shift
	{
		echo "vflow: 1"
		echo "nodes:"
		echo "  reader: {type: video_reader, path: in.mp4}"
		printf "  %s\n" "$@"
	} >refused.yaml
	expect 78 "$VFLOW" run refused.yaml
	grep "$reason" err
	test ! -e out.mp4.checkpoint
}
writer='{type: video_writer, inputs: step, path: out.mp4, checkpoint: 1s}'

it 'refuses flows whose tasks remember more' '
	clear
	refused "step (every) leaves out some of its inputs" "step: {type: every, inputs: reader, nth: 2}" "out: $writer"
	refused "step (retime) changes the time" "step: {type: retime, inputs: reader, speed: 2}" "out: $writer"
	refused "step (filter) remembers earlier inputs; .*warm_up: N" \
		"step: {type: filter, inputs: reader, graph: \"tmix=frames=3\"}" "out: $writer"
	refused "log (metadata_log) gets pictures, too" "log: {type: metadata_log, inputs: reader, path: l.txt}" \
		"step: {type: resize, inputs: reader, width: 96}" "out: $writer"
	refused "step (test_source) cannot begin in the middle" "step: {type: test_source, frames: 50}" "out: $writer"
'

it 'sees before a piece what a task that remembers has to see' '
	clear
	cat >warm.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.mp4}
	  step: {type: filter, inputs: reader, graph: "tmix=frames=3", warm_up: 4}
	  out: $writer
	END
	expect 0 "$VFLOW" run warm.yaml
	hashes out.mp4 >warm
	for number in 4 8 18
	do
		clear
		cut_off $number warm.yaml
		expect 0 "$VFLOW" run --resume warm.yaml
		hashes out.mp4 | cmp warm -
	done
'

it 'makes the pieces in shards, in any order, and joins them' '
	clear
	for shard in 3/3 1/3
	do
		expect 0 "$VFLOW" run --shard $shard film.yaml
		test ! -e out.mp4
	done
	expect 73 "$VFLOW" run --resume film.yaml
	grep "^vflow: out.mp4.checkpoint: shard 2-3 is not complete" err
	expect 73 "$VFLOW" run film.yaml
	grep "shards have made pieces; vflow run --resume joins them" err
	POWER_CUT=3 LD_PRELOAD="$workdir/power_cut.so" \
		ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS:-}" \
		"$VFLOW" run --sandbox off --shard 2/3 film.yaml >told 2>&1 || test $? = 137
	await "flock -n out.mp4.checkpoint.2-3 true"
	expect 0 "$VFLOW" run --shard 2/3 film.yaml
	expect 0 "$VFLOW" run --resume film.yaml
	grep -E "^small +1 " err
	is_as_undisturbed
'

it 'finds the place of a shard in a file without an index' '
	clear
	ffmpeg -v error -f lavfi -i testsrc2=size=96x72:rate=10:duration=40 -c:v libx264 -preset veryfast -g 60 \
		-bf 2 long.ts
	sed "s/in.mp4/long.ts/; s/, audio: reader.audio//; s/checkpoint: 1s/checkpoint: 5s/" film.yaml >long.yaml
	expect 0 "$VFLOW" run long.yaml
	hashes out.mp4 >long
	rm out.mp4
	for shard in 4/4 1/4 3/4 2/4
	do
		expect 0 "$VFLOW" run --shard $shard long.yaml
	done
	expect 0 "$VFLOW" run --resume long.yaml
	hashes out.mp4 | cmp long -
'

it 'says what a shard cannot be' '
	clear
	expect 2 "$VFLOW" run --shard 4/3 film.yaml
	expect 78 "$VFLOW" run --shard 1/9 film.yaml
	grep "too short for 9 shards: there are 8 pieces" err
	expect 78 "$VFLOW" run --shard 1/2 -s nodes.out.checkpoint=0 film.yaml
'

it 'says when nothing of a flow is made in pieces' '
	expect 78 "$VFLOW" run --resume -s nodes.out.checkpoint=0 film.yaml
	grep "nothing of this flow is made in pieces.*checkpoint: 5m" err
'

for value in 50ms:"less than 0.1 s" 1s:"does not go with fps"
do
	it "says what a checkpoint cannot be: ${value#*:}" "
		fps=
		test ${value%%:*} = 50ms || fps='-s nodes.out.fps=10'
		# shellcheck disable=SC2086 # none or two words
		expect 78 \"\$VFLOW\" check -s nodes.out.checkpoint=${value%%:*} \$fps film.yaml
		grep 'checkpoint: it .*${value#*:}' err
	"
done

done_testing
