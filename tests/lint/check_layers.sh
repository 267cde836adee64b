#!/bin/sh
# SPDX-License-Identifier: MIT
# check_layers.sh FILE... - each folder includes only itself and the folders named in its row of the
# table below, and only one folder calls each library. Prints each include that breaks that, and
# exits 1 if there is one.
#
# Rows stand in the order of the floors: a row names only folders of rows before it, so no folder
# includes one above, even by a detour. `engine/base` need not be named.
table='
engine/base
engine/message
engine/digest
engine/checkpoint
engine/receipt               engine/digest
engine/yaml
engine/journal               engine/message
engine/node/option
engine/node                  engine/message engine/journal engine/node/option
engine/sandbox               engine/node engine/node/option
engine/node/reference        engine/node engine/node/option
engine/node/group            engine/message engine/journal engine/node

engine/media/libav           engine/message engine/node engine/node/option
engine/media/facts           engine/message engine/media/libav
engine/media/facts/file      engine/media/libav engine/media/facts
engine/media/draw            engine/node engine/media/libav
engine/media/text            engine/media/draw
engine/media/picture         engine/message engine/node engine/media/libav engine/media/draw
engine/media/filter          engine/sandbox engine/message engine/node engine/node/option engine/media/libav engine/media/facts
engine/media/sound           engine/message engine/node engine/media/libav engine/media/facts
engine/media/codec           engine/message engine/node engine/node/option engine/media/libav engine/media/facts engine/media/draw engine/media/picture
engine/media/intra           engine/message engine/media/libav engine/media/codec
engine/media/read/open       engine/node engine/node/option engine/media/libav
engine/media/read/decode     engine/message engine/node engine/media/libav engine/media/facts engine/media/read/open
engine/media/read            engine/message engine/node engine/media/libav engine/media/facts engine/media/facts/file engine/media/codec engine/media/read/open engine/media/read/decode
engine/media/device          engine/node engine/node/option engine/media/libav engine/media/read engine/media/read/open
engine/media/write/choice    engine/sandbox engine/message engine/node/option engine/media/libav engine/media/codec
engine/media/write/encode    engine/message engine/node engine/media/libav engine/media/facts engine/media/picture engine/media/sound engine/media/codec engine/media/write/choice
engine/media/write/mp4       engine/media/libav engine/media/codec engine/media/write/choice
engine/media/write/verify    engine/node engine/media/libav engine/media/write/choice
engine/media/write/pieces    engine/checkpoint engine/message engine/node engine/media/libav engine/media/write/choice engine/media/write/encode
engine/media/write           engine/message engine/node engine/media/libav engine/media/facts engine/media/facts/file engine/media/picture engine/media/codec engine/media/write/choice engine/media/write/encode engine/media/write/mp4 engine/media/write/verify engine/media/write/pieces
engine/media/write/clips     engine/message engine/node engine/media/libav engine/media/facts engine/media/codec engine/media/write engine/media/write/choice engine/media/write/encode

engine/media/pipe            engine/message engine/node engine/media/libav engine/media/picture

engine/wire/guard
engine/wire/squeeze          engine/message engine/media/intra
engine/wire                  engine/message engine/wire/guard
engine/wire/peer
engine/wire/python/pickle    engine/wire
engine/wire/python           engine/wire engine/wire/peer engine/wire/python/pickle

engine/edge/page             engine/message
engine/tap                   engine/message engine/edge/page
engine/edge/remote           engine/message engine/wire engine/wire/squeeze engine/edge/page
engine/edge/send             engine/wire engine/edge/page engine/edge/remote
engine/edge/receive          engine/message engine/edge/page engine/edge/remote
engine/edge                  engine/message engine/wire engine/edge/page engine/edge/remote engine/edge/send engine/edge/receive

engine/flow                  engine/node engine/node/option engine/node/reference
engine/flow/graph            engine/node engine/node/reference engine/flow
engine/flow/plan             engine/sandbox engine/message engine/node engine/node/group engine/node/reference engine/flow engine/flow/graph
engine/flow/gpu              engine/flow/plan
engine/flow/check            engine/node engine/node/reference engine/flow engine/flow/graph engine/flow/plan
engine/flow/file             engine/node engine/node/option engine/flow engine/flow/check
engine/flow/chain            engine/node engine/node/option engine/node/reference engine/flow engine/flow/graph engine/flow/file

engine/task                  engine/message engine/node engine/edge engine/journal
engine/run                   engine/message engine/edge engine/flow/plan engine/journal
engine/web/layout
engine/account               engine/message engine/edge/page engine/flow engine/flow/plan engine/run engine/journal
engine/otlp                  engine/edge/page engine/flow/plan engine/run engine/account
engine/hosts                 engine/wire engine/wire/guard engine/flow/plan
engine/process/control
engine/web                    engine/sandbox engine/message engine/node engine/node/group engine/node/option engine/edge/page engine/flow engine/flow/plan engine/media/codec engine/run engine/account engine/process/control engine/tap engine/web/layout
engine/process               engine/otlp engine/web engine/sandbox engine/wire engine/wire/guard engine/wire/squeeze engine/edge/page engine/edge engine/flow engine/flow/plan engine/task engine/run engine/account engine/hosts engine/process/control engine/journal

nodes/value                  engine/sandbox engine/message engine/node engine/node/option engine/wire
nodes/record                 engine/message engine/node engine/node/option nodes/value
nodes/http                   engine/node engine/node/option nodes/value nodes/record
nodes/broker                 engine/node engine/node/option nodes/value nodes/record
nodes/mqtt                   engine/node engine/node/option nodes/value nodes/record nodes/broker
nodes/nats                   engine/node engine/node/option nodes/value nodes/record nodes/broker
nodes/peer                   engine/message engine/node engine/node/option engine/media/libav engine/media/picture engine/wire engine/wire/peer engine/wire/python engine/wire/python/pickle nodes/value nodes/record
nodes/time                   engine/message engine/node engine/media/libav engine/media/picture
nodes/picture                engine/node engine/media/libav engine/media/draw engine/media/picture engine/media/filter engine/media/read nodes/value
nodes/sound                  engine/message engine/node engine/media/libav engine/media/sound engine/media/filter
nodes/vision/model           engine/message engine/node engine/node/option engine/media/draw engine/media/picture engine/yaml engine/sandbox nodes/value
nodes/vision/opencv          engine/sandbox engine/node engine/node/option nodes/vision/model
nodes/vision                 engine/message engine/node engine/node/option engine/media/libav engine/media/picture engine/media/filter nodes/value nodes/record nodes/time nodes/vision/model nodes/vision/opencv
nodes/draw                   engine/message engine/node engine/node/option engine/media/libav engine/media/draw engine/media/text engine/sandbox nodes/value nodes/picture nodes/vision nodes/time
nodes/read                   engine/message engine/node engine/node/option engine/media/libav engine/media/picture engine/media/codec engine/media/device engine/media/read engine/media/read/open engine/media/read/decode engine/media/filter nodes/time
nodes/write/clip             engine/message engine/node engine/media/codec engine/media/write engine/media/write/choice engine/media/write/clips nodes/value nodes/vision
nodes/write                  engine/message engine/receipt engine/node engine/node/option engine/media/libav engine/media/draw engine/media/picture engine/media/codec engine/media/write engine/media/write/choice engine/media/write/encode engine/media/write/clips nodes/value nodes/record nodes/time nodes/picture nodes/vision nodes/write/clip
nodes/pipe                   engine/message engine/node engine/node/option engine/media/libav engine/media/picture engine/media/pipe nodes/value nodes/time
nodes/program                engine/message engine/node engine/node/option engine/media/libav engine/media/picture nodes/value nodes/pipe
nodes                        engine/node

cmd/tap                      engine/tap engine/message engine/edge/page engine/node engine/node/option engine/flow engine/flow/file engine/flow/plan engine/process nodes nodes/value
cmd/screen
cmd/plugin                   engine/node
cmd/batch                    engine/digest engine/receipt engine/account engine/process engine/checkpoint
cmd/export                   engine/node/option engine/node engine/flow/plan engine/run
cmd/report                   engine/web/layout engine/account
cmd/submit                   engine/process cmd/batch
cmd                          engine/wire/squeeze engine/node engine/node/option engine/node/reference engine/flow engine/flow/file engine/flow/plan engine/flow/gpu engine/run engine/account engine/process/control engine/process engine/wire engine/flow/chain engine/media/read engine/receipt engine/digest engine/checkpoint engine/media/text engine/media/write engine/flow/graph engine/tap engine/otlp nodes cmd/tap cmd/screen cmd/plugin cmd/batch cmd/export cmd/submit nodes/vision/model nodes/vision/opencv cmd/report
cmd/program                  engine/web engine/node engine/digest engine/message engine/wire/guard engine/wire/squeeze engine/media/read engine/media/text engine/media/write engine/otlp nodes cmd cmd/screen cmd/plugin nodes/pipe nodes/vision/model nodes/vision/opencv engine/wire engine/media/codec
'
# LIBRARY FOLDER...: headers that begin so are included in these folders, and in those below, only.
libraries='
libav        engine/media
libsw        engine/media
ft2build.h   engine/media/text
fontconfig/  engine/media/text
hb.h         engine/media/text
raqm.h       engine/media/text
zmq.h        engine/wire
czmq.h       engine/wire/guard
lz4.h        engine/wire/squeeze
curl/        nodes/http engine/otlp
mosquitto.h  nodes/mqtt
mqtt_protocol.h nodes/mqtt
nats/        nodes/nats
openssl/     engine/digest
opencv2/     nodes/vision/opencv
yaml.h       engine/flow/file engine/yaml
ncurses.h    cmd/screen
microhttpd.h engine/web
seccomp.h    engine/sandbox
gelf.h       cmd/plugin
libelf.h     cmd/plugin
'
grep -nH '^#include ["<]' "$@" | awk -F: -v table="$table" -v libraries="$libraries" '
function folder(path) {
	sub("/[^/]*$", "", path)
	return path
}
function is_below(path, folders, count, name, n) {
	count = split(folders, name, " +")
	for (n = 1; n <= count; n++)
		if (name[n] != "" && index(path "/", name[n] "/") == 1)
			return 1
	return 0
}
function refuse(place, reason) {
	print place ": " reason
	failed = 1
}
BEGIN {
	rows = split(table, row, "\n")
	for (r = 1; r <= rows; r++) {
		names = split(row[r], name, " +")
		if (names == 0)
			continue
		may[name[1], name[1]] = may[name[1], "engine/base"] = 1
		for (n = 2; n <= names; n++) {
			if (!(name[n] in is_known))
				refuse("check_layers.sh", name[1] " names " name[n] ", which is not on a floor below it")
			may[name[1], name[n]] = 1
		}
		is_known[name[1]] = 1
	}
	rows = split(libraries, row, "\n")
	for (r = 1; r <= rows; r++)
		if (split(row[r], name, " +") >= 2)
			only[name[1]] = substr(row[r], length(name[1]) + 1)
}
/^[^:]*:[^:]*:#include "/ {
	split($3, quoted, "\"")
	from = folder($1)
	to = folder(quoted[2])
	if (!(from in is_known))
		refuse($1, "the folder " from " is not in the table of check_layers.sh")
	else if (!((from, to) in may))
		refuse($1 ":" $2, from " may not include " quoted[2])
}
/^[^:]*:[^:]*:#include </ {
	split($3, quoted, "[<>]")
	for (library in only)
		if (index(quoted[2], library) == 1 && !is_below(folder($1), only[library]))
			refuse($1 ":" $2, "only" only[library] " may include <" quoted[2] ">")
}
END { exit failed }'
