# SPDX-License-Identifier: MIT
"""http_checks.py - what a test asks the server of a run. The first argument names the check, the second is the
address that the run has printed, and the others are the check's own."""
import http.client
import json
import socket
import ssl
import sys
import time
from urllib.parse import parse_qs, urlsplit

CHECK, ADDRESS, ARGUMENTS = sys.argv[1], sys.argv[2], sys.argv[3:]
PLACE = urlsplit(ADDRESS)
TOKEN = parse_qs(PLACE.query).get("token", [None])[0]
LIMIT = 60


def connect():
    if PLACE.scheme == "https":
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(PLACE.hostname, PLACE.port, timeout=LIMIT, context=context)
    return http.client.HTTPConnection(PLACE.hostname, PLACE.port, timeout=LIMIT)


def ask(path, method="GET", body=None, headers=None, token=TOKEN):
    """Returns the response, read, and its body."""
    sent = dict(headers or {})
    if token:
        sent["Authorization"] = "Bearer " + token
    connection = connect()
    connection.request(method, path, body, sent)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response, text


def object_of(path):
    response, text = ask(path)
    assert response.status == 200, (path, response.status, text)
    return json.loads(text)


def status_of(path, **words):
    return ask(path, **words)[0].status


def raw(text):
    """Sends bytes as they are, and returns what comes back until the end."""
    plug = socket.create_connection((PLACE.hostname, PLACE.port), timeout=LIMIT)
    try:
        plug.sendall(text)
        plug.shutdown(socket.SHUT_WR)
        answer = b""
        while True:
            more = plug.recv(65536)
            if not more:
                return answer
            answer += more
    except OSError:
        return b""
    finally:
        plug.close()


def events(count):
    """Returns the first events of the stream, as pairs of name and data."""
    connection = connect()
    connection.request("GET", "/api/v1/events", headers={"Authorization": f"Bearer {TOKEN}"} if TOKEN else {})
    response = connection.getresponse()
    assert response.status == 200 and response.headers["Content-Type"] == "text/event-stream"
    found, name = [], None
    while len(found) < count:
        line = response.readline().decode()
        if not line:
            break
        if line.startswith("event: "):
            name = line[7:].strip()
        if line.startswith("data: "):
            found.append((name, json.loads(line[6:])))
    connection.close()
    return found


def merge(target, patch):
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        else:
            target[key] = merge(target.get(key), value)
    return target


def check_flow():
    flow = object_of("/api/v1/flow")
    assert [task["name"] for task in flow["tasks"]] == ARGUMENTS, flow["tasks"]
    names = {task["name"] for task in flow["tasks"]}
    for edge in flow["edges"]:
        assert edge["from"] in names and edge["to"] in names and len(edge["points"]) >= 2, edge
    for one in flow["tasks"]:
        assert 0 <= one["x"] and one["x"] + one["width"] <= flow["width"], one
        assert 0 <= one["y"] and one["y"] + one["height"] <= flow["height"], one


def check_page():
    response, text = ask("/")
    assert response.status == 200 and response.headers["Content-Type"].startswith("text/html")
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert b"<html" in text and status_of("/view.css") == 200
    assert ask("/", method="HEAD")[1] == b"" and status_of("/", method="HEAD") == 200
    assert status_of("/nothing") == 404 and status_of("/../../etc/passwd") == 404
    assert status_of("/api/v1/flow", method="DELETE") == 405


def check_numbers():
    """Rows and samples are of the same run, and go on."""
    before = object_of("/api/v1/stats")
    sample = object_of("/api/v1/live")
    rows = {row["name"]: row for row in before["rows"]}
    assert set(rows) == set(sample["tasks"]), sample
    assert before["state"] == sample["run"]["state"] == "running"
    assert {str(edge["id"]) for edge in before["edges"]} == set(sample["edges"])
    until = time.monotonic() + LIMIT
    while object_of("/api/v1/live")["run"]["frames"] <= sample["run"]["frames"]:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert len(object_of("/api/v1/history?seconds=60")["samples"]) >= 2


def check_events():
    """What has changed, put into what came first, is what the server knows."""
    first, *found = events(7)
    assert first == ("flow", {"revision": 0}), first
    assert found[0][0] == "sample", found[0]
    state = found[0][1]
    for name, data in found[1:]:
        assert name in ("change", "sample"), name
        state = merge(state, data) if name == "change" else data
    assert set(state) == set(found[0][1]) and state["t"] > found[0][1]["t"]


def check_picture():
    response, text = ask(f"/edges/{ARGUMENTS[0]}.jpg?width=160")
    assert response.status == 200, text
    assert text[:2] == b"\xff\xd8" and text[-2:] == b"\xff\xd9", text[:20]
    with open("picture.jpg", "wb") as file:
        file.write(text)


def check_film():
    connection = connect()
    connection.request("GET", f"/edges/{ARGUMENTS[0]}.mjpeg?rate=25")
    response = connection.getresponse()
    assert response.headers["Content-Type"].startswith("multipart/x-mixed-replace"), response.headers
    pictures = 0
    while pictures < 3:
        line = response.readline()
        if line.startswith(b"Content-Length: "):
            size = int(line[16:])
            assert response.readline() == b"\r\n"
            picture = response.read(size)
            assert picture[:2] == b"\xff\xd8" and picture[-2:] == b"\xff\xd9"
            pictures += 1
    connection.close()


def check_values():
    values = object_of(f"/api/v1/edges/{ARGUMENTS[0]}/values?limit=3")
    assert 1 <= len(values) <= 3 and all("value" in value for value in values), values


def check_no_place():
    response, text = ask("/edges/nobody.jpg")
    assert response.status == 404 and b"nobody" in text, (response.status, text)


def check_private():
    """Neither pictures nor values of these tasks are given away, and the others are shown."""
    for place in ARGUMENTS:
        for path in (f"/edges/{place}.jpg", f"/edges/{place}.mjpeg", f"/api/v1/edges/{place}/values"):
            response, text = ask(path)
            assert response.status == 404 and b"private" in text, (path, response.status, text)
    for edge in object_of("/api/v1/flow")["edges"]:
        assert edge["picture"] == (edge["from"] not in ARGUMENTS), edge


def check_names():
    """Only by its own names is the server to be reached."""
    port = PLACE.port
    for name in ("127.0.0.1", "localhost", "[::1]", "10.1.2.3", "box.localhost", *ARGUMENTS):
        assert status_of("/api/v1/flow", headers={"Host": f"{name}:{port}"}) == 200, name
    for name in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", ""):
        assert status_of("/api/v1/flow", headers={"Host": f"{name}:{port}"}) == 421, name


def check_read_only():
    for path in ("stop", "tasks/numbers/restart", "tasks/numbers/pause", "tasks/numbers/resume"):
        response, text = ask("/api/v1/" + path, method="POST", body="{}")
        assert response.status == 403 and b"--http-control" in text, (path, response.status, text)


def check_token():
    """Without the token nothing is to be had, but whether the run is there."""
    assert TOKEN
    for wrong in (None, "x", TOKEN[:-1], TOKEN + "x", "0" * len(TOKEN)):
        assert status_of("/api/v1/flow", token=wrong) == 401, wrong
        assert status_of("/", token=wrong) == 401, wrong
        refusal = 401 if ARGUMENTS else 403
        assert status_of("/api/v1/stop", method="POST", token=wrong) == refusal, wrong
    assert status_of("/api/v1/flow") == 200
    response, _ = ask("/?token=" + TOKEN, token=None)
    assert response.status == 303 and response.headers["Location"] == "/", response.status
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie, cookie
    kept = {"Cookie": cookie.split(";")[0]}
    assert status_of("/", token=None, headers=kept) == 200
    other = {"Origin": "http://evil.example", **kept}
    assert status_of("/api/v1/tasks/numbers/pause", method="POST", token=None, headers=other) == 403
    other = {"Sec-Fetch-Site": "cross-site", **kept}
    assert status_of("/api/v1/tasks/numbers/pause", method="POST", token=None, headers=other) == 403


def check_steer():
    response, text = ask("/api/v1/tasks/numbers/pause", method="POST")
    assert response.status == 200 and json.loads(text)["tasks"] == ["numbers"], text
    until = time.monotonic() + LIMIT
    while object_of("/api/v1/live")["tasks"]["numbers"]["activity"] != "paused":
        assert time.monotonic() < until
        time.sleep(0.1)
    assert status_of("/api/v1/tasks/numbers/resume", method="POST") == 200
    response, text = ask("/api/v1/tasks/step/restart", method="POST")
    assert response.status == 200, text
    response, text = ask("/api/v1/tasks/out/pause", method="POST")
    assert response.status == 409 and b"only sources" in text, text
    assert status_of("/api/v1/stop", method="POST", body="x" * 10000) == 413
    assert status_of("/api/v1/stop", method="POST", body='{"level": "drain"}') == 200


def check_bad_requests():
    """Whatever comes, the server goes on."""
    raw(b"\0" * 1000)
    raw(b"GET\r\n\r\n")
    raw(b"GET / HTTP/9.9\r\n\r\n")
    raw(b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n")
    raw(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20000 + b"\r\n")
    raw(b"POST /api/v1/stop HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n")
    raw(b"POST /api/v1/stop HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
    raw(b"GET /edges/%00%ff%2f..%2f.jpg?width=-1e999&rate=nan&boxes=x HTTP/1.1\r\nHost: localhost\r\n"
        b"Connection: close\r\n\r\n")
    halves = []
    for _ in range(300):
        try:
            half = socket.create_connection((PLACE.hostname, PLACE.port), timeout=LIMIT)
            half.sendall(b"GET / HTTP/1.1\r\nHo")
            halves.append(half)
        except OSError:
            break
    for half in halves:
        half.close()
    until = time.monotonic() + LIMIT
    while True: # those that are closed make room
        try:
            object_of("/api/v1/flow")
            return
        except (OSError, http.client.HTTPException):
            assert time.monotonic() < until
            time.sleep(0.1)


def check_lazy():
    """Who listens and does not read holds up nobody."""
    for path in ("/api/v1/events", f"/edges/{ARGUMENTS[0]}.mjpeg?rate=30&width=640"):
        plug = socket.create_connection((PLACE.hostname, PLACE.port), timeout=LIMIT)
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plug.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        lazy.append(plug)
    for _ in range(100):
        object_of("/api/v1/live")
    assert len(events(4)) == 4


def check_end():
    """The last numbers come, and that there are no more."""
    connection = connect()
    connection.request("GET", "/api/v1/events")
    response = connection.getresponse()
    print("listening", flush=True)
    state, last = {}, None
    while True:
        line = response.readline().decode()
        if not line:
            break
        if line.startswith("event: "):
            last = line[7:].strip()
        if line.startswith("data: ") and last in ("sample", "change"):
            data = json.loads(line[6:])
            state = merge(state, data) if last == "change" else data
    assert last == "end", last
    print(state["tasks"][ARGUMENTS[0]]["in"])


lazy = []
globals()["check_" + CHECK]()
