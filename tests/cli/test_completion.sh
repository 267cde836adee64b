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

it 'asks for files where a flow is wanted, also after flags' '
	test "$(offered explain "")" = :files
	test "$(offered explain --var a=b "")" = :files
	test "$(offered explain -- --var)" = :files
	test -z "$(offered explain --var "")"
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
	touch flow.yaml
	test "$(in_bash insp)" = inspect
	test "$(in_bash inspect vide)" = "$(offered inspect vide)"
	test "$(in_bash explain flo)" = flow.yaml
	test "$(in_bash graph --format = me)" = mermaid
	in_bash explain --re | grep -x -- --realtime
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
