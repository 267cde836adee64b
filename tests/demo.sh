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

# Prints what is in a media file: one line each of picture and sound.
describe () {
	echo
	ls -sh "$1"
	ffprobe -v error -count_packets -of compact=p=0 -show_entries \
		stream=codec_name,codec_type,width,height,r_frame_rate,nb_read_packets "$1"
}

show "$vflow" run --var output="$clip" pipelines/testclip.yaml
show "$vflow" graph pipelines/preview.yaml --var input="$clip" --var output="$preview"
show "$vflow" run --var input="$clip" --var output="$preview" pipelines/preview.yaml
describe "$clip"
describe "$preview"
echo
echo "Play it: ffplay $preview"
