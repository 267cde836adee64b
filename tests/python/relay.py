# SPDX-License-Identifier: MIT
"""Takes what a zmq_out node sends, changes it, and hands it to a zmq_in node, until "bye" comes.

    relay.py array|zipped|json FROM TO
"""

import sys

import zmq

from pyzmq_functions import recv_array, recv_zipped_pickle, send_array, send_zipped_pickle


def relay_array(taker, giver):
    send_array(giver, 255 - recv_array(taker))


def relay_zipped(taker, giver):
    send_zipped_pickle(giver, {"twice": (2 * recv_zipped_pickle(taker),)}, protocol=2)


def relay_json(taker, giver):
    giver.send_json([taker.recv_json(), None])


class Ended(Exception):
    """The last message has come."""


class Taker(zmq.Socket):
    """A socket that looks for the last message before it hands one on."""

    def recv(self, *arguments, **options):
        part = super().recv(*arguments, **options)
        if bytes(memoryview(part)) == b"bye":
            raise Ended
        return part


def main(form, source, target):
    context = zmq.Context()
    taker, giver = Taker(context, zmq.PULL), context.socket(zmq.PUSH)
    taker.connect(source)
    giver.connect(target)
    try:
        while True:
            globals()["relay_" + form](taker, giver)
    except Ended:
        giver.send(b"bye")
    taker.close()
    giver.close()
    context.term()


main(*sys.argv[1:])
