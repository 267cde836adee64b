# SPDX-License-Identifier: MIT
"""A collector of OpenTelemetry: takes OTLP over HTTP as JSON.

    otlp_collector.py serve FOLDER     writes its port into FOLDER/port, and each request into
                                       FOLDER/requests, as JSON, a line each
    otlp_collector.py metrics FILE     checks what came there against OTLP; prints the last value of each
                                       metric: NAME ATTRIBUTE=VALUE... VALUE
    otlp_collector.py spans FILE       likewise; prints each span: NAME NUMBER PARENT
                                       TYPE ORIGIN TIMESTAMP
    otlp_collector.py resource FILE    prints the attributes of the resource: KEY VALUE

What comes before /v1/ in the path says what it does: ok; busy: answers 503 to the first two of each
kind; full: 429 to all; refuse: 400; part: takes it, and rejects some; hang: never answers.
"""
import http.server
import json
import os
import re
import sys
import threading
import time


class Collector(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    seen = {}
    folder = ""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        way = self.path.split("/")[1]
        with self.lock:
            number = self.seen[self.path] = self.seen.get(self.path, 0) + 1
        status = {"refuse": 400, "full": 429}.get(way, 200)
        if way == "busy" and number <= 2:
            status = 503
        with self.lock, open(self.folder + "/requests", "a") as out:
            print(json.dumps({"path": self.path, "status": status, "body": json.loads(body),
                              "headers": dict(self.headers)}), file=out)
        if way == "hang":
            time.sleep(3600)
        answer = {}
        if way == "part":
            answer = {"partialSuccess": {"rejectedSpans": "3", "errorMessage": "three too many"}}
        text = json.dumps(answer).encode() if status == 200 else b"come\nlater"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format, *args):
        pass


def serve(folder):
    Collector.folder = folder
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    server.daemon_threads = True
    with open(folder + "/port.part", "w") as out:
        print(server.server_port, file=out)
    os.rename(folder + "/port.part", folder + "/port")
    server.serve_forever()


def whole(text):
    """A number of 64 bits is a string in OTLP's JSON."""
    assert isinstance(text, str) and re.fullmatch("[0-9]+", text), text
    return int(text)


def attributes_of(holder):
    found = {}
    for attribute in holder["attributes"]:
        assert set(attribute) == {"key", "value"} and attribute["key"] not in found, attribute
        [(kind, value)] = attribute["value"].items()
        assert kind in ("stringValue", "intValue", "doubleValue"), kind
        found[attribute["key"]] = whole(value) if kind == "intValue" else value
    return found


def accepted(path, kind):
    """The requests of a kind that were taken."""
    for line in open(path):
        request = json.loads(line)
        if request["path"].endswith("/v1/" + kind) and request["status"] == 200:
            assert request["headers"]["Content-Type"] == "application/json"
            yield request["body"]


def scopes(path, kind, outer, inner):
    for body in accepted(path, kind):
        assert list(body) == [outer], body
        for resource in body[outer]:
            names = attributes_of(resource["resource"])
            assert names["service.name"] and names["vflow.run.name"], names
            for scope in resource[inner]:
                assert scope["scope"]["name"] == "vflow" and scope["scope"]["version"]
                yield scope


def check_point(kind, point):
    start, now = whole(point["startTimeUnixNano"]), whole(point["timeUnixNano"])
    assert 1.6e18 < start <= now < 5e18, point
    if kind == "histogram":
        counts = [whole(count) for count in point["bucketCounts"]]
        assert len(counts) == len(point["explicitBounds"]) + 1
        assert sorted(point["explicitBounds"]) == point["explicitBounds"]
        assert whole(point["count"]) == sum(counts) and point["sum"] >= 0
        return whole(point["count"])
    assert ("asInt" in point) != ("asDouble" in point), point
    return whole(point["asInt"]) if "asInt" in point else point["asDouble"]


def read_metrics(path):
    last = {}
    for scope in scopes(path, "metrics", "resourceMetrics", "scopeMetrics"):
        for metric in scope["metrics"]:
            assert re.fullmatch("[a-z][a-z0-9_.]*", metric["name"]) and metric["description"]
            [kind] = set(metric) - {"name", "description", "unit"}
            assert kind in ("sum", "gauge", "histogram"), kind
            if kind != "gauge":
                assert metric[kind]["aggregationTemporality"] == 2
            assert kind != "sum" or metric[kind]["isMonotonic"] is True
            assert metric[kind]["dataPoints"]
            for point in metric[kind]["dataPoints"]:
                value = check_point(kind, point)
                names = " ".join(f"{k}={v}" for k, v in sorted(attributes_of(point).items()))
                key = (metric["name"], names)
                assert kind == "gauge" or value >= last.get(key, 0), (key, value)
                last[key] = value
    assert last
    for (name, names), value in sorted(last.items()):
        print(name, names, value)


def read_spans(path):
    spans = {}
    for scope in scopes(path, "traces", "resourceSpans", "scopeSpans"):
        for span in scope["spans"]:
            key = span["traceId"], span["spanId"]
            assert re.fullmatch("[0-9a-f]{32}", key[0]) and key[0].strip("0"), key
            assert re.fullmatch("[0-9a-f]{16}", key[1]) and key[1].strip("0"), key
            assert key not in spans, key
            assert span["kind"] == 1
            assert 1.6e18 < whole(span["startTimeUnixNano"]) <= whole(span["endTimeUnixNano"])
            spans[key] = span
    roots = {}
    for (trace, _), span in spans.items():
        names = attributes_of(span)
        parent = spans[trace, span["parentSpanId"]] if "parentSpanId" in span else None
        if not parent:
            assert trace not in roots, "two roots in a trace"
            roots[trace] = span
        else:
            assert attributes_of(parent)["vflow.frame.number"] == names["vflow.frame.number"]
            assert whole(parent["startTimeUnixNano"]) <= whole(span["startTimeUnixNano"])
        assert names["vflow.task"] == span["name"] and names["vflow.node.type"]
        print(span["name"], names["vflow.frame.number"], parent["name"] if parent else "-",
              names["vflow.node.type"], names["vflow.frame.origin"],
              names.get("vflow.frame.timestamp", "-"))


def read_resource(path):
    for line in open(path):
        for resource in list(json.loads(line)["body"].values())[0]:
            for key, value in sorted(attributes_of(resource["resource"]).items()):
                print(key, value)
        return


if __name__ == "__main__":
    {"serve": serve, "metrics": read_metrics, "spans": read_spans,
     "resource": read_resource}[sys.argv[1]](sys.argv[2])
