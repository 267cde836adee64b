#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"

# Prints the words offered for a command line, without what they mean.
offered () {
	"$VFLOW" complete -- "$@" | cut -f 1
}

# Prints what bash offers for a command line; the last word is the one to complete.
in_bash () {
	PATH=$(dirname "$VFLOW"):$PATH bash -c '
		source <(vflow completion bash)
		COMP_WORDS=(vflow "$@")
		COMP_CWORD=$#
		compopt () { :; }
		_vflow
		printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}

it 'offers the commands, each with what it does' '
	"$VFLOW" complete -- "" | grep -E "^run	[A-Z].*\.$"
	offered "" | grep -x inspect
	! offered "" | grep -x complete
	test "$(offered ins)" = inspect
	offered --v | grep -x -- --version
'

it 'offers the flags of a command' '
	offered explain -- | grep -x -- --var=
	offered explain --re | grep -x -- --realtime
	test -z "$(offered list --re)"
'

it 'offers the types of node' '
	test "$(offered inspect resi)" = resize
	offered inspect resize "" | grep -x print
'

it 'offers the values of a flag, in one word, in two, or in three' '
	offered graph --format=me | grep -x -- --format=mermaid
	test "$(offered graph --format me)" = mermaid
	test "$(offered graph --format = me)" = mermaid
	offered graph --format = | grep -x ascii
'

it 'offers the values of flags about failures' '
	test "$(offered run --on-stall=a)" = --on-stall=abort
	test "$(offered run --dead-letter "")" = :files
	offered run --stall | grep -x -- --stall-report=
'

it 'asks for flow files where a flow is wanted, also after flags, and for files elsewhere' '
	test "$(offered explain "")" = :flows
	test "$(offered explain --var a=b "")" = :flows
	test "$(offered explain -- --var)" = :flows
	test -z "$(offered explain --var "")"
	test "$(offered probe "")" = :files
	test "$(offered run @transcode input=)" = :files
	test "$(offered run @transcode input = "")" = :files
	offered check flow.yaml "" | grep -x :flows
	test "$(offered batch "")" = :flows
	test "$(offered batch @transcode "")" = :files
	test "$(offered batch --manifest "")" = :files
	test -z "$(offered run flow.yaml "")"
'

it 'offers flows by their names' '
	test "$(offered run @transcode_)" = @transcode_folder
	test "$(offered run @ transcode_)" = @transcode_folder
	test "$(offered new transcode_)" = transcode_folder
	"$VFLOW" complete -- run @ | grep "^@preview	[A-Z]"
'

it 'offers the variables of the flow on the line' '
	test "$(offered run @transcode --var=cr)" = --var=crf=
	test "$(offered run @transcode --var cr)" = crf=
	test "$(offered run @transcode --var = cr)" = crf=
	test "$(offered run @transcode "" | tr "\n" " ")" = "input= crf= preset= output= "
	test "$(offered run @transcode input=a.mp4 pre)" = preset=
	test -z "$(offered run nothing.yaml --var "")"
	printf "%s\n" "vflow: 1" "nodes:" "  a:" "    end: \${last}" >flow.yaml
	test "$(offered run flow.yaml "")" = last=
	offered run -s a=b flow.yaml --var "" | grep -x last=
'

it 'offers settings: nodes, their options and keys, and choices' '
	test "$(offered run @transcode -s "nodes." | tr "\n" " ")" = "nodes.reader. nodes.out. "
	test "$(offered run @transcode -s nodes.out.cr | tr "\n" " ")" = "nodes.out.crf= nodes.out.crash_safe= " ||
		offered run @transcode -s nodes.out.cr | grep -x nodes.out.crf=
	test "$(offered run @transcode --set=nodes.out.hw=pr)" = --set=nodes.out.hw=prefer
	test "$(offered run @transcode -s nodes.out.hw = pr)" = prefer
	test "$(offered run @transcode -s nodes.out.hw = "" | wc -l)" -eq 3
	test "$(offered run @transcode -s nodes.out.on_error=sk)" = nodes.out.on_error=skip
	test "$(offered run @transcode -s mode=re)" = mode=realtime
	test "$(offered run @transcode -s nodes.reader.autorotate=f)" = nodes.reader.autorotate=false
'

it 'offers the words of a chain' '
	test "$(offered run --chain "video_rea")" = video_reader
	test "$(offered run --chain="video_reader in.mp4 ! resi")" = "--chain=video_reader in.mp4 ! resize"
	test "$(offered run --chain "a: video_reader in.mp4 ! small: resize fil")" = \
		"a: video_reader in.mp4 ! small: resize filter="
	test "$(offered run --chain "video_reader in.mp4 ! resize filter=lan")" = \
		"video_reader in.mp4 ! resize filter=lanczos"
	test "$(offered run --chain "video_reader a; video_reader b ! prin")" = \
		"video_reader a; video_reader b ! print"
	offered run --chain "video_reader in.mp4 " | grep -x "video_reader in.mp4 !"
	test "$(offered new "int_source ! prin")" = "int_source ! print"
'

it 'says in its help how it is used, each command in one line' '
	for shell in bash zsh fish
	do
		"$VFLOW" completion --help | grep "vflow completion $shell.*[a-z)]$"
	done
	"$VFLOW" completion --help | grep "fish >~/.config/fish/completions/vflow.fish$"
'

it 'offers commands to help and shells to completion' '
	test "$(offered help grap)" = graph
	test "$(offered completion f)" = fish
'

it 'offers nothing for what it does not know' '
	test -z "$(offered nonsense "")"
	test -z "$(offered run --nonsense=)"
'

it 'completes in bash' '
	touch flow.yaml flow.mp4
	test "$(in_bash insp)" = inspect
	test "$(in_bash inspect vide)" = "$(offered inspect vide)"
	test "$(in_bash explain flo)" = flow.yaml
	test "$(in_bash graph --format = me)" = mermaid
	in_bash explain --re | grep -x -- --realtime
	test "$(in_bash probe flow.m)" = flow.mp4
	test "$(in_bash run @transcode input = flow.m)" = flow.mp4
	test "$(in_bash run @transcode -s nodes.out.hw = pr)" = prefer
	test "$(in_bash run --chain "\"int_source ! prin")" = "int_source ! print"
'

it 'completes in fish' '
	command -v fish || exit 0
	touch flow.yaml flow.mp4
	mkdir -p flowers
	in_fish () {
		XDG_CONFIG_HOME=$workdir HOME=$workdir fish -c "
			set PATH \"$(dirname "$VFLOW")\" \$PATH
			vflow completion fish | source
			complete -C \"vflow $1\"" | cut -f 1
	}
	test "$(in_fish "insp")" = inspect
	test "$(in_fish "run @transcode_")" = @transcode_folder
	test "$(in_fish "run @transcode input=flow.m")" = input=flow.mp4
	in_fish "check flow" | grep -x flow.yaml
	in_fish "check flow" | grep -x flowers/
	! in_fish "check flow" | grep -x flow.mp4
'

it 'prints scripts that their shells accept' '
	"$VFLOW" completion bash | bash -n
	for shell in zsh fish
	do
		"$VFLOW" completion $shell >script
		test -s script
		! command -v $shell || $shell -n script
	done
'

it 'says for which shells it has scripts' '
	expect 2 "$VFLOW" completion tcsh
	grep "unknown shell .tcsh.; use bash, fish or zsh" err
'

done_testing
