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
	test -f lib/vflow/picture.so
	for header in $(sed -n "s/^\.In //p" "$root"/man/*.3)
	do
		test -f "include/vflow/$header"
	done
	test ! -e include/vflow/engine/edge/messenger_inside.h
	test -f share/man/man1/vflow.1
	test -f share/man/man1/vflow-batch.1
	test -f share/man/man1/vflow-export.1
	test -f share/man/man1/vflow-submit.1
	test -f share/man/man3/vflow-engine.3
	test -f share/man/man5/vflow-flow.5
	test -f share/man/man7/vflow-cluster.7
	test -f share/man/man7/vflow-events.7
	test -f share/man/man7/vflow-http.7
	test -f share/man/man7/vflow-models.7
	test -f share/man/man7/vflow-nodes.7
	test -f share/man/man7/vflow-process.7
	test -f share/man/man7/vflow-python.7
	test -f share/man/man7/vflow-recipes.7
	test -f share/man/man7/vflow-security.7
	test -f share/vflow/pipelines/preview.yaml
	test -f share/bash-completion/completions/vflow
	test -f share/zsh/site-functions/_vflow
	test -f share/fish/vendor_completions.d/vflow.fish
'

it 'finds its flows, its schema and its modules where it is installed' '
	installed=$workdir/stage/opt/vflow
	export HOME="$workdir" XDG_CONFIG_HOME="$workdir"
	expect 0 "$installed/bin/vflow" run -q @testclip output=clip.mp4 frames=5 size=160x120
	expect 0 "$installed/bin/vflow" run -q @preview input=clip.mp4 output=small.mp4 width=80
	expect 0 "$installed/bin/vflow" probe clip.mp4 small.mp4
	grep "small.mp4: mp4, .*80x60" out
	expect 0 "$installed/bin/vflow" flows --json
	grep "\"path\": \"$installed/share/vflow/pipelines/transcode.yaml\"" out
	expect 0 "$installed/bin/vflow" new transcode
	says out "# yaml-language-server: \$schema=$installed/share/vflow/flow.schema.json"
	expect 0 "$installed/bin/vflow" run -q --chain "video_reader clip.mp4 ! resize 80 ! video_writer c.mp4"
	expect 0 "$installed/bin/vflow" doctor
	for page in "$installed"/share/vflow/pipelines/*.yaml
	do
		schema=$(sed -n "s/^# yaml-language-server: .schema=//p" "$page")
		test -f "$(dirname "$page")/$schema"
	done
'

it 'installs a module for Python, for nodes and to run flows' '
	installed=$workdir/stage/opt/vflow
	export PYTHONPATH="$installed/share/vflow/python" PYTHONDONTWRITEBYTECODE=1
	unset VFLOW
	cat >flow.py <<-END
	import vflow
	flow = vflow.Flow({"vflow": 1, "nodes": {"a": {"type": "int_source", "end": 2},
	                                         "b": {"type": "print", "inputs": "a"}}})
	assert flow.program == "$installed/bin/vflow", flow.program
	print(*flow.run())
	END
	test "$(PATH=/usr/bin:/bin python3 flow.py)" = "0 1 2"
	test "$(env -u PYTHONPATH "$installed/bin/vflow" run -q --chain "int_source end=2 !
		python code=\"def process(number): return 2 * number\" ! print" | xargs)" = "0 2 4"
'

# compile FROM TO: makes a program of the installed headers and library, by pkg-config alone.
compile () {
	flags=$(PKG_CONFIG_PATH=stage/opt/vflow/lib/pkgconfig \
		pkg-config --define-variable=prefix="$workdir/stage/opt/vflow" --cflags --libs libvflow)
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

# paste PAGE NAME: prints an example as a reader takes it from a terminal.
paste () {
	test -d "examples/$1" || python3 -B "$root/tests/manual/examples.py" write examples \
		"stage/opt/vflow/share/man/man3/$1"
	cat "examples/$1/$2"
}

# build_and_run PAGE NAME: makes a program of an example, as the page says at its top, and runs it.
build_and_run () {
	paste "$1" "$2" >program.c
	compile program.c program
	./program
}

it 'declares in vflow-engine(3) what the headers declare' '
	synopsis stage/opt/vflow/share/man/man3/vflow-engine.3 >synopsis.c
	grep "^int vf_messenger_receive_raw(" synopsis.c
	compile synopsis.c synopsis
'

it 'has examples in vflow-engine(3) that compile and do what they say' '
	paste vflow-engine.3 cc | grep -F "cc program.c \$(pkg-config --cflags --libs libvflow)"
	test "$(build_and_run vflow-engine.3 numbers | tr "\n" " ")" = "1 2 3 "
	test "$(build_and_run vflow-engine.3 odd | tr "\n" " ")" = "1 3 "
'

# members: prints C without comments and blanks.
members () {
	sed "s|/\*.*\*/||" | tr -d " \t\n"
}

it 'shows in vflow-engine(3) the struct that the header has' '
	paste vflow-engine.3 outcome | members >shown
	test -s shown
	members <"$root/engine/run/outcome.h" | grep -F "$(cat shown)"
'

. "$root/tests/cli/find_python.sh"

# speak PAGE NAME SCRIPT: runs an example of vflow-wire(3) beside a program in Python that speaks with it
# at `endpoint`. The port of the example becomes a file.
speak () {
	endpoint=ipc://$workdir/wire
	paste "$1" "$2" | sed "s|tcp://127.0.0.1:5555|$endpoint|" >program.c
	compile program.c program
	timeout "$limit" ./program 2>err &
	PYTHONPATH=$root/tests/python timeout "$limit" "$python" -B -c "import numpy, zmq
from pyzmq_functions import *
endpoint = \"$endpoint\"
$3"
	wait $! || true
}

it 'has examples in vflow-wire(3) that compile and do what they say' '
	test -n "$python" || exit 0
	paste vflow-wire.3 cc | grep -F "cc program.c \$(pkg-config --cflags --libs libvflow)"
	speak vflow-wire.3 invert "socket = zmq.Context().socket(zmq.REQ)
socket.connect(endpoint)
for i in range(3):
    send_array(socket, numpy.array([[i, 1], [254, 255]], \"uint8\"))
    assert recv_array(socket).tolist() == [[255 - i, 254], [1, 0]]
socket.send(b\"no array\")"
	grep "a message of one part" err
	speak vflow-wire.3 boxes "socket = zmq.Context().socket(zmq.PULL)
socket.connect(endpoint)
assert recv_zipped_pickle(socket) == {\"width\": 640, \"boxes\": [(1, 2.5)]}"
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
