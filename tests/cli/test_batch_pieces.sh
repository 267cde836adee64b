#!/bin/sh
# SPDX-License-Identifier: MIT
# vflow batch with outputs that are made in pieces.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

"${CC:-cc}" -shared -fPIC -D_GNU_SOURCE -o power_cut.so "$root/tests/cli/power_cut.c"
mkdir in made
for number in 1 2
do
	ffmpeg -v error -nostdin -f lavfi -i "testsrc2=size=160x120:rate=10:duration=8" \
		-f lavfi -i sine=$((400 + number)):duration=8 -vf "hue=h=$((number * 40))" \
		-c:v libx264 -preset veryfast -g 16 -bf 3 -c:a aac "in/f$number.mp4" || exit 1
done
cat >film.yaml <<'END2'
vflow: 1
nodes:
  reader: {type: video_reader, path: "${input}"}
  small: {type: resize, inputs: reader, width: 96}
  out:
    type: video_writer
    inputs: {video: small, audio: reader.audio}
    path: made/${stem}.mp4
    audio: aac
    checkpoint: 1s
    preset: veryfast
    threads: 2
END2

# hashes FILE: prints what each frame of picture and sound is, and when.
hashes () {
	ffmpeg -v error -nostdin -i "$1" -map 0 -f framemd5 - | grep -v '^#'
}

# cut SIGNAL NUMBER WORD...: runs a batch each run of which gets a signal (9: and its workers) at that
# flush of a piece, or of the note of one. The signals come from a worker, which no sandbox lets do
# that.
cut () {
	signal=$1 number=$2 status=0
	shift 2
	test "$signal" = 9 || export POWER_CUT_SIGNAL="$signal"
	POWER_CUT=$number LD_PRELOAD="$workdir/power_cut.so" \
		ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS:-}" \
		"$VFLOW" batch --sandbox off --jobs 1 "$@" >out 2>err || status=$?
	test "$status" -eq 1
	for note in made/*.checkpoint made/*.checkpoint.*
	do
		test ! -e "$note" || await 'flock -n "$1" true' "$note" # no process of the run is left
	done
}

# as_undisturbed: passes when the files are those of a batch that nobody disturbed, and nothing else
# is there.
as_undisturbed () {
	for film in f1 f2
	do
		hashes made/$film.mp4 | cmp wanted.$film -
	done
	test "$(echo made/*)" = "made/f1.mp4 made/f2.mp4"
}

fresh () {
	rm -rf made ./*.jsonl logs
	mkdir made
}

it 'makes what run makes' '
	expect 0 "$VFLOW" batch film.yaml in
	for film in f1 f2
	do
		hashes made/$film.mp4 >wanted.$film
		test "$(grep -c "^0," wanted.$film)" = 80
	done
	as_undisturbed
'

for signal in 15 9
do
	it "goes on after the last piece of runs that got signal $signal" "
		fresh
		cut $signal 9 --manifest m.jsonl film.yaml in
		\"\$VFLOW\" batch --status m.jsonl >table || test \$? -eq 1
		cat table
		test $signal = 9 || grep '^in/f1.mp4 *interrupted .* it was stopped; [3-9] pieces are complete' table
		test \$(grep -c '\"pieces\":[3-9]' m.jsonl) -eq 2
		expect 0 \"\$VFLOW\" batch --manifest m.jsonl --retry-failed --logs logs film.yaml in
		for film in f1 f2
		do
			test \$(sed -n 's/^small  *\([0-9]*\) .*/\1/p' logs/\$film.mp4.log) -le 51
		done
		as_undisturbed
	"
done

it 'begins again where the input or the flow is another than then' '
	fresh
	cut 15 9 --manifest m.jsonl film.yaml in
	cp in/f1.mp4 in/kept
	cp in/f2.mp4 in/f1.mp4
	expect 0 "$VFLOW" batch --manifest m.jsonl --resume -s nodes.small.width=64 film.yaml in/f1.mp4 in/f2.mp4
	mv in/kept in/f1.mp4
	for film in f1 f2
	do
		test "$(ffprobe -v error -select_streams v -show_entries stream=width -of csv=p=0 made/$film.mp4)" = 64
	done
	hashes made/f1.mp4 >one
	hashes made/f2.mp4 | cmp one -
	test "$(echo made/*)" = "made/f1.mp4 made/f2.mp4"
'

it 'leaves pieces of others alone without being told to go on' '
	fresh
	cut 15 9 --manifest m.jsonl film.yaml in
	expect 1 "$VFLOW" batch film.yaml in/f1.mp4
	grep "failed: in/f1.mp4: made/f1.mp4.checkpoint: an earlier run has made those up to 0:00:0[3-9]" err
	expect 0 "$VFLOW" batch --manifest m.jsonl --resume film.yaml in
	as_undisturbed
'

it 'makes parts of a long input side by side, and joins them' '
	fresh
	expect 0 "$VFLOW" batch --split 3 --jobs 2 --manifest m.jsonl film.yaml in
	grep "^\[[1-8]/8\] done: in/f1.mp4, part 2/3 (0:[0-9][0-9])$" err
	grep "^\[[1-8]/8\] done: in/f2.mp4 (0:[0-9][0-9])$" err
	grep "^8 done; " err
	as_undisturbed
	expect 0 "$VFLOW" batch --status m.jsonl
	says out "2 done"
	expect 0 "$VFLOW" batch --split 3 --manifest m.jsonl --resume film.yaml in
	grep "^8 done, 8 of them before; " err
	rm made/f2.mp4
	expect 0 "$VFLOW" batch --split 4 --manifest m.jsonl --resume film.yaml in
	grep "^6 done, 3 of them before; " err
	as_undisturbed
'

it 'goes on in the parts that were stopped' '
	fresh
	cut 15 3 --split 4 --manifest m.jsonl film.yaml in
	"$VFLOW" batch --status m.jsonl >table || test $? -eq 1
	cat table
	grep "^in/f1.mp4, part 1/2 *interrupted .* it was stopped; [1-9] piece" table
	grep "^in/f1.mp4 *skipped" table || grep "^in/f1.mp4 *waiting" table
	expect 0 "$VFLOW" batch --split 4 --manifest m.jsonl --resume film.yaml in
	as_undisturbed
	expect 0 "$VFLOW" batch --status m.jsonl
'

it 'makes parts of what has changed again' '
	fresh
	cut 15 3 --split 4 --manifest m.jsonl film.yaml in/f1.mp4
	expect 0 "$VFLOW" batch --split 4 --manifest m.jsonl --resume -s nodes.small.width=64 film.yaml in/f1.mp4
	test "$(ffprobe -v error -select_streams v -show_entries stream=width -of csv=p=0 made/f1.mp4)" = 64
	test "$(echo made/*)" = made/f1.mp4
'

it 'divides the parts among machines, and joins them on one' '
	fresh
	for shard in 1 2 3
	do
		test $shard = 3 || expect 0 "$VFLOW" batch --split 2 --shard $shard/3 --manifest s$shard.jsonl film.yaml in
	done
	expect 1 "$VFLOW" batch --merge whole.jsonl --from - s1.jsonl s2.jsonl <<-END3
	in
	END3
	grep "^2 waiting, [56] done$" out
	expect 1 "$VFLOW" batch --split 2 --join --manifest whole.jsonl --resume film.yaml in
	grep "skipped: in/f[12].mp4: part [1-4]/4: it is not complete" err
	test -z "$(ls made/*.mp4 2>/dev/null)"
	expect 0 "$VFLOW" batch --split 2 --shard 3/3 --manifest s3.jsonl film.yaml in
	expect 0 "$VFLOW" batch --split 2 --join --manifest whole.jsonl --resume film.yaml in
	as_undisturbed
	expect 0 "$VFLOW" batch --status whole.jsonl
	says out "2 done"
'

it 'fails an input one part of which fails, and says which' '
	fresh
	mkdir bad
	ffmpeg -v error -nostdin -i in/f1.mp4 -c copy bad/f2.ts
	python3 - <<-END3
	data = bytearray(open("bad/f2.ts", "rb").read())
	third = len(data) // 3
	data[2 * third:2 * third + third // 2] = bytes(third // 2)
	open("bad/f2.ts", "wb").write(data)
	END3
	expect 1 "$VFLOW" batch --split 2 --manifest m.jsonl film.yaml bad/f2.ts
	grep "failed: bad/f2.ts: part [3-5]/5: reader: .* is corrupt" err
	test ! -e made/f2.mp4
'

it 'leaves short inputs whole, and refuses flows that cannot be divided' '
	fresh
	expect 0 "$VFLOW" batch --split 10m film.yaml in
	grep "^2 done; " err
	as_undisturbed
	expect 78 "$VFLOW" batch --split 2 -s nodes.out.checkpoint=0 film.yaml in
	grep "^vflow: film.yaml cannot be split: nothing of it is made in pieces; checkpoint: 5m of a video_writer" err
	{ cat film.yaml; echo "  log: {type: metadata_log, inputs: reader.audio, path: \"made/\${stem}.log\"}"; } >more.yaml
	expect 78 "$VFLOW" batch --split 2 more.yaml in
	grep "cannot be split: a shard makes pieces only, and log keeps none; run that by itself" err
	expect 2 "$VFLOW" batch --join film.yaml in
	grep "join needs --split" err
	expect 0 "$VFLOW" batch --split 3 --dry-run film.yaml in
	grep "^  in/f2.mp4, part 3/3, 0:03$" out
'

done_testing
