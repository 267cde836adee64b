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
	test -f include/vflow/engine/base/text.h
	test -f share/man/man1/vflow.1
	test -f share/man/man5/vflow-flow.5
	test -f share/man/man7/vflow-nodes.7
	test -f share/vflow/pipelines/preview.yaml
	test -f share/bash-completion/completions/vflow
	test -f share/zsh/site-functions/_vflow
	test -f share/fish/vendor_completions.d/vflow.fish
'

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
	flags=$(PKG_CONFIG_PATH=stage/opt/vflow/lib/pkgconfig \
		pkg-config --define-variable=prefix="$workdir/stage/opt/vflow" --cflags --libs vflow)
	$CC ${SANITIZE:+-fsanitize=$SANITIZE} -Wall -Wextra -Werror -o user user.c $flags
	test "$(./user)" = resize
'

it 'uninstalls exactly what it installed' '
	mkdir -p stage/opt/vflow/share/vflow/pipelines
	touch stage/opt/vflow/bin/other stage/opt/vflow/share/vflow/pipelines/mine.yaml
	make_it uninstall
	find stage -type f | sort >left
	printf "%s\n" stage/opt/vflow/bin/other stage/opt/vflow/share/vflow/pipelines/mine.yaml |
		cmp - left
	test ! -e stage/opt/vflow/include/vflow
'

done_testing
