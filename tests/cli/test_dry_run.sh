#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=64x48:rate=10:duration=2 -f lavfi -i sine=d=2 \
	in.mkv || exit 1
cat >flow.yaml <<-'END'
	vflow: 1
	nodes:
	  reader: {type: video_reader, path: in.mkv}
	  numbers: {type: int_source, end: 3}
	  list: {type: file_append, inputs: numbers, path: "lists/{date:%Y}.csv"}
	  film: {type: video_writer, inputs: {video: reader, audio: reader.audio}, path: out.mkv}
	  shots: {type: image_writer, inputs: reader, path: "shots/{seq:04d}.jpg"}
END

it 'prints what would be read, written and started' '
	expect 0 "$VFLOW" run --dry-run --report report.json --trace t.pftrace \
		--dead-letter letters flow.yaml
	says out "would read"
	grep "^  reader   in.mkv: a file, .* kB; video 64x48 yuv420p at 10 fps; audio; 2[.0-9]* s$" out
	says out "would make or receive"
	grep "^  numbers  int_source" out
	says out "would write"
	says out "  film     out.mkv: a new file"
	says out "  shots    shots/{seq:04d}.jpg: files, named as the flow runs"
	says out "           report.json: the report"
	says out "           t.pftrace: the trace"
	says out "           letters: what tasks fail on"
	grep "^  6 processes, with [0-9.]* MB for frames" out
'

it 'touches nothing' '
	find . | grep -v "/out$\|/err$\|before\|after" >before
	expect 0 "$VFLOW" run --dry-run --report report.json --dead-letter letters flow.yaml
	find . | grep -v "/out$\|/err$\|before\|after" >after
	diff before after
'

it 'tells what is replaced, and what is refused' '
	echo old >out.mkv
	expect 0 "$VFLOW" run --dry-run flow.yaml
	grep "^  film     out.mkv: exists, 4 bytes: replaced$" out
	expect 73 "$VFLOW" run --dry-run -n flow.yaml
	grep "^  film     out.mkv: exists, 4 bytes: refused by --no-replace$" out
	grep "out.mkv exists" err
	says out.mkv old
'

it 'refuses the first file of a series where the run does, and says nothing of what it cannot know' '
	mkdir -p shots pts
	: >shots/0001.jpg
	expect 73 "$VFLOW" run --dry-run -n -s nodes.film.path=new.mkv flow.yaml
	grep "^  shots    shots/{seq:04d}.jpg: files, named as the flow runs; one that is there is refused$" out
	says err "vflow: shots: shots/0001.jpg exists, and --no-replace forbids to replace it"
	expect 73 "$VFLOW" run -n -s nodes.film.path=new.mkv flow.yaml
	expect 0 "$VFLOW" run --dry-run -s nodes.film.path=new.mkv flow.yaml
	rm shots/0001.jpg
	: >shots/0002.jpg
	: >pts/0.jpg
	expect 0 "$VFLOW" run --dry-run -n -s nodes.film.path="pts/{seq}.mkv" -s nodes.shots.path="pts/{pts}.jpg" flow.yaml
	: >pts/1.mkv
	expect 73 "$VFLOW" run --dry-run -n -s nodes.film.path="pts/{seq}.mkv" -s nodes.shots.path="pts/{pts}.jpg" flow.yaml
	says err "vflow: film: pts/1.mkv exists, and --no-replace forbids to replace it"
	expect 73 "$VFLOW" run -n -s nodes.film.path="pts/{seq}.mkv" -s nodes.shots.path="pts/{pts}.jpg" flow.yaml
	rm -r shots pts
'

it 'lists the first files of a folder or a pattern, and counts them' '
	mkdir -p films/more shots-in
	ln in.mkv films/b.mkv
	ln in.mkv films/a.mkv
	echo "no film" >films/notes.txt
	for i in 1 2 3 4
	do
		ln in.mkv films/more/$i.mkv
	done
	cat >folder.yaml <<-END
	vflow: 1
	nodes:
	  reader: {type: folder_reader, path: films}
	  out: {type: void, inputs: reader}
	END
	expect 0 "$VFLOW" run --dry-run folder.yaml
	grep "^  reader  films: a folder, 2 files; video 64x48 yuv420p at 10 fps; " out
	says out "            films/a.mkv"
	says out "            films/b.mkv"
	test -z "$(grep "more$\|notes" out)"
	expect 0 "$VFLOW" run --dry-run -s nodes.reader.recursive=true folder.yaml
	grep "^  reader  films: a folder, 6 files; " out
	says out "            films/more/3.mkv"
	says out "            and 1 more"
	test -z "$(grep "films/more/4" out)"
	expect 0 "$VFLOW" run -q --chain "video_reader in.mkv frames=2 ! image_writer shots-in/{seq}.png"
	expect 0 "$VFLOW" run --dry-run --chain "image_reader shots-in/*.png ! void"
	grep "^  image_reader  shots-in/\*.png: a pattern, 2 files; " out
	says out "                  shots-in/2.png"
	expect 69 "$VFLOW" run --dry-run folder.yaml -s nodes.reader.path=shots-in
	grep "^  reader  shots-in: a folder, 0 files; " out
	says err "vflow: reader: the folder shots-in has no file of the asked kind"
'

it 'takes a URL of a file for the file' '
	echo old >url.mkv
	expect 73 "$VFLOW" run --dry-run -n -s "nodes.film.path=file://$workdir/url.mkv" flow.yaml
	grep "url.mkv: exists, 4 bytes: refused by --no-replace$" out
'

it 'ends with the status that the run would begin with' '
	expect 69 "$VFLOW" run --dry-run -s nodes.reader.path=none.mkv flow.yaml
	expect 73 "$VFLOW" run --dry-run -s nodes.film.path=none/out.mkv flow.yaml
	expect 78 "$VFLOW" run --dry-run -s nodes.film.pat=x flow.yaml
	expect 78 "$VFLOW" run --dry-run --memory 1kB flow.yaml
	expect 2 "$VFLOW" run --dry-run --batch --realtime flow.yaml
'

it 'shows no password of a URL' '
	expect 0 "$VFLOW" run --dry-run -s nodes.reader.path=rtsp://me:secret@127.0.0.1:9/live flow.yaml
	grep "^  reader   rtsp://\*\*\*@127.0.0.1:9/live: a stream, opened when the flow runs" out
	test -z "$(grep secret out err)"
'

done_testing
