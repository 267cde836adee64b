#!/bin/sh
# SPDX-License-Identifier: MIT
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"
. "$root/tests/cli/find_python.sh"
unset NO_COLOR

printf 'vflow: 1\nnodes:\n  a: {type: int_sourc}\n  out: {type: print, inputs: a}\n' >wrong.yaml
cat >fails.yaml <<'END2'
vflow: 1
nodes:
  r: {type: video_reader, path: rubbish.mp4}
  o: {type: void, inputs: r}
END2
echo rubbish >rubbish.mp4

# on_terminal WORD...: runs a command on a terminal of 100 columns; what it printed, with the codes of
# colours, is in the file `raw`.
on_terminal () {
	"$python" -c 'import os, pty, sys
with open("raw", "wb") as raw:
    def read(fd):
        data = os.read(fd, 65536)
        raw.write(data)
        return data
    status = pty.spawn(sys.argv[1:], read)
sys.exit(os.waitstatus_to_exitcode(status))' "$@" </dev/null >/dev/null
}

red=$(printf '\033[31m') yellow=$(printf '\033[33m')

it 'prints objects with time, level, task, process and message' '
	expect 69 "$VFLOW" run --log-format json fails.yaml
	"$python" -c "import json
told = [json.loads(line) for line in open(\"err\")]
assert all(set(it) == {\"time\", \"level\", \"task\", \"pid\", \"message\"} for it in told), told
error = [it for it in told if it[\"level\"] == \"error\"][0]
assert error[\"task\"] == \"r\" and \"rubbish.mp4\" in error[\"message\"], error
assert error[\"pid\"] > 0 and error[\"time\"].endswith(\"Z\"), error
assert [it for it in told if it[\"level\"] == \"info\" and it[\"task\"] is None], told
"
	expect 78 "$VFLOW" run --log-format json wrong.yaml
	"$python" -c "import json
it = json.loads(open(\"err\").read())
assert it[\"level\"] == \"error\" and it[\"message\"].startswith(\"wrong.yaml:3:13: unknown type\"), it
"
'

it 'prints objects of progress beside those of messages' '
	expect 0 "$VFLOW" run --log-format json --progress json "$root/pipelines/counting.yaml"
	"$python" -c "import json
told = [json.loads(line) for line in open(\"err\")]
assert [it for it in told if \"percent\" in it and it[\"state\"] == \"ended\"]
assert [it for it in told if \"message\" in it]
"
'

it 'keeps a message whole, whatever is in it' '
	cp rubbish.mp4 "a \"b\" $(printf "\001")é.mp4"
	expect 69 "$VFLOW" run --log-format json -s "nodes.r.path=a \"b\" $(printf "\001")é.mp4" fails.yaml
	"$python" -c "import json
for line in open(\"err\"): json.loads(line)"
'

it 'begins each message with the time where that is asked for' '
	expect 69 "$VFLOW" run --log-time fails.yaml
	grep -E "^20[0-9-]+T[0-9:.]+Z vflow: r: cannot open rubbish.mp4" err
'

it 'has no colours off a terminal, unless it is told to' '
	expect 69 "$VFLOW" run fails.yaml
	! grep "$(printf "\033")" err
	expect 69 "$VFLOW" run --color always fails.yaml
	grep -F "vflow: r: ${red}cannot open rubbish.mp4" err
	grep -F "${yellow}warning: " err
	expect 69 "$VFLOW" run --color=always --log-format=json fails.yaml
	! grep "$(printf "\033")" err
'

it 'has colours on a terminal that knows them, for who wants them' '
	TERM=xterm on_terminal "$VFLOW" run fails.yaml || true
	grep -F "$red" raw
	TERM=dumb on_terminal "$VFLOW" run fails.yaml || true
	! grep -F "$red" raw
	NO_COLOR=1 TERM=xterm on_terminal "$VFLOW" run fails.yaml || true
	! grep -F "$red" raw
	TERM=xterm on_terminal "$VFLOW" run --color never fails.yaml || true
	! grep -F "$red" raw
	NO_COLOR= TERM=xterm on_terminal "$VFLOW" run fails.yaml || true
	grep -F "$red" raw
'

it 'shows the place of a mistake on a terminal' '
	TERM=xterm on_terminal "$VFLOW" check wrong.yaml || true
	tr -d "\r" <raw >shown
	says shown "    a: {type: int_sourc}"
	says shown "              ^"
	expect 78 "$VFLOW" check wrong.yaml
	test "$(wc -l <err)" -eq 1
'

it 'marks the right place behind wide characters, and in a long line' '
	printf "vflow: 1\nnodes:\n  影片: {type: int_source}\n  out: {type: print, inputs: 影片, 長い: 1}\n" >wide.yaml
	expect 78 "$VFLOW" check --color always wide.yaml
	says err "    out: {type: print, inputs: 影片, 長い: 1}"
	says err "                                     ^"
	printf "vflow: 1\nnodes:\n  a: {type: int_source}\n  out: {type: print, %80sinputs: a, wrong: 1}\n" "" >long.yaml
	expect 78 "$VFLOW" check --color always long.yaml
	test "$(sed -n 3p err | wc -c)" -le 80
	column=$(sed -n 3p err | wc -c)
	test "$(sed -n 2p err | cut -c"$((column - 1))-$((column + 3))")" = wrong
'

it 'says a mistake of standard input without its line' '
	status=0; "$VFLOW" check --color always - <wrong.yaml >out 2>err || status=$?
	test $status -eq 78
	test "$(wc -l <err)" -eq 1
'

# Whatever is printed of these has stars in the place of what is secret.
cat >secret.yaml <<'END2'
vflow: 1
nodes:
  cam: {type: video_reader, path: "rtsp://bob:hunter2@127.0.0.1:9/live?token=hunter3&password=hunter4&key=hunter5", reconnect: false}
  out: {type: video_writer, inputs: cam, path: "rtmp://eve:hunter6@127.0.0.1:9/app?key=hunter7"}
END2

it 'prints no password, wherever it prints a URL' '
	for words in check "check --json" explain graph "graph --format=dot" "graph --format=mermaid" \
		"graph --format=json" "run -vv" "run -vv --log-format=json" "run --progress=json --report=report.json"
	do
		"$VFLOW" $words secret.yaml >>all 2>&1 || true
	done
	test -s report.json
	cat report.json >>all
	"$VFLOW" check -s "nodes.cam.pth=rtsp://bob:hunter2@127.0.0.1" secret.yaml >>all 2>&1 || true
	! grep hunter all
	grep -F "***@127.0.0.1" all
'

done_testing
