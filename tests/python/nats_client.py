#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""nats_client - speaks to a NATS server as its tests need it, over a plain socket.

    nats_client.py PORT [USER PASSWORD] hear         prints all that is published, a line each
    nats_client.py PORT [USER PASSWORD] say SUBJECT TEXT    publishes that
    nats_client.py PORT [USER PASSWORD] ask SUBJECT TEXT    prints the answer to a request
    nats_client.py PORT [USER PASSWORD] stored STREAM       prints what a stream has, a line each

A line has the subject, headers as NAME=TEXT, and the payload.
"""
import base64
import json
import socket
import sys


class Client:
    def __init__(self, port, user=None, password=None):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.file = self.socket.makefile("rb")
        self.file.readline()  # INFO
        options = {"verbose": False, "pedantic": True, "headers": True, "no_responders": True}
        if user:
            options.update({"user": user, "pass": password})
        self.send(f"CONNECT {json.dumps(options)}\r\n")

    def send(self, text):
        self.socket.sendall(text.encode())

    def subscribe(self, subject):
        self.send(f"SUB {subject} 1\r\nPING\r\n")
        while (line := self.file.readline().strip()) != b"PONG":
            if not line or line.startswith(b"-ERR"):
                sys.exit(f"the server answers {line!r}")

    def messages(self):
        """Yields (subject, headers, payload), until the server goes away."""
        while line := self.file.readline().split():
            if line[0] == b"PING":
                self.send("PONG\r\n")
            elif line[0] in (b"MSG", b"HMSG"):
                size = int(line[-1])
                header_size = int(line[-2]) if line[0] == b"HMSG" else 0
                body = self.file.read(size + 2)[:-2]
                headers = body[:header_size].decode().split("\r\n")[1:]
                yield line[1].decode(), [h for h in headers if h], body[header_size:]

    def ask(self, subject, text):
        data = text.encode()
        self.send(f"PUB {subject} answers.1 {len(data)}\r\n{text}\r\n")
        return next(self.messages())[2]


def line(subject, headers, payload):
    words = [subject] + [header.replace(": ", "=", 1) for header in headers]
    return " ".join(words + [payload.decode()])


def main():
    words = sys.argv[2:]
    access = () if words[0] in ("hear", "say", "ask", "stored") else (words.pop(0), words.pop(0))
    client = Client(int(sys.argv[1]), *access)
    if words[0] == "hear":
        client.subscribe(">")
        print("Subscribed", flush=True)
        for message in client.messages():
            print(line(*message), flush=True)
        return
    if words[0] == "say":
        client.send(f"PUB {words[1]} {len(words[2].encode())}\r\n{words[2]}\r\n")
    client.subscribe("answers.*")
    if words[0] == "say":
        return
    if words[0] == "ask":
        print(client.ask(words[1], words[2]).decode())
        return
    state = json.loads(client.ask(f"$JS.API.STREAM.INFO.{words[1]}", ""))["state"]
    for number in range(state["first_seq"], state["last_seq"] + 1):
        answer = client.ask(f"$JS.API.STREAM.MSG.GET.{words[1]}", json.dumps({"seq": number}))
        message = json.loads(answer)["message"]
        print(message["subject"], base64.b64decode(message["data"]).decode())


if __name__ == "__main__":
    main()
