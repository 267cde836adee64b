#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tcp_relay - passes on all that comes to one port of the loopback to another; ended, it breaks all
connections at once.

    tcp_relay.py FROM TO        prints "listening" when it does
"""
import socket
import sys
import threading


def copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    print("listening", flush=True)
    while True:
        client = listener.accept()[0]
        try:
            server = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
        except OSError:
            client.close()
            continue
        for ends in ((client, server), (server, client)):
            threading.Thread(target=copy, args=ends, daemon=True).start()


main()
