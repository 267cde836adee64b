#!/bin/sh
# SPDX-License-Identifier: MIT
# The page of a run: its numbers are those of the report, what it says is text, and what it is made of
# is looked at first.
. "${0%/*}/harness.sh"
. "$root/tests/cli/reports.sh"

cat >page.py <<'END'
# page.py PAGE REPORT: holds a page against the report that it is made of.
import html.parser, json, re, sys, xml.etree.ElementTree

page = open(sys.argv[1], encoding="utf-8").read()
report = json.load(open(sys.argv[2], encoding="utf-8"))
EMPTY = {"meta", "input", "br"}


class Reader(html.parser.HTMLParser):
    """Checks that tags are closed in turn, and gathers headings, tables and terms."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stack, self.tables, self.tags, self.ids = [], [], [], []
        self.headings, self.terms, self.text = [], {}, ""
        self.cell = self.term = None

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if "id" in dict(attributes):
            self.ids.append(dict(attributes)["id"])
        if tag not in EMPTY:
            self.stack.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("th", "td", "h1", "h2", "dt", "dd"):
            self.cell = ""

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.stack and self.stack.pop() == tag, (tag, self.stack, self.getpos())
        if tag in ("th", "td"):
            self.tables[-1][-1].append(self.cell)
        elif tag in ("h1", "h2"):
            self.headings.append(self.cell)
        elif tag == "dt":
            self.term = self.cell
        elif tag == "dd":
            self.terms[self.term] = self.cell

    def handle_data(self, text):
        self.text += text
        if self.cell is not None:
            self.cell += text


reader = Reader()
reader.feed(page)
reader.close()
assert not reader.stack, reader.stack
assert len(reader.ids) == len(set(reader.ids)), reader.ids

# Nothing runs, and nothing comes from elsewhere.
for tag, attributes in reader.tags:
    assert tag not in ("script", "link", "img", "iframe", "object", "embed", "form"), tag
    for name, value in attributes.items():
        assert not name.startswith("on") and name not in ("src", "href"), (tag, name, value)
assert "url(" not in page and "@import" not in page
assert "default-src 'none'" in page

for picture in re.findall(r"<svg.*?</svg>", page, re.S):
    svg = xml.etree.ElementTree.fromstring(picture)
    assert svg.get("role") == "img" and svg.get("aria-label"), picture[:200]


def number(cell):
    return int(cell.replace("\u202f", "")) if cell not in ("", "\u2013") else None


def table(title):
    """The rows of a table as dictionaries, by the heads of its columns."""
    for rows in reader.tables:
        if rows[0][0] == title[0] and all(name in rows[0] for name in title):
            return [dict(zip(rows[0], row)) for row in rows[1:]]
    sys.exit("there is no table with %s" % (title,))


assert reader.headings[0] == report["file"], reader.headings
assert "exit status %d)" % report["status"] in reader.text
if report["tasks"]:
    assert number(reader.terms["Frames"]) == report["frames"]
    assert number(reader.terms["Tasks"]) == len(report["tasks"])
    assert number(reader.terms["Restarts"]) == sum(task["restarts"] for task in report["tasks"])
    assert number(reader.terms["Dropped"]) == sum(
        edge["dropped_newest"] + edge["dropped_oldest"] for edge in report["edges"])
    rows = table(("Task", "Type", "In"))
    assert [row["Task"] for row in rows] == [task["name"] for task in report["tasks"]]
    for row, task in zip(rows, report["tasks"]):
        assert number(row["In"]) == (sum(task["in"].values()) if task["in"] else None), row
        assert number(row["Out"]) == (sum(task["out"].values()) if task["out"] else None), row
        for key in ("Dropped", "Errors", "Restarts"):
            assert number(row[key]) == task[key.lower()], row
    rows = table(("From", "To", "Produced"))
    assert len(rows) == len(report["edges"])
    for row, edge in zip(rows, report["edges"]):
        assert (row["From"], row["To"]) == (edge["from"], edge["to"])
        for head, key in (("Produced", "produced"), ("Published", "published"),
                          ("Newest dropped", "dropped_newest"), ("Refused", "refused"),
                          ("Taken", "taken"), ("Unmatched", "unmatched"),
                          ("Oldest dropped", "dropped_oldest"), ("Unread", "unread")):
            assert number(row[head]) == edge[key], (row, key)
        assert edge.get("advice", "") in reader.text
    assert (report["limit"] or "") in reader.text
for medium in report["inputs"] + report["outputs"]:
    assert medium["path"] in [row["Path"] for row in table(("Task", "Path"))], medium
for version in report["versions"].values():
    assert version in reader.text

history = report.get("history")
bands = [attributes for tag, attributes in reader.tags if attributes.get("class") == "band"]
assert len(bands) == (len(report["tasks"]) if history and history["t"] else 0), bands
if history:
    count = len(history["t"])
    assert 0 < count <= 240 and history["t"] == sorted(history["t"])
    assert set(history["tasks"]) == {task["name"] for task in report["tasks"]}
    assert set(history["edges"]) == {str(edge["id"]) for edge in report["edges"]}
    assert history["run"]["frames"][-1] == report["frames"]
    for columns in list(history["tasks"].values()) + list(history["edges"].values()):
        assert all(len(column) == count for column in columns.values() if isinstance(column, list))
    for columns in history["tasks"].values():
        for shares in zip(*(columns[key] for key in ("busy", "waiting", "blocked", "opening"))):
            assert -0.001 <= sum(shares) <= 1.005, shares
elif report["tasks"]:
    assert "has no samples of the run over time" in reader.text
END

# fits PAGE REPORT: passes when a page has what the report has.
fits () {
	python3 -B page.py "$1" "$2"
}

cat >flow.yaml <<'END'
vflow: 1
nodes:
  numbers: {type: int_source, start: 1, end: 600}
  some:    {type: every, inputs: numbers, nth: 3}
  all:     {type: identity, inputs: numbers}
  both:    {type: joiner, inputs: [some, all]}
  out:     {type: void, inputs: both}
END

it 'has the numbers of the report, and makes the same page of it later' '
	expect 0 "$VFLOW" run -q --report report.json --report-html page.html flow.yaml
	fits page.html report.json
	finds "report[\"frames\"] == tasks[\"out\"][\"answered\"]" \
		"abs(report[\"fps\"] * report[\"seconds\"] - report[\"frames\"]) < 0.01" \
		"len(report[\"history\"][\"t\"]) >= 1"
	expect 0 "$VFLOW" report report.json -o again.html
	cmp page.html again.html
	expect 0 "$VFLOW" report - <report.json
	cmp page.html out
'

it 'has what was dropped, and where' '
	expect 0 "$VFLOW" run -q --realtime --report report.json --report-html page.html \
		-s nodes.numbers.end=3000 -s nodes.all.fps=50 flow.yaml
	fits page.html report.json
	finds "edges[\"numbers.value\", \"all\"][\"dropped_newest\"] > 0" \
		"\"found no room at all\" in edges[\"numbers.value\", \"all\"][\"advice\"]"
	grep "<text class=\"loss\"" page.html
'

it 'of a run without samples, says so' '
	expect 0 "$VFLOW" run -q --report report.json flow.yaml
	finds "\"history\" not in report"
	expect 0 "$VFLOW" report report.json -o page.html
	fits page.html report.json
'

it 'has what was read and written, and what failed' '
	cat >media.yaml <<-END
	vflow: 1
	nodes:
	  camera: {type: test_source, size: 160x120, frames: 30}
	  out:    {type: video_writer, inputs: camera, path: "a&b <1>.mkv"}
	END
	expect 0 "$VFLOW" run -q --report report.json --report-html page.html media.yaml
	fits page.html report.json
	grep -F "a&amp;b &lt;1&gt;.mkv" page.html
	mkdir taken.mkv
	expect 73 "$VFLOW" run -q --report report.json --report-html page.html \
		-s nodes.out.path=taken.mkv media.yaml
	fits page.html report.json
'

it 'has the mistakes of a flow that was not started' '
	printf "vflow: 1\nnodes:\n  a: {type: int_sorce}\n" >"<script>&.yaml"
	expect 78 "$VFLOW" run --report report.json --report-html page.html "<script>&.yaml"
	fits page.html report.json
	grep -F "&lt;script&gt;&amp;.yaml:3:13" page.html
	grep -F "did you mean &quot;int_source&quot;" page.html
'

it 'keeps a file that is no page when the flow could not be started' '
	echo mine >page.html
	expect 78 "$VFLOW" run --report-html page.html "<script>&.yaml"
	grep -F "no page is written: page.html is there, and is no page of a report" err
	test "$(cat page.html)" = mine
'

it 'shows a report in which everything is called as a script would be' '
	expect 0 "$VFLOW" run -q --report report.json --report-html page.html flow.yaml
	python3 - <<-END
	import json
	text = open("report.json").read()
	for name in ("numbers", "some", "both"):
	    text = text.replace("\"%s" % name, "\"<script>%s</script>\\\\\"" % name)
	report = json.loads(text)
	report["file"] = "</title><script>alert(1)</script>"
	report["versions"]["<b>"] = "<i onload=x>"
	report["errors"] = [{"task": "<u>", "frame": None, "text": "\\x1b[1m<img src=x>", "fatal": True}]
	json.dump(report, open("named.json", "w"))
	END
	expect 0 "$VFLOW" report named.json -o named.html
	fits named.html named.json
	grep -F "&lt;script&gt;alert(1)&lt;/script&gt;" named.html
'

it 'is refused where the flow reads or writes' '
	cp media.yaml own.yaml
	for path in own.yaml out.mkv
	do
		expect 78 "$VFLOW" run --report-html "$path" -s nodes.out.path=out.mkv own.yaml
		grep -e "--report-html" err
	done
	cmp media.yaml own.yaml
	expect 78 "$VFLOW" run --report same --report-html same flow.yaml
	grep "give each a file of its own" err
'

it 'cannot replace the report that it is made of' '
	cp report.json kept.json
	expect 2 "$VFLOW" report report.json -o report.json
	grep "would replace the report" err
	cmp report.json kept.json
'

# broken WORDS: passes when the report broken.json is refused with these words.
broken () {
	rm -f broken.html
	expect 65 "$VFLOW" report broken.json -o broken.html
	cat err
	grep -F "$1" err
	test ! -e broken.html
}

it 'says what is wrong with what is no report' '
	head -c 300 report.json >broken.json
	broken "broken.json is no report of vflow run: line "
	: >broken.json
	broken "broken.json is no report of vflow run: line 1: "
	echo "[1, 2]" >broken.json
	broken "it is not an object"
	echo "{\"a\": 1}" >broken.json
	broken "file is missing"
	printf "\0\1\2" >broken.json
	broken "broken.json is no report of vflow run: line 1: "
	sed "s/\"name\": \"all\"/\"name\": 7/" report.json >broken.json
	broken "name is not a string"
	sed "s/\"produced\": [0-9]*/\"produced\": -1/" report.json >broken.json
	broken "edges[0].produced is below 0"
	expect 69 "$VFLOW" report missing.json
	grep "cannot read missing.json: No such file" err
	expect 69 "$VFLOW" report .
	grep "Is a directory" err
'

it 'makes a page of a report whose samples and edges do not fit its tasks' '
	python3 - <<-END
	import json
	report = json.load(open("report.json"))
	report["edges"][0]["from"] = "nobody.value"
	report["history"]["t"] = [5, 3, 1e308]
	report["history"]["tasks"] = {"all": dict(list(report["history"]["tasks"].values())[0], busy=[9])}
	report["history"]["run"]["fps"] = []
	report["seconds"] = 1e300
	json.dump(report, open("odd.json", "w"))
	END
	expect 0 "$VFLOW" report odd.json -o odd.html
	grep "</html>" odd.html
	! grep -wiE "nan|inf" odd.html
'

it 'is whole or not at all' '
	test -e /dev/full || exit 0
	expect 74 "$VFLOW" report report.json -o /dev/full
	grep "No space left" err
	expect_in /dev/full err 74 "$VFLOW" report report.json
	expect 74 "$VFLOW" run -q --report-html /dev/full flow.yaml
	grep "No space left" err
	expect 73 "$VFLOW" report report.json -o missing/page.html
	expect 73 "$VFLOW" run -q --report-html missing/page.html flow.yaml
'

it 'is named by a dry run' '
	expect 0 "$VFLOW" run --dry-run --report-html page.html flow.yaml
	grep "page.html: the report as a page" out
'

done_testing
