#!/bin/sh
# SPDX-License-Identifier: MIT
# runs alone
. "${0%/*}/harness.sh"

CC=${CC:-cc}
unset MAKEFLAGS MAKELEVEL MFLAGS
prefix=$workdir/prefix

# All is built against what is installed alone.
make -C "$root" --no-print-directory VARIANT="$(basename "${VFLOW%/*}")" CC="$CC" \
	"SANITIZE=${SANITIZE:-}" PREFIX="$prefix" install >install.log 2>&1 || {
	cat install.log
	exit 1
}
installed=$prefix/bin/vflow
PKG_CONFIG_PATH=$prefix/lib/pkgconfig
export PKG_CONFIG_PATH

# plugin FILE.so [FLAG...]: builds it of FILE.c as vflow-node(3) says.
plugin () {
	target=$1
	shift
	# shellcheck disable=SC2046 # a list of words
	$CC -std=c11 -Wall -Wextra -Wno-missing-field-initializers -Werror -shared -fPIC \
		-o "$target" "${target%.so}.c" $(pkg-config --cflags --libs vflow) "$@"
}

# node NAME [LINE...]: prints a plugin with one node, which passes on; the lines add to its table,
# or change it.
node () {
	name=$1
	shift
	cat <<-END
	#include <engine/node/plugin.h>
	static int process(struct vf_node_run *run, struct vf_message *const *inputs)
	{
	    (void)inputs;
	    return vf_node_passthrough(run, 0, 0);
	}
	static const struct vf_node node = {
	    .name = "$name",
	    .summary = "Pass messages on.",
	    .kind = VF_PROCESSOR,
	    .forecast = vf_forecast_forward,
	    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Messages"}),
	    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "The same"}),
	END
	printf '    %s\n' ".process = process," "$@" '};' 'VF_PLUGIN(&node);' | sed 's/^    \([}V]\)/\1/'
}

# A plugin that most tests use, and flows with it.
node pass_on >pass_on.c
plugin pass_on.so || exit 1
mkdir flows
mv pass_on.so flows/
cat >flows/flow.yaml <<'END'
vflow: 1
plugins: pass_on.so
nodes:
  numbers: {type: int_source, end: 3}
  same: {type: pass_on, inputs: numbers}
  out: {type: print, inputs: same}
END
grep -v plugins flows/flow.yaml >bare.yaml
printf '%s\n' 0 1 2 3 >numbers

it 'installs exactly the headers that a node needs, usable from outside' '
	cat >all.c <<-END
	#include <engine/node/plugin.h>
	END
	$CC -I"$prefix/include/vflow" -MM all.c | tr " " "\n" | grep "vflow/engine/node/node.h$"
	$CC -I"$prefix/include/vflow" -std=c11 -Wall -Wextra -pedantic -Werror -fsyntax-only all.c
	pkg-config --cflags vflow | grep -F -e "-I$prefix/include/vflow"
	test -z "$(pkg-config --libs vflow)"
'

it 'has an example that is built with what is installed, and runs in a flow' '
	cp -r "$prefix/share/doc/vflow/examples/plugin" example
	make -C example CC="$CC" PKG_CONFIG_PATH="$PKG_CONFIG_PATH" \
		CFLAGS="-O2 -Wall -Wextra -Wno-missing-field-initializers -Werror"
	for program in "$installed" "$VFLOW"
	do
		rm -f example/means.txt
		(cd example && expect 0 "$program" run flow.yaml frames=5)
		grep "^wrote means.txt: 5 lines$" example/err
		test "$(wc -l <example/means.txt)" = 5
		"$program" run -q --plugin example/nodes.so --chain \
			"test_source 5 size=64x48 ! posterize levels=2 ! convert gray ! video_writer out.y4m"
		test -s out.y4m
	done
'

it 'changes pixels in the example as its options say' '
	for levels in 2 4
	do
		"$VFLOW" run -q --plugin example/nodes.so --chain "test_source 2 size=64x48 \
			pixel_format=gray ! posterize $levels ! video_writer p.nut codec=rawvideo"
		ffmpeg -v error -nostdin -i p.nut -f rawvideo -pix_fmt gray - |
			od -An -v -tu1 -w1 | sort -un | tr -d " " | tr "\n" " " >values
		case $levels in
		2) wanted="0 255" ;;
		4) wanted="0 85 170 255" ;;
		esac
		for value in $(cat values)
		do
			case " $wanted " in
			*" $value "*) ;;
			*) exit 1 ;;
			esac
		done
		test "$(wc -w <values)" -gt 1
	done
	expect 1 "$VFLOW" run --plugin example/nodes.so --chain \
		"test_source 2 ! convert yuv420p10le ! posterize ! void"
	grep "pictures are yuv420p10le; put {type: convert, format: yuv420p} before this" err
'

it 'takes plugins from a flag, a flow and the environment' '
	expect 0 "$VFLOW" run -q flows/flow.yaml
	cmp out numbers
	expect 0 "$VFLOW" run -q --plugin flows/pass_on.so bare.yaml
	cmp out numbers
	expect 0 env VFLOW_PLUGIN_PATH="/::$PWD/flows" "$VFLOW" run -q bare.yaml
	cmp out numbers
	expect 0 env VFLOW_PLUGIN_PATH=flows "$VFLOW" run -q --plugin flows/pass_on.so flows/flow.yaml
	cmp out numbers
	expect 0 "$VFLOW" run -q --plugin flows/pass_on.so --chain "int_source 3 ! pass_on ! print"
	cmp out numbers
	expect 78 "$VFLOW" run bare.yaml
	grep "^bare.yaml:4:16: unknown type \"pass_on\"" err
'

it 'shows a node of a plugin wherever it shows nodes' '
	expect 0 "$VFLOW" list --plugin flows/pass_on.so
	grep -E "^  pass_on +Pass messages on\.$" out
	expect 0 "$VFLOW" list --json --plugin flows/pass_on.so
	grep "\"name\": \"pass_on\"" out
	expect 0 "$VFLOW" inspect --plugin flows/pass_on.so pass_on
	says out "pass_on - Pass messages on."
	says out "From the plugin $PWD/flows/pass_on.so"
	expect 0 "$VFLOW" inspect --json --plugin flows/pass_on.so pass_on
	grep "\"plugin\": \"$PWD/flows/pass_on.so\"" out
	expect 0 "$VFLOW" schema --plugin flows/pass_on.so
	grep "\"const\": \"pass_on\"" out
	expect 0 "$VFLOW" schema
	test "$(grep -c "\"const\": \"pass_on\"" out)" = 0
	expect 0 "$VFLOW" explain --plugin flows/pass_on.so flows/flow.yaml
	grep "^  same .*pass_on, reads numbers" out
	expect 0 "$VFLOW" graph --plugin flows/pass_on.so flows/flow.yaml
	grep "same: pass_on" out
	expect 2 "$VFLOW" inspect --plugin flows/pass_on.so pass_in
	grep "there is no node \"pass_in\"; did you mean \"pass_on\"?" err
	expect 0 "$VFLOW" run -q --dry-run --plugin flows/pass_on.so flows/flow.yaml
'

it 'loads no plugin that a flow names where the flow is only looked at' '
	node touched "" >touched.c
	cat >>touched.c <<-END
	#include <fcntl.h>
	#include <unistd.h>
	__attribute__((constructor)) static void load(void) { close(creat("loaded", 0600)); }
	END
	plugin touched.so
	sed "s,flows/pass_on.so,touched.so,; s,pass_on,touched,g" flows/flow.yaml >touching.yaml
	for command in check explain graph "run --dry-run" "export --to compose"
	do
		# shellcheck disable=SC2086 # a list of words
		expect 78 "$VFLOW" $command touching.yaml
		grep "^touching.yaml:2:10: \"touched.so\": it is code, .*; if you trust it, give --plugin touched.so$" err
		test ! -e loaded
	done
	expect 0 "$VFLOW" config touching.yaml
	expect 0 "$VFLOW" complete -- run touching.yaml -s nodes.sa
	grep "^nodes.same" out
	test ! -e loaded
	expect 0 "$VFLOW" check --plugin touched.so touching.yaml
	test -e loaded
'

it 'offers a node of a plugin to the shell' '
	expect 0 "$VFLOW" complete -- inspect --plugin flows/pass_on.so pass
	grep "^pass_on	Pass messages on.$" out
	expect 0 "$VFLOW" complete -- run --plugin=flows/pass_on.so --chain "int_source ! pass"
	grep "pass_on" out
	expect 0 env VFLOW_PLUGIN_PATH=flows "$VFLOW" complete -- inspect pass
	grep "^pass_on	" out
	expect 0 "$VFLOW" complete -- run --plugin flows/pass_on.so flows/flow.yaml -s nodes.sa
	grep "^nodes.same.	Pass messages on.$" out
	expect 0 "$VFLOW" complete -- run --plugin ""
	says out ":files"
	expect 0 "$VFLOW" complete -- inspect --plugin bare.yaml pass
	cmp out /dev/null
	cmp err /dev/null
'

it 'writes plugins into flows that it prints, by names that hold anywhere' '
	expect 0 "$VFLOW" config flows/flow.yaml
	mkdir -p elsewhere
	mv out elsewhere/flow.yaml
	expect 0 "$VFLOW" run -q elsewhere/flow.yaml
	cmp out numbers
	expect 0 "$VFLOW" new --plugin flows/pass_on.so "int_source 3 ! pass_on ! print"
	mv out elsewhere/flow.yaml
	expect 0 "$VFLOW" run -q elsewhere/flow.yaml
	cmp out numbers
'

it 'tests flows that have plugins, and finds out how many fit' '
	cat bare.yaml - >tested.yaml <<-END
	tests:
	  it passes: {expect: {values: {same: [0, 1, 2, 3]}}}
	END
	expect 0 "$VFLOW" test --plugin flows/pass_on.so tested.yaml
	sed "s,^vflow: 1,&\nplugins: flows/pass_on.so," tested.yaml >named.yaml
	expect 0 "$VFLOW" test named.yaml
	expect 78 "$VFLOW" test bare.yaml
	expect 0 "$VFLOW" capacity --max 1 --time 0.5 --fps 5 --plugin flows/pass_on.so \
		--chain "test_source 20 size=64x48 ! pass_on ! void"
'

it 'loads the plugins of included files and of sub-flows, from their folders' '
	mkdir -p parts
	cp flows/pass_on.so parts/
	echo "{vflow: 1, plugins: pass_on.so}" >parts/more.yaml
	sed "s/^plugins.*/include: parts\/more.yaml/" flows/flow.yaml >including.yaml
	expect 0 "$VFLOW" run -q including.yaml
	cmp out numbers
	cat >parts/part.yaml <<-END
	vflow: 1
	plugins: [pass_on.so]
	inputs: {in: same}
	outputs: {out: same}
	nodes: {same: {type: pass_on}}
	END
	sed "s/type: pass_on/type: flow, file: parts\/part.yaml/" bare.yaml >outer.yaml
	expect 0 "$VFLOW" run -q outer.yaml
	cmp out numbers
'

# refuses FILE PATTERN: passes when the file is refused, by that name and for that reason.
refuses () {
	expect 2 "$VFLOW" list --plugin "$1"
	grep -E "^vflow: --plugin $1: $2" err
	test ! -s out
	printf "%s\n" "vflow: 1" "plugins: $PWD/$1" "nodes: {a: {type: int_source}}" >refused.yaml
	expect 78 "$VFLOW" run refused.yaml
	grep -E "^refused.yaml:2:10: \"$PWD/$1\": $2" err
	test "$(wc -l <err)" = 1
}

it 'refuses what is no shared object, and says what to do' '
	mkfifo pipe.so
	refuses missing.so "No such file or directory"
	refuses flows "no file: name a shared object"
	refuses pipe.so "no file: name a shared object"
	refuses bare.yaml "no shared object: build one by cc -shared -fPIC"
	: >empty.so
	refuses empty.so "no shared object"
	# shellcheck disable=SC2046 # a list of words
	$CC -fPIC -c -o pass_on.o pass_on.c $(pkg-config --cflags vflow)
	refuses pass_on.o "an object file: link it, by cc -shared"
	cp "$prefix/lib/vflow/picture.so" .
	refuses picture.so "no plugin of vflow: it has no vf_plugin; name its nodes in VF_PLUGIN"
'

it 'refuses a file that has been cut off, wherever that was' '
	size=$(wc -c <flows/pass_on.so)
	for part in 1 2 3 4 5 6 7 8 9
	do
		head -c $((size * part / 10)) flows/pass_on.so >cut.so
		refuses cut.so "(cut off: copy or build it again|no shared object|damaged)"
	done
	head -c $((size - 1)) flows/pass_on.so >cut.so
	refuses cut.so "cut off: copy or build it again"
'

it 'refuses what was built for another machine' '
	cp flows/pass_on.so other.so
	printf "\363" | dd of=other.so bs=1 seek=18 conv=notrunc 2>/dev/null # RISC-V
	refuses other.so "built for another machine: build it for this one"
'

it 'refuses another version of the interface, and names both' '
	node later | sed "s/^VF_PLUGIN(/#undef VF_PLUGIN_ABI\n#define VF_PLUGIN_ABI 2\n&/" >later.c
	sed "s/return vf_node_passthrough/extern int vf_node_of_later(void);\n    vf_node_of_later();\n    &/" \
		later.c >newer.c
	for name in later newer
	do
		plugin $name.so -Wl,-z,now
		refuses $name.so "made for version 2 of the plugin interface, and this vflow, [0-9.]+, has version 1: build it again with the headers of this vflow, or use the vflow that it was made for"
	done
	node packed | sed "s/^VF_PLUGIN(/#undef VF_PLUGIN_SIZES\n#define VF_PLUGIN_SIZES {1}\n&/" >packed.c
	plugin packed.so
	refuses packed.so "made for version 1 of the plugin interface, .* structs of other sizes"
'

it 'runs nothing of a file of another version' '
	{ echo "#include <stdlib.h>"
		node early
		echo "__attribute__((constructor)) static void first(void) { abort(); }"
	} | sed "s/^VF_PLUGIN(/#undef VF_PLUGIN_ABI\n#define VF_PLUGIN_ABI 7\n&/" >early.c
	plugin early.so
	refuses early.so "made for version 7 of the plugin interface"
'

it 'refuses what uses more than is there for plugins, or has its own copy of it' '
	node greedy | sed "s/(void)inputs;/&\n    if (vf_node_is_read(run, 0) \&\& !vf_node_outcome(1))\n        return 1;/" >greedy.c
	plugin greedy.so
	refuses greedy.so "it uses vf_node_outcome, which is not there for plugins: vflow-node\(3\) lists what is"
	cp pass_on.c linked.c
	plugin linked.so -L"$prefix/lib" -lvflow
	refuses linked.so "it has a copy of vflow.s own library, with vf_[a-z_]+: link it with what pkg-config --libs vflow says"
	node lost | sed "s/(void)inputs;/&\n    extern int lost_function(void);\n    lost_function();/" >lost.c
	plugin lost.so
	refuses lost.so "cannot be loaded: .*undefined symbol: lost_function"
'

# refuses_node NAME REASON LINE...: passes when a plugin with such a node is refused.
refuses_node () {
	name=$1 reason=$2
	shift 2
	node "$name" "$@" >flawed.c
	$CC -std=c11 -w -shared -fPIC -o flawed.so flawed.c "-I$prefix/include/vflow"
	refuses flawed.so "its node \"$name\" $reason"
}

it 'refuses a node whose tables have mistakes' '
	refuses_node resize "has the name of a node that there is already: give it another name"
	refuses_node idle "is a processor without process\(\): set that callback" ".process = 0,"
	refuses_node silent "has no summary: say in .summary" ".summary = 0,"
	refuses_node deaf "is a processor without inputs: set .inputs" ".inputs = {0},"
	refuses_node wild "has 3 options, but no table of them" ".options = {0, 3},"
	refuses_node stray "has its option \"x\" outside of its 0 bytes of options" \
		".options = {(const struct vf_option[]){{\"x\", \"Help\", &vf_kind_integer, 0, \"1\"}}, 1},"
	refuses_node odd "has an option \"x\" whose default \"one\" is no value of it" \
		".options = {(const struct vf_option[]){{\"x\", \"Help\", &vf_kind_integer, 0, \"one\"}}, 1}, .options_size = 4,"
'

it 'refuses two plugins with one name of a node, and takes one file twice' '
	cp pass_on.c second.c
	plugin second.so
	expect 2 "$VFLOW" list --plugin flows/pass_on.so --plugin second.so
	grep "plugin second.so: its node \"pass_on\" has the name of a node that there is already" err
	ln -s flows/pass_on.so link.so
	expect 0 "$VFLOW" list --plugin flows/pass_on.so --plugin link.so --plugin "$PWD/flows/pass_on.so"
	test "$(grep -c "^  pass_on " out)" = 1
'

it 'leaves out what cannot be used in a folder, and goes on' '
	mkdir -p mixed
	cp flows/pass_on.so mixed/
	echo "no plugin" >mixed/bad.so
	echo "something else" >mixed/readme.txt
	expect 0 env VFLOW_PLUGIN_PATH="missing:$PWD/mixed" "$VFLOW" run -q bare.yaml
	cmp out numbers
	expect 0 env VFLOW_PLUGIN_PATH="missing:$PWD/mixed" "$VFLOW" check bare.yaml
	says err "vflow: warning: VFLOW_PLUGIN_PATH: missing: No such file or directory"
	grep "^vflow: warning: VFLOW_PLUGIN_PATH: $PWD/mixed/bad.so: left out: no shared object" err
	test "$(wc -l <err)" = 2
'

it 'says which module is missing when a plugin cannot be looked at' '
	mkdir -p alone
	cp "$VFLOW" alone/vflow
	expect 70 alone/vflow list --plugin flows/pass_on.so
	grep "the module plugin, which looks at it, cannot be loaded: " err
	expect 0 alone/vflow run -q --chain "int_source 3 ! print"
	cmp out numbers
'

it 'checks what a node becomes by its options' '
	node turncoat ".options_size = 1, .adapt = adapt," | sed "s/^static const/static void adapt(const void *options, struct vf_node *copy)\n{\n    (void)options;\n    copy->process = NULL;\n}\n&/" >turncoat.c
	plugin turncoat.so
	expect 78 "$VFLOW" run --plugin ./turncoat.so --chain "int_source 3 ! turncoat ! print"
	grep "the type \"turncoat\" cannot be used with these options: its node \"turncoat\" is a processor without process()" err
'

# A processor that dies at the third message, as often as `deaths` says.
cat >dies.c <<'END'
#include <engine/node/plugin.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
struct options {
    char *deaths;
};
static const struct vf_option options[] = {
    {"deaths", "A file for each death", VF_TEXT(struct options, deaths), .fallback = "x"},
};
static int process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct options *asked = run->options;
    if (inputs[0]->description.origin.number == 3 && unlink(asked->deaths) == 0)
        raise(SIGKILL);
    return vf_node_passthrough(run, 0, 0);
}
static const struct vf_node dies = {
    .name = "dies",
    .summary = "Die.",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(options),
    .options_size = sizeof(struct options),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Messages"}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "The same"}),
    .process = process,
};
VF_PLUGIN(&dies);
END
cat >dies.yaml <<'END'
vflow: 1
plugins: dies.so
nodes:
  numbers: {type: int_source, end: 20}
  frail: {type: dies, inputs: numbers, deaths: death, paths: [.]}
  out: {type: print, inputs: frail}
  other: {type: file_append, inputs: numbers, path: other.txt, append: false}
END

it 'starts a node of a plugin again that has crashed, and loses nothing' '
	plugin dies.so
	touch death
	expect 0 "$VFLOW" run dies.yaml
	test ! -e death
	seq 0 20 | cmp - out
	sed "s/.*\"value\": //; s/}//" other.txt >others
	seq 0 20 | cmp - others
	grep "frail .*was killed by SIGKILL" err
'

it 'loses no more than the task of a node that crashes' '
	touch death
	expect 1 "$VFLOW" run -s nodes.frail.restart=no -s nodes.frail.on_error=stop_branch dies.yaml
	printf "%s\n" 0 1 | cmp - out
	sed "s/.*\"value\": //; s/}//" other.txt >others
	seq 0 20 | cmp - others
'

# paste PAGE NAME: writes an example of a page to a file without its indentation.
paste () {
	test -d "examples/$1" || python3 -B "$root/tests/manual/examples.py" write examples \
		"$prefix/share/man/man3/$1"
	python3 -c "import sys, textwrap; sys.stdout.write(textwrap.dedent(sys.stdin.read()))" \
		<"examples/$1/$2"
}

it 'has a first node in vflow-node(3) that is built and used as the page says' '
	mkdir -p page
	paste vflow-node.3 invert >page/invert.c
	paste vflow-node.3 cc >page/build.sh
	sed -i "s/^cc/\$CC/" page/build.sh
	(cd page && CC=$CC sh -e build.sh)
	paste vflow-node.3 use >page/use.sh
	(cd page && PATH=$prefix/bin:$PATH sh -e use.sh >out 2>err)
	grep "^  whole: boolean \[false\]$" page/out
	test -s page/out.mp4
	for graph in "negate=components=y" negate
	do
		test "$graph" = negate && whole=true || whole=false
		"$VFLOW" run -q --plugin page/invert.so --chain \
			"test_source 3 size=64x48 ! invert whole=$whole ! video_writer a.nut codec=rawvideo"
		"$VFLOW" run -q --chain \
			"test_source 3 size=64x48 ! filter $graph ! video_writer b.nut codec=rawvideo"
		ffmpeg -v error -nostdin -i a.nut -f framemd5 a.txt -y
		ffmpeg -v error -nostdin -i b.nut -f framemd5 b.txt -y
		grep -v "^#" a.txt >a.md5
		grep -v "^#" b.txt | cmp - a.md5
		test -s a.md5
	done
'

it 'has a producer and a consumer in vflow-node(3) that do what it says' '
	mkdir -p page
	paste vflow-node.3 countdown >page/countdown.c
	paste vflow-node.3 tally >page/tally.c
	for name in countdown tally
	do
		(cd page && $CC -shared -fPIC -Wall -Wextra -Wno-missing-field-initializers -Werror \
			-o $name.so $name.c $(pkg-config --cflags --libs vflow))
	done
	paste vflow-node.3 flow >page/flow.yaml
	expect 0 "$VFLOW" run page/flow.yaml
	grep "^wrote count: 4 messages, 4 bytes, all$" err
	expect 0 "$VFLOW" run -q --plugin page/countdown.so --chain "countdown 3 ! print"
	printf "%s\n" 3 2 1 0 | cmp - out
'

# declared PAGE: prints the names of the functions in its SYNOPSIS.
declared () {
	sed -n "/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/s/^\.F[no] \([a-z][a-z0-9_]*\).*/\1/p" "$1"
}

it 'lists in vflow-node(3) what plugins may use, and nothing else' '
	sed -n "s/^    \"\(vf_[a-z0-9_]*\)\",$/\1/p" "$root/engine/node/plugin_symbols.c" >symbols
	declared "$root/man/vflow-node.3" | sort >in_page
	test "$(wc -l <in_page)" -gt 50
	grep -v "^vf_kind_" symbols | sort | cmp - in_page
	sort -c symbols
	# Each is a symbol of the program, and declared in what plugin.h includes.
	for symbol in $(cat symbols)
	do
		echo "const void *use_$symbol = (const void *)&$symbol;"
	done >uses
	{ node all_of_it; cat uses; } >every.c
	$CC -std=c11 -w -shared -fPIC -o every.so every.c "-I$prefix/include/vflow"
	expect 0 "$VFLOW" list --plugin ./every.so all_of_it
	grep "^  all_of_it " out
'

it 'tells with vflow doctor which plugins there are, and which of them can be loaded' '
	mkdir -p examined
	cp flows/pass_on.so examined/
	echo rubbish >examined/rubbish.so
	expect 0 env VFLOW_PLUGIN_PATH="missing:$PWD/examined" "$VFLOW" doctor
	grep -E "^ok +plugins +$PWD/examined/pass_on.so: pass_on$" out
	grep -E "^warning +plugins +$PWD/examined/rubbish.so: left out: no shared object" out
	grep -E "^warning +plugins +missing: No such file or directory" out
	test ! -s err
	expect 0 "$VFLOW" doctor
	grep -E "^ok +plugins +none: VFLOW_PLUGIN_PATH is not set" out
'

done_testing
