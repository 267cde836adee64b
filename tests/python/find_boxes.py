# SPDX-License-Identifier: MIT
"""Finds one box in every second frame that a zmq_out node sends, and tells a zmq_in node.

    find_boxes.py FRAMES BOXES
"""

import json
import sys

import numpy
import zmq

from pyzmq_functions import send_array


def main(source, target):
    context = zmq.Context()
    frames, boxes = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    frames.connect(source)
    boxes.connect(target)
    number = 0
    while (parts := frames.recv_multipart()) != [b"bye"]:
        height, width, _ = json.loads(parts[0])["shape"]
        assert len(parts[1]) == height * width * 3
        rows = [[20, 40, 80, 120, 0, 0.5]] if number % 2 else []
        send_array(boxes, numpy.array(rows, "float32").reshape(-1, 6))
        number += 1
    boxes.send(b"bye")
    frames.close()
    boxes.close()
    context.term()


main(*sys.argv[1:])
