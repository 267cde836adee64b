# SPDX-License-Identifier: MIT
"""Subscribes to a topic of a zmq_out node and prints the values that come with it, until "bye".

    subscribe.py ENDPOINT TOPIC
"""

import sys

import zmq


def main(endpoint, topic):
    socket = zmq.Context().socket(zmq.SUB)
    socket.setsockopt_string(zmq.SUBSCRIBE, topic)
    socket.connect(endpoint)
    while True:
        assert socket.recv_string() == topic
        part = socket.recv()
        if part == b"bye":
            return
        print(part.decode())


main(*sys.argv[1:])
