# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# frames.sh - words for tests that hold frames of a flow against frames of ffmpeg. Source it after
# harness.sh.
# A program that loads libav takes longer to start than to do what a test asks for. So let one
# ffmpeg, and one flow, make all that a test compares: with several outputs each.
: "${workdir:?source harness.sh first}"

# ff OPTION...: ffmpeg without its chatter. With more threads some filters make other pictures.
ff () {
	ffmpeg -v error -nostdin -y -filter_threads 1 "$@" </dev/null
}

# listed FILE...: the size, the bytes and the hash of each picture in files of `-f framemd5`, in
# ffmpeg or as the format of a video_writer.
listed () {
	awk -F ', *' 'FNR == 1 { size = "" }
		/^#dimensions/ { size = $1; sub(/.*: /, "", size) }
		/^0,/ { print size, $5, $6 }' "$@"
}

# hashes OPTION...: the size, the bytes and the hash of each picture that ffmpeg makes.
hashes () {
	ff "$@" -map 0:v:0 -fps_mode passthrough -f framemd5 - | listed -
}

# packets FILE: a line for each packet in a file of `-f framecrc`: what it is of, such as `video`,
# when it is shown, in seconds, and whether it is a `key`.
packets () {
	awk -F '[:, /]+' '/^#tb/ { second[$2] = $4 / $3 }
		/^#media_type/ { type[$2] = $3 }
		/^[0-9]/ { printf "%s %.6f %s\n", type[$1], $3 / second[$1], /F=/ ? "" : "key" }' "$1"
}

# list_each WORD ENDING STREAMS OPTION...: lets one ffmpeg list the STREAMS of each of the $files,
# as the options say, and writes into FILE.ENDING what WORD makes of the list.
list_each () {
	word=$1 ending=$2 streams=$3 number=0
	shift 3
	options=$*
	set --
	for file in $files
	do
		set -- "$@" -i "$file"
	done
	for file in $files
	do
		# shellcheck disable=SC2086 # a list of words
		set -- "$@" -map "$number$streams" $options "$file.list"
		number=$((number + 1))
	done
	ff "$@"
	for file in $files
	do
		"$word" "$file.list" >"$file.$ending"
		rm "$file.list"
	done
}

# hash_each FILE...: writes the pictures of each file into FILE.hashes, as `listed` reports them.
hash_each () {
	files=$*
	list_each listed hashes :v:0 -fps_mode passthrough -f framemd5
}

# list_packets FILE...: writes the packets of each file into FILE.packets, as `packets` reports
# them.
list_packets () {
	files=$*
	list_each packets packets '' -copyts -c copy -f framecrc
}

# begin NAME=FILE...: begins flow.yaml with a reader for each file.
begin () {
	rows=0
	printf 'vflow: 1\nnodes:\n' >flow.yaml
	for reader
	do
		echo "  ${reader%=*}: {type: video_reader, path: ${reader#*=}}"
	done >>flow.yaml
}

# add NODE: adds a node, node1, node2 and so on, by what it has in a flow, whose pictures go to
# got.1, got.2 and so on.
add () {
	rows=$((rows + 1))
	cat >>flow.yaml <<-END
	  node$rows: {$1}
	  out$rows: {type: video_writer, inputs: node$rows, path: got.$rows, format: framemd5,
	    codec: rawvideo}
	END
}

# same WORD: runs the flow; passes when WORD, such as `listed`, tells the same of what it writes as
# of wanted.1, wanted.2 and so on.
same () {
	expect 0 "$VFLOW" run -q flow.yaml
	for row in $(seq "$rows")
	do
		"$1" "wanted.$row" >wanted
		"$1" "got.$row" >got
		if test ! -s wanted || ! cmp wanted got
		then
			grep "^  node$row:" flow.yaml
			return 1
		fi
	done
}

# same_as INPUT: reads a table of lines `FILTER | NODE`; passes when each node, by the options that
# it has in a flow, makes of the file what the filter makes.
same_as () {
	input=$1
	begin reader="$input"
	set --
	while IFS= read -r row
	do
		add "inputs: reader, ${row#* | }"
		set -- "$@" -map 0:v:0 -vf "${row%% | *}" -fps_mode passthrough -f framemd5 wanted.$rows
	done
	ff -i "$input" "$@"
	same listed
}
