#!/bin/sh
# SPDX-License-Identifier: MIT
# runs alone
. "${0%/*}/harness.sh"

VARIANT=$(basename "$(dirname "$VFLOW")")
CC=${CC:-cc}
unset MAKEFLAGS MAKELEVEL MFLAGS

# Runs make in the project, for what is already built.
make_it () {
	make -C "$root" --no-print-directory VARIANT="$VARIANT" CC="$CC" "SANITIZE=${SANITIZE:-}" \
		PREFIX=/opt/vflow DESTDIR="$workdir/stage" "$@"
}

it 'installs program, library, headers, manual, flows and completion' '
	make_it install
	cd stage/opt/vflow
	./bin/vflow --version
	test -f lib/libvflow.a
	./bin/vflow inspect resize
	test -f lib/vflow/frame.so
	test -f include/vflow/engine/base/text.h
	test -f share/man/man1/vflow.1
	test -f share/man/man3/vflow-engine.3
	test -f share/man/man5/vflow-flow.5
	test -f share/man/man7/vflow-nodes.7
	test -f share/vflow/pipelines/preview.yaml
	test -f share/bash-completion/completions/vflow
	test -f share/zsh/site-functions/_vflow
	test -f share/fish/vendor_completions.d/vflow.fish
'

# compile FROM TO: makes a program of the installed headers and library, by pkg-config alone.
compile () {
	flags=$(PKG_CONFIG_PATH=stage/opt/vflow/lib/pkgconfig \
		pkg-config --define-variable=prefix="$workdir/stage/opt/vflow" --cflags --libs vflow)
	# shellcheck disable=SC2086 # a list of words
	$CC ${SANITIZE:+-fsanitize=$SANITIZE} -Wall -Wextra -Werror -o "$2" "$1" $flags
}

it 'installs a library that another program can use by pkg-config alone' '
	cat >user.c <<-END
	#include <engine/node/node.h>
	#include <nodes/all_nodes.h>
	#include <stdio.h>
	int main(void)
	{
	    const struct vf_node *node = vf_node_find(&vf_all_nodes, "resize");
	    puts(node->name);
	    return 0;
	}
	END
	compile user.c user
	test "$(./user)" = resize
'

it 'installs an example that compiles and runs' '
	compile stage/opt/vflow/share/doc/vflow/examples/stop_a_flow.c stop_a_flow
	./stop_a_flow | grep -qx 0
'

# Prints the SYNOPSIS of a page of the manual as a program: its headers, then its functions once
# more, and a use of each.
synopsis () {
	awk '
	function declare(name, list) {
		functions = functions type " " name "(" list ");\n"
		uses = uses "(void (*)(void))" name ",\n"
	}
	function words(line,   count, i, list, part) {
		count = split(line, part, "\"")
		for (i = 2; i < count; i += 2)
			list = list (list == "" ? "" : ", ") part[i]
		return list
	}
	/^\.Sh / { inside = /SYNOPSIS/ }
	!inside { next }
	/^\.In / { print "#include <" $2 ">" }
	/^\.Ft / { type = substr($0, 5); gsub("\"", "", type) }
	/^\.Fn / { declare($2, words($0)) }
	/^\.Fo / { name = $2; list = "" }
	/^\.Fa / { list = list (list == "" ? "" : ", ") words($0) }
	/^\.Fc/ { declare(name, list) }
	END {
		print functions "int main(void)\n{\nvoid (*used[])(void) = {\n" uses "};"
		print "return used[0] == 0;\n}"
	}' "$1"
}

# example NUMBER FILE: prints a program of the EXAMPLES of a page.
example () {
	awk -v wanted="$1" '
	/^\.Sh / { inside = /EXAMPLES/ }
	/^\.Bd / && inside { number++; next }
	/^\.Ed/ { inside = inside && number < wanted }
	inside && number == wanted' "$2" | sed 's/\\e/\\/g'
}

it 'declares in vflow-engine(3) what the headers declare' '
	synopsis stage/opt/vflow/share/man/man3/vflow-engine.3 >synopsis.c
	grep "^int vf_messenger_receive_raw(" synopsis.c
	compile synopsis.c synopsis
'

it 'has examples in vflow-engine(3) that compile and do what they say' '
	example 1 stage/opt/vflow/share/man/man3/vflow-engine.3 >build.c
	compile build.c build
	test "$(./build | tr "\n" " ")" = "1 2 3 "
	example 2 stage/opt/vflow/share/man/man3/vflow-engine.3 >own.c
	compile own.c own
	test "$(./own | tr "\n" " ")" = "1 3 "
'

it 'uninstalls exactly what it installed' '
	mkdir -p stage/opt/vflow/share/vflow/pipelines
	touch stage/opt/vflow/bin/other stage/opt/vflow/share/vflow/pipelines/mine.yaml
	make_it uninstall
	find stage -type f | sort >left
	printf "%s\n" stage/opt/vflow/bin/other stage/opt/vflow/share/vflow/pipelines/mine.yaml |
		cmp - left
	test ! -e stage/opt/vflow/include/vflow
	test ! -e stage/opt/vflow/share/doc/vflow
	test ! -e stage/opt/vflow/lib/vflow
'

done_testing
