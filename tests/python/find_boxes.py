# SPDX-License-Identifier: MIT
"""Finds one box in every second frame that a zmq_out node sends, and answers to a zmq_in node.

    find_boxes.py FRAMES BOXES
"""

import json
import sys

import numpy
import zmq


def main(source, target):
    context = zmq.Context()
    frames, boxes = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    frames.connect(source)
    boxes.connect(target)
    while (parts := frames.recv_multipart()) != [b"bye"]:
        header = json.loads(parts[0])
        height, width, _ = header["shape"]
        assert len(parts[1]) == height * width * 3
        rows = [[20, 40, 80, 120, 0, 0.5]] if header["number"] % 2 == 0 else []
        found = numpy.array(rows, "float32").reshape(-1, 6)
        header |= {"dtype": str(found.dtype), "shape": found.shape}
        boxes.send_json(header, zmq.SNDMORE)
        boxes.send(found)
    frames.close()
    boxes.close()
    context.term()


main(*sys.argv[1:])
