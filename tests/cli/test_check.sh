#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

cat >good.yaml <<-'END'
	vflow: 1
	vars: {last: 9}
	nodes:
	  numbers: {type: int_source, end: "${last}"}
	  same:    {type: identity, inputs: numbers}
	  show:    {type: print, inputs: same}
END

cat >bad.yaml <<-'END'
	vflow: 1
	mdoe: batch
	nodes:
	  numbers: {type: int_source, end: many}
	  same:    {type: identitty, inputs: numbers}
	  show:    {type: print, inputs: sam, sepaartor: "-"}
END

it 'says of a good flow what it is' '
	expect 0 "$VFLOW" check good.yaml
	says out "good.yaml: 3 nodes, 2 edges, batch: ok"
	test ! -s err
'

it 'shows every mistake in one run, each with its place and what would be right' '
	expect 78 "$VFLOW" check bad.yaml
	test ! -s out
	says err "bad.yaml:2:1: unknown key \"mdoe\"; did you mean \"mode\"?"
	grep "^bad.yaml:4:.*many" err
	says err "bad.yaml:5:19: unknown type \"identitty\"; did you mean \"identity\"?"
	says err "bad.yaml:6:34: there is no node \"sam\"; did you mean \"same\"?"
	says err "bad.yaml:6:39: unknown option \"sepaartor\" of print; did you mean \"separator\"?"
	test "$(wc -l <err)" -eq 5
'

it 'checks several files and fails when one of them is wrong' '
	cp good.yaml other.yaml
	expect 78 "$VFLOW" check good.yaml bad.yaml other.yaml
	test "$(grep -c ": ok$" out)" -eq 2
	says out "other.yaml: 3 nodes, 2 edges, batch: ok"
'

it 'reads a flow from standard input' '
	expect 0 "$VFLOW" check - <good.yaml
	says out "standard input: 3 nodes, 2 edges, batch: ok"
	expect 78 "$VFLOW" check - <bad.yaml
	grep "^standard input:2:1: " err
'

it 'warns of reading what an interrupted run has left and would write over' '
	mkdir -p films cut.m3u8.partial
	touch films/cut.partial.mp4 films/cut.mp4.old cut.m3u8.partial/cut.m3u8
	cat >cut.yaml <<-END
	vflow: 1
	nodes:
	  film: {type: video_reader, path: films/cut.partial.mp4}
	  out: {type: video_writer, inputs: film, path: ./films/cut.mp4}
	END
	expect 0 "$VFLOW" check cut.yaml
	says err "cut.yaml:3:36: warning: film reads what an interrupted run of out has left, and such a run would write over it; rename the file"
	expect 0 "$VFLOW" check -s nodes.film.path=cut.m3u8.partial/cut.m3u8 -s nodes.out.path=cut.m3u8 cut.yaml
	grep "^-s nodes.film.path=.*: warning: film reads what an interrupted run of out has left" err
	expect 0 "$VFLOW" check -s nodes.out.path=cut.mp4 cut.yaml
	test ! -s err
	expect 0 "$VFLOW" check -s nodes.film.path=films/cut.mp4.old -s nodes.film.format=mp4 cut.yaml
	test ! -s err
'

it 'takes settings, variables and the mode from the command line' '
	expect 0 "$VFLOW" check --realtime --var last=3 -s nodes.same.fps=5 good.yaml
	says out "good.yaml: 3 nodes, 2 edges, realtime: ok"
	expect 78 "$VFLOW" check --var last=x -s nodes.smae.fps=5 good.yaml
	grep "^good.yaml:4:" err
	says err "-s nodes.smae.fps=5: there is no node \"smae\"; did you mean \"same\"?"
	expect 2 "$VFLOW" check --batch --realtime good.yaml
'

it 'uses the environment for variables that nothing else sets' '
	sed "s/last: 9/other: 9/" good.yaml >unset.yaml
	expect 78 "$VFLOW" check unset.yaml
	grep "^unset.yaml:4:36: variable \"last\" is not set" err
	last=4 expect 0 "$VFLOW" check unset.yaml
'

it 'exits 78 for a source and for an output that are not there' '
	cat >files.yaml <<-END
	vflow: 1
	nodes:
	  in: {type: video_reader, path: nothing.mp4}
	  out: {type: video_writer, inputs: in, path: nowhere/out.mp4}
	END
	expect 78 "$VFLOW" check files.yaml
	grep "^files.yaml:3:34: there is no file \"nothing.mp4\"" err
	grep "^files.yaml:4:47: \"out.mp4\" cannot be created in \"nowhere\"" err
'

it 'warns and succeeds when nobody reads a node' '
	echo "  more: {type: int_source}" | cat good.yaml - >unread.yaml
	expect 0 "$VFLOW" check unread.yaml
	says err "unread.yaml:7:3: warning: nobody reads what more makes; connect it to a node, or remove it"
'

it 'prints JSON for programs' '
	expect 78 "$VFLOW" check --json good.yaml bad.yaml
	test ! -s err
	python3 - <<-END
	import json
	found = json.load(open("out"))
	assert len(found) == 5, found
	assert found[0] == {"file": "bad.yaml", "line": 2, "column": 1, "severity": "error",
	                    "code": "unknown-key",
	                    "message": "unknown key \"mdoe\"; did you mean \"mode\"?"}, found[0]
	END
	expect 0 "$VFLOW" check --json good.yaml
	says out "[]"
'

it 'says so when a flow cannot be read' '
	expect 78 "$VFLOW" check nothing.yaml
	says err "nothing.yaml: there is no such file"
	expect 78 "$VFLOW" check .
	says err ".: this is a folder, not a flow"
'

it 'finds no mistake in the pipelines that come with the program' '
	ffmpeg -v error -f lavfi -i testsrc2=d=0.2 -f lavfi -i sine=d=0.2 -y clip.mp4
	. "$root/tests/cli/models.sh"
	take_runtime fake
	fake_model model.onnx "input images float32 -1 3 64 64" "output output0 float32 -1 6 64" \
		"metadata task detect"
	fake_model lines.onnx "input images float32 -1 3 -1 -1" "output maps float32 -1 1 -1 -1"
	fake_model characters.onnx "input images float32 -1 3 48 -1" "output softmax float32 -1 -1 4"
	printf "%s\n" a b c >dictionary.txt
	for file in "$root"/pipelines/*.yaml
	do
		there=clip.mp4
		test "${file##*/}" != transcode_folder.yaml || there=.
		# Each variable that has to be given, as a name that is there: their values are words.
		# shellcheck disable=SC2046
		expect 0 "$VFLOW" check \
			$(sed -n "s/^[^#]*\${\([a-z]*\):?.*/--var \1=$there/p" "$file" |
				sed "s/\(model\|lines\|characters\)=.*/\1=\1.onnx/; s/dictionary=.*/dictionary=dictionary.txt/") \
			--var output=out.mp4 "$file"
	done
'

it 'finds no mistake in the flows of the manual' '
	ffmpeg -v error -f lavfi -i testsrc2=d=0.2 -y in.mp4
	ln in.mp4 face.mp4
	mkdir door yard shed roof
	awk "/^\... example: / { next_name = \$3 \".yaml\" } /^\.Bd/ { name = next_name; next }
		/^\.Ed/ { name = \"\" } name { print >name }" "$root/man/vflow-flow.5"
	grep -l "^vflow: 1" small.yaml anchors.yaml wall.yaml thumbnail.yaml subflows.yaml loop.yaml \
		count.yaml replicas.yaml camera.yaml tests.yaml hosts.yaml private.yaml events.yaml >flows
	test "$(grep -c "^vflow: 1" "$root/man/vflow-flow.5")" -eq "$(wc -l <flows)"
	while read -r flow
	do
		expect 0 "$VFLOW" check --var URL=in.mp4 --var url=in.mp4 "$flow"
	done <flows
'

done_testing
