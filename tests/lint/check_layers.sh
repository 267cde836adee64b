#!/bin/sh
# SPDX-License-Identifier: MIT
# check_layers.sh FILE... - each folder may include only itself and what is named here, and only
# one folder calls each library. Prints every include that climbs, and exits 1 if there is one.
grep -nH '^#include ["<]' "$@" | awk -F: '
BEGIN {
	may["engine/base"] = ""
	may["engine/message"] = "engine/base"
	may["engine/node"] = "engine/base engine/message"
	may["engine/media"] = "engine/base engine/message engine/node"
	may["engine/wire"] = "engine/base engine/message"
	may["engine/edge"] = "engine/base engine/message engine/wire"
	may["engine/flow"] = "engine/base engine/message engine/node"
	may["engine/task"] = "engine/base engine/message engine/node engine/edge"
	may["engine/process"] = "engine/base engine/message engine/node engine/flow engine/edge " \
		"engine/wire engine/task"
	may["nodes"] = "engine/base engine/message engine/node engine/media engine/wire"
	may["cmd"] = "engine/base engine/node engine/flow engine/process nodes " \
		"engine/wire/socket_number.h engine/wire/wire_guard.h"
	only["libav"] = only["libsw"] = only["ft2build.h"] = only["fontconfig/"] = "^engine/media/"
	only["zmq.h"] = only["czmq.h"] = "^engine/wire/"
	only["curl/"] = "^nodes/http_request"
	only["yaml.h"] = "^engine/flow/flow_file"
}
function layer(path,   part) {
	split(path, part, "/")
	return part[1] == "engine" ? part[1] "/" part[2] : part[1]
}
function refuse(reason) {
	print $1 ":" $2 ": " reason
	failed = 1
}
/^[^:]*:[^:]*:#include "/ {
	split($3, quoted, "\"")
	from = layer($1)
	to = layer(quoted[2])
	allowed = " " may[from] " "
	if (from != to && !index(allowed, " " to " ") && !index(allowed, " " quoted[2] " "))
		refuse(from " may not include " quoted[2])
}
/^[^:]*:[^:]*:#include </ {
	split($3, quoted, "[<>]")
	for (library in only)
		if (index(quoted[2], library) == 1 && $1 !~ only[library])
			refuse("only " substr(only[library], 2) " may include <" quoted[2] ">")
}
END { exit failed }'
