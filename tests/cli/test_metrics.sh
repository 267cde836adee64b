#!/bin/sh
# SPDX-License-Identifier: MIT
# What a run says by HTTP to other programs: figures for Prometheus, whether it is well, and the
# description of its interface.
. "${0%/*}/harness.sh"
. "$root/tests/cli/running.sh"

unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY no_proxy NO_PROXY
trap 'test ! -e "$workdir/flows" || end_all; rm -rf "$workdir"' EXIT

# `numbers` comes to its end, and the run goes on.
cat >flow.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, end: 99}
  "on": {type: void, inputs: numbers}
  ticks: {type: int_source, wait: 20ms, end: 1000000}
  picture: {type: test_source, live: true, size: 64x64}
  void: {type: void, inputs: ticks}
  seen: {type: void, inputs: picture}
END

# shown WORD...: starts a run that is shown at $url.
shown () {
	start --http 127.0.0.1:0 "$@"
	wait_for err "^vflow: look at this run at http://"
	url=$(sed -n "s/^vflow: look at this run at //p" err)
}

# fetch PATH: prints what the run answers, and fails unless it is well.
fetch () {
	python3 -c 'import sys, urllib.request
sys.stdout.write(urllib.request.urlopen(sys.argv[1], timeout=60).read().decode())' "$url$1"
}

over () {
	kill -TERM "$flow"
	ends 143
}

it 'shows figures that promtool has nothing to say of' '
	shown flow.yaml
	export url
	await "python3 -c \"import sys, urllib.request
text = urllib.request.urlopen(sys.argv[1] + \\\"metrics\\\").read().decode()
sys.exit(\\\"vflow_task_frames_in_total{task=\\\\\\\"on\\\\\\\"} 100\\\\n\\\" not in text)\" $url"
	fetch metrics >metrics
	says metrics "vflow_run_state{state=\"running\"} 1"
	says metrics "vflow_task_frames_out_total{task=\"numbers\"} 100"
	says metrics "vflow_task_state{task=\"numbers\",state=\"ended\"} 1"
	grep "^vflow_edge_queue_length_frames{edge=\"[0-9]*\",from=\"ticks\",port=\"value\",to=\"void\"," metrics
	grep "^vflow_build_info{version=\"[0-9.]*\"} 1" metrics
	if command -v promtool
	then
		promtool check metrics <metrics
	else
		echo "# skipped: there is no promtool (prometheus)"
	fi
	for name in $(sed -n "s/^# TYPE \([a-z_]*\) .*/\1/p" metrics)
	do
		grep -q "^\.It Cm $name\( ,\|\$\)" "$root/man/vflow-http.7" || {
			echo "the manual lacks $name"
			exit 1
		}
	done
	over
'

it 'says whether it is well' '
	shown flow.yaml
	test "$(fetch healthz)" = "{\"status\":\"ok\"}"
	export url
	await "python3 -c \"import sys, urllib.request; urllib.request.urlopen(sys.argv[1] + \\\"readyz\\\")\" $url"
	test "$(fetch readyz)" = "{\"status\":\"ok\"}"
	over
'

it 'describes its interface, and answers as it is described' '
	python3 -B "$root/tests/python/openapi_check.py" document "$root/engine/web/page/openapi.json" \
		"$root/engine/web/routes.c"
	shown flow.yaml
	fetch api/v1/openapi.json | cmp - "$root/engine/web/page/openapi.json"
	export url
	await "python3 -c \"import sys, urllib.request; urllib.request.urlopen(sys.argv[1] + \\\"api/v1/live\\\")\" $url"
	python3 -B "$root/tests/python/openapi_check.py" answers "$root/engine/web/page/openapi.json" \
		"$url" >paths
	over
	for path in /metrics /healthz /readyz /api/v1/flow /api/v1/stats /api/v1/live /api/v1/history \
		/api/v1/tasks/{task}/log /api/v1/edges/{edge}/values \
		/edges/{edge}.jpg
	do
		says paths "200 $path"
	done
'

# Prometheus has its own folder and port, and is ended by its id.
scrapes_a_run () {
	shown flow.yaml
	cat >prometheus.yaml <<-END
		global: {scrape_interval: 1s}
		scrape_configs:
		  - job_name: vflow
		    static_configs: [{targets: ["$(echo "$url" | sed 's,^http://\(.*\)/$,\1,')"]}]
	END
	prometheus --config.file=prometheus.yaml --storage.tsdb.path=data \
		--web.listen-address=127.0.0.1:0 2>log.prometheus &
	prometheus=$!
	trap 'kill "$prometheus"' EXIT
	wait_for log.prometheus "Listening on.* address=127.0.0.1:[0-9]"
	port=$(sed -n 's/.*Listening on.* address=127.0.0.1:\([0-9]*\).*/\1/p' log.prometheus | head -1)
	await "python3 -B \"\$1\" \"\$2\" 'vflow_task_frames_in_total{task=\"on\"}' 100" \
		"$root/tests/python/prometheus_query.py" "http://127.0.0.1:$port"
	await "python3 -B \"\$1\" \"\$2\" 'up' 1" \
		"$root/tests/python/prometheus_query.py" "http://127.0.0.1:$port"
	await "python3 -B \"\$1\" \"\$2\" 'sum(vflow_task_age_seconds_count{task=\"on\"})' 100" \
		"$root/tests/python/prometheus_query.py" "http://127.0.0.1:$port"
	kill "$prometheus"
	trap - EXIT
	wait "$prometheus" || :
	over
}

if command -v prometheus >/dev/null
then
	it 'is scraped by Prometheus, which knows how many frames there were' scrapes_a_run
else
	echo "# skipped: there is no prometheus"
fi

done_testing
