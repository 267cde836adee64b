# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# frames.sh - words for tests that hold frames of a flow against frames of ffmpeg. Source it behind
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
	ff "$@" -map 0:v:0 -fps_mode passthrough -f framemd5 - | listed
}

# hash_each FILE...: writes the pictures of each file into FILE.hashes, as `listed` tells of them.
hash_each () {
	files=$* number=0
	set --
	for file in $files
	do
		set -- "$@" -i "$file"
	done
	for file in $files
	do
		set -- "$@" -map "$number:v:0" -fps_mode passthrough -f framemd5 "$file.md5"
		number=$((number + 1))
	done
	ff "$@"
	for file in $files
	do
		listed "$file.md5" >"$file.hashes"
		rm "$file.md5"
	done
}

# list_packets FILE...: writes a line for each packet of each file into FILE.packets: what it is of,
# such as `video`, when it is shown, in seconds, and whether it is a `key`.
list_packets () {
	files=$* number=0
	set --
	for file in $files
	do
		set -- "$@" -i "$file"
	done
	for file in $files
	do
		set -- "$@" -map "$number" -c copy -f framecrc "$file.crc"
		number=$((number + 1))
	done
	ff -copyts "$@"
	for file in $files
	do
		awk -F '[:, /]+' '/^#tb/ { second[$2] = $4 / $3 }
			/^#media_type/ { type[$2] = $3 }
			/^[0-9]/ { printf "%s %.6f %s\n", type[$1], $3 / second[$1], /F=/ ? "" : "key" }' \
			"$file.crc" >"$file.packets"
		rm "$file.crc"
	done
}

# same_as INPUT: reads a table of lines `FILTER | NODE`; passes when each node, by the options that
# it has in a flow, makes of the file what the filter makes.
same_as () {
	input=$1 rows=0
	set --
	printf 'vflow: 1\nnodes:\n  reader: {type: video_reader, path: %s}\n' "$input" >same.yaml
	while IFS= read -r row
	do
		rows=$((rows + 1))
		set -- "$@" -map 0:v:0 -vf "${row%% | *}" -fps_mode passthrough -f framemd5 wanted.$rows
		cat >>same.yaml <<-END
		  node$rows: {inputs: reader, ${row#* | }}
		  out$rows: {type: video_writer, inputs: node$rows, path: got.$rows, format: framemd5,
		    codec: rawvideo}
		END
	done
	ff -i "$input" "$@"
	"$VFLOW" run -q same.yaml
	for row in $(seq "$rows")
	do
		listed "wanted.$row" >wanted
		listed "got.$row" >got
		if test ! -s wanted || ! cmp wanted got
		then
			grep " node$row:" same.yaml
			return 1
		fi
	done
}
