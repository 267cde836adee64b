# SPDX-License-Identifier: MIT
"""Sends good and bad messages to a zmq_in node that expects pictures.

    send_mixed.py ENDPOINT
"""

import sys

import numpy
import zmq

from pyzmq_functions import send_array


def main(endpoint):
    context = zmq.Context()
    socket = context.socket(zmq.PUSH)
    socket.bind(endpoint)
    send_array(socket, numpy.zeros((2, 4, 3), numpy.uint8))
    send_array(socket, numpy.zeros((2, 4, 3), numpy.float32))
    send_array(socket, numpy.zeros((2, 4), numpy.uint8))
    socket.send(b"alone")
    socket.send_multipart([b"{", b"bytes"])
    socket.send_multipart([b"one", b"two", b"three", b"four", b"five", b"six"])
    send_array(socket, numpy.zeros((2, 4, 4), numpy.uint8))
    socket.send(b"bye")
    socket.close()
    context.term()


main(*sys.argv[1:])
