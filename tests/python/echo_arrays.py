# SPDX-License-Identifier: MIT
"""Sends arrays of all types and shapes to build/example/echo, and compares what comes back.

    echo_arrays.py ECHO FOLDER COUNT [SEED]
"""

import random
import subprocess
import sys

import numpy
import zmq

from pyzmq_functions import recv_array, send_array

TYPES = "?bBhHiIlLqQefdFD"
SHAPES = [(), (0,), (1,), (3, 0, 2), (5, 4, 3), (1,) * 32, (1000,)]
BAD = [
    ([b'{"dtype": "float128", "shape": [1]}', bytes(16)], b'"float128", which is not supported'),
    ([b'{"dtype": "|O", "shape": [1]}', bytes(8)], b'"|O", which is not supported'),
    ([b'{"dtype": "uint8", "shape": [2]}', b"1"], b"has 1 bytes; its header asks for 2"),
    ([b'{"dtype": "uint8", "shape": [-1]}', b"1"], b"an item that is no length"),
    ([b'{"shape": [1]}', b"1"], b'has no "dtype"'),
    ([b"uint8", b"1"], b"header is no JSON"),
    ([b'{"dtype": "uint8", "shape": [1]}'], b"one part"),
]


def random_array(rng):
    dtype = numpy.dtype(rng.choice(TYPES)).newbyteorder(rng.choice("<>="))
    shape = rng.choice(SHAPES)
    if rng.random() < 0.5:
        shape = tuple(rng.randrange(6) for _ in range(rng.randrange(5)))
    array = numpy.empty(shape, dtype)
    data = bytes(rng.getrandbits(8) for _ in range(array.nbytes))
    if dtype == bool:
        data = bytes(byte & 1 for byte in data)
    return numpy.frombuffer(data, dtype).reshape(shape)


def main(echo, folder, count, seed=None):
    seed = int(seed or random.randrange(1 << 32))
    print("seed", seed)
    rng = random.Random(seed)
    socket = zmq.Context().socket(zmq.PAIR)
    socket.bind(f"ipc://{folder}/arrays")
    program = subprocess.Popen(
        [echo, "array", f"ipc://{folder}/arrays", str(int(count) + 2 * len(BAD) + 1)])
    for i in range(int(count)):
        sent = random_array(rng)
        send_array(socket, sent, copy=i % 3 == 0)
        received = recv_array(socket, copy=i % 5 == 0)
        assert received.dtype == sent.dtype, (received.dtype, sent.dtype)
        assert received.shape == sent.shape, (received.shape, sent.shape)
        assert received.tobytes() == sent.tobytes(), sent
    for parts, reason in BAD + [(parts + [b"more"], reason) for parts, reason in BAD[:-1]]:
        socket.send_multipart(parts)
        answer = socket.recv()
        assert reason in answer, (parts, answer)
    # A part behind the array is for whoever receives next: here, a header that is none.
    send_array(socket, numpy.arange(3), flags=zmq.SNDMORE)
    socket.send(b"behind")
    assert recv_array(socket).tolist() == [0, 1, 2]
    assert b"one part" in socket.recv()
    assert program.wait(10) == 0


main(*sys.argv[1:])
