#!/bin/sh
# SPDX-License-Identifier: MIT
# demo.sh VFLOW FOLDER - makes a clip with vflow itself, runs pipelines/preview.yaml on it, and
# shows what came out.
set -eu
vflow=$1 folder=$2
mkdir -p "$folder"
clip=$folder/clip.mp4 preview=$folder/preview.mp4

# Prints a command, then runs it.
show () {
	echo
	echo "\$ $*"
	"$@"
}

show "$vflow" run @testclip output="$clip"
show "$vflow" graph @preview input="$clip" output="$preview"
show "$vflow" run @preview input="$clip" output="$preview"
show "$vflow" probe "$clip" "$preview"
echo
echo "Play it: ffplay $preview"
