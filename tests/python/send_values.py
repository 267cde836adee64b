# SPDX-License-Identifier: MIT
"""Sends values as JSON to a flow that sends them on as zipped pickles, and compares byte for byte
with the pickles that CPython makes of the same JSON.

    send_values.py TO FROM PROTOCOL
"""

import json
import pickle
import random
import sys
import zlib

import zmq


def values():
    rng = random.Random(2)
    yield {"en": 1, "in": 2}
    yield ["40", "0", "", "", "é", "é", "e", "ab", "ab"]
    yield [{"x": 1, "label": "cat"}, {"x": 2, "label": "cat"}]
    for limit in (0x80, 0x100, 0x3000):
        yield ["".join(chr(rng.randrange(1, limit)) for _ in range(length))
               for length in range(301)]
    yield [sign * 2 ** bits - 1 for bits in range(63) for sign in (-1, 1)]
    yield [0.1, -0.0, 1e300, 5e-324, 1.0, None, True, False, [], {}, [[]]]
    yield {str(number): {str(number % 7): number} for number in range(1001)}
    for value in ("en", "é", "", 5, None):
        yield value


def main(target, source, protocol):
    context = zmq.Context()
    giver, taker = context.socket(zmq.PUSH), context.socket(zmq.PULL)
    taker.RCVTIMEO = 50000
    giver.connect(target)
    taker.connect(source)
    for value in values():
        text = json.dumps(value)
        giver.send_string(text)
        wanted = zlib.compress(pickle.dumps(json.loads(text), protocol))
        assert taker.recv() == wanted, value
    giver.send_string("bye")
    giver.close()
    taker.close()
    context.term()


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
