#!/bin/sh
# SPDX-License-Identifier: MIT
# Metrics and traces to a collector of OpenTelemetry, which is tests/python/otlp_collector.py.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY no_proxy NO_PROXY
for name in $(env | sed -n 's/^\(OTEL_[A-Z_]*\)=.*/\1/p')
do
	unset "$name"
done
python3 -B "$root/tests/python/otlp_collector.py" serve "$workdir" &
collector=$!
trap 'kill "$collector"; test ! -e "$workdir/flows" || end_all; rm -rf "$workdir"' EXIT
wait_for port '^[0-9]' || exit 1
base=http://127.0.0.1:$(cat port)

cat >flow.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, end: 59}
  same: {type: identity, inputs: numbers, replicas: 2}
  join: {type: joiner, inputs: [numbers, same]}
  out: {type: print, inputs: join}
END
sed '/^  join:/d; s/inputs: join/inputs: same/' flow.yaml >line.yaml
"$VFLOW" run line.yaml >expected 2>err || exit 1

# sends WAY WORD...: runs the flow; what it sends goes to WAY of the collector.
sends () {
	way=$1
	shift
	rm -f requests
	timeout "$limit" "$VFLOW" run --otlp "$base/$way" "$@" line.yaml
}

# collected WHAT: checks what has come, and puts it into the file WHAT.
collected () {
	python3 -B "$root/tests/python/otlp_collector.py" "$1" requests >checked
	mv checked "$1"
}

it 'sends the figures of the run when it is over' '
	expect 0 sends ok --report report.json
	cmp out expected
	test "$(grep -c warning err)" -eq 0
	collected metrics
	says metrics "vflow.run.frames  60"
	says metrics "vflow.run.state vflow.state=ended 1"
	says metrics "vflow.task.frames.out vflow.task=numbers 60"
	says metrics "vflow.task.frames.in vflow.task=out 60"
	says metrics "vflow.task.age vflow.task=out 60"
	says metrics "vflow.task.restarts vflow.task=out 0"
	grep "^vflow.edge.dropped .*vflow.from=numbers .*vflow.reason=newest vflow.to=same.1 0\$" metrics
	grep "^vflow.task.time vflow.task=numbers vflow.use=busy [0-9]" metrics
	for name in $(cut -d" " -f1 metrics | sort -u)
	do
		grep -q "^\.It Cm .* $name\$" "$root/man/vflow-http.7" || { echo "the manual lacks $name"; exit 1; }
	done
	collected resource
	says resource "service.name vflow"
	says resource "vflow.run.name line"
	says resource "vflow.run.mode batch"
	grep "^process.pid [0-9]*\$" resource
'

it 'traces the way of frames through the tasks' '
	expect 0 sends ok --otlp-frames 1
	cmp out expected
	collected spans
	test "$(grep -c "^numbers [0-9]* - int_source numbers\." spans)" -eq 60
	test "$(grep -c "^same.[12] [0-9]* numbers identity " spans)" -eq 60
	test "$(grep -c "^out [0-9]* same.[12] print " spans)" -eq 60
	test "$(wc -l <spans)" -eq 180
	awk "\$1 == \"out\" {said[\$2] = \$3} \$1 ~ /^same/ {did[\$2] = \$1}
		END {for (n = 1; n <= 60; n++) if (said[n] != did[n]) exit 1}" spans
'

it 'traces one frame in so many, and none' '
	expect 0 sends ok --otlp-frames 25
	collected spans
	test "$(sed -n "s/^out \([0-9]*\) .*/\1/p" spans | sort -n | tr "\n" " ")" = "1 26 51 "
	expect 0 sends ok
	collected spans
	test "$(sed -n "s/^out \([0-9]*\) .*/\1/p" spans)" = 1
	expect 0 sends ok --otlp-frames 0
	collected metrics
	! grep -q v1/traces requests
'

it 'has the same ids for whatever a collector is told twice' '
	expect 0 sends ok --otlp-frames 1
	python3 -c "import json
ids = [s[\"traceId\"] for l in open(\"requests\") for r in json.loads(l)[\"body\"].get(\"resourceSpans\", [])
       for c in r[\"scopeSpans\"] for s in c[\"spans\"]]
assert len(ids) == 180 and len(set(ids)) == 60, (len(ids), len(set(ids)))
assert len({i[:16] for i in ids}) == 1"
'

it 'says of a join by which of its inputs it was called' '
	rm -f requests
	expect 0 "$VFLOW" run --otlp "$base/ok" --otlp-frames 1 flow.yaml
	collected spans
	test "$(grep -c "^join [0-9]* same.[12] joiner " spans)" -eq 60
	test "$(grep -c "^out [0-9]* join print " spans)" -eq 60
'

it 'sends while the run goes on' '
	rm -f requests
	start --otlp "$base/ok" --otlp-interval 0.1 --otlp-frames 1 -s nodes.numbers.wait=5ms \
		-s nodes.numbers.end=1000000 line.yaml
	await "test \$(grep -c v1/metrics requests) -ge 3"
	await "grep -q v1/traces requests"
	collected metrics
	says metrics "vflow.run.state vflow.state=running 1"
	collected spans
	kill -TERM "$flow"
	ends 143
	collected metrics
	says metrics "vflow.run.state vflow.state=ended 1"
	test "$(sed -n "s/^vflow.task.frames.in vflow.task=out //p" metrics)" -eq "$(wc -l <out)"
'

it 'knows the tasks that were added while it ran' '
	rm -f requests
	cat >numbers.yaml <<-END
		vflow: 1
		nodes:
		  numbers: {type: int_source, end: 1000000, wait: 5ms}
		  out: {type: print, inputs: numbers}
	END
	start --name added --otlp "$base/ok" --otlp-interval 0.1 --otlp-frames 1 numbers.yaml
	wait_for out "^20\$"
	{
		cat numbers.yaml
		echo "  more: {type: void, inputs: numbers}"
	} >longer.yaml
	"$VFLOW" apply added longer.yaml
	await "grep -q \"\\\"more\\\"\" requests"
	kill -TERM "$flow"
	ends 143
	collected metrics
	says metrics "vflow.run.state vflow.state=ended 1"
	test "$(sed -n "s/^vflow.task.frames.in vflow.task=out //p" metrics)" -eq "$(wc -l <out)"
	test "$(sed -n "s/^vflow.task.frames.in vflow.task=more //p" metrics)" -ge 1
	collected spans
	grep -q "^more [0-9]* numbers void " spans
	sed -n "s/^numbers \([0-9]*\) .*/\1/p" spans | sort -n >made
	seq "$(tail -n 1 made)" | cmp - made
'

it 'tries again when the collector is busy' '
	expect 0 sends busy --otlp-frames 1
	cmp out expected
	test "$(grep -c warning err)" -eq 0
	test "$(grep -c "busy/v1/metrics.*\"status\": 503" requests)" -eq 2
	collected metrics
	says metrics "vflow.run.frames  60"
	collected spans
	test "$(wc -l <spans)" -eq 180
'

it 'gives up, and says so once, where nobody takes what is sent' '
	for way in full refuse hang
	do
		expect 0 sends $way
		cmp out expected
		test "$(grep -c "warning: --otlp: the collector at $base/$way does not take what is sent: " \
			err)" -eq 1
	done
	grep "in time" err
	expect 0 sends refuse
	grep "it answers 400: come.later" err
	expect 0 sends part
	grep "three too many" err
	expect 0 "$VFLOW" run --otlp http://user:secret@127.0.0.1:9 line.yaml
	cmp out expected
	test "$(grep -c "warning: --otlp: the collector at http://.*127.0.0.1:9 does" err)" -eq 1
	! grep secret err
'

it 'takes from the environment what is meant for the collector' '
	rm -f requests
	export OTEL_EXPORTER_OTLP_ENDPOINT="$base/ok/" OTEL_SERVICE_NAME=yard \
		OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20abc, X-Scope = north"
	export OTEL_RESOURCE_ATTRIBUTES="service.name=other,deployment.environment=test%2C1,host.name=h"
	expect 0 "$VFLOW" run --otlp env line.yaml
	grep -q "\"Authorization\": \"Bearer abc\"" requests
	grep -q "\"X-Scope\": \"north\"" requests
	collected resource
	says resource "service.name yard"
	says resource "deployment.environment test,1"
	says resource "host.name h"
	rm -f requests
	expect 0 "$VFLOW" run line.yaml
	test ! -e requests
	expect 0 "$VFLOW" run --otlp "$base/ok/elsewhere" line.yaml
	! grep -q Authorization requests
	export OTEL_EXPORTER_OTLP_PROTOCOL=grpc
	expect 2 "$VFLOW" run --otlp env line.yaml
	grep "OTEL_EXPORTER_OTLP_PROTOCOL is grpc" err
'

it 'knows the timestamps of frames' '
	cat >picture.yaml <<-END
		vflow: 1
		nodes:
		  picture: {type: test_source, rate: 5, frames: 5, size: 64x64}
		  small: {type: resize, inputs: picture, width: 32, height: 32}
		  out: {type: void, inputs: small}
	END
	rm -f requests
	expect 0 "$VFLOW" run --otlp "$base/ok" --otlp-frames 1 picture.yaml
	collected spans
	says spans "picture 1 - test_source picture.video 0.0"
	says spans "small 3 picture resize picture.video 0.4"
	says spans "out 5 small void picture.video 0.8"
	test "$(wc -l <spans)" -eq 15
'

it 'says what is wrong with a URL before it runs anything' '
	for url in ftp://host localhost:4318 http:// "http://host/?a=b" ""
	do
		expect 2 "$VFLOW" run --otlp "$url" line.yaml
		grep "is no URL of a collector" err
		test ! -s out
	done
	expect 2 "$VFLOW" run --otlp env line.yaml
	grep "OTEL_EXPORTER_OTLP_ENDPOINT, which is not set" err
'

it 'is a process that can write nothing' '
	rm -f requests
	start --otlp "$base/ok" -s nodes.numbers.wait=5ms -s nodes.numbers.end=1000000 line.yaml
	await "test -s out"
	sender=$(await "pgrep -P \$1 -x vflow:otlp" "$flow")
	await "test \$(sed -n \"s/^Seccomp:[[:space:]]*//p\" /proc/$sender/status) = 2"
	kill -9 "$sender"
	kill -TERM "$flow"
	ends 143
'

done_testing
