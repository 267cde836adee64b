# SPDX-License-Identifier: MIT
"""Writes the samples that come from a flow to a file, and prints what their headers say.

hear.py ENDPOINT FILE
"""
import json
import sys

import numpy
import zmq


def main():
    endpoint, path = sys.argv[1:]
    context = zmq.Context()
    socket = context.socket(zmq.PULL)
    socket.bind(endpoint)
    shapes = set()
    with open(path, "wb") as file:
        while True:
            parts = socket.recv_multipart()
            if len(parts) == 1:
                break
            header = json.loads(parts[0])
            samples = numpy.frombuffer(parts[1], header["dtype"]).reshape(header["shape"])
            shapes.add((header["dtype"], samples.shape[1], header["sample_rate"], header["layout"]))
            file.write(samples.tobytes())
    for shape in sorted(shapes):
        print(*shape)
    socket.close()
    context.term()


main()
