# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# examples.sh - words for tests of the examples in the manual, and the files that these name. Source
# it after harness.sh. Addresses on the network become files: a port may be taken.
export XDG_RUNTIME_DIR="${workdir:?source harness.sh first}"
"${VFLOW:?}" man "${root:?}/man/vflow-nodes.head.7" >vflow-nodes.7
ln -s "$root/pipelines" pipelines
PATH=${VFLOW%/*}:$PATH

. "$root/tests/cli/find_python.sh"

# All examples at once, for programs in Python take long to start.
python3 "$root/tests/manual/examples.py" write examples "$root/man/vflow.1" "$root/man/vflow-batch.1" \
	"$root/man/vflow-export.1" \
	"$root/man/vflow-events.7" "$root/man/vflow-flow.5" "$root/man/vflow-recipes.7" "$root/man/vflow-process.7" \
	vflow-nodes.7 || exit 1

# paste PAGE NAME: prints an example with the indentation that it has on a terminal.
paste () {
	local_addresses "examples/$1/$2"
}

# Makes files of the ports in a text.
local_addresses () {
	sed "s|tcp://127.0.0.1:|ipc://$workdir/|; s|tcp://localhost:|ipc://$workdir/|" "$@"
}

# node_example NODE: prints the flow that vflow-nodes(7) has as an example of a node.
node_example () {
	local_addresses "examples/nodes/$1.yaml"
}

# dedent: takes off the indentation that all lines have, as an editor does on request.
dedent () {
	python3 -c 'import sys, textwrap; sys.stdout.write(textwrap.dedent(sys.stdin.read()))'
}

# film FILE: makes a video that is large and long enough for what the examples cut out of it.
film () {
	"$VFLOW" run -q --var output="$1" --var size=960x540 --var rate=2 --var frames=24 \
		"$root/pipelines/testclip.yaml"
}

film in.mp4 || exit 1
mkdir films recordings shots flows
for file in match.mp4 face.mp4 day.mp4 b.mp4 films/first.mp4 recordings/1.mp4 recordings/2.mp4
do
	ln in.mp4 "$file"
done
echo "no film" >films/second.mp4
ffmpeg -v error -nostdin -f lavfi -i sine=f=330:d=20 music.mp3 || exit 1
ffmpeg -v error -nostdin -i in.mp4 -f lavfi -i color=white:s=960x540:d=1 -map 0 -c copy film.mkv \
	-map 0 -c copy -t 2 in.mkv -map 0:v -frames:v 3 shots/%d.png \
	-map 1:v -frames:v 1 street.png || exit 1
