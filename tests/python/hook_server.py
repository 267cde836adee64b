# SPDX-License-Identifier: MIT
"""hook_server.py FOLDER - a web server that does as the paths of its URLs say.

Its port is in FOLDER/port once it listens; each request is a line of JSON in FOLDER/requests.
    /ok         200
    /status/N   answers N
    /fails/N    503 to the first N requests, then 200
    /hangs/N    closes the connection of the first N requests without an answer, then 200
    /busy       429 to the first request, with Retry-After: 1, then 200
    /slow       200, once there is a file FOLDER/go
    /moved      301, to a URL with a password and a query
    /echo       400, with the headers of the request in the first line of its answer
"""
import base64
import http.server
import json
import os
import sys
import threading
import time

folder = sys.argv[1]
seen = {}
guard = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body="", headers=()):
        self.send_response(status)
        for name, text in headers:
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        what, _, number = self.path.split("?")[0].strip("/").partition("/")
        with guard:
            count = seen[self.path] = seen.get(self.path, 0) + 1
            with open(os.path.join(folder, "requests"), "a") as requests:
                requests.write(json.dumps({
                    "method": self.command, "path": self.path,
                    "body": body.decode(errors="replace"), "bytes": base64.b64encode(body).decode(),
                    "headers": dict(self.headers), "peer": self.client_address[1]}) + "\n")
        if what == "status":
            self.answer(int(number), "the answer\nin two lines\n")
        elif what == "fails" and count <= int(number):
            self.answer(503, "not yet\n")
        elif what == "hangs" and count <= int(number):
            self.close_connection = True
        elif what == "busy" and count == 1:
            self.answer(429, headers=[("Retry-After", "1")])
        elif what == "moved":
            self.answer(301, headers=[("Location", "http://me:secret@127.0.0.1/new?token=secret")])
        elif what == "echo":
            self.answer(400, json.dumps(dict(self.headers)))
        else:
            while what == "slow" and not os.path.exists(os.path.join(folder, "go")):
                time.sleep(0.01)  # the test speaks by files
            self.answer(200)

    do_GET = do_POST = do_PUT = do_PATCH = serve


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # somebody has gone without waiting for an answer


server = Server(("127.0.0.1", 0), Handler)
with open(os.path.join(folder, "port.part"), "w") as port:
    port.write(f"{server.server_address[1]}\n")
os.rename(os.path.join(folder, "port.part"), os.path.join(folder, "port"))
server.serve_forever()
