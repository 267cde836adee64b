# SPDX-License-Identifier: MIT
"""Sends what might have been found in 25 frames to a zmq_in node: something in the sixth only.

    send_findings.py {ENDPOINT boxes|tracks|masks}...
"""

import sys

import numpy
import zmq

from pyzmq_functions import send_array


def findings(kind, is_there):
    if kind == "masks":
        masks = numpy.zeros((1, 24, 32), "uint8")
        masks[0, 1:5, 1:5] = 1
        return masks if is_there else masks[:0]
    row = [10, 10, 50, 50] + ([7] if kind == "tracks" else [])
    return numpy.array([row] if is_there else [], "float32").reshape(-1, len(row))


def main(endpoint, kind):
    context = zmq.Context()
    socket = context.socket(zmq.PUSH)
    socket.connect(endpoint)
    for number in range(25):
        send_array(socket, findings(kind, number == 5))
    socket.send_string("end")
    socket.close()
    context.term()


for endpoint, kind in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
    main(endpoint, kind)
