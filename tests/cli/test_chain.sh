#!/bin/sh
# SPDX-License-Identifier: MIT
# Flows in one line, and what is shown in place of those that are none.
. "${0%/*}/harness.sh"

ffmpeg -v error -nostdin -f lavfi -i testsrc2=s=320x180:r=10:d=2 -f lavfi -i sine=d=2 -shortest \
	-c:v libx264 -preset ultrafast -c:a aac in.mp4 || exit 1

# streams FILE: prints codec and width of each stream.
streams () {
	ffprobe -v error -show_entries stream=codec_name,width -of csv=p=0 "$1" | tr '\n' ' '
}

# same CHAIN: passes when the flow file in `wanted`, its lines under "nodes:", is what the chain means.
same () {
	expect 0 "$VFLOW" new "$1"
	sed '1,/^nodes:/d; /^ *#/d' out | diff wanted -
}

# shows COLUMN MESSAGE CHAIN: passes when check reports it there, with a caret under the place.
shows () {
	expect 78 "$VFLOW" check --chain "$3"
	grep -F "chain:1:$1: $2" err
	grep -qE "^ {$(($1 + 1))}\^$" err
}

it 'marks the place in a line without passwords' '
	expect 78 "$VFLOW" check --chain "video_reader http://user:secret@127.0.0.1/x ! resize 640 ! voi"
	says err "  video_reader http://***@127.0.0.1/x ! resize 640 ! voi"
	grep -qE "^ {53}\^$" err
'

it 'runs a chain, with the sound of its reader' '
	expect 0 "$VFLOW" run -q --chain "video_reader in.mp4 ! resize width=160 ! video_writer out.mp4"
	test "$(streams out.mp4)" = "h264,160 aac "
'

it 'checks, explains and draws a chain as it runs it' '
	chain="video_reader in.mp4 ! small: resize 160 ! void"
	expect 0 "$VFLOW" check --chain "$chain"
	says out "chain: 3 nodes, 2 edges, batch: ok"
	expect 0 "$VFLOW" explain --chain "$chain"
	grep small out
	expect 0 "$VFLOW" graph --chain "$chain"
	grep "small: resize" out
'

it 'prints a chain as a flow file that runs alike' '
	expect 0 "$VFLOW" new "video_reader in.mp4 ! resize width=160 ! video_writer out2.mp4"
	grep "^# yaml-language-server: .schema=/.*flow.schema.json$" out
	grep "# Scale every frame to one size." out
	cp out flow.yaml
	expect 0 "$VFLOW" run -q flow.yaml
	test "$(streams out2.mp4)" = "h264,160 aac "
'

it 'gives each node what it is for, and passes by the rest' '
	cat >wanted <<-END
	  video_reader: {type: video_reader, path: in.mp4}
	  resize: {type: resize, inputs: video_reader, width: 160}
	  volume: {type: volume, inputs: video_reader.audio_frames, gain: 0.5}
	  video_writer: {type: video_writer, inputs: {video: resize, audio: volume}, path: out.mp4}
	END
	same "video_reader in.mp4 ! resize 160 ! volume 0.5 ! video_writer out.mp4"
	expect 0 "$VFLOW" run -q --chain "$(sed -n "s/^#   video/video/p" out)"
'

it 'leaves out the sound where the pictures get other times, and what a file does not hold' '
	expect 0 "$VFLOW" run -q --chain "video_reader in.mp4 ! retime 4 ! video_writer fast.mp4"
	test "$(streams fast.mp4)" = "h264,320 "
	expect 0 "$VFLOW" run -q --chain "video_reader in.mp4 ! video_writer sound.aac"
	test "$(streams sound.aac)" = "aac "
	expect 0 "$VFLOW" run -q --chain "video_reader in.mp4 ! video_writer same.mp4 codec=copy"
	test "$(streams same.mp4)" = "h264,320 aac "
'

it 'branches, and joins branches' '
	cat >wanted <<-END
	  film: {type: video_reader, path: in.mp4}
	  video_writer: {type: video_writer, inputs: {video: film, audio: film.audio}, path: a.mp4}
	  small: {type: resize, inputs: film, width: 160}
	  video_writer2: {type: video_writer, inputs: {video: small, audio: film.audio}, path: b.mp4}
	  tile: {type: tile, inputs: [film, small], columns: 2}
	  video_writer3: {type: video_writer, inputs: {video: tile, audio: film.audio}, path: c.mp4}
	  void: {type: void, inputs: film.audio}
	END
	chain="film: video_reader in.mp4 ! video_writer a.mp4; film. ! small: resize 160 ! video_writer b.mp4
		; film. small. ! tile columns=2 ! video_writer c.mp4; film.audio void"
	same "$chain"
	expect 0 "$VFLOW" run -q --chain "$chain"
	test "$(streams a.mp4)$(streams b.mp4)$(streams c.mp4)" = "h264,320 aac h264,160 aac h264,640 aac "
'

it 'reads words as a shell does, and mappings' '
	cat >wanted <<-END
	  video_reader: {type: video_reader, path: "a b;c!.mp4"}
	  draw_text: {type: draw_text, inputs: video_reader, text: "say \"{time}\"", colour: "light blue"}
	  video_writer:
	    type: video_writer
	    inputs: {video: {from: draw_text, queue: 9}, audio: {from: video_reader.audio, queue: 9}}
	    path: out.mp4
	    options: {bf: 0, g: 10}
	    metadata: {title: "my film"}
	END
	same "video_reader \"a b;c!.mp4\" ! draw_text \"say \\\"{time}\\\"\" colour=light\\ blue !
		video_writer out.mp4 options.bf=0 options.g=10 metadata=\"{title: my film}\" queue=9"
'

it 'knows what a node sends on that declares it in a mapping' '
	client=${VFLOW%/*}/process/client
	for outputs in outputs.out=value "outputs=\"{out: value}\""
	do
		expect 0 "$VFLOW" run -q --chain "int_source 3 ! process command=[$client,pass] $outputs ! print"
		seq 0 3 | cmp - out
	done
	expect 78 "$VFLOW" check --chain "int_source 3 ! process command=[$client,pass] ! print"
	grep "process sends nothing on" err
'

it 'keeps addresses and filter graphs whole' '
	cat >wanted <<-END
	  video_reader: {type: video_reader, path: "rtsp://cam/live?user=a&b=c"}
	  filter: {type: filter, inputs: video_reader, graph: "drawbox=40:20:8:8"}
	  void: {type: void, inputs: filter}
	END
	same "video_reader rtsp://cam/live?user=a&b=c ! filter \"drawbox=40:20:8:8\" ! void"
	same "video_reader rtsp://cam/live?user=a&b=c ! filter drawbox=40:20:8:8 ! void"
	shows 30 "unknown option \"thread\" of filter" "video_reader in.mp4 ! filter thread=3 ! void"
	shows 33 "unknown option \"size\" of draw_text" "video_reader in.mp4 ! draw_text size=3 ! void"
'

it 'shows each mistake in the chain' '
	shows 23 "there is no node type \"resise\"; did you mean \"resize\"?" \
		"video_reader in.mp4 ! resise 3"
	shows 30 "unknown option \"widht\" of resize; did you mean \"width\"?" \
		"video_reader in.mp4 ! resize widht=3 ! void"
	shows 1 "nothing comes to resize; begin with a reader" "resize 3"
	shows 34 "unexpected word \"200\"" "video_reader in.mp4 ! resize 160 200 ! void"
	shows 21 "\"resize\" begins another node" "video_reader in.mp4 resize 3"
	shows 29 "print sends nothing on" "video_reader in.mp4 ! print ! resize 3"
	shows 23 "video_reader takes no input" "video_reader in.mp4 ! video_reader b.mp4"
	shows 21 "a node is missing after this" "video_reader in.mp4 !"
	shows 1 "a node is missing here" "! void"
	shows 2 "the chain is empty" " "
	shows 14 "this quote is not closed" "video_reader \"in.mp4"
	shows 29 "there is no node \"reader\" before this" "video_reader in.mp4 ! void; reader. ! void"
	shows 23 "volume takes audio; none comes here" "image_reader in.mp4 ! volume 3 ! void"
	shows 29 "print has no main option" "video_reader in.mp4 ! print xx"
	shows 35 "input \"value\" of sum takes value" "video_reader in.mp4 ! resize 10 ! sum ! print"
	shows 26 "another node is named \"a\"" "a: video_reader in.mp4 ! a: resize 3 ! void"
	shows 23 "\"video_reader.\" can only begin a branch" "video_reader in.mp4 ! video_reader. ! void"
	shows 28 "the chain itself says the inputs of a node" "video_reader in.mp4 ! void inputs=x"
'

it 'shows the place in the second line of a chain' '
	expect 78 "$VFLOW" check --chain "video_reader in.mp4 !
  resize widht=3 ! void"
	grep "^chain:2:10: unknown option" err
	says err "    resize widht=3 ! void"
'

it 'takes variables and settings as a flow file does' '
	expect 0 "$VFLOW" run -q --chain "video_reader \${film} ! resize 160 ! video_writer v.mp4" \
		film=in.mp4 -s nodes.resize.width=80
	test "$(streams v.mp4)" = "h264,80 aac "
	expect 2 "$VFLOW" run --chain video_reader in.mp4 ! void
	grep "unexpected argument \"in.mp4\".*put quotes around all of it" err
	expect 2 "$VFLOW" run
	grep "FLOW is missing" err
'

it 'prints a flow of a name to start from, and lists them' '
	expect 0 "$VFLOW" new transcode
	! grep SPDX out
	sed "s|^# yaml-language-server: .*|&|" out >mine.yaml
	expect 0 "$VFLOW" run -q mine.yaml input=in.mp4 output=mine.mp4
	test "$(streams mine.mp4)" = "h264,320 aac "
	expect 0 "$VFLOW" new
	for name in camera_segments transcode frames wall python detect
	do
		grep "^$name  *[A-Z]" out
	done
	for name in camera transcode frames wall python detect
	do
		"$VFLOW" new "$name" | grep -q "^vflow: 1"
	done
	expect 2 "$VFLOW" new trancode
	says err "vflow: there is no flow named \"trancode\"; did you mean \"transcode\"?"
'

# usual KIND FILE: passes when it is said to be a KIND, and the commands shown are understood.
usual () {
	for command in run check explain graph
	do
		expect 78 "$VFLOW" "$command" "$2"
		grep "this is $1, not a flow" err
		test "$(grep -c "^    vflow " err)" -eq 3
	done
	sed -n "s/^    vflow run/vflow check/p" err >commands
	PATH=$(dirname "$VFLOW"):$PATH
	while read -r line
	do
		expect 0 sh -c "$line"
	done <commands
}

odd="a folder/it's a \"picture\".png"

it 'says what is no flow, and what is usually done with it' '
	mkdir -p "a folder"
	ffmpeg -v error -nostdin -i in.mp4 -frames:v 1 -update 1 "$odd" -vn sound.wav
	ffmpeg -v error -nostdin -i in.mp4 -c copy in.ts -c copy in.mkv -c copy in.flv in.avi -frames:v 1 -update 1 in.jpg
	for file in in.mp4 in.ts in.mkv in.flv in.avi
	do
		usual "a video" $file
	done
	usual "a picture" in.jpg
	usual "a picture" "$odd"
	usual "a sound file" sound.wav
	usual "a folder" "a folder"
	usual "a URL" http://127.0.0.1/film.mp4
	expect 78 "$VFLOW" run "video_reader in.mp4 ! void"
	says err "video_reader in.mp4 ! void: this is a chain, not a flow"
	grep "^    vflow run --chain .video_reader in.mp4 ! void.$" err
	expect 78 "$VFLOW" check --json in.mp4
	grep "\"code\": \"not-a-flow\"" out
	head -c 2000 /dev/zero >zeros
	expect 78 "$VFLOW" run zeros
	grep "a binary file, not a flow" err
'

done_testing
