# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# reports.sh - a word for tests of what a run reports. Source it after harness.sh.
: "${workdir:?source harness.sh first}"

# finds EXPRESSION...: passes when each Python expression about the `report` in report.json is true.
# `tasks` is a dictionary by name; `edges`, by (from, to), "NODE.PORT" and the name of the receiver.
finds () {
	python3 - "$@" <<-'END'
	import json, sys
	report = json.load(open("report.json"))
	tasks = {task["name"]: task for task in report["tasks"]}
	edges = {(edge["from"], edge["to"].split(".")[0]): edge for edge in report["edges"]}
	for expression in sys.argv[1:]:
	    if not eval(expression):
	        sys.exit("not true: %s\n%s" % (expression, json.dumps(report, indent=2)))
	END
}
